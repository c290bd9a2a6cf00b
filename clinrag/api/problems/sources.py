"""The rows for watched sources and the tasks they give."""

from http import HTTPStatus
from typing import Final

from clinrag.api.problems.rows import LATER, rows
from ingestion.sources import errors as sources

SOURCES: Final = {
    **rows(HTTPStatus.NOT_FOUND, "No such source", sources.SourceNotFound),
    **rows(HTTPStatus.NOT_FOUND, "No such task", sources.TaskNotFound),
    **rows(HTTPStatus.NOT_FOUND, "No such file", sources.ItemNotFound),
    **rows(HTTPStatus.CONFLICT, "The draft is not settled", sources.ItemSettled),
    **rows(HTTPStatus.CONFLICT, "Closed before", sources.TaskClosed),
    **rows(HTTPStatus.CONFLICT, "It is watched already", sources.SourceExists),
    **rows(
        HTTPStatus.UNPROCESSABLE_ENTITY,
        "The request is not valid",
        sources.SourceInvalid,
    ),
    **rows(
        HTTPStatus.FORBIDDEN,
        "This may not be watched",
        sources.SourceRefused,
    ),
    **rows(
        HTTPStatus.BAD_GATEWAY,
        "The source cannot be looked at",
        sources.SourceError,
        sources.SourceUnreachable,
        sources.SourceUnreadable,
        sources.SourceAnswersOddly,
        sources.SourceTooLarge,
        sources.SourceEmptied,
        sources.ItemUnsettled,
        sources.LookBroke,
        retry_after=LATER,
    ),
}
