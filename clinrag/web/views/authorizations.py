"""What waits for a second person: the list, one request, and the decision.

Agreeing to an evidence package starts building it; what else two people agreed to is
done by whoever asked, on the page or by the command that it belongs to.
"""

from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from audit.actors import Actor
from audit.custody import authorizations, erasure
from audit.custody.authorizations import Action, AuthorizationView, State
from audit.errors import AuditError, AuthorizationUnknown
from audit.exports import records
from audit.signing.requests import scope_of_change
from audit.tasks import enqueue
from clinrag.access.deciding import may_decide, may_see
from clinrag.access.roles import Permission
from clinrag.answering.policies import loosened
from clinrag.web.custody import OPEN, line_of, lines_of
from clinrag.web.custody_forms import LogChangeForm, RefusalForm
from clinrag.web.people import actor_of, page, person_of
from clinrag.web.taking import REFUSALS, attempt, take
from ingestion.queries import collections

DECIDING = (Permission.EXPORT_LEDGER, Permission.ADMINISTER)
SEEING = (Permission.READ_LEDGER, *DECIDING)
MOST = 100


@require_safe
@page(*SEEING)
def waiting_page(request: HttpRequest) -> HttpResponse:
    """Requests that wait for a second person, then what was decided lately."""
    return _render_list(request, LogChangeForm())


def _render_list(
    request: HttpRequest, form: LogChangeForm, status: int = 200
) -> HttpResponse:
    at = timezone.now()
    whose = _eyes(request, at)
    waiting = authorizations.pending(limit=MOST)
    decided = [
        one
        for one in authorizations.recent(limit=MOST)
        if one.state is not State.PENDING
    ]
    context = {
        "waiting": lines_of(waiting, **whose),
        "decided": lines_of(decided, **whose),
        "form": form,
        "may_change_log": _may(request, Action.KEY_ROTATION),
        **_policies(request),
    }
    return render(request, "web/waiting.html", context, status=status)


def _policies(request: HttpRequest) -> dict[str, object]:
    """Where policies are read, and which were loosened, for who audits or sets them."""
    seen = person_of(request).permissions
    if not seen & {Permission.READ_LEDGER, Permission.ADMINISTER}:
        return {}
    return {"loosened": loosened(limit=MOST), "collections": collections()}


def _eyes(request: HttpRequest, at: datetime) -> dict[str, Any]:
    permissions = person_of(request).permissions
    return {"by": actor_of(request), "permissions": permissions, "at": at}


def _may(request: HttpRequest, action: Action) -> bool:
    return may_decide(action, person_of(request).permissions)


@require_safe
@page(*SEEING)
def authorization_page(request: HttpRequest, authorization_id: UUID) -> HttpResponse:
    """One request: who asked for what, why, and how it stands."""
    view = _view(request, authorization_id)
    return _render(request, view, RefusalForm())


def _view(request: HttpRequest, authorization_id: UUID) -> AuthorizationView:
    try:
        view = authorizations.by_id(authorization_id)
    except AuthorizationUnknown as error:
        raise Http404 from error
    if view.action not in may_see(person_of(request).permissions):
        raise Http404
    return view


def _render(
    request: HttpRequest,
    view: AuthorizationView,
    form: RefusalForm,
    status: int = 200,
) -> HttpResponse:
    context = {
        "line": line_of(view, **_eyes(request, timezone.now())),
        "form": form,
        "package_id": view.scope.get("export"),
        "command": _command(view),
        "held_by": _held_by(view),
        "next": _next(request, view),
        "may_erase": _may(request, Action.ERASURE),
    }
    return render(request, "web/authorization.html", context, status=status)


def _held_by(view: AuthorizationView) -> list[UUID]:
    """The holds in the way of an erasure that may still be done."""
    if view.action is not Action.ERASURE or view.state not in OPEN:
        return []
    try:
        return erasure.holds_on(erasure.agreed_scope(view))
    except AuditError:  # who decides is told by the erasure itself
        return []


