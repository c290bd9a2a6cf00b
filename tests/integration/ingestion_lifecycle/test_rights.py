"""The application's own database role can do all this, and no more."""

from collections.abc import Iterator

import psycopg
import pytest
from django.db import connection

from ingestion import actions, queries
from tests.factories.people import AUTHOR, MANAGER, REVIEWER
from tests.factories.signatures import SIGNED
from tests.integration.ingestion_lifecycle.conftest import DAY, GUIDELINE, T0


@pytest.fixture
def as_application(db) -> Iterator[None]:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL ROLE clinrag_app")
        yield
        cursor.execute("RESET ROLE")


def test_application_role_may_take_editions_through_their_whole_life(
    as_application, collection, document, in_force, in_review, receive, embedder
):
    first = in_force()
    second = in_review(GUIDELINE.replace("four", "six"))
    actions.review_version(
        second.id,
        decision="return",
        meaning="Why?",
        by=REVIEWER,
        at=T0,
        signature=SIGNED,
    )
    actions.resubmit_version(second.id, by=AUTHOR, at=T0)
    actions.review_version(
        second.id,
        decision="approve",
        meaning="Good.",
        by=REVIEWER,
        at=T0,
        signature=SIGNED,
    )
    actions.activate_version(second.id, by=MANAGER, at=T0 + DAY)
    actions.withdraw_version(first.id, reason="Old.", by=MANAGER, at=T0 + DAY)
    failed = receive(b"PK\x03\x04broken", "g.docx")
    actions.retry_version(failed.id, by=AUTHOR, at=T0)
    actions.process_version(failed.id, now=lambda: T0, embedder=embedder)

    active = queries.active_chunks(as_of=T0 + DAY, collection_ids=[collection.id])
    assert {row.version_id for row in active} == {second.id}


@pytest.mark.parametrize(
    "sql",
    [
        "DELETE FROM ingestion_documentversion",
        "DELETE FROM ingestion_review",
        "UPDATE ingestion_chunk SET text = ''",
        "UPDATE ingestion_review SET decision = 'approve'",
        "UPDATE ingestion_corpuschange SET in_force_to = now()",
        "TRUNCATE ingestion_chunk CASCADE",
        "DROP FUNCTION ingestion_active_chunks(timestamptz, uuid[], timestamptz, uuid, timestamptz)",
    ],
)
def test_application_role_may_not_rewrite_the_corpus(app_role, sql):
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        app_role.execute(sql)
