"""The shape of an event: a frozen class whose fields are what the entry says.

Fields hold strings, integers, booleans, None, and tuples or frozen dataclasses of
those. Scores are strings, ids are strings, times are ISO 8601 strings. No field may
hold what a patient or a clinician wrote: that goes into sealed content. Adding a class
is allowed, and a field that has a default; changing or removing one is not, since old
entries stay, and one that lacks a field without a default is no entry of its kind.
"""

from dataclasses import dataclass, fields, is_dataclass
from typing import ClassVar, TypeVar

from audit.events.types import EventType


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that happened; `sentence` tells it to a reader."""

    type: ClassVar[EventType]
    sentence: ClassVar[str]


def encode_fields(event: Event) -> dict[str, object]:
    """Turn an event's fields into what canonical JSON can hold."""
    return _members(event)


def _members(value: object) -> dict[str, object]:
    return {part.name: _plain(getattr(value, part.name)) for part in fields(value)}  # type: ignore[arg-type]


def _plain(value: object) -> object:
    if isinstance(value, tuple | list):
        return [_plain(item) for item in value]
    return _members(value) if is_dataclass(value) else value


E = TypeVar("E", bound=Event)


def decode_fields(kind: type[E], told: object) -> E:
    """The event that an entry tells; for kinds of plain fields only.

    Raises ValueError unless every field is there, no other is, and each fits its type.
    """
    if not isinstance(told, dict) or {part.name for part in fields(kind)} != set(told):
        raise ValueError("not the fields of this event")
    for part in fields(kind):
        value = told[part.name]
        if isinstance(value, bool) or not isinstance(value, part.type):  # type: ignore[arg-type]
            raise ValueError(f"{part.name} is of another type")  # noqa: TRY004
    return kind(**told)
