"""Every error the packages can raise, and the problem it becomes over HTTP.

One table, from class to status and title; a test goes through all packages and
fails when a class has no row. `type` and `code` come from the class's code, and
`detail` is its docstring: no words of a caller, a document or a patient.
"""

from http import HTTPStatus
from types import MappingProxyType
from typing import Final

from audit import errors as audit
from audit.anchoring import errors as anchoring
from audit.witnessing import errors as witnessing
from clinrag.access import errors as access
from clinrag.answering import errors as answering
from clinrag.api import errors as api
from clinrag.api.custody_problems import CUSTODY
from clinrag.api.problem_rows import LATER, SOON
from clinrag.api.problem_rows import rows as _rows
from clinrag.api.recall_problems import RECALLS
from clinrag.inference import errors as inference
from clinrag.retrieval import errors as retrieval
from ingestion import errors as ingestion

_AUDIT = {
    **_rows(
        HTTPStatus.INTERNAL_SERVER_ERROR,
        "The ledger failed",
        audit.AuditError,
        audit.NotInTransaction,
        audit.EntryInvalid,
        audit.EntryTooLarge,
        audit.QueryAlreadyClosed,
        audit.DataKeyLost,
        audit.PayloadCorrupt,
        audit.NoteInvalid,
        audit.ProofInvalid,
        audit.KeyFileInvalid,
        audit.LedgerCorrupt,
        audit.Fenced,
        audit.SignerBusy,
        audit.SignerStateMissing,
        audit.SignerStateStale,
        audit.SignerStateUnwritten,
        audit.RotationInvalid,
        audit.ChangePending,
        audit.ShardRefused,
        audit.SequencerLeads,
        audit.HistoryRewritten,
        witnessing.PolicyInvalid,
        witnessing.QuorumNotMet,
        witnessing.WitnessStateInvalid,
        audit.VoucherUnreachable,
        witnessing.WitnessRefused,
        witnessing.WitnessContradicts,
        witnessing.CosignatureInvalid,
        anchoring.TimestampInvalid,
        anchoring.AnchorContradicts,
        anchoring.AnchoringMisconfigured,
    ),
    **_rows(
        HTTPStatus.SERVICE_UNAVAILABLE,
        "The ledger cannot record",
        audit.LedgerUnavailable,
        audit.InboxTooDeep,
        audit.DeploymentKeyMissing,
        retry_after=LATER,
    ),
    **_rows(
        HTTPStatus.CONFLICT,
        "The proof is not ready",
        audit.NotYetSequenced,
        audit.NotYetSigned,
        retry_after=SOON,
    ),
    **_rows(HTTPStatus.NOT_FOUND, "No such entry", audit.EntryUnknown),
    **_rows(HTTPStatus.NOT_FOUND, "Not published", audit.ResourceUnknown),
    **_rows(
        HTTPStatus.NOT_FOUND,
        "The log was not signed for this",
        audit.SizeNotSigned,
        audit.ShardUnknown,
    ),
    **_rows(
        HTTPStatus.UNPROCESSABLE_ENTITY, "The request is not valid", audit.SizesReversed
    ),
    **_rows(HTTPStatus.NOT_FOUND, "No such verification", audit.VerificationUnknown),
    **_rows(HTTPStatus.NOT_FOUND, "Nothing is sealed", audit.NothingSealed),
    **_rows(HTTPStatus.GONE, "Erased", audit.Erased),
    **_rows(
        HTTPStatus.UNPROCESSABLE_ENTITY,
        "The request is not valid",
        audit.PurposeUnknown,
        audit.ReasonMissing,
        audit.FindingUnknown,
        audit.ExportInvalid,
        audit.ExportEmpty,
        audit.ExportTooLarge,
    ),
    **_rows(
        HTTPStatus.FORBIDDEN,
        "A person has to do this",
        audit.ReaderIsNotAPerson,
        audit.ReviewerIsReader,
        ingestion.CommenterIsNotAPerson,
    ),
    **_rows(HTTPStatus.NOT_FOUND, "No such emergency access", audit.BreakGlassUnknown),
    **_rows(HTTPStatus.CONFLICT, "Reviewed before", audit.BreakGlassReviewed),
    **_rows(HTTPStatus.NOT_FOUND, "No such evidence package", audit.ExportUnknown),
    **_rows(
        HTTPStatus.CONFLICT,
        "The evidence package's state does not allow this",
        audit.ExportStateWrong,
    ),
    **_rows(
        HTTPStatus.CONFLICT,
        "The evidence package is not complete",
        audit.ExportNotReady,
        retry_after=LATER,
    ),
    **_rows(HTTPStatus.GONE, "Deleted", audit.ExportGone),
    **_rows(
        HTTPStatus.INTERNAL_SERVER_ERROR,
        "The ledger failed",
        audit.ExportDamaged,
        audit.ExportStopped,
        audit.RequirementsInvalid,
    ),
}

