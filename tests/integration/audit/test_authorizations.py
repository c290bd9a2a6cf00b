"""Two people, once, in time, on exactly this: by the actions and by the database."""

import json
from contextlib import suppress
from datetime import timedelta
from uuid import UUID, uuid4

import psycopg
import pytest
from django.db import Error, connection, transaction

from audit.actors import Actor, ActorKind
from audit.custody import authorizations
from audit.custody.authorizations import ALLOWED_MOVES, Action, State
from audit.errors import (
    ApproverIsRequester,
    AuthorizationClosed,
    AuthorizationInvalid,
    AuthorizationUnknown,
    DeciderIsNotAPerson,
    NotAuthorized,
)
from audit.models import Authorization, InboxEntry
from tests.conftest import as_role
from tests.integration.audit.conftest import ADA, in_threads

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "keys"])

BOB = Actor(ActorKind.PERSON, "user:8", "Bob", "session")
CYD = Actor(ActorKind.PERSON, "user:9", "Cyd", "session")
TASK = Actor(ActorKind.SYSTEM, "task:custody", "Custody", "task")
KEY = Actor(ActorKind.APP, "key:3f2a", "Ward app", "api_key", on_behalf_of="user:8")
SCOPE = {"entry": str(UUID(int=1))}


def requested(log, *, scope=SCOPE, by=ADA):
    return authorizations.request(
        Action.ERASURE, scope=scope, reason="Asked for by letter", by=by, at=log.tick()
    )


def approved(log, **options):
    made = requested(log, **options)
    return authorizations.approve(made.id, by=BOB, at=log.tick())


def claimed(log, made, *, action=Action.ERASURE, scope=SCOPE, by=TASK):
    with transaction.atomic():
        return authorizations.claim(
            made.id, action=action, scope=scope, by=by, at=log.tick()
        )


def steps():
    bodies = [json.loads(bytes(row.body)) for row in InboxEntry.objects.order_by("pk")]
    return [(body["type"], body["actor"]["id"]) for body in bodies]


def test_authorization_is_recorded_at_each_step_when_two_people_agree(log):
    made = requested(log)
    assert [view.id for view in authorizations.pending(10)] == [made.id]
    authorizations.approve(made.id, by=BOB, at=log.tick())
    done = claimed(log, made)
    assert done.state is State.EXECUTED
    assert (done.requested_by.id, done.decided_by.id) == (ADA.id, BOB.id)
    assert authorizations.by_id(made.id) == done
    assert steps() == [
        ("authorization.requested", ADA.id),
        ("authorization.approved", BOB.id),
        ("authorization.executed", TASK.id),
    ]


def test_reason_stands_in_no_entry(log):
    approved(log)
    for row in InboxEntry.objects.all():
        assert b"letter" not in bytes(row.body)


def test_request_is_refused_without_a_reason_a_scope_or_a_person(log):
    good = {"scope": SCOPE, "reason": "r", "by": ADA}
    authorizations.request(Action.EXPORT, **good, at=log.tick())
    for change, error in (
        ({"reason": " "}, AuthorizationInvalid),
        ({"reason": "x" * 2001}, AuthorizationInvalid),
        ({"scope": {}}, AuthorizationInvalid),
        ({"scope": {"entry": "x" * 201}}, AuthorizationInvalid),
        ({"by": KEY}, DeciderIsNotAPerson),
        ({"by": TASK}, DeciderIsNotAPerson),
    ):
        with pytest.raises(error):
            authorizations.request(Action.EXPORT, **(good | change), at=log.tick())


def test_approval_is_refused_to_the_requester_to_machines_and_twice(log):
    made = requested(log)
    for by, error in (
        (ADA, ApproverIsRequester),
        (KEY, DeciderIsNotAPerson),
        (TASK, DeciderIsNotAPerson),
    ):
        with pytest.raises(error):
            authorizations.approve(made.id, by=by, at=log.tick())
        with pytest.raises(error):
            authorizations.refuse(made.id, reason="no", by=by, at=log.tick())
    with pytest.raises(AuthorizationUnknown):
        authorizations.approve(uuid4(), by=BOB, at=log.tick())
    authorizations.approve(made.id, by=BOB, at=log.tick())
    with pytest.raises(AuthorizationClosed):
        authorizations.approve(made.id, by=CYD, at=log.tick())


