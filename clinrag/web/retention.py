"""Holds, floors and blocks as their page shows them.

Promises the date before which nothing of a block may go, from its newest entry and the
longest floor; whether it may go then is asked again by the database.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from audit.custody import authorizations, holds, retention
from audit.custody.authorizations import Action, AuthorizationView, State
from audit.custody.holds import HoldView
from audit.queries import entries
from clinrag.web.custody import OPEN, Word, scope_words
from clinrag.web.labels import HELD_KINDS, Words

LOOKED_AT = 200


@dataclass(frozen=True, slots=True)
class HoldLine:
    """A hold, with the request for its release if there is one."""

    view: HoldView
    kind: Words
    words: tuple[Word, ...]
    release: AuthorizationView | None

    @property
    def may_release(self) -> bool:
        return self.release is not None and self.release.state is State.APPROVED


@dataclass(frozen=True, slots=True)
class ClassLine:
    """How long a class is kept: what is sealed today stays until `kept_until`."""

    name: str
    years: int
    kept_until: date


@dataclass(frozen=True, slots=True)
class BlockLine:
    """A block of entries; `not_before` is None while it is not full."""

    first: int
    last: int
    newest_at: datetime | None
    not_before: date | None
    is_due: bool
    request: AuthorizationView | None

    @property
    def may_drop(self) -> bool:
        return self.request is not None and self.request.state is State.APPROVED


def hold_lines(limit: int) -> list[HoldLine]:
    """Holds in force, newest first."""
    releases = _open_requests(Action.HOLD_RELEASE, "hold")
    return [
        HoldLine(
            view=view,
            kind=HELD_KINDS.get(view.scope.kind.value, view.scope.kind.value),
            words=scope_words(view.scope.as_words()),
            release=releases.get(str(view.id)),
        )
        for view in holds.active(limit)
    ]


def class_lines(*, at: datetime) -> list[ClassLine]:
    """Each class that has a floor of its own, and every other, which is `*`."""
    named = {one.retention_class for one in retention.floors()}
    return [_class(name, at.date()) for name in sorted(named)]


def _class(name: str, today: date) -> ClassLine:
    years = retention.years_of(name, on=today)
    return ClassLine(name, years, _later(today, years))


def block_lines(*, at: datetime) -> list[BlockLine]:
    """Blocks that still have their bytes, oldest first."""
    requests = _open_requests(Action.PRUNING, "first_index")
    years = max(floor.years for floor in retention.floors())
    return [
        _block(first, end, years, requests, today=at.date())
        for first, end in retention.blocks()
    ]


def _block(
    first: int,
    end: int,
    years: int,
    requests: Mapping[str, AuthorizationView],
    *,
    today: date,
) -> BlockLine:
    found = entries(limit=1, before_index=end)
    newest = found[0] if found and (found[0].index or 0) >= first else None
    is_full = newest is not None and newest.index == end - 1
    due = _later(newest.at.date(), years) if newest and is_full else None
    return BlockLine(
        first=first,
        last=end - 1,
        newest_at=newest.at if newest else None,
        not_before=due,
        is_due=due is not None and due <= today,
        request=requests.get(str(first)),
    )


def _open_requests(action: Action, word: str) -> dict[str, AuthorizationView]:
    """Requests that are not used up, by what they are about; the newest of each."""
    found = authorizations.recent(limit=LOOKED_AT, action=action)
    waiting = [one for one in found if one.state in OPEN]
    return {one.scope.get(word, ""): one for one in reversed(waiting)}


def release_of(hold_id: UUID) -> AuthorizationView | None:
    """The request for a hold's release that is not used up."""
    return _open_requests(Action.HOLD_RELEASE, "hold").get(str(hold_id))


def _later(day: date, years: int) -> date:
    try:
        return day.replace(year=day.year + years)
    except ValueError:  # 29 February
        return day.replace(year=day.year + years, day=28)
