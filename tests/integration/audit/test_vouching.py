import psycopg
import pytest
from django.db import Error, connection, transaction

from audit import checkpoints, vouching
from audit.cosignatures import Cosigner, cosignatures_of
from audit.errors import NotYetSigned
from audit.models import Cosignature
from audit.notes import open_checkpoint
from audit.witnessing import cosignatures
from tests.conftest import as_role
from tests.factories.vouching import (
    AT,
    make_anchor,
    make_cosignature,
    make_quorum_met,
    make_timestamp,
    make_voucher_health,
)

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "keys"])

GROWING = {
    "audit_cosignature": make_cosignature,
    "audit_quorummet": make_quorum_met,
    "audit_timestamp": make_timestamp,
    "audit_anchor": make_anchor,
}


@pytest.mark.parametrize("table", GROWING)
@pytest.mark.parametrize("replica", [False, True], ids=["ordinary", "replica"])
def test_what_vouches_is_kept_as_it_came(transactional_db, table, replica):
    GROWING[table]()
    for statement in (
        f"UPDATE {table} SET size = size + 1",
        f"DELETE FROM {table}",
        f"TRUNCATE {table}",
    ):
        with pytest.raises(Error, match="append-only"):
            execute(statement, replica=replica)


def execute(statement, *, replica):
    with transaction.atomic(), connection.cursor() as cursor:
        role = "replica" if replica else "origin"
        cursor.execute(f"SET LOCAL session_replication_role = {role}")
        cursor.execute(statement)


def test_anchoring_may_add_what_vouches_and_read_no_entry(postgres, transactional_db):
    with as_role(postgres, "clinrag_anchor") as other:
        other.execute(
            "INSERT INTO audit_anchor (shard, size, place, locator, at)"
            " VALUES (1, 1, 'folder', 'x', now())"
        )
        other.execute("SELECT index, leaf_hash FROM audit_entry")
        for statement in (
            "SELECT body FROM audit_entry",
            "SELECT body FROM audit_inboxentry",
            "SELECT ciphertext FROM audit_payload",
            "INSERT INTO audit_checkpoint DEFAULT VALUES",
            "UPDATE audit_anchor SET size = 2",
            "DELETE FROM audit_anchor",
            "TRUNCATE audit_anchor",
            "SELECT 1 FROM access_user",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                other.execute(statement)


@pytest.mark.parametrize("role", ["clinrag_app", "clinrag_sequencer", "clinrag_signer"])
def test_nobody_else_writes_what_vouches(postgres, transactional_db, role):
    with as_role(postgres, role) as other:
        for table in (*GROWING, "audit_voucherhealth"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                other.execute(f"INSERT INTO {table} DEFAULT VALUES")
    with as_role(postgres, "clinrag_app") as other:
        for table in (*GROWING, "audit_voucherhealth"):
            other.execute(f"SELECT 1 FROM {table}")


def cosign(log, *names):
    witnesses = [Cosigner.generate(name) for name in names]
    view = checkpoints.latest()
    text = view.note.rpartition("\n\n")[0] + "\n"
    for witness in witnesses:
        line = witness.cosign(text, at=AT)
        (found,) = cosignatures_of(view.note + line, [witness.verifier])
        cosignatures.record(1, view.size, found)
        cosignatures.record(1, view.size, found)
    return [witness.verifier for witness in witnesses]


def test_cosigned_note_opens_under_every_key(log):
    log.fill(3)
    keys = cosign(log, "w.example/b", "w.example/a")
    note = cosignatures.cosigned_note(1, 3)
    assert open_checkpoint(note, log.files.read_key().verifier).size == 3
    assert {found.witness for found in cosignatures_of(note, keys)} == set(keys)
    assert note == cosignatures.cosigned_note(1, 3)
    assert Cosignature.objects.count() == 2


def test_note_without_cosignatures_is_the_signed_one(log):
    log.fill(3)
    assert cosignatures.cosigned_note(1, 3) == checkpoints.latest().note
    with pytest.raises(NotYetSigned):
        cosignatures.cosigned_note(1, 2)


def test_size_a_key_cosigned_last_is_known_by_key_and_shard(log):
    log.fill(3)
    (key, _) = cosign(log, "w.example/a", "w.example/b")
    log.fill(2)
    assert cosignatures.cosigned_size(key, shard=1) == 3
    assert cosignatures.cosigned_size(key, shard=2) == 0
    stranger = Cosigner.generate("w.example/a").verifier
    assert cosignatures.cosigned_size(stranger, shard=1) == 0


def test_vouching_tells_all_of_one_checkpoint_and_nothing_of_others(transactional_db):
    for size in (3, 5):
        make_cosignature(size=size)
        make_timestamp(size=size)
        make_anchor(size=size, place="folder")
        make_anchor(size=size, place="s3://bucket")
    found = vouching.for_checkpoint(1, 3)
    assert [each.size for each in found.cosignatures] == [3]
    assert [each.token for each in found.timestamps] == [b"token"]
    assert [each.place for each in found.anchors] == ["folder", "s3://bucket"]
    nothing = vouching.for_checkpoint(2, 3)
    assert nothing == vouching.Vouching((), (), ())


def test_state_names_the_newest_of_each_kind(transactional_db):
    assert vouching.state() == vouching.VouchingState(None, None, None, ())
    make_quorum_met(size=9)
    make_quorum_met(shard=2, size=1)
    make_timestamp(size=5)
    make_anchor(size=4)
    make_voucher_health("a", failing_since=AT, failure_code="voucher_unreachable")
    state = vouching.state()
    assert (state.quorum.shard, state.quorum.size) == (2, 1)
    assert (state.timestamp.size, state.anchor.size) == (5, 4)
    assert state.health[0].failure_code == "voucher_unreachable"
