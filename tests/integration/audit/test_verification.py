"""Every way to change the stored ledger that a superuser has is named by its layer."""

import json
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from audit import canonical, checkpoints, merkle, notes
from audit.models import Entry
from audit.verification.report import Failure
from tests.integration.audit.conftest import (
    answer_lost,
    collection_created,
    query_received,
)
from tests.tampering import tampering

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "keys"])

ALL = (
    "audit_entry", "audit_head", "audit_checkpoint", "audit_tile", "audit_payload",
    "audit_closedquery", "audit_inboxentry",
)  # fmt: skip


@pytest.fixture
def filled(log):
    """Two questions, one closed and one fresh, with sealed content, under one note."""
    first = log.append(query_received("a1"), question="first")
    log.append(answer_lost(first))
    log.append(query_received("a2"), question="second")
    log.append()
    log.sign()
    assert log.verify().ok
    return log


def found(log, **options):
    return {
        (failure.layer, failure.index) for failure in log.verify(**options).failures
    }


CHECK = "CHECK (leaf_hash = sha256('\\x00'::bytea || body)) NOT VALID"


def tamper(statement, *parameters, alias="default", tables=ALL):
    with tampering(*tables, alias=alias) as execute:
        if alias == "default":
            execute("ALTER TABLE audit_entry DROP CONSTRAINT leaf_hash_of_body")
        execute(statement, parameters or None)
        if alias == "default":
            execute(f"ALTER TABLE audit_entry ADD CONSTRAINT leaf_hash_of_body {CHECK}")


def test_an_untouched_ledger_holds(filled):
    report = filled.verify()
    assert (report.entries, report.tree_size, report.checkpoints) == (4, 4, 1)
    assert report.root == checkpoints.latest().root.hex()
    checked = {result.layer: result.checked for result in report.layers}
    assert checked["payload"] == checked["key"] == 2
    assert checked["query"] == 2


def test_an_empty_ledger_holds(log):
    assert log.verify().ok


def test_a_flipped_byte_in_an_entry_is_named(filled):
    tamper("UPDATE audit_entry SET body = set_byte(body, 40, 33) WHERE index = 1")
    assert {("leaf", 1), ("checkpoint", 4), ("head", 4)} <= found(filled)


def test_an_entry_forged_with_its_hash_is_named(filled):
    body = bytes(Entry.objects.get(index=3).body).replace(b"cardiology", b"oncology  ")
    tamper(
        "UPDATE audit_entry SET body = %s, leaf_hash = %s WHERE index = 3",
        body, merkle.leaf_hash(body),
    )  # fmt: skip
    assert found(filled) == {("checkpoint", 4), ("head", 4)}


def test_a_deleted_entry_is_named(filled):
    tamper("DELETE FROM audit_entry WHERE index = 1")
    assert ("index", 1) in found(filled)


def test_a_deleted_tail_is_named(filled):
    tamper("DELETE FROM audit_entry WHERE index = 3")
    assert {("index", 3), ("checkpoint", 4)} <= found(filled)


def test_two_entries_exchanged_are_named(filled):
    tamper(
        "UPDATE audit_entry SET index = CASE index WHEN 1 THEN 9 ELSE 1 END"
        " WHERE index IN (1, 3)"
    )
    tamper("UPDATE audit_entry SET index = 3 WHERE index = 9")
    assert ("checkpoint", 4) in found(filled)


def test_an_inserted_entry_is_named(filled):
    tamper(
        "INSERT INTO audit_entry SELECT 4, entry_id, body, leaf_hash, type, at,"
        " actor_id, query_id FROM audit_entry WHERE index = 3"
    )
    assert ("head", 4) in found(filled)


def test_changed_search_columns_are_named(filled):
    tamper("UPDATE audit_entry SET actor_id = 'user:8' WHERE index = 3")
    tamper("UPDATE audit_entry SET type = 'key' WHERE index = 1")
    assert {("entry", 3), ("entry", 1)} <= found(filled)


