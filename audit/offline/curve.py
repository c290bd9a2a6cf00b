"""Whether 32 bytes are a public key of Ed25519 that binds its owner; RFC 8032, 5.1.

A point whose order divides 8 accepts one signature for many messages, so such keys
are refused, as is any second spelling of a point. By arithmetic, not by a list.
"""

from functools import lru_cache
from typing import Final

_P: Final = 2**255 - 19
_D: Final = -121665 * pow(121666, -1, _P) % _P
_ROOT_OF_MINUS_ONE: Final = pow(2, (_P - 1) // 4, _P)

Point = tuple[int, int]


@lru_cache(maxsize=256)
def is_sound(public: bytes) -> bool:
    """Whether the bytes spell a curve point in canonical form, not of small order."""
    point = _decompress(public)
    if point is None:
        return False
    for _ in range(3):
        point = _double(point)
    return point != (0, 1)


def _decompress(public: bytes) -> Point | None:
    """RFC 8032, 5.1.3."""
    number = int.from_bytes(public, "little")
    y, sign = number & (2**255 - 1), number >> 255
    if len(public) != 32 or y >= _P:  # noqa: PLR2004
        return None
    squared = (y * y - 1) * pow(_D * y * y + 1, -1, _P) % _P
    x = pow(squared, (_P + 3) // 8, _P)
    if (x * x - squared) % _P:
        x = x * _ROOT_OF_MINUS_ONE % _P
    if (x * x - squared) % _P or (x == 0 and sign):
        return None
    return (_P - x if x & 1 != sign else x), y


def _double(point: Point) -> Point:
    x, y = point
    product = _D * x * x * y * y % _P
    return (
        2 * x * y * pow(1 + product, -1, _P) % _P,
        (y * y + x * x) * pow(1 - product, -1, _P) % _P,
    )
