import errno
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audit import durable_files
from audit.cosignatures import Cosigner, cosignatures_of
from audit.errors import KeyFileInvalid
from audit.merkle import EMPTY_ROOT
from audit.notes import CheckpointText, open_checkpoint
from audit.witnessing.errors import WitnessStateInvalid
from audit.witnessing.state import WitnessFiles, origin_hash
from audit.witnessing.submissions import Submission
from audit.witnessing.witness import Witness
from tests.logs import SmallLog


def test_witness_cosigns_what_extends_what_it_cosigned(world):
    key = world.files.read_key().verifier
    for old, new in [(0, 3), (3, 3), (3, 4), (4, 130)]:
        reply = world.add(old, new)
        assert reply.status == 200
        note = f"{world.log.note(new)}{reply.body.decode()}"
        assert [found.witness for found in cosignatures_of(note, [key])] == [key]


def test_cosigned_checkpoint_is_on_the_disk_before_the_answer(world):
    reply = world.add(0, 7)
    kept = world.open().latest(origin_hash(world.log.origin)).body.decode()
    assert kept == world.log.note(7) + reply.body.decode()
    assert open_checkpoint(kept, world.log.signer.verifier).size == 7


def test_witness_says_where_it_is_when_the_old_size_is_another(world):
    world.add(0, 5)
    for old, new in [(0, 5), (0, 9), (3, 9), (6, 9)]:
        reply = world.add(old, new)
        found = (reply.status, reply.body, reply.media_type)
        assert found == (409, b"5\n", "text/x.tlog.size")
    assert world.add(5, 9).status == 200


def test_witness_refuses_a_fork(world):
    world.add(0, 5)
    fork = world.log.forked()
    assert world.add(5, 9, log=fork).status == 422
    assert world.add(5, 5, log=fork).status == 422
    assert world.add(5, 9).status == 200


def test_every_conflict_names_a_size_and_another_root_is_none(world):
    """A submitter would take a 409 for an old size to correct, and try again."""
    world.add(0, 5)
    fork = world.log.forked()
    for old, new in [(0, 5), (3, 5), (4, 9), (9, 9)]:
        reply = world.add(old, new, log=fork)
        found = (reply.status, reply.body, reply.media_type)
        assert found == (409, b"5\n", "text/x.tlog.size")
    reply = world.add(5, 5, log=fork)
    assert (reply.status, reply.media_type) == (422, "text/plain; charset=utf-8")
    assert world.add(5, 5).status == 200


def test_witness_refuses_a_smaller_tree(world):
    world.add(0, 9)
    assert world.add(9, 5).status == 400
    assert world.add(5, 5).status == 409


def test_witness_refuses_a_proof_where_none_belongs(world):
    body = Submission(0, (bytes(32),), world.log.note(5)).to_bytes()
    assert world.open().add_checkpoint(body).status == 422
    assert world.add(0, 5).status == 200
    body = Submission(5, (bytes(32),), world.log.note(5)).to_bytes()
    assert world.open().add_checkpoint(body).status == 422


def test_empty_tree_has_one_root(world):
    def note(root):
        text = CheckpointText(world.log.origin, 0, root).to_text()
        return Submission(0, (), world.log.signer.sign(text)).to_bytes()

    assert world.open().add_checkpoint(note(bytes(32))).status == 422
    assert world.open().add_checkpoint(note(EMPTY_ROOT)).status == 200


def test_witness_knows_only_the_logs_it_was_given(world):
    stranger = SmallLog("log.example/two")
    assert world.add(0, 5, log=stranger).status == 404
    impostor = SmallLog(world.log.origin)
    assert world.add(0, 5, log=impostor).status == 403
    assert world.add(0, 5).status == 200


def test_bad_signature_by_a_known_key_is_forbidden(world):
    wrong = world.log.note(6).rpartition("\n\n")[2]
    note = f"{world.log.text(5)}\n{wrong}"
    body = Submission(0, (), note).to_bytes()
    assert world.open().add_checkpoint(body).status == 403


def test_lines_of_others_are_not_passed_on(world):
    other = Cosigner.generate("other.example")
    line = other.cosign(world.log.text(5), at=datetime.now(UTC))
    body = Submission(0, (), world.log.note(5) + line).to_bytes()
    reply = world.open().add_checkpoint(body)
    assert reply.status == 200
    kept = world.open().latest(origin_hash(world.log.origin)).body.decode()
    assert "other.example" not in kept


def test_rotated_key_counts_when_the_operator_has_added_it(world):
    world.add(0, 5)
    rotated = world.log.forked()
    rotated._leaves = world.log._leaves
    rotated.signer = SmallLog(world.log.origin).signer
    assert world.add(5, 6, log=rotated).status == 403
    world.follow(world.log.vkey, rotated.vkey)
    assert world.add(5, 6, log=rotated).status == 200
    assert world.add(6, 7).status == 200
    world.follow(rotated.vkey)
    assert world.add(7, 8).status == 403
    assert world.add(7, 8, log=rotated).status == 200


def test_new_shard_is_another_log_that_the_operator_adds(world):
    shard = SmallLog("log.example/one/2")
    assert world.add(0, 1, log=shard).status == 404
    world.follow(world.log.vkey, shard.vkey)
    assert world.add(0, 1, log=shard).status == 200
    assert world.add(0, 1).status == 200


def valid() -> bytes:
    log = SmallLog()
    return Submission(3, log.proof(3, 9), log.note(9)).to_bytes()


