"""Keys on real databases: of subjects, wrapped anew, ended, and what opens after it."""

import base64
from datetime import UTC, datetime
from uuid import UUID

import psycopg
import pytest
from django.core.management import call_command
from django.db import Error, connections, transaction

from audit import disclosure, ledger, sealing
from audit.errors import (
    ContentHeld,
    DeploymentKeyMissing,
    Erased,
    SubjectReferenceInvalid,
)
from audit.models import DataKey, Entry, KeyHold, Payload, ReferenceKey, SubjectKey
from audit.sealing.data_keys import keys_of_subject, living_keys
from audit.sealing.rewrapping import rewrap_batch
from tests.conftest import ROLE_PASSWORD
from tests.fake_transit import FakeTransit
from tests.integration.audit.conftest import ADA, in_threads, query_received

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "keys"])

AT = datetime(2026, 12, 1, tzinfo=UTC)
PATIENT = "mrn:0042-7"


def sealed_for(log, *subjects, text="?"):
    with transaction.atomic():
        receipt = ledger.append(
            query_received(),
            by=ADA,
            at=log.tick(),
            sealed={"question": text},
            subjects=subjects,
        )
    return receipt.entry_id


def read(log, *entry_ids):
    return disclosure.read_sealed(
        entry_ids, by=ADA, at=log.tick(), purpose="audit_review", surface="test"
    )


def subject_of(reference):
    return sealing.find_subject(reference, wrapped_by=sealing.key_wrapper())


def test_content_of_several_subjects_opens_and_ends_with_any_of_them(log):
    shared = sealed_for(log, "mother", "child", text="both")
    alone = sealed_for(log, "mother", text="one")
    assert read(log, shared, alone) == {
        shared: {"question": "both"},
        alone: {"question": "one"},
    }
    child = subject_of("child")
    assert keys_of_subject(child) == [shared]
    assert sealing.destroy_keys([], subject_ids=[child], at=AT) == 2
    assert read(log, shared, alone) == {alone: {"question": "one"}}
    assert living_keys([shared], [child]) == 0


def test_subject_that_comes_again_after_an_erasure_has_another_key(log):
    sealed_for(log, PATIENT)
    first = subject_of(PATIENT)
    sealing.destroy_keys([], subject_ids=[first], at=AT)
    assert subject_of(PATIENT) is None
    again = sealed_for(log, PATIENT, text="new")
    assert subject_of(PATIENT) not in (None, first)
    assert read(log, again) == {again: {"question": "new"}}


def test_reference_stands_in_no_column_of_either_database(log):
    sealed_for(log, PATIENT)
    log.sequence()
    for alias in ("default", "keys"):
        with connections[alias].cursor() as cursor:
            cursor.execute(
                "SELECT relname FROM pg_class WHERE relname LIKE 'audit_%'"
                " AND relkind IN ('r', 'p')"
            )
            for (table,) in cursor.fetchall():
                cursor.execute(f"SELECT t::text FROM {table} AS t")
                for (row,) in cursor.fetchall():
                    for spelt in (PATIENT, PATIENT.encode().hex(), "0042"):
                        assert spelt not in row, table


@pytest.mark.parametrize("reference", ["", " ", "a\nb", "x" * 201, " a", "a\x00"])
def test_odd_reference_is_refused(log, reference):
    sealed_for(log, "x" * 200)
    with pytest.raises(SubjectReferenceInvalid):
        sealed_for(log, reference)


def test_one_subject_key_is_made_when_many_meet_the_subject_at_once(log):
    in_threads(8, lambda _number: sealed_for(log, PATIENT))
    assert SubjectKey.objects.using("keys").count() == 1
    assert ReferenceKey.objects.using("keys").count() == 1
    assert len(keys_of_subject(subject_of(PATIENT))) == 8


