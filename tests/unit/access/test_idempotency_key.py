"""Which Idempotency-Keys are taken."""

import pytest

from clinrag.access.errors import IdempotencyKeyInvalid
from clinrag.access.idempotency import body_digest, check_key


@pytest.mark.parametrize("key", ["a", "demo: first", "x" * 255])
def test_key_is_taken_when_it_is_printable(key: str) -> None:
    assert check_key(key) == key


@pytest.mark.parametrize("key", ["", "x" * 256, "a\nb", "ä", "\x00", "\x7f"])
def test_key_is_refused_when_it_is_not_printable_or_too_long(key: str) -> None:
    with pytest.raises(IdempotencyKeyInvalid):
        check_key(key)


def test_body_digest_depends_on_the_secret(settings) -> None:
    before = body_digest(b"question")
    settings.SECRET_KEY = "another-secret-key"
    assert body_digest(b"question") != before
