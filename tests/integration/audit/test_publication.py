"""The signed log as resources: complete, one that verifies, and nothing ahead of it."""

import random
import threading

import pytest

from audit import checkpoints, merkle, notes, publication, queries
from audit.cosignatures import Cosigner, cosignatures_of
from audit.errors import LedgerCorrupt, ResourceUnknown
from audit.models import Entry
from audit.offline.cli import main as run_verifier
from audit.publication.paths import TilePath, format_path
from audit.sequencing import sequencer
from audit.witnessing.cosignatures import record
from tests.integration.audit.conftest import in_threads
from tests.integration.audit.many import fill_inbox
from tests.integration.audit.reader import read_log, tile_path, tiles_of
from tests.integration.audit.test_changes import open_shard
from tests.tampering import tampering

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "keys"])


def fetch(path, shard=1):
    return publication.resource(shard, path).body


def grow(log, count):
    """This many more entries, in the log and signed."""
    fill_inbox(count)
    log.sign()


def is_published(path):
    try:
        fetch(path)
    except ResourceUnknown:
        return False
    return True


def test_nothing_is_published_before_the_first_signature(log):
    log.append()
    log.sequence()
    for path in ("checkpoint", "tile/0/000.p/1", "tile/entries/000.p/1"):
        assert not is_published(path)
    log.sign()
    assert fetch("tile/0/000.p/1") == bytes(Entry.objects.get().leaf_hash)


def test_entries_beyond_the_newest_checkpoint_are_not_published(log):
    log.fill(3)
    log.append()
    log.sequence()
    assert is_published("tile/0/000.p/3")
    assert is_published("tile/entries/000.p/3")
    assert not is_published("tile/0/000.p/4")
    assert not is_published("tile/entries/000.p/4")
    log.sign()
    assert is_published("tile/entries/000.p/4")


def test_a_reader_of_the_specification_verifies_logs_of_random_sizes(log):
    sizes = sorted([*random.Random(7).sample(range(1, 1100), 6), 256, 512])
    before = 0
    for size in sizes:
        grow(log, size - before)
        before = size
        found, root, entries = read_log(fetch)
        assert (found, root) == (size, checkpoints.latest().root)
        rows = Entry.objects.order_by("index").values_list("body", flat=True)
        assert entries == [bytes(body) for body in rows]


def test_a_partial_tile_stays_after_it_was_filled_and_begins_the_full_one(log):
    grow(log, 200)
    partial, bundle = fetch("tile/0/000.p/200"), fetch("tile/entries/000.p/200")
    grow(log, 400)
    assert fetch("tile/0/000.p/200") == partial == fetch("tile/0/000")[: 32 * 200]
    assert fetch("tile/entries/000.p/200") == bundle
    assert fetch("tile/entries/000").startswith(bundle)


def test_higher_tiles_are_published_when_the_tree_has_them(log):
    grow(log, 70_000)
    paths = [tile_path(str(level), n, w) for level, n, w in tiles_of(70_000) if level]
    assert paths == ["tile/1/000", "tile/1/001.p/17", "tile/2/000.p/1"]
    low = fetch("tile/0/000")
    hashes = [low[i : i + 32] for i in range(0, len(low), 32)]
    assert fetch("tile/1/000")[:32] == merkle.root(hashes)
    top = fetch("tile/1/000")
    hashes = [top[i : i + 32] for i in range(0, len(top), 32)]
    assert fetch("tile/2/000.p/1") == merkle.root(hashes)
    for path in ("tile/1/001.p/18", "tile/2/000.p/2", "tile/3/000.p/1", "tile/1/001"):
        assert not is_published(path)


def test_the_checkpoint_changes_and_tiles_do_not(log):
    log.fill(2)
    assert not publication.resource(1, "checkpoint").is_immutable
    assert publication.resource(1, "tile/0/000.p/2").is_immutable


def test_other_shards_are_unknown(log):
    log.fill(1)
    for shard in (2, 99_999):
        with pytest.raises(ResourceUnknown):
            fetch("checkpoint", shard)


def test_shards_are_listed_with_what_they_have_published(log):
    log.fill(3)
    log.append()
    log.sequence()
    (shard,) = publication.published_shards()
    assert (shard.number, shard.first_index, shard.size) == (1, 0, 3)


