"""What can be learnt: guesses at hashes, text in leaves, content after its erasure."""

import hashlib
import hmac
import json
import subprocess
from itertools import product

import psycopg
import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from audit import canonical, disclosure, sealing
from audit.custody import erasure, holds
from audit.custody.erasure import ErasureState
from audit.custody.scopes import Scope
from audit.errors import ContentHeld, LedgerUnavailable
from audit.merkle import leaf_hash
from audit.models import DataKey, Entry, Payload
from clinrag.local.databases import APP, SEQUENCER, SIGNER
from tests.attacks.history import filled, newest_note
from tests.attacks.publishing import publish
from tests.attacks.test_rights import attempt
from tests.attacks.yard import ANCHOR
from tests.integration.audit.conftest import ADA, query_received
from tests.integration.audit.test_erasure import (
    BOB,
    PATIENT,
    approved,
    race,
    readable,
    released,
    sealed_for,
)

SECRET = "Erika Mustermann takes 7 mg of warfarin"
ANSWERS = ("yes", "no", "perhaps")


def test_low_entropy_leaf_cannot_be_guessed_without_its_nonce(log):
    """Everything else is known to the guesser; the twin shows what a nonce is for."""
    receipt = log.append(query_received(), answer="no")
    log.sign()
    body = bytes(Entry.objects.get(entry_id=receipt.entry_id).body)
    document = json.loads(body)
    assert leaf_hash(body) == receipt.leaf_hash
    assert len(bytes.fromhex(document["nonce"])) == 32
    second = log.append(query_received(), answer="no")
    log.sign()
    other = json.loads(bytes(Entry.objects.get(entry_id=second.entry_id).body))
    assert document["nonce"] != other["nonce"]
    guesses = {leaf_hash(without_nonce(document, fill)) for fill in ("", "00" * 32)}
    assert receipt.leaf_hash not in guesses
    known = without_nonce(document, "00" * 32)
    assert leaf_hash(known) in {
        leaf_hash(without_nonce(document | {"type": kind}, "00" * 32))
        for kind in ("query.received", "answer.lost")
    }, "with a known nonce one try for each possible content would do"


def without_nonce(document, fill):
    return canonical.encode(document | {"nonce": fill})


def test_low_entropy_text_cannot_be_guessed_from_its_commitment(log):
    receipt = log.append(query_received(), answer="no")
    sealed = json.loads(entry_bytes(log, receipt))["sealed"]
    commitment, ciphertext = sealed["pt_commit"]["answer"], sealed["ct_hash"]
    for text, key in product(ANSWERS, (b"", bytes(32), receipt.entry_id.bytes)):
        for message in (text.encode(), b"answer\x00" + text.encode()):
            assert hmac.digest(key, message, "sha256").hex() != commitment
            assert hashlib.sha256(message).hexdigest() not in {commitment, ciphertext}
    again = json.loads(entry_bytes(log, log.append(query_received(), answer="no")))
    assert again["sealed"]["pt_commit"]["answer"] != commitment, "same text, other hash"
    opened = disclosure.reveal_sealed(
        [receipt.entry_id], by=ADA, at=log.tick(), purpose="audit_review", surface="t"
    )[receipt.entry_id]
    key = bytes.fromhex(opened.only("answer").commit_key)
    assert sealing.commit(key, "answer", "no") == commitment
    assert sealing.commit(key, "answer", "yes") != commitment


def entry_bytes(log, receipt):
    log.sign()
    return bytes(Entry.objects.get(entry_id=receipt.entry_id).body)


def test_patient_text_is_in_no_leaf_tile_dump_or_log(log, site, tmp_path):
    """Sealed text is looked for where it must not be; and found where it may be read."""
    receipt = log.append(query_received(), question=SECRET)
    log.append(query_received("a2"), question="another")
    log.sign()
    (found,) = disclosure.read_sealed(
        [receipt.entry_id], by=ADA, at=log.tick(), purpose="audit_review", surface="t"
    ).values()
    assert found["question"] == SECRET
    log.sign()
    folder = publish(tmp_path / "published")
    copies = [path.read_bytes() for path in folder.rglob("*") if path.is_file()]
    copies += [dump(site, alias) for alias in site.names]
    copies.append((site.yard.cluster.home / "postgres.log").read_bytes())
    copies += [path.read_bytes() for path in (site.folder / "signer").iterdir()]
    for copy in copies:
        for word in ("Mustermann", "warfarin", SECRET):
            assert word.encode() not in copy
            assert word.encode().hex().encode() not in copy
    assert any(str(receipt.entry_id).encode() in copy for copy in copies)


def dump(site, alias):
    yard = site.yard
    return subprocess.run(
        [yard.binaries / "pg_dump", yard.cluster.url(site.names[alias])],
        check=True, capture_output=True,
    ).stdout  # fmt: skip


