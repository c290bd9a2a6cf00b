"""Working out what an edition would change, step by step, as a report.

Promises: one report of a version runs at a time; each step commits, so that a worker
that is killed loses a step and another goes on; a report ends in one transaction with
its ledger entry, which holds the report's hash, and never changes after. What is looked
at is bounded, and the bounds stand in it. Will not: change the corpus.
"""

import hashlib
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import F, Q

from audit import canonical, ledger
from audit.actors import Actor
from audit.events import VersionForeseen
from audit.identifiers import new_id
from clinrag.answering.foresight import conflicts, evidence, golden
from clinrag.answering.foresight.encoding import decoded, encoded
from clinrag.answering.foresight.errors import (
    ForesightUnderWay,
    ForesightUnknown,
    NothingToForesee,
)
from clinrag.answering.foresight.evidence import FORESEER, Logged, Supposing
from clinrag.answering.foresight.passages import count_passages
from clinrag.answering.foresight.types import (
    RULES,
    Effect,
)
from clinrag.answering.foresight_states import ReportState
from clinrag.answering.models import ForesightReport
from ingestion import queries
from ingestion.embedding import Embedder
from ingestion.lifecycle import Status
from ingestion.queries import VersionView
from ingestion.queries.index import searched_index

BATCH: Final = 25
# A statement is searched for once, a golden question is answered twice.
SEARCHES: Final = 10
STATEMENT: Final = "statement"
GOLDEN: Final = "golden"
LEASE: Final = timedelta(minutes=5)
MOST_ATTEMPTS: Final = 5
LOOKED_AT: Final = frozenset({Status.IN_REVIEW, Status.APPROVED})
Now = Callable[[], datetime]


def request_foresight(
    version_id: UUID, *, by: Actor, at: datetime, supposed_at: datetime | None = None
) -> UUID:
    """Begin a report, as if the version came into force at `supposed_at` (now).

    Raises VersionNotFound, NothingToForesee, ForesightUnderWay.
    """
    version = queries.version(version_id)
    if version.status not in LOOKED_AT:
        raise NothingToForesee
    moment = max(supposed_at or at, at)
    older = queries.version_in_force(version.document_id, at=moment)
    row = ForesightReport(
        id=new_id(at),
        version_id=version_id,
        older_id=older.id if older else None,
        supposed_at=moment,
        corpus_position=queries.corpus_position() or "",
        rules=rules_for(version),
        requested_by=by.id,
        requested_by_name=by.name[:200],
        requested_at=at,
        state=ReportState.RUNNING.value,
    )
    try:
        with transaction.atomic():
            ForesightReport.objects.bulk_create([row])
    except IntegrityError:
        raise ForesightUnderWay from None
    return row.id


def rules_for(version: VersionView) -> str:
    """What a report rests on besides texts: the rules, and the index searched.

    That is the collection's embedder, the version's cut, and what it was cut by.
    """
    index = searched_index(version.id)
    told = (RULES, f"cut={index.cut}", f"embedder={index.embedder}")
    return " ".join((*told, f"chunker={version.chunker}"))[:200]


def work_on_report(report_id: UUID, *, embedder: Embedder, now: Now) -> bool:
    """Take the next step; whether there is another. Not to be called in a transaction.

    False, too, when another worker has it. Raises ForesightUnknown and whatever stopped
    the step, which the next worker repeats.
    """
    row = _claim(report_id, at=now())
    if row is None:
        return False
    if row.attempts > MOST_ATTEMPTS:
        _fail(row, code="too_many_attempts", at=now())
        return False
    if row.remaining:
        _go_on(row, embedder=embedder, at=now())
    elif "golden" not in row.findings:
        _begin(row)
    else:
        _finish(row, now=now)
        return False
    return True


def reports_left_behind(*, at: datetime, limit: int = 10) -> list[UUID]:
    """Reports that run and that no worker has."""
    rows = ForesightReport.objects.filter(
        _free(at), state=ReportState.RUNNING.value, requested_at__lte=at
    )
    return list(rows.order_by("requested_at").values_list("pk", flat=True)[:limit])


def _free(at: datetime) -> Q:
    return Q(claimed_until__isnull=True) | Q(claimed_until__lte=at)


def _claim(report_id: UUID, *, at: datetime) -> ForesightReport | None:
    rows = ForesightReport.objects.filter(pk=report_id)
    running = rows.filter(_free(at), state=ReportState.RUNNING.value)
    if running.update(claimed_until=at + LEASE, attempts=F("attempts") + 1):
        return rows.get()
    if not rows.exists():
        raise ForesightUnknown
    return None


def _release(row: ForesightReport, **changes: Any) -> int:
    """Keep a step; whoever lost the lease meanwhile keeps nothing, which is 0."""
    rows = ForesightReport.objects.filter(
        pk=row.pk, claimed_until=row.claimed_until, state=ReportState.RUNNING.value
    )
    return rows.update(claimed_until=None, attempts=0, **changes)


