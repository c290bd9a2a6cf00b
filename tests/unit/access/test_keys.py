"""The form of a key, and what it gives away."""

from hypothesis import given
from hypothesis import strategies as st

from clinrag.access.keys import digest, make_key, matches, prefix_of


def test_key_matches_only_its_own_digest() -> None:
    key, other = make_key(), make_key()
    assert matches(key.plaintext, key.sha256)
    assert not matches(other.plaintext, key.sha256)
    assert not matches(key.plaintext[:-1], key.sha256)


def test_key_shows_its_prefix_and_hides_the_rest() -> None:
    key = make_key()
    assert prefix_of(key.plaintext) == key.prefix
    assert key.plaintext not in repr(key)


@given(st.text(max_size=80))
def test_prefix_is_refused_when_the_text_is_no_key(text: str) -> None:
    found = prefix_of(text)
    assert found is None or text.startswith(f"clr_{found}_")


@given(st.text(max_size=80), st.text(max_size=80))
def test_digest_differs_when_the_text_differs(one: str, other: str) -> None:
    assert (digest(one) == digest(other)) is (one == other)
