"""Holds and floors that would cover nothing are refused, not recorded."""

from datetime import date, timedelta

import pytest

from audit.custody import holds, retention
from audit.custody.errors import FloorInvalid, ScopeInvalid
from audit.custody.retention import Floor
from audit.custody.scopes import Scope, ScopeKind
from audit.models import InboxEntry, LegalHold, RetentionFloor
from clinrag.answering.scopes import version_scope
from clinrag.web.custody_forms import FloorForm, HoldForm
from tests.integration.audit.conftest import ADA

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "keys"])


@pytest.mark.parametrize("seconds", [0, -60])
def test_hold_is_refused_when_its_time_ends_before_it_begins(log, seconds):
    def span(seconds):
        until = log.at + timedelta(seconds=seconds)
        return Scope(ScopeKind.TIME, since=log.at, until=until)

    holds.place(span(1), reason="Claim", by=ADA, at=log.tick())
    with pytest.raises(ScopeInvalid):
        holds.place(span(seconds), reason="Claim", by=ADA, at=log.tick())
    assert (LegalHold.objects.count(), InboxEntry.objects.count()) == (1, 1)


def test_form_of_a_hold_says_so_when_its_time_ends_before_it_begins():
    def form(until):
        values = {"kind": "time", "since": "2026-11-02T00:00", "reason": "Claim"}
        return HoldForm(values | {"until": until})

    assert form("2026-11-03T00:00").is_valid()
    assert set(form("2026-11-01T00:00").errors) == {"until"}


def test_floor_is_refused_when_nothing_is_of_its_class(log):
    def put(name):
        floor = Floor(name, "A law", 12, date(2020, 1, 1))
        retention.set_floor(floor, by=ADA, at=log.tick())

    put("answer"), put("*")
    with pytest.raises(FloorInvalid):
        put("anwser")
    assert RetentionFloor.objects.count() == 2
    values = {"years": 12, "applies_from": "2020-01-01", "source": "A law"}
    assert FloorForm(values | {"retention_class": "answer"}).is_valid()
    assert not FloorForm(values | {"retention_class": "anwser"}).is_valid()


def test_hold_of_an_edition_is_refused_when_there_is_none(log):
    with pytest.raises(ScopeInvalid):
        version_scope(log.append().entry_id)


@pytest.mark.parametrize("form", [HoldForm])
def test_reason_is_asked_for_without_a_patient(form):
    assert "no reference to one" in str(form().fields["reason"].help_text)