def test_history_rewritten_as_a_whole_is_named_by_its_checkpoint(filled):
    held = checkpoints.latest().note
    frontier = merkle.Frontier().extend(
        merkle.leaf_hash(bytes(body))
        for body in Entry.objects.order_by("index").values_list("body", flat=True)[:3]
    )
    with tampering(*ALL) as execute:
        execute("DELETE FROM audit_entry WHERE index = 3")
        execute("DELETE FROM audit_checkpoint")
        execute(
            "UPDATE audit_head SET size = 3, root = %s, frontier = %s",
            [frontier.root(), frontier.to_bytes()],
        )
    assert found(filled) == set()
    assert found(filled, held_checkpoint=held) == {("held checkpoint", 4)}


def test_a_forged_checkpoint_is_named(filled):
    forged = notes.Signer.generate("clinrag.test/ledger").sign(
        notes.CheckpointText("clinrag.test/ledger", 4, b"\x00" * 32).to_text()
    )
    tamper("UPDATE audit_checkpoint SET note = %s", forged)
    assert found(filled) == {("signature", 4)}


def test_a_checkpoint_row_that_says_other_than_its_note_is_named(filled):
    tamper("UPDATE audit_checkpoint SET root = sha256('x')")
    assert found(filled) == {("signature", 4), ("checkpoint", 4)}


def test_a_changed_payload_is_named(filled):
    tamper("UPDATE audit_payload SET ciphertext = set_byte(ciphertext, 20, 1)")
    assert found(filled) == {("payload", 0), ("payload", 2)}


def test_exchanged_payloads_are_named(filled):
    tamper(
        "UPDATE audit_payload AS one SET ciphertext = two.ciphertext"
        " FROM audit_payload AS two WHERE one.entry_id <> two.entry_id"
    )
    assert found(filled) == {("payload", 0), ("payload", 2)}


def test_a_deleted_payload_is_named(filled):
    tamper("DELETE FROM audit_payload")
    assert found(filled) == {("payload", 0), ("payload", 2)}


def test_a_payload_of_no_entry_is_named(filled):
    tamper(
        "INSERT INTO audit_payload SELECT overlay(entry_id::text PLACING 'ffffffffffff'"
        " FROM 25)::uuid, 'x', gen_random_uuid(), '' FROM audit_entry WHERE index = 0"
    )
    assert found(filled) == {("payload", None)}


def test_a_lost_key_is_named(filled):
    tamper("DELETE FROM audit_datakey", alias="keys", tables=("audit_datakey",))
    assert found(filled) == {("key", 0), ("key", 2)}


def test_a_changed_tile_is_named(filled):
    for _ in range(256):
        filled.append()
    filled.sign()
    assert filled.verify().ok
    tamper("UPDATE audit_tile SET root = sha256('x')")
    assert found(filled) == {("tile", 0)}
    tamper("DELETE FROM audit_tile")
    assert found(filled) == {("tile", 0)}


def test_a_question_without_an_end_is_named_once_it_is_late(filled):
    assert found(filled) == set()
    filled.at = filled.at.replace(hour=6)
    assert found(filled) == {("query", 2)}


def test_a_second_end_is_named(filled):
    query = Entry.objects.get(index=0)
    tamper("DELETE FROM audit_closedquery WHERE query_id = %s", query.entry_id)

    class Closed:
        entry_id = query.entry_id

    filled.append(answer_lost(Closed))
    filled.sign()
    assert {("query", 4), ("query", 1)} == found(filled)


def test_an_end_without_a_question_is_named(log):
    log.append(answer_lost(log.append()))
    log.sign()
    assert found(log) == {("query", 1)}


def test_a_mark_of_an_end_that_was_never_written_is_named(filled):
    tamper(
        "INSERT INTO audit_closedquery SELECT entry_id, gen_random_uuid()"
        " FROM audit_entry WHERE index = 2"
    )
    assert found(filled) == {("query", 2)}


def test_an_id_used_twice_is_named(filled):
    row = Entry.objects.get(index=3)
    tamper(
        "INSERT INTO audit_inboxentry (entry_id, body, leaf_hash) VALUES (%s, %s, %s)",
        row.entry_id, bytes(row.body), bytes(row.leaf_hash),
    )  # fmt: skip
    filled.sign()
    assert found(filled) == {("entry", 4)}


