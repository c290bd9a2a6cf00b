"""The review queue, scoring an answer beside its evidence, and who is to do so.

Opening an answer to score it leaves an entry first. A reviewer opens what was assigned
to him and nothing else; who reads the ledger and may review opens any.
"""

from datetime import datetime
from functools import partial
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST, require_safe

from audit.actors import Actor
from clinrag.access.actors import actor_of_user
from clinrag.access.models import User
from clinrag.access.queries import people_who_may_in
from clinrag.access.roles import Permission
from clinrag.answering.questions import find_collections
from clinrag.answering.remarks import ReviewVerdict
from clinrag.answering.reviews import actions, assignments, queries
from clinrag.answering.reviews.errors import ReviewerNotEligible
from clinrag.answering.types import AnswerRow, AnswerView
from clinrag.web.once import make_once
from clinrag.web.people import actor_of, may, page, person_of
from clinrag.web.review_forms import ScoringForm
from clinrag.web.reviewing import (
    CRITERIA,
    KINDS,
    Piece,
    pieces_of,
    reliability,
)
from clinrag.web.taking import REFUSALS, attempt, take
from clinrag.web.views.reading import QUALITY, read_answer, remarks_shown
from clinrag.web.visibility import answer_or_404, reviews, visible_slugs

SURFACE = "web.reviewing"
SHOWN = ("all", "mine", "overdue", "unasked")


@require_safe
@page(Permission.READ_LEDGER, Permission.REVIEW)
def reviews_page(request: HttpRequest) -> HttpResponse:
    """What waits for a review: all of it, or what this person is to review."""
    pieces = _pieces(request, at=timezone.now())
    wanted = request.GET.get("show", "all")
    shown = wanted if wanted in SHOWN else "all"
    found = [one for one in pieces if _is_shown(one, shown)]
    context = {
        "pieces": found,
        "shown": shown,
        "counts": [(one, sum(_is_shown(p, one) for p in pieces)) for one in SHOWN],
        "may_audit": may(request, Permission.READ_LEDGER),
        "may_review": may(request, Permission.REVIEW),
        "full": len(pieces) >= queries.MOST_ROWS,
    }
    return render(request, "web/reviews.html", context)


def _pieces(request: HttpRequest, *, at: datetime) -> list[Piece]:
    reader = actor_of(request)
    if may(request, Permission.READ_LEDGER):
        held = assignments.standing_assignments()
        waiting = queries.review_queue(at=at)
    else:
        slugs = visible_slugs(person_of(request))
        held = assignments.standing_assignments(
            reviewer_id=reader.id, collections=slugs
        )
        mine = [one.answer_id for one in held]
        waiting = queries.review_queue(at=at, answer_ids=mine)
    return pieces_of(waiting, held, reader_id=reader.id, at=at)


def _is_shown(one: Piece, shown: str) -> bool:
    """Whether a filter keeps it."""
    if shown == "mine":
        return one.is_mine
    if shown == "overdue":
        return one.is_overdue
    return shown == "all" or not one.reviewers


@require_safe
@page(Permission.REVIEW)
def scoring_page(request: HttpRequest, answer_id: UUID) -> HttpResponse:
    """The answer and its evidence beside the form that scores it."""
    return _scoring(request, _to_review(request, answer_id))


@sensitive_post_parameters("words")
@require_POST
@page(Permission.REVIEW)
def keep_review(request: HttpRequest, answer_id: UUID) -> HttpResponse:
    """Keep a review; the answer stays as it is."""
    view, at = _to_review(request, answer_id), timezone.now()
    form = ScoringForm(request.POST, flags=_flags(answer_id, at=at))
    if not form.is_valid():
        return _scoring(request, view, form)
    by = actor_of(request)
    make = partial(
        actions.review_answer,
        answer_id,
        verdict=ReviewVerdict(form.cleaned_data["verdict"]),
        scores=form.scores,
        flags=[UUID(one) for one in form.cleaned_data.get("flags", [])],
        words=form.cleaned_data["words"],
        by=by,
        at=at,
    )
    done = _("Your review is recorded.")
    step = partial(make_once, request, make, by=by, at=at)
    return take(request, step, done=done, back=reverse("web:reviews"))


