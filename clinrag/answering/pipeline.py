"""From a question to its answer: the whole way on one page.

Promises, in this order: nothing starts unless the ledger can record; the question is
on record before anything is looked up for it; no transaction is open while a model
works; the answer is on record before it is returned, and cites nothing that was
withdrawn while a model worked. Whatever goes wrong in between
is recorded as `answer.failed` and raised; a process that dies in between is closed
by the sweeper. Exactly one terminal entry ends each question.

`answer_question` is the whole way for a caller that waits. Whoever must not block calls
the same steps: `receive`, `prepare` and `finish` where a database may be used, `adraft`
in between where one waits for a model. After `receive`, `finish` has to follow.
"""

import logging
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from functools import partial
from uuid import UUID, uuid4

from audit import queries as ledger_state
from audit.actors import Actor
from audit.errors import LedgerUnavailable
from clinrag.answering import composing, reasons
from clinrag.answering.answerers import Answerer, Drafted, ModelAnswerer
from clinrag.answering.definitions import check_definitions
from clinrag.answering.errors import (
    AnswerAlreadyClosed,
    ModelFailed,
    PipelineFailed,
    RecordedFailure,
)
from clinrag.answering.evidence import Ending
from clinrag.answering.failures import is_of_model, log_fields, reason_of
from clinrag.answering.formats.fields import check_fields
from clinrag.answering.formats.types import Brief
from clinrag.answering.policies import policy_for
from clinrag.answering.prompts import Prompt, build_prompt
from clinrag.answering.questions import (
    check_question,
    find_brief,
    find_collections,
)
from clinrag.answering.recording import (
    CitedTextWithdrawn,
    record_end,
    record_question,
)
from clinrag.answering.refusals import refusal_of
from clinrag.answering.release import Decision, decide
from clinrag.answering.results import result_to_text
from clinrag.answering.run import Run
from clinrag.answering.services import Services
from clinrag.answering.template_files import (
    Template,
    newest_template,
    template_labelled,
)
from clinrag.answering.types import AnswerResult, AnswerState, Outcome, Question
from clinrag.database.threads import give_connections_back
from clinrag.inference.errors import InferenceError, ModelReturnedRubbish
from clinrag.privacy.identifiers import screen
from clinrag.retrieval.search import retrieve
from clinrag.retrieval.types import RetrievalQuery

logger = logging.getLogger(__name__)
OffLoop = Callable[[Callable[[], Drafted]], Awaitable[Drafted]]


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
    run = begin(question, by=by, now=now, services=services, answer_id=answer_id)
    draft(run)
    return finish(run)


def begin(
    question: Question,
    *,
    by: Actor,
    now: Callable[[], datetime],
    services: Services,
    answer_id: UUID | None = None,
) -> Run:
    """All that comes before the model. Raises what `receive` raises."""
    run = receive(question, by=by, now=now, services=services, answer_id=answer_id)
    prepare(run)
    return run


def receive(
    question: Question,
    *,
    by: Actor,
    now: Callable[[], datetime],
    services: Services,
    answer_id: UUID | None = None,
) -> Run:
    """Checks and screens the question, and puts it on record, durably.

    Raises QuestionInvalid, UnknownCollection, FormatChanged, TemplateChanged or
    LedgerUnavailable: nothing recorded.
    """
    started_at = now()
    check_question(question, policy=services.policy, at=started_at)
    brief = find_brief(question, policy=services.policy)
    stored = check_definitions(brief, _template(brief, services.answerer))
    ledger_state.check_can_record()
    collections = find_collections(question.collection_slugs)
    context = screen(question.context) if question.context else None
    run = Run(
        id=answer_id or uuid4(),
        question=question,
        screening=screen(question.text),
        collections=collections,
        as_of=question.as_of or started_at,
        started_at=started_at,
        by=by,
        now=now,
        services=services.held_to(policy_for(collections, default=services.policy)),
        brief=replace(brief, context=context.masked_text) if context else brief,
        context=context,
        stored=stored,
    )
    record_question(run)
    return run


