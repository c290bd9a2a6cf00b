"""Pruning on a log cut into blocks of 512 entries; what stays verifies as before."""

from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import psycopg
import pytest
from django.db import Error, connection, transaction

from audit import ledger, offline, queries, verification
from audit.actors import Actor, ActorKind
from audit.custody import authorizations, holds, retention
from audit.custody.authorizations import Action, State
from audit.custody.errors import BlockNotPrunable, FloorInvalid
from audit.custody.retention import Floor
from audit.custody.scopes import Scope, ScopeKind
from audit.errors import EntryUnknown, NotAuthorized, ResourceUnknown
from audit.events import (
    AuthorizationExecuted,
    BlockPruned,
    ContentErased,
    ErasedEntry,
)
from audit.models import Entry, InboxEntry, Payload, PrunedEntry
from audit.publication import resource
from audit.verification import reading
from tests.conftest import as_role
from tests.integration.audit.conftest import ADA, answer_lost, query_received
from tests.tampering import tampering

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "keys"])

BOB = Actor(ActorKind.PERSON, "user:8", "Bob", "session")
BLOCK = 512
LONG_AGO = datetime(2010, 1, 1, tzinfo=UTC)
BOUNDS = """
SELECT pg_get_expr(relpartbound, oid) FROM pg_class WHERE relname = 'audit_entry_0'
"""


@pytest.fixture
def old_log(log):
    """A block and a bit of entries from long ago, in a log of small blocks."""
    with connection.cursor() as cursor:
        cursor.execute(BOUNDS)
        (bounds,) = cursor.fetchone()
        cursor.execute("ALTER TABLE audit_entry DETACH PARTITION audit_entry_0")
        cursor.execute("ALTER TABLE audit_entry_0 RENAME TO audit_entry_whole")
        for number in (0, 1):
            cursor.execute(
                f"CREATE TABLE audit_entry_{number}_small (LIKE audit_entry INCLUDING ALL);"
                f"ALTER TABLE audit_entry ATTACH PARTITION audit_entry_{number}_small"
                f" FOR VALUES FROM ({number * BLOCK}) TO ({(number + 1) * BLOCK})"
            )
            cursor.execute(
                f"ALTER TABLE audit_entry_{number}_small ENABLE ALWAYS TRIGGER kept"
            )
    log.at = LONG_AGO
    log.question = log.append(query_received(), question="old")
    log.append(answer_lost(log.question))
    log.fill(BLOCK + 100)
    log.at = datetime(2026, 11, 23, tzinfo=UTC)
    yield log
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS audit_entry_0_small, audit_entry_1_small")
        cursor.execute("ALTER TABLE audit_entry_whole RENAME TO audit_entry_0")
        cursor.execute(
            f"ALTER TABLE audit_entry ATTACH PARTITION audit_entry_0 {bounds}"
        )


def approved(log, first_index=0):
    asked = retention.request_pruning(
        first_index, reason="Its time is over", by=ADA, at=log.tick()
    )
    return authorizations.approve(asked.id, by=BOB, at=log.tick()).id


def prune(log, authorization_id, first_index=0):
    return retention.prune(
        first_index, authorization_id=authorization_id, by=BOB, at=log.tick()
    )


def test_block_is_pruned_and_every_receipt_and_checkpoint_still_verifies(old_log):
    before = queries.inclusion_proof(old_log.question.entry_id)
    done = prune(old_log, approved(old_log))
    assert (done.first_index, done.end_index) == (0, BLOCK)
    assert retention.pruned_blocks() == [(0, BLOCK)]
    assert Entry.objects.order_by("index").first().index == BLOCK
    assert PrunedEntry.objects.count() == BLOCK
    old_log.sign()
    report = old_log.verify(held_checkpoint=before.checkpoint)
    assert report.failures == ()
    assert {layer.layer: layer.checked for layer in report.layers}["pruned"] == BLOCK
    after = queries.inclusion_proof(old_log.question.entry_id)
    assert (after.index, after.leaf_hash) == (before.index, before.leaf_hash)
    assert after.tree_size > before.tree_size
    with pytest.raises(EntryUnknown):
        queries.entry(old_log.question.entry_id)
    assert len(resource(1, "tile/0/000").body) == 256 * 32
    with pytest.raises(ResourceUnknown):
        resource(1, "tile/entries/000")