def test_field_is_shown_alone_after_the_reading_was_recorded(log):
    entry_id = sealed_for(log, PATIENT, text="Chest pain")
    how = {"by": ADA, "purpose": "legal_request", "surface": "test"}
    shown = disclosure.read_field(entry_id, name="question", at=log.tick(), **how)
    assert shown.texts == {"question": "Chest pain"}
    log.sequence()
    body = bytes(Entry.objects.get(entry_id=entry_id).body)
    key = bytes.fromhex(shown.commit_key)
    assert sealing.commit(key, "question", "Chest pain").encode() in body
    assert Entry.objects.filter(type="content.disclosed").count() == 1
    sealing.destroy_keys([entry_id], at=AT)
    with pytest.raises(Erased):
        disclosure.read_field(entry_id, name="question", at=log.tick(), **how)


def rotated(settings, *, keep=True):
    path = settings.CLINRAG_DEPLOYMENT_KEY_FILE
    old = path.read_text() if keep else ""
    path.write_text(base64.b64encode(b"n" * 32).decode() + "\n" + old)


def test_keys_are_wrapped_anew_in_batches_and_the_old_key_may_go(log, settings):
    ids = [sealed_for(log, text=str(n)) for n in range(5)]
    ids.append(sealed_for(log, PATIENT, text="5"))
    rotated(settings)
    first = rewrap_batch(wrapped_by=sealing.key_wrapper(), limit=2)
    assert (first.done, first.left) == (1 + 1 + 2, 3)
    call_command("rewrap_keys", batch=2)
    rotated(settings, keep=False)
    assert read(log, *ids) == {id_: {"question": str(n)} for n, id_ in enumerate(ids)}
    assert subject_of(PATIENT) is not None


class Slow:
    """A wrapper during whose work something else happens to the keys."""

    def __init__(self, wrapper, meanwhile):
        self._wrapper, self._meanwhile = wrapper, meanwhile

    def __getattr__(self, name):
        return getattr(self._wrapper, name)

    def wrap(self, key, *, key_id):
        assert not connections["keys"].in_atomic_block
        self._meanwhile(key_id)
        return self._wrapper.wrap(key, key_id=key_id)


def test_key_destroyed_while_it_is_wrapped_anew_stays_destroyed(log, settings):
    ids = [sealed_for(log, text=str(n)) for n in range(2)]
    rotated(settings)

    def destroy(key_id):
        if key_id == ids[0]:
            sealing.destroy_keys([key_id], subject_ids=[], at=log.tick())

    slow = Slow(sealing.key_wrapper(), destroy)
    assert rewrap_batch(wrapped_by=slow).left == 0
    assert DataKey.objects.using("keys").get(pk=ids[0]).wrapped is None
    assert read(log, ids[1]) == {ids[1]: {"question": "1"}}


def test_rewrapping_stops_before_a_key_that_cannot_be_opened(log, settings):
    sealed_for(log)
    rotated(settings, keep=False)
    with pytest.raises(DeploymentKeyMissing):
        rewrap_batch(wrapped_by=sealing.key_wrapper())


def test_keys_move_from_the_file_to_an_engine_and_content_opens(
    log, settings, tmp_path
):
    before = sealed_for(log, text="before")
    token = tmp_path / "token"
    token.write_text("s.secret-token")
    token.chmod(0o600)
    with FakeTransit() as engine:
        settings.CLINRAG_KEY_WRAPPER = "transit"
        settings.CLINRAG_TRANSIT_URL = engine.url
        settings.CLINRAG_TRANSIT_TOKEN_FILE = token
        after = sealed_for(log, PATIENT, text="after")
        call_command("rewrap_keys")
        settings.CLINRAG_DEPLOYMENT_KEY_FILE.unlink()
        assert read(log, before, after) == {
            before: {"question": "before"},
            after: {"question": "after"},
        }
        engine.rotate()
        call_command("rewrap_keys")
        engine.oldest_version = 2
        assert read(log, before) == {before: {"question": "before"}}
        for path, _body in engine.requests:
            assert path.split("/")[3] in ("encrypt", "decrypt")


def as_app_on_keys(postgres):
    name = str(connections["keys"].settings_dict["NAME"])
    url = postgres.url(name, user="clinrag_app", password=ROLE_PASSWORD)
    return psycopg.connect(url, autocommit=True)


