"""The past as a whole: cut, restored, rewritten, forked, or shown as it was long ago.

The table in README.md says who sees what. In short: the signer remembers, and so does
whoever holds a checkpoint. With the signer's key and disk in the attacker's hands
nothing inside the deployment notices, and only what others hold contradicts it.
"""

import shutil

import pytest

from audit.cosignatures import cosignatures_of
from audit.errors import HistoryRewritten
from audit.models import Alarm, Checkpoint
from audit.signing import desk
from audit.witnessing.state import WitnessFiles
from audit.witnessing.submissions import Submission
from audit.witnessing.witness import Witness
from tests.attacks.history import (
    bodies,
    edited,
    filled,
    layers,
    newest_note,
    places,
    rewrite,
    sign_as_thief,
)
from tests.attacks.publishing import publish, served
from tests.integration.audit.conftest import START

CUT = 270


def refuses(log):
    """The signer signs nothing and raises an alarm; it would have signed otherwise."""
    state = log.files.read_state()
    assert desk._tick(log.desk(), now=log.tick) is False
    assert log.files.read_state() == state
    return {alarm.kind for alarm in Alarm.objects.all()}


def cut_tail(superuser, log, *, clean):
    """The last entries; `clean` makes the rest fit together again."""
    if clean:
        rewrite(superuser, log, bodies()[:CUT])
        return
    superuser.execute("DELETE FROM audit_entry WHERE index >= %s", [CUT])


def test_cut_tail_is_found_by_the_rest_of_the_database(log, superuser):
    filled(log)
    assert log.verify().ok
    cut_tail(superuser, log, clean=False)
    report = log.verify()
    assert {"index", "head", "checkpoint"} <= layers(report)
    assert CUT in places(report, "index")


def test_clean_cut_is_found_only_by_who_holds_a_checkpoint(
    log, superuser, auditor, tmp_path
):
    """The signer, a held checkpoint, a monitor; the database alone shows nothing."""
    held = filled(log)
    kept = auditor.keep(held)
    with_all = publish(tmp_path / "with-all")
    assert log.verify(held_checkpoint=held).ok
    assert auditor.monitor(with_all)["holds"]
    assert auditor.fsck(with_all, "--held", kept)["holds"]

    cut_tail(superuser, log, clean=True)
    assert log.verify().ok, "nothing in the database contradicts a clean cut"
    assert "held checkpoint" in layers(log.verify(held_checkpoint=held))
    assert refuses(log) == {"history_rewritten"}
    assert not log.verify().ok, "the signer has put back what it signed"

    sign_as_thief_after_forgetting(superuser, log)
    cut = publish(tmp_path / "cut")
    assert auditor.fsck(cut)["holds"], "alone, a cut log is a log"
    found = auditor.fsck(cut, "--held", kept)
    assert (found["layer"], found["code"]) == ("held", "log_shrunk")
    assert not auditor.monitor(cut)["holds"]


def sign_as_thief_after_forgetting(superuser, log):
    """So that there is something to publish at all: the key is needed for that."""
    superuser.execute("DELETE FROM audit_checkpoint")
    return sign_as_thief(log)


@pytest.mark.parametrize("at_the_same_size", [True, False])
def test_rewritten_history_is_refused_by_the_signer(log, superuser, at_the_same_size):
    held = filled(log)
    assert log.verify(held_checkpoint=held).ok
    forged = edited(bodies(), 7, b'"surface":"test"', b'"surface":"rest"')
    extra = [] if at_the_same_size else [more(forged[5])]
    rewrite(superuser, log, [*forged, *extra])
    assert log.verify().ok, "the attacker has made everything fit"
    assert "held checkpoint" in layers(log.verify(held_checkpoint=held))
    assert refuses(log) == {"history_rewritten"}
    with pytest.raises(HistoryRewritten):
        log.desk().sign_new(at=START)


def more(body):
    """Another entry in its likeness."""
    last = body.index(b'"nonce"') - 3  # of the id
    return (
        body[:last]
        + (b"1" if body[last : last + 1] == b"0" else b"0")
        + body[last + 1 :]
    )


