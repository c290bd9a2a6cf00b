"""Recalls: the list, one of them, opening, acknowledging, closing, telling again."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST, require_safe

from clinrag.access.roles import Permission
from clinrag.answering.impact.queries import touched_answers
from clinrag.answering.impact.types import ImpactFilters
from clinrag.answering.reach import Reach, Severity
from clinrag.answering.recalls import queries
from clinrag.answering.recalls.actions import (
    acknowledge_recall,
    close_recall,
    open_recall,
)
from clinrag.answering.recalls.deliveries import replay_delivery
from clinrag.answering.recalls.errors import RecallUnknown
from clinrag.answering.recalls.types import DeliveryView, NoticeView, RecallView
from clinrag.answering.tasks import deliver_soon
from clinrag.web.labels import Label, Words
from clinrag.web.once import make_once
from clinrag.web.people import actor_of, may, page, person_of
from clinrag.web.recall_forms import ClosingForm, RecallForm
from clinrag.web.recall_labels import (
    KINDS,
    REACHES,
    RECALL_STATES,
    SEVERITIES,
    TOLD,
)
from clinrag.web.taking import take
from clinrag.web.views.impact import TRACERS, part_of
from clinrag.web.visibility import version_or_404, visible_slugs
from ingestion import queries as corpus
from ingestion.queries.footing import sections_of

MOST = 100
SHOWN_ANSWERS = 20


@dataclass(frozen=True, slots=True)
class RecallLine:
    """A recall in words."""

    view: RecallView
    severity: Label
    state: Label
    kind: Words
    reach: Words
    title: str
    label: str


@dataclass(frozen=True, slots=True)
class NoticeLine:
    """What one app makes of a recall."""

    view: NoticeView
    state: Label
    told: Label
    message: DeliveryView | None


@require_safe
@page(*TRACERS)
def recalls_page(request: HttpRequest) -> HttpResponse:
    """Newest first, by state."""
    at, state = timezone.now(), request.GET.get("state", "open")
    chosen = state if state in queries.STATES else "open"
    slugs = visible_slugs(person_of(request))
    found = queries.recalls(
        at=at,
        state=chosen,
        collection_slugs=slugs,
        before=_before(request),
        limit=MOST + 1,
    )
    context = {
        "older": found[MOST - 1].id if found[MOST:] else None,
        "lines": [_line(one) for one in found[:MOST]],
        "states": RECALL_STATES.items(),
        "chosen": chosen,
        "overdue": queries.overdue_notices(at=at, collection_slugs=slugs),
    }
    return render(request, "web/recalls.html", context)


def _before(request: HttpRequest) -> UUID | None:
    """Where older ones go on; an address that says nothing means the newest."""
    try:
        return UUID(request.GET.get("before", ""))
    except ValueError:
        return None


@require_safe
@page(*TRACERS)
def recall_page(request: HttpRequest, recall_id: UUID) -> HttpResponse:
    """One recall: why, whom it concerns, who has acknowledged it."""
    return _render(request, recall_id, ClosingForm())


def _render(
    request: HttpRequest, recall_id: UUID, form: ClosingForm, status: int = 200
) -> HttpResponse:
    at = timezone.now()
    view = _view(request, recall_id)
    filters = ImpactFilters(uses=view.reach.uses)
    target = queries.target_of_recall(view)
    page_of = touched_answers(target, at=at, filters=filters, limit=SHOWN_ANSWERS)
    sent = queries.deliveries(recall_id)
    context = {
        "line": _line(view),
        "notices": [_notice(one, sent) for one in view.notices],
        "answers": page_of.rows,
        "more": page_of.next_cursor is not None,
        "form": form,
        "may_recall": may(request, Permission.RECALL),
    }
    return render(request, "web/recall.html", context, status=status)


@page(Permission.RECALL)
@sensitive_post_parameters("reason")
def new_recall(request: HttpRequest, version_id: UUID) -> HttpResponse:
    """The form, and opening a recall with it."""
    at = timezone.now()
    version = version_or_404(version_id, person=person_of(request), at=at)
    sections = sections_of(version_id)
    sent = request.POST if request.method == "POST" else None
    form = RecallForm(sent, sections=sections, initial=request.GET.dict())
    if not form.is_bound or not form.is_valid():
        context = {"version": version, "form": form}
        status = 422 if form.is_bound else 200
        return render(request, "web/recall_new.html", context, status=status)
    values = form.cleaned_data
    target = part_of(version_id, values["part"], sections)
    by = actor_of(request)
    begin = partial(
        open_recall,
        target,
        reason=values["reason"],
        severity=Severity(values["severity"]),
        reach=Reach(values["reach"]),
        by=by,
        at=at,
    )
    recall_id = make_once(request, begin, by=by, at=at)
    deliver_soon()
    messages.success(request, _("The recall is open, and the apps are being told."))
    return redirect("web:recall", recall_id)


@require_POST
@page(Permission.RECALL)
def acknowledge(request: HttpRequest, recall_id: UUID) -> HttpResponse:
    """Acknowledge for an app, in a person's own name."""
    step = partial(
        acknowledge_recall,
        recall_id,
        app=request.POST.get("app", ""),
        by=actor_of(request),
        at=timezone.now(),
    )
    return _take(request, recall_id, step, _("The acknowledgement is recorded."))


