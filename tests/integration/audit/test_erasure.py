"""Erasure and legal holds on two real databases: crashes, races, copies, tombstones."""

import json
import random
import threading
import time
from datetime import timedelta
from uuid import UUID, uuid4

import psycopg
import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.db import Error, connection, connections, transaction

from audit import disclosure, ledger, sealing
from audit.actors import Actor, ActorKind
from audit.custody import (
    authorizations,
    erasure,
    holds,
    key_holds,
    retention,
    rounds,
)
from audit.custody.authorizations import State
from audit.custody.erasure import ErasureState, ReasonClass
from audit.custody.errors import (
    BlockNotPrunable,
    HoldUnknown,
    ScopeInvalid,
    SubjectUnknown,
)
from audit.custody.retention import Floor
from audit.custody.scopes import Scope, ScopeKind
from audit.errors import (
    ApproverIsRequester,
    ContentHeld,
    DeciderIsNotAPerson,
    LedgerUnavailable,
    NotAuthorized,
)
from audit.events import AnswerRefused, RetrievedChunk
from audit.models import (
    DataKey,
    Entry,
    Erasure,
    InboxEntry,
    KeyHold,
    LegalHold,
    Payload,
)
from tests.conftest import ROLE_PASSWORD, as_role
from tests.integration.audit.conftest import (
    ADA,
    in_threads,
    query_received,
)

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "keys"])

BOB = Actor(ActorKind.PERSON, "user:8", "Bob", "session")
TASK = Actor(ActorKind.SYSTEM, "task:custody", "Custody", "task")
ALIASES = ("default", "keys")
PATIENT = "mrn:0042-7"
EVERYTHING = Scope(ScopeKind.EVERYTHING)
EVERYTHING_ELSE = Scope(ScopeKind.ENTRY, UUID(int=3))


def sealed_for(log, *subjects, text="Chest pain"):
    with transaction.atomic():
        return ledger.append(
            query_received(),
            by=ADA,
            at=log.tick(),
            sealed={"question": text},
            subjects=subjects,
        )


def ended(log, query, version="v1"):
    event = AnswerRefused(
        query_entry_id=str(query.entry_id),
        answer_id="a1",
        outcome="no_evidence",
        retrieved=(
            RetrievedChunk(
                chunk_id="c", content_sha256="00", version_id=version, rank=1, score="1"
            ),
        ),
        template="t",
        template_sha256="00",
        model="m",
        policy="p",
    )
    with transaction.atomic():
        return ledger.append(event, by=ADA, at=log.tick(), sealed={"result": "no"})


def approved(log, scope):
    asked = erasure.request(
        scope,
        reason_class=ReasonClass.SUBJECT_REQUEST,
        reason="Letter of the 5th",
        by=ADA,
        at=log.tick(),
    )
    return authorizations.approve(asked.id, by=BOB, at=log.tick()).id


def erased(log, scope):
    return erasure.execute(approved(log, scope), by=BOB, at=log.tick())


def readable(log, *receipts):
    found = disclosure.read_sealed(
        [receipt.entry_id for receipt in receipts],
        by=ADA,
        at=log.tick(),
        purpose="audit_review",
        surface="test",
    )
    return [receipt.entry_id in found for receipt in receipts]


def told(kind):
    rows = [*Entry.objects.order_by("index"), *InboxEntry.objects.order_by("pk")]
    entries = [json.loads(bytes(row.body)) for row in rows]
    return [entry["fields"] for entry in entries if entry["type"] == kind]


def test_erasure_leaves_proofs_and_tombstones_and_nothing_to_read(log):
    mine, other = sealed_for(log, PATIENT), sealed_for(log, "another")
    log.sign()
    done = erased(log, Scope.of_subject(PATIENT))
    assert (done.state, done.keys) == (ErasureState.DONE, 2)
    assert done.backups_gone_at == done.ended_at + timedelta(days=7)
    assert readable(log, mine, other) == [False, True]
    (tombstone,) = told("content.erased")
    assert tombstone["entries"] == [
        {"entry_id": str(mine.entry_id), "key_id": str(mine.entry_id), "index": 0}
    ]
    assert (tombstone["requested_by"], tombstone["approved_by"]) == (ADA.id, BOB.id)
    assert tombstone["reason_class"] == "subject_request"
    assert tombstone["authorization_id"] == str(done.authorization_id)
    log.sign()
    assert log.verify().failures == ()
    assert PATIENT not in json.dumps([told(kind) for kind in ("content.erased",)])


