"""What an edition would change is foreseen, and what is foreseen comes true."""

from datetime import datetime, timedelta
from itertools import pairwise

import pytest

from audit.models import InboxEntry
from clinrag.answering.foresight import golden, queries, reports
from clinrag.answering.foresight.errors import (
    ForesightNotAcknowledged,
    ForesightNotSeen,
    ForesightUnderWay,
    NothingToForesee,
)
from clinrag.answering.foresight.evidence import Logged, Supposing, compare_answers
from clinrag.answering.foresight.reports import (
    MOST_ATTEMPTS,
    digest_of,
    reports_left_behind,
    request_foresight,
    work_on_report,
)
from clinrag.answering.foresight.signing import Signing, sign_decision
from clinrag.answering.foresight.types import Effect, Freshness
from clinrag.answering.foresight_states import Expects
from clinrag.answering.models import AnswerPassage, ForesightReport
from clinrag.retrieval.search import retrieve
from clinrag.retrieval.types import RetrievalQuery
from ingestion import actions
from ingestion.embedding import identity_of
from ingestion.models import Collection, DocumentVersion
from ingestion.queries import VersionView
from tests.factories.people import AUTHOR, MANAGER, REVIEWER
from tests.integration.answering.clinic import (
    NEW,
    NEW_QUOTE,
    OLD,
    OLD_QUOTE,
    QUESTION,
    Clinic,
    recorded,
)

pytestmark = pytest.mark.django_db(databases=["default", "keys"])
OTHER = "For how long are opioids usually needed for acute pain?"
RIVAL = """# Opioids: another authority

## Dosage

Avoid increasing the opioid dosage to ≥50 MME/day.
"""


def draft(clinic: Clinic, text: str = NEW, label: str = "2022") -> VersionView:
    """An edition that waits for its decision."""
    made = actions.receive_version(
        clinic.document.id,
        filename=f"{label}.md",
        data=text.encode(),
        label=label,
        by=AUTHOR,
        at=clinic.now(),
    )
    embedder = clinic.services.embedder
    actions.process_version(made.id, now=clinic.now, embedder=embedder)
    return made


def rival(clinic: Clinic, text: str = RIVAL, *, start: datetime | None = None) -> None:
    """Another document, in force."""
    document = actions.register_document(
        clinic.document.collection_id, title="Rival", by=AUTHOR, at=clinic.now()
    )
    ours, clinic.document = clinic.document, document
    clinic.put_in_force(text, "2020", start=start)
    clinic.document = ours


def foresee(clinic: Clinic, version: VersionView) -> queries.ReportView:
    report_id = request_foresight(version.id, by=REVIEWER, at=clinic.now())
    while work_on_report(report_id, embedder=clinic.services.embedder, now=clinic.now):
        pass
    return queries.report(report_id)


def approve(clinic: Clinic, version: VersionView, **said) -> object:
    seen = queries.outlook(version.id, at=clinic.now()).report
    given = {"foresight_sha256": seen.sha256 if seen else ""}
    signing = Signing("approve", "Fit", **(given | said))
    return sign_decision(
        version.id, signing, authenticate=lambda: REVIEWER, at=clinic.now()
    )


def test_report_tells_passages_answers_and_conflicts(clinic):
    rival(clinic, RIVAL)
    asked, other = clinic.ask(QUESTION), clinic.ask(OTHER)
    version = draft(clinic, OLD.replace("90 MME", "120 MME"))
    report = foresee(clinic, version)
    assert report.passages is not None
    assert (report.passages.total, report.passages.embedded) == (3, 1)
    assert (report.passages.unchanged, report.passages.removed) == (2, 1)
    effects = {one.answer_id: one for one in report.answers}
    told = effects[asked.id]
    assert told.effect is Effect.NUMBER
    assert any("90" in words for words in told.numbers_lost)
    assert any("120" in words for words in told.numbers_come)
    assert set(effects) == {asked.id, other.id}
    (conflict,) = [one for one in report.conflicts if one.kind == "quantity"]
    assert "120" in conflict.our_words
    assert "50" in conflict.their_words


def test_golden_question_tells_when_its_answer_changes(clinic):
    kept = golden.keep_golden_question(
        "pain",
        text=QUESTION,
        expects=Expects.PASSAGE,
        quotation=OLD_QUOTE,
        by=MANAGER,
        at=clinic.now(),
    )
    report = foresee(clinic, draft(clinic, OLD.replace("90 MME", "120 MME")))
    (outcome,) = report.golden
    assert outcome.question_id == kept.id
    assert (outcome.met_before, outcome.met_after) == (True, False)
    assert outcome.is_changed


