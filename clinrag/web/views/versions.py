"""One edition: its text, its state, and the steps that this person may take."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any
from uuid import UUID

from django.db import transaction
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from clinrag.access.roles import Permission
from clinrag.web.advice import advice_for
from clinrag.web.editions import (
    Moment,
    at_moment,
    comparison_url,
    edition_before,
    edition_url,
)
from clinrag.web.forms import ActivateForm, HoldForm, MomentsForm, WithdrawForm
from clinrag.web.histories import found_in, history_of
from clinrag.web.people import READERS, actor_of, may, page, person_of
from clinrag.web.progress import progress_of, work_under_way
from clinrag.web.reading import span_of, text_of
from clinrag.web.sources import source_is_kept
from clinrag.web.steps import steps_for
from clinrag.web.taking import take
from clinrag.web.views.impact import traces_impact
from clinrag.web.visibility import document_or_404, version_or_404, visible_versions
from clinrag.web.warnings import told_warnings
from ingestion import actions, queries
from ingestion.lifecycle import ACTIVATED, PROCESSING, HoldDecision, Status
from ingestion.queries import VersionView
from ingestion.tasks import enqueue


@require_safe
@page(*READERS)
def version_page(request: HttpRequest, version_id: UUID) -> HttpResponse:
    """The edition with its text; `?span=120-180` marks characters of it."""
    return _render(request, _version(request, version_id))


def _version(request: HttpRequest, version_id: UUID) -> VersionView:
    person, at = person_of(request), timezone.now()
    return version_or_404(version_id, person=person, at=at)


def _render(
    request: HttpRequest,
    version: VersionView,
    *,
    sent: Mapping[str, Form] | None = None,
    status: int = 200,
) -> HttpResponse:
    person, at = person_of(request), timezone.now()
    passages = queries.passages_of(version.id)
    others = visible_versions(version.document_id, person=person, at=at)
    before = edition_before(version, others)
    moments = MomentsForm(request.GET)
    moments.is_valid()
    moment = Moment(*(moments.cleaned_data.get(one) for one in ("as_of", "known_at")))
    context = {
        "may_ingest": person.may(Permission.INGEST),
        "moments": moments,
        "moment": moment,
        "past": next(iter(at_moment([version], moment)), None),
        "version": version,
        "document": document_or_404(version.document_id, person=person),
        "warnings": told_warnings(version.warnings),
        "advice": advice_for(version.failure_code),
        "progress": progress_of(version, work=work_under_way(version, at=at)),
        "segments": text_of(version, passages, span_of(request)),
        "passage_count": len(passages),
        "actions": steps_for(
            version,
            by=actor_of(request),
            permissions=person.permissions,
            sent=sent,
        ),
        "history": history_of(version),
        "hold": _open_hold(version),
        "reading_url": edition_url(
            version.document_id, version_id=version.id, moment=Moment()
        ),
        "has_source": source_is_kept(version),
        "compare_url": comparison_url(before, version) if before else "",
        "compare_label": before.label if before else "",
        "answers_url": _answers_url(request, version),
        "traces_impact": traces_impact(request),
    }
    return render(request, "web/version.html", context, status=status)


def _open_hold(version: VersionView) -> str:
    """Why the edition waits for a decision, if it does."""
    if version.status != Status.HELD:
        return ""
    open_ones = [one for one in queries.holds_of(version.id) if not one.decision]
    return found_in(open_ones[-1]) if open_ones else ""


def _answers_url(request: HttpRequest, version: VersionView) -> str:
    if version.status not in ACTIVATED or not may(request, Permission.READ_LEDGER):
        return ""
    return f"{reverse('web:answers')}?version={version.id}"


@require_safe
@page(*READERS)
def progress_part(request: HttpRequest, version_id: UUID) -> HttpResponse:
    """The progress panel alone; asks for the whole page once the work is over."""
    version = _version(request, version_id)
    work = work_under_way(version, at=timezone.now())
    progress = progress_of(version, work=work)
    context = {"version": version, "progress": progress}
    response = render(request, "web/_progress.html", context)
    if not progress.polling:
        response.headers["HX-Refresh"] = "true"
    return response


def _take(
    request: HttpRequest, version_id: UUID, step: Callable[[], object], done: str
) -> HttpResponse:
    """Take one step and go back to the page, with what came of it."""
    back = reverse("web:version", args=[version_id])
    if request.POST.get("from") == "queue":
        back = f"{reverse('web:upload')}#line-{version_id}"
    return take(request, step, done=done, back=back)


@require_POST
@page(Permission.ACTIVATE)
def activate(request: HttpRequest, version_id: UUID) -> HttpResponse:
    """Put an approved edition in force, now or at a date."""
    version = _version(request, version_id)
    form = ActivateForm(request.POST, auto_id="id_activate_%s")
    if not form.is_valid():
        return _render(request, version, sent={"activate": form}, status=422)
    values: dict[str, Any] = form.cleaned_data
    step = partial(
        actions.activate_version,
        version_id,
        by=actor_of(request),
        at=timezone.now(),
        in_force_from=values["in_force_from"],
        in_force_to=values["in_force_to"],
    )
    return _take(request, version_id, step, _("Done, and recorded."))


@require_POST
@page(Permission.ACTIVATE)
def withdraw(request: HttpRequest, version_id: UUID) -> HttpResponse:
    """Withdraw an edition, with the reason."""
    version = _version(request, version_id)
    form = WithdrawForm(request.POST, auto_id="id_withdraw_%s")
    if not form.is_valid():
        return _render(request, version, sent={"withdraw": form}, status=422)
    step = partial(
        actions.withdraw_version,
        version_id,
        reason=form.cleaned_data["reason"],
        by=actor_of(request),
        at=timezone.now(),
    )
    return _take(request, version_id, step, _("Withdrawn, and recorded."))


@require_POST
@page(Permission.INGEST)
def resubmit(request: HttpRequest, version_id: UUID) -> HttpResponse:
    """Ask for review again."""
    _version(request, version_id)
    step = partial(
        actions.resubmit_version, version_id, by=actor_of(request), at=timezone.now()
    )
    return _take(request, version_id, step, _("Back in review."))


@require_POST
@page(Permission.INGEST)
def retry(request: HttpRequest, version_id: UUID) -> HttpResponse:
    """Process a failed edition again."""
    _version(request, version_id)
    return _take(
        request,
        version_id,
        partial(_retry, request, version_id),
        _("On its way again."),
    )


@transaction.atomic
def _retry(request: HttpRequest, version_id: UUID) -> None:
    actions.retry_version(version_id, by=actor_of(request), at=timezone.now())
    enqueue(version_id)


@require_POST
@page(Permission.INGEST)
def cancel(request: HttpRequest, version_id: UUID) -> HttpResponse:
    """Stop the stages of an edition; it can be sent through again."""
    _version(request, version_id)
    step = partial(
        actions.cancel_version, version_id, by=actor_of(request), at=timezone.now()
    )
    return _take(request, version_id, step, _("Stopped. It can be processed again."))


@require_POST
@page(Permission.REVIEW)
def decide_hold(request: HttpRequest, version_id: UUID) -> HttpResponse:
    """Let a held edition go on, or end it for good, with a reason."""
    version = _version(request, version_id)
    form = HoldForm(request.POST, auto_id="id_hold_%s")
    decision = request.POST.get("decision", "")
    if not form.is_valid() or decision not in set(HoldDecision):
        return _render(request, version, sent={"hold": form}, status=422)
    step = partial(_decide_hold, request, version_id, decision, form)
    return _take(request, version_id, step, _("Your decision is recorded."))


@transaction.atomic
def _decide_hold(
    request: HttpRequest, version_id: UUID, decision: str, form: HoldForm
) -> None:
    decide = (
        actions.release_hold
        if decision == HoldDecision.RELEASE
        else actions.reject_hold
    )
    reason: str = form.cleaned_data["reason"]
    version = decide(version_id, reason=reason, by=actor_of(request), at=timezone.now())
    if version.status in PROCESSING:
        enqueue(version_id)
