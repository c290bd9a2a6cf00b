"""The two moments at which an answer touches the ledger.

Promises: `record_question` commits `query.received` before anything is looked up,
in a transaction of its own (an open one of the caller's is refused); `record_end`
commits the one terminal entry together with the rows it describes, and no answer that
cites a text withdrawn while it was drafted. Two writers of an end are told apart by
the row's lock and state, and by the ledger's own rule: the second gets
AnswerAlreadyClosed and leaves nothing behind.
"""

from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from uuid import UUID

from django.db import Error, transaction

from audit import ledger
from audit.actors import Actor
from audit.errors import LedgerUnavailable, QueryAlreadyClosed
from audit.events import (
    AnswerLost,
    AnswerUndelivered,
    ModelProbed,
    QueryReceived,
)
from audit.ledger import Receipt
from clinrag.answering.closing import close, lock_open, lock_run, write_rows
from clinrag.answering.definitions import keep_definitions
from clinrag.answering.errors import (
    AnswerAlreadyClosed,
    FormatChanged,
    TemplateChanged,
)
from clinrag.answering.evidence import Ending, sealed_texts, terminal_event
from clinrag.answering.models import Answer
from clinrag.answering.run import Run
from clinrag.answering.types import AnswerState
from clinrag.inference.probing import NONE, Probe
from ingestion.queries.withdrawals import withdrawn_among


class CitedTextWithdrawn(Exception):
    """A text the answer cites was withdrawn since it was read; nothing is recorded."""


def record_question(run: Run) -> Receipt:
    """Opens the answer; raises LedgerUnavailable when it cannot be recorded."""
    event = QueryReceived(
        answer_id=str(run.id),
        app=run.question.app,
        purpose=run.question.purpose,
        collections=run.question.collection_slugs,
        as_of=run.as_of.astimezone(UTC).isoformat(),
        policy=run.services.policy_label,
        unit=run.question.unit or None,
    )
    sealed = {
        "question": run.screening.text,
        "masked_question": run.screening.masked_text,
    }
    if run.context:
        sealed["context"] = run.context.text
        sealed["masked_context"] = run.context.masked_text

    def work() -> Receipt:
        receipt = ledger.append(
            event,
            by=run.by,
            at=run.started_at,
            sealed=sealed,
            subjects=run.question.subjects,
        )
        _open_answer(run, receipt)
        return receipt

    receipt = _durably(work)
    run.query_entry_id = receipt.entry_id
    return receipt


def record_end(run: Run, ending: Ending, *, at: datetime) -> Receipt:
    """Closes the answer.

    Raises AnswerAlreadyClosed, LedgerUnavailable, or CitedTextWithdrawn: then the
    answer is still open, and has to be refused instead. Raises FormatChanged or
    TemplateChanged unless the ending is a failure.
    """
    event = terminal_event(run, ending)
    sealed = sealed_texts(run, ending)

    def work() -> Receipt:
        asker_id = lock_run(run)
        _check_not_withdrawn(run, ending)
        receipt = ledger.append(
            event, by=run.by, at=at, sealed=sealed, subjects=run.question.subjects
        )
        _keep_definitions(run, ending)
        write_rows(run, ending, event, asker_id=asker_id)
        close(run, ending, event, receipt)
        return receipt

    return _durably(work)


def record_undelivered(answer_id: UUID, *, sent: str, by: Actor, at: datetime) -> None:
    """Notes that who asked had left; `sent` names the last part that went out.

    Raises LedgerUnavailable.
    """
    event = AnswerUndelivered(answer_id=str(answer_id), sent=sent)
    _durably(lambda: ledger.append(event, by=by, at=at))


def record_probe(
    found: Probe, *, server: str, model: str, by: Actor, at: datetime
) -> None:
    """Notes what a model server was found to understand. Raises LedgerUnavailable."""
    event = ModelProbed(
        server=server,
        model=model,
        answered_as=found.answered_as,
        model_revision=found.model_revision,
        address_class=found.address_class,
        findings=found.findings,
        reply_format=found.reply_format or NONE,
    )
    _durably(lambda: ledger.append(event, by=by, at=at))


def record_lost(
    *, query_entry_id: UUID, answer_id: UUID, by: Actor, at: datetime
) -> Receipt:
    """Closes an answer whose process died; raises AnswerAlreadyClosed."""
    event = AnswerLost(query_entry_id=str(query_entry_id), answer_id=str(answer_id))

    def work() -> Receipt:
        lock_open(answer_id)
        receipt = ledger.append(event, by=by, at=at)
        Answer.objects.filter(pk=answer_id).update(
            state=AnswerState.LOST.value,
            entry_id=receipt.entry_id,
            leaf_hash=receipt.leaf_hash,
            finished_at=at,
        )
        return receipt

    return _durably(work)


def _durably(work: Callable[[], Receipt]) -> Receipt:
    """Runs `work` in a transaction of its own; it is committed when this returns.

    A database that cannot is a ledger that cannot. Raised outside the handlers: what
    is raised inside them carries the driver's words, and those may be anybody's.
    """
    try:
        with transaction.atomic(durable=True):
            return work()
    except QueryAlreadyClosed:
        fault = None
    except Error as error:
        fault = type(error).__name__
    if fault is None:
        raise AnswerAlreadyClosed
    raise LedgerUnavailable(fault)


def _check_not_withdrawn(run: Run, ending: Ending) -> None:
    """A model may think for a minute, and a recall comes at any moment.

    Who asks about today gets nothing that is withdrawn, whatever any clock says; who
    asks about the past may be told what has been withdrawn before the question.
    """
    if ending.result is None or not ending.result.citations:
        return
    cited = {citation.version_id for citation in ending.result.citations}
    about_now = run.question.as_of is None and run.question.known_at is None
    since = None if about_now else run.started_at
    if withdrawn_among(cited, since=since):
        raise CitedTextWithdrawn


def _open_answer(run: Run, receipt: Receipt) -> None:
    Answer.objects.create(
        id=run.id,
        query_entry_id=receipt.entry_id,
        app=run.question.app,
        purpose=run.question.purpose,
        actor_id=run.by.id,
        actor_name=run.by.name,
        collections=list(run.question.collection_slugs),
        as_of=run.as_of,
        policy=run.services.policy_label,
        created_at=run.started_at,
    )


def _keep_definitions(run: Run, ending: Ending) -> None:
    """Keeps what the entry names by label and hash.

    A failure is recorded whatever became of them: a definition edited on disk while a
    question was answered would else leave the question without an end.
    """
    failed = ending.state is AnswerState.FAILED
    with suppress(*((FormatChanged, TemplateChanged) if failed else ())):
        template = run.prompt.template if run.prompt else None
        keep_definitions(run.brief, template, stored=run.stored)