_INGESTION = {
    **_rows(
        HTTPStatus.INTERNAL_SERVER_ERROR,
        "The document store failed",
        ingestion.IngestionError,
        ingestion.ProcessingFailed,
        ingestion.ProcessingGaveUp,
        ingestion.ContentNotFound,
        ingestion.ContentDamaged,
    ),
    **_rows(HTTPStatus.NOT_FOUND, "No such collection", ingestion.CollectionNotFound),
    **_rows(HTTPStatus.NOT_FOUND, "No such document", ingestion.DocumentNotFound),
    **_rows(HTTPStatus.NOT_FOUND, "No such version", ingestion.VersionNotFound),
    **_rows(HTTPStatus.NOT_FOUND, "No such passage", ingestion.PassageNotFound),
    **_rows(HTTPStatus.NOT_FOUND, "No such reminder", ingestion.ReminderNotFound),
    **_rows(HTTPStatus.CONFLICT, "Closed before", ingestion.ReminderClosed),
    **_rows(HTTPStatus.NOT_FOUND, "No such comment", ingestion.CommentNotFound),
    **_rows(HTTPStatus.NOT_FOUND, "No such section", ingestion.SectionUnknown),
    **_rows(HTTPStatus.CONFLICT, "It exists already", ingestion.CollectionExists),
    **_rows(HTTPStatus.CONFLICT, "Received before", ingestion.DuplicateContent),
    **_rows(
        HTTPStatus.UNPROCESSABLE_ENTITY,
        "The request is not valid",
        ingestion.DescriptionInvalid,
        ingestion.DecisionUnknown,
        ingestion.RangeInvalid,
        ingestion.VersionsNotComparable,
        ingestion.ValidityInvalid,
    ),
    **_rows(
        HTTPStatus.CONFLICT,
        "The version's state does not allow this",
        ingestion.InvalidTransition,
        ingestion.VersionNotApproved,
        ingestion.VersionNotActivated,
        ingestion.ValidityOverlaps,
        ingestion.UnderEmbargo,
    ),
    **_rows(
        HTTPStatus.FORBIDDEN,
        "A second person has to decide",
        ingestion.ReviewerIsAuthor,
        ingestion.ReviewerIsNotAPerson,
    ),
    **_rows(
        HTTPStatus.CONFLICT,
        "The document is busy",
        ingestion.StageBusy,
        retry_after=LATER,
    ),
    **_rows(
        HTTPStatus.UNPROCESSABLE_ENTITY,
        "The file cannot be read",
        ingestion.ParsingError,
        ingestion.FileEmpty,
        ingestion.FileEncrypted,
        ingestion.FileCorrupt,
        ingestion.NoText,
        ingestion.ArchiveBomb,
        ingestion.ParseTimeout,
        ingestion.ParseMemory,
    ),
    **_rows(
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        "The file is too large",
        ingestion.FileTooLarge,
    ),
    **_rows(
        HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
        "The file's format is not accepted",
        ingestion.UnsupportedType,
        ingestion.SuffixMismatch,
    ),
    **_rows(
        HTTPStatus.SERVICE_UNAVAILABLE,
        "The embedder failed",
        ingestion.EmbeddingFailed,
        retry_after=LATER,
    ),
}

_ACCESS = {
    **_rows(
        HTTPStatus.UNAUTHORIZED,
        "Not signed in",
        access.KeyMissing,
        access.KeyUnknown,
        access.KeyRevoked,
        access.KeyExpired,
        access.SignInFailed,
    ),
    **_rows(
        HTTPStatus.TOO_MANY_REQUESTS,
        "Locked for some minutes",
        access.SignInLocked,
        retry_after=15 * 60,
    ),
    **_rows(
        HTTPStatus.FORBIDDEN,
        "Not permitted",
        access.AccessError,
        access.PermissionMissing,
        access.CollectionNotOpen,
    ),
    **_rows(HTTPStatus.CONFLICT, "It exists already", access.UserExists),
    **_rows(HTTPStatus.NOT_FOUND, "No such account", access.UserUnknown),
    **_rows(
        HTTPStatus.UNPROCESSABLE_ENTITY,
        "The request is not valid",
        access.UserNameInvalid,
        access.PasswordTooWeak,
        access.RoleUnknown,
        access.ScopeUnknown,
        access.KeyNameInvalid,
        access.KeyExpiryPast,
        access.IdempotencyKeyInvalid,
    ),
    **_rows(HTTPStatus.CONFLICT, "Revoked before", access.KeyRevokedBefore),
    **_rows(
        HTTPStatus.UNPROCESSABLE_ENTITY,
        "Idempotency-Key used for another request",
        access.IdempotencyKeyReused,
    ),
    **_rows(
        HTTPStatus.CONFLICT,
        "The first request is still running",
        access.IdempotencyTwinRunning,
        retry_after=SOON,
    ),
}