def _next(request: HttpRequest, view: AuthorizationView) -> tuple[str, str] | None:
    """The page on which it is done by this person, once agreed to, and its name."""
    if view.state is not State.APPROVED or not _may(request, view.action):
        return None
    if view.action is Action.HOLD_RELEASE:
        return reverse("web:hold", args=[view.scope["hold"]]), _("To the hold")
    if view.action is Action.PRUNING:
        return reverse("web:retention"), _("To the blocks of entries")
    return None


def _command(view: AuthorizationView) -> str:
    """How an operator goes on with what only a command can do."""
    commands = {
        Action.KEY_ROTATION: "rotate_log_key",
        Action.SHARD_OPENING: "open_shard",
    }
    name = commands.get(view.action)
    if name is None or view.state is not State.APPROVED:
        return ""
    return f"manage.py {name} --authorization {view.id}"


@require_POST
@page(*DECIDING)
def approve(request: HttpRequest, authorization_id: UUID) -> HttpResponse:
    """Agree to another person's request."""
    view = _decidable(request, authorization_id)
    by, at = actor_of(request), timezone.now()
    step = partial(authorizations.approve, view.id, by=by, at=at)
    if view.action is not Action.EXPORT:
        done = _("Approved, and recorded.")
        return take(request, step, done=done, back=_after(view))
    outcome = attempt(step)
    if isinstance(outcome, REFUSALS):
        messages.error(request, str(outcome))
    else:
        _tell_building(request, _begin(UUID(view.scope["export"]), by=by, at=at))
    return redirect(_after(view))


def _begin(package_id: UUID, *, by: Actor, at: datetime) -> Exception | None:
    """Why building could not begin; the decision stands all the same."""
    try:
        with transaction.atomic():
            records.start(package_id, by=by, at=at)
            enqueue(package_id)
    except (AuditError, DatabaseError) as error:
        return error
    return None


def _tell_building(request: HttpRequest, obstacle: Exception | None) -> None:
    if obstacle is None:
        done = _("Approved, and recorded. The package is being built.")
        messages.success(request, done)
        return
    # A database's own words are for its log.
    why = (
        str(obstacle) if isinstance(obstacle, AuditError) else _("The database failed.")
    )
    told = _(
        "Approved, and recorded. Building did not begin: %(why)s It can be begun here."
    )
    messages.warning(request, told % {"why": why})


@require_POST
@page(*DECIDING)
def refuse(request: HttpRequest, authorization_id: UUID) -> HttpResponse:
    """Decline another person's request, with the reason."""
    view = _decidable(request, authorization_id)
    form = RefusalForm(request.POST)
    if not form.is_valid():
        return _render(request, view, form, status=422)
    step = partial(
        authorizations.refuse,
        view.id,
        reason=form.cleaned_data["reason"],
        by=actor_of(request),
        at=timezone.now(),
    )
    return take(request, step, done=_("Refused, and recorded."), back=_after(view))


def _decidable(request: HttpRequest, authorization_id: UUID) -> AuthorizationView:
    view = _view(request, authorization_id)
    if not _may(request, view.action):
        raise PermissionDenied
    return view


def _after(view: AuthorizationView) -> str:
    if view.action is Action.EXPORT:
        return reverse("web:package", args=[view.scope["export"]])
    return reverse("web:authorization", args=[view.id])


@require_POST
@page(*DECIDING)
def request_log_change(request: HttpRequest) -> HttpResponse:
    """Ask for a new key or a new shard of the log, which a command then makes."""
    form = LogChangeForm(request.POST)
    if not form.is_valid():
        return _render_list(request, form, status=422)
    action = Action(form.cleaned_data["action"])
    step = partial(
        authorizations.request,
        action,
        scope=scope_of_change(action),
        reason=form.cleaned_data["reason"],
        by=actor_of(request),
        at=timezone.now(),
    )
    done = _("Asked for, and recorded. Another person has to decide.")
    return take(request, step, done=done, back=reverse("web:waiting"))
