"""What `audit` writes, checked by programs whose authors never heard of it."""

import base64
import json
import subprocess
from datetime import UTC, datetime

import pymerkle
import pytest

from audit import merkle, notes
from audit.cosignatures import Cosigner
from audit.tlog_proofs import TlogProof
from tests.unit.audit.folder_logs import FolderLog, Key, some_entries

ORIGIN = "clinrag.test/ledger"
MOMENT = datetime(2026, 11, 23, 5, 0, tzinfo=UTC)
ENTRIES = some_entries(700)
LEAVES = [merkle.leaf_hash(entry) for entry in ENTRIES]
SUBTREE = merkle.subtree_of(LEAVES)
SIGNER = notes.Signer.generate(ORIGIN)
VKEY = SIGNER.verifier.vkey


def checkpoint(size, *, cosigner=None):
    text = notes.CheckpointText(ORIGIN, size, merkle.root(LEAVES[:size])).to_text()
    return SIGNER.sign(text) + (cosigner.cosign(text, at=MOMENT) if cosigner else "")


@pytest.fixture
def write(tmp_path):
    def write(name, content):
        data = content if isinstance(content, bytes) else content.encode()
        (tmp_path / name).write_bytes(data)
        return tmp_path / name

    return write


def test_go_opens_the_checkpoint_and_no_spoiled_one(go, write):
    note = write("note", checkpoint(9))
    done = go("note", VKEY, note)
    assert done.stdout == checkpoint(9).partition("\n\n")[0] + "\n", done.stderr
    write("note", checkpoint(9).replace("\n9\n", "\n8\n"))
    assert go("note", VKEY, note).returncode == 1
    write("note", checkpoint(9))
    other = notes.Signer.generate(ORIGIN).verifier.vkey
    assert go("note", other, note).returncode == 1


def test_go_opens_a_checkpoint_that_a_witness_cosigned(go, write):
    witness = Cosigner.generate("witness.test/w1")
    note = write("note", checkpoint(9, cosigner=witness))
    assert go("note", VKEY, note).returncode == 0


