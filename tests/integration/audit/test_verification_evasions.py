"""Ways past verification that a superuser might try, and what names each of them."""

from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest
from django.core.management import call_command
from django.db import connection

from audit import canonical, checkpoints, keychains, merkle, verification
from audit.events import (
    AuthorizationExecuted,
    BlockPruned,
    ContentErased,
    ErasedEntry,
    KeyRotated,
)
from audit.models import Entry, Shard
from audit.notes import CheckpointText, Signer, Verifier
from audit.verification import Range
from audit.verification.report import Unsigned
from tests.integration.audit.conftest import (
    ORIGIN,
    answer_lost,
    collection_created,
    query_received,
)
from tests.integration.audit.test_changes import open_shard, restored, rotate
from tests.integration.audit.test_verification import ALL
from tests.tampering import tampering

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "keys"])


def found(report):
    return {(failure.layer, failure.index) for failure in report.failures}


def messages(report):
    return {failure.message for failure in report.failures}


def falsify(execute, index):
    """Change an entry's words so that everything about it alone fits."""
    body = bytes(Entry.objects.get(index=index).body)
    body = body.replace(b'"slug":"collection-', b'"slug":"collectiox-')
    execute(
        "UPDATE audit_entry SET body = %s, leaf_hash = %s WHERE index = %s",
        [body, merkle.leaf_hash(body), index],
    )


# Pruned blocks ----------------------------------------------------------------------

AGREED = uuid4()
EXECUTED = AuthorizationExecuted(
    authorization_id=str(AGREED),
    action="pruning",
    scope=(("first_index", "1"),),
    requested_by="user:7",
    approved_by="user:8",
)
PRUNED = BlockPruned(
    first_index=1,
    last_index=1,
    authorization_id=str(AGREED),
    requested_by="user:7",
    approved_by="user:8",
    kept_until="2026-11-23T05:00:00Z",
    payload_partitions=(),
)


def declare_pruned(execute, index=1):
    """Say that one entry was pruned, with its true leaf hash."""
    execute(
        "INSERT INTO audit_prunedblock VALUES (%s, %s, %s, now(), now())",
        [index, index + 1, AGREED],
    )
    execute(
        "INSERT INTO audit_prunedentry SELECT index, entry_id, leaf_hash"
        " FROM audit_entry WHERE index = %s",
        [index],
    )


BLOCKS = ("audit_prunedblock", "audit_prunedentry")


@pytest.mark.parametrize("only", [None, Range(0, 4)], ids=["whole", "range"])
def test_entry_falsified_behind_a_block_declared_pruned_is_named(log, only):
    log.fill(4)
    held = log.files.read_state().note
    assert log.verify(held_checkpoint=held, only=only).ok
    log.append(EXECUTED)
    log.append(PRUNED)
    log.sign()
    with tampering(*ALL, *BLOCKS) as execute:
        declare_pruned(execute)
        falsify(execute, 1)
    report = log.verify(held_checkpoint=held, only=only)
    assert found(report) == {("pruned", 1)}
    assert "an entry of a pruned block is still there" in messages(report)


def test_block_counts_as_pruned_once_entries_of_the_log_say_by_whom(log):
    log.fill(4)
    with tampering(*ALL, *BLOCKS) as execute:
        declare_pruned(execute)
        execute("DELETE FROM audit_entry WHERE index = 1")
    untold = {"no entry says that two people had this block pruned"}
    log.append(PRUNED)
    assert messages(log.verify()) == untold, "it waits in the inbox"
    log.sign()
    assert messages(log.verify()) == untold, "nobody agreed"
    log.append(replace(EXECUTED, scope=(("first_index", "2"),)))
    log.append(replace(EXECUTED, approved_by="user:9"))
    log.sign()
    assert messages(log.verify()) == untold, "others agreed, or on another block"
    log.append(EXECUTED)
    log.sign()
    assert log.verify().failures == ()
    size = log.verify().tree_size
    assert log.verify(only=Range(0, size)).failures == ()