@require_safe
@page(Permission.READ_LEDGER, Permission.REVIEW)
def agreement_page(request: HttpRequest) -> HttpResponse:
    """How far reviewers agree beyond chance, with what the figures rest on."""
    found = queries.agreement()
    context = {
        "agreement": found,
        "reliability": reliability(found.alpha),
        "criteria": [
            (CRITERIA[one.criterion], one.alpha, reliability(one.alpha))
            for one in found.criteria
        ],
    }
    return render(request, "web/agreement.html", context)


@require_POST
@page(Permission.READ_LEDGER)
def assign_review(request: HttpRequest, answer_id: UUID) -> HttpResponse:
    """Ask somebody to review an answer, which he may read until he has."""
    row, at = answer_or_404(answer_id).row, timezone.now()

    def step() -> UUID:
        return assignments.assign_review(
            answer_id,
            reviewer=_eligible(row, request.POST.get("reviewer", "")),
            due_at=assignments.usual_due_at(answer_id, at=at),
            by=actor_of(request),
            at=at,
        )

    done = _("Asked to review it, and on record.")
    return take(request, step, done=done, back=_back(answer_id))


@require_POST
@page(Permission.READ_LEDGER)
def take_back_review(request: HttpRequest, answer_id: UUID) -> HttpResponse:
    """Take a review back, and with it the reading of the answer."""
    step = partial(
        assignments.take_back_review,
        answer_id,
        reviewer_id=request.POST.get("reviewer", ""),
        by=actor_of(request),
        at=timezone.now(),
    )
    done = _("Taken back. This person reads the answer no more.")
    return take(request, step, done=done, back=_back(answer_id))


def eligible_reviewers(row: AnswerRow) -> list[User]:
    """Who may review and use every collection that was asked, but did not ask."""
    asked_of = attempt(partial(find_collections, row.collections))
    if isinstance(asked_of, REFUSALS):
        return []
    people = people_who_may_in(Permission.REVIEW, collections=asked_of)
    return [one for one in people if actor_of_user(one).id != row.actor_id]


def _eligible(row: AnswerRow, reviewer_id: str) -> Actor:
    named = (actor_of_user(one, "named") for one in eligible_reviewers(row))
    found = next((one for one in named if one.id == reviewer_id), None)
    if found is None:
        raise ReviewerNotEligible
    return found


def _back(answer_id: UUID) -> str:
    return f"{reverse('web:answer', args=[answer_id])}#remarks-title"


def _to_review(request: HttpRequest, answer_id: UUID) -> AnswerView:
    """The answer, if it is this person's to review; raises Http404."""
    view = answer_or_404(answer_id)
    if may(request, Permission.READ_LEDGER) or reviews(view.row, person_of(request)):
        return view
    raise Http404


def _flags(answer_id: UUID, *, at: datetime) -> list[tuple[str, str]]:
    waiting = queries.review_queue(at=at, answer_ids=[answer_id])
    return [
        (
            str(one.remark.id),
            _("%(name)s: %(kind)s")
            % {
                "name": one.remark.made_by_name,
                "kind": KINDS[one.remark.kind.value].words,
            },
        )
        for one in waiting
    ]


def _scoring(
    request: HttpRequest, view: AnswerView, form: ScoringForm | None = None
) -> HttpResponse:
    at = timezone.now()
    reader = actor_of(request)
    remarks = queries.remarks_for_reviewer(view.row.id, reviewer_id=reader.id)
    context = {
        **read_answer(request, view, purpose=QUALITY, surface=SURFACE),
        "form": form or ScoringForm(flags=_flags(view.row.id, at=at)),
        **remarks_shown(request, remarks, purpose=QUALITY, surface=SURFACE),
        "held": assignments.assignment_of(view.row.id, reviewer_id=reader.id),
    }
    status = 422 if form is not None else 200
    return render(request, "web/scoring.html", context, status=status)
