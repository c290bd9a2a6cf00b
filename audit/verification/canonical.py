"""Verification's own reader of entries: canonical JSON, read fast.

Accepts quickly what is plainly canonical and asks `audit.offline` about the rest, which
then says what is wrong. The cost of this check is most of verification's time: decoding
and encoding again is the only way to know that bytes are canonical.
"""

import json
from typing import Any, Final, NoReturn

from audit import offline

MAX_INTEGER: Final = 2**53 - 1
MAX_DEPTH: Final = 32


class _NotPlain(ValueError):
    """Only the careful reader can tell."""


def read_canonical(data: bytes) -> dict[str, Any]:
    """Read an entry. Raises Rejected unless its bytes are canonical (RFC 8785)."""
    try:
        text = data.decode()
        value = _decode(text)
        if _encode(value) == text and _is_plain(text, value):
            found: dict[str, Any] = value
            return found
    except (ValueError, RecursionError):
        pass
    return offline.read_canonical(data)


def _is_plain(text: str, value: object) -> bool:
    """Whether an object holds nothing else that an entry may not."""
    if type(value) is not dict or "\\u0000" in text:
        return False
    is_shallow = text.count("{") + text.count("[") <= MAX_DEPTH
    return (is_shallow and text.isascii()) or _has_plain_keys(value, 0)


def _has_plain_keys(value: object, depth: int) -> bool:
    if type(value) is dict:
        if not all(key.isascii() for key in value):
            return False
        return _has_plain_keys(list(value.values()), depth)
    if type(value) is not list:
        return True
    return depth < MAX_DEPTH and all(_has_plain_keys(one, depth + 1) for one in value)


def _integer(literal: str) -> int:
    value = int(literal)
    if not -MAX_INTEGER <= value <= MAX_INTEGER:
        raise _NotPlain
    return value


def _no_float(_literal: str) -> NoReturn:
    raise _NotPlain


# Made once: `json.loads` and `json.dumps` with options make them at each call.
_decode: Final = json.JSONDecoder(
    parse_int=_integer, parse_float=_no_float, parse_constant=_no_float
).decode
_encode: Final = json.JSONEncoder(
    sort_keys=True,
    separators=(",", ":"),
    ensure_ascii=False,
    allow_nan=False,
    check_circular=False,
).encode