def test_id_of_a_pruned_entry_that_is_another_entrys_is_named(log):
    log.fill(4)
    log.append(EXECUTED)
    log.append(PRUNED)
    log.sign()
    with tampering(*ALL, *BLOCKS) as execute:
        declare_pruned(execute)
        execute("DELETE FROM audit_entry WHERE index = 1")
        execute(
            "UPDATE audit_prunedentry SET entry_id ="
            " (SELECT entry_id FROM audit_entry WHERE index = 2)"
        )
    assert messages(log.verify()) == {"the id of a pruned entry is used twice"}


# Marks beside the log ---------------------------------------------------------------


def test_question_marked_as_closed_by_what_does_not_end_it_is_named(log):
    asked = log.append(query_received())
    other = log.append()
    log.sign()
    for closing in (asked, other):
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO audit_closedquery (query_id, entry_id) VALUES (%s, %s)",
                [asked.entry_id, closing.entry_id],
            )
        assert found(log.verify()) == {("query", 0)}
        with tampering(*ALL) as execute:
            execute("DELETE FROM audit_closedquery")
    assert log.verify().ok


def test_end_that_waits_in_the_inbox_closes_only_its_own_question(log):
    asked, another = log.append(query_received()), log.append(query_received("a2"))
    log.sign()
    log.append(answer_lost(asked))
    assert log.verify().ok
    with tampering(*ALL) as execute:
        execute("UPDATE audit_closedquery SET query_id = %s", [another.entry_id])
    assert found(log.verify()) == {("query", 1)}


def test_payload_that_names_another_entrys_key_is_named(log):
    log.append(collection_created(1), question="a")
    other = log.append(collection_created(2), question="b")
    log.sign()
    assert log.verify().ok
    with tampering("audit_payload") as execute:
        execute("UPDATE audit_payload SET key_id = %s", [other.entry_id])
    assert messages(log.verify()) == {"another entry's key is named"}
    with tampering("audit_datakey", alias="keys") as execute:
        execute("DELETE FROM audit_datakey WHERE id <> %s", [other.entry_id])
    assert "the key of the sealed content is lost" in messages(log.verify())


# The rows about shards --------------------------------------------------------------


def tree_of(first, end):
    rows = Entry.objects.filter(index__gte=first, index__lt=end).order_by("index")
    hashes = (bytes(value) for value in rows.values_list("leaf_hash", flat=True))
    return merkle.Frontier().extend(hashes)


def test_old_shard_rewritten_after_a_declared_loss_is_named(log):
    restored(log)
    open_shard(log)
    log.append()
    log.sign()
    held = log.files.read_state().note
    assert log.verify(held_checkpoint=held).ok
    with tampering(*ALL, "audit_shard") as execute:
        falsify(execute, 0)
        size = Shard.objects.get(number=2).recovered_size
        root = tree_of(0, size).root()
        execute("UPDATE audit_shard SET recovered_root = %s WHERE number = 2", [root])
        execute("DELETE FROM audit_checkpoint WHERE shard = 1")
    report = log.verify(held_checkpoint=held)
    assert found(report) == {("shard", size), ("shard", 5)}


def test_range_of_a_later_shard_counts_only_under_the_key_handed_over_to(log):
    key = log.vkey
    log.fill(3)
    open_shard(log)
    log.fill(3)
    first, end = Shard.objects.get(number=2).first_index, Entry.objects.count()
    only = Range(first, end)
    assert verification.verify(vkey=key, at=log.at, only=only).ok
    thief = Signer.generate(f"{ORIGIN}/2")
    with tampering(*ALL, "audit_shard") as execute:
        falsify(execute, end - 1)
        tree = tree_of(first, end)
        text = CheckpointText(thief.verifier.name, tree.size, tree.root()).to_text()
        execute(
            "UPDATE audit_shard SET vkey = %s WHERE number = 2", [thief.verifier.vkey]
        )
        execute(
            "DELETE FROM audit_checkpoint WHERE shard = 2 AND size < %s", [tree.size]
        )
        execute(
            "UPDATE audit_checkpoint SET note = %s, root = %s WHERE shard = 2",
            [thief.sign(text), tree.root()],
        )
    report = verification.verify(vkey=key, at=log.at, only=only)
    assert found(report) == {("shard", first), ("signature", tree.size)}


