"""Formats and house styles over HTTP."""

import pytest

from clinrag.answering.answerers import ExtractiveAnswerer
from clinrag.answering.formats.definitions import find_format
from tests.integration.answering.clinic import QUESTION, recorded
from tests.integration.api.conftest import check_problem

pytestmark = pytest.mark.django_db(databases=["default", "keys"])

DIALOGUE = """[doctor] what brings you here , mr. smith ?
[patient] i have had pain in my back for four days .
[doctor] i'm going to continue your oxycodone 20 mg twice daily .
"""


def note(app, **fields: object):
    body = {
        "question": QUESTION,
        "collections": ["pain"],
        "format": "soap_note",
        "context": DIALOGUE,
    }
    return app.post("answers", body | fields)


def test_note_is_answered_field_by_field(clinic, app) -> None:
    clinic.serve(ExtractiveAnswerer(clinic.services.embedder))
    body = note(app, style="clinic_us").json()
    claims = {claim["text"]: claim for claim in body["claims"]}
    fields = {field["name"]: field for field in body["fields"]}
    said = claims["i have had pain in my back for four days ."]
    assert (body["format"], body["style"]) == ("soap_note/1", "clinic_us/1")
    assert body["media_type"] == "text/markdown"
    assert fields["objective"]["claims"] == []
    assert fields["objective"]["empty"] == find_format("soap_note").nothing
    assert (said["field"], said["citations"]) == ("subjective", [])
    (told,) = said["context_citations"]
    assert told["kind"] == "context"
    assert told["quote"] == said["text"]
    assert all(c["citations"] for c in body["claims"] if c["field"] == "guidance")
    again = app.get(f"answers/{body['id']}").json()
    assert again == {name: body[name] for name in again}


def test_plain_answer_is_the_format_when_none_is_asked_for(clinic, app) -> None:
    body = app.ask().json()
    (field,) = body["fields"]
    assert (body["format"], body["style"]) == ("plain_answer/1", "neutral/1")
    assert field["claims"] == list(range(1, len(body["claims"]) + 1))
    assert {claim["field"] for claim in body["claims"]} == {"claims"}


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"format": "sonnet"}, "unknown_format"),
        ({"style": "baroque"}, "unknown_style"),
        ({"format": ""}, "context_not_taken"),
    ],
)
def test_question_is_a_problem_and_not_recorded_when(clinic, app, fields, code):
    problem = check_problem(note(app, **fields), status=422, code=code)
    assert "back" not in str(problem)
    assert recorded("query.") == []


def test_encounter_too_long_is_a_problem(clinic, app) -> None:
    assert note(app, context="a" * 15_001).status_code in {400, 422}
    assert recorded("query.") == []


def test_formats_are_listed_with_their_schema(clinic, app) -> None:
    listed = app.get("formats").json()["items"]
    soap = next(one for one in listed if one["name"] == "soap_note")
    form = find_format("soap_note")
    assert listed[0]["name"] == "plain_answer"
    assert (soap["sha256"], soap["schema"]) == (form.sha256, form.schema)
    assert soap["takes_context"] is True
    assert {
        "name": "guidance",
        "title": form.fields[-1].title,
        "sources": ["passage"],
    } in (soap["fields"])


def test_styles_are_listed_with_their_rules(clinic, app) -> None:
    listed = app.get("styles").json()["items"]
    assert listed[0]["label"] == "neutral/1"
    assert any("British spelling" in rule for one in listed for rule in one["rules"])
