"""The page where an edition is signed: by its password, for what stood on the page."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from clinrag.access.models import User
from clinrag.answering.foresight.queries import outlook
from clinrag.answering.foresight.reports import request_foresight, work_on_report
from ingestion import queries
from ingestion.queries import VersionView
from tests.factories.access import make_user
from tests.factories.people import REVIEWER
from tests.integration.answering.clinic import (
    NEW,
    Clinic,
    recorded,
    running_clinic,
)

pytestmark = pytest.mark.django_db(databases=["default", "keys"])
PASSWORD = "a quiet morning by the lake"
SEEN = re.compile(r'name="foresight_sha256" value="([0-9a-f]*)"')


@pytest.fixture
def clinic(settings: Any, tmp_path: Path) -> Clinic:
    return running_clinic(settings, tmp_path)


@pytest.fixture
def version(clinic: Clinic) -> VersionView:
    return clinic.take_in(NEW, "2022")


@pytest.fixture
def reviewer(clinic: Clinic, client: Client) -> Client:
    make_user(roles=())  # so that no account has the number of the author
    user: User = make_user(roles=("reviewer",))
    user.set_password(PASSWORD)
    user.save()
    client.force_login(user)
    return client


@pytest.fixture
def foresee(clinic: Clinic, version: VersionView) -> Callable[[], str]:
    def foresee() -> str:
        report_id = request_foresight(version.id, by=REVIEWER, at=timezone.now())
        embedder = clinic.services.embedder
        while work_on_report(report_id, embedder=embedder, now=timezone.now):
            pass
        found = outlook(version.id, at=timezone.now()).report
        assert found
        return found.sha256

    return foresee


def sign(reviewer: Client, version: VersionView, **said: str) -> Any:
    body = {
        "decision": "approve",
        "password": PASSWORD,
        **said,
    }
    page = reviewer.get(f"/versions/{version.id}/approve").content.decode()
    meanings = re.findall(r'<option value="([^"]+)"', page)
    return reviewer.post(
        f"/versions/{version.id}/sign", body | {"meaning": meanings[0]}
    )


def seen_on(page: Any) -> str:
    found = SEEN.search(page.content.decode())
    assert found
    return found[1]


def test_signature_is_for_the_report_on_the_page(version, reviewer, foresee):
    page = f"/versions/{version.id}/approve"
    assert seen_on(reviewer.get(page)) == ""
    first = foresee()
    assert seen_on(reviewer.get(page)) == first
    second = foresee()  # meanwhile, at another moment
    assert second != first

    stale = sign(reviewer, version, foresight_sha256=first)

    assert stale.status_code == 422
    assert "look at it again" in stale.content.decode()
    assert seen_on(stale) == second
    assert queries.version(version.id).status == "in_review"
    assert sign(reviewer, version, foresight_sha256=second).status_code == 302
    event = recorded("version.reviewed")[-1]["fields"]
    assert (event["foresight_sha256"], event["foresight"]) == (second, "fresh")


def test_signature_takes_the_password_and_the_acknowledgement(version, reviewer):
    wrong = sign(reviewer, version, password="not it", acknowledged="on")
    assert wrong.status_code == 422
    assert recorded("access.sign_in_failed")
    unsaid = sign(reviewer, version)
    assert unsaid.status_code == 422
    assert queries.reviews_of(version.id) == []

    assert sign(reviewer, version, acknowledged="on").status_code == 302

    (review,) = queries.reviews_of(version.id)
    assert (review.authenticated_by, review.foresight) == ("password", "missing")
    assert review.acknowledged
    assert len(review.text_sha256) == len(review.comparison_sha256) == 64
