"""The answers a text reached are those that a scan of the ledger's entries finds."""

import importlib
import json
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import IntegrityError, connection, transaction
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from audit.models import InboxEntry
from clinrag.answering.errors import InvalidCursor
from clinrag.answering.impact.counting import count_touched
from clinrag.answering.impact.queries import (
    every_touched_answer,
    touched_answers,
    touched_ids,
)
from clinrag.answering.impact.standing import standing_of_answer
from clinrag.answering.impact.targets import (
    change_target,
    chunk_target,
    section_target,
    version_target,
)
from clinrag.answering.impact.types import ImpactFilters, Target
from clinrag.answering.models import AnswerReference
from clinrag.answering.reach import AnswerStanding, TargetKind, Use
from ingestion.lifecycle import Status
from ingestion.models import DocumentVersion
from tests.factories.ingestion import (
    make_chunk,
    make_document,
    make_document_version,
    make_version_chunk,
)
from tests.integration.answering.records import (
    Used,
    app_actor,
    prepare_ledger,
    record_answer,
)

pytestmark = pytest.mark.django_db(databases=["default", "keys"])

T0 = datetime(2026, 5, 1, tzinfo=UTC)
DAY = timedelta(days=1)
SHARED = hypothesis_settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@pytest.fixture
def ledger(db: None, settings: Any, tmp_path: Any) -> None:
    prepare_ledger(settings, tmp_path)


# One answer: which of six passages it used how (by number), who asked, and when.
answers_drawn = st.lists(
    st.tuples(
        st.dictionaries(
            st.integers(0, 5), st.sampled_from(list(Use)), min_size=0, max_size=4
        ),
        st.integers(0, 2),
        st.integers(0, 2),
        st.integers(0, 20),
    ),
    max_size=12,
)
filters_drawn = st.builds(
    ImpactFilters,
    uses=st.sets(st.sampled_from(list(Use)), min_size=1).map(frozenset),
    app=st.sampled_from([None, "app-0", "app-1"]),
    unit=st.sampled_from([None, "unit-0", "unit-1"]),
    actor_id=st.sampled_from([None, "key:0", "key:2"]),
    since=st.sampled_from([None, T0 + 5 * DAY]),
    until=st.sampled_from([None, T0 + 15 * DAY]),
)


def all_entries() -> list[dict[str, Any]]:
    bodies = InboxEntry.objects.order_by("pk").values_list("body", flat=True)
    return [json.loads(bytes(body)) for body in bodies]


def scan(
    entries: list[dict[str, Any]], target: Target, filters: ImpactFilters
) -> dict[UUID, datetime]:
    """What the entries alone say, read one by one: no table of answers is asked."""
    questions = {one["id"]: one for one in entries if one["type"] == "query.received"}
    found = {}
    for entry in entries:
        told = entry["fields"]
        asked = questions.get(told.get("query_entry_id", ""))
        if asked is None or not _asked_as(asked, filters):
            continue
        uses = {
            Use.CITED
            if one["cited"]
            else Use.IN_PROMPT
            if one["in_prompt"]
            else Use.CUT
            for one in told.get("retrieved", ())
            if _is_meant(one, target)
        }
        if uses & filters.uses:
            found[UUID(told["answer_id"])] = datetime.fromisoformat(asked["at"])
    return found


def _is_meant(chunk: dict[str, Any], target: Target) -> bool:
    if target.kind is TargetKind.VERSION:
        return UUID(chunk["version_id"]) == target.version_id
    return UUID(chunk["chunk_id"]) in target.chunk_ids


def _asked_as(asked: dict[str, Any], filters: ImpactFilters) -> bool:
    at, told = datetime.fromisoformat(asked["at"]), asked["fields"]
    return (
        filters.app in {None, told["app"]}
        and filters.unit in {None, told["unit"] or ""}
        and filters.actor_id in {None, asked["actor"]["id"]}
        and (filters.since is None or at >= filters.since)
        and (filters.until is None or at < filters.until)
    )


