"""Accounting for disclosures: of the span, and of packages that were read before it."""

import io

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from audit import disclosure
from audit.exports import records
from audit.exports.accounting import disclosures
from audit.models import Entry
from tests.integration.audit.conftest import ADA

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "keys"])

PATIENT = "mrn-1"


def read(office, entry_id):
    disclosure.read_sealed(
        [entry_id], by=ADA, at=office.log.tick(), purpose="audit_review", surface="test"
    )


@pytest.fixture
def spans(office):
    """Read and packed before `since`, downloaded and read within, read after `until`."""
    answer = office.answer(subjects=(PATIENT,))
    office.log.sign()
    entry_id = Entry.objects.filter(type="query.received").latest("index").entry_id
    read(office, entry_id)
    export = office.build("answer", "masked", answer_id=answer)
    since = office.log.tick()
    records.record_download(export.id, surface="t", by=ADA, at=office.log.tick())
    read(office, entry_id)
    until = office.log.tick()
    read(office, entry_id)
    office.log.sequence()
    return since, until


def test_readings_and_downloads_of_the_span_are_told_and_no_others(spans):
    since, until = spans
    told = disclosures(PATIENT, since=since, until=until)
    assert [one.type for one in told] == ["export.downloaded", "content.disclosed"]


def test_only_what_a_span_needs_is_read_from_the_log(spans):
    since, until = spans
    with CaptureQueriesContext(connection) as captured:
        disclosures(PATIENT, since=since, until=until)
    (sql,) = [one["sql"] for one in captured if 'FROM "audit_entry"' in one["sql"]]
    with connection.cursor() as cursor:
        cursor.execute(sql.partition("NO SCROLL CURSOR WITH HOLD FOR ")[2] or sql)
        # The download, the reading, and one of each batch that was packed before.
        assert len(cursor.fetchall()) == 3


def test_reference_is_read_from_the_input_and_is_no_argument(spans, monkeypatch):
    since, until = spans
    span = ["--since", since.isoformat(), "--until", until.isoformat()]
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{PATIENT}\n"))
    out = io.StringIO()
    call_command("account_for_disclosures", *span, stdout=out)
    assert len(out.getvalue().splitlines()) == 3
    with pytest.raises(CommandError, match="unrecognized arguments"):
        call_command("account_for_disclosures", PATIENT, *span)
