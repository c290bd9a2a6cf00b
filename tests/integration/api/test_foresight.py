"""What a version would change, and deciding about it signed, over REST."""

from collections.abc import Callable
from datetime import datetime

import pytest
from django.utils import timezone

from clinrag.answering.foresight.reports import work_on_report
from clinrag.answering.models import ForesightReport
from tests.integration.answering.clinic import NEW, QUESTION, Clinic, recorded
from tests.integration.api.conftest import App, check_problem

pytestmark = pytest.mark.django_db(databases=["default", "keys"])
GOLDEN = "collections/pain/golden-questions"


@pytest.fixture
def path(clinic: Clinic) -> str:
    """A version that waits for its decision."""
    return f"versions/{clinic.take_in(NEW, '2022').id}"


@pytest.fixture
def reviewer(make_person: Callable[..., App]) -> App:
    make_person("mara")  # so that no account has the number of the author
    make_person("nina")
    return make_person("rita", "reviewer")


@pytest.fixture
def work(clinic: Clinic) -> Callable[[], None]:
    """What a worker does."""

    def work(now: Callable[[], datetime] = timezone.now) -> None:
        for row in ForesightReport.objects.filter(state="running"):
            while work_on_report(row.id, embedder=clinic.services.embedder, now=now):
                pass

    return work


def sign(by: App, path: str, **said: object):
    headers = {key: said.pop(key) for key in ("If_Match",) if key in said}
    body = {"decision": "approve", "acknowledged": False, **said}
    return by.post(f"{path}/reviews", body, **headers)


def test_version_is_foreseen_and_its_decision_signed(path, reviewer, work) -> None:
    assert reviewer.get(f"{path}/foresight").json()["freshness"] == "missing"
    begun = reviewer.post(f"{path}/foresight")
    assert (begun.status_code, begun.json()["running"]["state"]) == (202, "running")
    check_problem(reviewer.post(f"{path}/foresight"), 409, "foresight_under_way")
    work()
    seen = reviewer.get(f"{path}/foresight").json()
    assert seen["freshness"] == "fresh"
    assert seen["report"]["passages"]["embedded"] == 1
    sha256 = seen["report"]["sha256"]
    check_problem(sign(reviewer, path), 409, "foresight_not_seen")
    made = sign(reviewer, path, foresight_sha256=sha256)
    assert made.status_code == 201
    told = made.json()
    (event,) = [one["fields"] for one in recorded("version.reviewed")][-1:]
    for bound in ("text_sha256", "comparison_sha256", "foresight_sha256"):
        assert told[bound] == event[bound]
        assert len(told[bound]) == 64
    assert event["foresight_sha256"] == sha256
    assert told["authenticated_by"] == event["authenticated_by"] == "password"
    assert (told["foresight"], told["acknowledged"]) == ("fresh", False)


def test_signing_is_refused_without_password_or_acknowledgement(
    path, reviewer, make_app
) -> None:
    wrong = sign(reviewer, path, password="not it", acknowledged=True)
    check_problem(wrong, 401, "sign_in_failed")
    assert recorded("access.sign_in_failed")
    unsigned = reviewer.post(f"{path}/reviews", {"decision": "approve", "password": ""})
    check_problem(unsigned, 422, "fields_invalid")
    check_problem(sign(reviewer, path), 409, "foresight_not_acknowledged")
    key = make_app("review")
    refused = sign(key, path, acknowledged=True)
    check_problem(refused, 403, "reviewer_is_not_a_person")
    assert sign(reviewer, path, acknowledged=True).status_code == 201


def test_signing_is_refused_when_the_state_seen_is_another(path, reviewer) -> None:
    seen = reviewer.get(path)["ETag"]
    said = {"acknowledged": True}
    unsaid = sign(reviewer, path, If_Match=None, **said)
    check_problem(unsaid, 428, "precondition_required")
    other = sign(reviewer, path, If_Match='"other"', **said)
    check_problem(other, 412, "precondition_failed")
    made = sign(reviewer, path, If_Match=seen, **said)
    assert made.status_code == 201
    again = sign(reviewer, path, If_Match=seen, decision="return", **said)
    check_problem(again, 412, "precondition_failed")


def test_golden_questions_are_kept_imported_and_retired(clinic, reviewer) -> None:
    body = {"question": QUESTION, "expects": "passage", "quotation": "90 MME/day"}
    made = reviewer.post(GOLDEN, body)
    assert made.status_code == 201
    check_problem(reviewer.post(GOLDEN, body), 409, "golden_question_exists")
    bad = {"question": "And?", "expects": "refusal", "quotation": "x"}
    check_problem(reviewer.post(GOLDEN, bad), 422, "golden_question_invalid")
    csv = (
        f"question,expects,quotation\n{QUESTION},passage,90 MME/day\nA poem?,refusal,\n"
    )
    assert reviewer.post(f"{GOLDEN}/import", {"csv": csv}).json() == {"added": 1}
    broken = reviewer.post(f"{GOLDEN}/import", {"csv": "question\nWhat?\n"})
    check_problem(broken, 422, "golden_question_invalid")
    large = reviewer.post(f"{GOLDEN}/import", {"csv": "question\n" + "é" * 900_000})
    check_problem(large, 422, "golden_question_invalid")
    larger = reviewer.post(f"{GOLDEN}/import", {"csv": "x" * 1_000_001})
    check_problem(larger, 422, "fields_invalid")
    retired = f"{GOLDEN}/{made.json()['id']}/retirement"
    assert reviewer.post(retired).status_code == 204
    check_problem(reviewer.post(retired), 404, "golden_question_unknown")
    (left,) = reviewer.get(GOLDEN).json()["items"]
    assert left["question"] == "A poem?"
    kinds = [one["type"] for one in recorded("golden_question.")]
    assert kinds == ["golden_question.kept"] * 2 + ["golden_question.retired"]