def by_pages(target: Target, filters: ImpactFilters, *, limit: int) -> Iterable[UUID]:
    cursor = None
    while True:
        page = touched_answers(
            target, at=T0, filters=filters, limit=limit, cursor=cursor
        )
        yield from (row.answer_id for row in page.rows)
        cursor = page.next_cursor
        if cursor is None:
            return


@SHARED
@given(drawn=answers_drawn, filters=filters_drawn, limit=st.integers(1, 4))
def test_impact_equals_a_scan_of_the_entries(ledger, drawn, filters, limit):
    versions = [uuid4(), uuid4()]
    chunks = [uuid4() for _ in range(4)]
    # The passages 0 and 1 stand in both editions.
    places = [
        (versions[0], chunks[0]),
        (versions[1], chunks[0]),
        (versions[0], chunks[1]),
        (versions[1], chunks[1]),
        (versions[0], chunks[2]),
        (versions[1], chunks[3]),
    ]
    for uses, app, unit, day in drawn:
        record_answer(
            [Used(*places[number], use) for number, use in uses.items()],
            at=T0 + day * DAY,
            app=f"app-{app}",
            unit=f"unit-{unit}" if unit else "",
            by=app_actor(app),
        )
    targets = [
        Target(TargetKind.VERSION, versions[0]),
        Target(TargetKind.SECTION, versions[0], frozenset(chunks[:2])),
        Target(TargetKind.CHUNK, versions[1], frozenset(chunks[3:])),
        Target(TargetKind.CHANGE, versions[1], frozenset()),
    ]
    entries = all_entries()
    for target in targets:
        expected = scan(entries, target, filters)
        newest_first = sorted(expected, key=lambda one: (expected[one], one))[::-1]
        assert list(by_pages(target, filters, limit=limit)) == newest_first
        assert list(touched_ids(target, filters=filters)) == newest_first
        counts = count_touched(target, filters=filters)
        assert counts.answers == len(expected)
        for use, told in (
            (Use.CITED, counts.cited),
            (Use.IN_PROMPT, counts.in_prompt),
            (Use.CUT, counts.cut),
        ):
            both = ImpactFilters(
                frozenset({use}),
                filters.app,
                filters.unit,
                filters.actor_id,
                filters.since,
                filters.until,
            )
            assert told == len(scan(entries, target, both).keys() & expected.keys())
        for tally in (
            counts.by_app,
            counts.by_unit,
            counts.by_actor,
            counts.by_month,
        ):
            assert sum(one.answers for one in tally) == len(expected)


@pytest.fixture
def guideline(ledger):
    """Two editions of three passages each; the second keeps the first two."""
    document = make_document()
    chunks = [
        make_chunk(document, section_path=path)
        for path in (["Dose"], ["Dose", "Adults"], ["Old"], ["New"])
    ]
    first = make_document_version(
        document,
        status=Status.SUPERSEDED,
        in_force_from=T0,
        in_force_to=T0 + 10 * DAY,
    )
    second = make_document_version(
        document, status=Status.IN_FORCE, in_force_from=T0 + 10 * DAY
    )
    for version, numbers in ((first, (0, 1, 2)), (second, (0, 1, 3))):
        for position, number in enumerate(numbers):
            make_version_chunk(version, chunk=chunks[number], position=position)
    return first, second, chunks


def ids(target: Target, **filters: Any) -> list[UUID]:
    found = touched_answers(target, at=T0, filters=ImpactFilters(**filters))
    return [row.answer_id for row in found.rows]


def test_target_means_a_version_a_section_or_a_passage_when_named(guideline):
    first, second, chunks = guideline
    kept = record_answer([Used(first.id, chunks[1].id, Use.CITED)], at=T0 + DAY)
    gone = record_answer([Used(first.id, chunks[2].id, Use.CITED)], at=T0 + 2 * DAY)
    later = record_answer([Used(second.id, chunks[1].id, Use.CUT)], at=T0 + 11 * DAY)
    assert ids(version_target(first.id)) == [gone, kept]
    assert ids(section_target(second.id, ("Dose",))) == [later, kept]
    assert ids(chunk_target(first.id, chunks[2].id)) == [gone]


