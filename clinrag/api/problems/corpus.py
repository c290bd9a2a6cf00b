"""The rows for documents, editions, passages and their files."""

from http import HTTPStatus
from typing import Final

from clinrag.api.problems.rows import LATER, rows
from ingestion import errors as ingestion

CORPUS: Final = {
    **rows(
        HTTPStatus.INTERNAL_SERVER_ERROR,
        "The document store failed",
        ingestion.IngestionError,
        ingestion.ProcessingFailed,
        ingestion.ProcessingGaveUp,
        ingestion.ProcessingCancelled,
        ingestion.ContentNotFound,
        ingestion.ContentDamaged,
    ),
    **rows(HTTPStatus.NOT_FOUND, "No such collection", ingestion.CollectionNotFound),
    **rows(HTTPStatus.NOT_FOUND, "No such document", ingestion.DocumentNotFound),
    **rows(HTTPStatus.NOT_FOUND, "No such version", ingestion.VersionNotFound),
    **rows(HTTPStatus.NOT_FOUND, "No such passage", ingestion.PassageNotFound),
    **rows(HTTPStatus.NOT_FOUND, "No such reminder", ingestion.ReminderNotFound),
    **rows(HTTPStatus.NOT_FOUND, "No such build", ingestion.BuildNotFound),
    **rows(
        HTTPStatus.UNPROCESSABLE_ENTITY, "No such embedder", ingestion.EmbedderUnknown
    ),
    **rows(
        HTTPStatus.CONFLICT,
        "The index's state does not allow this",
        ingestion.BuildUnderWay,
        ingestion.BuildNotOpen,
        ingestion.BuildIncomplete,
        ingestion.NothingToBuild,
        ingestion.NothingToRetry,
    ),
    **rows(HTTPStatus.CONFLICT, "Closed before", ingestion.ReminderClosed),
    **rows(HTTPStatus.NOT_FOUND, "No such comment", ingestion.CommentNotFound),
    **rows(HTTPStatus.NOT_FOUND, "No such section", ingestion.SectionUnknown),
    **rows(HTTPStatus.CONFLICT, "It exists already", ingestion.CollectionExists),
    **rows(HTTPStatus.CONFLICT, "Received before", ingestion.DuplicateContent),
    **rows(
        HTTPStatus.UNPROCESSABLE_ENTITY,
        "The request is not valid",
        ingestion.DescriptionInvalid,
        ingestion.RulesInvalid,
        ingestion.DecisionUnknown,
        ingestion.RangeInvalid,
        ingestion.VersionsNotComparable,
        ingestion.ValidityInvalid,
    ),
    **rows(
        HTTPStatus.CONFLICT,
        "The version's state does not allow this",
        ingestion.InvalidTransition,
        ingestion.VersionNotApproved,
        ingestion.VersionNotActivated,
        ingestion.ValidityOverlaps,
        ingestion.UnderEmbargo,
    ),
    **rows(
        HTTPStatus.FORBIDDEN,
        "A second person has to decide",
        ingestion.ReviewerIsAuthor,
        ingestion.ReviewerIsNotAPerson,
    ),
    **rows(
        HTTPStatus.CONFLICT, "The decision is not signed", ingestion.DecisionNotSigned
    ),
    **rows(
        HTTPStatus.CONFLICT,
        "The document is busy",
        ingestion.StageBusy,
        ingestion.LeaseLost,
        retry_after=LATER,
    ),
    **rows(
        HTTPStatus.UNPROCESSABLE_ENTITY,
        "The file cannot be read",
        ingestion.ParsingError,
        ingestion.FileEmpty,
        ingestion.FileEncrypted,
        ingestion.FileCorrupt,
        ingestion.NoText,
        ingestion.ChangesUnsettled,
        ingestion.ArchiveBomb,
        ingestion.ParseTimeout,
        ingestion.ParseMemory,
    ),
    **rows(
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        "The file is too large",
        ingestion.FileTooLarge,
    ),
    **rows(
        HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
        "The file's format is not accepted",
        ingestion.UnsupportedType,
        ingestion.SuffixMismatch,
    ),
    **rows(
        HTTPStatus.SERVICE_UNAVAILABLE,
        "The embedder failed",
        ingestion.EmbeddingFailed,
        retry_after=LATER,
    ),
}