def test_a_checkpoint_row_larger_than_its_note_publishes_nothing(log):
    log.fill(2)
    log.append()
    log.sequence()
    with tampering("audit_checkpoint") as execute:
        execute("UPDATE audit_checkpoint SET size = 3")
    with pytest.raises(LedgerCorrupt):
        fetch("tile/0/000.p/3")


def test_a_hole_in_the_entries_is_an_error_and_no_shorter_bundle(log):
    log.fill(3)
    with tampering("audit_entry") as execute:
        execute("DELETE FROM audit_entry WHERE index = 1")
    with pytest.raises(LedgerCorrupt):
        fetch("tile/entries/000.p/3")


def test_nothing_unsigned_is_served_while_entries_are_appended(log):
    log.fill(1)
    done = threading.Event()

    def work(number):
        if number:
            look_until(done)
            return
        try:
            for _ in range(30):
                log.append()
                sequencer.drain(at=log.tick())
                if random.random() < 0.5:
                    log.desk().sign_new(at=log.tick())
        finally:
            done.set()

    in_threads(3, work)


def look_until(done):
    """Ask for the widest tiles; whatever is served was signed before, or just now."""
    while not done.is_set():
        for width in range(1, 40):
            path = format_path(TilePath(random.choice([0, None]), 0, width))
            served = is_published(path)
            assert not served or checkpoints.latest().size >= width


def test_each_shard_publishes_its_own_tree_from_leaf_0(log):
    log.fill(3)
    open_shard(log)
    log.append()
    log.sign()
    grow(log, 300)
    first, second = publication.published_shards()
    assert second.first_index == first.first_index + first.size
    for shard in (first, second):
        size, root, entries = read_log(lambda path, n=shard.number: fetch(path, n))
        assert (size, root) == (shard.size, checkpoints.latest(shard=shard.number).root)
        start = shard.first_index
        rows = Entry.objects.filter(index__gte=start, index__lt=start + size)
        assert entries == [
            bytes(body)
            for body in rows.order_by("index").values_list("body", flat=True)
        ]
    assert b'"log.shard_opened"' in entries[0]


def test_proofs_are_about_the_shard_of_the_entry(log):
    (old,) = log.fill(1)
    open_shard(log)
    new = log.append()
    log.sign()
    for receipt, shard in ((old, 1), (new, 2)):
        proof = queries.inclusion_proof(receipt.entry_id)
        assert proof.shard == shard
        assert (
            proof.leaf_index
            == proof.index - publication.published_shards()[shard - 1].first_index
        )
        assert proof.checkpoint.startswith(f"{proof.origin}\n{proof.tree_size}\n")
    newest = queries.consistency_proof(1, proof.tree_size)
    assert (newest.shard, newest.new_checkpoint) == (2, proof.checkpoint)
    size = publication.published_shards()[0].size
    assert queries.consistency_proof(1, size, shard=1).new_size == size


def test_the_checkpoint_is_served_with_what_witnesses_said_of_it(log):
    log.fill(2)
    witness = Cosigner.generate("witness.test/one")
    note = checkpoints.latest().note
    line = witness.cosign(notes.Note.parse(note).text, at=log.at)
    (found,) = cosignatures_of(note + line, [witness.verifier])
    record(1, 2, found)
    served = fetch("checkpoint").decode()
    assert served == note + line
    receipt = log.append()
    log.sign()
    assert line not in queries.inclusion_proof(receipt.entry_id).checkpoint


def test_offline_verifier_reads_the_log_from_its_address(
    log, live_server, settings, capsys, tmp_path
):
    grow(log, 300)
    address = [f"{live_server.url}/log/1", "--vkey", log.vkey]
    command = ["fsck", *address]
    assert run_verifier(command) == 3, "entries need a key"
    monitor = ["monitor", *address, "--state", str(tmp_path / "seen")]
    assert run_verifier(monitor) == 0
    grow(log, 300)
    assert run_verifier(monitor) == 0
    settings.CLINRAG_LOG_PUBLIC = "all"
    assert run_verifier(command) == 0
    assert run_verifier([*command, "--entries"]) == 0
    with tampering("audit_tile") as execute:
        execute("UPDATE audit_tile SET hashes = set_byte(hashes, 5000, 1)")
    assert run_verifier(command) == 1
    assert "DOES NOT HOLD" in capsys.readouterr().out
