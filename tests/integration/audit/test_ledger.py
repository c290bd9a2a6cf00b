import json
import uuid
from base64 import b64decode
from datetime import timedelta
from secrets import token_urlsafe

import pytest
from django.db import connection, connections, transaction

from audit import canonical, disclosure, ledger, merkle, queries
from audit.errors import (
    DataKeyLost,
    EntryInvalid,
    EntryTooLarge,
    EntryUnknown,
    Fenced,
    InboxTooDeep,
    LedgerUnavailable,
    NothingSealed,
    NotInTransaction,
    NotYetSequenced,
    NotYetSigned,
    PayloadCorrupt,
    QueryAlreadyClosed,
)
from audit.events import KeyRevoked
from audit.exports.lists import entry_lines
from audit.identifiers import new_id
from audit.models import ClosedQuery, DataKey, Entry, Head, InboxEntry, Payload, Tile
from audit.sequencing import sequencer
from tests.integration.audit.conftest import (
    ADA,
    START,
    answer_lost,
    collection_created,
    in_threads,
    query_received,
)
from tests.tampering import tampering

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "keys"])


def test_append_refuses_when_no_transaction_is_open(log):
    with pytest.raises(NotInTransaction):
        ledger.append(collection_created(), by=ADA, at=START)
    assert not InboxEntry.objects.exists()


def test_append_stores_canonical_bytes_under_their_leaf_hash(log):
    receipt = log.append()
    row = InboxEntry.objects.get(entry_id=receipt.entry_id)
    document = canonical.decode_object(bytes(row.body))
    assert bytes(row.leaf_hash) == merkle.leaf_hash(bytes(row.body))
    assert receipt.leaf_hash == bytes(row.leaf_hash)
    assert document["type"] == "collection.created"
    assert document["at"] == "2026-11-23T05:00:01.000000Z"
    assert document["actor"] == {
        "kind": "person",
        "id": "user:7",
        "name": "Ada",
        "method": "session",
        "on_behalf_of": None,
    }
    assert len(bytes.fromhex(document["nonce"])) == 32


def test_append_leaves_no_gap_when_transactions_roll_back(log):
    for number in range(10):
        with transaction.atomic():
            ledger.append(collection_created(number), by=ADA, at=START)
            if number % 2:
                transaction.set_rollback(True)
    log.sequence()
    indices = Entry.objects.order_by("index").values_list("index", flat=True)
    assert list(indices) == [0, 1, 2, 3, 4]
    assert log.verify().layers[0].failed == 0


def test_append_refuses_when_the_entry_is_too_large(log):
    with pytest.raises(EntryTooLarge):
        log.append(KeyRevoked(key_id="k", name="n" * 66_000))


def test_append_refuses_when_a_field_is_outside_the_profile(log):
    with pytest.raises(EntryInvalid):
        log.append(KeyRevoked(key_id="k", name=0.5))


def test_append_refuses_when_the_time_has_no_zone(log):
    with pytest.raises(EntryInvalid), transaction.atomic():
        ledger.append(collection_created(), by=ADA, at=START.replace(tzinfo=None))


def test_append_refuses_when_the_database_is_read_only(log):
    with connection.cursor() as cursor:
        cursor.execute("SET default_transaction_read_only = on")
    try:
        with pytest.raises(LedgerUnavailable):
            log.append()
        with pytest.raises(LedgerUnavailable):
            queries.check_can_record()
    finally:
        connection.close()


def test_append_refuses_when_the_deployment_key_is_gone(log, settings):
    settings.CLINRAG_DEPLOYMENT_KEY_FILE.unlink()
    with pytest.raises(LedgerUnavailable):
        log.append(question="?")
    with pytest.raises(LedgerUnavailable):
        queries.check_can_record()
    assert not InboxEntry.objects.exists()


