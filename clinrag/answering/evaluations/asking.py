"""Asking the questions of a set, one after another, and judging what comes.

Promises: the very screening, search, prompt, answerer and check that answer in
production, under the policy that holds for what is asked; nothing is recorded of the
asking, for these are test questions, and editions of a folder are gone afterwards. A
model that fails is an outcome, not the end. Will not: use a fallback, which would hide
what the answerer is worth; nor let a folder's editions be seen by anybody else: one
transaction stays open, so a folder is not for a busy production database.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import transaction

from clinrag.answering.evaluations import editions as folder_editions
from clinrag.answering.evaluations.judging import first_expected, judge
from clinrag.answering.evaluations.types import (
    Evaluation,
    Inputs,
    QuestionSet,
    Row,
    SetQuestion,
)
from clinrag.answering.policies import policy_for
from clinrag.answering.questions import find_collections
from clinrag.answering.refusals import refusal_of
from clinrag.answering.rehearsal import Rehearsal, rehearse, template_of
from clinrag.answering.services import Services
from clinrag.answering.types import Outcome
from clinrag.inference.errors import InferenceError
from clinrag.privacy.identifiers import screen
from clinrag.retrieval.search import retrieve
from clinrag.retrieval.types import Retrieval, RetrievalQuery
from ingestion.embedding import identity_of
from ingestion.queries.corpus import corpus_position

TOP_K: Final = 8
Progress = Callable[[str, int], None]


@dataclass(frozen=True, slots=True)
class Asking:
    """What a set is asked with; `clock` tells seconds that only go forward."""

    services: Services
    at: datetime
    clock: Callable[[], float]
    top_k: int = TOP_K
    progress: Progress = lambda *_: None


@dataclass(frozen=True, slots=True)
class _Target:
    """Where a question is searched for, and by which rules it is answered."""

    collection_ids: tuple[UUID, ...]
    language: str
    services: Services


def evaluate(given: QuestionSet, asking: Asking) -> Evaluation:
    """Ask and judge; raises QuestionSetInvalid, UnknownCollection, EmbeddingFailed."""
    if given.editions is None:
        targets = {one.id: _live(one, asking) for one in given.questions}
        rows = _ask_all(given.questions, targets, asking)
        return _evaluation(given, rows, targets, asking, corpus=corpus_position() or "")
    editions = folder_editions.read_editions(given.editions)
    languages = sorted({one.language for one in given.questions})
    with transaction.atomic():
        scratch = folder_editions.load(
            editions,
            languages,
            embedder=asking.services.embedder,
            at=asking.at,
            progress=asking.progress,
        )
        targets = {
            one.id: _Target((scratch[one.language],), one.language, asking.services)
            for one in given.questions
        }
        rows = _ask_all(given.questions, targets, asking)
        transaction.set_rollback(True)
    corpus = f"editions:{editions.sha256}"
    return _evaluation(given, rows, targets, asking, corpus=corpus)


def _live(question: SetQuestion, asking: Asking) -> _Target:
    found = find_collections(question.collections)
    policy = policy_for(found, default=asking.services.policy)
    return _Target(
        tuple(one.id for one in found),
        found[0].language,
        asking.services.held_to(policy),
    )


def _ask_all(
    questions: Sequence[SetQuestion], targets: Mapping[str, _Target], asking: Asking
) -> tuple[Row, ...]:
    rows = []
    for done, question in enumerate(questions, 1):
        rows.append(_ask(question, targets[question.id], asking))
        asking.progress("questions", done)
    return tuple(rows)


def _ask(question: SetQuestion, target: _Target, asking: Asking) -> Row:
    began = asking.clock()
    found, came = _answered(question, target, asking)
    spent = round((asking.clock() - began) * 1000)
    passages = found.passages if found else ()
    return Row(
        id=question.id,
        sha256=question.sha256,
        text=question.text,
        collections=question.collections,
        kind=question.kind,
        outcome=came.outcome,
        rank=first_expected(question, passages),
        milliseconds=spent,
        shares=judge(question, came, passages),
    )


def _answered(
    question: SetQuestion, target: _Target, asking: Asking
) -> tuple[Retrieval | None, Rehearsal]:
    screening, services = screen(question.text), target.services
    refusal = refusal_of(screening, policy=services.policy.identifiers)
    if refusal:
        return None, Rehearsal(refusal[0])
    query = RetrievalQuery(
        text=screening.search_text,
        collection_ids=target.collection_ids,
        language=target.language,
        as_of=question.as_of or asking.at,
        limit=min(asking.top_k, services.policy.most_passages),
    )
    found = retrieve(query, embedder=services.embedder)
    try:
        came = rehearse(
            screening.masked_text,
            found,
            embedder=services.embedder,
            policy=services.policy,
            answerer=services.answerer,
        )
    except InferenceError:
        return found, Rehearsal(Outcome.MODEL_FAILED)
    return found, came


def _evaluation(
    given: QuestionSet,
    rows: tuple[Row, ...],
    targets: Mapping[str, _Target],
    asking: Asking,
    *,
    corpus: str,
) -> Evaluation:
    services = asking.services
    template = template_of(services.answerer)
    labels = {one.services.policy.label for one in targets.values()}
    inputs = Inputs(
        question_set_sha256=given.sha256,
        corpus=corpus,
        embedder=identity_of(services.embedder),
        answerer=services.answerer.name,
        template=template.label,
        template_sha256=template.sha256,
        policy="; ".join(sorted(labels)),
        top_k=asking.top_k,
    )
    return Evaluation(given.name, inputs, rows)
