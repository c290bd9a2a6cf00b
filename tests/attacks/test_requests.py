"""Over HTTP: the same request twice, and a question while the ledger is gone.

Answers are not streamed: a reply is whole and comes after its entry, so a ledger that
goes away midway leaves nothing half told.
"""

import pytest
from django.core.cache import caches
from django.db import connections
from django.test import Client
from django.utils import timezone

from audit.models import Entry
from clinrag.access.actions import issue_key
from clinrag.access.roles import Permission
from tests.integration.answering.clinic import (
    GOOD_OLD,
    ScriptedAnswerer,
    running_clinic,
)
from tests.integration.api.conftest import OPERATOR, App, check_problem
from tests.integration.audit.conftest import in_threads

SAME = 6


@pytest.fixture
def clinic(log, settings, tmp_path, monkeypatch):
    clinic = running_clinic(settings, tmp_path / "clinic")
    clinic.serve(ScriptedAnswerer(GOOD_OLD))
    caches["default"].clear()
    for module in SERVED_BY:
        monkeypatch.setattr(module, lambda: clinic.services)
    return clinic


@pytest.fixture
def app(clinic):
    _, plaintext = issue_key(
        "Ward app",
        scopes=[Permission.ASK, Permission.RETRIEVE],
        by=OPERATOR,
        at=timezone.now(),
    )
    return App(Client(headers={"Authorization": f"Bearer {plaintext}"}))


SERVED_BY = ("clinrag.api.asking.build_services",)


def test_same_request_many_times_at_once_is_one_question(clinic, app):
    """Others are told to wait; asked again, all get the one answer."""
    replies = []
    in_threads(SAME, lambda _number: replies.append(app.ask(key="k").status_code))
    assert set(replies) <= {201, 409}
    assert 201 in replies
    first, again = app.ask(key="k"), app.ask(key="k")
    assert first.json() == again.json()
    assert again["Idempotency-Replayed"] == "true"
    assert len(clinic.services.answerer.prompts) == 1
    clinic.sign()
    kinds = list(Entry.objects.values_list("type", flat=True))
    assert (kinds.count("query.received"), kinds.count("answer.released")) == (1, 1)
    app.ask(key="another")
    assert len(clinic.services.answerer.prompts) == 2


def test_question_is_refused_in_words_when_the_ledger_is_gone(clinic, app, site):
    assert app.ask().status_code == 201
    asked = len(clinic.services.answerer.prompts)
    with site.connect() as superuser:
        superuser.execute(
            b"ALTER TABLE audit_inboxentry ADD CONSTRAINT no_room CHECK (false) NOT VALID"
        )
        check_problem(app.ask(), 503, "ledger_unavailable")
        assert len(clinic.services.answerer.prompts) == asked
        superuser.execute(b"ALTER TABLE audit_inboxentry DROP CONSTRAINT no_room")
    connections.close_all()
    assert app.ask().status_code == 201