def test_pruning_whose_entry_waits_to_be_sequenced_is_no_alarm_for_a_while(old_log):
    """Nor is it once the log has it; but words that never come to it count for nothing."""
    prune(old_log, approved(old_log))
    assert old_log.verify().failures == ()
    waited = old_log.at + timedelta(minutes=16)
    report = verification.verify(vkey=old_log.vkey, at=waited)
    assert "no entry says that two people had this block pruned" in messages(report)
    old_log.sign()
    report = verification.verify(vkey=old_log.vkey, at=waited)
    assert report.failures == ()


def test_block_pruned_while_it_is_verified_is_no_alarm(old_log, monkeypatch):
    """Between two pages, after the list of blocks was read."""
    monkeypatch.setattr(reading, "PAGE", 100)
    good, done = approved(old_log), []

    def prune_now(progress):
        if progress.layer == "entry" and not done:
            done.append(prune(old_log, good))

    assert old_log.verify(on_progress=prune_now).failures == ()
    assert done


def messages(report):
    return {failure.message for failure in report.failures}


def test_hash_of_a_pruned_entry_that_was_changed_is_found(old_log):
    prune(old_log, approved(old_log))
    old_log.sign()
    with transaction.atomic(), tampering("audit_prunedentry") as execute:
        execute(
            "UPDATE audit_prunedentry SET leaf_hash = sha256('x') WHERE index = 300"
        )
    layers = {failure.layer for failure in old_log.verify().failures}
    assert "tile" in layers
    assert "checkpoint" in layers or "head" in layers


def test_entries_moved_away_by_hand_are_missed_by_the_log(old_log):
    tables = ["audit_prunedentry", "audit_prunedblock", "audit_entry_0_small"]
    with transaction.atomic(), tampering(*tables) as execute:
        execute(
            "INSERT INTO audit_prunedentry SELECT index, entry_id, leaf_hash"
            " FROM audit_entry WHERE index < 512"
        )
        execute("DELETE FROM audit_entry_0_small")
        execute(
            "INSERT INTO audit_prunedblock VALUES (0, 512, %s, now(), now())", [uuid4()]
        )
    failures = {failure.layer: failure.message for failure in old_log.verify().failures}
    assert failures["pruned"] == "no entry says that two people had this block pruned"


def too_young(log):
    with transaction.atomic(), tampering("audit_entry_0_small") as execute:
        execute("UPDATE audit_entry SET at = now() WHERE index = 5")


def kept_longer(log):
    floor = Floor("answer", "State law", 30, date(2020, 1, 1))
    retention.set_floor(floor, by=ADA, at=log.tick())


def about_the_log(log):
    with transaction.atomic(), tampering("audit_entry_0_small") as execute:
        execute("UPDATE audit_entry SET type = 'log.key_rotated' WHERE index = 5")


def says_why_another_is_gone(log):
    as_body(log, 5, pruning_told())


def two_people_on_another_pruning(log):
    as_body(log, 5, agreement_told(Action.PRUNING))


def says_why_another_cannot_be_read(log):
    as_body(log, 5, tombstone_of(uuid4()))


def unreadable_tombstone(log):
    as_body(log, 5, tombstone_of("nobody"))


def unsigned(log):
    with transaction.atomic(), tampering("audit_checkpoint") as execute:
        execute("DELETE FROM audit_checkpoint")


def with_a_hole(log):
    with transaction.atomic(), tampering("audit_entry_0_small") as execute:
        execute("DELETE FROM audit_entry WHERE index = 5")


