"""The promise: an entry that was recorded never changes unnoticed.

Three walls, each tested alone: the rights of the roles, the triggers that bind the
owner too, and, for whoever gets past both, verification and the signer.
"""

import psycopg
import pytest
from django.db import Error, connection, transaction

from audit import queries
from audit.errors import HistoryRewritten
from audit.merkle import Frontier, leaf_hash
from audit.models import Entry
from tests.conftest import as_role
from tests.integration.audit.conftest import log  # noqa: F401
from tests.tampering import tampering

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "keys"])

CHANGES = [
    "UPDATE audit_entry SET body = body WHERE index = 1",
    "UPDATE audit_entry SET index = 9 WHERE index = 1",
    "DELETE FROM audit_entry WHERE index = 1",
    "TRUNCATE audit_entry",
]
CUT_HEAD = "UPDATE audit_head SET size = %s, root = %s, frontier = %s"


def test_the_bytes_of_an_entry_stay_the_same_as_the_log_grows(log):  # noqa: F811
    receipts = log.fill(3)
    before = [queries.entry(receipt.entry_id) for receipt in receipts]
    log.fill(300)
    assert [queries.entry(receipt.entry_id) for receipt in receipts] == before
    assert [view.leaf_hash for view in before] == [r.leaf_hash for r in receipts]


@pytest.mark.parametrize("statement", CHANGES)
@pytest.mark.parametrize("role", ["clinrag_app", "clinrag_sequencer", "clinrag_signer"])
def test_no_role_of_a_process_may_change_an_entry(postgres, log, role, statement):  # noqa: F811
    log.fill(2)
    with (
        as_role(postgres, role) as other,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        other.execute(statement)


@pytest.mark.parametrize("statement", CHANGES)
@pytest.mark.parametrize("mode", ["origin", "replica"])
def test_triggers_refuse_a_change_by_the_owner(log, mode, statement):  # noqa: F811
    log.fill(2)
    with connection.cursor() as cursor:
        cursor.execute(f"SET session_replication_role = {mode}")
        with pytest.raises(Error, match="append-only"), transaction.atomic():
            cursor.execute(statement)
        cursor.execute("RESET session_replication_role")
    assert log.verify().ok


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE audit_entry SET body = %(body)s, leaf_hash = %(leaf)s WHERE index = 1",
        "UPDATE audit_entry SET index = 3 - index",
        "DELETE FROM audit_entry WHERE index = 1",
        "DELETE FROM audit_entry WHERE index = 3",
    ],
    ids=["forged", "reordered", "deleted", "cut"],
)
def test_verification_names_a_change_by_a_superuser(log, change):  # noqa: F811
    log.fill(4)
    body = bytes(Entry.objects.get(index=1).body).replace(b"cardiology", b"other")
    with tampering("audit_entry") as execute:
        if "index = 3 -" in change:
            execute("UPDATE audit_entry SET index = index + 1000")
            change = "UPDATE audit_entry SET index = 3 - (index - 1000)"
        parameters = {"body": body, "leaf": leaf_hash(body)}
        execute(change, parameters if "%(" in change else None)
    report = log.verify()
    assert not report.ok
    assert report.failures[0].index is not None


def test_the_signer_refuses_a_history_that_a_superuser_rewrote(log):  # noqa: F811
    log.fill(4)
    with tampering("audit_entry", "audit_head", "audit_checkpoint") as execute:
        execute("DELETE FROM audit_checkpoint")
        execute("DELETE FROM audit_entry WHERE index = 3")
        rest = Entry.objects.order_by("index").values_list("leaf_hash", flat=True)
        frontier = Frontier().extend(bytes(value) for value in rest)
        execute(CUT_HEAD, [frontier.size, frontier.root(), frontier.to_bytes()])
    assert log.verify().ok, "consistent in itself: only memory outside can tell"
    with pytest.raises(HistoryRewritten):
        log.sign()
    assert not log.verify().ok, "and it puts back what it had signed"
