"""The answering policy of a collection over HTTP."""

from collections.abc import Callable
from typing import Any

import pytest

from clinrag.access.roles import Permission, Role
from tests.integration.answering.clinic import recorded
from tests.integration.api.conftest import App, check_problem

WANTED = {"grounding": "refuse", "identifiers": "mask", "external_models": True}
REASON = {"reason": "The contract with the supplier is signed."}
POLICY = "collections/pain/policy"

pytestmark = pytest.mark.django_db(databases=["default", "keys"])


def test_administrator_sets_it_on_what_was_seen(
    clinic: Any, make_person: Callable[..., App]
) -> None:
    operator = make_person("ola", Role.OPERATOR)
    before = operator.get(POLICY)
    assert before.json()["number"] == 0
    seen = before["ETag"]
    made = operator.send("put", POLICY, WANTED | REASON, If_Match=seen)
    assert made.status_code == 200
    assert made.json() | WANTED | {"number": 1, "set_by": "ola"} == made.json()
    assert operator.get(POLICY)["ETag"] == made["ETag"] != seen
    stale = operator.send("put", POLICY, WANTED | REASON, If_Match=seen)
    check_problem(stale, 412, "precondition_failed")
    unseen = operator.send("put", POLICY, WANTED | REASON)
    check_problem(unseen, 428, "precondition_required")


def test_others_read_it_and_do_not_set_it(clinic: Any, app: App) -> None:
    assert app.get(POLICY).json()["grounding"] == "drop"
    refused = app.send("put", POLICY, WANTED | REASON, If_Match="*")
    check_problem(refused, 403, "permission_missing")


def test_it_is_not_told_of_a_collection_that_is_not_open(
    clinic: Any, make_app: Callable[..., App]
) -> None:
    elsewhere = make_app(Permission.ADMINISTER)
    assert elsewhere.get(POLICY).status_code == 200
    check_problem(
        elsewhere.get("collections/nowhere/policy"), 404, "collection_not_found"
    )


@pytest.mark.parametrize(
    "wrong", [{"grounding": "perhaps"}, {"identifiers": None}, {"model": "x"}]
)
def test_terms_that_are_none_are_refused(
    clinic: Any, make_app: Callable[..., App], wrong: dict[str, Any]
) -> None:
    operator = make_app(Permission.ADMINISTER)
    answer = operator.send("put", POLICY, WANTED | wrong, If_Match="*")
    assert answer.status_code == 422


def test_loosening_needs_a_reason_and_tightening_does_not(
    clinic: Any, make_person: Callable[..., App]
) -> None:
    operator = make_person("ola", Role.OPERATOR)
    officer = make_person("otto", Role.COMPLIANCE_OFFICER)
    refused = operator.send("put", POLICY, WANTED, If_Match="*")
    check_problem(refused, 422, "policy_reason_missing")
    naming = WANTED | {"reason": "For Mr. John Smith, born 12/03/1950."}
    refused = operator.send("put", POLICY, naming, If_Match="*")
    check_problem(refused, 422, "policy_reason_missing")
    assert "less strict" not in officer.client.get("/custody").content.decode()

    strict = WANTED | {"external_models": False}
    made = operator.send("put", POLICY, strict, If_Match="*").json()
    assert (made["number"], made["loosens"]) == (1, False)
    made = operator.send("put", POLICY, WANTED | REASON, If_Match="*").json()
    assert (made["number"], made["loosens"]) == (2, True)
    assert made["reason"] == REASON["reason"]
    entry = recorded("collection.policy_set")[-1]["fields"]
    assert (entry["loosens"], entry["reason"]) == (True, *REASON.values())
    assert REASON["reason"] in officer.client.get("/custody").content.decode()


def test_what_holds_is_told_beside_what_was_set(
    clinic: Any, make_person: Callable[..., App], settings: Any
) -> None:
    operator = make_person("ola", Role.OPERATOR)
    settings.CLINRAG_MODEL_EXTERNAL = False
    made = operator.send("put", POLICY, WANTED | REASON, If_Match="*").json()
    assert made["external_models"] is True
    assert made["effective"] == WANTED | {"external_models": False}
    settings.CLINRAG_MODEL_EXTERNAL = True
    assert operator.get(POLICY).json()["effective"] == WANTED


def test_page_shows_what_holds_and_is_set_by_who_administers(
    clinic: Any, make_person: Callable[..., App]
) -> None:
    operator = make_person("ola", Role.OPERATOR)
    reviewer = make_person("rita", Role.REVIEWER)
    page = "/collections/pain/policy"
    assert operator.client.get(page).status_code == 200
    assert "Set other terms" not in reviewer.client.get(page).content.decode()
    asked = {"seen": "0", "grounding": "flag", "identifiers": "mask"}
    assert reviewer.client.post(f"{page}/set", asked).status_code == 403
    for fields, number in ((asked, 0), (asked | REASON, 1)):
        assert operator.client.post(f"{page}/set", fields).status_code == 302
        assert operator.get(POLICY).json()["number"] == number
    assert REASON["reason"] in reviewer.client.get(page).content.decode()
