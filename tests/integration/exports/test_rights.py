"""A package's whole way with no more rights than the application has.

The other tests run as a superuser, to whom a column that nobody granted is no obstacle.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.db import connections
from django.db.utils import ProgrammingError

from audit import tasks
from audit.exports import records
from audit.exports.accounting import disclosures
from audit.exports.records import State
from audit.models import Export
from tests.integration.audit.conftest import ADA

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "keys"])

ROLE = "clinrag_app"
ALIASES = ("default", "keys")


@contextmanager
def rights_of_the_application() -> Iterator[None]:
    for alias in ALIASES:
        connections[alias].cursor().execute(f"SET ROLE {ROLE}")
    try:
        yield
    finally:
        for alias in ALIASES:
            connections[alias].cursor().execute("RESET ROLE")


@pytest.fixture
def answer(office, settings):
    settings.CLINRAG_EXPORT_DIR = office.workshop.folder
    answer = office.answer(subjects=("mrn-1",))
    office.log.sign()
    return answer


@pytest.mark.parametrize("content", ["none", "ciphertext", "masked", "disclosed"])
def test_application_asks_builds_hands_out_and_removes(office, answer, content):
    with rights_of_the_application():
        export = office.build("answer", content, answer_id=answer)
        assert (export.state, export.failure_code) == (State.BUILT, "")
        at = office.log.tick()
        taken = records.record_download(export.id, surface="t", by=ADA, at=at)
        assert taken.downloads == 1
        records.record_removal(export.id, by=ADA, at=office.log.tick())
        assert records.by_id(export.id).state is State.REMOVED


def test_application_gives_up_and_fails_what_it_cannot_build(office, answer):
    with rights_of_the_application():
        given_up = office.start("answer", answer_id=answer)
        records.cancel(given_up.id, by=ADA, at=office.log.tick())
        stopped = office.start("entries", first="900", last="901")
        assert office.slice(stopped) is State.FAILED
        tasks.remove_expired_exports.run()
        tasks.keep_custody.run()


def test_application_accounts_for_disclosures(office, answer):
    with rights_of_the_application():
        office.build("answer", "masked", answer_id=answer)
    office.log.sequence()
    with rights_of_the_application():
        told = disclosures(
            "mrn-1",
            since=office.log.at.min.replace(tzinfo=office.log.at.tzinfo),
            until=office.log.tick(),
        )
    assert [one.type for one in told] == ["content.disclosed"]


def test_what_two_people_agreed_on_is_not_the_applications_to_change(office, answer):
    export = office.request("answer", answer_id=answer)
    with rights_of_the_application():
        for column in ("scope", "content", "kind", "authorization_id"):
            with pytest.raises(ProgrammingError, match="permission denied"):
                Export.objects.filter(pk=export.id).update(**{column: None})