def test_no_copy_opens_with_any_key_that_is_left(log, settings):
    mine = sealed_for(log, PATIENT)
    copy = bytes(Payload.objects.get(entry_id=mine.entry_id).ciphertext)
    erased(log, Scope.of_subject(PATIENT))
    row = DataKey.objects.using("keys").get(pk=mine.entry_id)
    assert row.wrapped is None
    assert (
        sealing.open_data_keys([mine.entry_id], wrapped_by=sealing.key_wrapper()) == {}
    )
    for key in sealing.FileWrapper.read(settings.CLINRAG_DEPLOYMENT_KEY_FILE).keys:
        with pytest.raises(InvalidTag):
            AESGCM(key).decrypt(copy[:12], copy[12:], None)


def test_question_is_erased_with_its_end_and_an_entry_alone(log):
    one, two = sealed_for(log), sealed_for(log)
    end = ended(log, one)
    erased(log, Scope(ScopeKind.QUESTION, one.entry_id))
    assert readable(log, one, end, two) == [False, False, True]
    erased(log, Scope(ScopeKind.ENTRY, two.entry_id))
    assert readable(log, two) == [False]


def test_many_entries_get_more_than_one_tombstone(log, monkeypatch):
    monkeypatch.setattr(erasure, "ENTRIES_A_TOMBSTONE", 2)
    for _ in range(5):
        sealed_for(log, PATIENT)
    erased(log, Scope.of_subject(PATIENT))
    parts = told("content.erased")
    assert [(part["part"], part["parts"]) for part in parts] == [(1, 3), (2, 3), (3, 3)]
    assert sum(len(part["entries"]) for part in parts) == 5


def test_erasure_needs_two_people_the_same_scope_and_happens_once(log):
    sealed_for(log, PATIENT)
    scope = Scope.of_subject(PATIENT)
    how = {"reason_class": ReasonClass.COURT_ORDER, "reason": "r", "by": ADA}
    asked = erasure.request(scope, **how, at=log.tick())
    with pytest.raises(ApproverIsRequester):
        authorizations.approve(asked.id, by=ADA, at=log.tick())
    with pytest.raises(NotAuthorized):
        erasure.execute(asked.id, by=ADA, at=log.tick())
    authorizations.approve(asked.id, by=BOB, at=log.tick())
    erasure.execute(asked.id, by=ADA, at=log.tick())
    with pytest.raises(NotAuthorized):
        erasure.execute(asked.id, by=ADA, at=log.tick())
    with pytest.raises(SubjectUnknown):
        Scope.of_subject(PATIENT)


@pytest.mark.parametrize("kind", [ScopeKind.TIME, ScopeKind.EVERYTHING])
def test_whole_times_are_not_erased(log, kind):
    since = log.at if kind is ScopeKind.TIME else None
    with pytest.raises(ScopeInvalid):
        erasure.request(
            Scope(kind, since=since),
            reason_class=ReasonClass.OTHER,
            reason="r",
            by=ADA,
            at=log.tick(),
        )


def test_crash_before_the_keys_are_destroyed_is_resumed(log):
    mine = sealed_for(log, PATIENT)
    erasure.begin(approved(log, Scope.of_subject(PATIENT)), by=BOB, at=log.tick())
    assert readable(log, mine) == [True]
    assert erasure.resume(by=TASK, at=log.tick()) == 1
    assert erasure.resume(by=TASK, at=log.tick()) == 0
    assert readable(log, mine) == [False]
    assert len(told("content.erased")) == 1


def test_crash_after_the_keys_were_destroyed_ends_with_a_tombstone(log, monkeypatch):
    mine = sealed_for(log, PATIENT)
    good = approved(log, Scope.of_subject(PATIENT))
    monkeypatch.setattr(erasure, "_bury", crash)
    with pytest.raises(LedgerUnavailable):
        erasure.execute(good, by=BOB, at=log.tick())
    monkeypatch.undo()
    assert readable(log, mine) == [False]
    assert told("content.erased") == []
    holds.place(EVERYTHING, reason="Claim", by=ADA, at=log.tick())  # too late
    assert erasure.resume(by=TASK, at=log.tick()) == 1
    (tombstone,) = told("content.erased")
    assert tombstone["entries"][0]["entry_id"] == str(mine.entry_id)
    log.sign()
    assert log.verify().ok


