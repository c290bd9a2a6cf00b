"""Custody over REST: two people, what they saw, once per key; keys decide nothing."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from audit import queries
from audit.custody import holds, retention
from audit.sequencing import sequencer
from clinrag.access.idempotency import STALE_AFTER
from clinrag.access.models import IdempotencyRecord
from clinrag.access.roles import Permission, Role
from clinrag.api import once
from tests.integration.api.conftest import check_problem

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "keys"])

NOBODY = "00000000-0000-7000-8000-000000000000"
WHY = {"reason": "Letter of the 5th"}
ROTATION = {"action": "key_rotation", **WHY}
EVERYTHING = {"kind": "everything", **WHY}


@pytest.fixture
def ada(make_person: Callable[..., Any]) -> Any:
    return make_person("ada", Role.COMPLIANCE_OFFICER)


@pytest.fixture
def bob(make_person: Callable[..., Any]) -> Any:
    return make_person("bob", Role.COMPLIANCE_OFFICER)


@pytest.fixture
def answer(app: Any, clinic: Any) -> dict[str, Any]:
    return app.ask(subject="mrn-1").json()


def erasing(answer: dict[str, Any], **changes: Any) -> dict[str, Any]:
    asked = {"kind": "question", "answer_id": answer["id"]}
    return asked | {"reason_class": "subject_request"} | WHY | changes


def recorded(kind: str) -> int:
    sequencer.drain(at=timezone.now())
    return len(queries.entries(limit=50, types=[kind]))


def test_erasure_is_asked_for_agreed_to_done_and_told(ada, bob, answer):
    asked = ada.post("erasures", erasing(answer))
    assert asked.status_code == 201
    where = asked["Location"]
    assert asked.json()["scope"]["reason_class"] == "subject_request"
    check_problem(ada.post(f"{where}/erasure"), 403, "not_authorized")
    check_problem(ada.post(f"{where}/approval"), 403, "approver_is_requester")
    assert bob.post(f"{where}/approval").json()["decided_by"]["name"] == "bob"
    check_problem(bob.post(f"{where}/approval"), 409, "authorization_closed")
    done = ada.post(f"{where}/erasure")
    assert (done.status_code, done.json()["state"]) == (200, "done")
    assert recorded("content.erased") == 1
    check_problem(ada.post(f"{where}/erasure"), 403, "not_authorized")
    listed = bob.get("erasures").json()["items"]
    assert listed == [done.json()] == [bob.get(f"erasures/{done.json()['id']}").json()]
    check_problem(bob.get(f"erasures/{NOBODY}"), 404, "erasure_unknown")


def test_erasure_waits_for_a_hold_and_the_agreement_is_still_good(ada, bob, answer):
    where = ada.post("erasures", erasing(answer))["Location"]
    bob.post(f"{where}/approval")
    subject = {"kind": "subject", "subject": "mrn-1", **WHY}
    hold = bob.post("holds", subject)
    assert "mrn-1" not in hold.content.decode()
    check_problem(ada.post(f"{where}/erasure"), 409, "content_held")
    release = ada.post(f"{hold['Location']}/release-request", WHY)
    ending = {"authorization_id": release.json()["id"]}
    check_problem(
        ada.post(f"{hold['Location']}/release", ending), 403, "not_authorized"
    )
    bob.post(f"{release['Location']}/approval")
    ended = ada.post(f"{hold['Location']}/release", ending)
    assert ended.json()["released_at"] is not None
    check_problem(ada.post(f"{hold['Location']}/release", ending), 404, "hold_unknown")
    assert ada.get("holds").json()["items"] == []
    assert ada.get("holds", {"state": "all"}).json()["items"] == [ended.json()]
    assert ada.post(f"{where}/erasure").json()["state"] == "done"


def test_erasure_by_another_agreement_is_refused(ada, bob, answer):
    where = ada.post("authorizations", ROTATION)["Location"]
    bob.post(f"{where}/approval")
    check_problem(ada.post(f"{where}/erasure"), 403, "not_authorized")
    assert ada.get(where).json()["state"] == "approved"


def test_request_is_refused_for_good_with_a_reason(ada, bob, clinic):
    where = ada.post("authorizations", ROTATION)["Location"]
    check_problem(bob.post(f"{where}/refusal", {}), 422, "fields_invalid")
    check_problem(ada.post(f"{where}/refusal", WHY), 403, "approver_is_requester")
    assert bob.post(f"{where}/refusal", WHY).json()["state"] == "refused"
    check_problem(bob.post(f"{where}/approval"), 409, "authorization_closed")
    assert ada.get("authorizations").json()["items"] == []
    assert len(ada.get("authorizations", {"state": "all"}).json()["items"]) == 1
    none = {"state": "all", "action": "pruning"}
    assert ada.get("authorizations", none).json()["items"] == []


@pytest.mark.parametrize("step", ["approval", "refusal"])
def test_decision_on_what_has_changed_since_is_refused(
    ada, bob, make_person, clinic, step
):
    asked = ada.post("authorizations", ROTATION)
    where, seen = asked["Location"], asked["ETag"]
    assert bob.get(where)["ETag"] == seen
    eve = make_person("eve", Role.COMPLIANCE_OFFICER)
    check_problem(eve.post(f"{where}/{step}", WHY, If_Match='"old"'), 412,
                  "precondition_failed")  # fmt: skip
    body = WHY if step == "refusal" else None
    done = eve.post(f"{where}/{step}", body, If_Match=f'"old", {seen}')
    assert done.status_code == 200
    assert done["ETag"] != seen
    check_problem(bob.post(f"{where}/{step}", WHY, If_Match=seen), 412,
                  "precondition_failed")  # fmt: skip


def test_hold_that_has_changed_since_is_not_released(ada, bob, clinic):
    hold = ada.post("holds", EVERYTHING)
    where, seen = hold["Location"], hold["ETag"]
    ask = f"{where}/release-request"
    check_problem(ada.post(ask, WHY, If_Match='"old"'), 412, "precondition_failed")
    release = ada.post(ask, WHY, If_Match=seen)
    bob.post(f"{release['Location']}/approval")
    ending = {"authorization_id": release.json()["id"]}
    stale = bob.post(f"{where}/release", ending, If_Match='"old"')
    check_problem(stale, 412, "precondition_failed")
    assert bob.post(f"{where}/release", ending, If_Match=seen)["ETag"] != seen


CREATING = {
    "authorizations": ("authorizations", ROTATION, "authorization.requested"),
    "holds": ("holds", EVERYTHING, "hold.placed"),
    "erasures": ("erasures", None, "authorization.requested"),
    "release": (None, WHY, "authorization.requested"),
}


@pytest.fixture(params=CREATING)
def creating(request, ada, bob, answer):
    """Each way to create something: its address, body and entry."""
    path, body, kind = CREATING[request.param]
    if path is None:
        path = bob.post("holds", EVERYTHING)["Location"] + "/release-request"
    return path, body or erasing(answer), kind


def test_same_key_makes_one_thing_and_another_body_is_refused(ada, bob, creating):
    path, body, kind = creating
    first = ada.post(path, body, Idempotency_Key="k1")
    again = ada.post(path, body, Idempotency_Key="k1")
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    assert "Idempotency-Replayed" not in first
    assert again["Idempotency-Replayed"] == "true"
    other = ada.post(path, body | {"reason": "Another"}, Idempotency_Key="k1")
    check_problem(other, 422, "idempotency_key_reused")
    check_problem(ada.post(path, body, Idempotency_Key="ä"), 422,
                  "idempotency_key_invalid")  # fmt: skip
    assert recorded(kind) == 1
    ada.post(path, body, Idempotency_Key="k2")
    bob.post(path, body, Idempotency_Key="k1")
    assert recorded(kind) == 3


def test_same_key_finds_what_a_dead_process_made(ada, creating, monkeypatch):
    path, body, kind = creating

    def die(*_arguments: object) -> None:
        raise SystemExit

    with monkeypatch.context() as dying:
        dying.setattr(once, "bind", die)
        with pytest.raises(SystemExit):
            ada.post(path, body, Idempotency_Key="k1")
    young = ada.post(path, body, Idempotency_Key="k1")
    check_problem(young, 409, "idempotency_twin_running")
    long_ago = timezone.now() - STALE_AFTER - timedelta(seconds=1)
    IdempotencyRecord.objects.update(claimed_at=long_ago)
    found = ada.post(path, body, Idempotency_Key="k1")
    assert found["Idempotency-Replayed"] == "true"
    assert recorded(kind) == 1


def test_same_key_may_try_again_when_the_first_was_refused(ada, clinic):
    unknown = {"kind": "version", "version_id": NOBODY, **WHY}
    for _ in range(2):
        refused = ada.post("holds", unknown, Idempotency_Key="k1")
        check_problem(refused, 422, "edition_unknown")
    assert ada.post("holds", EVERYTHING, Idempotency_Key="k1").status_code == 201


SPAN = {"since": "2026-01-01T00:00:00Z", "until": "2026-02-01T00:00:00Z"}
WRONG = [
    {"kind": "everything", "subject": "mrn-1"},
    {"kind": "subject"},
    {"kind": "question", "entry_id": NOBODY},
    {"kind": "time"},
    {"kind": "time", "since": SPAN["until"], "until": SPAN["since"]},
    {"kind": "time", **SPAN, "answer_id": NOBODY},
]


@pytest.mark.parametrize(
    ("scope", "code"),
    [
        ({"kind": "question", "answer_id": NOBODY}, "answer_unknown"),
        ({"kind": "version", "version_id": NOBODY}, "edition_unknown"),
    ],
)
def test_hold_is_refused_by_its_own_code_when_there_is_no_such_thing(
    ada, clinic, scope, code
):
    check_problem(ada.post("holds", scope | WHY), 422, code)
    assert holds.active(10) == []


@pytest.mark.parametrize("scope", WRONG)
def test_hold_is_refused_when_its_scope_is_not_as_its_kind_needs(ada, clinic, scope):
    check_problem(ada.post("holds", scope | WHY), 422, "scope_invalid")
    assert ada.post("holds", {"kind": "time", **SPAN, **WHY}).status_code == 201
    assert len(holds.active(10)) == 1


def test_hold_covers_each_kind(ada, answer, app):
    entry_id = app.get(f"answers/{answer['id']}/proof").json().get("entry_id")
    scopes = [
        {"kind": "subject", "subject": "mrn-of-the-future"},
        {"kind": "question", "answer_id": answer["id"]},
        {"kind": "entry", "entry_id": entry_id or answer["receipt"]["entry_id"]},
        {"kind": "version", "version_id": answer["citations"][0]["version_id"]},
        {"kind": "time", "since": SPAN["since"]},
        {"kind": "everything"},
    ]
    for scope in scopes:
        placed = ada.post("holds", scope | WHY)
        assert placed.status_code == 201, placed.content
        assert ada.get(placed["Location"]).json() == placed.json()
    check_problem(
        ada.post("holds", {"kind": "entry", "entry_id": NOBODY, **WHY}),
        404,
        "entry_unknown",
    )


def test_erasure_of_a_person_nobody_knows_is_refused(ada, answer):
    body = erasing(answer, kind="subject", answer_id=None)
    del body["answer_id"]
    check_problem(
        ada.post("erasures", body | {"subject": "nobody"}), 404, "subject_unknown"
    )
    assert ada.post("erasures", body | {"subject": "mrn-1"}).status_code == 201
    everything = erasing(answer, kind="everything")
    check_problem(ada.post("erasures", everything), 422, "fields_invalid")


def test_pruning_is_asked_for_of_a_block_and_the_rest_of_none(ada, clinic):
    (first, _), *_ = retention.blocks()
    pruning = {"action": "pruning", **WHY}
    check_problem(ada.post("authorizations", pruning), 422, "authorization_invalid")
    for body in (pruning | {"first_index": 7}, ROTATION | {"first_index": first}):
        check_problem(ada.post("authorizations", body), 422, "authorization_invalid")
    good = ada.post("authorizations", pruning | {"first_index": first})
    assert good.json()["scope"] == {"first_index": str(first)}
    erasure = {"action": "erasure", **WHY}
    check_problem(ada.post("authorizations", erasure), 422, "fields_invalid")


def test_operator_sees_and_decides_what_is_his_and_nothing_of_content(
    ada, make_person, answer
):
    olu = make_person("olu", Role.OPERATOR)
    erasure = ada.post("erasures", erasing(answer))["Location"]
    rotation = ada.post("authorizations", ROTATION)["Location"]
    seen = olu.get("authorizations").json()["items"]
    assert [one["action"] for one in seen] == ["key_rotation"]
    check_problem(olu.get(erasure), 404, "authorization_unknown")
    check_problem(olu.post(f"{erasure}/approval"), 404, "authorization_unknown")
    assert olu.post(f"{rotation}/approval").status_code == 200
    (first, _), *_ = retention.blocks()
    pruning = {"action": "pruning", "first_index": first, **WHY}
    check_problem(olu.post("authorizations", pruning), 403, "permission_missing")
    shard = {"action": "shard_opening", **WHY}
    assert olu.post("authorizations", shard).status_code == 201


def test_retention_is_told_with_its_floors(ada, app, clinic):
    told = ada.get("retention").json()
    assert {one["name"] for one in told["classes"]} == set(retention.CLASSES)
    assert min(one["years"] for one in told["classes"]) >= 10
    assert len(told["floors"]) == len(retention.floors())
    check_problem(app.get("retention"), 403, "permission_missing")


READING = ["authorizations", "holds", "erasures", "retention"]


def deciding(authorization: str, hold: str) -> list[tuple[str, Any]]:
    """Every address at which something is asked for or decided, with a good body."""
    return [
        ("authorizations", ROTATION),
        (f"{authorization}/approval", None),
        (f"{authorization}/refusal", WHY),
        (f"{authorization}/erasure", None),
        ("holds", EVERYTHING),
        (f"{hold}/release-request", WHY),
        (f"{hold}/release", {"authorization_id": NOBODY}),
        ("erasures", {"kind": "entry", "entry_id": NOBODY, **WHY}),
    ]


def test_application_reads_without_reasons_and_decides_nothing(ada, make_app, answer):
    asked, hold = ada.post("erasures", erasing(answer)), ada.post("holds", EVERYTHING)
    scopes = (Permission.EXPORT_LEDGER, Permission.READ_LEDGER, Permission.ADMINISTER)
    key = make_app(*scopes, name="Custodian")
    before = recorded("authorization.requested"), len(holds.recent(9))
    for path, body in deciding(asked["Location"], hold["Location"]):
        check_problem(key.post(path, body), 403, "decider_is_not_a_person")
    assert (recorded("authorization.requested"), len(holds.recent(9))) == before
    for person, reason in ((ada, WHY["reason"]), (key, None)):
        for path in ("authorizations", "holds"):
            (shown,) = person.get(path).json()["items"]
            assert shown["reason"] == reason
        assert person.get(asked["Location"]).json()["reason"] == reason
        assert person.get(hold["Location"]).json()["reason"] == reason


def test_nobody_without_the_permission_reads_or_decides(
    ada, make_person, make_app, answer
):
    asked, hold = ada.post("erasures", erasing(answer)), ada.post("holds", EVERYTHING)
    for stranger in (make_person("cyd", Role.CLINICIAN), make_app(name="Other")):
        for path in (*READING, asked["Location"], hold["Location"]):
            check_problem(stranger.get(path), 403, "permission_missing")
        for path, body in deciding(asked["Location"], hold["Location"]):
            check_problem(stranger.post(path, body), 403, "permission_missing")
    reader = make_app(Permission.READ_LEDGER, name="Reader")
    assert [reader.get(path).status_code for path in READING] == [200, 200, 403, 200]


def test_person_needs_the_token_of_our_pages(make_person, clinic):
    with_csrf = make_person("mara", Role.COMPLIANCE_OFFICER, csrf=True)
    for path, body in deciding(f"authorizations/{NOBODY}", f"holds/{NOBODY}"):
        check_problem(with_csrf.post(path, body), 403, "csrf_failed")