def test_application_ends_keys_through_the_function_only(log, postgres):
    entry_id = sealed_for(log, PATIENT)
    with as_app_on_keys(postgres) as other:
        for statement in (
            "UPDATE audit_datakey SET wrapped = NULL, destroyed_at = now()",
            "UPDATE audit_datakey SET wrapped = 'x', wrapping_key = 'x'",
            "UPDATE audit_subjectkey SET wrapped = NULL",
            "UPDATE audit_referencekey SET wrapped = 'x', wrapping_key = 'x'",
            "DELETE FROM audit_keyhold",
            "DELETE FROM audit_datakey",
            "TRUNCATE audit_subjectkey",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                other.execute(statement)
        done = other.execute("SELECT audit_destroy_keys(%s, '{}', now())", [[entry_id]])
        assert done.fetchone() == (1,)


HOLDS = {
    "everything": {},
    "key": {"key_ids": ["KEY"]},
    "subject": {"subject_id": "SUBJECT"},
    "time": {"since": datetime(2026, 11, 23, tzinfo=UTC)},
}
ENDINGS = (
    "SELECT audit_destroy_keys(ARRAY[%(key)s]::uuid[], '{}', now())",
    "SELECT audit_destroy_keys('{}', ARRAY[%(subject)s]::uuid[], now())",
    "UPDATE audit_datakey SET wrapped = NULL, destroyed_at = now()",
    """UPDATE audit_subjectkey SET wrapped = NULL, reference_hmac = NULL,
        destroyed_at = now()""",
)


@pytest.mark.parametrize("replica", [False, True], ids=["ordinary", "replica"])
@pytest.mark.parametrize("kind", HOLDS)
def test_no_statement_ends_a_held_key_even_the_owners(log, kind, replica):
    entry_id = sealed_for(log, PATIENT)
    known = {"key": entry_id, "subject": subject_of(PATIENT)}
    row = KeyHold.objects.using("keys").create(
        id=UUID(int=5),
        hold_id=UUID(int=7),
        placed_at=AT,
        **filled_in(HOLDS[kind], known),
    )
    for statement in ENDINGS:
        with pytest.raises(Error, match="legal hold"):
            run(statement, known, replica=replica)
    with pytest.raises(ContentHeld):
        sealing.destroy_keys([entry_id], at=AT)
    row.released_at, row.release_entry_id = AT, UUID(int=6)
    row.save(using="keys")
    run(ENDINGS[1], known, replica=replica)
    assert read(log, entry_id) == {}


def filled_in(columns, known):
    names = {"SUBJECT": known["subject"]}
    return {
        name: [known["key"]] if name == "key_ids" else names.get(str(value), value)
        for name, value in columns.items()
    }


def run(statement, values, *, replica):
    with transaction.atomic(using="keys"), connections["keys"].cursor() as cursor:
        if replica:
            cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(statement, values)


def test_hold_of_another_time_leaves_a_key_alone(log):
    entry_id = sealed_for(log)
    KeyHold.objects.using("keys").create(
        id=UUID(int=5), hold_id=UUID(int=7), placed_at=AT, since=AT
    )
    KeyHold.objects.using("keys").create(
        id=UUID(int=6),
        hold_id=UUID(int=7),
        placed_at=AT,
        until=datetime(2026, 11, 1, tzinfo=UTC),
    )
    assert sealing.destroy_keys([entry_id], at=AT) == 1


def test_nothing_sealed_escapes_an_erasure_that_runs_beside_it(log):
    """Every key made for the subject is destroyed, or belongs to its next key."""
    for _ in range(5):
        sealed_for(log, PATIENT)
        subject = subject_of(PATIENT)

        def work(number, subject=subject):
            if number:
                sealed_for(log, PATIENT)
            else:
                sealing.destroy_keys([], subject_ids=[subject], at=AT)

        in_threads(5, work)
        assert living_keys(keys_of_subject(subject), [subject]) == 0
    payloads = set(Payload.objects.values_list("key_id", flat=True))
    keys = set(DataKey.objects.using("keys").values_list("id", flat=True))
    assert payloads <= keys
