"""Canonical JSON: RFC 8785 in a restricted profile, and a strict reader of it.

The profile allows ASCII keys, strings without lone surrogates and U+0000, integers
below 2^53 in magnitude, booleans, null, arrays and objects; no floats. In it Python's
sorted, compact JSON is RFC 8785 byte for byte. Whatever lies outside is refused, not
repaired. U+0000 is left out because PostgreSQL cannot search for it.
"""

import json
import re
from collections.abc import Callable
from typing import Final, NoReturn

from audit.errors import EntryInvalid

MAX_INTEGER: Final = 2**53 - 1
MAX_DEPTH: Final = 32

# U+0000 as JSON writes it, and not a backslash followed by the letters u0000.
_NUL: Final = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")
_encode = json.JSONEncoder(
    sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
).encode


def encode(value: object) -> bytes:
    """Write `value` as canonical bytes. Raises EntryInvalid outside the profile."""
    _check(value, 0)
    try:
        data = _encode(value).encode()
    except UnicodeEncodeError as error:
        raise EntryInvalid("a lone surrogate in a string") from error
    if b"\\u0000" in data and _NUL.search(data):
        raise EntryInvalid("U+0000 in a string")
    return data


def decode(data: bytes) -> object:
    """Read canonical bytes.

    Raises EntryInvalid if they are not exactly what `encode` would write.
    """
    try:
        value = json.loads(
            data.decode(), parse_float=_no_float, parse_constant=_no_float
        )
    except (ValueError, RecursionError) as error:
        raise EntryInvalid("not JSON in UTF-8") from error
    if encode(value) != data:
        raise EntryInvalid("not in canonical form")
    return value


def decode_object(data: bytes) -> dict[str, object]:
    """Read canonical bytes that hold an object; raises EntryInvalid otherwise."""
    value = decode(data)
    if not isinstance(value, dict):
        raise EntryInvalid("not an object")
    return value


def _no_float(_literal: str) -> NoReturn:
    raise EntryInvalid("a number that is not an integer")


def _check(value: object, depth: int) -> None:
    """Raise EntryInvalid for types, numbers, keys and depths outside the profile.

    What strings hold is checked once over the bytes, which is several times faster.
    """
    kind = type(value)
    if kind in _PLAIN:
        return
    if depth > MAX_DEPTH:
        raise EntryInvalid("nested too deeply")
    if kind not in _CHECKERS:
        raise EntryInvalid(f"a value of type {kind.__name__}")
    _CHECKERS[kind](value, depth)


def _check_integer(value: int, _depth: int) -> None:
    if not -MAX_INTEGER <= value <= MAX_INTEGER:
        raise EntryInvalid("an integer of 2^53 or more")


def _check_array(value: list[object], depth: int) -> None:
    for item in value:
        if type(item) is not str:
            _check(item, depth + 1)


def _check_object(value: dict[object, object], depth: int) -> None:
    for key, item in value.items():
        if type(key) is not str or not key.isascii():
            raise EntryInvalid("a key that is not ASCII text")
        if type(item) is not str:
            _check(item, depth + 1)


_PLAIN: Final = frozenset({str, bool, type(None)})
_CHECKERS: Final[dict[type, Callable[..., None]]] = {
    int: _check_integer,
    list: _check_array,
    dict: _check_object,
}
