"""The rows for asking: answering, models, search."""

from http import HTTPStatus
from typing import Final

from clinrag.answering import errors as answering
from clinrag.api.problems.rows import LATER, rows
from clinrag.inference import errors as inference
from clinrag.retrieval import errors as retrieval

ANSWERS: Final = {
    **rows(
        HTTPStatus.INTERNAL_SERVER_ERROR,
        "Answering failed",
        answering.AnsweringError,
        answering.RecordedFailure,
        answering.PipelineFailed,
        answering.TemplateUnknown,
        answering.TemplateChanged,
        answering.FormatChanged,
        answering.PromptTooSmall,
    ),
    **rows(
        HTTPStatus.UNPROCESSABLE_ENTITY,
        "The question cannot be asked",
        answering.QuestionInvalid,
        answering.SourceInvalid,
        answering.QuestionEmpty,
        answering.QuestionTooLong,
        answering.QuestionNotText,
        answering.QuestionInFuture,
        answering.UnknownFormat,
        answering.UnknownStyle,
        answering.ContextNotTaken,
        answering.ContextTooLong,
        answering.ContextNotText,
        answering.IdentifiersInQuestion,
        answering.NoCollectionNamed,
        answering.CollectionsDisagree,
    ),
    **rows(
        HTTPStatus.UNPROCESSABLE_ENTITY,
        "No such collection",
        answering.UnknownCollection,
    ),
    **rows(
        HTTPStatus.UNPROCESSABLE_ENTITY,
        "A reason is missing",
        answering.PolicyReasonMissing,
    ),
    **rows(HTTPStatus.BAD_GATEWAY, "The model failed", answering.ModelFailed),
    **rows(
        HTTPStatus.GATEWAY_TIMEOUT,
        "Answering took too long",
        answering.AnswerAlreadyClosed,
    ),
    **rows(HTTPStatus.SERVICE_UNAVAILABLE, "Interrupted", answering.AnswerInterrupted),
    **rows(HTTPStatus.NOT_FOUND, "No such answer", answering.UnknownAnswer),
    **rows(HTTPStatus.CONFLICT, "Not what was seen", answering.PolicyChangedMeanwhile),
    **rows(HTTPStatus.GONE, "Erased", answering.AnswerErased),
    **rows(HTTPStatus.BAD_REQUEST, "The cursor is not valid", answering.InvalidCursor),
    **rows(
        HTTPStatus.BAD_GATEWAY,
        "The model failed",
        inference.InferenceError,
        inference.ModelUnavailable,
        inference.ModelRejected,
        inference.ModelReturnedRubbish,
        inference.ReplyFormatUnknown,
    ),
    **rows(
        HTTPStatus.GATEWAY_TIMEOUT, "The model took too long", inference.ModelTimeout
    ),
    **rows(
        HTTPStatus.INTERNAL_SERVER_ERROR,
        "The model server is set up wrongly",
        inference.ModelAddressRefused,
        inference.ModelAddressForbidden,
    ),
    **rows(
        HTTPStatus.INTERNAL_SERVER_ERROR,
        "The search failed",
        retrieval.RetrievalError,
        retrieval.EvaluationSetInvalid,
        retrieval.NothingToIndex,
    ),
    **rows(
        HTTPStatus.SERVICE_UNAVAILABLE,
        "The search took too long",
        retrieval.SearchTimedOut,
        retry_after=LATER,
    ),
}
