"""Which entries belong to a scope, page by page in the order of the log.

Promises that each statement looks at a bounded stretch of the log and each page holds
a bounded number of entries, so that ten million entries need no more memory than ten.
What an edition or an answer is in is taken from the entries' own bytes, not from tables
that stand beside the ledger.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from django.db import connection

from audit.events import TERMINAL_TYPES
from audit.exports.scopes import Kind, Scope
from audit.models import Entry
from audit.queries import EntryView, entry
from audit.queries.entries import view

# At a kilobyte each, a tenth of a second to search even from a slow disk.
STRETCH: Final = 20_000
PAGE: Final = 200

_SELECT: Final = """
SELECT "index", body, leaf_hash FROM audit_entry
WHERE "index" > %s AND "index" <= %s AND {condition} ORDER BY "index" LIMIT %s
"""


@dataclass(frozen=True, slots=True)
class Page:
    """Entries of the scope, and the index up to which nothing was left out.

    `is_last` says that the end of the scope was reached.
    """

    entries: tuple[EntryView, ...]
    after: int
    is_last: bool


def page(scope: Scope, *, after: int, end: int, subject_entries: Any = None) -> Page:
    """The next entries of the scope behind `after` and before index `end`.

    Start with `after` -1. `subject_entries` finds a person's entries by their ids.
    """
    first, last = _limits(scope, end)
    after = max(after, first - 1)
    if after >= last:
        return Page((), after, is_last=True)
    if scope.kind is Kind.SUBJECT:
        return _of_subject(subject_entries, scope, after=after, end=end)
    stretch = min(after + STRETCH, last)
    condition, values = _CONDITIONS[scope.kind](scope)
    found = _select(condition, [after, stretch, *values, PAGE])
    reached = stretch if len(found) < PAGE else _index_of(found[-1])
    whole = tuple(_with_questions(scope, found))
    return Page(whole, reached, is_last=reached >= last)


def about_the_log(scope: Scope, *, end: int) -> Iterator[EntryView]:
    """Entries on keys and shards that the scope has not; every verifier needs them."""
    rows = Entry.objects.filter(type__startswith="log.", index__lt=end)
    for row in rows.order_by("index").iterator(chunk_size=PAGE):
        found = view(row.index, bytes(row.body), bytes(row.leaf_hash))
        if not _holds(scope, found):
            yield found


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


def _select(condition: str, values: list[object]) -> list[EntryView]:
    with connection.cursor() as cursor:
        cursor.execute(_SELECT.format(condition=condition), values)
        rows = cursor.fetchall()
    return [view(index, bytes(body), bytes(leaf)) for index, body, leaf in rows]


def _all(_scope: Scope) -> tuple[str, list[object]]:
    return "true", []


def _in_period(scope: Scope) -> tuple[str, list[object]]:
    return "at >= %s AND at < %s", list(scope.period)


def _naming(scope: Scope) -> tuple[str, list[object]]:
    return "position(%s::bytea IN body) > 0", [scope.needle.encode()]


_CONDITIONS: Final[dict[Kind, Callable[[Scope], tuple[str, list[object]]]]] = {
    Kind.ENTRIES: _all,
    Kind.PERIOD: _in_period,
    Kind.ANSWER: _naming,
    Kind.VERSION: _naming,
}


def _with_questions(scope: Scope, found: Iterable[EntryView]) -> Iterator[EntryView]:
    """An edition is named where an answer ends; its question belongs to it."""
    for one in found:
        if scope.kind is Kind.VERSION and one.type in TERMINAL_TYPES:
            yield entry(_question_of(one))
        yield one


def _of_subject(subject_entries: Any, scope: Scope, *, after: int, end: int) -> Page:
    found: list[EntryView] = subject_entries(
        scope.words["subject"], after=after, end=end, limit=PAGE
    )
    reached = end if len(found) < PAGE else _index_of(found[-1])
    return Page(tuple(found), reached, is_last=len(found) < PAGE)


def _question_of(ended: EntryView) -> Any:
    return ended.fields["query_entry_id"]


def _index_of(found: EntryView) -> int:
    if found.index is None:
        raise ValueError("an entry without an index")
    return found.index
