"""To whom content about a person was disclosed: an accounting over a span of time.

Promises one line for each entry that records a reading of what was sealed for the
person, an emergency access to it, or a download of a package into which it was read, in
the order of the log. Taken from the entries alone, found by an index over their bytes:
neither time nor memory grows with what was disclosed about others. Knows only what was
sealed under the person's own key; readings that went past the software leave no entry.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice
from typing import Final
from uuid import UUID

from django.db import connection

from audit.events import EventType
from audit.models import DataKey
from audit.queries import EntryView
from audit.queries.entries import view_of
from audit.sealing import KEYS, find_subject, key_wrapper

PAGE: Final = 500
_READ: Final = EventType.CONTENT_DISCLOSED.value
_BROKEN: Final = EventType.CONTENT_BREAK_GLASS.value
_TAKEN: Final = EventType.EXPORT_DOWNLOADED.value
_EXPORT: Final = "export:"
# The types in the words of the index `entry_by_disclosed`, which is not used otherwise.
NAMING: Final = """
SELECT "index", body, leaf_hash, entry_id FROM audit_entry
WHERE type IN ('content.disclosed', 'content.break_glass', 'export.downloaded')
  AND audit_disclosed(body) && %s::uuid[] AND at < %s
"""


@dataclass(frozen=True, slots=True)
class Disclosure:
    """One disclosure; `entry_ids` are those of the person's entries it concerned."""

    at: datetime
    index: int
    entry_id: UUID
    type: str
    actor_id: str
    actor_name: str
    purpose: str
    surface: str
    entry_ids: tuple[str, ...]


def disclosures(
    reference: str, *, since: datetime, until: datetime
) -> list[Disclosure]:
    """Disclosures of the person's content from `since` to `until` (not included).

    `reference` is the one under which it was sealed; times are by the clocks of those
    who wrote. Raises SubjectReferenceInvalid.
    """
    subject_id = find_subject(reference, wrapped_by=key_wrapper())
    if subject_id is None:
        return []
    told: dict[int, Disclosure] = {}
    packed: dict[str, tuple[str, ...]] = {}
    for ids in _entries_of(subject_id):
        for entry in _naming(ids, until):
            _note(entry, frozenset(map(str, ids)), told, packed)
    for ids in _some([UUID(one) for one in packed]):
        for entry in _naming(ids, until):
            told[_index_of(entry)] = _disclosure(entry, packed[_package_of(entry)])
    return [told[index] for index in sorted(told) if since <= told[index].at]


def _entries_of(subject_id: UUID) -> Iterator[list[UUID]]:
    """The ids of what was sealed for the person, so many at a time."""
    rows = DataKey.objects.using(KEYS).filter(subject_ids__contains=[subject_id])
    yield from _some(rows.values_list("id", flat=True).iterator(PAGE))


def _some(ids: Iterator[UUID] | Sequence[UUID]) -> Iterator[list[UUID]]:
    left = iter(ids)
    while some := list(islice(left, PAGE)):
        yield some


def _naming(ids: Sequence[UUID], until: datetime) -> Iterator[EntryView]:
    """Entries of the three types that name one of these entries or packages."""
    with connection.chunked_cursor() as cursor:
        cursor.execute(NAMING, [list(ids), until])
        while rows := cursor.fetchmany(PAGE):
            for index, body, leaf, entry_id in rows:
                found = view_of(
                    index, bytes(body), leaf_hash=bytes(leaf), entry_id=entry_id
                )
                if found.is_readable:  # else nobody wrote it who may
                    yield found


def _note(
    entry: EntryView,
    ids: frozenset[str],
    told: dict[int, Disclosure],
    packed: dict[str, tuple[str, ...]],
) -> None:
    """Add what an entry says of these entries to what it said of others."""
    found = tuple(one for one in entry.fields.get("entry_ids", ()) if one in ids)
    if not found:
        return
    known = told.setdefault(_index_of(entry), _disclosure(entry, ()))
    told[known.index] = replace(known, entry_ids=(*known.entry_ids, *found))
    if known.surface.startswith(_EXPORT):
        package = _package_of(entry)
        packed[package] = (*packed.get(package, ()), *found)


def _package_of(entry: EntryView) -> str:
    if entry.type == _TAKEN:
        return str(entry.fields["export_id"])
    return str(entry.fields["surface"]).removeprefix(_EXPORT)


def _index_of(entry: EntryView) -> int:
    return -1 if entry.index is None else entry.index


def _disclosure(entry: EntryView, concerned: tuple[str, ...]) -> Disclosure:
    purpose = {_BROKEN: "break_glass", _TAKEN: "evidence_package"}.get(entry.type)
    return Disclosure(
        at=entry.at,
        index=_index_of(entry),
        entry_id=entry.id,
        type=entry.type,
        actor_id=entry.actor.id,
        actor_name=entry.actor.name,
        purpose=purpose or str(entry.fields.get("purpose", "")),
        surface=str(entry.fields.get("surface", "")),
        entry_ids=concerned,
    )
