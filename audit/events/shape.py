"""The shape of an event: a frozen class whose fields are what the entry says.

Fields hold strings, integers, booleans, None, and tuples or frozen dataclasses of
those. Scores are strings, ids are strings, times are ISO 8601 strings. No field may
hold what a patient or a clinician wrote: that goes into sealed content. Adding a
field or a class is allowed; changing or removing one is not, since old entries stay.
"""

from dataclasses import dataclass, fields, is_dataclass
from typing import ClassVar

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
