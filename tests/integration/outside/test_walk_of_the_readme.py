"""The commands that audit/README.md gives to an outside auditor, as they stand there.

The downloads are put in place instead; everything else is run to the letter.
"""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from audit import merkle, notes
from audit.sealing.payloads import reveal, seal
from audit.tlog_proofs import TlogProof
from tests.unit.audit.folder_logs import some_entries

PAGE = (Path(__file__).parents[3] / "audit" / "README.md").read_text(encoding="utf-8")
ENTRIES = some_entries(300)
LEAVES = [merkle.leaf_hash(entry) for entry in ENTRIES]
SUBTREE = merkle.subtree_of(LEAVES)
ORIGIN = "clinrag.test/ledger"
KEY = bytes(32)


def blocks(language):
    return re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)


def signed(size, signer):
    text = notes.CheckpointText(ORIGIN, size, merkle.root(LEAVES[:size])).to_text()
    return signer.sign(text)


@pytest.fixture
def shell(openssl):
    """The shell's part: from its third command on, which reads what was fetched."""
    del openssl
    (script,) = blocks("sh")
    assert script.count("curl ") == 2
    return script[script.index("# 1. ") :]


@pytest.fixture
def run(tmp_path):
    def run(*command, **environment):
        return subprocess.run(
            command, cwd=tmp_path, env={"PATH": "/usr/bin:/bin", **environment},
            capture_output=True, text=True, check=False,
        )  # fmt: skip

    return run


@pytest.fixture
def fetch(tmp_path):
    """Puts in place what an auditor downloads; returns the receipt's leaf hash."""

    def fetch(index, size, signer):
        path = merkle.inclusion_path(index, size, SUBTREE)
        proof = TlogProof(index, path, signed(size, signer)).encode()
        (tmp_path / "answer.tlog-proof").write_bytes(proof.encode())
        (tmp_path / "answer.entry").write_bytes(ENTRIES[index])
        return LEAVES[index].hex()

    return fetch


# Base64 may hold a plus sign, at which a key must not be cut.
SIGNERS = [notes.Signer.generate(ORIGIN) for _ in range(12)]


@pytest.mark.parametrize("signer", SIGNERS)
def test_signature_verifies_by_openssl_and_no_other_keys_does(
    shell, run, fetch, signer
):
    leaf = fetch(9, 20, signer)
    told = run("sh", "-e", "-c", shell, VKEY=signer.verifier.vkey)
    assert told.returncode == 0, told.stderr
    assert told.stdout.startswith(leaf)
    assert told.stdout.endswith(f"Verified Successfully\n{ORIGIN}\n")
    other = notes.Signer.generate(ORIGIN).verifier.vkey
    assert run("sh", "-e", "-c", shell, VKEY=other).returncode != 0


@pytest.mark.parametrize("size", [1, 2, 3, 255, 256, 257, 300])
def test_entry_is_found_in_the_tree_and_no_other_bytes_are(
    shell, run, fetch, tmp_path, size
):
    inclusion, _disclosure = blocks("python")
    for index in sorted({0, size // 2, size - 1}):
        fetch(index, size, SIGNERS[0])
        run("sh", "-e", "-c", shell, VKEY=SIGNERS[0].verifier.vkey)
        done = run(sys.executable, "-c", inclusion)
        assert done.stdout == "in the log that was signed\n", done.stderr
        (tmp_path / "answer.entry").write_bytes(ENTRIES[index] + b" ")
        assert run(sys.executable, "-c", inclusion).returncode != 0


@pytest.mark.parametrize("is_whole", [True, False])
def test_shown_text_is_what_was_committed_to_and_no_other(run, tmp_path, is_whole):
    _inclusion, disclosure = blocks("python")
    sealed = seal({"question": "Chest pain?"}, key=KEY, bound_to=b"e")
    told = reveal(sealed.ciphertext, key=KEY, bound_to=b"e", pt_commit=sealed.pt_commit)
    told = told if is_whole else told.only("question")
    entry = {"sealed": {"pt_commit": sealed.pt_commit}}
    (tmp_path / "answer.entry").write_text(json.dumps(entry))
    for text, verdict in [("Chest pain?", "True"), ("Chest pain!", "False")]:
        shown = {"commit_key": told.commit_key, "texts": {"question": text}}
        (tmp_path / "disclosed.json").write_text(json.dumps(shown))
        done = run(sys.executable, "-c", disclosure)
        assert done.stdout == f"question {verdict}\n", done.stderr
