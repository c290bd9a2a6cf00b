"""To whom content about a person was disclosed: an accounting over a span of time.

Promises one line for each entry that records a reading of what was sealed for the
person, an emergency access to it, or a download of a package into which it was read, in
the order of the log. Taken from the entries alone. Knows only what was sealed under the
person's own key; readings that went past the software leave no entry.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from audit.events import EventType
from audit.models import DataKey
from audit.queries import EntryView, entries_after
from audit.sealing import KEYS, find_subject, key_wrapper

PAGE: Final = 500
_READ: Final = EventType.CONTENT_DISCLOSED.value
_BROKEN: Final = EventType.CONTENT_BREAK_GLASS.value
_TAKEN: Final = EventType.EXPORT_DOWNLOADED.value
_TYPES: Final = (_READ, _BROKEN, _TAKEN)
_EXPORT: Final = "export:"


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

    `reference` is the one under which it was sealed. Raises SubjectReferenceInvalid.
    """
    subject_id = find_subject(reference, wrapped_by=key_wrapper())
    if subject_id is None:
        return []
    rows = DataKey.objects.using(KEYS).filter(subject_ids__contains=[subject_id])
    his = {str(one) for one in rows.values_list("id", flat=True).iterator()}
    told = _tell(his)
    return [one for one in told if since <= one.at < until]


def _tell(his: set[str]) -> Iterator[Disclosure]:
    packed: dict[str, tuple[str, ...]] = {}
    for entry in _candidates():
        if entry.type == _TAKEN:
            concerned = packed.get(entry.fields["export_id"], ())
        else:
            concerned = tuple(i for i in entry.fields["entry_ids"] if i in his)
        if not concerned:
            continue
        surface = str(entry.fields.get("surface", ""))
        if surface.startswith(_EXPORT):
            package = surface.removeprefix(_EXPORT)
            packed[package] = (*packed.get(package, ()), *concerned)
        yield _disclosure(entry, concerned)


def _candidates() -> Iterator[EntryView]:
    after = -1
    while page := entries_after(after, limit=PAGE, types=_TYPES):
        yield from page
        after = page[-1].index if page[-1].index is not None else after


def _disclosure(entry: EntryView, concerned: tuple[str, ...]) -> Disclosure:
    purpose = {_BROKEN: "break_glass", _TAKEN: "evidence_package"}.get(entry.type)
    return Disclosure(
        at=entry.at,
        index=-1 if entry.index is None else entry.index,
        entry_id=entry.id,
        type=entry.type,
        actor_id=entry.actor.id,
        actor_name=entry.actor.name,
        purpose=purpose or entry.fields["purpose"],
        surface=str(entry.fields.get("surface", "")),
        entry_ids=concerned,
    )