@pytest.mark.parametrize("size", [1, 2, 255, 256, 257, 700])
def test_go_finds_each_entry_by_our_proof_and_no_other_bytes(go, write, size):
    for index in sorted({0, size // 2, size - 1}):
        path = merkle.inclusion_path(index, size, SUBTREE)
        proof = write("p", TlogProof(index, path, checkpoint(size)).encode())
        entry = write("e", ENTRIES[index])
        done = go("record", VKEY, proof, entry)
        assert done.stdout == "record holds\n", done.stderr
        write("e", ENTRIES[index] + b" ")
        assert go("record", VKEY, proof, entry).returncode == 1


@pytest.mark.parametrize(
    ("old", "new"), [(1, 1), (1, 2), (3, 8), (255, 256), (256, 700), (511, 700)]
)
def test_go_sees_that_the_log_only_grew(go, write, old, new):
    path = merkle.consistency_path(old, new, SUBTREE)
    lines = "".join(f"{base64.b64encode(step).decode()}\n" for step in path)
    arguments = write("old", checkpoint(old)), write("new", checkpoint(new))
    proof = write("proof", lines)
    done = go("tree", VKEY, *arguments, proof)
    assert done.stdout == "tree holds\n", done.stderr
    forged = notes.CheckpointText(ORIGIN, old, b"\x07" * 32).to_text()
    write("old", SIGNER.sign(forged))
    assert go("tree", VKEY, *arguments, proof).returncode == 1


@pytest.mark.parametrize("size", [1, 255, 256, 257, 700])
def test_go_reads_tiles_and_bundles_of_a_folder(go, tmp_path, size):
    log = FolderLog(ENTRIES[:size], key=Key(ORIGIN))
    folder = log.write(tmp_path / "log")
    done = go("tiles", log.key.vkey, folder)
    assert done.stdout == f"tiles hold: {size}\n", done.stderr
    entries = [*ENTRIES[: size - 1], b"forged"]
    forged = FolderLog(entries, key=log.key)
    forged.resources["checkpoint"] = log.resources["checkpoint"]
    forged.write(folder)
    assert go("tiles", log.key.vkey, folder).returncode == 1


def test_go_gives_the_same_roots_and_proofs_for_every_size(go, write):
    entries = [b"entry %d" % number for number in range(1100)]
    leaves = [merkle.leaf_hash(entry) for entry in entries]
    subtree = merkle.subtree_of(leaves)
    frontier = merkle.Frontier()
    lines = b"\n".join(base64.b64encode(entry) for entry in entries)
    done = go("vectors", write("entries", lines))
    assert done.returncode == 0, done.stderr
    told = done.stdout.splitlines()
    assert len(told) == 1100
    for size, line in enumerate(told, start=1):
        frontier = frontier.extend([leaves[size - 1]])
        _, root, index, record, old, tree = line.split(" ")
        assert encoded([frontier.root()]) == f".,{root}"
        if size % 3 == 0 or size > 1000:
            assert encoded(merkle.inclusion_path(int(index), size, subtree)) == record
            assert encoded(merkle.consistency_path(int(old), size, subtree)) == tree


def encoded(path):
    return ",".join([".", *(base64.b64encode(step).decode() for step in path)])


def test_pymerkle_gives_the_same_root_for_every_size():
    oracle = pymerkle.InmemoryTree(algorithm="sha256")
    frontier = merkle.Frontier()
    for size in range(1100):
        if size:
            assert oracle.get_root() == frontier.root()
        entry = b"entry %d" % size
        oracle.append_entry(entry)
        frontier = frontier.extend([merkle.leaf_hash(entry)])


def test_openssl_verifies_log_and_witness_signatures(openssl, write, tmp_path):
    witness = Cosigner.generate("witness.test/w1")
    text = checkpoint(9).partition("\n\n")[0] + "\n"
    parsed = notes.Note.parse(checkpoint(9, cosigner=witness))
    said = notes.cosigned_message(text, int(MOMENT.timestamp()))
    for public, message, signature in [
        (SIGNER.verifier.public, text, parsed.signatures[0].signature),
        (witness.verifier.public, said, parsed.signatures[1].signature[8:]),
    ]:
        write("key", bytes.fromhex("302a300506032b6570032100") + public)
        write("signature", signature)
        for content, word in [(message, "Verified"), (message + " ", "Failure")]:
            write("text", content)
            command = (
                "pkeyutl -verify -rawin -pubin -keyform DER -inkey key"
                " -in text -sigfile signature"
            )
            done = subprocess.run(
                [openssl, *command.split()],
                cwd=tmp_path, capture_output=True, text=True, check=False,
            )  # fmt: skip
            assert word in done.stdout + done.stderr


def test_aics_tlog_verifies_the_checkpoint_and_no_spoiled_one(aics, write):
    witness = Cosigner.generate("witness.test/w1")
    key = ("--vkey-file", write("vkey", VKEY + "\n"), "--origin", ORIGIN)
    quorum = ("--witness-key", witness.verifier.vkey, "--quorum", 1)
    note = write("note", checkpoint(9, cosigner=witness))
    done = aics("verify-checkpoint", "--note", note, *key, *quorum)
    assert (done.returncode, json.loads(done.stdout)["ok"]) == (0, True), done.stderr
    write("note", checkpoint(9))
    assert aics("verify-checkpoint", "--note", note, *key).returncode == 0
    assert aics("verify-checkpoint", "--note", note, *key, *quorum).returncode != 0
    write("note", checkpoint(9).replace("\n9\n", "\n8\n"))
    assert aics("verify-checkpoint", "--note", note, *key).returncode != 0


@pytest.mark.parametrize("size", [1, 2, 256, 257, 700])
def test_aics_tlog_finds_each_entry_by_our_proof_and_no_other_bytes(aics, write, size):
    for index in sorted({0, size // 2, size - 1}):
        path = merkle.inclusion_path(index, size, SUBTREE)
        proof = write(
            "proof", "".join(f"{line}\n" for line in encoded(path).split(",")[1:])
        )
        leaf = write("leaf", ENTRIES[index])
        told = ("--index", index, "--size", size, "--leaf", leaf, "--proof", proof)
        root = base64.b64encode(merkle.root(LEAVES[:size])).decode()
        done = aics("verify-inclusion", *told, "--root", root)
        assert done.returncode == 0, done.stdout + done.stderr
        write("leaf", ENTRIES[index] + b" ")
        assert aics("verify-inclusion", *told, "--root", root).returncode != 0


@pytest.mark.parametrize(("old", "new"), [(1, 2), (255, 256), (256, 700), (511, 700)])
def test_aics_tlog_sees_that_the_log_only_grew(aics, write, old, new):
    path = merkle.consistency_path(old, new, SUBTREE)
    proof = write(
        "proof", "".join(f"{line}\n" for line in encoded(path).split(",")[1:])
    )
    roots = [
        base64.b64encode(merkle.root(LEAVES[:size])).decode() for size in (old, new)
    ]
    told = (
        "--old-size",
        old,
        "--new-size",
        new,
        "--new-root",
        roots[1],
        "--proof",
        proof,
    )
    done = aics("verify-consistency", *told, "--old-root", roots[0])
    assert done.returncode == 0, done.stdout + done.stderr
    forged = base64.b64encode(b"\x07" * 32).decode()
    assert aics("verify-consistency", *told, "--old-root", forged).returncode != 0