def test_check_can_record_refuses_when_the_inbox_is_too_deep(log, settings):
    settings.CLINRAG_INBOX_LIMIT = 2
    log.append()
    queries.check_can_record()
    log.append()
    with pytest.raises(InboxTooDeep):
        queries.check_can_record()


@pytest.mark.parametrize("alias", ["default", "keys"])
def test_check_can_record_refuses_when_a_commit_would_not_be_durable(log, alias):
    queries.check_can_record()
    with connections[alias].cursor() as cursor:
        cursor.execute("SET synchronous_commit = off")
    try:
        with pytest.raises(LedgerUnavailable, match="synchronous_commit"):
            queries.check_can_record()
    finally:
        connections[alias].close()


def test_check_can_record_refuses_when_fsync_is_off_and_nobody_allowed_it(
    log, settings
):
    queries.check_can_record()
    settings.CLINRAG_FSYNC_MAY_BE_OFF = False
    with pytest.raises(LedgerUnavailable, match="fsync"):
        queries.check_can_record()


def test_question_is_closed_exactly_once(log):
    query = log.append(query_received())
    log.append(answer_lost(query))
    with pytest.raises(QueryAlreadyClosed):
        log.append(answer_lost(query))
    assert log.sign().size == 2
    assert log.verify().ok


def test_question_can_be_closed_when_the_first_end_rolled_back(log):
    query = log.append(query_received())
    with transaction.atomic():
        ledger.append(answer_lost(query), by=ADA, at=START)
        transaction.set_rollback(True)
    log.append(answer_lost(query))
    assert ClosedQuery.objects.count() == 1


def test_question_has_one_end_when_two_race_to_close_it(log):
    query = log.append(query_received())
    refused = []

    def close(number):
        try:
            with transaction.atomic():
                ledger.append(answer_lost(query), by=ADA, at=log.at)
        except QueryAlreadyClosed:
            refused.append(number)

    in_threads(8, close)
    assert len(refused) == 7
    log.sign()
    assert log.verify().ok


def test_open_queries_are_those_without_an_end(log):
    first, second = log.append(query_received("a1")), log.append(query_received("a2"))
    log.append(answer_lost(first))
    log.sequence()
    found = queries.open_queries(log.tick(), 10)
    assert [view.id for view in found] == [second.entry_id]
    assert queries.open_queries(START, 10) == []
    assert queries.terminal_entry(first.entry_id).type == "answer.lost"
    assert queries.terminal_entry(second.entry_id) is None


def test_sixteen_writers_get_dense_indices_and_the_order_of_each(log):
    per_writer = 25

    def write(writer):
        for number in range(per_writer):
            with transaction.atomic():
                ledger.append(
                    KeyRevoked(key_id=str(writer), name=str(number)), by=ADA, at=START
                )
                if number % 5 == 4:
                    transaction.set_rollback(True)

    in_threads(16, write)
    assert log.sign().size == 16 * 20
    by_writer = {}
    for view in queries.entries_after(-1, limit=1000):
        by_writer.setdefault(view.fields["key_id"], []).append(int(view.fields["name"]))
    kept = [number for number in range(per_writer) if number % 5 != 4]
    assert all(numbers == kept for numbers in by_writer.values())
    assert log.verify().ok


def test_sequencer_takes_batches_until_nothing_waits(log):
    for _ in range(7):
        log.append()
    epoch = sequencer.take_lead()
    moved = [sequencer.sequence_batch(epoch, at=START, limit=3) for _ in range(4)]
    sequencer.give_up_lead()
    assert moved == [3, 3, 1, 0]
    assert Head.objects.get().size == 7
    assert not InboxEntry.objects.exists()


def test_sequencer_is_fenced_when_another_has_taken_over(log):
    log.append()
    old = sequencer.take_lead()
    new = sequencer.take_lead()
    with pytest.raises(Fenced):
        sequencer.sequence_batch(old, at=START)
    assert sequencer.sequence_batch(new, at=START) == 1
    sequencer.give_up_lead()
    sequencer.give_up_lead()


