"""The packages' pages: what is too large is refused, and a second person is told all."""

import pytest
from django.db import DatabaseError
from django.test import Client

from audit.custody.authorizations import State as Agreed
from audit.exports import previewing, records
from audit.exports.records import State
from audit.models import Export
from tests.factories.access import make_user

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "keys"])


@pytest.fixture
def officer(office):
    """Signed in; whoever decides about packages."""
    client = Client()
    client.force_login(make_user(roles=("compliance_officer",), is_staff=True))
    return client


@pytest.fixture
def asked(office):
    office.log.fill(21)
    return office.request("entries", first="0", last="19")


@pytest.fixture
def small(monkeypatch):
    monkeypatch.setattr(previewing, "ENTRIES_AT_MOST", 20)


def form(last, **more):
    return {"kind": "entries", "first": "0", "last": last, "content": "none"} | more


def approve(officer, asked):
    address = f"/custody/requests/{asked.authorization.id}/approve"
    response = officer.post(address, follow=True)
    assert response.redirect_chain
    return response.content.decode()


def test_preview_is_a_refusal_with_its_code_when_a_package_could_not_hold_it(
    officer, asked, small
):
    shown = officer.post("/custody/packages/preview", form("19"))
    assert shown.status_code == 200
    before = Export.objects.count()
    refused = officer.post("/custody/packages/preview", form("20"))
    assert refused.status_code == 422
    assert "export_too_large" in refused.content.decode()
    assert Export.objects.count() == before


def test_request_without_a_preview_is_refused_the_same(officer, asked, small):
    reason = {"reason": "Asked for by the court"}
    before = Export.objects.count()
    refused = officer.post("/custody/packages/ask", form("20", **reason))
    assert refused.status_code == 422
    assert Export.objects.count() == before
    assert (
        officer.post("/custody/packages/ask", form("19", **reason)).status_code == 302
    )
    assert Export.objects.count() == before + 1


def test_second_person_is_told_that_the_package_is_being_built(officer, asked):
    assert "The package is being built." in approve(officer, asked)
    assert records.by_id(asked.id).state is State.BUILDING


@pytest.mark.parametrize("obstacle", ["ledger", "database"])
def test_second_person_is_told_when_building_could_not_begin(
    officer, asked, monkeypatch, obstacle
):
    def away(*_arguments, **_options):
        raise DatabaseError("host=10.0.0.7 is away")

    with monkeypatch.context() as meanwhile:
        if obstacle == "database":
            meanwhile.setattr(records, "start", away)
        else:
            Export.objects.filter(pk=asked.id).update(state="cancelled")
        told = approve(officer, asked)
    assert "Building did not begin" in told
    assert "10.0.0.7" not in told
    stands = records.by_id(asked.id)
    assert stands.authorization.state is Agreed.APPROVED
    assert stands.state is not State.BUILDING