def test_rewritten_history_with_the_stolen_key_is_found_only_from_outside(
    log, superuser, auditor, tmp_path, witness
):
    """NOT caught by the signer, the database or a fresh verifier: key and disk lie too.

    Caught by a held checkpoint, by a monitor that looked before, and by a witness, who
    will not cosign the fork; so a reader whose policy wants a quorum refuses it.
    """
    honest = filled(log)
    kept = auditor.keep(honest)
    log_before = publish(tmp_path / "honest")
    assert auditor.monitor(log_before)["holds"]
    assert auditor.fsck(log_before, "--held", kept)["holds"]
    assert witness.add(0, honest) == 200

    rewrite(
        superuser, log, edited(bodies(), 7, b'"surface":"test"', b'"surface":"rest"')
    )
    forged = sign_as_thief(log)
    assert log.verify().ok
    log.append()
    assert log.sign() is not None, "the signer goes on as if nothing had happened"
    assert Alarm.objects.count() == 0
    fork = publish(tmp_path / "fork")
    assert auditor.fsck(fork)["holds"]

    assert "held checkpoint" in layers(log.verify(held_checkpoint=honest))
    found = auditor.fsck(fork, "--held", kept)
    assert (found["layer"], found["code"]) == ("held", "log_forked")
    assert not auditor.monitor(fork)["holds"]
    assert witness.add(300, forged) == 422


@pytest.fixture
def witness(log, tmp_path):
    return OurWitness(log, tmp_path / "witness")


class OurWitness:
    """The project's own small witness, over its own directory."""

    def __init__(self, log, folder):
        self.files = WitnessFiles(folder)
        self.files.create_key("witness.example/outside")
        self.files.logs_path.write_text(log.vkey + "\n")
        self.now = log.tick

    def add(self, old, note, proof=()):
        logs = self.files.read_logs()
        witness = Witness(self.files, logs=logs, now=self.now)
        reply = witness.add_checkpoint(Submission(old, proof, note).to_bytes())
        if reply.status == 200:
            key = self.files.read_key().verifier
            assert cosignatures_of(note + reply.body.decode(), [key])
        return reply.status


def test_forked_view_is_found_when_two_who_watch_compare(
    log, superuser, auditor, tmp_path, capsys
):
    """NOT caught by either alone, nor by the log's owner: each view is consistent."""
    filled(log)
    trunk = publish(tmp_path / "trunk")
    second = type(auditor)(capsys, log.vkey, tmp_path / "second")
    with served(trunk) as address:
        assert auditor.monitor(address)["holds"]
    ours = auditor.keep(newest_note(log))

    rewrite(
        superuser, log, edited(bodies(), 280, b'"surface":"test"', b'"surface":"rest"')
    )
    sign_as_thief(log)
    fork = publish(tmp_path / "fork")
    theirs = second.keep(newest_note(log))
    with served(trunk) as one, served(fork) as other:
        assert auditor.monitor(one)["holds"]
        assert second.monitor(other)["holds"]
        assert not auditor.consistency(ours, theirs, one)["holds"]
        assert not second.consistency(theirs, ours, other)["holds"]
        assert not auditor.monitor(other)["holds"]
        assert auditor.consistency(ours, ours, one)["holds"]


def test_stale_checkpoint_is_found_by_who_has_seen_a_newer_or_looks_at_the_clock(
    log, auditor, tmp_path
):
    """The note is genuine: a first visitor without a witness cannot tell."""
    filled(log, 40)
    old = publish(tmp_path / "old")
    assert auditor.monitor(old, "--max-age", "3600")["holds"]

    log.fill(3)
    new = publish(tmp_path / "new")
    with served(new) as address:
        assert auditor.monitor(address)["holds"]
    shutil.copy(old / "checkpoint", new / "checkpoint")
    with served(new) as address:
        found = auditor.monitor(address)
    assert (found["holds"], found["layer"]) == (False, "checkpoint")
    first_visit = type(auditor)(auditor._capsys, log.vkey, tmp_path / "newcomer")
    assert first_visit.monitor(new)["holds"]


def test_log_that_stands_still_is_told_after_a_while(log, auditor, tmp_path):
    filled(log, 40)
    folder = publish(tmp_path / "log")
    assert auditor.monitor(folder, "--max-age", "1")["holds"]
    state = auditor._folder / "state.json"
    text = state.read_text()
    seen = text.partition('"seen_at": ')[2].partition(",")[0]
    state.write_text(text.replace(seen, str(int(seen) - 100)))
    found = auditor.monitor(folder, "--max-age", "1")
    assert (found["holds"], found["code"]) == (False, "log_stale")
    log.fill(1)
    assert auditor.monitor(publish(folder), "--max-age", "1")["holds"]


def test_checkpoints_removed_by_a_superuser_come_back(log, superuser):
    """The signer publishes what it remembers before it looks at the log."""
    note = filled(log)
    superuser.execute("DELETE FROM audit_checkpoint")
    assert desk._tick(log.desk(), now=log.tick) is True
    assert Checkpoint.objects.get().note == note
    assert log.verify().ok