def test_refused_request_can_be_neither_approved_nor_used(log):
    made = requested(log)
    authorizations.refuse(made.id, reason="Not asked for", by=BOB, at=log.tick())
    with pytest.raises(AuthorizationClosed):
        authorizations.approve(made.id, by=CYD, at=log.tick())
    with pytest.raises(NotAuthorized):
        claimed(log, made)


def test_claim_is_refused_when_anything_differs_or_it_was_used(log):
    waiting, good = requested(log), approved(log)
    for change in (
        {"action": Action.EXPORT},
        {"scope": SCOPE | {"more": "1"}},
        {"scope": {"entry": str(UUID(int=2))}},
        {"scope": {}},
    ):
        with pytest.raises(NotAuthorized):
            claimed(log, good, **change)
    with pytest.raises(NotAuthorized):
        claimed(log, waiting)
    claimed(log, good)
    with pytest.raises(NotAuthorized):
        claimed(log, good)


def test_claim_is_undone_with_the_transaction_of_what_it_allowed(log):
    good = approved(log)
    with transaction.atomic():
        authorizations.claim(
            good.id, action=Action.ERASURE, scope=SCOPE, by=TASK, at=log.tick()
        )
        transaction.set_rollback(True)
    assert claimed(log, good).state is State.EXECUTED


def test_authorization_expires_after_seven_days_and_says_so(log):
    waiting, good = requested(log), approved(log)
    log.at += timedelta(days=7)
    with pytest.raises(NotAuthorized):
        claimed(log, good)
    with pytest.raises(AuthorizationClosed):
        authorizations.approve(waiting.id, by=BOB, at=log.tick())
    assert authorizations.expire_old(by=TASK, at=log.tick()) == 2
    assert authorizations.expire_old(by=TASK, at=log.tick()) == 0
    assert authorizations.by_id(good.id).state is State.EXPIRED
    assert steps().count(("authorization.expired", TASK.id)) == 2


def test_one_of_two_approvals_at_once_is_refused(log):
    for _ in range(10):
        made, refused = requested(log), []
        at = log.tick()

        def decide(number, made=made, refused=refused, at=at):
            try:
                authorizations.approve(made.id, by=(BOB, CYD)[number], at=at)
            except AuthorizationClosed:
                refused.append(number)

        in_threads(2, decide)
        assert len(refused) == 1


def test_one_of_four_claims_at_once_succeeds(log):
    for _ in range(10):
        made, done = approved(log), []

        def use(number, made=made, done=done):
            with suppress(NotAuthorized):
                done.append(claimed(log, made))

        in_threads(4, use)
        assert len(done) == 1
    assert steps().count(("authorization.executed", TASK.id)) == 10


RAW_APPROVAL = """
UPDATE audit_authorization SET state = 'approved', decided_by = %(who)s,
    decided_by_name = 'x', decided_at = requested_at, decided_entry_id = %(entry)s
WHERE id = %(id)s
"""


@pytest.mark.parametrize("role", ["clinrag_app", "clinrag_owner", "postgres"])
def test_raw_approval_is_refused_without_an_entry_and_to_the_requester(
    log, postgres, role
):
    made = requested(log)
    entry = Authorization.objects.get().requested_entry_id
    for who in (ADA.id, BOB.id):
        for named in (None, uuid4(), entry):
            with pytest.raises(psycopg.Error):
                raw(postgres, role, RAW_APPROVAL, id=made.id, who=who, entry=named)
    assert authorizations.by_id(made.id).state is State.PENDING


