"""Golden questions: keeping them, and asking them before and after an edition.

Promises: the same search, prompt, built-in answerer and check that answer in
production, with nothing recorded of the asking: these are test questions. A question
is kept or retired by a person, in one transaction with its ledger entry; none is ever
changed. Will not: ask the model server, whose answers are not the same twice.
"""

import csv
import hashlib
import io
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import transaction

from audit import ledger
from audit.actors import Actor
from audit.events import GoldenQuestionKept, GoldenQuestionRetired
from audit.identifiers import new_id
from clinrag.answering.foresight.errors import (
    GoldenQuestionExists,
    GoldenQuestionInvalid,
    GoldenQuestionUnknown,
)
from clinrag.answering.foresight.evidence import Supposing, both
from clinrag.answering.foresight.types import GoldenOutcome
from clinrag.answering.foresight_states import Expects
from clinrag.answering.models import GoldenQuestion
from clinrag.answering.rehearsal import Rehearsal, rehearse
from clinrag.answering.types import Outcome
from clinrag.privacy.identifiers import screen
from clinrag.retrieval.types import Retrieval
from ingestion.embedding import Embedder
from ingestion.queries import collection_by_slug

LONGEST: Final = 2_000
MOST_ROWS: Final = 1_000
NOTHING: Final = UUID(int=0)  # an import that found every question kept already
COLUMNS: Final = ("question", "expects", "quotation")


@dataclass(frozen=True, slots=True)
class Golden:
    """A golden question as it is kept."""

    id: UUID
    collection: str
    text: str
    expects: Expects
    quotation: str
    kept_by_name: str
    kept_at: datetime


@dataclass(frozen=True, slots=True)
class Import:
    """How many questions of a file were new; the import is known by the first."""

    id: UUID
    added: int


def golden_questions(collection: str) -> list[Golden]:
    """Those that are asked, the oldest first."""
    rows = GoldenQuestion.objects.filter(collection=collection, retired_at=None)
    return [_golden(row) for row in rows.order_by("kept_at", "id")]


def golden_question(question_id: UUID) -> Golden:
    """One, retired or not; raises GoldenQuestionUnknown."""
    row = GoldenQuestion.objects.filter(pk=question_id).first()
    if row is None:
        raise GoldenQuestionUnknown
    return _golden(row)


def golden_import(import_id: UUID) -> Import:
    """An import that was made; what it kept was kept by one person at one time."""
    first = GoldenQuestion.objects.filter(pk=import_id).first()
    if first is None:
        return Import(import_id, 0)
    kept = GoldenQuestion.objects.filter(
        collection=first.collection, kept_by=first.kept_by, kept_at=first.kept_at
    )
    return Import(first.id, kept.count())


@transaction.atomic
def keep_golden_question(
    collection: str,
    *,
    text: str,
    expects: Expects,
    by: Actor,
    at: datetime,
    quotation: str = "",
) -> Golden:
    """Keep a question to be asked of each edition.

    Raises GoldenQuestionInvalid, GoldenQuestionExists, CollectionNotFound.
    """
    text, quotation = text.strip(), quotation.strip()
    longest = max(len(text), len(quotation))
    if not text or longest > LONGEST or bool(quotation) != (expects is Expects.PASSAGE):
        raise GoldenQuestionInvalid
    if screen(text).findings:  # a test needs no patient
        raise GoldenQuestionInvalid
    slug = collection_by_slug(collection).slug
    if GoldenQuestion.objects.filter(
        collection=slug, text=text, retired_at=None
    ).exists():
        raise GoldenQuestionExists
    row = GoldenQuestion(
        id=new_id(at),
        collection=slug,
        text=text,
        expects=expects.value,
        quotation=quotation,
        kept_by=by.id,
        kept_by_name=by.name[:200],
        kept_at=at,
    )
    GoldenQuestion.objects.bulk_create([row])
    event = GoldenQuestionKept(
        question_id=str(row.id),
        collection=slug,
        expects=expects.value,
        question_sha256=hashlib.sha256(text.encode()).hexdigest(),
    )
    ledger.append(event, by=by, at=at)
    return _golden(row)