def test_no_conflict_is_told_when_the_other_document_agrees(clinic):
    rival(clinic, RIVAL.replace("50 MME", "120 MME"))
    version = draft(clinic, OLD.replace("90 MME", "120 MME"))
    assert foresee(clinic, version).conflicts == ()


def test_report_names_no_question_and_its_reading_is_on_record(clinic):
    answer = clinic.ask(QUESTION)
    report = foresee(clinic, draft(clinic))
    row = ForesightReport.objects.get(pk=report.id)
    assert QUESTION not in str(row.findings)
    (read,) = recorded("content.disclosed")
    assert read["actor"]["id"] == "task:foresight"
    assert read["fields"]["purpose"] == "foresight"
    assert read["fields"]["answer_ids"] == [str(answer.id)]


def test_report_is_bound_by_its_hash_in_the_ledger(clinic):
    clinic.ask(QUESTION)
    report = foresee(clinic, draft(clinic))
    row = ForesightReport.objects.get(pk=report.id)
    (entry,) = recorded("version.foreseen")
    assert entry["fields"]["report_sha256"] == report.sha256 == digest_of(row)
    assert entry["fields"]["answers_changed"] == 1


def test_what_is_foreseen_comes_true_when_the_version_is_activated(clinic):
    questions = [QUESTION, OTHER, "May benzodiazepines be given with opioids?"]
    answers = [clinic.ask(text) for text in questions]
    version = draft(clinic)
    report = foresee(clinic, version)
    evidence = {one.answer_id: one for one in report.answers}
    approve(clinic, version)
    actions.activate_version(version.id, by=MANAGER, at=clinic.now())
    for text, answer in zip(questions, answers, strict=True):
        before = [
            row.chunk_id
            for row in AnswerPassage.objects.filter(answer_id=answer.id).order_by(
                "rank"
            )
        ]
        query = RetrievalQuery(
            text=text,
            collection_ids=(clinic.document.collection_id,),
            language="en",
            as_of=clinic.now(),
        )
        found = retrieve(query, embedder=clinic.services.embedder).passages
        after = [one.chunk_id for one in found]
        is_same = evidence[answer.id].effect is Effect.UNCHANGED
        assert is_same == (before == after)


def test_report_goes_on_where_a_killed_worker_stopped(clinic):
    clinic.ask(QUESTION)
    version, embedder = draft(clinic), clinic.services.embedder
    report_id = request_foresight(version.id, by=REVIEWER, at=clinic.now())
    with pytest.raises(ForesightUnderWay):
        request_foresight(version.id, by=REVIEWER, at=clinic.now())
    assert work_on_report(report_id, embedder=embedder, now=clinic.now)
    ForesightReport.objects.filter(pk=report_id).update(
        claimed_until=clinic.now() + timedelta(minutes=5)
    )
    assert not work_on_report(report_id, embedder=embedder, now=clinic.now)
    assert reports_left_behind(at=clinic.now()) == []
    clinic.now.at += timedelta(minutes=6)
    assert reports_left_behind(at=clinic.now()) == [report_id]
    while work_on_report(report_id, embedder=embedder, now=clinic.now):
        pass
    assert len(queries.report(report_id).answers) == 1


def test_no_step_looks_at_more_than_a_batch(clinic, monkeypatch):
    rival(clinic)
    for number in range(5):
        golden.keep_golden_question(
            "pain",
            text=f"{QUESTION} ({number})",
            expects=Expects.PASSAGE,
            quotation=OLD_QUOTE,
            by=MANAGER,
            at=clinic.now(),
        )
    version = draft(clinic, OLD.replace("90 MME", "120 MME"))
    whole = foresee(clinic, version)
    monkeypatch.setattr(reports, "SEARCHES", 2)
    report_id = request_foresight(version.id, by=REVIEWER, at=clinic.now())
    row, left = ForesightReport.objects.filter(pk=report_id), []
    embedder = clinic.services.embedder
    while work_on_report(report_id, embedder=embedder, now=clinic.now):
        left.append(len(row.get().remaining))
    steps = [before - after for before, after in pairwise(left)]
    assert max(steps) == 2
    assert len(steps) >= 3
    again = queries.report(report_id)
    assert again.conflicts == whole.conflicts
    assert len(again.conflicts) == 1
    assert again.golden == whole.golden
    assert len(again.golden) == 5


def test_report_begun_before_the_batches_is_whole_all_the_same(clinic):
    rival(clinic)
    asked = clinic.ask(QUESTION)
    version = draft(clinic, OLD.replace("90 MME", "120 MME"))
    whole = foresee(clinic, version)
    report_id = request_foresight(version.id, by=REVIEWER, at=clinic.now())
    kept = ForesightReport.objects.get(pk=whole.id).findings
    ForesightReport.objects.filter(pk=report_id).update(
        findings={key: kept[key] for key in ("passages", "answers")}, total=1
    )
    embedder = clinic.services.embedder
    while work_on_report(report_id, embedder=embedder, now=clinic.now):
        pass
    found = queries.report(report_id)
    assert [one.answer_id for one in found.answers] == [asked.id]
    assert found.conflicts == whole.conflicts != ()


