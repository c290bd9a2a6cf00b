"""Erasure: asked for, agreed to, done, and checked when the backups are gone."""

from dataclasses import dataclass
from functools import partial
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST, require_safe

from audit import queries
from audit.custody import authorizations, erasure
from audit.custody.authorizations import Action, AuthorizationView
from audit.custody.erasure import ErasureState, ErasureView, ReasonClass
from audit.custody.scopes import Scope
from audit.errors import AuditError, ContentHeld
from clinrag.access.roles import Permission
from clinrag.answering.scopes import question_scope
from clinrag.web.custody import (
    OPEN,
    Line,
    Word,
    held_words,
    lines_of,
    scope_words,
)
from clinrag.web.custody_forms import ErasureForm
from clinrag.web.labels import ERASURES, GROUNDS, Label, Words
from clinrag.web.people import actor_of, page, person_of
from clinrag.web.taking import take

MOST = 100


@dataclass(frozen=True, slots=True)
class ErasureLine:
    """An erasure with its dates; `tombstone` is the index of its first entry."""

    view: ErasureView
    state: Label
    ground: Words
    words: tuple[Word, ...]
    tombstone: int | None
    agreed: AuthorizationView


@require_safe
@page(Permission.EXPORT_LEDGER)
def erasures_page(request: HttpRequest) -> HttpResponse:
    """Requests under way, then what was erased."""
    return _render(request, ErasureForm())


def _render(request: HttpRequest, form: ErasureForm, status: int = 200) -> HttpResponse:
    context = {
        "requests": _requests(request),
        "lines": [_line(view) for view in erasure.recent(MOST)],
        "form": form,
    }
    return render(request, "web/erasures.html", context, status=status)


def _requests(request: HttpRequest) -> list[Line]:
    found = authorizations.recent(limit=MOST, action=Action.ERASURE)
    return lines_of(
        [one for one in found if one.state in OPEN],
        by=actor_of(request),
        permissions=person_of(request).permissions,
        at=timezone.now(),
    )


def _line(view: ErasureView) -> ErasureLine:
    return ErasureLine(
        view=view,
        state=ERASURES[view.state.value],
        ground=GROUNDS[view.reason_class.value],
        words=scope_words(view.scope.as_words()),
        tombstone=_index_of(view.entry_id),
        agreed=authorizations.by_id(view.authorization_id),
    )


def _index_of(entry_id: UUID | None) -> int | None:
    if entry_id is None:
        return None
    try:
        return queries.entry(entry_id).index
    except AuditError:  # not sequenced yet, or its block is gone
        return None


@sensitive_post_parameters("value")
@require_POST
@page(Permission.EXPORT_LEDGER)
def ask_erasure(request: HttpRequest) -> HttpResponse:
    """Ask a second person to agree that content is erased for good."""
    form = ErasureForm(request.POST)
    if not form.is_valid():
        return _render(request, form, 422)
    step = partial(_ask, request, form)
    done = _("Asked for, and recorded. Another person has to decide.")
    return take(request, step, done=done, back=reverse("web:erasures"))


def _ask(request: HttpRequest, form: ErasureForm) -> None:
    values = form.cleaned_data
    is_person = values["kind"] == "subject"
    scope = (
        Scope.of_subject(values["value"])
        if is_person
        else question_scope(UUID(values["value"]))
    )
    erasure.request(
        scope,
        reason_class=ReasonClass(values["ground"]),
        reason=values["reason"],
        by=actor_of(request),
        at=timezone.now(),
    )
    held = erasure.holds_on(scope)
    if held:
        messages.warning(request, held_words(held))


@require_POST
@page(Permission.EXPORT_LEDGER)
def erase(request: HttpRequest, authorization_id: UUID) -> HttpResponse:
    """Erase what two people agreed on."""
    try:
        agreed = authorizations.by_id(authorization_id)
    except AuditError as error:
        raise Http404 from error
    if agreed.action is not Action.ERASURE:
        raise Http404
    step = partial(_erase, request, authorization_id)
    done = _("Erased for good, and recorded with a tombstone.")
    return take(request, step, done=done, back=reverse("web:erasures"))


def _erase(request: HttpRequest, authorization_id: UUID) -> None:
    view = erasure.execute(authorization_id, by=actor_of(request), at=timezone.now())
    if view.state is ErasureState.STOPPED:  # a hold came in between
        raise ContentHeld
