"""An answer for those who may read it without the ledger: who asked, who reviews.

Promises: the reading is on record, for the purpose and through the surface that the
caller names, before anything is opened.
"""

from collections.abc import Sequence
from functools import partial
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from audit import purposes
from audit.errors import AuditError
from clinrag.access.roles import Permission
from clinrag.answering.errors import AnsweringError
from clinrag.answering.queries import sealed_answer
from clinrag.answering.remarks import FeedbackCode, RemarkKind
from clinrag.answering.reviews import actions, queries
from clinrag.answering.reviews.queries import RemarkView
from clinrag.answering.types import AnswerRow, AnswerView, SealedAnswer
from clinrag.web.documents import encounter_of, parts_of
from clinrag.web.evidence import sources_of
from clinrag.web.once import make_once
from clinrag.web.people import actor_of, may, page, person_of
from clinrag.web.review_forms import FeedbackForm, NoteForm
from clinrag.web.reviewing import remark_lines
from clinrag.web.taking import take
from clinrag.web.visibility import answer_or_404, reviews

QUALITY = "quality_assurance"
OWN_SURFACE = "web.own_answer"


def own_answer(request: HttpRequest, view: AnswerView) -> HttpResponse:
    """The answer for the person who asked, with what was said of it."""
    purpose = purposes.FOLLOW_UP
    remarks = queries.remarks_of(view.row.id)
    context = {
        **read_answer(request, view, purpose=purpose, surface=OWN_SURFACE),
        **remarks_shown(request, remarks, purpose=purpose, surface=OWN_SURFACE),
        **remark_forms(request, view.row),
    }
    return render(request, "web/own_answer.html", context)


def read_answer(
    request: HttpRequest, view: AnswerView, *, purpose: str, surface: str
) -> dict[str, object]:
    """What a template needs to show it; the sentence why not where it is sealed."""
    at = timezone.now()
    sealed, problem = _opened(request, view, purpose=purpose, surface=surface)
    result = sealed.result if sealed else None
    linked = may(request, Permission.READ_LEDGER) or may(request, Permission.REVIEW)
    return {
        "view": view,
        "sealed": sealed,
        "problem": problem,
        "parts": parts_of(result),
        "told": encounter_of(result, sealed.masked_context) if sealed else [],
        "sources": sources_of(result.citations, at=at, linked=linked) if result else [],
    }


def _opened(
    request: HttpRequest, view: AnswerView, *, purpose: str, surface: str
) -> tuple[SealedAnswer | None, str]:
    try:
        sealed = sealed_answer(
            view.row.id,
            by=actor_of(request),
            at=timezone.now(),
            purpose=purpose,
            surface=surface,
        )
    except (AuditError, AnsweringError) as error:
        return None, str(error)
    return sealed, ""


def remarks_shown(
    request: HttpRequest,
    remarks: Sequence[RemarkView],
    *,
    purpose: str,
    surface: str,
) -> dict[str, object]:
    """Remarks with their words; the sentence why not where they cannot be read.

    Whoever neither reads the ledger nor reviews gets the words he wrote himself.
    """
    reader = actor_of(request)
    reads_all = may(request, Permission.READ_LEDGER) or surface != OWN_SURFACE
    opened = [one for one in remarks if reads_all or one.made_by == reader.id]
    words: dict[UUID, str] = {}
    problem = ""
    try:
        words = queries.read_words(
            opened, by=reader, at=timezone.now(), purpose=purpose, surface=surface
        )
    except AuditError as error:
        problem = str(error)
    lines = remark_lines(remarks, words, opened=reads_all and not problem)
    return {"remarks": lines, "remarks_problem": problem}


def remark_forms(request: HttpRequest, row: AnswerRow) -> dict[str, object]:
    """The forms to say something of an answer, for whoever may."""
    if not row.outcome:
        return {}
    return {
        "feedback_form": FeedbackForm(auto_id="feedback_%s"),
        "note_form": NoteForm(
            may_override=may(request, Permission.ASK), auto_id="note_%s"
        ),
    }


@sensitive_post_parameters("words")
@require_POST
@page(Permission.ASK, Permission.READ_LEDGER)
def give_feedback(request: HttpRequest, answer_id: UUID) -> HttpResponse:
    """Call an answer helpful, wrong or unsafe."""
    _check_may_speak(request, answer_id)
    form = FeedbackForm(request.POST)
    if not form.is_valid():
        return _told_why(request, form, answer_id)
    at, by, given = timezone.now(), actor_of(request), form.cleaned_data
    make = partial(
        actions.give_feedback,
        answer_id,
        kind=RemarkKind(given["kind"]),
        code=FeedbackCode(given["code"]),
        words=given["words"],
        by=by,
        at=at,
    )
    step = partial(make_once, request, make, by=by, at=at)
    return take(request, step, done=_("Said, and on record."), back=_back(answer_id))


@sensitive_post_parameters("words")
@require_POST
@page(Permission.ASK, Permission.READ_LEDGER)
def annotate_answer(request: HttpRequest, answer_id: UUID) -> HttpResponse:
    """Put words beside an answer, or in its place; the answer stays as it is."""
    _check_may_speak(request, answer_id)
    form = NoteForm(request.POST, may_override=may(request, Permission.ASK))
    if not form.is_valid():
        return _told_why(request, form, answer_id)
    at, by, given = timezone.now(), actor_of(request), form.cleaned_data
    make = partial(
        actions.annotate_answer,
        answer_id,
        kind=RemarkKind(given["kind"]),
        words=given["words"],
        by=by,
        at=at,
    )
    step = partial(make_once, request, make, by=by, at=at)
    return take(request, step, done=_("Said, and on record."), back=_back(answer_id))


def _check_may_speak(request: HttpRequest, answer_id: UUID) -> None:
    """Raise Http404 unless the answer is his own, his to review, or he may audit."""
    row = answer_or_404(answer_id).row
    is_own = row.actor_id == actor_of(request).id
    if is_own or may(request, Permission.READ_LEDGER):
        return
    if not reviews(row, person_of(request)):
        raise Http404


def _told_why(
    request: HttpRequest, form: FeedbackForm | NoteForm, answer_id: UUID
) -> HttpResponse:
    for field, errors in form.errors.items():
        label = form.fields[field].label if field in form.fields else ""
        messages.error(request, f"{label}: {errors[0]}" if label else str(errors[0]))
    return redirect(_back(answer_id))


def _back(answer_id: UUID) -> str:
    return f"{reverse('web:answer', args=[answer_id])}#remarks-title"