@pytest.mark.parametrize("only", [None, Range(0, 3)], ids=["whole", "range"])
def test_first_shard_recorded_to_begin_later_is_named(log, only):
    log.fill(3)
    with tampering("audit_shard") as execute:
        execute("UPDATE audit_shard SET first_index = 1")
    assert ("shard", 0) in found(log.verify(only=only))


# Signatures -------------------------------------------------------------------------


def unsign(execute, size):
    """Rewrite an entry, the head to fit, and take away all larger checkpoints."""
    falsify(execute, size)
    tree = tree_of(0, Entry.objects.count())
    execute("DELETE FROM audit_checkpoint WHERE size > %s", [size])
    execute(
        "UPDATE audit_head SET root = %s, frontier = %s",
        [tree.root(), tree.to_bytes()],
    )


def test_log_without_any_signature_holds_for_a_minute_only(log):
    log.append()
    log.sequence()
    report = log.verify()
    assert (report.ok, report.signed_size, report.unsigned.entries) == (True, 0, 1)
    log.sign()
    log.at += timedelta(minutes=2)
    assert log.verify().ok
    with tampering(*ALL) as execute:
        unsign(execute, 0)
    report = log.verify()
    assert found(report) == {("signature", 0)}
    assert report.signed_size == 0


def test_entries_past_the_newest_signature_are_told_with_their_age(log, capsys):
    log.fill(2)
    log.fill(2)
    held = checkpoints.latest().note
    log.at += timedelta(minutes=2)
    report = log.verify()
    assert (report.signed_size, report.unsigned) == (4, Unsigned())
    call_command("verify_ledger")
    assert "size 4, signed to 4" in capsys.readouterr().out
    with tampering(*ALL) as execute:
        unsign(execute, 2)
    report = log.verify()
    assert (report.ok, report.signed_size, report.unsigned.entries) == (True, 2, 2)
    assert report.unsigned.oldest_waits_seconds > 120
    with pytest.raises(SystemExit) as ended:
        call_command("verify_ledger")
    assert ended.value.code == 3
    assert "Is the signer running?" in capsys.readouterr().out
    assert found(log.verify(held_checkpoint=held)) == {("held checkpoint", 4)}


# Changes of key ---------------------------------------------------------------------


def test_copy_of_a_change_of_key_is_named_once_and_spoils_nothing(log):
    keys = [log.vkey]
    for _ in range(2):
        log.fill(2)
        keys.append(rotate(log).vkey)
        log.sign()
    rotated = Entry.objects.filter(type="log.key_rotated").order_by("index")
    copied = canonical.decode_object(bytes(rotated[0].body))["fields"]
    log.fill(1)
    for key in keys:
        assert verification.verify(vkey=key, at=log.at).ok
    log.append(KeyRotated(**copied))
    log.fill(1)
    place = rotated.last().index
    assert place > rotated[1].index
    for key in keys:
        report = verification.verify(vkey=key, at=log.at)
        assert found(report) == {("entry", place)}
        assert "a copy of a change" in report.failures[0].message
        known = Verifier.from_vkey(key)
        chain = keychains.eras(known, keychains.rotations())
        assert [era.verifier.vkey for era in chain] == keys


ERASED = ContentErased(
    erasure_id=str(uuid4()),
    authorization_id=str(AGREED),
    requested_by="user:7",
    approved_by="user:8",
    kind="entry",
    scope=(("entry", str(AGREED)),),
    reason_class="other",
    entries=(ErasedEntry(entry_id=str(AGREED), key_id=str(AGREED), index=0),),
    subject_key_ids=(),
    part=1,
    parts=1,
    destroyed_at="2026-11-23T05:00:00+00:00",
    backups_gone_at="2026-11-30T05:00:00+00:00",
)
NAMELESS = ErasedEntry(entry_id="nobody", key_id="nobody", index=None)


@pytest.mark.parametrize("entries", [(NAMELESS,), ("nobody",), 5], ids=str)
def test_tombstone_that_cannot_be_read_is_named_and_ends_nothing(log, entries):
    log.append(ERASED)
    log.sign()
    assert log.verify().failures == ()
    log.append(replace(ERASED, entries=entries))
    assert messages(log.verify()) == {"a tombstone that cannot be read"}
    log.sign()
    report = log.verify()
    assert found(report) == {("entry", 1)}
    assert "a tombstone that cannot be read" in messages(report)