@pytest.mark.parametrize("own", ["erasure", "agreement"])
def test_block_goes_with_what_is_told_about_itself_or_about_no_pruning(old_log, own):
    """The twin of the obstacles: the same kinds of entry, of which nothing stays."""
    event = {
        "erasure": tombstone_of(old_log.question.entry_id),
        "agreement": agreement_told(Action.EXPORT),
    }[own]
    as_body(old_log, 5, event)
    assert prune(old_log, approved(old_log)).end_index == BLOCK


def as_body(log, index, event):
    """Put another entry in a place of the old block, as if it had been written then."""
    with transaction.atomic():
        entry_id = ledger.append(event, by=ADA, at=LONG_AGO).entry_id
    body = bytes(InboxEntry.objects.get(entry_id=entry_id).body)
    with transaction.atomic(), tampering("audit_entry_0_small") as execute:
        execute(
            "UPDATE audit_entry SET type = %s, body = %s, leaf_hash = sha256(%s)"
            " WHERE index = %s",
            [event.type.value, body, b"\x00" + body, index],
        )


def pruning_told():
    return BlockPruned(
        first_index=BLOCK,
        last_index=2 * BLOCK - 1,
        authorization_id=str(uuid4()),
        requested_by="user:7",
        approved_by="user:8",
        kept_until="2020-01-01T00:00:00+00:00",
        payload_partitions=(),
    )


def agreement_told(action):
    return AuthorizationExecuted(
        authorization_id=str(uuid4()),
        action=action.value,
        scope=(("first_index", str(BLOCK)),),
        requested_by="user:7",
        approved_by="user:8",
    )


def tombstone_of(entry_id):
    gone = ErasedEntry(entry_id=str(entry_id), key_id=str(entry_id), index=5)
    return ContentErased(
        erasure_id=str(uuid4()),
        authorization_id=str(uuid4()),
        requested_by="user:7",
        approved_by="user:8",
        kind="entry",
        scope=(("entry", str(entry_id)),),
        reason_class="other",
        entries=(gone,),
        subject_key_ids=(),
        part=1,
        parts=1,
        destroyed_at="2010-01-01T00:00:00+00:00",
        backups_gone_at="2010-01-02T00:00:00+00:00",
    )


def held_scopes(log):
    return {
        "everything": Scope(ScopeKind.EVERYTHING),
        "entry": Scope(ScopeKind.ENTRY, log.question.entry_id),
        "question": Scope(ScopeKind.QUESTION, log.question.entry_id),
        "version": Scope(ScopeKind.VERSION, uuid4()),
        "subject": Scope(ScopeKind.SUBJECT, uuid4()),
        "time": Scope(ScopeKind.TIME, until=datetime(2010, 1, 2, tzinfo=UTC)),
    }


def held(kind):
    def place(log):
        holds.place(held_scopes(log)[kind], reason="Claim", by=ADA, at=log.tick())

    place.__name__ = f"held_by_{kind}"
    return place


OBSTACLES = [
    too_young, kept_longer, about_the_log, unsigned, with_a_hole,
    says_why_another_is_gone, two_people_on_another_pruning,
    says_why_another_cannot_be_read, unreadable_tombstone,
    *(held(kind) for kind in ScopeKind),
]  # fmt: skip


@pytest.mark.parametrize("obstacle", OBSTACLES, ids=lambda one: one.__name__)
def test_block_stays_and_the_authorization_too(old_log, obstacle):
    obstacle(old_log)
    good = approved(old_log)
    with pytest.raises(BlockNotPrunable):
        prune(old_log, good)
    assert authorizations.by_id(good).state is State.APPROVED
    assert retention.pruned_blocks() == []


def test_pruning_needs_two_people_for_exactly_this_block(old_log):
    asked = retention.request_pruning(0, reason="r", by=ADA, at=old_log.tick())
    with pytest.raises(NotAuthorized):
        prune(old_log, asked.id)
    with pytest.raises(NotAuthorized):
        prune(old_log, approved(old_log, BLOCK))
    with pytest.raises(BlockNotPrunable):
        prune(old_log, approved(old_log, BLOCK), BLOCK)
    with pytest.raises(BlockNotPrunable):
        prune(old_log, approved(old_log, 7), 7)


