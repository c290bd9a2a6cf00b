"""What can go wrong between a question and its answer.

Promises: every class has a stable code, and its docstring is the sentence for
people. No error carries a word of a question, a prompt or an answer.
"""

from typing import ClassVar
from uuid import UUID


class AnsweringError(Exception):
    """The question could not be answered."""

    code: ClassVar[str] = "answering_error"

    def __str__(self) -> str:
        return (type(self).__doc__ or self.code).strip()


class QuestionInvalid(AnsweringError):
    """The question is not one that can be asked."""

    code = "question_invalid"


class QuestionEmpty(QuestionInvalid):
    """The question is empty."""

    code = "question_empty"


class QuestionTooLong(QuestionInvalid):
    """The question is longer than this deployment accepts."""

    code = "question_too_long"


class QuestionNotText(QuestionInvalid):
    """The question holds characters that are not text."""

    code = "question_not_text"


class UnknownFormat(QuestionInvalid):
    """There is no format of this name."""

    code = "unknown_format"


class UnknownStyle(QuestionInvalid):
    """There is no house style of this name."""

    code = "unknown_style"


class ContextNotTaken(QuestionInvalid):
    """This format is not written from an encounter: send none with it."""

    code = "context_not_taken"


class ContextTooLong(QuestionInvalid):
    """The encounter is longer than this deployment accepts."""

    code = "context_too_long"


class ContextNotText(QuestionInvalid):
    """The encounter holds characters that are not text."""

    code = "context_not_text"


class FormatChanged(AnsweringError):
    """A published format or style has other words than when it was first used."""

    code = "format_changed"


class QuestionInFuture(QuestionInvalid):
    """The date asked about lies in the future."""

    code = "question_in_future"


class IdentifiersInQuestion(QuestionInvalid):
    """The question seems to identify a person, which this deployment refuses."""

    code = "identifiers_in_question"


class NoCollectionNamed(QuestionInvalid):
    """The question names no collection to search."""

    code = "no_collection_named"


class UnknownCollection(AnsweringError):
    """There is no such collection."""

    code = "unknown_collection"


class CollectionsDisagree(QuestionInvalid):
    """The collections asked are in different languages; ask them one by one."""

    code = "collections_disagree"


class RecordedFailure(AnsweringError):
    """The question could not be answered; the failure is on record."""

    code = "recorded_failure"

    def __init__(self, *, answer_id: UUID, entry_id: UUID, reason: str) -> None:
        super().__init__(reason)
        self.answer_id = answer_id
        self.entry_id = entry_id
        self.reason = reason


class ModelFailed(RecordedFailure):
    """The model gave no usable answer; the failure is on record."""

    code = "model_failed"


class PipelineFailed(RecordedFailure):
    """Something went wrong while answering; the failure is on record."""

    code = "pipeline_failed"


class AnswerInterrupted(AnsweringError):
    """The server was stopped before the model had answered."""

    code = "answer_interrupted"


class AnswerAlreadyClosed(AnsweringError):
    """The answer took too long and was already recorded as lost."""

    code = "answer_already_closed"


class UnknownAnswer(AnsweringError):
    """There is no such answer."""

    code = "unknown_answer"


class AnswerErased(AnsweringError):
    """What was asked and answered has been erased; its record remains."""

    code = "answer_erased"


class InvalidCursor(AnsweringError):
    """The cursor does not continue any list of answers."""

    code = "invalid_cursor"


class TemplateUnknown(AnsweringError):
    """There is no such prompt template."""

    code = "template_unknown"


class TemplateChanged(AnsweringError):
    """A prompt template was edited without a new version number."""

    code = "template_changed"


class PromptTooSmall(AnsweringError):
    """Not one passage fits into the prompt's budget."""

    code = "prompt_too_small"


class ImpactInvalid(AnsweringError):
    """The edition has no such section or passage."""

    code = "impact_invalid"


class VersionWasUsed(AnsweringError):
    """Answers in this range used the edition: its non-use cannot be certified."""

    code = "version_was_used"


class RangeNotProved(AnsweringError):
    """The log does not prove this range: it is not signed, or not whole, or empty."""

    code = "range_not_proved"


class RangeTooLong(AnsweringError):
    """The range has too many entries to be read at once: ask for it in parts."""

    code = "range_too_long"


class PolicyReasonMissing(AnsweringError):
    """Loosening a policy needs a reason of at most 2,000 characters, naming nobody."""

    code = "policy_reason_missing"


class PolicyChangedMeanwhile(AnsweringError):
    """The policy of this collection is not what you saw: look at it again."""

    code = "policy_changed_meanwhile"


class SourceInvalid(AnsweringError):
    """There is no such part of this version, or it is longer than 15,000 characters."""

    code = "claim_source_invalid"


class CertificateInvalid(AnsweringError):
    """The certificate does not hold for these entries."""

    code = "certificate_invalid"