def raw(postgres, role, statement, **values):
    if role == "postgres":
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute("SET LOCAL session_replication_role = replica")
                cursor.execute(statement, values)
        except Error as error:
            raise error.__cause__ from error
    else:
        with as_role(postgres, role) as other:
            if role == "clinrag_owner":
                with connection.cursor() as cursor:
                    cursor.execute("GRANT ALL ON audit_authorization TO clinrag_owner")
                    cursor.execute("GRANT ALL ON audit_inboxentry TO clinrag_owner")
            other.execute(statement, values)


def test_raw_self_approval_is_refused_even_with_an_entry_that_says_so(log):
    made = requested(log)
    row = Authorization.objects.get()
    with transaction.atomic():
        own = authorizations.AuthorizationApproved(
            **authorizations._shared(row), requested_by=ADA.id
        )
        entry = authorizations.ledger.append(own, by=ADA, at=log.tick()).entry_id
    values = {"id": made.id, "who": ADA.id, "entry": entry}
    with pytest.raises(Error, match="only moves on"), connection.cursor() as cursor:
        cursor.execute(RAW_APPROVAL, values)
    with pytest.raises(Error, match="only moves on"), connection.cursor() as cursor:
        cursor.execute(RAW_APPROVAL, values | {"who": BOB.id})


MOVE = "UPDATE audit_authorization SET state = %(state)s WHERE id = %(id)s"


def made_in(log, state):
    if state is State.PENDING:
        return requested(log)
    made = requested(log)
    if state is State.REFUSED:
        return authorizations.refuse(made.id, reason="no", by=BOB, at=log.tick())
    if state is State.EXPIRED:
        log.at += timedelta(days=7)
        authorizations.expire_old(by=TASK, at=log.tick())
        return made
    authorizations.approve(made.id, by=BOB, at=log.tick())
    return claimed(log, made) if state is State.EXECUTED else made


@pytest.mark.parametrize("state", State)
def test_every_raw_move_is_refused(log, state):
    made = made_in(log, state)
    for wanted in State:
        if wanted is state:
            continue
        with pytest.raises(Error, match="only moves on"), connection.cursor() as cursor:
            cursor.execute(MOVE, {"id": made.id, "state": wanted.value})
    assert ALLOWED_MOVES.keys() == set(State)


def test_nothing_else_of_an_authorization_changes_or_goes(log):
    approved(log)
    for change in (
        "UPDATE audit_authorization SET scope = '{}'",
        "UPDATE audit_authorization SET reason = ''",
        "UPDATE audit_authorization SET action = 'export'",
        "UPDATE audit_authorization SET requested_by = 'user:5'",
        "UPDATE audit_authorization SET decided_by = 'user:5'",
        "UPDATE audit_authorization SET expires_at = expires_at + interval '1 day'",
        "DELETE FROM audit_authorization",
        "TRUNCATE audit_authorization",
    ):
        with pytest.raises(Error, match="refused"), connection.cursor() as cursor:
            cursor.execute(change)


def test_application_may_add_and_move_on_and_nothing_more(postgres, log):
    approved(log)
    with as_role(postgres, "clinrag_app") as other:
        for statement in (
            "UPDATE audit_authorization SET scope = '{}'",
            "UPDATE audit_authorization SET requested_by = 'user:5'",
            "DELETE FROM audit_authorization",
            "TRUNCATE audit_authorization",
            "ALTER TABLE audit_authorization DISABLE TRIGGER ALL",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                other.execute(statement)
        with pytest.raises(psycopg.errors.InsufficientPrivilege, match="only moves"):
            other.execute(
                "INSERT INTO audit_authorization (id, action, scope, reason, state,"
                " requested_by, requested_by_name, requested_at, requested_entry_id,"
                " expires_at, decided_by, decided_by_name, decided_at,"
                " decided_entry_id) VALUES (gen_random_uuid(), 'erasure', '{}', '',"
                " 'approved', 'user:7', '', now(), gen_random_uuid(), now(), 'user:8',"
                " '', now(), gen_random_uuid())"
            )