def test_function_refuses_whoever_calls_it_past_the_actions(old_log, postgres):
    good = approved(old_log)
    with as_role(postgres, "clinrag_app") as other:
        for authority in (uuid4(), good):
            with pytest.raises(psycopg.Error, match="two people"):
                other.execute("SELECT audit_prune(0, %s)", [authority])
        for statement in (
            "SELECT audit_drop_pruned_payloads()",
            "INSERT INTO audit_prunedblock VALUES (0, 1, gen_random_uuid(), now(), now())",
            "ALTER TABLE audit_entry DETACH PARTITION audit_entry_0_small",
            "DROP TABLE audit_entry_0_small",
            "INSERT INTO audit_prunedentry VALUES (0, gen_random_uuid(), '')",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                other.execute(statement)
    with (
        as_role(postgres, "clinrag_sequencer") as other,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        other.execute("SELECT audit_prune(0, %s)", [good])


def test_payload_partition_goes_when_all_of_it_was_pruned(old_log):
    """In one transaction that is rolled back: the partitions are everybody's."""
    good = approved(old_log)
    with transaction.atomic(), connection.cursor() as cursor:
        part = old_payloads_alone(cursor)
        authorizations.claim(
            good,
            action=authorizations.Action.PRUNING,
            scope={"first_index": "0"},
            by=BOB,
            at=old_log.tick(),
        )
        cursor.execute("SELECT payload_partitions FROM audit_prune(0, %s)", [good])
        assert cursor.fetchone() == ([part],)
        assert not Payload.objects.filter(entry_id=old_log.question.entry_id).exists()
        transaction.set_rollback(True)


def old_payloads_alone(cursor):
    """Move the payloads of long ago into a partition of their own; its name."""
    upper = "014a0000-0000-0000-0000-000000000000"
    cursor.execute("ALTER TABLE audit_payload DETACH PARTITION audit_payload_first")
    cursor.execute("CREATE TABLE audit_payload_old (LIKE audit_payload INCLUDING ALL)")
    cursor.execute(
        "INSERT INTO audit_payload_old SELECT * FROM audit_payload_first"
        f" WHERE entry_id < '{upper}'"
    )
    cursor.execute(
        "ALTER TABLE audit_payload ATTACH PARTITION audit_payload_old"
        f" FOR VALUES FROM (MINVALUE) TO ('{upper}')"
    )
    return "audit_payload_old"


def test_floors_only_raise_the_years(log):
    assert retention.years_of("answer", on=date(2026, 11, 23)) == 10
    for years, expected in ((5, 10), (15, 15), (12, 15)):
        floor = Floor("answer", "A law", years, date(2020, 1, 1))
        retention.set_floor(floor, by=ADA, at=log.tick())
        assert retention.years_of("answer", on=date(2026, 11, 23)) == expected
        assert retention.years_of("other", on=date(2026, 11, 23)) == 10
        assert retention.years_of("answer", on=date(2019, 12, 31)) == 10
    with pytest.raises(FloorInvalid):
        retention.set_floor(
            Floor("answer", "", 5, date(2020, 1, 1)), by=ADA, at=log.tick()
        )
    for change in (
        "DELETE FROM audit_retentionfloor",
        "UPDATE audit_retentionfloor SET years = 1",
        "TRUNCATE audit_retentionfloor",
    ):
        with pytest.raises(Error, match="refused"), connection.cursor() as cursor:
            cursor.execute(change)


def test_old_receipt_verifies_offline_after_the_pruning(old_log):
    proof = queries.inclusion_proof(old_log.question.entry_id)
    body = queries.entry(old_log.question.entry_id).entry_bytes
    prune(old_log, approved(old_log))
    old_log.sign()
    newest = queries.inclusion_proof(old_log.question.entry_id)
    for one in (proof, newest):
        assert offline.hash_leaf(body) == one.leaf_hash