BROKEN = {
    "nothing": b"",
    "no blank line": valid().replace(b"\n\n", b"\n", 1),
    "no old size": valid().partition(b"\n")[2],
    "leading zero": valid().replace(b"old 3", b"old 03"),
    "plus": valid().replace(b"old 3", b"old +3"),
    "two spaces": valid().replace(b"old 3", b"old  3"),
    "other digits": valid().replace(b"old 3", "old ٣".encode()),
    "carriage returns": valid().replace(b"\n", b"\r\n"),
    "short hash": valid().replace(b"=\n", b"\n", 1),
    "not UTF-8": valid() + b"\xff",
    "no last newline": valid()[:-1],
    "no signature": valid().rpartition(b"\n\n")[0] + b"\n\n",
    "too large": valid() + b"\xe2\x80\x94 a " + b"AAAA" * 20_000 + b"\n",
    "64 hashes": b"old 3\n" + b"A" * 43 + b"=\n" * 64 + b"\n",
}


@pytest.mark.parametrize("case", BROKEN)
def test_malformed_submission_is_a_bad_request(world, case):
    assert world.open().add_checkpoint(BROKEN[case]).status == 400


@given(st.binary(max_size=300))
@settings(deadline=None)
def test_no_bytes_crash_the_reader(tmp_path_factory, data):
    files = WitnessFiles(tmp_path_factory.getbasetemp() / "fuzzed")
    files.create_key("witness.example/fuzzed")
    witness = Witness(files, logs={}, now=lambda: datetime.now(UTC))
    assert witness.add_checkpoint(data).status in {400, 404}


def test_nothing_is_cosigned_that_cannot_be_remembered(world, monkeypatch):
    world.add(0, 3)

    def full(*_args):
        raise OSError(errno.ENOSPC, "full")

    with monkeypatch.context() as patch:
        patch.setattr(durable_files.os, "fsync", full)
        with pytest.raises(OSError, match="full"):
            world.add(3, 5)
    assert world.add(0, 5).body == b"3\n"
    assert world.add(3, 5).status == 200


@pytest.mark.parametrize("damage", ["", "rubbish", "root"])
def test_damaged_memory_is_not_an_empty_one(world, damage):
    world.add(0, 5)
    path = world.files.latest_path(world.log.origin)
    kept = path.read_text()
    path.write_text(
        kept.replace(world.log.text(5), world.log.text(4))
        if damage == "root"
        else damage
    )
    with pytest.raises(WitnessStateInvalid):
        world.add(5, 6)
    path.write_text(kept)
    assert world.add(5, 6).status == 200


def test_submissions_at_once_never_roll_the_log_back(world):
    witness = world.open()
    sizes = list(range(1, 60))
    start = threading.Barrier(8)
    cosigned: list[int] = []

    def submit(first: int) -> None:
        start.wait()
        for new in sizes[first::8]:
            old = 0
            while old <= new:
                reply = witness.add_checkpoint(world.submission(old, new))
                if reply.status == 200:
                    cosigned.append(new)
                    break
                assert reply.status == 409
                old = int(reply.body)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(submit, range(8)))
    latest = witness.latest(origin_hash(world.log.origin)).body.decode()
    assert open_checkpoint(latest, world.log.signer.verifier).size == 59
    assert cosigned


MOVES = st.lists(
    st.tuples(st.booleans(), st.integers(0, 12), st.integers(0, 12)), max_size=25
)


@given(MOVES)
@settings(deadline=None, max_examples=60)
def test_whatever_is_submitted_one_past_is_cosigned(tmp_path_factory, moves):
    """Of a log and its fork, in any order: all that was cosigned is of one of them."""
    files = WitnessFiles(tmp_path_factory.mktemp("witness"))
    files.create_key("witness.example/p")
    honest = SmallLog()
    witness = Witness(
        files,
        logs={honest.origin: (honest.signer.verifier,)},
        now=lambda: datetime.now(UTC),
    )
    cosigned: list[tuple[bool, int]] = []
    for forked, old, new in moves:
        log = honest.forked() if forked else honest
        body = Submission(old, log.proof(old, new), log.note(new)).to_bytes()
        if witness.add_checkpoint(body).status == 200:
            cosigned.append((forked, new))
    assert [new for _, new in cosigned] == sorted(new for _, new in cosigned)
    # Of size 0 there is one tree only, so it belongs to both.
    assert len({forked for forked, new in cosigned if new}) <= 1


def test_two_witnesses_do_not_share_a_directory(world):
    with (
        world.files.alone(),
        pytest.raises(WitnessStateInvalid),
        world.files.alone(),
    ):
        pass
    with world.files.alone():
        pass


def test_key_that_others_can_read_is_refused(world):
    world.files.key_path.chmod(0o640)
    with pytest.raises(KeyFileInvalid):
        world.files.read_key()
    world.files.key_path.chmod(0o600)
    assert world.files.create_key("other.example") == world.files.read_key().verifier


def test_file_of_logs_is_read_strictly(world):
    witness = world.files.read_key().verifier
    path = world.files.logs_path
    for line in ("rubbish", witness.vkey):
        path.write_text(f"# ours\n\n{world.log.vkey}\n{line}\n")
        with pytest.raises(WitnessStateInvalid, match="line 4"):
            world.files.read_logs()
    path.write_text(f"# ours\n\n{world.log.vkey}\n")
    assert list(world.files.read_logs()) == [world.log.origin]