def prepare(run: Run) -> None:
    """Screens, searches, and renders the prompt; `finish` tells what went wrong."""
    with run.faults_kept():
        run.refusal = _screen(run) or _retrieve(run)
        if not run.refusal:
            _write_prompt(run, run.services.answerer)


def draft(run: Run) -> None:
    """Asks the answerer, and the fallback if policy has one.

    No connection is held while a model thinks: there are fewer than people who wait.
    """
    for answerer, prompt in _turns(run):
        if isinstance(answerer, ModelAnswerer):
            give_connections_back()
        with _turn(run):
            _take(run, answerer.draft(prompt, question=run.expanded_question))


async def adraft(run: Run, *, off_loop: OffLoop) -> None:
    """As `draft`, without a thread that waits for a model.

    `off_loop` runs what computes, as the built-in answerer does, somewhere else.
    """
    for answerer, prompt in _turns(run):
        with _turn(run):
            if isinstance(answerer, ModelAnswerer):
                drafted = await answerer.adraft(prompt, question=run.expanded_question)
            else:
                call = partial(answerer.draft, prompt, question=run.expanded_question)
                drafted = await off_loop(call)
            _take(run, drafted)


def finish(run: Run) -> AnswerResult:
    """Checks, decides, and records the end; only then is there something to return.

    Raises LedgerUnavailable or AnswerAlreadyClosed (nothing recorded: the sweeper sees
    to the rest), ModelFailed or PipelineFailed (recorded).
    """
    if run.fault is None:
        try:
            return _close(run, _conclude(run))
        except (LedgerUnavailable, AnswerAlreadyClosed):
            raise
        except Exception as error:  # noqa: BLE001  # recorded and raised below
            run.fault = error
    # Outside the handler, for what is raised there carries the cause's own words.
    raise _fail(run, run.fault)


def _screen(run: Run) -> tuple[Outcome, str] | None:
    policy = run.services.policy.identifiers
    return refusal_of(run.screening, policy=policy, context=run.context)


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
    has_evidence = bool(run.passages or run.brief.context)
    return None if has_evidence else (Outcome.NO_EVIDENCE, reasons.NO_PASSAGES)


def _turns(run: Run) -> Iterator[tuple[Answerer, Prompt]]:
    """The answerer, and after it the fallback if it could not be used."""
    if run.is_over or run.prompt is None:
        return
    yield run.services.answerer, run.prompt
    fallback = run.services.fallback
    if run.fell_back_because is None or fallback is None:
        return
    with run.faults_kept():
        yield fallback, _write_prompt(run, fallback)


@contextmanager
def _turn(run: Run) -> Iterator[None]:
    """What one answerer comes to: a draft, a reason to fall back, or a fault."""
    with run.faults_kept():
        try:
            with run.timed("draft"):
                yield
        except InferenceError as error:
            if run.services.fallback is None or run.fallback_used:
                raise
            run.fell_back_because = error.code
            run.drafted = None


def _take(run: Run, drafted: Drafted) -> None:
    run.drafted = drafted
    run.output = drafted.output or run.output
    if drafted.draft is None:
        raise ModelReturnedRubbish


def _write_prompt(run: Run, answerer: Answerer) -> Prompt:
    run.answerer = answerer
    with run.timed("prompt"):
        run.prompt = build_prompt(
            _template(run.brief, answerer),
            question=run.screening.masked_text,
            passages=run.passages,
            budget_tokens=run.services.policy.prompt_tokens,
            brief=run.brief,
        )
    return run.prompt


def _template(brief: Brief, answerer: Answerer) -> Template:
    if answerer.template is None:
        return template_labelled(brief.format.template)
    return newest_template(answerer.template)


def _conclude(run: Run) -> AnswerResult:
    """What may leave of the draft, or why nothing does."""
    if run.refusal:
        return composing.refused(run, *run.refusal)
    decision = _check(run)
    if decision.reason:
        return composing.refused(run, decision.outcome, decision.reason)
    return composing.released(run, decision, at=run.now())


def _check(run: Run) -> Decision:
    draft, prompt = run.checkable()
    with run.timed("check"):
        run.grounding = check_fields(draft, prompt.evidence, form=run.brief.format)
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
