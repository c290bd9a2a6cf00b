"""Search only."""

import pytest

from tests.integration.answering.clinic import QUESTION, recorded
from tests.integration.api.conftest import check_problem

pytestmark = pytest.mark.django_db(databases=["default", "keys"])


def test_search_finds_the_passages_in_force_and_records_nothing(clinic, app) -> None:
    before = len(recorded())
    body = {"question": QUESTION, "collections": ["pain"], "limit": 2}
    found = app.post("retrievals", body).json()
    assert [one["rank"] for one in found["passages"]] == [1, 2]
    assert "90 MME/day" in found["passages"][0]["text"]
    assert found["passages"][0]["collection"] == "pain"
    assert found["corpus_position"]
    assert len(recorded()) == before


def test_search_is_refused_like_a_question(clinic, app, make_app) -> None:
    body = {"question": QUESTION, "collections": ["pain"]}
    for changes, status, code in (
        ({"question": ""}, 422, "question_empty"),
        ({"collections": ["nowhere"]}, 422, "unknown_collection"),
        ({"as_of": "2999-01-01T00:00:00Z"}, 422, "question_in_future"),
        ({"limit": 0}, 422, "fields_invalid"),
    ):
        check_problem(app.post("retrievals", body | changes), status, code)
    check_problem(make_app("ask").post("retrievals", body), 403, "permission_missing")
    assert make_app("retrieve").post("retrievals", body).status_code == 200
