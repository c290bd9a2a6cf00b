"""From a question to its answer: the whole way on one page.

Promises, in this order: nothing starts unless the ledger can record; the question is
on record before anything is looked up for it; no transaction is open while a model
works; the answer is on record before it is returned, and cites nothing that was
withdrawn while a model worked. Whatever goes wrong in between
is recorded as `answer.failed` and raised; a process that dies in between is closed
by the sweeper. Exactly one terminal entry ends each question.
"""

import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from uuid import UUID, uuid4

from audit import queries as ledger_state
from audit.actors import Actor
from audit.errors import LedgerUnavailable
from clinrag.answering import composing, reasons
from clinrag.answering.answerers import Answerer
from clinrag.answering.errors import (
    AnswerAlreadyClosed,
    ModelFailed,
    PipelineFailed,
    RecordedFailure,
)
from clinrag.answering.evidence import Ending
from clinrag.answering.failures import is_of_model, log_fields, reason_of
from clinrag.answering.grounding import check_claims
from clinrag.answering.policy import IdentifierPolicy
from clinrag.answering.prompts import build_prompt, newest_template
from clinrag.answering.questions import check_question, find_collections
from clinrag.answering.recording import (
    CitedTextWithdrawn,
    record_end,
    record_question,
)
from clinrag.answering.release import Decision, decide
from clinrag.answering.results import result_to_text
from clinrag.answering.run import Run
from clinrag.answering.scope import is_out_of_scope
from clinrag.answering.services import Services
from clinrag.answering.types import AnswerResult, AnswerState, Outcome, Question
from clinrag.inference.errors import InferenceError, ModelReturnedRubbish
from clinrag.privacy.identifiers import screen
from clinrag.privacy.injection import find_suspicions
from clinrag.retrieval.search import retrieve
from clinrag.retrieval.types import RetrievalQuery

logger = logging.getLogger(__name__)


def answer_question(
    question: Question,
    *,
    by: Actor,
    now: Callable[[], datetime],
    services: Services,
    answer_id: UUID | None = None,
) -> AnswerResult:
    """Answers, or refuses with an outcome that says why.

    Raises QuestionInvalid or UnknownCollection (nothing recorded), LedgerUnavailable
    (nothing left), ModelFailed or PipelineFailed (recorded), AnswerAlreadyClosed.
    """
    run = _receive(
        question, by=by, now=now, services=services, answer_id=answer_id or uuid4()
    )
    try:
        return _close(run, _answer(run))
    except (LedgerUnavailable, AnswerAlreadyClosed):
        raise  # It cannot be recorded, or was already: the sweeper sees to the rest.
    except Exception as error:  # noqa: BLE001  # recorded and raised below
        cause = error
    # Outside the handler, for what is raised there carries the cause's own words.
    raise _fail(run, cause)


def _receive(
    question: Question,
    *,
    by: Actor,
    now: Callable[[], datetime],
    services: Services,
    answer_id: UUID,
) -> Run:
    """Checks and screens the question, and puts it on record, durably."""
    started_at = now()
    check_question(question, policy=services.policy, at=started_at)
    ledger_state.check_can_record()
    run = Run(
        id=answer_id,
        question=question,
        screening=screen(question.text),
        collections=find_collections(question.collection_slugs),
        as_of=question.as_of or started_at,
        started_at=started_at,
        by=by,
        now=now,
        services=services,
    )
    record_question(run)
    return run


def _answer(run: Run) -> AnswerResult:
    """Screen, retrieve, draft, check, decide."""
    refusal = _screen(run) or _retrieve(run)
    if refusal:
        return composing.refused(run, *refusal)
    _draft(run)
    decision = _check(run)
    if decision.reason:
        return composing.refused(run, decision.outcome, decision.reason)
    return composing.released(run, decision, at=run.now())


def _screen(run: Run) -> tuple[Outcome, str] | None:
    text, policy = run.screening.text, run.services.policy.identifiers
    if find_suspicions(text):
        return Outcome.INJECTION_SUSPECTED, reasons.INSTRUCTIONS
    if run.screening.findings and policy is IdentifierPolicy.REFUSE:
        return Outcome.IDENTIFIERS_FOUND, reasons.IDENTIFIERS
    if is_out_of_scope(text):
        return Outcome.OUT_OF_SCOPE, reasons.NOT_CLINICAL
    return None


def _retrieve(run: Run) -> tuple[Outcome, str] | None:
    query = RetrievalQuery(
        text=run.screening.search_text,
        collection_ids=tuple(collection.id for collection in run.collections),
        language=run.collections[0].language,
        as_of=run.as_of,
        limit=min(run.question.limit, run.services.policy.most_passages),
        known_at=run.question.known_at,
    )
    with run.timed("retrieve"):
        run.retrieval = retrieve(query, embedder=run.services.embedder)
    return None if run.passages else (Outcome.NO_EVIDENCE, reasons.NO_PASSAGES)


def _draft(run: Run) -> None:
    """Asks the answerer, and the fallback if policy has one."""
    try:
        _draft_with(run, run.services.answerer)
    except InferenceError as error:
        if run.services.fallback is None:
            raise
        run.fell_back_because = error.code
        run.drafted = None
        _draft_with(run, run.services.fallback)


def _draft_with(run: Run, answerer: Answerer) -> None:
    run.answerer = answerer
    question = run.screening.masked_text
    with run.timed("prompt"):
        run.prompt = build_prompt(
            newest_template(answerer.template),
            question=question,
            passages=run.passages,
            budget_tokens=run.services.policy.prompt_tokens,
        )
    with run.timed("draft"):
        run.drafted = answerer.draft(run.prompt, question=run.expanded_question)
    run.output = run.drafted.output or run.output
    if run.drafted.draft is None:
        raise ModelReturnedRubbish


def _check(run: Run) -> Decision:
    draft, passages = run.checkable()
    with run.timed("check"):
        run.grounding = check_claims(draft, passages)
        return decide(
            run.grounding,
            question=run.screening.masked_text,
            policy=run.services.policy.grounding,
        )


def _close(run: Run, result: AnswerResult) -> AnswerResult:
    """Puts the end on record; only then is there something to return."""
    try:
        return _record(run, result)
    except CitedTextWithdrawn:
        pass
    refusal = composing.refused(run, Outcome.NO_EVIDENCE, reasons.TEXT_WITHDRAWN)
    return _record(run, refusal)


def _record(run: Run, result: AnswerResult) -> AnswerResult:
    answered = result.outcome is Outcome.ANSWERED
    state = AnswerState.RELEASED if answered else AnswerState.REFUSED
    text = result_to_text(result)
    ending = Ending(state, result.outcome, result.reason, result, text)
    receipt = record_end(run, ending, at=run.now())
    return replace(result, entry_id=receipt.entry_id, leaf_hash=receipt.leaf_hash.hex())


def _fail(run: Run, error: Exception) -> RecordedFailure:
    """Puts a failure on record and names it; the words of `error` go nowhere."""
    reason = reason_of(error)
    ending = Ending(AnswerState.FAILED, Outcome.MODEL_FAILED, reason)
    receipt = record_end(run, ending, at=run.now())
    logger.error("Answering failed", extra=log_fields(run, error, reason=reason))
    kind = ModelFailed if is_of_model(error) else PipelineFailed
    return kind(answer_id=run.id, entry_id=receipt.entry_id, reason=reason)
