"""Claims that somebody else drafted are held to the text they cite."""

import pytest

from clinrag.access.roles import Permission
from ingestion.queries import version_text
from tests.integration.answering.clinic import Clinic, recorded
from tests.integration.api.conftest import App, check_problem

pytestmark = pytest.mark.django_db(databases=["default", "keys"])


@pytest.fixture
def cited(clinic: Clinic, app: App) -> dict[str, str]:
    """A quote of an answer, with its version."""
    return app.ask().json()["citations"][0]


def body(version_id: str, text: str, **citation: str) -> dict[str, object]:
    cites = [{"source_number": 1, **citation}]
    return {
        "sources": [{"version_id": version_id}],
        "claims": [{"text": text, "citations": cites}],
    }


@pytest.mark.parametrize("with_quote", [True, False])
def test_claim_is_judged_on_record_when_its_source_may_be_read(
    cited, make_app, with_quote
):
    reader, quote = make_app(Permission.RETRIEVE), cited["quote"]
    given = {"quote": quote} if with_quote else {}
    made = reader.post("groundings", body(cited["version_id"], quote, **given))

    assert made.status_code == 200, made.content
    (claim,) = made.json()["claims"]
    assert (claim["verdict"], claim["problems"]) == ("supported", [])
    (found,) = claim["quotes"]
    text = version_text(cited["version_id"])
    assert text[found["char_start"] : found["char_end"]] == found["quote"]
    entry = recorded("claims.checked")[-1]["fields"]
    assert entry["versions"] == [cited["version_id"]]
    assert entry["verdicts"] == ["supported"]
    assert quote not in str(entry)


def test_changed_claim_is_told_what_is_wrong_with_it(cited, make_app):
    reader, quote = make_app(Permission.RETRIEVE), cited["quote"]
    wrong = f"{quote.rstrip('.')} of 977 mg."
    told = reader.post("groundings", body(cited["version_id"], wrong, quote=quote))
    (claim,) = told.json()["claims"]
    assert claim["verdict"] == "unsupported"
    assert "number_not_in_source" in claim["problems"]


def test_source_that_is_not_there_or_has_no_such_span_is_refused(cited, make_app):
    reader, quote = make_app(Permission.RETRIEVE), cited["quote"]
    nowhere = "00000000-0000-4000-8000-000000000000"
    check_problem(
        reader.post("groundings", body(nowhere, quote)), 404, "version_not_found"
    )
    beyond = body(cited["version_id"], quote)
    beyond["sources"] = [
        {"version_id": cited["version_id"], "char_start": 0, "char_end": 9_999_999}
    ]
    check_problem(reader.post("groundings", beyond), 422, "claim_source_invalid")
    assert recorded("claims.checked") == []


def test_who_may_not_search_may_not_check(cited, make_app):
    given = body(cited["version_id"], cited["quote"])
    other = make_app(Permission.READ_LEDGER)
    check_problem(other.post("groundings", given), 403, "permission_missing")
    assert make_app(Permission.RETRIEVE).post("groundings", given).status_code == 200
