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

_FORBIDDEN: Final = re.compile("[\x00\ud800-\udfff]")
_encode = json.JSONEncoder(
    sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
).encode


def encode(value: object) -> bytes:
    """Write `value` as canonical bytes. Raises EntryInvalid outside the profile."""
    check(value)
    return _encode(value).encode()


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


def check(value: object, depth: int = 0) -> None:
    """Raise EntryInvalid unless `value` lies in the profile."""
    if depth > MAX_DEPTH:
        raise EntryInvalid("nested too deeply")
    checker = _CHECKERS.get(type(value))
    if checker is None:
        raise EntryInvalid(f"a value of type {type(value).__name__}")
    checker(value, depth)


def _no_float(_literal: str) -> NoReturn:
    raise EntryInvalid("a number that is not an integer")


def _check_nothing(_value: object, _depth: int) -> None:
    """Booleans and null are always fine."""


def _check_integer(value: int, _depth: int) -> None:
    if not -MAX_INTEGER <= value <= MAX_INTEGER:
        raise EntryInvalid("an integer of 2^53 or more")


def _check_text(value: str, _depth: int) -> None:
    if _FORBIDDEN.search(value):
        raise EntryInvalid("U+0000 or a lone surrogate in a string")


def _check_array(value: list[object], depth: int) -> None:
    for item in value:
        check(item, depth + 1)


def _check_object(value: dict[object, object], depth: int) -> None:
    for key, item in value.items():
        if type(key) is not str or not key.isascii() or "\x00" in key:
            raise EntryInvalid("a key that is not ASCII text")
        check(item, depth + 1)


_CHECKERS: Final[dict[type, Callable[..., None]]] = {
    bool: _check_nothing,
    type(None): _check_nothing,
    int: _check_integer,
    str: _check_text,
    list: _check_array,
    dict: _check_object,
}