def crash(*_arguments, **_options):
    raise LedgerUnavailable("crash")


def test_hold_between_intent_and_destruction_stops_the_erasure(log):
    mine = sealed_for(log, PATIENT)
    begun = erasure.begin(
        approved(log, Scope.of_subject(PATIENT)), by=BOB, at=log.tick()
    )
    hold = holds.place(EVERYTHING, reason="Claim", by=ADA, at=log.tick())
    assert erasure.resume(by=TASK, at=log.tick()) == 1
    assert erasure.by_id(begun).state is ErasureState.STOPPED
    assert told("content.erasure_stopped")[0]["hold_ids"] == [str(hold.id)]
    assert readable(log, mine) == [True]


def test_check_after_the_backups_aged_out_is_recorded(log):
    sealed_for(log, PATIENT)
    done = erased(log, Scope.of_subject(PATIENT))
    assert erasure.check_due(by=TASK, at=log.tick()) == 0
    log.at += timedelta(days=8)
    assert erasure.check_due(by=TASK, at=log.tick()) == 1
    (checked,) = told("content.erasure_checked")
    assert (checked["keys"], checked["keys_found"]) == (2, 0)
    assert erasure.by_id(done.id).state is ErasureState.CHECKED


def test_round_does_all_that_time_brings_about(log):
    sealed_for(log, PATIENT)
    erasure.begin(approved(log, Scope.of_subject(PATIENT)), by=BOB, at=log.tick())
    approved(log, EVERYTHING_ELSE)
    assert rounds.keep(at=log.tick()) == rounds.Round(0, 0, 1, 0, 0)
    log.at += timedelta(days=8)
    assert rounds.keep(at=log.tick()) == rounds.Round(0, 1, 0, 1, 0)
    assert rounds.keep(at=log.tick()) == rounds.Round(0, 0, 0, 0, 0)


def test_key_that_a_restored_backup_brought_back_is_destroyed_again(log):
    mine = sealed_for(log, PATIENT)
    with connections["keys"].cursor() as cursor:
        cursor.execute("CREATE TEMP TABLE kept AS TABLE audit_datakey")
    erased(log, Scope.of_subject(PATIENT))
    with connections["keys"].cursor() as cursor:
        cursor.execute("ALTER TABLE audit_datakey DISABLE TRIGGER only_ends")
        cursor.execute(
            "UPDATE audit_datakey AS now SET wrapped = kept.wrapped,"
            " destroyed_at = NULL FROM kept WHERE kept.id = now.id"
        )
        cursor.execute("ALTER TABLE audit_datakey ENABLE ALWAYS TRIGGER only_ends")
        cursor.execute("DROP TABLE kept")
    for found, state in ((1, ErasureState.DONE), (0, ErasureState.CHECKED)):
        log.at += timedelta(days=8)
        assert erasure.check_due(by=TASK, at=log.tick()) == 1
        assert told("content.erasure_checked")[-1]["keys_found"] == found
        assert Erasure.objects.get().state == state
    assert readable(log, mine) == [False]


def scopes_on(log, query):
    return {
        "subject": Scope.of_subject(PATIENT),
        "question": Scope(ScopeKind.QUESTION, query.entry_id),
        "entry": Scope(ScopeKind.ENTRY, query.entry_id),
        "version": Scope(ScopeKind.VERSION, UUID(int=9)),
        "time": Scope(ScopeKind.TIME, since=log.at - timedelta(days=1)),
        "everything": EVERYTHING,
    }


@pytest.mark.parametrize("kind", ScopeKind)
def test_hold_blocks_erasure_until_two_people_release_it(log, kind):
    mine = sealed_for(log, PATIENT)
    ended(log, mine, version=str(UUID(int=9)))
    log.sequence()
    hold = holds.place(
        scopes_on(log, mine)[kind], reason="Claim", by=ADA, at=log.tick()
    )
    assert holds.is_held([mine.entry_id])
    good = approved(log, Scope.of_subject(PATIENT))
    with pytest.raises(ContentHeld):
        erasure.execute(good, by=BOB, at=log.tick())
    with pytest.raises(ContentHeld):
        sealing.destroy_keys([mine.entry_id], at=log.tick())
    assert authorizations.by_id(good).state is State.APPROVED
    assert readable(log, mine) == [True]
    released(log, hold)
    assert not holds.is_held([mine.entry_id])
    assert erasure.execute(good, by=BOB, at=log.tick()).state is ErasureState.DONE


