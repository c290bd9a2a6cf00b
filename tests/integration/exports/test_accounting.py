"""Accounting for disclosures: of the span, and of packages that were read before it."""

import io
import json

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from audit import disclosure
from audit.exports import accounting, records
from audit.exports.accounting import NAMING, disclosures
from audit.models import DataKey, Entry
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


ROW = """
INSERT INTO audit_entry (index, entry_id, body, leaf_hash, type, at, actor_id)
SELECT %s + n, gen_random_uuid(), b, sha256('\\x00'::bytea || b), 'content.disclosed',
       %s, 'user:9'
FROM generate_series(1, %s) AS n, LATERAL (SELECT {body} AS b) AS made
"""
OTHERS = ROW.format(
    body="""convert_to('{"n":' || n || ',"fields":{"surface":"web","entry_ids":["'
    || gen_random_uuid() || '"]}}', 'UTF8')"""
)


def test_readings_about_others_are_not_looked_at(spans):
    since, until = spans
    with connection.cursor() as cursor:
        cursor.execute(OTHERS, [1000, since, 5_000])
        cursor.execute("ANALYZE audit_entry")
        ids = list(DataKey.objects.using("keys").values_list("id", flat=True))
        cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {NAMING}", [ids, until])
        ((plan,),) = cursor.fetchall()
    assert "audit_disclosed_idx" in json.dumps(plan)
    # A partition without a row is scanned for nothing.
    assert sum(_removed(plan[0]["Plan"])) < 10
    assert len(disclosures(PATIENT, since=since, until=until)) == 2


def _removed(plan):
    """How many rows each node of the plan read for nothing."""
    yield plan.get("Rows Removed by Filter", 0)
    yield plan.get("Rows Removed by Index Recheck", 0)
    for below in plan.get("Plans", ()):
        yield from _removed(below)


def test_a_row_that_nobody_could_write_stops_neither_the_log_nor_the_account(spans):
    since, until = spans
    with connection.cursor() as cursor:
        for number, body in enumerate((b"\xff", b"{}", b'{"fields":{"entry_ids":7}}')):
            cursor.execute(ROW.format(body="%s::bytea"), [900 + number, since, 1, body])
    assert len(disclosures(PATIENT, since=since, until=until)) == 2


def test_account_is_whole_when_it_takes_many_steps(office, monkeypatch):
    monkeypatch.setattr(accounting, "PAGE", 2)
    answers = [office.answer(subjects=(PATIENT,)) for _ in range(3)]
    office.log.sign()
    since = office.log.tick()
    rows = Entry.objects.filter(type__in=["query.received", "answer.released"])
    ids = list(rows.order_by("index").values_list("entry_id", flat=True))
    assert len(ids) == 2 * len(answers)
    disclosure.read_sealed(
        ids, by=ADA, at=office.log.tick(), purpose="audit_review", surface="test"
    )
    exports = [office.build("answer", "masked", answer_id=one) for one in answers]
    for export in exports:
        records.record_download(export.id, surface="t", by=ADA, at=office.log.tick())
    office.log.sequence()
    told = disclosures(PATIENT, since=since, until=office.log.tick())
    assert [(one.type, len(one.entry_ids)) for one in told] == [
        ("content.disclosed", 6),
        *[("content.disclosed", 2)] * 3,
        *[("export.downloaded", 2)] * 3,
    ]
    assert [one.index for one in told] == sorted(one.index for one in told)
    assert {*told[0].entry_ids} == {str(one) for one in ids}


def test_reference_is_read_from_the_input_and_is_no_argument(spans, monkeypatch):
    since, until = spans
    span = ["--since", since.isoformat(), "--until", until.isoformat()]
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{PATIENT}\n"))
    out = io.StringIO()
    call_command("account_for_disclosures", *span, stdout=out)
    assert len(out.getvalue().splitlines()) == 3
    with pytest.raises(CommandError, match="unrecognized arguments"):
        call_command("account_for_disclosures", PATIENT, *span)