def test_erased_content_opens_in_no_copy_and_proofs_go_on_holding(
    log, site, settings, auditor, tmp_path
):
    """Payload table, key table, dumps of before and after, and the deployment key.

    A dump of database `keys` from BEFORE the erasure still opens it: that is said, and
    is why its backups age out, are looked at again then, and are kept apart.
    """
    filled(log, 40)
    mine = sealed_for(log, PATIENT, text=SECRET)
    kept = sealed_for(log, "mrn:other", text="another")
    log.sign()
    held = newest_note(log)
    ciphertext = bytes(Payload.objects.get(entry_id=mine.entry_id).ciphertext)
    bound_to = bound(log, mine)
    (key,) = sealing.open_data_keys(
        [mine.entry_id], wrapped_by=sealing.key_wrapper()
    ).values()

    def opens(key):
        try:
            AESGCM(key).decrypt(ciphertext[:12], ciphertext[12:], bound_to)
        except InvalidTag:
            return False
        return True

    assert opens(key), "before, its key does"
    old_keys = dump(site, "keys")
    assert log.verify(held_checkpoint=held).failures == ()
    assert readable(log, mine, kept) == [True, True]

    agreed = approved(log, Scope.of_subject(PATIENT))
    view = erasure.execute(agreed, by=BOB, at=log.tick())
    assert view.state is ErasureState.DONE
    log.sign()
    assert log.verify(held_checkpoint=held).failures == ()
    assert auditor.fsck(publish(tmp_path / "log"), "--held", auditor.keep(held))[
        "holds"
    ]
    assert readable(log, mine, kept) == [False, True]
    row = DataKey.objects.using("keys").get(pk=mine.entry_id)
    assert row.wrapped is None
    assert row.destroyed_at is not None
    assert not any(opens(key) for key in candidates(settings, dump(site, "keys")))
    assert str(mine.entry_id).encode() in old_keys, "the old backup has its row"


def bound(log, receipt):
    """What a payload is bound to: its entry without what the entry says of it."""
    document = json.loads(entry_bytes(log, receipt))
    document.pop("sealed")
    return canonical.encode(document)


def candidates(settings, keys_dump):
    """Every 32 bytes of the dump as a key, and each key of the deployment."""
    keys = sealing.FileWrapper.read(settings.CLINRAG_DEPLOYMENT_KEY_FILE).keys
    yield from keys
    for word in keys_dump.split():
        text = word.removeprefix(b"\\\\x")
        try:
            data = bytes.fromhex(text.decode("ascii"))
        except ValueError:
            continue
        for at in range(len(data) - 31):
            yield data[at : at + 32]


def test_erasure_under_hold_is_refused_by_code_and_by_the_database(log, site):
    mine = sealed_for(log, PATIENT)
    other = sealed_for(log, "mrn:other")
    log.sign()
    scope = Scope.of_subject(PATIENT)
    good = approved(log, scope)
    hold = holds.place(scope, reason="Letter", by=ADA, at=log.tick())
    with pytest.raises(ContentHeld):
        erasure.execute(good, by=BOB, at=log.tick())
    with site.connect(database="keys") as keys:
        refused = raw_destruction(keys, mine.entry_id)
    assert refused, "the database keeps what is held, from its superuser's haste too"
    assert readable(log, mine, other) == [True, True]
    released(log, hold)
    assert erasure.execute(good, by=BOB, at=log.tick()).state is ErasureState.DONE
    assert readable(log, mine, other) == [False, True]


def raw_destruction(keys, key_id):
    try:
        keys.execute(
            "UPDATE audit_datakey SET wrapped = NULL, destroyed_at = now()"
            " WHERE id = %s",
            [key_id],
        )
    except psycopg.Error as error:
        return str(error)
    return ""


def test_hold_racing_an_erasure_is_wholly_before_or_after_it(log):
    for _ in range(6):
        mine = sealed_for(log, PATIENT)
        scope = Scope.of_subject(PATIENT)
        good, placed, stopped = approved(log, scope), [], []
        race(log, scope, good, placed, stopped)
        (there,) = readable(log, mine)
        assert there == bool(stopped)
        released(log, placed[0])
    log.sign()
    assert log.verify().failures == ()


REFUSE_ENTRIES = (
    "ALTER TABLE audit_inboxentry ADD CONSTRAINT no CHECK (false) NOT VALID"
)


def test_nothing_is_opened_when_the_reading_cannot_be_recorded(log, superuser):
    """Each door is driven in `tests/invariants/test_sealed_content_is_read_after…`."""
    mine = sealed_for(log, text=SECRET)
    superuser.execute(REFUSE_ENTRIES.encode())
    with pytest.raises(LedgerUnavailable):
        readable(log, mine)
    superuser.execute(b"ALTER TABLE audit_inboxentry DROP CONSTRAINT no")
    before = log.sequence()
    assert readable(log, mine) == [True]
    assert log.sequence() == 1, before
    assert Entry.objects.order_by("-index")[0].type == "content.disclosed"


@pytest.mark.parametrize("role", [SEQUENCER, SIGNER, ANCHOR])
def test_roles_that_serve_the_log_can_read_no_content(log, site, role):
    """NOT caught: the application's role with the deployment key, past the software."""
    sealed_for(log, text=SECRET)
    with site.connect(role) as records:
        assert attempt(records, "SELECT ciphertext FROM audit_payload")
    with site.connect(role, database="keys") as keys:
        for table in ("audit_datakey", "audit_subjectkey", "audit_referencekey"):
            assert attempt(keys, f"SELECT * FROM {table}")
    with site.connect(APP) as records:
        assert attempt(records, "SELECT ciphertext FROM audit_payload") is None


def test_key_destroyed_by_hand_is_found(log, superuser, site):
    """Erasure without two people: no tombstone names it."""
    mine = sealed_for(log, PATIENT)
    log.sign()
    assert log.verify().failures == ()
    with site.connect(database="keys") as keys:
        assert raw_destruction(keys, mine.entry_id) == ""
    assert "key" in {failure.layer for failure in log.verify().failures}