def test_second_sequencer_stands_by_while_the_first_leads(log):
    epochs = []
    assert sequencer.take_lead() is not None
    in_threads(1, lambda _: epochs.append(sequencer.take_lead()))
    sequencer.give_up_lead()
    in_threads(1, lambda _: epochs.append(sequencer.take_lead()))
    assert epochs[0] is None
    assert epochs[1] is not None


def test_sequencer_goes_on_when_a_row_bypassed_the_writer(log):
    for body in (b"not json", b'{"type":1}', b"[" * 60_000, b'{"at":"never"}'):
        InboxEntry.objects.create(
            entry_id=uuid.uuid4(), body=body, leaf_hash=merkle.leaf_hash(body)
        )
    log.append()
    assert log.sequence() == 5
    failed = {failure.index for failure in log.verify().failures}
    assert failed == {0, 1, 2, 3}


def test_tiles_and_proofs_are_right_past_a_full_tile(log):
    for _ in range(600):
        InboxEntry.objects.create(**_raw_row(log))
    log.sign()
    assert Tile.objects.count() == 2
    report = log.verify()
    assert report.ok, report.failures
    for index in (0, 255, 256, 511, 512, 599):
        view = queries.entry(Entry.objects.get(index=index).entry_id)
        proof = queries.inclusion_proof(view.id)
        assert merkle.inclusion_holds(
            view.leaf_hash,
            proof.index,
            proof.tree_size,
            path=proof.path,
            root=proof.root,
        )


def _raw_row(log):
    receipt = ledger.new_id(log.tick())
    document = ledger._describe(collection_created(), receipt, by=ADA, at=log.at)
    body = canonical.encode(document)
    return {"entry_id": receipt, "body": body, "leaf_hash": merkle.leaf_hash(body)}


def test_proof_comes_with_sequence_and_signature(log):
    receipt = log.append()
    with pytest.raises(NotYetSequenced):
        queries.inclusion_proof(receipt.entry_id)
    assert queries.wait_for_proof(receipt.entry_id, timeout_seconds=0) is None
    log.sequence()
    with pytest.raises(NotYetSigned):
        queries.inclusion_proof(receipt.entry_id)
    log.sign()
    proof = queries.wait_for_proof(receipt.entry_id, timeout_seconds=0)
    assert proof.leaf_hash == receipt.leaf_hash
    assert proof.checkpoint == queries.latest_checkpoint().note


def test_proof_refuses_when_there_is_no_such_entry(log):
    with pytest.raises(EntryUnknown):
        queries.inclusion_proof(uuid.uuid4())


def test_entries_are_listed_newest_first_and_filtered(log):
    log.fill(3)
    query = log.append(query_received())
    log.by = ADA.__class__(ADA.kind, "user:8", "Bob", "session")
    log.append()
    assert queries.entry(query.entry_id).index is None
    log.sequence()
    view = queries.entry(query.entry_id)
    assert (view.index, view.type, view.actor) == (3, "query.received", ADA)
    assert [v.index for v in queries.entries(limit=2)] == [4, 3]
    assert [v.index for v in queries.entries(limit=2, before_index=3)] == [2, 1]
    assert [v.index for v in queries.entries(limit=9, types=["query.received"])] == [3]
    assert [v.index for v in queries.entries(limit=9, actor_id="user:8")] == [4]
    assert [v.index for v in queries.entries_after(2, limit=9)] == [3, 4]


def test_ledger_state_tells_how_far_each_part_is(log):
    log.fill(2)
    log.append()
    log.sequence()
    waiting = log.append()
    state = queries.ledger_state()
    assert (state.signed_size, state.tree_size, state.inbox_depth) == (2, 3, 1)
    assert state.oldest_inbox_at == waiting.recorded_at
    assert state.alarms == ()


