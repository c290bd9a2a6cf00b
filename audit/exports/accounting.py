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

from django.db.models import BooleanField, Func, Q, Value

from audit.events import EventType
from audit.models import DataKey, Entry
from audit.queries import EntryView
from audit.queries.entries import view
from audit.sealing import KEYS, find_subject, key_wrapper

PAGE: Final = 500
_READ: Final = EventType.CONTENT_DISCLOSED.value
_BROKEN: Final = EventType.CONTENT_BREAK_GLASS.value
_TAKEN: Final = EventType.EXPORT_DOWNLOADED.value
_TYPES: Final = (_READ, _BROKEN, _TAKEN)
_EXPORT: Final = "export:"
# As canonical JSON writes it.
_INTO_A_PACKAGE: Final = f'"surface":"{_EXPORT}'.encode()


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
    told = _tell(his, _candidates(since, until))
    return [one for one in told if since <= one.at]


def _tell(his: set[str], entries: Iterator[EntryView]) -> Iterator[Disclosure]:
    packed: dict[str, tuple[str, ...]] = {}
    for entry in entries:
        if not entry.is_readable:
            yield _disclosure(entry, ())  # nobody can say that it was not about him
            continue
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


def _candidates(since: datetime, until: datetime) -> Iterator[EntryView]:
    """What was within the span, and before it what was read into packages.

    Those may have been downloaded within it. By the clocks of those who wrote.
    """
    into_a_package = Func(
        Value(_INTO_A_PACKAGE),
        template="position(%(expressions)s::bytea IN body) > 0",
        output_field=BooleanField(),
    )
    rows = Entry.objects.filter(type__in=_TYPES, at__lt=until).filter(
        Q(at__gte=since) | Q(Q(type=_READ), Q(into_a_package))
    )
    for row in rows.order_by("index").iterator(chunk_size=PAGE):
        yield view(row, row.index)


def _disclosure(entry: EntryView, concerned: tuple[str, ...]) -> Disclosure:
    purpose = {_BROKEN: "break_glass", _TAKEN: "evidence_package"}.get(entry.type)
    return Disclosure(
        at=entry.at,
        index=-1 if entry.index is None else entry.index,
        entry_id=entry.id,
        type=entry.type,
        actor_id=entry.actor.id,
        actor_name=entry.actor.name,
        purpose=purpose or str(entry.fields.get("purpose", "")),
        surface=str(entry.fields.get("surface", "")),
        entry_ids=concerned,
    )