def _begin(row: ForesightReport) -> None:
    """Plan what is compared: answers, then changed statements, then golden questions.

    A report begun before these were planned, too, keeps the answers that it has.
    """
    version = queries.version(row.version_id)
    findings, answers = row.findings, []
    if not findings:
        counts = count_passages(row.version_id, older_id=row.older_id)
        findings = {"passages": encoded(counts), "answers": []}
        answers = evidence.answers_to_compare(
            row.older_id, collection=version.collection_slug
        )
    kept = golden.golden_questions(version.collection_slug)
    remaining = [
        *([str(one.answer_id), one.is_of_document] for one in answers),
        *([STATEMENT, number] for number in range(len(_statements(row)))),
        *([GOLDEN, str(one.id)] for one in kept),
    ]
    total = row.total + len(remaining)
    findings = findings | {"conflicts": [], "golden": []}
    _release(row, findings=findings, remaining=remaining, total=total)


def _go_on(row: ForesightReport, *, embedder: Embedder, at: datetime) -> None:
    """One batch of one kind."""
    kind = row.remaining[0][0]
    if kind == STATEMENT:
        _search_some(row, embedder=embedder)
    elif kind == GOLDEN:
        _ask_some(row, embedder=embedder)
    else:
        _compare_some(row, embedder=embedder, at=at)


def _compare_some(row: ForesightReport, *, embedder: Embedder, at: datetime) -> None:
    batch = [
        Logged(UUID(key), flag)
        for key, flag in row.remaining[:BATCH]
        if key not in {STATEMENT, GOLDEN}
    ]
    compared = evidence.compare_answers(
        batch, _supposing(row), embedder=embedder, at=at
    )
    answers = [*row.findings["answers"], *map(encoded, compared)]
    _keep(row, len(batch), answers=answers)


def _search_some(row: ForesightReport, *, embedder: Embedder) -> None:
    """Look for what contradicts some statements; the gravest so far are kept."""
    supposing = _supposing(row)
    language = queries.document(supposing.document_id).language
    searched = [one for one in queries.collections() if one.language == language]
    numbers = _next(row, STATEMENT)
    told = _statements(row)[numbers[0] : numbers[-1] + 1]
    found = (
        conflict
        for one in told
        for conflict in conflicts.find_conflicts(
            one, supposing, collections=searched, embedder=embedder
        )
    )
    best = conflicts.gravest([*decoded(row.findings).conflicts, *found])
    _keep(row, len(numbers), conflicts=[encoded(one) for one in best])


def _ask_some(row: ForesightReport, *, embedder: Embedder) -> None:
    """Ask some golden questions, unless they were retired meanwhile."""
    batch = _next(row, GOLDEN)
    slug = queries.version(row.version_id).collection_slug
    kept = [one for one in golden.golden_questions(slug) if str(one.id) in batch]
    asked = golden.ask_golden(kept, _supposing(row), embedder=embedder)
    _keep(row, len(batch), golden=[*row.findings["golden"], *map(encoded, asked)])


def _next(row: ForesightReport, kind: str) -> list[Any]:
    return [key for one, key in row.remaining[:SEARCHES] if one == kind]


def _keep(row: ForesightReport, done: int, **found: object) -> None:
    _release(row, findings=row.findings | found, remaining=row.remaining[done:])


def _statements(row: ForesightReport) -> list[conflicts.Statement]:
    return conflicts.changed_statements(row.version_id, older_id=row.older_id)


def _supposing(row: ForesightReport) -> Supposing:
    version = queries.version(row.version_id)
    return Supposing(row.version_id, version.document_id, row.supposed_at)


def _finish(row: ForesightReport, *, now: Now) -> None:
    limits = {
        "touched": evidence.MOST_TOUCHED,
        "sample": evidence.SAMPLE,
        "sentences": conflicts.MOST_SENTENCES,
    }
    _close(row, row.findings | {"limits": limits}, at=now())


@transaction.atomic
def _close(row: ForesightReport, findings: dict[str, Any], *, at: datetime) -> None:
    row.findings = findings
    digest = digest_of(row)
    receipt = ledger.append(_foreseen(row, digest), by=FORESEER, at=at)
    kept = _release(
        row,
        findings=findings,
        state=ReportState.DONE.value,
        sha256=digest,
        finished_at=at,
        entry_id=receipt.entry_id,
    )
    if not kept:  # the lease was lost, and with it the entry
        raise ForesightUnderWay


def digest_of(row: ForesightReport) -> str:
    """SHA-256 over what the report says and what it is bound to, canonically."""
    said = {
        "version_id": str(row.version_id),
        "older_id": str(row.older_id) if row.older_id else None,
        "supposed_at": row.supposed_at.isoformat(),
        "corpus_position": row.corpus_position,
        "rules": row.rules,
        "findings": row.findings,
    }
    return hashlib.sha256(canonical.encode(said)).hexdigest()


def _foreseen(row: ForesightReport, digest: str) -> VersionForeseen:
    version, found = queries.version(row.version_id), decoded(row.findings)
    return VersionForeseen(
        document_id=str(version.document_id),
        version_id=str(version.id),
        content_sha256=version.content_sha256,
        report_id=str(row.id),
        report_sha256=digest,
        corpus_position=row.corpus_position or None,
        rules=row.rules,
        answers_compared=len(found.answers),
        answers_changed=sum(
            one.effect is not Effect.UNCHANGED for one in found.answers
        ),
        conflicts=len(found.conflicts),
        golden_changed=sum(one.is_changed for one in found.golden),
    )


def _fail(row: ForesightReport, *, code: str, at: datetime) -> None:
    _release(row, state=ReportState.FAILED.value, failure_code=code, finished_at=at)