def test_an_entry_that_is_not_canonical_is_named(log):
    body = canonical.encode({"a": 1}) + b" "
    with tampering("audit_inboxentry") as execute:
        execute(
            "INSERT INTO audit_inboxentry (entry_id, body, leaf_hash)"
            " VALUES (gen_random_uuid(), %s, %s)",
            [body, merkle.leaf_hash(body)],
        )
    log.sign()
    assert log.verify().failures == (
        Failure("entry", 0, "the entry is not in canonical form"),
    )


def test_checkpoints_count_as_unsigned_when_no_public_key_is_known(filled, settings):
    filled.files.vkey_path.unlink()
    settings.CLINRAG_SIGNER_PUBLIC_KEY = ""
    from audit.verification import verify

    assert not verify(at=filled.at).ok


def test_command_prints_json_and_fails_when_the_ledger_does_not_hold(log, capsys):
    log.append(question="?")
    log.sign()
    call_command("verify_ledger", "--json")
    assert '"ok": true' in capsys.readouterr().out
    tamper("DELETE FROM audit_payload")
    with pytest.raises(SystemExit):
        call_command("verify_ledger")
    assert "FAILED payload 0" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("given", "code"),
    [
        (["--checkpoint", "{folder}/missing"], 4),
        (["--checkpoint", "{folder}/bytes"], 2),
        (["--from", "3"], 2),
        (["--from", "0", "--to", "1"], 0),
    ],
)
def test_command_gives_no_verdict_when_it_could_not_verify(
    filled, tmp_path, given, code
):
    (tmp_path / "bytes").write_bytes(b"\xff\xfe")
    words = ["verify_ledger", *(one.format(folder=tmp_path) for one in given)]
    if code == 0:
        call_command(*words)
        return
    with pytest.raises(CommandError) as ended:
        call_command(*words)
    assert ended.value.returncode == code
    assert "\n" not in str(ended.value)


def test_command_says_one_sentence_when_there_is_no_database():
    run = subprocess.run(
        [sys.executable, "manage.py", "verify_ledger"],
        env={**os.environ, "DATABASE_URL": "postgres://nobody@127.0.0.1:1/none"}
        | {"DJANGO_SETTINGS_MODULE": "clinrag.settings"},
        check=False,
        capture_output=True,
        text=True,
        cwd=Path(__file__).parents[3],
    )
    assert (run.returncode, run.stdout) == (4, "")
    (told,) = run.stderr.splitlines()
    assert "nothing is said about it: connection failed" in told


def test_command_ends_with_three_when_an_entry_waits_too_long(log, capsys):
    log.at = datetime.now(UTC) - timedelta(seconds=100)
    log.append()
    log.append()
    call_command("verify_ledger", "--max-wait", "1000")
    assert "2 waiting, the oldest for 9" in capsys.readouterr().out
    with pytest.raises(SystemExit) as ended:
        call_command("verify_ledger")
    assert ended.value.code == 3
    assert "Is the sequencer running?" in capsys.readouterr().out


def test_command_tells_in_json_what_waits(log, capsys):
    log.at = datetime.now(UTC) - timedelta(seconds=100)
    log.append()
    with pytest.raises(SystemExit) as ended:
        call_command("verify_ledger", "--json")
    told = json.loads(capsys.readouterr().out)
    assert ended.value.code == 3
    assert (told["ok"], told["lags"], told["inbox"]["waiting"]) == (True, True, 1)
    assert 98 < told["inbox"]["oldest_waits_seconds"] < 160


def test_command_ends_with_one_when_the_ledger_does_not_hold_and_lags(filled):
    filled.append()
    tamper("DELETE FROM audit_payload")
    with pytest.raises(SystemExit) as ended:
        call_command("verify_ledger", "--max-wait", "0")
    assert ended.value.code == 1


def test_an_oldest_waiting_entry_that_is_not_readable_is_named(log):
    body = b"{}"
    with tampering("audit_inboxentry") as execute:
        execute(
            "INSERT INTO audit_inboxentry (entry_id, body, leaf_hash)"
            " VALUES (gen_random_uuid(), %s, %s)",
            [body, merkle.leaf_hash(body)],
        )
    assert found(log) == {("entry", None)}


def test_verification_finds_nothing_while_the_log_grows(filled):
    filled.append(collection_created())
    assert filled.verify().ok
    filled.sequence()
    assert filled.verify().ok
