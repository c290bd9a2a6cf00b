"""Malformed notes, proofs and JSON: refused with a code, never a crash.

A short form; `tests/unit/audit/test_offline_fuzz.py` fuzzes the same readers.
"""

import base64

import pytest

from audit import offline, queries
from audit.publication.receipts import encode_inclusion
from tests.attacks.history import filled, layers
from tests.attacks.publishing import publish

SPOILERS = {
    "empty": lambda text: "",
    "one byte short": lambda text: text[:-1],
    "one line more": lambda text: text + "x\n",
    "CRLF": lambda text: text.replace("\n", "\r\n"),
    "leading zero": lambda text: text.replace("\n40\n", "\n040\n"),
    "negative": lambda text: text.replace("\n40\n", "\n-40\n"),
    "other size": lambda text: text.replace("\n40\n", "\n41\n"),
    "size 0": lambda text: text.replace("\n40\n", "\n0\n"),
    "size 1": lambda text: text.replace("\n40\n", "\n1\n"),
    "huge": lambda text: text.replace("\n40\n", f"\n{'9' * 30}\n"),
    "not base64": lambda text: text.replace("=", "*", 1),
    "unpadded base64": lambda text: text.replace("=", "", 1),
    "no signature": lambda text: text.partition("\n\n")[0] + "\n\n",
    "NUL": lambda text: text.replace("\n", "\x00\n", 1),
    "endless": lambda text: text + "— a b\n" * 100_000,
}


def test_malformed_checkpoints_are_refused(log, auditor, tmp_path):
    note = filled(log, 40)
    folder = publish(tmp_path / "log")
    assert auditor.fsck(folder)["holds"]
    for name, spoil in SPOILERS.items():
        spoilt = spoil(note)
        assert spoilt != note, name
        (folder / "checkpoint").write_text(spoilt, newline="")
        for found in (auditor.fsck(folder), auditor.monitor(folder)):
            assert not found["holds"], name
            assert found["code"] not in {None, "fault"}, name
        report = log.verify(held_checkpoint=spoilt)
        assert "held checkpoint" in layers(report), name


PROOF_SPOILERS = {
    "wrong index": lambda text: text.replace("index 7", "index 8"),
    "index beyond": lambda text: text.replace("index 7", "index 40"),
    "index twice": lambda text: text.replace("index 7", "index 7\nindex 7"),
    "a step less": lambda text: without_line(text, 2),
    "a step twice": lambda text: text.replace("\n\n", f"\n{text.splitlines()[3]}\n\n"),
    "short hash": lambda text: text.replace(
        text.splitlines()[2], base64.b64encode(bytes(31)).decode()
    ),
    "other version": lambda text: text.replace("@v1", "@v2"),
}


def without_line(text, number):
    lines = text.split("\n")
    return "\n".join(lines[:number] + lines[number + 1 :])


def test_malformed_proofs_are_refused(log, auditor, tmp_path):
    filled(log, 40)
    entry = queries.entries_after(6, limit=1)[0]
    proof = encode_inclusion(queries.inclusion_proof(entry.id))
    (tmp_path / "entry").write_bytes(entry.entry_bytes)
    assert run_proof(auditor, tmp_path, proof)["holds"]
    for name, spoil in PROOF_SPOILERS.items():
        spoilt = spoil(proof)
        assert spoilt != proof, name
        found = run_proof(auditor, tmp_path, spoilt)
        assert not found["holds"], name
        assert found["code"] not in {None, "fault"}, name


def run_proof(auditor, folder, text):
    path = folder / "proof"
    path.write_text(text, newline="")
    return auditor._run(
        "proof", str(path), str(folder / "entry"), "--vkey", auditor._vkey
    )


NO_ENTRIES = (
    b"", b"{}", b"[]", b"null", b'{"a":1}', b'{"a":1.5}', b'{"a":1,"a":1}',
    b'{"a": 1}', b'{"b":1,"a":2}', b'{"a":"\\ud800"}', b'{"a":NaN}', b"\xff\xfe",
    b'{"a":9007199254740993}', b'{"a":"\x01"}', b'{"a":"\\u0041"}',
)  # fmt: skip


def test_bytes_that_are_no_entry_are_named_by_verification(log, superuser):
    """Written past the writer, so sequenced and signed: the log goes on, and it shows."""
    log.fill(1)
    assert log.verify().ok
    for body in NO_ENTRIES:
        superuser.execute(
            "INSERT INTO audit_inboxentry (entry_id, body, leaf_hash) VALUES"
            " (gen_random_uuid(), %(body)s, sha256('\\x00'::bytea || %(body)s::bytea))",
            {"body": body},
        )
    log.append()
    last = 1 + len(NO_ENTRIES)
    assert log.sign().size == last + 1
    found = [(failure.layer, failure.index) for failure in log.verify().failures]
    assert found == [("entry", index) for index in range(1, last)]


def test_endless_nesting_is_refused():
    with pytest.raises(offline.Rejected):
        offline.read_canonical(b"[" * 100_000)
