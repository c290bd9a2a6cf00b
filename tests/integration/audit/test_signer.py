import json
import threading

import pytest
from django.db import Error

from audit import checkpoints, notes, queries
from audit.errors import (
    HistoryRewritten,
    KeyFileInvalid,
    SignerBusy,
    SignerStateMissing,
)
from audit.merkle import Frontier, leaf_hash
from audit.models import Alarm, Checkpoint, Entry, Head
from audit.signing import desk, files
from tests.integration.audit.conftest import START
from tests.tampering import tampering

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "keys"])

ALL = ("audit_entry", "audit_head", "audit_checkpoint", "audit_tile")


def rewrite_everything(execute, bodies):
    """A consistent log of other entries: what an attacker with the database can make."""
    execute("DELETE FROM audit_entry")
    for index, body in enumerate(bodies):
        execute(
            "INSERT INTO audit_entry (index, entry_id, body, leaf_hash, type, actor_id)"
            " VALUES (%s, gen_random_uuid(), %s, %s, 'forged', '')",
            [index, body, leaf_hash(body)],
        )
    frontier = Frontier().extend(leaf_hash(body) for body in bodies)
    execute(
        "UPDATE audit_head SET size = %s, root = %s, frontier = %s",
        [frontier.size, frontier.root(), frontier.to_bytes()],
    )


def test_checkpoint_says_size_and_root_and_is_stored(log):
    log.fill(3)
    view = checkpoints.latest()
    said = notes.open_checkpoint(view.note, log.files.read_key().verifier)
    assert (view.origin, view.size) == ("clinrag.test/ledger", 3)
    assert (said.size, said.root) == (3, bytes(Head.objects.get().root))


def test_signer_signs_nothing_when_the_log_has_not_grown(log):
    log.fill(2)
    assert log.sign() is None
    assert Checkpoint.objects.count() == 1
    log.append()
    assert log.sign().size == 3


def test_signer_stores_a_checkpoint_that_a_crash_left_unpublished(log):
    log.fill(2)
    note = checkpoints.latest().note
    with tampering("audit_checkpoint") as execute:
        execute("DELETE FROM audit_checkpoint")
    assert log.desk().sign_new(at=log.tick()) is None
    assert checkpoints.latest().note == note


def test_signer_writes_its_memory_before_anybody_sees_the_checkpoint(log, monkeypatch):
    log.append()
    log.sequence()
    desk = log.desk()

    def fail(*_args, **_options):
        raise Error

    monkeypatch.setattr(checkpoints, "record", fail)
    with pytest.raises(Error):
        desk.sign_new(at=START)
    assert log.files.read_state().frontier.size == 1
    assert not Checkpoint.objects.exists()


def test_signer_publishes_nothing_when_its_disk_is_full(log, monkeypatch):
    log.append()
    log.sequence()

    def full(*_args, **_options):
        raise OSError

    signer = log.desk()
    with monkeypatch.context() as patch:
        patch.setattr(files.SignerFiles, "write_state", full)
        assert desk._tick(signer, now=log.tick) is False
    assert not Checkpoint.objects.exists()
    assert queries.ledger_state().alarms == ("signer_state_unwritten",)
    assert desk._tick(signer, now=log.tick) is True
    assert Checkpoint.objects.get().size == 1
    assert queries.ledger_state().alarms == ()


def refuses(log):
    """The signer signs nothing new, puts its last note back, raises one alarm."""
    state = log.files.read_state()
    assert desk._tick(log.desk(), now=log.tick) is False
    assert desk._tick(log.desk(), now=log.tick) is False
    assert log.files.read_state() == state
    assert checkpoints.latest().note == state.note
    assert Alarm.objects.count() == 1
    kind = Alarm.objects.get().kind
    assert queries.ledger_state().alarms == (kind,), "and it stands"
    return kind


def test_signer_refuses_when_the_tail_was_cut(log):
    log.fill(5)
    with tampering(*ALL) as execute:
        rewrite_everything(execute, [bytes(e.body) for e in entries()[:3]])
    assert refuses(log) == "history_rewritten"
    assert queries.ledger_state().alarms == ("history_rewritten",)


