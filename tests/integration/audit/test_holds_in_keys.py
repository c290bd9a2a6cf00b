"""Holds as database `keys` has them: sealed against a stolen role, and found by index."""

from uuid import UUID, uuid4

import psycopg
import pytest
from django.db import Error, connection, transaction

from audit import sealing
from audit.custody import authorizations, erasure, holds, key_holds
from audit.custody.erasure import ErasureState
from audit.custody.scopes import Scope, ScopeKind
from audit.errors import ContentHeld
from audit.models import HoldSeal, InboxEntry, KeyHold, LegalHold
from tests.conftest import as_role
from tests.integration.audit.conftest import ADA
from tests.integration.audit.test_erasure import (
    BOB,
    EVERYTHING,
    PATIENT,
    approved,
    ended,
    erased,
    released,
    sealed_for,
)
from tests.integration.audit.test_keys import as_app_on_keys

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "keys"])

VERSION = UUID(int=9)
OF_VERSION = Scope(ScopeKind.VERSION, VERSION)
RELEASE = """
UPDATE audit_keyhold SET released_at = now(), release_entry_id = gen_random_uuid(),
    release_token = %s
"""
PLACE = """
INSERT INTO audit_keyhold (id, hold_id, placed_at, release_hash)
VALUES (gen_random_uuid(), gen_random_uuid(), now(), %s)
"""
INDEX = "entry_by_version_read"


def in_force():
    return KeyHold.objects.using("keys").filter(released_at=None)


def token_of(postgres, hold_id):
    """As the application's role gets it in the records."""
    with as_role(postgres, "clinrag_app") as other:
        row = other.execute("SELECT audit_open_hold(%s)", [hold_id]).fetchone()
    return row and row[0]


