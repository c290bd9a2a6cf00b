"""What the application's own role can no longer add to an answer that is closed."""

from concurrent.futures import ThreadPoolExecutor, wait
from uuid import uuid4

import psycopg
import pytest
from django.db import transaction

from clinrag.answering.models import Answer
from tests.conftest import as_role
from tests.factories.answering import make_answer
from tests.integration.answering.clinic import START, running_clinic

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "keys"])

COPY = {
    "answering_citation": """
        INSERT INTO answering_citation (answer_id, number, claim_position, verdict,
            document_id, version_id, chunk_id, content_sha256, char_start, char_end)
        SELECT %s, 99, 99, verdict, document_id, version_id, chunk_id, content_sha256,
            char_start, char_end FROM answering_citation LIMIT 1""",
    "answering_answerpassage": """
        INSERT INTO answering_answerpassage (answer_id, rank, version_chunk_id,
            chunk_id, content_sha256, version_id, score, in_prompt, cited)
        SELECT %s, 99, version_chunk_id, chunk_id, content_sha256, version_id, score,
            in_prompt, cited FROM answering_answerpassage LIMIT 1""",
}
REFUSED = "a closed answer gains no rows of"


@pytest.fixture
def app(transactional_db, settings, tmp_path, postgres):
    """An answered question, an open one, and the application's own role."""
    clinic = running_clinic(settings, tmp_path)
    closed = clinic.ask().id
    open_one = make_answer().id
    with as_role(postgres, "clinrag_app") as connection:
        yield connection, closed, open_one


@pytest.mark.parametrize("table", COPY)
def test_closed_answer_gains_nothing_from_the_application(app, table):
    connection, closed, open_one = app
    connection.execute(COPY[table], [open_one])
    with pytest.raises(psycopg.errors.IntegrityConstraintViolation, match=REFUSED):
        connection.execute(COPY[table], [closed])


@pytest.mark.parametrize("table", COPY)
def test_closed_answer_gains_nothing_when_a_temporary_table_says_it_is_open(app, table):
    connection, closed, _ = app
    connection.execute("CREATE TEMP TABLE answering_answer (id uuid, state text)")
    connection.execute("INSERT INTO answering_answer VALUES (%s, 'open')", [closed])
    with pytest.raises(psycopg.errors.IntegrityConstraintViolation, match=REFUSED):
        connection.execute(COPY[table], [closed])


def test_row_waits_for_an_answer_that_is_being_closed_and_is_refused_then(app):
    connection, _, open_one = app
    with (
        ThreadPoolExecutor(1) as pool,
        transaction.atomic(),
    ):
        Answer.objects.filter(pk=open_one).update(
            state="lost", entry_id=uuid4(), leaf_hash=b"0" * 32, finished_at=START
        )
        late = pool.submit(connection.execute, COPY["answering_citation"], [open_one])
        assert not wait([late], timeout=0.5).done
    with pytest.raises(psycopg.errors.IntegrityConstraintViolation, match=REFUSED):
        late.result(timeout=10)
