import base64
import uuid

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audit.errors import DeploymentKeyMissing, EntryInvalid, PayloadCorrupt
from audit.management.commands.ledger_keys import create_deployment_key
from audit.sealing import DeploymentKeys, commit, seal, unseal

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


def test_wrapped_key_opens_only_under_its_own_id():
    keys = DeploymentKeys((b"d" * 32,))
    name, wrapped = keys.wrap(KEY, KEY_ID)
    assert keys.unwrap(name, wrapped, KEY_ID) == KEY
    with pytest.raises(PayloadCorrupt):
        keys.unwrap(name, wrapped, uuid.UUID(int=2))


def test_wrapped_key_opens_after_the_deployment_key_was_rotated():
    old = DeploymentKeys((b"d" * 32,))
    name, wrapped = old.wrap(KEY, KEY_ID)
    rotated = DeploymentKeys((b"e" * 32, b"d" * 32))
    assert rotated.unwrap(name, wrapped, KEY_ID) == KEY
    with pytest.raises(DeploymentKeyMissing):
        DeploymentKeys((b"e" * 32,)).unwrap(name, wrapped, KEY_ID)


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
        DeploymentKeys.read(path)


def test_deployment_keys_show_no_key_when_printed():
    assert "dddd" not in repr(DeploymentKeys((b"d" * 32,)))