class TestSealedContent:
    QUESTION = "Is my chest pain serious?"

    def read(self, log, *receipts):
        return disclosure.read_sealed(
            [receipt.entry_id for receipt in receipts],
            by=ADA,
            at=log.tick(),
            purpose="audit_review",
            surface="web",
            subject_ids=("a1",),
        )

    def test_it_is_read_back_and_the_reading_is_recorded_first(self, log):
        receipt = log.append(query_received(), question=self.QUESTION)
        found = self.read(log, receipt)
        assert found == {receipt.entry_id: {"question": self.QUESTION}}
        log.sequence()
        view = queries.entries(limit=1)[0]
        assert view.type == "content.disclosed"
        assert view.fields["entry_ids"] == [str(receipt.entry_id)]
        assert view.fields["answer_ids"] == ["a1"]

    def test_no_leaf_holds_it(self, log):
        receipt = log.append(query_received(), question=self.QUESTION)
        view = queries.entry(receipt.entry_id)
        assert b"chest" not in view.entry_bytes
        assert view.has_sealed

    def test_its_key_is_committed_even_when_the_entry_rolls_back(self, log):
        with transaction.atomic():
            ledger.append(query_received(), by=ADA, at=START, sealed={"question": "?"})
            transaction.set_rollback(True)
        assert DataKey.objects.using("keys").count() == 1
        assert not Payload.objects.exists()
        assert log.verify().ok

    def test_it_is_left_out_when_its_key_was_destroyed(self, log):
        receipt = log.append(query_received(), question=self.QUESTION)
        kept = log.append(query_received("a2"), question="kept")
        DataKey.objects.using("keys").filter(id=receipt.entry_id).update(
            wrapped=None, destroyed_at=START
        )
        assert self.read(log, receipt, kept) == {kept.entry_id: {"question": "kept"}}
        log.sign()
        (failure,) = log.verify().failures
        assert failure.message == "the key was destroyed, and no entry says so"

    def test_reading_refuses_but_is_recorded_when_the_key_is_lost(self, log):
        receipt = log.append(query_received(), question=self.QUESTION)
        with tampering("audit_datakey", alias="keys") as execute:
            execute("DELETE FROM audit_datakey")
        with pytest.raises(DataKeyLost):
            self.read(log, receipt)
        log.sequence()
        assert queries.entries(limit=1)[0].type == "content.disclosed"

    def test_reading_refuses_when_two_payloads_were_exchanged(self, log):
        one = log.append(query_received(), question="one")
        log.append(query_received("a2"), question="two")
        with tampering("audit_payload") as execute:
            execute(
                "UPDATE audit_payload SET ciphertext ="
                " (SELECT ciphertext FROM audit_payload WHERE entry_id <> %s)"
                " WHERE entry_id = %s",
                [one.entry_id, one.entry_id],
            )
        with pytest.raises(PayloadCorrupt):
            self.read(log, one)

    def test_reading_refuses_when_nothing_was_sealed(self, log):
        with pytest.raises(NothingSealed):
            self.read(log, log.append())

    def test_reading_refuses_when_it_cannot_be_recorded(self, log):
        receipt = log.append(query_received(), question=self.QUESTION)
        with connection.cursor() as cursor:
            cursor.execute("SET default_transaction_read_only = on")
        try:
            with pytest.raises(LedgerUnavailable):
                self.read(log, receipt)
        finally:
            connection.close()

    def test_nothing_is_recorded_when_database_keys_is_read_only(self, log):
        with connections["keys"].cursor() as cursor:
            cursor.execute("SET default_transaction_read_only = on")
        try:
            with pytest.raises(LedgerUnavailable):
                log.append(query_received(), question=self.QUESTION)
            with pytest.raises(LedgerUnavailable):
                queries.check_can_record()
        finally:
            connections["keys"].close()
        assert not InboxEntry.objects.exists()


LONG = token_urlsafe(30_000)


