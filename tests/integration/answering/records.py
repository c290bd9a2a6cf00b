"""Answers put on record by the way every answer takes, with the evidence a test names."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from audit.actors import Actor, ActorKind
from audit.management.commands.ledger_keys import create_deployment_key
from clinrag.answering.answerers import ExtractiveAnswerer
from clinrag.answering.evidence import Ending
from clinrag.answering.formats.definitions import plain_brief
from clinrag.answering.policy import Policy
from clinrag.answering.prompts import Prompt, newest_template
from clinrag.answering.reach import Use
from clinrag.answering.recording import record_end, record_question
from clinrag.answering.run import Run
from clinrag.answering.services import Services
from clinrag.answering.types import (
    AnswerResult,
    AnswerState,
    Citation,
    Claim,
    Outcome,
    Question,
    Verdict,
)
from clinrag.inference.types import EvidencePassage
from clinrag.privacy.identifiers import screen
from clinrag.retrieval.types import Retrieval
from tests.factories.embedder import CountingEmbedder
from tests.unit.answering.evidence import retrieved

SECOND = timedelta(seconds=1)


@dataclass(frozen=True)
class Used:
    """A passage and what the answer made of it."""

    version_id: UUID
    chunk_id: UUID
    use: Use


def prepare_ledger(settings: Any, folder: Any) -> None:
    settings.CLINRAG_DEPLOYMENT_KEY_FILE = folder / "deployment.key"
    create_deployment_key(settings.CLINRAG_DEPLOYMENT_KEY_FILE)


def app_actor(number: int) -> Actor:
    return Actor(ActorKind.APP, f"key:{number}", f"app-{number}", "api_key")


def record_answer(
    used: Sequence[Used],
    *,
    at: datetime,
    app: str = "ward",
    unit: str = "",
    by: Actor | None = None,
) -> UUID:
    """Both entries of an answer and its rows; cited passages become its citations."""
    run = _run(used, at=at, app=app, unit=unit, by=by or app_actor(1))
    record_question(run)
    cited = [one for one in used if one.use is Use.CITED]
    state = AnswerState.RELEASED if cited else AnswerState.REFUSED
    outcome = Outcome.ANSWERED if cited else Outcome.NO_EVIDENCE
    result = _result(run, cited) if cited else None
    ending = Ending(state, outcome, None if cited else "no_passages", result)
    record_end(run, ending, at=at + SECOND)
    return run.id


def _run(used: Sequence[Used], *, at: datetime, app: str, unit: str, by: Actor) -> Run:
    embedder = CountingEmbedder()
    found = tuple(
        retrieved("text", rank=rank, version_id=one.version_id, chunk_id=one.chunk_id)
        for rank, one in enumerate(used, start=1)
    )
    return Run(
        id=uuid4(),
        question=Question("How much?", ("pain",), app=app, unit=unit),
        screening=screen("How much?"),
        collections=(),
        as_of=at,
        started_at=at,
        by=by,
        now=lambda: at,
        services=Services(embedder, ExtractiveAnswerer(embedder), None, Policy()),
        retrieval=Retrieval(
            query_text="",
            expanded_text="",
            expansions=(),
            as_of=at,
            known_at=None,
            corpus_position=None,
            embedder="fake",
            path="exact",
            candidates_considered=len(found),
            passages=found,
        ),
        prompt=_prompt(used),
    )


def _prompt(used: Sequence[Used]) -> Prompt:
    passages = tuple(
        EvidencePassage(number=number, text="text")
        for number, one in enumerate(used, start=1)
        if one.use is not Use.CUT
    )
    template = newest_template("plain_answer")
    return Prompt(template, (), "[]", "0" * 64, passages, plain_brief())


def _result(run: Run, cited: Sequence[Used]) -> AnswerResult:
    citations = tuple(
        _citation(number, one) for number, one in enumerate(cited, start=1)
    )
    return AnswerResult(
        id=run.id,
        outcome=Outcome.ANSWERED,
        text="text",
        claims=(Claim("text", Verdict.SUPPORTED, citations),),
        citations=citations,
        reason=None,
        explanation=None,
        confidence=None,
        confidence_reasons=(),
        notices=(),
        as_of=run.as_of,
        corpus_position=None,
        answerer="fake",
        fallback_used=False,
        entry_id=UUID(int=0),
        leaf_hash="",
        disclaimer="",
        created_at=run.started_at,
    )


def _citation(number: int, one: Used) -> Citation:
    return Citation(
        number=number,
        document_id=UUID(int=0),
        document_title="Guideline",
        publisher="A publisher",
        version_id=one.version_id,
        version_label="2026",
        chunk_id=one.chunk_id,
        content_sha256="0" * 64,
        char_start=0,
        char_end=4,
        page=None,
        section_path=(),
        quote="text",
        standing="in_force",
        in_force_from=None,
    )
