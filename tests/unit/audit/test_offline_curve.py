"""Which 32 bytes are a key that binds its owner: all of the curve's points but eight.

Judged by Euler's criterion and by the addition law alone, with no root taken.
RFC 8032, section 5.1; edwards25519 has 8·L points, L prime.
"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.offline.curve import is_sound

P = 2**255 - 19
D = -121665 * pow(121666, -1, P) % P
# RFC 8032, 5.1: the base point, and its spelling from 7.1's layout: y, then x's sign.
BASE_Y = 4 * pow(5, -1, P) % P
BASE_X = 15112221349535400772501151409588531511454012693041857206046113283949847762202
# A point of order 8, as its y, of which the group's small points are made.
EIGHTH_Y = int.from_bytes(
    bytes.fromhex("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a"),
    "little",
)
SMALL = {0, 1, P - 1, EIGHTH_Y, P - EIGHTH_Y}


def spelled(y, sign=0):
    return (y | sign << 255).to_bytes(32, "little")


def is_of_a_point(y):
    """Whether (y² - 1) / (d·y² + 1) is a square, by Euler's criterion."""
    product = (y * y - 1) * (D * y * y + 1)
    return pow(product, (P - 1) // 2, P) in (0, 1)


def added(one, other):
    """RFC 8032, 5.1.4, as fractions."""
    (a, b), (c, d) = one, other
    product = D * a * c * b * d
    return (
        (a * d + c * b) * pow(1 + product, -1, P) % P,
        (b * d + a * c) * pow(1 - product, -1, P) % P,
    )


def is_judged_right(y):
    sound = is_of_a_point(y) and y not in SMALL
    return all(is_sound(spelled(y, sign)) is sound for sign in (0, 1))


def test_of_the_least_and_the_largest_numbers_those_of_points_are_sound():
    numbers = [*range(80), *range(P - 80, P), *SMALL, BASE_Y]
    assert [y for y in numbers if not is_judged_right(y)] == []


@given(st.integers(0, P - 1))
def test_a_number_is_sound_when_a_point_of_more_than_order_eight_has_it(y):
    assert is_judged_right(y)


def test_what_the_base_point_generates_is_sound():
    base = point = (BASE_X, BASE_Y)
    for _ in range(40):
        assert is_sound(spelled(point[1], point[0] & 1))
        point = added(point, base)


def test_a_key_that_is_a_small_point_beside_a_large_one_is_sound():
    """It is of no small order, and binds."""
    root_of_minus_one = pow(2, (P - 1) // 4, P)
    for small in ((0, P - 1), (root_of_minus_one, 0), (P - root_of_minus_one, 0)):
        x, y = added((BASE_X, BASE_Y), small)
        assert is_sound(spelled(y, x & 1))


@pytest.mark.parametrize("y", range(19))
def test_a_second_spelling_of_a_number_is_refused(y):
    assert not is_sound(spelled(P + y))
    assert not is_sound(spelled(P + y, 1))


def test_bytes_of_another_length_are_refused():
    sound = spelled(BASE_Y)
    short = next(y for y in range(2, 99) if is_judged_right(y) and is_of_a_point(y))
    assert is_sound(sound)
    assert not is_sound(sound + b"\x00")
    assert is_sound(spelled(short))
    assert not is_sound(spelled(short)[:31])
    assert not is_sound(b"")