def released(log, hold):
    asked = holds.request_release(hold.id, reason="Settled", by=ADA, at=log.tick())
    with pytest.raises(NotAuthorized):
        holds.release(hold.id, authorization_id=asked.id, by=BOB, at=log.tick())
    authorizations.approve(asked.id, by=BOB, at=log.tick())
    holds.release(hold.id, authorization_id=asked.id, by=BOB, at=log.tick())
    with pytest.raises(HoldUnknown):
        holds.release(hold.id, authorization_id=asked.id, by=BOB, at=log.tick())


@pytest.mark.parametrize("kind", ["question", "entry", "version", "time"])
def test_hold_on_something_else_leaves_content_alone(log, kind):
    mine, other = sealed_for(log, PATIENT), sealed_for(log)
    ended(log, mine), ended(log, other, version=str(UUID(int=9)))
    log.sequence()
    scope = scopes_on(log, other)[kind]
    if kind == "time":
        scope = Scope(ScopeKind.TIME, until=log.at - timedelta(days=1))
    holds.place(scope, reason="Claim", by=ADA, at=log.tick())
    assert erased(log, Scope.of_subject(PATIENT)).state is ErasureState.DONE


def test_hold_of_a_question_covers_its_end_that_came_later(log):
    mine = sealed_for(log)
    holds.place(
        Scope(ScopeKind.QUESTION, mine.entry_id), reason="Claim", by=ADA, at=log.tick()
    )
    end = ended(log, mine)
    assert holds.mirror(at=log.tick()) == 1
    with pytest.raises(ContentHeld):
        sealing.destroy_keys([end.entry_id], at=log.tick())
    good = approved(log, Scope(ScopeKind.ENTRY, end.entry_id))
    with pytest.raises(ContentHeld):
        erasure.execute(good, by=BOB, at=log.tick())


def test_hold_is_placed_by_a_person_with_a_reason_that_no_entry_shows(log):
    with pytest.raises(DeciderIsNotAPerson):
        holds.place(EVERYTHING, reason="Claim", by=TASK, at=log.tick())
    holds.place(EVERYTHING, reason="Claim of Mr Smith", by=ADA, at=log.tick())
    assert len(told("hold.placed")) == 1
    assert not any(b"Smith" in bytes(row.body) for row in InboxEntry.objects.all())


def test_mirror_mends_what_a_crash_left_in_either_database(log):
    hold = holds.place(EVERYTHING, reason="Claim", by=ADA, at=log.tick())
    orphan = KeyHold.objects.using("keys").create(
        id=uuid4(), hold_id=uuid4(), placed_at=log.at
    )
    key_holds.seal(orphan.hold_id)
    with connections["keys"].cursor() as cursor:
        cursor.execute("ALTER TABLE audit_keyhold DISABLE TRIGGER only_ends")
        cursor.execute("DELETE FROM audit_keyhold WHERE hold_id = %s", [hold.id])
        cursor.execute("ALTER TABLE audit_keyhold ENABLE ALWAYS TRIGGER only_ends")
    assert holds.mirror(at=log.tick()) == 2
    assert holds.mirror(at=log.tick()) == 0
    mirrored = KeyHold.objects.using("keys").filter(released_at=None)
    assert [row.hold_id for row in mirrored] == [hold.id]
    orphan.refresh_from_db(using="keys")
    assert orphan.released_at is not None


def test_hold_racing_an_erasure_comes_wholly_before_or_after_it(log):
    """Thirty rounds with real sessions: never held and destroyed by a later act."""
    outcomes = set()
    for _ in range(30):
        mine = sealed_for(log, PATIENT)
        scope = Scope.of_subject(PATIENT)
        good, placed, stopped = approved(log, scope), [], []
        race(log, scope, good, placed, stopped)
        (there,) = readable(log, mine)
        assert there == bool(stopped)
        assert holds.is_held([mine.entry_id])
        outcomes.add(there)
        released(log, placed[0])
    assert outcomes == {True, False}


def race(log, scope, good, placed, stopped):
    start = threading.Barrier(2)

    def work(number):
        start.wait()
        time.sleep(number * random.random() / 5)  # an erasure takes longer
        if number:
            placed.append(holds.place(scope, reason="r", by=ADA, at=log.tick()))
            return
        try:
            view = erasure.execute(good, by=BOB, at=log.tick())
        except ContentHeld:
            stopped.append(None)
        else:
            stopped.extend([view] if view.state is ErasureState.STOPPED else [])

    in_threads(2, work)