def test_application_ends_a_hold_in_keys_only_when_two_people_released_it(
    log, postgres, monkeypatch
):
    hold = holds.place(EVERYTHING, reason="Claim", by=ADA, at=log.tick())
    asked = holds.request_release(hold.id, reason="r", by=ADA, at=log.tick())
    authorizations.approve(asked.id, by=BOB, at=log.tick())
    with as_app_on_keys(postgres) as other:
        for guess in (None, b"x" * 32, bytes(in_force().get().release_hash)):
            with pytest.raises(psycopg.errors.InsufficientPrivilege, match="token"):
                other.execute(RELEASE, [guess])
        assert token_of(postgres, hold.id) is None
        monkeypatch.setattr(key_holds, "release", lambda _row: 0)
        holds.release(hold.id, authorization_id=asked.id, by=BOB, at=log.tick())
        assert in_force().count() == 1
        other.execute(RELEASE, [token_of(postgres, hold.id)])
    assert in_force().count() == 0


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_keyhold SET release_hash = sha256('x')",
        "UPDATE audit_keyhold SET key_ids = '{}'",
        "UPDATE audit_keyhold SET covered_to = 10",
        "DELETE FROM audit_keyhold",
        "TRUNCATE audit_keyhold",
    ],
)
def test_application_changes_nothing_else_of_a_hold_in_keys(log, postgres, statement):
    holds.place(EVERYTHING, reason="Claim", by=ADA, at=log.tick())
    with (
        as_app_on_keys(postgres) as other,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        other.execute(statement)


def test_hold_in_keys_is_refused_when_it_has_no_hash_to_end_by(log, postgres):
    with as_app_on_keys(postgres) as other:
        other.execute(PLACE, [b"h" * 32])
        for short in (None, b"h" * 31):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                other.execute(PLACE, [short])
    assert in_force().count() == 1


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT token FROM audit_holdseal",
        "UPDATE audit_holdseal SET opened_at = NULL",
        "INSERT INTO audit_holdseal VALUES (gen_random_uuid(), 'x')",
        "DELETE FROM audit_holdseal",
    ],
)
@pytest.mark.parametrize(
    "role", ["clinrag_app", "clinrag_sequencer", "clinrag_signer", "clinrag_anchor"]
)
def test_no_role_reads_or_changes_a_token(log, postgres, role, statement):
    holds.place(EVERYTHING, reason="Claim", by=ADA, at=log.tick())
    with (
        as_role(postgres, role) as other,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        other.execute(statement)


@pytest.mark.parametrize("role", ["clinrag_sequencer", "clinrag_anchor"])
def test_no_other_role_asks_for_a_token(log, postgres, role):
    with (
        as_role(postgres, role) as other,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        other.execute("SELECT audit_open_hold(gen_random_uuid())")


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_holdseal SET token = 'x'",
        "UPDATE audit_holdseal SET hold_id = gen_random_uuid()",
        "DELETE FROM audit_holdseal",
        "TRUNCATE audit_holdseal",
    ],
)
def test_seal_is_kept_from_its_owner_too(log, statement):
    holds.place(EVERYTHING, reason="Claim", by=ADA, at=log.tick())
    with (
        pytest.raises(Error, match="refused"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)


def test_hold_is_refused_when_its_token_was_given_out_before(
    log, postgres, monkeypatch
):
    hold_id = uuid4()
    monkeypatch.setattr(holds, "new_id", lambda _at: hold_id)
    key_holds.seal(hold_id)
    assert len(token_of(postgres, hold_id)) == 32
    with pytest.raises(Error, match="seal"):
        holds.place(EVERYTHING, reason="Claim", by=ADA, at=log.tick())
    assert HoldSeal.objects.get().opened_at is not None
    monkeypatch.undo()
    assert holds.place(EVERYTHING, reason="Claim", by=ADA, at=log.tick())


def test_hold_whose_transaction_failed_is_released_in_keys(log, monkeypatch):
    sealed_for(log, PATIENT)

    mirror = key_holds.mirror

    def crash(row, *, sealed_with):
        mirror(row, sealed_with=sealed_with)
        raise Error

    monkeypatch.setattr(key_holds, "mirror", crash)
    with pytest.raises(Error):
        holds.place(EVERYTHING, reason="Claim", by=ADA, at=log.tick())
    assert (LegalHold.objects.count(), in_force().count()) == (0, 1)
    assert holds.mirror(at=log.tick()) == 1
    assert erased(log, Scope.of_subject(PATIENT)).state is ErasureState.DONE


def test_hold_of_before_the_seals_gets_rows_that_have_one(log):
    hold = holds.place(EVERYTHING, reason="Claim", by=ADA, at=log.tick())
    in_force().update(released_at=log.at, release_entry_id=uuid4())
    KeyHold.objects.using("keys").create(
        id=uuid4(), hold_id=hold.id, placed_at=hold.placed_at
    )
    assert holds.mirror(at=log.tick()) == 1
    assert in_force().exclude(release_hash=None).count() == 1
    released(log, hold)
    assert in_force().count() == 0


# What a hold on a version finds ----------------------------------------------------


def answers(log, count, version=VERSION):
    queries = [sealed_for(log) for _ in range(count)]
    ends = [ended(log, query, version=str(version)) for query in queries]
    return {one.entry_id for one in (*queries, *ends)}


def held_keys():
    return {key for row in in_force() for key in row.key_ids or ()}


@pytest.mark.parametrize("stretch", [1, 3, 1 << 17])
def test_hold_on_a_version_covers_answers_old_new_and_waiting(
    log, monkeypatch, stretch
):
    monkeypatch.setattr(key_holds, "STRETCH", stretch)
    mine = answers(log, 2)
    answers(log, 2, version=UUID(int=8))
    log.sequence()
    mine |= answers(log, 1)
    holds.place(OF_VERSION, reason="Claim", by=ADA, at=log.tick())
    assert held_keys() == mine
    log.sequence()
    mine |= answers(log, 1)
    holds.mirror(at=log.tick())
    log.sequence()
    mine |= answers(log, 1)
    holds.mirror(at=log.tick())
    assert held_keys() == mine
    assert holds.mirror(at=log.tick()) == 0
    for entry_id in mine:
        with pytest.raises(ContentHeld):
            sealing.destroy_keys([entry_id], at=log.tick())


def looked_at(monkeypatch):
    seen = []
    found = key_holds._found

    def listen(statement, values):
        seen.append(values)
        return found(statement, values)

    monkeypatch.setattr(key_holds, "_found", listen)
    return seen


def test_round_looks_at_new_answers_only_when_a_version_is_held(log, monkeypatch):
    monkeypatch.setattr(key_holds, "NOTED_EVERY", 4)
    answers(log, 3), log.sequence()
    holds.place(OF_VERSION, reason="Claim", by=ADA, at=log.tick())
    answers(log, 3, version=UUID(int=8)), log.sequence()
    assert holds.mirror(at=log.tick()) == 1  # without keys: how far it has looked
    seen = looked_at(monkeypatch)
    assert holds.mirror(at=log.tick()) == 0
    assert seen == [["version", VERSION, 13]]  # with the entry of the hold itself


def test_erasure_of_another_is_begun_without_reading_old_answers(log, monkeypatch):
    answers(log, 3), log.sequence()
    holds.place(OF_VERSION, reason="Claim", by=ADA, at=log.tick())
    sealed_for(log, PATIENT)
    agreed = approved(log, Scope.of_subject(PATIENT))
    seen = looked_at(monkeypatch)
    erasure.begin(agreed, by=BOB, at=log.tick())
    assert seen == [["version", VERSION, 6]]


def test_whole_log_is_looked_at_again_when_it_is_shorter_than_before(log, monkeypatch):
    mine = answers(log, 1)
    log.sequence()
    holds.place(OF_VERSION, reason="Claim", by=ADA, at=log.tick())
    monkeypatch.setattr(key_holds, "_END", "SELECT 1::bigint")
    seen = looked_at(monkeypatch)
    holds.mirror(at=log.tick())
    assert seen[0] == [VERSION, 0, 1]
    assert held_keys() == mine


def test_answers_of_a_version_are_found_by_the_index(log):
    answers(log, 1), log.sequence()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("SET LOCAL enable_indexscan = off")
        cursor.execute(
            "EXPLAIN SELECT entry_id FROM audit_entry WHERE query_id IS NOT NULL"
            " AND audit_versions_read(body) @> ARRAY[%s]",
            [VERSION],
        )
        plan = "\n".join(line for (line,) in cursor.fetchall())
        cursor.execute("SELECT indexdef FROM pg_indexes WHERE indexname = %s", [INDEX])
        assert "USING gin (audit_versions_read(body))" in cursor.fetchone()[0]
    assert "audit_versions_read_idx" in plan


@pytest.mark.parametrize(
    "body",
    [
        b"\xff",
        b"{}",
        b"[1]",
        b'{"fields":{"retrieved":7}}',
        b'{"fields":{"retrieved":[{"version_id":"}{,\\u0000"}]}}',
        b'{"fields":{"retrieved":[{"version_id":"' + b"x" * 9000 + b'"}]}}',
        b'{"fields":{"retrieved":[{"version_id":[["' + b"[" * 9000 + b'"]]}]}}',
    ],
)
def test_row_that_bypassed_the_writer_stops_neither_log_nor_hold(log, body):
    fields = body.replace(b'{"fields":{', b'{"fields":{"query_entry_id":"%s",', 1)
    fields %= (str(VERSION).encode(),) if b"%s" in fields else ()
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO audit_inboxentry (entry_id, body, leaf_hash)"
            " VALUES (gen_random_uuid(), %(b)s, sha256('\\x00'::bytea || %(b)s))",
            {"b": fields},
        )
    mine = answers(log, 1)
    holds.place(OF_VERSION, reason="Claim", by=ADA, at=log.tick())
    log.sequence()
    assert not InboxEntry.objects.exists()
    holds.mirror(at=log.tick())
    assert held_keys() == mine
