"""Nobody learns by foresight what stands in a collection that is not open to them."""

import pytest
from django.utils import timezone

from clinrag.access.actions import grant_collection
from clinrag.answering.foresight.reports import request_foresight, work_on_report
from ingestion import actions
from ingestion.queries import VersionView
from tests.factories.people import AUTHOR, REVIEWER
from tests.integration.answering.clinic import OLD, Clinic
from tests.integration.answering.test_foresight import draft, rival
from tests.integration.api.conftest import OPERATOR, App

pytestmark = pytest.mark.django_db(databases=["default", "keys"])
SECRET = "50 MME"


@pytest.fixture
def closed(clinic: Clinic) -> str:
    """The id of a collection for the granted, with a rival document in force."""
    made = actions.create_collection(
        "closed",
        name="Closed",
        specialty="pain",
        language="en",
        audience="granted",
        by=AUTHOR,
        at=clinic.now(),
    )
    ours = clinic.document
    clinic.document = actions.register_document(
        made.id, title="Secret", publisher="Who", by=AUTHOR, at=clinic.now()
    )
    rival(clinic)
    clinic.document = ours
    return made.id


@pytest.fixture
def version(clinic: Clinic, closed: str) -> VersionView:
    """A foreseen edition; one answer was asked of both collections, one of its own."""
    clinic.ask(collection_slugs=("pain", "closed"))
    clinic.ask()
    version = draft(clinic, OLD.replace("90 MME", "120 MME"))
    report_id = request_foresight(version.id, by=REVIEWER, at=clinic.now())
    embedder = clinic.services.embedder
    while work_on_report(report_id, embedder=embedder, now=clinic.now):
        pass
    return version


@pytest.fixture
def reviewer(make_person) -> App:
    make_person("mara")  # so that no account has the number of the author
    make_person("nina")
    return make_person("rita", "reviewer")


def test_route_counts_what_stands_in_a_collection_that_is_not_open(
    version, closed, reviewer
) -> None:
    path = f"versions/{version.id}/foresight"
    hidden = reviewer.get(path)
    report = hidden.json()["report"]
    assert SECRET not in hidden.content.decode()
    assert (report["conflicts"], report["hidden_conflicts"]) == ([], 1)
    by_id = {one["answer_id"]: one for one in report["answers"]}
    (shut,) = report["hidden_answers"]
    assert not any(by_id[shut][name] for name in ("lost", "come", "numbers_lost"))
    (other,) = set(by_id) - {shut}
    assert by_id[other]["numbers_lost"]

    grant_collection(closed, to=reviewer.holder, by=OPERATOR, at=timezone.now())

    report = reviewer.get(path).json()["report"]
    assert SECRET in str(report["conflicts"])
    assert (report["hidden_conflicts"], report["hidden_answers"]) == (0, [])
    assert all(one["numbers_lost"] for one in report["answers"])


def test_page_counts_what_stands_in_a_collection_that_is_not_open(
    version, closed, reviewer
) -> None:
    path = f"/versions/{version.id}/approve"
    page = reviewer.client.get(path).content.decode()
    assert SECRET not in page
    assert "1 more stands in a collection that is not open to you" in page
    assert page.count("a collection not open to you") == 1

    grant_collection(closed, to=reviewer.holder, by=OPERATOR, at=timezone.now())

    page = reviewer.client.get(path).content.decode()
    assert SECRET in page
    assert "not open to you" not in page
