"""Promise 3: author and approver are two people, also for whoever writes the rows.

Broken on purpose by dropping the triggers of `sql/two_people.sql` or the check in
`policies.check_can_review`, these tests fail.
"""

from uuid import uuid4

import psycopg
import pytest
from django.db import IntegrityError, connection, transaction

from ingestion import actions
from ingestion.errors import ReviewerIsAuthor
from ingestion.lifecycle import Status
from ingestion.models import Review
from tests.factories.ingestion import (
    T0,
    make_document_version,
    make_review,
    make_version_text,
)
from tests.factories.people import AUTHOR, REVIEWER
from tests.factories.signatures import SIGNED

pytestmark = pytest.mark.django_db
INSERT_REVIEW = """
    INSERT INTO ingestion_review
        (id, version_id, reviewer_id, reviewer_name, decision, meaning, comment,
         decided_at, authenticated_by, text_sha256, foresight, acknowledged)
    VALUES (gen_random_uuid(), %s, %s, 'x', 'approve', 'x', '', now(),
            'password', 'ab', 'missing', true)
"""
BEYOND_APPROVAL = ["approved", "scheduled", "in_force", "superseded", "withdrawn"]


def run(sql: str, *values: object) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql, values)


def refused(error: pytest.ExceptionInfo[IntegrityError]) -> str:
    cause = error.value.__cause__
    assert isinstance(cause, psycopg.Error)
    return cause.diag.constraint_name or ""


@pytest.mark.parametrize("decision", ["approve", "return", "reject"])
def test_review_is_refused_when_the_author_decides(decision):
    version = make_document_version()

    with pytest.raises(ReviewerIsAuthor):
        actions.review_version(
            version.id,
            decision=decision,
            meaning="x",
            by=AUTHOR,
            at=T0,
            signature=SIGNED,
        )

    assert not Review.objects.exists()


def test_review_is_accepted_when_somebody_else_decides():
    version = make_document_version()
    make_version_text(version)

    actions.review_version(
        version.id,
        decision="approve",
        meaning="Read.",
        by=REVIEWER,
        at=T0,
        signature=SIGNED,
    )

    version.refresh_from_db()
    assert version.status == Status.APPROVED


def test_database_refuses_a_review_by_the_author():
    version = make_document_version()

    with pytest.raises(IntegrityError) as error:
        run(INSERT_REVIEW, version.id, AUTHOR.id)

    assert refused(error) == "reviewer_is_not_author"


def test_database_accepts_a_review_by_somebody_else():
    version = make_document_version()

    run(INSERT_REVIEW, version.id, REVIEWER.id)

    assert Review.objects.count() == 1


@pytest.mark.parametrize("status", BEYOND_APPROVAL)
def test_database_refuses_a_status_beyond_approval_without_an_approval(status):
    version = make_document_version()

    with pytest.raises(IntegrityError) as error:
        run(
            "UPDATE ingestion_documentversion SET status = %s WHERE id = %s",
            status,
            version.id,
        )

    assert refused(error) == "version_is_approved"


@pytest.mark.parametrize("column", ["in_force_from", "activated_at", "approved_at"])
def test_database_refuses_dates_of_force_without_an_approval(column):
    version = make_document_version()

    with pytest.raises(IntegrityError) as error:
        run(
            f"UPDATE ingestion_documentversion SET {column} = now() WHERE id = %s",
            version.id,
        )

    assert refused(error) == "version_is_approved"


@pytest.mark.parametrize("decision", ["return", "reject"])
def test_database_refuses_approval_when_the_review_says_no(decision):
    version = make_document_version()
    make_review(version, decision=decision)

    with pytest.raises(IntegrityError):
        run("UPDATE ingestion_documentversion SET status = 'approved'")


def test_database_refuses_a_version_that_is_born_approved():
    twin = make_document_version()
    twin.pk, twin.number, twin.content_sha256 = uuid4(), twin.number + 1, "0" * 64
    twin.status = Status.APPROVED

    with pytest.raises(IntegrityError) as error, transaction.atomic():
        twin.save(force_insert=True)

    assert refused(error) == "version_is_approved"


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE ingestion_documentversion SET author_id = 'user:99'",
        "UPDATE ingestion_review SET reviewer_id = 'user:1'",
        "UPDATE ingestion_review SET decision = 'approve'",
        "DELETE FROM ingestion_review",
        "DELETE FROM ingestion_documentversion",
    ],
)
def test_database_refuses_to_rewrite_who_was_author_or_reviewer(sql):
    make_review(make_document_version(), decision="reject")

    with pytest.raises(IntegrityError) as error:
        run(sql)

    assert refused(error) == "content_never_changes"


def test_database_is_not_deceived_by_a_temporary_table_of_reviews():
    version = make_document_version()
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL ROLE clinrag_app")
    run(
        "CREATE TEMP TABLE ingestion_review"
        " (LIKE ingestion_review INCLUDING DEFAULTS) ON COMMIT DROP"
    )
    run(INSERT_REVIEW, version.id, REVIEWER.id)

    with pytest.raises(IntegrityError) as error:
        run("UPDATE public.ingestion_documentversion SET status = 'approved'")

    assert refused(error) == "version_is_approved"


def test_application_role_cannot_switch_the_rule_off(app_role):
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        app_role.execute("ALTER TABLE ingestion_review DISABLE TRIGGER USER")
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        app_role.execute("SET session_replication_role = replica")