def test_report_ends_as_failed_when_it_never_gets_on(clinic):
    version = draft(clinic)
    report_id = request_foresight(version.id, by=REVIEWER, at=clinic.now())
    ForesightReport.objects.filter(pk=report_id).update(attempts=MOST_ATTEMPTS)
    embedder = clinic.services.embedder
    assert not work_on_report(report_id, embedder=embedder, now=clinic.now)
    assert queries.report(report_id).failure_code == "too_many_attempts"


def test_report_is_stale_when_the_corpus_has_moved(clinic):
    version = draft(clinic)
    assert queries.outlook(version.id, at=clinic.now()).freshness is Freshness.MISSING
    foresee(clinic, version)
    assert queries.outlook(version.id, at=clinic.now()).freshness is Freshness.FRESH
    rival(clinic)
    assert queries.outlook(version.id, at=clinic.now()).freshness is Freshness.STALE


def test_report_is_stale_when_a_scheduled_edition_comes_into_force(clinic):
    clinic.put_in_force(NEW, "2022", start=clinic.now() + timedelta(days=2))
    version = draft(clinic, OLD.replace("90 MME", "120 MME"), "2024")
    foresee(clinic, version)
    assert queries.outlook(version.id, at=clinic.now()).freshness is Freshness.FRESH
    clinic.now.at += timedelta(days=3)
    assert queries.outlook(version.id, at=clinic.now()).freshness is Freshness.STALE
    with pytest.raises(ForesightNotAcknowledged):
        approve(clinic, version)


def test_report_is_stale_when_another_documents_edition_comes_into_force(clinic):
    rival(clinic, start=clinic.now() + timedelta(days=2))
    version = draft(clinic)
    foresee(clinic, version)
    assert queries.outlook(version.id, at=clinic.now()).freshness is Freshness.FRESH
    clinic.now.at += timedelta(days=3)
    assert queries.outlook(version.id, at=clinic.now()).freshness is Freshness.STALE


def test_report_is_stale_when_another_index_is_switched_to(clinic):
    version = draft(clinic)
    foresee(clinic, version)
    collection = Collection.objects.filter(pk=clinic.document.collection_id)
    collection.update(embedder=identity_of(clinic.services.embedder))
    assert queries.outlook(version.id, at=clinic.now()).freshness is Freshness.STALE
    foresee(clinic, version)
    assert queries.outlook(version.id, at=clinic.now()).freshness is Freshness.FRESH
    DocumentVersion.objects.filter(pk=version.id).update(cut=2)
    assert queries.outlook(version.id, at=clinic.now()).freshness is Freshness.STALE


def test_approving_without_a_fresh_report_needs_an_acknowledgement(clinic):
    version = draft(clinic)
    with pytest.raises(ForesightNotAcknowledged):
        approve(clinic, version)
    review = approve(clinic, version, acknowledged=True)
    assert (review.foresight, review.acknowledged) == ("missing", True)
    assert recorded("version.reviewed")[-1]["fields"]["acknowledged"] is True


def test_signature_is_bound_to_text_comparison_and_foresight(clinic):
    version = draft(clinic)
    report = foresee(clinic, version)
    with pytest.raises(ForesightNotSeen):
        approve(clinic, version, foresight_sha256="")
    approve(clinic, version)
    event = recorded("version.reviewed")[-1]["fields"]
    assert event["foresight_sha256"] == report.sha256
    assert event["printed_name"] == REVIEWER.name
    assert event["meaning"] == "Fit"
    assert len(event["comparison_sha256"]) == len(event["text_sha256"]) == 64
    assert (event["foresight"], event["acknowledged"]) == ("fresh", False)


def test_nothing_is_foreseen_for_a_version_in_force(clinic):
    version = draft(clinic)
    approve(clinic, version, acknowledged=True)
    actions.activate_version(version.id, by=MANAGER, at=clinic.now())
    with pytest.raises(NothingToForesee):
        request_foresight(version.id, by=REVIEWER, at=clinic.now())


def test_erased_questions_are_left_out(clinic):
    assert (
        compare_answers(
            [Logged(clinic.document.id, is_of_document=True)],
            Supposing(clinic.document.id, clinic.document.id, clinic.now()),
            embedder=clinic.services.embedder,
            at=clinic.now(),
        )
        == []
    )
    assert InboxEntry.objects.exists()
    assert NEW_QUOTE in " ".join(NEW.split())
