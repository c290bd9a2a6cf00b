"""The ledger as it is published, read by the offline verifier and by Go alone."""

import json

import pytest

from audit import publication, queries
from audit.models import Entry
from audit.offline.cli import main
from audit.publication.receipts import encode_consistency, encode_inclusion
from tests.integration.audit.conftest import (
    ORIGIN,
    answer_lost,
    log,
    query_received,
)
from tests.integration.audit.many import fill_inbox
from tests.unit.audit.folder_logs import path_of

__all__ = ["log"]
pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "keys"])


def publish(folder, size):
    """Everything a log of this size serves, as files."""
    names, step, level = ["checkpoint"], 1, 0
    while size // step:
        for number in range((size // step + 255) // 256):
            width = min(256, size // step - number * 256)
            levels = [level, "entries"] if level == 0 else [level]
            names += [path_of(name, number, width) for name in levels]
        level, step = level + 1, step * 256
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(publication.resource(1, name).body)
    return folder


@pytest.fixture
def published(log, tmp_path):
    """600 entries, among them a question and its end; the checkpoint of half before."""
    fill_inbox(300)
    log.sign()
    publish(tmp_path / "old", 300)
    question = log.append(query_received())
    log.append(answer_lost(question))
    fill_inbox(298)
    log.sign()
    return publish(tmp_path / "log", 600)


def run(capsys, *arguments):
    status = main([*map(str, arguments), "--json"])
    told = json.loads(capsys.readouterr().out)
    assert told["status"] == status
    return told


def test_the_offline_verifier_reads_all_that_is_published(
    log, published, capsys, tmp_path
):
    held = tmp_path / "old/checkpoint"
    key = ("--vkey", log.vkey)
    found = run(capsys, "fsck", published, *key, "--entries", "--held", held)
    assert (found["holds"], found["size"], found["open_questions"]) == (True, 600, 0)
    assert found["origin"] == ORIGIN
    found = run(
        capsys, "consistency", held, published / "checkpoint", *key, "--log", published
    )
    assert found["previous_size"] == 300
    proof = tmp_path / "proof"
    proof.write_text(encode_consistency(queries.consistency_proof(300, 600)))
    new = published / "checkpoint"
    assert run(capsys, "consistency", held, new, *key, "--proof", proof)["holds"]


def test_the_offline_verifier_checks_a_receipt(log, published, capsys, tmp_path):
    row = Entry.objects.get(index=300)
    proof, entry = tmp_path / "proof", tmp_path / "entry"
    proof.write_text(encode_inclusion(queries.inclusion_proof(row.entry_id)))
    entry.write_bytes(bytes(row.body))
    assert run(capsys, "proof", proof, entry, "--vkey", log.vkey)["index"] == 300


def test_go_reads_all_that_is_published(log, published, go, tmp_path):
    done = go("tiles", log.vkey, published)
    assert done.stdout == "tiles hold: 600\n", done.stderr
    row = Entry.objects.get(index=300)
    proof, entry = tmp_path / "proof", tmp_path / "entry"
    proof.write_text(encode_inclusion(queries.inclusion_proof(row.entry_id)))
    entry.write_bytes(bytes(row.body))
    assert go("record", log.vkey, proof, entry).stdout == "record holds\n"


def test_aics_tlog_reads_what_is_published(log, published, aics, tmp_path):
    vkey, leaf = tmp_path / "vkey", tmp_path / "leaf"
    vkey.write_text(log.vkey + "\n")
    given = ("--tiles", published, "--vkey-file", vkey, "--origin", ORIGIN)
    for index in (0, 255, 256, 300, 599):
        leaf.write_bytes(bytes(Entry.objects.get(index=index).body))
        found = ("verify-inclusion", "--index", index, "--leaf", leaf, *given)
        assert aics(*found).returncode == 0, aics(*found).stdout
        leaf.write_bytes(b"forged")
        assert aics(*found).returncode != 0
    held = ("--old-checkpoint", tmp_path / "old/checkpoint")
    assert aics("verify-consistency", *held, *given).returncode == 0
    name = path_of(0, 1, 256)
    data = bytearray((published / name).read_bytes())
    data[-1] ^= 1
    (published / name).write_bytes(data)
    assert aics("verify-consistency", *held, *given).returncode != 0
