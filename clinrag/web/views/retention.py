"""Legal holds, how long content is kept, and the blocks that may go one day."""

from functools import partial
from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST, require_safe

from audit.custody import holds, retention
from audit.custody.errors import HoldUnknown
from audit.custody.retention import Floor
from audit.custody.scopes import Scope, ScopeKind
from audit.tasks import enqueue_pruning
from clinrag.access.roles import Permission
from clinrag.answering.scopes import question_scope, version_scope
from clinrag.web.custody import OPEN
from clinrag.web.custody_forms import FloorForm, HoldForm, ReasonForm
from clinrag.web.people import actor_of, may, page
from clinrag.web.retention import block_lines, class_lines, hold_lines, release_of
from clinrag.web.taking import take

MOST = 200


@require_safe
@page(Permission.READ_LEDGER)
def retention_page(request: HttpRequest) -> HttpResponse:
    """Holds in force, floors with their dates, blocks."""
    return _render(request)


def _render(request: HttpRequest, status: int = 200, **forms: Any) -> HttpResponse:
    at = timezone.now()
    context = {
        "holds": hold_lines(MOST),
        "floors": retention.floors(),
        "classes": class_lines(at=at),
        "blocks": block_lines(at=at),
        "pruned": [(first, end - 1) for first, end in retention.pruned_blocks()],
        "may_decide": may(request, Permission.EXPORT_LEDGER),
        "hold_form": HoldForm(auto_id="id_hold_%s"),
        "floor_form": FloorForm(auto_id="id_floor_%s"),
        **forms,
    }
    return render(request, "web/retention.html", context, status=status)


@sensitive_post_parameters("value")
@require_POST
@page(Permission.EXPORT_LEDGER)
def place_hold(request: HttpRequest) -> HttpResponse:
    """Hold something; one person may, ending it takes two."""
    form = HoldForm(request.POST, auto_id="id_hold_%s")
    if not form.is_valid():
        return _render(request, 422, hold_form=form)
    step = partial(_place, request, form)
    done = _("Held, and recorded. Two people may release it.")
    return take(request, step, done=done, back=reverse("web:retention"))


def _place(request: HttpRequest, form: HoldForm) -> None:
    holds.place(
        _scope_of(form.cleaned_data),
        reason=form.cleaned_data["reason"],
        by=actor_of(request),
        at=timezone.now(),
    )


def _scope_of(values: dict[str, Any]) -> Scope:
    """What the form says, a person by the id of the key. Raises AuditError."""
    kind, value = ScopeKind(values["kind"]), values["value"]
    if kind is ScopeKind.SUBJECT:
        return Scope.of_any_subject(value)
    if kind is ScopeKind.QUESTION:
        return question_scope(UUID(value))
    if kind is ScopeKind.TIME:
        return Scope(kind, since=values["since"], until=values["until"])
    return version_scope(UUID(value)) if kind is ScopeKind.VERSION else Scope(kind)


@require_safe
@page(Permission.READ_LEDGER)
def hold_page(request: HttpRequest, hold_id: UUID) -> HttpResponse:
    """One hold, and the way to end it."""
    return _render_hold(request, hold_id, ReasonForm())


def _render_hold(
    request: HttpRequest, hold_id: UUID, form: ReasonForm, status: int = 200
) -> HttpResponse:
    try:
        view = holds.by_id(hold_id)
    except HoldUnknown as error:
        raise Http404 from error
    lines = [one for one in hold_lines(MOST) if one.view.id == hold_id]
    context = {
        "view": view,
        "line": lines[0] if lines else None,
        "form": form,
        "may_decide": may(request, Permission.EXPORT_LEDGER),
    }
    return render(request, "web/hold.html", context, status=status)


@require_POST
@page(Permission.EXPORT_LEDGER)
def ask_release(request: HttpRequest, hold_id: UUID) -> HttpResponse:
    """Ask a second person to agree that a hold ends."""
    form = ReasonForm(request.POST)
    if not form.is_valid():
        return _render_hold(request, hold_id, form, 422)
    step = partial(
        holds.request_release,
        hold_id,
        reason=form.cleaned_data["reason"],
        by=actor_of(request),
        at=timezone.now(),
    )
    done = _("Asked for, and recorded. Another person has to decide.")
    return take(request, step, done=done, back=_hold_url(hold_id))


@require_POST
@page(Permission.EXPORT_LEDGER)
def release(request: HttpRequest, hold_id: UUID) -> HttpResponse:
    """End a hold on the word of two people."""
    agreed = release_of(hold_id)
    if agreed is None:
        raise Http404
    step = partial(
        holds.release,
        hold_id,
        authorization_id=agreed.id,
        by=actor_of(request),
        at=timezone.now(),
    )
    return take(
        request, step, done=_("Released, and recorded."), back=_hold_url(hold_id)
    )


def _hold_url(hold_id: UUID) -> str:
    return reverse("web:hold", args=[hold_id])


@require_POST
@page(Permission.EXPORT_LEDGER)
def set_floor(request: HttpRequest) -> HttpResponse:
    """Keep a class for longer; one person may, and nobody takes it back."""
    form = FloorForm(request.POST, auto_id="id_floor_%s")
    if not form.is_valid():
        return _render(request, 422, floor_form=form)
    floor = Floor(**form.cleaned_data)
    step = partial(retention.set_floor, floor, by=actor_of(request), at=timezone.now())
    done = _("It is kept for longer, and recorded.")
    return take(request, step, done=done, back=reverse("web:retention"))


@require_POST
@page(Permission.EXPORT_LEDGER)
def ask_pruning(request: HttpRequest, first_index: int) -> HttpResponse:
    """Ask a second person to agree that a block is dropped."""
    if first_index not in {first for first, _end in retention.blocks()}:
        raise Http404
    form = ReasonForm(request.POST)
    if not form.is_valid():
        return _render(request, 422, pruning_form=form, pruning_first=first_index)
    step = partial(
        retention.request_pruning,
        first_index,
        reason=form.cleaned_data["reason"],
        by=actor_of(request),
        at=timezone.now(),
    )
    done = _("Asked for, and recorded. Another person has to decide.")
    return take(request, step, done=done, back=reverse("web:retention"))


@require_POST
@page(Permission.EXPORT_LEDGER)
def prune(request: HttpRequest, first_index: int) -> HttpResponse:
    """Have a worker drop a block that two people agreed on."""
    lines = [one for one in block_lines(at=timezone.now()) if one.first == first_index]
    asked = lines[0].request if lines else None
    if asked is None or asked.state not in OPEN:
        raise Http404
    step = partial(enqueue_pruning, asked.id)
    done = _("A worker drops it. If it may not go, it stays and so does the request.")
    return take(request, step, done=done, back=reverse("web:retention"))