def test_key_destroyed_past_the_actions_is_found_by_verification(log):
    sealed_for(log), sealed_for(log)
    mine = sealed_for(log, PATIENT)
    log.sign()
    assert log.verify().ok
    sealing.destroy_keys([mine.entry_id], at=log.tick())
    (failure,) = log.verify().failures
    assert (failure.layer, failure.index) == ("key", 2)
    assert "no entry says so" in failure.message


def test_erasure_under_way_is_no_failure(log, monkeypatch):
    sealed_for(log, PATIENT)
    log.sign()
    good = approved(log, Scope.of_subject(PATIENT))
    monkeypatch.setattr(erasure, "_bury", crash)
    with pytest.raises(LedgerUnavailable):
        erasure.execute(good, by=BOB, at=log.tick())
    log.sign()
    assert log.verify().ok


@pytest.fixture
def as_application(log, postgres):
    """Every session of this test has the application's rights, in both databases."""
    mine = {alias: dict(connections[alias].settings_dict) for alias in ALIASES}
    rights = {"USER": "clinrag_app", "PASSWORD": ROLE_PASSWORD}
    for alias in ALIASES:
        connections[alias].close()
        connections[alias].settings_dict.update(rights)
    yield log
    for alias in ALIASES:
        connections[alias].close()
        connections[alias].settings_dict.update(mine[alias])


def test_application_role_may_do_all_of_it(as_application):
    log = as_application
    mine = sealed_for(log, PATIENT)
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user")
        assert cursor.fetchone() == ("clinrag_app",)
    hold = holds.place(EVERYTHING, reason="Claim", by=ADA, at=log.tick())
    good = approved(log, Scope.of_subject(PATIENT))
    with pytest.raises(ContentHeld):
        erasure.execute(good, by=BOB, at=log.tick())
    released(log, hold)
    holds.mirror(at=log.tick())
    assert erasure.execute(good, by=BOB, at=log.tick()).state is ErasureState.DONE
    assert readable(log, mine) == [False]
    log.at += timedelta(days=8)
    assert rounds.keep(at=log.tick()).checked == 1
    pruning = retention.request_pruning(0, reason="r", by=ADA, at=log.tick())
    authorizations.approve(pruning.id, by=BOB, at=log.tick())
    floor = Floor("answer", "A law", 12, log.at.date())
    retention.set_floor(floor, by=ADA, at=log.tick())
    with pytest.raises(BlockNotPrunable, match="whole and signed"):
        retention.prune(0, authorization_id=pruning.id, by=BOB, at=log.tick())


RAW = {
    "a hold without its entry": """
        INSERT INTO audit_legalhold (id, kind, scope, reason, placed_by, placed_by_name,
            placed_at, placed_entry_id) VALUES (gen_random_uuid(), 'everything', '{}',
            '', '', '', now(), gen_random_uuid())""",
    "releasing a hold alone": """
        UPDATE audit_legalhold SET released_at = now(),
            released_entry_id = placed_entry_id, authorization_id = id""",
    "an erasure that nobody agreed to": """
        INSERT INTO audit_erasure (id, authorization_id, kind, scope, reason_class,
            key_ids, subject_ids, state, begun_at) VALUES (gen_random_uuid(),
            gen_random_uuid(), 'entry', '{}', 'other', '{}', '{}', 'begun', now())""",
    "deleting a hold": "DELETE FROM audit_legalhold",
    "deleting an erasure": "DELETE FROM audit_erasure",
    "emptying the holds": "TRUNCATE audit_legalhold",
}


@pytest.mark.parametrize("what", RAW)
@pytest.mark.parametrize("role", ["clinrag_app", "superuser", "replica"])
def test_raw_statement_is_refused(log, postgres, what, role):
    sealed_for(log, PATIENT)
    erased(log, Scope.of_subject(PATIENT))
    holds.place(EVERYTHING, reason="Claim", by=ADA, at=log.tick())
    with pytest.raises((Error, psycopg.Error), match=r"refused|denied"):
        run_as(postgres, role, RAW[what])
    assert LegalHold.objects.filter(released_at=None).count() == 1


def run_as(postgres, role, statement):
    if role == "clinrag_app":
        with as_role(postgres, role) as other:
            other.execute(statement)
        return
    with transaction.atomic(), connection.cursor() as cursor:
        if role == "replica":
            cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(statement)
