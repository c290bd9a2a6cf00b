import base64
import hmac
import uuid

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given, settings
from hypothesis import strategies as st

from audit import canonical
from audit.errors import (
    DeploymentKeyMissing,
    EntryInvalid,
    FieldUnknown,
    PayloadCorrupt,
)
from audit.management.commands.ledger_keys import create_deployment_key
from audit.sealing import (
    FileWrapper,
    Sealed,
    ciphertext_hash,
    commit,
    field_key,
    reveal,
    seal,
    unseal,
)

KEY = b"k" * 32
TEXTS = {"question": "Chest pain, what now?", "prompt": "…", "answer": "Call."}
KEY_ID = uuid.UUID(int=1)


def opened(sealed, *, key=KEY, bound_to=b"entry", ciphertext=None, pt_commit=None):
    return unseal(
        ciphertext or sealed.ciphertext,
        key=key,
        bound_to=bound_to,
        pt_commit=pt_commit or sealed.pt_commit,
    )


@given(
    st.dictionaries(
        st.text(st.characters(min_codepoint=97, max_codepoint=122), min_size=1),
        st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00")),
    )
)
@settings(max_examples=50)
def test_unseal_gives_back_what_was_sealed(texts):
    sealed = seal(texts, key=KEY, bound_to=b"entry")
    assert opened(sealed, pt_commit=sealed.pt_commit) == texts


def test_seal_shows_nothing_of_the_text_and_never_twice_the_same():
    one, two = (seal(TEXTS, key=KEY, bound_to=b"entry") for _ in range(2))
    assert b"Chest" not in one.ciphertext
    assert one.ct_hash != two.ct_hash
    assert set(one.pt_commit.values()).isdisjoint(two.pt_commit.values())


@pytest.mark.parametrize(
    "change",
    [
        {"key": b"l" * 32},
        {"bound_to": b"another entry"},
        {"ciphertext": b"short"},
        {"pt_commit": {"question": "00"}},
    ],
)
def test_unseal_refuses_when_anything_was_exchanged(change):
    with pytest.raises(PayloadCorrupt):
        opened(seal(TEXTS, key=KEY, bound_to=b"entry"), **change)


def test_unseal_refuses_for_every_flipped_byte():
    sealed = seal({"a": "b"}, key=KEY, bound_to=b"entry")
    for place in range(len(sealed.ciphertext)):
        spoiled = bytearray(sealed.ciphertext)
        spoiled[place] ^= 1
        with pytest.raises(PayloadCorrupt):
            opened(sealed, ciphertext=bytes(spoiled))


def test_unseal_refuses_when_the_plaintext_was_encrypted_again():
    sealed = seal(TEXTS, key=KEY, bound_to=b"entry")
    again = seal(TEXTS, key=KEY, bound_to=b"entry")
    with pytest.raises(PayloadCorrupt):
        opened(sealed, ciphertext=again.ciphertext)


def test_commitment_binds_the_name_to_the_text():
    assert commit(KEY, "a", "bc") != commit(KEY, "ab", "c")


@pytest.mark.parametrize("text", ["\ud800", "\x00"])
def test_seal_refuses_when_the_text_is_none(text):
    with pytest.raises(EntryInvalid):
        seal({"question": text}, key=KEY, bound_to=b"entry")


def test_wrapped_key_opens_after_the_deployment_key_was_rotated():
    wrapped = FileWrapper((b"d" * 32,)).wrap(KEY, key_id=KEY_ID)
    rotated = FileWrapper((b"e" * 32, b"d" * 32))
    assert rotated.unwrap(wrapped, key_id=KEY_ID) == KEY
    with pytest.raises(DeploymentKeyMissing):
        FileWrapper((b"e" * 32,)).unwrap(wrapped, key_id=KEY_ID)


def test_deployment_key_is_made_once_and_for_its_owner_only(tmp_path):
    path = tmp_path / "keys" / "deployment.key"
    assert create_deployment_key(path) == create_deployment_key(path)
    assert path.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    ("content", "mode"),
    [
        ("", 0o600),
        ("rubbish", 0o600),
        (base64.b64encode(b"short").decode(), 0o600),
        (base64.b64encode(KEY).decode(), 0o604),
        (base64.b64encode(KEY).decode(), 0o660),
    ],
)
def test_deployment_key_is_refused_when_the_file_is_unfit(tmp_path, content, mode):
    path = tmp_path / "deployment.key"
    path.write_text(content)
    path.chmod(mode)
    with pytest.raises(DeploymentKeyMissing):
        FileWrapper.read(path)


def test_deployment_keys_show_no_key_when_printed():
    assert "dddd" not in repr(FileWrapper((b"d" * 32,)))


def shown(sealed, name):
    return reveal(
        sealed.ciphertext, key=KEY, bound_to=b"e", pt_commit=sealed.pt_commit
    ).only(name)


def checked_by_hmac_alone(key, name, text):
    message = name.encode() + b"\0" + text.encode()
    return hmac.new(bytes.fromhex(key), message, "sha256").hexdigest()


def test_field_shown_alone_can_be_checked_with_nothing_but_hmac():
    sealed = seal(TEXTS, key=KEY, bound_to=b"e")
    told = shown(sealed, "answer")
    assert told.texts == {"answer": "Call."}
    found = checked_by_hmac_alone(told.commit_key, "answer", "Call.")
    assert found == sealed.pt_commit["answer"]


def test_all_fields_can_be_checked_with_the_key_of_the_record():
    sealed = seal(TEXTS, key=KEY, bound_to=b"e")
    told = reveal(sealed.ciphertext, key=KEY, bound_to=b"e", pt_commit=sealed.pt_commit)
    for name, text in told.texts.items():
        label = b"clinrag field commitment\0" + name.encode()
        key = hmac.new(bytes.fromhex(told.commit_key), label, "sha256").hexdigest()
        assert checked_by_hmac_alone(key, name, text) == sealed.pt_commit[name]
    assert "Chest" not in repr(told)


def test_field_shown_alone_helps_to_guess_no_other():
    sealed = seal({"answer": "Call.", "yes_or_no": "yes"}, key=KEY, bound_to=b"e")
    alone = shown(sealed, "answer").commit_key
    key = bytes.fromhex(alone)
    guesses = [
        commit(guess, "yes_or_no", text)
        for guess in (key, field_key(key, "yes_or_no"))
        for text in ("yes", "no")
    ]
    assert sealed.pt_commit["yes_or_no"] not in guesses
    own = shown(sealed, "yes_or_no").commit_key
    assert (
        checked_by_hmac_alone(own, "yes_or_no", "yes")
        == (sealed.pt_commit["yes_or_no"])
    )


def test_unknown_field_is_refused():
    with pytest.raises(FieldUnknown):
        shown(seal(TEXTS, key=KEY, bound_to=b"e"), "diagnosis")


def of_first_schema(texts):
    """As the first release sealed: one commitment key for all fields."""
    plaintext = canonical.encode({"commit_key": "ab" * 32, "texts": texts})
    nonce = b"n" * 12
    ciphertext = nonce + AESGCM(KEY).encrypt(nonce, plaintext, b"e")
    key = bytes.fromhex("ab" * 32)
    commitments = {name: commit(key, name, text) for name, text in texts.items()}
    return Sealed(ciphertext, ciphertext_hash(ciphertext), commitments)


def test_payload_of_the_first_schema_opens_and_shows_no_field_alone():
    sealed = of_first_schema(TEXTS)
    assert opened(sealed, bound_to=b"e") == TEXTS
    with pytest.raises(FieldUnknown):
        shown(sealed, "answer")
