"""The answering policy of a collection over HTTP."""

from collections.abc import Callable
from typing import Any

import pytest

from clinrag.access.roles import Permission, Role
from tests.integration.api.conftest import App, check_problem

WANTED = {"grounding": "refuse", "identifiers": "mask", "external_models": True}
POLICY = "collections/pain/policy"

pytestmark = pytest.mark.django_db(databases=["default", "keys"])


def test_administrator_sets_it_on_what_was_seen(
    clinic: Any, make_person: Callable[..., App]
) -> None:
    operator = make_person("ola", Role.OPERATOR)
    before = operator.get(POLICY)
    assert before.json()["number"] == 0
    seen = before["ETag"]
    made = operator.send("put", POLICY, WANTED, If_Match=seen)
    assert made.status_code == 200
    assert made.json() | WANTED | {"number": 1, "set_by": "ola"} == made.json()
    assert operator.get(POLICY)["ETag"] == made["ETag"] != seen
    stale = operator.send("put", POLICY, WANTED, If_Match=seen)
    check_problem(stale, 412, "precondition_failed")
    unseen = operator.send("put", POLICY, WANTED)
    check_problem(unseen, 428, "precondition_required")


def test_others_read_it_and_do_not_set_it(clinic: Any, app: App) -> None:
    assert app.get(POLICY).json()["grounding"] == "drop"
    refused = app.send("put", POLICY, WANTED, If_Match="*")
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
