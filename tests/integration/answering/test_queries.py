from dataclasses import replace
from uuid import uuid4

import pytest
from django.db import IntegrityError, connection, transaction

from clinrag.answering import queries
from clinrag.answering.errors import InvalidCursor, UnknownAnswer
from clinrag.answering.models import Answer, AnswerPassage, Citation, PromptTemplate
from clinrag.answering.types import AnswerFilters
from tests.integration.answering.clinic import GOOD_OLD, ScriptedAnswerer

pytestmark = pytest.mark.django_db(databases=["default", "keys"])


@pytest.fixture
def asked(clinic):
    """Three answers: answered, refused, answered by another app."""
    clinic.serve(ScriptedAnswerer(GOOD_OLD))
    return [
        clinic.ask(),
        clinic.ask("Write a poem about opioids."),
        clinic.ask(app="pharmacy"),
    ]


def ids(filters: AnswerFilters, **options: object):
    return [row.id for row in queries.answers(filters, **options).rows]


def test_answers_are_listed_newest_first(asked):
    assert ids(AnswerFilters()) == [r.id for r in reversed(asked)]


def test_answers_are_filtered(asked, clinic):
    first, refused, other = (result.id for result in asked)
    version_id = asked[0].citations[0].version_id
    assert ids(AnswerFilters(outcome="out_of_scope")) == [refused]
    assert ids(AnswerFilters(app="pharmacy")) == [other]
    assert ids(AnswerFilters(version_id=version_id)) == [other, first]
    assert ids(AnswerFilters(version_id=uuid4())) == []
    assert ids(AnswerFilters(collection_slug="pain", app="ward")) == [refused, first]
    assert ids(AnswerFilters(collection_slug="hearts")) == []
    assert ids(AnswerFilters(actor_id="user:9", state="refused")) == [refused]
    assert ids(AnswerFilters(since=asked[1].created_at)) == [other, refused]
    assert ids(AnswerFilters(until=asked[1].created_at)) == [first]
    assert [row.id for row in queries.answers_citing(version_id).rows] == [other, first]


def test_pages_continue_where_the_last_ended_while_answers_arrive(asked, clinic):
    page = queries.answers(limit=2)
    assert [row.id for row in page.rows] == [asked[2].id, asked[1].id]
    clinic.ask()
    rest = queries.answers(limit=2, cursor=page.next_cursor)
    assert [row.id for row in rest.rows] == [asked[0].id]
    assert rest.next_cursor is None


@pytest.mark.parametrize("cursor", ["", "x", "!!", "bm90IGEgY3Vyc29y", "é"])
def test_cursor_is_refused_when_it_is_none_of_ours(db, cursor):
    with pytest.raises(InvalidCursor):
        queries.answers(cursor=cursor)


def test_view_is_refused_when_there_is_no_such_answer(db):
    with pytest.raises(UnknownAnswer):
        queries.answer_view(uuid4())


def test_row_counts_citations_and_names_the_actor(asked):
    row = queries.answer_view(asked[0].id).row
    assert (row.citation_count, row.actor_name, row.app) == (1, "Nora Nurse", "ward")
    assert replace(row, citation_count=0) == replace(
        queries.answers().rows[-1], citation_count=0
    )


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE answering_answer SET outcome = 'no_evidence'",
        "UPDATE answering_answer SET state = 'open', entry_id = NULL, outcome = ''",
        "DELETE FROM answering_answer",
        "UPDATE answering_citation SET char_start = 0",
        "DELETE FROM answering_citation",
        "UPDATE answering_answerpassage SET cited = false",
        "DELETE FROM answering_answerpassage",
        "UPDATE answering_prompttemplate SET text = ''",
        "DELETE FROM answering_prompttemplate",
    ],
)
def test_closed_answer_stays_as_it_is_when_rows_are_touched(asked, sql):
    for model in (Answer, Citation, AnswerPassage, PromptTemplate):
        assert model.objects.exists()
    with (
        pytest.raises(IntegrityError),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(sql)