@pytest.mark.parametrize(
    "changed",
    [
        {"actor": {"id": LONG}},
        {"type": LONG},
        {"at": "infinity"},
        {"at": "-infinity"},
        {"at": "99999-01-01T00:00:00Z"},
        {"at": "0044-03-15 00:00:00 BC"},
        {"at": "9999-12-31T23:59:59-14:00"},
    ],
    ids=["actor", "type", "never", "before all", "too late", "too early", "edge"],
)
def test_row_past_the_writer_stops_neither_log_nor_verification(log, changed):
    log.fill(1)
    told = canonical.decode_object(bytes(Entry.objects.get().body))
    body = canonical.encode(told | {"id": str(uuid.uuid4())} | changed)
    InboxEntry.objects.create(
        entry_id=canonical.decode_object(body)["id"],
        body=body,
        leaf_hash=merkle.leaf_hash(body),
    )
    log.fill(1)
    assert ("entry", 1) in {(f.layer, f.index) for f in log.verify().failures}


POISON = {
    "bytes": b"\xff\x00 no text",
    "no_json": b"{",
    "a_list": b"[]",
    "nothing": b"{}",
    "fields_missing": '"fields":{}',
    "unknown_field": '"fields":{"name":5}',
    "field_of_another_type": '"fields":{"answer_id":5,"app":"ward","as_of":"","collections":[],"policy":"","purpose":""}',
    "naive_time": '"at":"2026-11-23T05:00:00"',
    "nobody": '"actor":{"kind":"ghost"}',
}


def spoiled(body, how):
    """The entry with its bytes replaced, or with one member that it may not have."""
    put = POISON[how]
    if isinstance(put, bytes):
        return put
    member = canonical.decode_object(f"{{{put}}}".encode())
    return canonical.encode(canonical.decode_object(body) | member)


@pytest.mark.parametrize("how", sorted(POISON))
def test_row_that_the_writer_would_never_write_is_shown_as_unreadable(log, how):
    query = log.append(query_received())
    first, last = log.fill(2)
    whole = queries.entries(limit=5)
    assert all(one.is_readable for one in whole)
    body = spoiled(bytes(Entry.objects.get(index=0).body), how)
    with tampering("audit_entry") as execute:
        execute(
            "UPDATE audit_entry SET body = %s, leaf_hash = sha256(%s) WHERE index = 0",
            [body, b"\x00" + body],
        )
    newest = queries.entries(limit=5)
    assert newest[:2] == whole[:2]
    assert [one.id for one in newest] == [last.entry_id, first.entry_id, query.entry_id]
    stand_in = newest[-1]
    assert (stand_in.type, stand_in.index, stand_in.is_readable) == (
        "unreadable", 0, False
    )  # fmt: skip
    assert stand_in.entry_bytes == body
    assert stand_in.leaf_hash == merkle.leaf_hash(body)
    assert queries.entries_after(-1, limit=1) == [stand_in] == [
        queries.entry(query.entry_id)
    ]  # fmt: skip
    assert queries.open_queries(log.tick(), 5) == []
    named = {failure.index for failure in log.verify().failures}
    assert 0 in named


def test_poison_in_the_inbox_is_shown_and_stops_no_reader(log):
    entry_id, body = new_id(log.tick()), b"\xff no entry"
    with tampering("audit_inboxentry") as execute:
        execute(
            "INSERT INTO audit_inboxentry (entry_id, body, leaf_hash)"
            " VALUES (%s, %s, sha256(%s))",
            [entry_id, body, b"\x00" + body],
        )
    assert not queries.entry(entry_id).is_readable
    waits_since = queries.ledger_state().oldest_inbox_at
    assert abs(waits_since - log.at) < timedelta(milliseconds=1)
    log.sequence()
    lines = [*entry_lines(queries.entries(limit=1), form="jsonl")]
    assert json.loads(lines[0])["entry"] is None
    assert b64decode(json.loads(lines[0])["unreadable"]) == body
    assert "unreadable" in [*entry_lines(queries.entries(limit=1), form="csv")][1]