def test_new_edition_touches_only_answers_whose_passage_it_left_out(guideline):
    first, second, chunks = guideline
    kept = record_answer([Used(first.id, chunks[0].id, Use.CITED)], at=T0 + DAY)
    gone = record_answer([Used(first.id, chunks[2].id, Use.IN_PROMPT)], at=T0 + DAY)
    assert ids(change_target(second.id)) == [gone]
    after = T0 + 12 * DAY
    assert standing_of_answer(kept, at=after).standing is AnswerStanding.CURRENT
    assert standing_of_answer(gone, at=after).standing is AnswerStanding.SUPERSEDED
    assert standing_of_answer(gone, at=T0 + DAY).standing is AnswerStanding.CURRENT


def test_passage_is_unchanged_when_another_chunker_cut_the_same_words(guideline):
    first, second, chunks = guideline
    again = make_chunk(
        first.document,
        text=chunks[2].text,
        section_path=["Old"],
        chunker="structure/2",
        content_sha256="1" * 64,
    )
    moved = make_chunk(
        first.document,
        text=chunks[2].text,
        section_path=["Children"],
        content_sha256="2" * 64,
    )
    answer = record_answer([Used(first.id, chunks[2].id, Use.CITED)], at=T0 + DAY)
    after = T0 + 12 * DAY
    make_version_chunk(second, chunk=moved, position=10)
    assert standing_of_answer(answer, at=after).standing is AnswerStanding.SUPERSEDED
    make_version_chunk(second, chunk=again, position=11)
    assert standing_of_answer(answer, at=after).standing is AnswerStanding.CURRENT
    assert chunks[2].id not in change_target(second.id).chunk_ids


def test_standing_is_withdrawn_from_the_moment_of_the_withdrawal(guideline):
    _first, second, chunks = guideline
    answer = record_answer([Used(second.id, chunks[3].id, Use.CITED)], at=T0 + 11 * DAY)
    cut = record_answer([Used(second.id, chunks[3].id, Use.CUT)], at=T0 + 11 * DAY)
    DocumentVersion.objects.filter(pk=second.pk).update(
        status=Status.WITHDRAWN,
        in_force_to=T0 + 20 * DAY,
        withdrawn_at=T0 + 20 * DAY,
        withdrawal_reason="Wrong dose.",
    )
    before, after = T0 + 19 * DAY, T0 + 20 * DAY
    assert standing_of_answer(answer, at=before).standing is AnswerStanding.CURRENT
    assert standing_of_answer(answer, at=after).standing is AnswerStanding.WITHDRAWN
    assert standing_of_answer(cut, at=after).standing is AnswerStanding.CURRENT


editions_drawn = st.lists(
    st.tuples(st.sets(st.integers(0, 4), min_size=1), st.integers(1, 4), st.booleans()),
    min_size=1,
    max_size=4,
)


@SHARED
@given(
    editions=editions_drawn,
    uses=st.dictionaries(st.integers(0, 4), st.sampled_from(list(Use)), min_size=1),
    moment=st.integers(0, 18),
)
def test_standing_follows_from_the_editions_alone(ledger, editions, uses, moment):
    """The law, said once more without SQL: the worst of the passages cited or read."""
    document = make_document()
    chunks = [make_chunk(document, text=f"Passage {uuid4()}") for _ in range(5)]
    start, made = 0, []
    for held, days, withdrawn in editions:
        ends_at = T0 + (start + days) * DAY
        version = make_document_version(
            document,
            status=Status.SUPERSEDED,
            in_force_from=T0 + start * DAY,
            in_force_to=ends_at,
        )
        for position, number in enumerate(sorted(held)):
            make_version_chunk(version, chunk=chunks[number], position=position)
        made.append((version, held, start, start + days, withdrawn))
        start += days
    read, _held, _from, ended, read_withdrawn = made[0]
    answer = record_answer(
        [Used(read.id, chunks[number].id, use) for number, use in uses.items()], at=T0
    )
    for version, _held, _from, ends, withdrawn in made:
        if withdrawn:
            DocumentVersion.objects.filter(pk=version.pk).update(
                status=Status.WITHDRAWN, withdrawn_at=T0 + ends * DAY
            )
    current = next((held for _, held, a, b, _ in made if a <= moment < b), set())
    expected = AnswerStanding.CURRENT
    if any(use is not Use.CUT and n not in current for n, use in uses.items()):
        gone = read_withdrawn and moment >= ended
        expected = AnswerStanding.WITHDRAWN if gone else AnswerStanding.SUPERSEDED
    at = T0 + moment * DAY
    assert standing_of_answer(answer, at=at).standing is expected
    (row,) = every_touched_answer(version_target(read.id), at=at)
    assert row.standing is expected


