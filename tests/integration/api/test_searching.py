"""Search only."""

from dataclasses import replace

import pytest

from clinrag.answering.policy import IdentifierPolicy
from tests.integration.answering.clinic import (
    GOOD_OLD,
    QUESTION,
    ScriptedAnswerer,
    recorded,
)
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


IDENTIFYING = f"{QUESTION} Write to jane.roe@example.org."


class ListeningEmbedder:
    """Remembers what it was given to embed, and lets another do it."""

    def __init__(self, embedder):
        self.embedder, self.heard = embedder, []

    def __getattr__(self, name):
        return getattr(self.embedder, name)

    def embed_query(self, text):
        self.heard.append(text)
        return self.embedder.embed_query(text)


def test_search_sends_the_embedder_no_identifiers(clinic, app) -> None:
    listening = ListeningEmbedder(clinic.services.embedder)
    clinic.services = replace(clinic.services, embedder=listening)
    body = {"question": IDENTIFYING, "collections": ["pain"]}
    assert app.post("retrievals", body).status_code == 200
    assert listening.heard
    assert "jane" not in str(listening.heard)


def test_search_is_refused_when_policy_refuses_identifiers(clinic, app) -> None:
    clinic.serve(ScriptedAnswerer(GOOD_OLD), identifiers=IdentifierPolicy.REFUSE)
    body = {"question": IDENTIFYING, "collections": ["pain"]}
    check_problem(app.post("retrievals", body), 422, "identifiers_in_question")
    assert app.post("retrievals", body | {"question": QUESTION}).status_code == 200
