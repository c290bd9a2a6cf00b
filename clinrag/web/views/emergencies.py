"""Emergency accesses: opening one answer without the permission, and the review.

Opening is recorded with its reason before anything is shown, ends after an hour, and
is looked at by a second person.
"""

from functools import partial
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST, require_safe

from audit import disclosure, purposes
from audit.custody import break_glass
from audit.custody.break_glass import BreakGlassView
from audit.errors import AuditError, BreakGlassUnknown
from clinrag.access.roles import Permission
from clinrag.answering.errors import AnsweringError
from clinrag.answering.queries import open_in_emergency, sealed_answer
from clinrag.answering.types import AnswerView, SealedAnswer
from clinrag.web.custody_forms import EmergencyForm, EmergencyReviewForm
from clinrag.web.documents import encounter_of, parts_of
from clinrag.web.emergencies import emergency_line, emergency_lines
from clinrag.web.evidence import sources_of
from clinrag.web.people import actor_of, page
from clinrag.web.taking import take
from clinrag.web.visibility import answer_or_404

SURFACE = "web.emergency"
REVIEW_SURFACE = "web.review"
CLINICAL = (Permission.ASK, Permission.RETRIEVE)
MOST = 100


def closed_answer(
    request: HttpRequest, view: AnswerView, form: EmergencyForm | None = None
) -> HttpResponse:
    """An answer for somebody without the permission: closed, or open for an hour."""
    at = timezone.now()
    standing = break_glass.standing(view.row.id, by=actor_of(request), at=at)
    if standing is None or form is not None:
        context = {"answer_id": view.row.id, "form": form or EmergencyForm()}
        status = 422 if form is not None else 200
        return render(request, "web/break_glass.html", context, status=status)
    sealed, problem = _open(request, view)
    result = sealed.result if sealed else None
    context = {
        "view": view,
        "standing": standing,
        "sealed": sealed,
        "problem": problem,
        "parts": parts_of(result),
        "told": encounter_of(result, sealed.masked_context) if sealed else [],
        "sources": sources_of(result.citations, at=at, linked=False) if result else [],
    }
    return render(request, "web/emergency_answer.html", context)


def _open(request: HttpRequest, view: AnswerView) -> tuple[SealedAnswer | None, str]:
    try:
        sealed = sealed_answer(
            view.row.id,
            by=actor_of(request),
            at=timezone.now(),
            purpose=purposes.BREAK_GLASS,
            surface=SURFACE,
        )
    except (AuditError, AnsweringError) as error:
        return None, str(error)
    return sealed, ""


@sensitive_post_parameters("reason")
@require_POST
@page(*CLINICAL)
def open_answer(request: HttpRequest, answer_id: UUID) -> HttpResponse:
    """Open one answer in an emergency, with a reason."""
    view = answer_or_404(answer_id)
    form = EmergencyForm(request.POST)
    if not form.is_valid():
        return closed_answer(request, view, form)
    step = partial(
        open_in_emergency,
        answer_id,
        reason=form.cleaned_data["reason"],
        by=actor_of(request),
        at=timezone.now(),
    )
    done = _("Opened for an hour, and recorded. Another person will review it.")
    return take(request, step, done=done, back=reverse("web:answer", args=[answer_id]))


@require_safe
@page(Permission.READ_LEDGER)
def emergencies_page(request: HttpRequest) -> HttpResponse:
    """Accesses that wait for a review, the one due first in front; then all others."""
    at, reader_id = timezone.now(), actor_of(request).id
    waiting = break_glass.unreviewed(limit=MOST)
    reviewed = [one for one in break_glass.recent(limit=MOST) if one.finding]
    context = {
        "waiting": emergency_lines(waiting, reader_id=reader_id, at=at),
        "reviewed": emergency_lines(reviewed, reader_id=reader_id, at=at),
    }
    return render(request, "web/emergencies.html", context)


@require_safe
@page(Permission.READ_LEDGER)
def emergency_page(request: HttpRequest, break_glass_id: UUID) -> HttpResponse:
    """One access with the reason given, whose reading is recorded too."""
    return _render(request, _view(break_glass_id), EmergencyReviewForm())


def _view(break_glass_id: UUID) -> BreakGlassView:
    try:
        return break_glass.by_id(break_glass_id)
    except BreakGlassUnknown as error:
        raise Http404 from error


def _render(
    request: HttpRequest,
    view: BreakGlassView,
    form: EmergencyReviewForm,
    status: int = 200,
) -> HttpResponse:
    reason, problem = _reason(request, view)
    line = emergency_line(view, reader_id=actor_of(request).id, at=timezone.now())
    context = {"line": line, "reason": reason, "problem": problem, "form": form}
    return render(request, "web/emergency.html", context, status=status)


def _reason(request: HttpRequest, view: BreakGlassView) -> tuple[str, str]:
    """What the reader wrote, opened for the review; or the sentence why not."""
    entry_id = view.opened_entry_id
    try:
        texts = disclosure.read_sealed(
            [entry_id],
            by=actor_of(request),
            at=timezone.now(),
            purpose=purposes.BREAK_GLASS_REVIEW,
            surface=REVIEW_SURFACE,
        )
    except AuditError as error:
        return "", str(error)
    return texts.get(entry_id, {}).get("reason", ""), ""


@sensitive_post_parameters("note")
@require_POST
@page(Permission.READ_LEDGER)
def review_emergency(request: HttpRequest, break_glass_id: UUID) -> HttpResponse:
    """Judge another person's emergency access."""
    view = _view(break_glass_id)
    form = EmergencyReviewForm(request.POST)
    if not form.is_valid():
        return _render(request, view, form, status=422)
    step = partial(
        break_glass.review,
        break_glass_id,
        finding=form.cleaned_data["finding"],
        note=form.cleaned_data["note"],
        by=actor_of(request),
        at=timezone.now(),
    )
    done = _("Your review is recorded.")
    return take(request, step, done=done, back=reverse("web:emergencies"))