def test_rows_say_how_the_answer_used_the_text(guideline):
    first, _second, chunks = guideline
    answer = record_answer(
        [
            Used(first.id, chunks[0].id, Use.CITED),
            Used(first.id, chunks[1].id, Use.IN_PROMPT),
            Used(first.id, chunks[2].id, Use.CUT),
        ],
        at=T0 + DAY,
        app="ward",
        unit="icu-3",
    )
    (row,) = every_touched_answer(version_target(first.id), at=T0 + DAY)
    told = (row.answer_id, row.use, row.cited, row.in_prompt, row.cut, row.app)
    assert told == (answer, Use.CITED, 1, 1, 1, "ward")
    assert (row.unit, row.actor_id, row.outcome) == ("icu-3", "key:1", "answered")


@pytest.mark.parametrize("cursor", ["x", "!!", "bm90IGEgY3Vyc29y", "é"])
def test_cursor_is_refused_when_it_is_none_of_ours(guideline, cursor):
    first, *_ = guideline
    target = version_target(first.id)
    assert touched_answers(target, at=T0).rows == ()
    with pytest.raises(InvalidCursor):
        touched_answers(target, at=T0, cursor=cursor)


def test_references_are_frozen_and_a_closed_answer_gains_none(guideline):
    first, _second, chunks = guideline
    record_answer([Used(first.id, chunks[0].id, Use.CITED)], at=T0 + DAY)
    row = AnswerReference.objects.get()
    for change in (
        lambda: AnswerReference.objects.update(use=3),
        AnswerReference.objects.all().delete,
        lambda: AnswerReference.objects.create(
            answer_id=row.answer_id,
            chunk_id=uuid4(),
            version_id=row.version_id,
            asked_at=row.asked_at,
            asker_id=row.asker_id,
            use=1,
        ),
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            change()


def test_page_reads_no_more_than_it_shows(guideline, django_assert_max_num_queries):
    first, _second, chunks = guideline
    for day in range(6):
        record_answer([Used(first.id, chunks[0].id, Use.CITED)], at=T0 + day * DAY)
    target = version_target(first.id)
    with django_assert_max_num_queries(6):
        page = touched_answers(target, at=T0, limit=5)
    assert len(page.rows) == 5
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM answering_answerreference")
        assert cursor.fetchone() == (6,)


def test_old_answers_get_the_references_that_new_ones_have(guideline):
    first, second, chunks = guideline
    for uses in ((Use.CITED, Use.CUT), (Use.IN_PROMPT, Use.IN_PROMPT), (Use.CUT,)):
        places = [Used(first.id, chunks[n].id, use) for n, use in enumerate(uses)]
        places.append(Used(second.id, chunks[3].id, Use.IN_PROMPT))
        record_answer(places, at=T0 + DAY)
    name = "clinrag.answering.migrations.0005_references_of_old_answers"
    forward = importlib.import_module(name).FORWARD
    _, _, insertion = forward.partition("INSERT INTO answering_answerreference")
    columns, _, selection = insertion.partition("SELECT")
    with connection.cursor() as cursor:
        cursor.execute("SELECT" + selection)
        made = set(cursor.fetchall())
        named = columns.strip().strip("()")
        cursor.execute(f"SELECT {named} FROM answering_answerreference")
        assert made == set(cursor.fetchall())
    assert len(made) == 8