_ANSWERING = {
    **_rows(
        HTTPStatus.INTERNAL_SERVER_ERROR,
        "Answering failed",
        answering.AnsweringError,
        answering.RecordedFailure,
        answering.PipelineFailed,
        answering.TemplateUnknown,
        answering.TemplateChanged,
        answering.PromptTooSmall,
    ),
    **_rows(
        HTTPStatus.UNPROCESSABLE_ENTITY,
        "The question cannot be asked",
        answering.QuestionInvalid,
        answering.QuestionEmpty,
        answering.QuestionTooLong,
        answering.QuestionNotText,
        answering.QuestionInFuture,
        answering.IdentifiersInQuestion,
        answering.NoCollectionNamed,
        answering.CollectionsDisagree,
    ),
    **_rows(
        HTTPStatus.UNPROCESSABLE_ENTITY,
        "No such collection",
        answering.UnknownCollection,
    ),
    **_rows(HTTPStatus.BAD_GATEWAY, "The model failed", answering.ModelFailed),
    **_rows(
        HTTPStatus.GATEWAY_TIMEOUT,
        "Answering took too long",
        answering.AnswerAlreadyClosed,
    ),
    **_rows(HTTPStatus.NOT_FOUND, "No such answer", answering.UnknownAnswer),
    **_rows(HTTPStatus.GONE, "Erased", answering.AnswerErased),
    **_rows(HTTPStatus.BAD_REQUEST, "The cursor is not valid", answering.InvalidCursor),
}

_INFERENCE = {
    **_rows(
        HTTPStatus.BAD_GATEWAY,
        "The model failed",
        inference.InferenceError,
        inference.ModelUnavailable,
        inference.ModelRejected,
        inference.ModelReturnedRubbish,
    ),
    **_rows(
        HTTPStatus.GATEWAY_TIMEOUT, "The model took too long", inference.ModelTimeout
    ),
    **_rows(
        HTTPStatus.INTERNAL_SERVER_ERROR,
        "The model server is set up wrongly",
        inference.ModelAddressRefused,
    ),
}

_RETRIEVAL = {
    **_rows(
        HTTPStatus.INTERNAL_SERVER_ERROR,
        "The search failed",
        retrieval.RetrievalError,
        retrieval.EvaluationSetInvalid,
    ),
    **_rows(
        HTTPStatus.SERVICE_UNAVAILABLE,
        "The search took too long",
        retrieval.SearchTimedOut,
        retry_after=LATER,
    ),
}

_API = {
    **_rows(HTTPStatus.INTERNAL_SERVER_ERROR, "The request failed", api.ApiError),
    **_rows(
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "The body is too large", api.BodyTooLarge
    ),
    **_rows(HTTPStatus.REQUEST_TIMEOUT, "The body is too slow", api.BodyTooSlow),
    **_rows(HTTPStatus.LENGTH_REQUIRED, "A length is required", api.LengthRequired),
    **_rows(
        HTTPStatus.UNPROCESSABLE_ENTITY, "The request is not valid", api.FileMissing
    ),
    **_rows(
        HTTPStatus.BAD_REQUEST,
        "The request cannot be understood",
        api.CursorInvalid,
        api.HeaderInvalid,
        api.BodyMalformed,
    ),
    **_rows(
        HTTPStatus.TOO_MANY_REQUESTS,
        "Too many requests",
        api.RateExceeded,
        retry_after=60,
    ),
    **_rows(
        HTTPStatus.PRECONDITION_FAILED,
        "It has changed",
        api.PreconditionFailed,
    ),
    **_rows(HTTPStatus.NOT_FOUND, "Nothing here", api.NotFoundHere),
    **_rows(HTTPStatus.FORBIDDEN, "Not from our pages", api.CsrfFailed),
    **_rows(HTTPStatus.GATEWAY_TIMEOUT, "Answering was cut short", api.AnswerLost),
    **_rows(
        HTTPStatus.CONFLICT,
        "The answer is not ready",
        api.AnswerNotReady,
        retry_after=SOON,
    ),
    **_rows(
        HTTPStatus.SERVICE_UNAVAILABLE,
        "The database is away",
        api.DatabaseAway,
        retry_after=LATER,
    ),
    **_rows(HTTPStatus.METHOD_NOT_ALLOWED, "Not here", api.MethodNotAllowed),
    **_rows(
        HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
        "The media type is not accepted",
        api.MediaTypeUnsupported,
    ),
    **_rows(
        HTTPStatus.UNPROCESSABLE_ENTITY, "The request is not valid", api.FieldsInvalid
    ),
    **_rows(
        HTTPStatus.INTERNAL_SERVER_ERROR, "The request failed", api.UnexpectedFault
    ),
}

PROBLEMS: Final = MappingProxyType(
    CUSTODY
    | _AUDIT
    | _INGESTION
    | _ACCESS
    | _ANSWERING
    | RECALLS
    | _INFERENCE
    | _RETRIEVAL
    | _API
)
