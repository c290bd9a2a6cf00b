"""Whether an entry has the shape that its kind says: what readers may rely on.

Promises that an entry which fits has every field of its kind, each of its type. A kind
that is not known here fits: it may be of a later version. Says nothing about whether
the entry is true, or under its leaf hash.
"""

from collections.abc import Mapping
from dataclasses import MISSING, dataclass, fields, is_dataclass
from functools import cache
from types import UnionType
from typing import Any, Final, Union, get_args, get_origin, get_type_hints

from audit.actors import Actor, ActorKind
from audit.events import EVENT_CLASSES, EventType

_KINDS: Final = frozenset(kind.value for kind in ActorKind)


@dataclass(frozen=True, slots=True)
class _Part:
    """A member of a class, and whether it must be there."""

    hint: Any
    is_required: bool


def fits(event_type: str, told: Mapping[str, Any]) -> bool:
    """Whether these are fields of such an entry."""
    try:
        event_class = EVENT_CLASSES[EventType(event_type)]
    except ValueError:
        return True
    return _has_members(told, event_class)


def is_actor(told: object) -> bool:
    """Whether this is an actor as entries name them."""
    if not isinstance(told, dict) or not told.keys() <= _parts(Actor).keys():
        return False
    kind = told.get("kind")
    return type(kind) is str and kind in _KINDS and _names_someone(told)


def _names_someone(told: Mapping[str, Any]) -> bool:
    named = all(type(told.get(name)) is str for name in ("id", "name", "method"))
    return named and _fits(told.get("on_behalf_of"), str | None)


@cache
def _parts(kind: Any) -> Mapping[str, _Part]:
    hints = get_type_hints(kind)
    return {
        part.name: _Part(hints[part.name], part.default is MISSING)
        for part in fields(kind)
    }


def _has_members(told: object, kind: Any) -> bool:
    parts = _parts(kind)
    if not isinstance(told, Mapping) or not told.keys() <= parts.keys():
        return False
    return all(
        _fits(told[name], part.hint) if name in told else not part.is_required
        for name, part in parts.items()
    )


def _fits(value: object, hint: Any) -> bool:
    if get_origin(hint) in (UnionType, Union):
        return any(_fits(value, one) for one in get_args(hint))
    if get_origin(hint) is tuple:
        return isinstance(value, list) and _fits_tuple(value, get_args(hint))
    if is_dataclass(hint):
        return _has_members(value, hint)
    # Not `isinstance`: a boolean is no number here.
    return type(value) is hint


def _fits_tuple(values: list[Any], hints: tuple[Any, ...]) -> bool:
    if hints[-1] is Ellipsis:
        return all(_fits(value, hints[0]) for value in values)
    return len(values) == len(hints) and all(map(_fits, values, hints))
