import json
import math

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from audit import canonical, offline
from audit.errors import EntryInvalid

TEXT = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=20
)
KEY = st.text(st.characters(min_codepoint=1, max_codepoint=127), max_size=10)
NUMBER = st.integers(-canonical.MAX_INTEGER, canonical.MAX_INTEGER)
VALUE = st.recursive(
    st.none() | st.booleans() | NUMBER | TEXT,
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(KEY, inner, max_size=5),
    max_leaves=30,
)


@given(VALUE)
def test_encode_equals_rfc_8785_for_every_value_of_the_profile(value):
    assert canonical.encode(value) == rfc8785.dumps(value)


@given(VALUE)
def test_decode_gives_back_what_was_encoded(value):
    assert canonical.decode(canonical.encode(value)) == value


@given(st.dictionaries(KEY, VALUE, max_size=5))
def test_offline_reader_agrees_when_the_bytes_are_canonical(value):
    assert offline.read_canonical(canonical.encode(value)) == value


@pytest.mark.parametrize(
    "value",
    [
        1.5,
        math.nan,
        2**53,
        -(2**53),
        "\ud800",
        "a\x00b",
        {"é": 1},
        {1: 1},
        (1, 2),
        b"bytes",
        {"a": {"b": [1.0]}},
        {"\x00": 1},
    ],
)
def test_encode_refuses_when_the_value_is_outside_the_profile(value):
    with pytest.raises(EntryInvalid):
        canonical.encode(value)


@pytest.mark.parametrize("text", ["\\u0000", "\\\\u0000", "u0000", "\\\\\\u0000"])
def test_encode_takes_what_only_looks_like_the_forbidden_character(text):
    assert canonical.decode(canonical.encode({"a": text})) == {"a": text}
    with pytest.raises(EntryInvalid):
        canonical.encode({"a": text + "\x00"})


def test_encode_refuses_when_nested_too_deeply():
    value = []
    for _ in range(canonical.MAX_DEPTH + 1):
        value = [value]
    with pytest.raises(EntryInvalid):
        canonical.encode(value)


MALFORMED = [
    b'{"b":1,"a":2}',
    b'{"a": 1}',
    b'{"a":1,"a":1}',
    b'{"a":1.0}',
    b'{"a":1e3}',
    b'{"a":NaN}',
    b'{"a":Infinity}',
    b'{"a":"\\u0041"}',
    b'{"a":"\\ud800"}',
    b'{"a":"\\u0000"}',
    b'{"a":9007199254740992}',
    b'{"a":-0}',
    b'{"a":1}\n',
    b'\xef\xbb\xbf{"a":1}',
    b'{"a":"\xff"}',
    '{"é":1}'.encode(),
    b"",
    b"{",
    b"[" * 60_000,
]


@pytest.mark.parametrize("data", MALFORMED)
def test_decode_refuses_when_the_bytes_are_not_canonical(data):
    with pytest.raises(EntryInvalid):
        canonical.decode(data)


@pytest.mark.parametrize("data", MALFORMED)
def test_offline_reader_refuses_when_the_bytes_are_not_canonical(data):
    with pytest.raises(offline.Rejected):
        offline.read_canonical(data)


def test_decode_object_refuses_when_the_bytes_hold_an_array():
    with pytest.raises(EntryInvalid):
        canonical.decode_object(json.dumps([1]).encode())


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("\ud800", "a lone surrogate in a string"),
        ("\x00", "U+0000 in a string"),
        (1.5, "a value of type float"),
        (2**53, "an integer of 2^53 or more"),
        ({"é": 1}, "a key that is not ASCII text"),
    ],
)
def test_encode_says_what_it_refuses(value, reason):
    with pytest.raises(EntryInvalid) as refusal:
        canonical.encode(value)
    assert refusal.value.args == (reason,)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"{", "not JSON in UTF-8"),
        (b"\xff", "not JSON in UTF-8"),
        (b"[" * 60_000, "not JSON in UTF-8"),
        (b"[1.0]", "a number that is not an integer"),
        (b"[NaN]", "a number that is not an integer"),
        (b"[-Infinity]", "a number that is not an integer"),
        (b'{"a": 1}', "not in canonical form"),
    ],
)
def test_decode_says_what_it_refuses(data, reason):
    with pytest.raises(EntryInvalid) as refusal:
        canonical.decode(data)
    assert refusal.value.args == (reason,)


def nested(depth, innermost):
    for _ in range(depth):
        innermost = [innermost]
    return innermost


@pytest.mark.parametrize(
    ("value", "is_allowed"),
    [
        (nested(canonical.MAX_DEPTH + 1, "text"), True),
        (nested(canonical.MAX_DEPTH + 1, None), True),
        (nested(canonical.MAX_DEPTH, 1), True),
        (nested(canonical.MAX_DEPTH + 1, 1), False),
        (nested(canonical.MAX_DEPTH, {}), True),
        (nested(canonical.MAX_DEPTH, {"a": None}), True),
        (nested(canonical.MAX_DEPTH, {"a": 1}), False),
        (nested(canonical.MAX_DEPTH, {"a": {}}), False),
    ],
)
def test_encode_nests_to_a_depth_and_no_deeper(value, is_allowed):
    if is_allowed:
        assert canonical.decode(canonical.encode(value)) == value
        return
    with pytest.raises(EntryInvalid) as refusal:
        canonical.encode(value)
    assert refusal.value.args == ("nested too deeply",)


def test_encode_takes_the_largest_integers_and_writes_them_compactly():
    value = {"b": [canonical.MAX_INTEGER, -canonical.MAX_INTEGER], "a": "ü"}
    expected = '{"a":"ü","b":[9007199254740991,-9007199254740991]}'
    assert canonical.encode(value) == expected.encode()


def test_decode_object_says_what_it_refuses_and_gives_the_object():
    assert canonical.decode_object(b'{"a":1}') == {"a": 1}
    with pytest.raises(EntryInvalid) as refusal:
        canonical.decode_object(b"[1]")
    assert refusal.value.args == ("not an object",)