@sensitive_post_parameters("note")
@require_POST
@page(Permission.RECALL)
def close(request: HttpRequest, recall_id: UUID) -> HttpResponse:
    """End a recall."""
    form = ClosingForm(request.POST)
    if not form.is_valid():
        return _render(request, recall_id, form, status=422)
    step = partial(
        close_recall,
        recall_id,
        note=form.cleaned_data["note"],
        by=actor_of(request),
        at=timezone.now(),
    )
    return _take(request, recall_id, step, _("The recall is closed."))


@require_POST
@page(Permission.RECALL)
def tell_again(
    request: HttpRequest, recall_id: UUID, delivery_id: UUID
) -> HttpResponse:
    """Send a message once more."""
    if all(one.id != delivery_id for one in queries.deliveries(recall_id)):
        raise Http404
    step = partial(replay_delivery, delivery_id, at=timezone.now())
    return _take(request, recall_id, step, _("The app is being told again."))


def _take(
    request: HttpRequest, recall_id: UUID, step: Callable[[], object], done: str
) -> HttpResponse:
    _view(request, recall_id)

    def whole() -> None:
        step()
        deliver_soon()

    back = reverse("web:recall", args=[recall_id])
    return take(request, whole, done=done, back=back)


def _view(request: HttpRequest, recall_id: UUID) -> RecallView:
    """The recall; raises Http404, also for a collection that is not open to them."""
    try:
        found = queries.recall(recall_id, at=timezone.now())
    except RecallUnknown as error:
        raise Http404 from error
    slug = corpus.version(found.version_id).collection_slug
    if slug not in visible_slugs(person_of(request)):
        raise Http404
    return found


def _line(view: RecallView) -> RecallLine:
    version = corpus.version(view.version_id)
    return RecallLine(
        view=view,
        severity=SEVERITIES[view.severity.value],
        state=_state(view),
        kind=KINDS[view.kind.value],
        reach=REACHES[view.reach.value],
        title=version.document_title,
        label=version.label,
    )


def _state(view: RecallView) -> Label:
    if not view.is_open:
        return Label(_("closed"))
    if view.overdue:
        return Label(_("acknowledgement overdue"), "bad")
    if view.outstanding:
        return Label(_("waiting for acknowledgements"), "wait")
    return Label(_("acknowledged by all"), "ok")


def _notice(view: NoticeView, sent: list[DeliveryView]) -> NoticeLine:
    if view.acknowledged_at is not None:
        state = Label(_("acknowledged"), "ok")
    elif view.is_overdue:
        state = Label(_("overdue"), "bad")
    else:
        state = Label(_("not yet"), "wait")
    told = TOLD[view.told.value] if view.told else Label(_("has no address"), "warn")
    dead = [one for one in sent if one.app == view.app and one.state.value == "dead"]
    return NoticeLine(view, state, told, dead[-1] if dead else None)
