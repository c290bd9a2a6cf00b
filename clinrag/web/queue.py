"""The ingest queue: editions on their way, in the three groups people ask for.

Promises: who works on editions sees those of the collections open to them; a line says
where the edition stands, what is wrong with it, and what this person can do about it.
Will not: put anything in force.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from clinrag.access.roles import Permission
from clinrag.web.advice import WORTH_REPEATING, advice_for
from clinrag.web.cursors import cursor_of, moment_of, parts_of
from clinrag.web.labels import Words
from clinrag.web.progress import Progress, progress_of, scans_of, works_under_way
from clinrag.web.warnings import Told, told_warnings
from ingestion.lifecycle import PROCESSING, Status
from ingestion.queries import VersionView, VersionWork
from ingestion.queries.queue import ON_THEIR_WAY, count_on_their_way, on_their_way

PAGE_SIZE = 25
NEEDING = frozenset({Status.FAILED, Status.HELD, Status.RETURNED})
REVIEWED = frozenset({Status.IN_REVIEW, Status.APPROVED})
GROUPS: Mapping[str, tuple[Words, frozenset[Status]]] = {
    "": (_("all"), frozenset(ON_THEIR_WAY)),
    "working": (_("being processed"), frozenset(PROCESSING)),
    "needing": (_("need somebody"), NEEDING),
    "reviewed": (_("before their reviewers"), REVIEWED),
}
FALLBACK = ""


@dataclass(frozen=True, slots=True)
class Line:
    """One edition on its way."""

    version: VersionView
    progress: Progress
    warnings: tuple[Told, ...]
    advice: Words
    left: str
    may_cancel: bool
    may_retry: bool


@dataclass(frozen=True, slots=True)
class Group:
    """A part of the queue, as a chip."""

    code: str
    words: Words
    count: int
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class Queue:
    """What the panel shows; it asks again while the machine is at work."""

    lines: tuple[Line, ...]
    groups: tuple[Group, ...]
    chosen: str
    cursor: str
    next_cursor: str
    polling: bool


def queue_for(
    slugs: list[str],
    *,
    permissions: frozenset[Permission],
    at: datetime,
    group: str = FALLBACK,
    cursor: str = "",
) -> Queue:
    """A page of the queue; a group or cursor that is none means all, from the top."""
    chosen = group if group in GROUPS else FALLBACK
    counts = count_on_their_way(collection_slugs=slugs)
    found = on_their_way(
        collection_slugs=slugs,
        statuses=GROUPS[chosen][1],
        after=_opened(cursor),
        limit=PAGE_SIZE + 1,
    )
    shown, more = found[:PAGE_SIZE], found[PAGE_SIZE:]
    works = works_under_way(shown, at=at)
    return Queue(
        lines=tuple(_line(one, permissions, work=works.get(one.id)) for one in shown),
        groups=_groups(counts, chosen),
        chosen=chosen,
        cursor=cursor,
        next_cursor=cursor_of(shown[-1].received_at, shown[-1].id) if more else "",
        polling=any(one in PROCESSING for one in counts),
    )


def _line(
    version: VersionView,
    permissions: frozenset[Permission],
    *,
    work: VersionWork | None,
) -> Line:
    failed = version.status == Status.FAILED
    works = Permission.INGEST in permissions
    return Line(
        version=version,
        progress=progress_of(version, work=work),
        warnings=told_warnings(version.warnings),
        advice=advice_for(version.failure_code) if failed else "",
        left=time_left(version, work=work),
        may_cancel=works and version.status in PROCESSING,
        may_retry=works and failed and version.failure_code in WORTH_REPEATING,
    )


def time_left(version: VersionView, *, work: VersionWork | None) -> str:
    """About how long the planned stage takes; nothing while that is unknown."""
    is_counted = version.status == Status.CHUNKED or scans_of(version, work)
    seconds = work.seconds_left if work and is_counted else None
    if not seconds:
        return ""
    minutes = round(seconds / 60)
    if not minutes:
        return gettext("less than a minute left")
    told = ngettext("about %(n)d minute left", "about %(n)d minutes left", minutes)
    return told % {"n": minutes}


def _groups(counts: Mapping[Status, int], chosen: str) -> tuple[Group, ...]:
    return tuple(
        Group(code, words, sum(counts.get(one, 0) for one in statuses), code == chosen)
        for code, (words, statuses) in GROUPS.items()
    )


def _opened(cursor: str) -> tuple[datetime, UUID] | None:
    at, version_id = parts_of(cursor, number=2) or ("", "")
    moment = moment_of(at)
    try:
        return None if moment is None else (moment, UUID(version_id))
    except ValueError:
        return None
