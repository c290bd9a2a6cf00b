"""Which entries belong to a scope, page by page in the order of the log.

Promises that each statement looks at a bounded stretch of the log and each page holds
a bounded number of entries, so that ten million entries need no more memory than ten.
What an edition or an answer is in is taken from the entries' own bytes, not from tables
that stand beside the ledger.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from django.db import connection

from audit.errors import EntryUnknown
from audit.events import TERMINAL_TYPES, EventType
from audit.exports.scopes import Kind, Scope
from audit.models import DataKey, Entry
from audit.queries import EntryView, entry, terminal_entry
from audit.queries.entries import pruned, view, view_of
from audit.sealing import KEYS

# At a kilobyte each, a tenth of a second to search even from a slow disk.
STRETCH: Final = 20_000
PAGE: Final = 200

_SELECT: Final = """
SELECT "index", entry_id, body, leaf_hash FROM audit_entry
WHERE "index" > %s AND "index" <= %s AND {condition} ORDER BY "index" LIMIT %s
"""


@dataclass(frozen=True, slots=True)
class Page:
    """Entries of the scope, and the place up to which nothing was left out.

    A place is an index, or, among a person's entries, an entry's id. `looked_at` counts
    the entries of the log that were looked at.
    """

    entries: tuple[EntryView, ...]
    after: int | str
    is_last: bool
    looked_at: int


def page(scope: Scope, *, after: int | str | None, end: int) -> Page:
    """The next entries of the scope behind a place, before index `end`.

    Start with None.
    """
    if scope.kind is Kind.SUBJECT:
        return _of_subject(scope, after=after or str(UUID(int=0)))
    first, last = _limits(scope, end)
    begin = first - 1 if after is None else int(after)
    if begin >= last:
        return Page((), begin, is_last=True, looked_at=0)
    return _of_stretch(scope, begin=begin, last=last)


def to_look_at(scope: Scope, *, end: int) -> int:
    """How many entries of the log have to be looked at; 0 where nobody knows."""
    if scope.kind is Kind.SUBJECT:
        return 0
    first, last = _limits(scope, end)
    return max(0, last - first + 1)


def _of_stretch(scope: Scope, *, begin: int, last: int) -> Page:
    stretch = min(begin + STRETCH, last)
    condition, values = _CONDITIONS[scope.kind](scope)
    found = _select(condition, [begin, stretch, *values, PAGE])
    reached = stretch if len(found) < PAGE else _index_of(found[-1])
    whole = tuple(_with_questions(scope, found))
    return Page(whole, reached, is_last=reached >= last, looked_at=reached - begin)


def about_the_log(scope: Scope, *, end: int) -> Iterator[EntryView]:
    """Entries on keys and shards that the scope has not; every verifier needs them."""
    rows = Entry.objects.filter(type__startswith="log.", index__lt=end)
    for row in rows.order_by("index").iterator(chunk_size=PAGE):
        found = view(row, row.index)
        if not _holds(scope, found):
            yield found


def entry_unless_pruned(entry_id: UUID) -> EntryView | None:
    """None for an entry whose bytes were dropped by rule. Raises EntryUnknown."""
    try:
        return entry(entry_id)
    except EntryUnknown:
        if pruned(entry_id) is None:
            raise
    return None


def _limits(scope: Scope, end: int) -> tuple[int, int]:
    if scope.kind is Kind.ENTRIES:
        first, last = scope.indices
        return first, min(last, end - 1)
    return 0, end - 1


def _holds(scope: Scope, entry: EntryView) -> bool:
    if scope.kind is Kind.ENTRIES:
        first, last = scope.indices
        return first <= _index_of(entry) <= last
    if scope.kind is Kind.PERIOD:
        since, until = scope.period
        return since <= entry.at < until
    return False


def _select(condition: str, values: list[Any]) -> list[EntryView]:
    with connection.cursor() as cursor:
        cursor.execute(_SELECT.format(condition=condition), values)
        rows = cursor.fetchall()
    return [
        view_of(index, bytes(body), leaf_hash=bytes(leaf), entry_id=entry_id)
        for index, entry_id, body, leaf in rows
    ]


def _all(_scope: Scope) -> tuple[str, list[Any]]:
    return "true", []


def _in_period(scope: Scope) -> tuple[str, list[Any]]:
    return "at >= %s AND at < %s", list(scope.period)


def _naming(scope: Scope) -> tuple[str, list[Any]]:
    return "position(%s::bytea IN body) > 0", [scope.needle.encode()]


_CONDITIONS: Final[dict[Kind, Callable[[Scope], tuple[str, list[Any]]]]] = {
    Kind.ENTRIES: _all,
    Kind.PERIOD: _in_period,
    Kind.ANSWER: _naming,
    Kind.VERSION: _naming,
}


def _with_questions(scope: Scope, found: Iterable[EntryView]) -> Iterator[EntryView]:
    """An edition is named where an answer ends; its question belongs to it."""
    for one in found:
        if scope.kind is Kind.VERSION and one.type in TERMINAL_TYPES:
            question = entry_unless_pruned(_question_of(one))
            if question is not None:
                yield question
        yield one


def _of_subject(scope: Scope, *, after: int | str) -> Page:
    """What was sealed for a person, and the ends of questions that sealed nothing."""
    rows = DataKey.objects.using(KEYS).filter(
        subject_ids__contains=[UUID(scope.words["subject_id"])], id__gt=str(after)
    )
    ids = list(rows.order_by("id").values_list("id", flat=True)[:PAGE])
    found: list[EntryView] = []
    for entry_id in ids:
        with suppress(EntryUnknown):  # its transaction was rolled back, its key stays
            found += _with_plain_end(entry(entry_id))
    reached = str(ids[-1]) if ids else str(after)
    return Page(tuple(found), reached, is_last=len(ids) < PAGE, looked_at=len(ids))


def _with_plain_end(found: EntryView) -> Iterator[EntryView]:
    yield found
    if found.type == EventType.QUERY_RECEIVED.value:
        ended = terminal_entry(found.id)
        if ended is not None and not ended.has_sealed:
            yield ended


def _question_of(ended: EntryView) -> UUID:
    return UUID(ended.fields["query_entry_id"])


def _index_of(found: EntryView) -> int:
    if found.index is None:
        raise ValueError("an entry without an index")
    return found.index
