"""One person alone: agreeing with oneself, by the actions and by raw SQL.

Caught by the action; then by the database, which knows requester and decider: a CHECK
constraint and a trigger, for the application's role and for the owner.
"""

from itertools import product

import psycopg
import pytest
from django.db import transaction

from audit.custody import authorizations
from audit.custody.authorizations import Action
from audit.errors import ApproverIsRequester, NotAuthorized
from audit.models import Authorization
from clinrag.local.databases import APP, OWNER
from tests.attacks.test_rights import attempt
from tests.integration.audit.conftest import ADA
from tests.integration.exports.conftest import BOB

SCOPE = {"entry": "01890000-0000-7000-8000-000000000001"}


@pytest.fixture
def asked(log):
    return authorizations.request(
        Action.ERASURE, scope=SCOPE, reason="Letter", by=ADA, at=log.tick()
    )


def claim(log, asked):
    with transaction.atomic():
        return authorizations.claim(
            asked.id, action=Action.ERASURE, scope=SCOPE, by=BOB, at=log.tick()
        )


def test_nobody_agrees_with_himself_and_another_may(log, asked):
    with pytest.raises(ApproverIsRequester):
        authorizations.approve(asked.id, by=ADA, at=log.tick())
    with pytest.raises(NotAuthorized):
        claim(log, asked)
    authorizations.approve(asked.id, by=BOB, at=log.tick())
    assert claim(log, asked).state == "executed"


DECIDE = (
    "UPDATE audit_authorization SET state = 'approved', decided_by = {who},"
    " decided_by_name = 'x', decided_at = now(), decided_entry_id = {entry}"
    " WHERE id = '{id}'"
)


@pytest.mark.parametrize("role", [APP, OWNER])
def test_raw_approval_is_refused(log, site, asked, role):
    """Also as somebody else: no entry says that he agreed."""
    entries = ("'01890000-0000-7000-8000-00000000000f'", "requested_entry_id", "NULL")
    people = ("requested_by", "NULL", "''", "'user:8'")
    with site.connect(role) as connection:
        for who, entry in product(people, entries):
            statement = DECIDE.format(who=who, entry=entry, id=asked.id)
            assert attempt(connection, statement), (who, entry)
    assert Authorization.objects.get(pk=asked.id).state == "pending"
    authorizations.approve(asked.id, by=BOB, at=log.tick())


@pytest.mark.parametrize("role", [APP, OWNER])
def test_request_is_not_turned_into_another(log, site, asked, role):
    authorizations.approve(asked.id, by=BOB, at=log.tick())
    with site.connect(role) as connection:
        for change in (
            "scope = '{}'", "action = 'export'", "requested_by = 'user:9'",
            "state = 'pending'", "expires_at = now() + interval '1 year'",
            "decided_by = requested_by",
        ):  # fmt: skip
            assert attempt(connection, f"UPDATE audit_authorization SET {change}")
        assert attempt(connection, "DELETE FROM audit_authorization")
    claim(log, asked)
    with pytest.raises(NotAuthorized):
        claim(log, asked)


def test_ready_made_approval_is_refused(log, site, asked):
    """A row that was never pending: copied with every column decided."""
    authorizations.approve(asked.id, by=BOB, at=log.tick())
    with site.connect(APP) as connection:
        columns = "SELECT * FROM audit_authorization LIMIT 0"
        names = [c.name for c in connection.execute(columns.encode()).description]
        copied = ", ".join("gen_random_uuid()" if n == "id" else n for n in names)
        with pytest.raises(psycopg.Error):
            connection.execute(
                f"INSERT INTO audit_authorization SELECT {copied}"
                " FROM audit_authorization".encode()
            )