@transaction.atomic
def retire_golden_question(
    question_id: UUID, *, collection: str, by: Actor, at: datetime
) -> None:
    """Ask it no longer; raises GoldenQuestionUnknown."""
    rows = GoldenQuestion.objects.filter(
        pk=question_id, collection=collection, retired_at=None
    )
    row = rows.select_for_update().first()
    if row is None:
        raise GoldenQuestionUnknown
    rows.update(retired_at=at, retired_by=by.id, retired_by_name=by.name[:200])
    event = GoldenQuestionRetired(question_id=str(row.id), collection=row.collection)
    ledger.append(event, by=by, at=at)


@transaction.atomic
def import_golden_questions(
    collection: str, *, data: bytes, by: Actor, at: datetime
) -> Import:
    """Keep those of a CSV file with the columns of COLUMNS; how many were new.

    All of them or none. Raises GoldenQuestionInvalid; a question that is kept already
    is passed over.
    """
    kept = []
    for row in _rows(data):
        try:
            expects = Expects(row["expects"].strip() or Expects.PASSAGE.value)
        except ValueError:
            raise GoldenQuestionInvalid from None
        try:
            one = keep_golden_question(
                collection,
                text=row["question"],
                expects=expects,
                quotation=row["quotation"],
                by=by,
                at=at,
            )
        except GoldenQuestionExists:
            continue
        kept.append(one.id)
    return Import(kept[0] if kept else NOTHING, len(kept))


def _rows(data: bytes) -> list[dict[str, str]]:
    try:
        reader = csv.DictReader(io.StringIO(data.decode("utf-8-sig")), strict=True)
        rows = [{key: row.get(key) or "" for key in COLUMNS} for row in reader]
    except (UnicodeDecodeError, csv.Error):
        raise GoldenQuestionInvalid from None
    named = set(reader.fieldnames or ())
    if not {"question", "expects"} <= named or len(rows) > MOST_ROWS:
        raise GoldenQuestionInvalid
    return rows


def ask_golden(
    golden: Sequence[Golden], supposing: Supposing, *, embedder: Embedder
) -> list[GoldenOutcome]:
    """Ask each before and after; raises what `retrieve` raises."""
    return [_asked(one, supposing, embedder=embedder) for one in golden]


def _asked(
    golden: Golden, supposing: Supposing, *, embedder: Embedder
) -> GoldenOutcome:
    search = screen(golden.text).search_text
    found = both(search, [golden.collection], supposing, embedder=embedder)
    before, after = (
        rehearse(golden.text, _dated(one, supposing.at), embedder=embedder)
        for one in found
    )
    return GoldenOutcome(
        question_id=golden.id,
        expects=golden.expects.value,
        outcome_before=before.outcome.value,
        outcome_after=after.outcome.value,
        met_before=_meets(golden, before),
        met_after=_meets(golden, after),
        is_changed=_said(before) != _said(after),
    )


def _dated(found: Retrieval, at: datetime) -> Retrieval:
    """What is only supposed to be in force has no date yet; a prompt tells one."""
    passages = (replace(p, in_force_from=p.in_force_from or at) for p in found.passages)
    return replace(found, passages=tuple(passages))


def _said(rehearsal: Rehearsal) -> tuple[Outcome, tuple[tuple[UUID, str], ...]]:
    """The outcome and the words that were cited, wherever they were found."""
    cited = tuple((one.chunk_id, one.text) for one in rehearsal.cited)
    return rehearsal.outcome, cited


def _meets(golden: Golden, came: Rehearsal) -> bool:
    if golden.expects is Expects.REFUSAL:
        return came.outcome is not Outcome.ANSWERED
    wanted = _plain(golden.quotation)
    return any(wanted in _plain(one.text) for one in came.cited)


def _plain(text: str) -> str:
    return " ".join(text.replace("*", "").replace("_", "").split())


def _golden(row: GoldenQuestion) -> Golden:
    return Golden(
        id=row.id,
        collection=row.collection,
        text=row.text,
        expects=Expects(row.expects),
        quotation=row.quotation,
        kept_by_name=row.kept_by_name,
        kept_at=row.kept_at,
    )
