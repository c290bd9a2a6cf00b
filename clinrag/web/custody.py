"""What two people decide, laid out for pages: scope in words, who may, and why not.

Promises the same words in the list, on the request's own page and beside the entry.
Will not: enforce anything; `audit.custody` and the database do, whatever a page offers.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from django.urls import reverse
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from audit import queries
from audit.actors import Actor
from audit.custody.authorizations import AuthorizationView, State
from audit.errors import AuditError
from clinrag.access.deciding import may_decide, may_see
from clinrag.access.roles import Permission
from clinrag.web.labels import (
    ACTIONS,
    CONTENTS,
    GROUNDS,
    KINDS,
    SCOPES,
    Words,
    in_words,
)

OPEN: Final = frozenset({State.PENDING, State.APPROVED})
_PAGES: Final = {
    "answer_id": "web:answer",
    "version_id": "web:version",
    "version": "web:version",
}
_HIDDEN: Final = frozenset({"export"})


@dataclass(frozen=True, slots=True)
class Word:
    """One pair of a scope; `url` if a page is about the value."""

    label: Words
    value: Words
    url: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """An authorization as its list and its page show it.

    `obstacle` says why this person may not decide; empty if he may, or nobody need.
    """

    view: AuthorizationView
    title: Words
    scope: tuple[Word, ...]
    may_decide: bool
    obstacle: str
    url: str


def line_of(
    view: AuthorizationView,
    *,
    by: Actor,
    permissions: frozenset[Permission],
    at: datetime,
) -> Line:
    """The authorization for this person's eyes."""
    obstacle = _obstacle(view, by, permissions, at)
    waits = view.state is State.PENDING
    return Line(
        view=view,
        title=ACTIONS.get(view.action.value, in_words(view.action.value)),
        scope=scope_words(view.scope),
        may_decide=waits and not obstacle,
        obstacle=obstacle if waits else "",
        url=reverse("web:authorization", args=[view.id]),
    )


def _obstacle(
    view: AuthorizationView,
    by: Actor,
    permissions: frozenset[Permission],
    at: datetime,
) -> str:
    if view.expires_at <= at:
        return _("Nobody decided in time. Ask again if it is still needed.")
    if view.requested_by.id == by.id:
        return _(
            "You asked for this, so another person has to decide: that is what the"
            " two people are for."
        )
    if not may_decide(view.action, permissions):
        return _("This is decided by somebody with another role than yours.")
    return ""


def held_words(hold_ids: Iterable[UUID]) -> str:
    """That what was asked for cannot be done under these holds."""
    told = _(
        "A legal hold covers this, so nothing can be erased before two people have"
        " released it: %(holds)s"
    )
    return told % {"holds": ", ".join(map(str, hold_ids))}


def scope_words(scope: Mapping[str, str]) -> tuple[Word, ...]:
    """A scope in words, in an order that reads."""
    order = list(SCOPES)
    names = sorted(scope, key=lambda name: (name not in SCOPES, _place(order, name)))
    return tuple(_word(name, scope[name]) for name in names if name not in _HIDDEN)


def _place(order: list[str], name: str) -> int:
    return order.index(name) if name in order else len(order)


def _word(name: str, value: str) -> Word:
    if name == "question" and (answer_id := _answer_of(value)):
        return _word("answer_id", answer_id)
    label = SCOPES.get(name, in_words(name).capitalize())
    return Word(label, _value(name, value), _url(name, value))


def _answer_of(entry_id: str) -> str:
    """The answer to the question that this entry opened: people know it by that."""
    try:
        return str(queries.entry(UUID(entry_id)).fields.get("answer_id", ""))
    except (AuditError, ValueError):  # its block may have been dropped
        return ""


def _value(name: str, value: str) -> Words:
    if name == "kind":
        return KINDS.get(value, in_words(value))
    if name == "content":
        return CONTENTS.get(value, in_words(value))
    if name == "reason_class":
        return GROUNDS.get(value, in_words(value))
    if name in {"since", "until", "before", "at"}:
        return moment_words(value)
    return value


def moment_words(text: str) -> str:
    """An ISO 8601 time as pages show times; anything else as it stands."""
    try:
        return date_format(localtime(datetime.fromisoformat(text)), "j M Y, H:i")
    except ValueError:
        return text


def _url(name: str, value: str) -> str:
    page = _PAGES.get(name)
    if page is None:
        return ""
    try:
        return reverse(page, args=[UUID(value)])
    except ValueError:
        return ""


def lines_of(
    views: Iterable[AuthorizationView],
    *,
    by: Actor,
    permissions: frozenset[Permission],
    at: datetime,
) -> list[Line]:
    """Those authorizations that this person may see."""
    seen = may_see(permissions)
    return [
        line_of(view, by=by, permissions=permissions, at=at)
        for view in views
        if view.action in seen
    ]