def test_signer_refuses_when_the_tail_was_cut_and_grown_again(log):
    log.fill(5)
    with tampering(*ALL) as execute:
        bodies = [bytes(entry.body) for entry in entries()[:3]]
        rewrite_everything(execute, [*bodies, b"x", b"y", b"z"])
    assert refuses(log) == "history_rewritten"


def test_signer_refuses_when_all_history_was_rewritten_at_the_same_size(log):
    log.fill(3)
    with tampering(*ALL) as execute:
        rewrite_everything(execute, [b"a", b"b", b"c"])
    assert refuses(log) == "history_rewritten"


def test_signer_refuses_when_an_old_backup_was_restored(log):
    log.fill(2)
    backup = [bytes(entry.body) for entry in entries()]
    log.fill(3)
    with tampering(*ALL) as execute:
        execute("DELETE FROM audit_checkpoint WHERE size > 2")
        rewrite_everything(execute, backup)
    assert refuses(log) == "history_rewritten"


def test_signer_refuses_when_everything_was_emptied(log):
    log.fill(2)
    with tampering(*ALL) as execute:
        for table in ALL:
            execute(f"DELETE FROM {table}")
    assert refuses(log) == "history_rewritten"


def test_signer_refuses_when_a_new_entry_is_missing(log):
    log.fill(2)
    log.append()
    log.append()
    log.sequence()
    with tampering(*ALL) as execute:
        execute("DELETE FROM audit_entry WHERE index = 2")
    assert refuses(log) == "history_rewritten"


def test_signer_refuses_when_a_new_entry_is_not_what_was_sequenced(log):
    log.fill(2)
    log.append()
    log.sequence()
    with tampering(*ALL) as execute:
        execute(
            "UPDATE audit_entry SET body = 'x', leaf_hash = %s WHERE index = 2",
            [leaf_hash(b"x")],
        )
    assert refuses(log) == "history_rewritten"


def test_signer_goes_on_when_history_is_put_back(log):
    log.fill(3)
    kept = [bytes(entry.body) for entry in entries()]
    with tampering(*ALL) as execute:
        rewrite_everything(execute, kept[:2])
    assert refuses(log) == "history_rewritten"
    with tampering(*ALL) as execute:
        rewrite_everything(execute, kept)
    log.append()
    assert log.sign().size == 4
    assert queries.ledger_state().alarms == ()
    assert len(queries.alarms()) == 1


def test_signer_refuses_when_its_memory_is_gone(log):
    log.fill(3)
    log.files.state_path.unlink()
    with pytest.raises(SignerStateMissing):
        log.desk().sign_new(at=log.tick())


def test_signer_goes_on_with_the_memory_of_an_earlier_version(log):
    log.fill(2)
    state = json.loads(log.files.state_path.read_text())
    earlier = {name: state[name] for name in ("size", "frontier", "note")}
    log.files.state_path.write_text(json.dumps(earlier))
    log.append()
    assert log.sign().size == 3


@pytest.mark.parametrize("content", ["", "{}", '{"size":2,"frontier":[],"note":""}'])
def test_signer_refuses_to_start_when_its_memory_is_damaged(log, content):
    log.fill(2)
    log.files.state_path.write_text(content)
    with pytest.raises(KeyFileInvalid):
        log.desk()


def test_signer_refuses_to_start_when_its_memory_contradicts_its_note(log):
    log.fill(2)
    state = json.loads(log.files.state_path.read_text())
    state["frontier"] = ["00" * 32]
    log.files.state_path.write_text(json.dumps(state))
    with pytest.raises(HistoryRewritten):
        log.desk()


def test_second_signer_refuses_to_start_beside_the_first(log):
    with log.files.alone(), pytest.raises(SignerBusy):
        desk.run(threading.Event(), files=log.files, now=log.tick)


@pytest.mark.parametrize("mode", [0o644, 0o640])
def test_signer_refuses_to_start_when_others_may_read_its_key(log, mode):
    log.files.key_path.chmod(mode)
    with pytest.raises(KeyFileInvalid):
        log.desk()


def test_keys_are_made_once(log):
    before = log.files.key_path.read_text()
    assert log.files.create_key("clinrag.test/ledger").vkey == log.vkey
    assert log.files.key_path.read_text() == before
    assert log.files.key_path.stat().st_mode & 0o777 == 0o600


def entries():
    return list(Entry.objects.order_by("index"))
