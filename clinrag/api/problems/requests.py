"""The rows for requests that cannot be read or repeated as they are."""

from http import HTTPStatus
from typing import Final

from clinrag.api import errors as api
from clinrag.api.problems.rows import LATER, SOON, rows

REQUESTS: Final = {
    **rows(HTTPStatus.INTERNAL_SERVER_ERROR, "The request failed", api.ApiError),
    **rows(
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "The body is too large", api.BodyTooLarge
    ),
    **rows(HTTPStatus.REQUEST_TIMEOUT, "The body is too slow", api.BodyTooSlow),
    **rows(HTTPStatus.LENGTH_REQUIRED, "A length is required", api.LengthRequired),
    **rows(
        HTTPStatus.UNPROCESSABLE_ENTITY, "The request is not valid", api.FileMissing
    ),
    **rows(
        HTTPStatus.BAD_REQUEST,
        "The request cannot be understood",
        api.CursorInvalid,
        api.HeaderInvalid,
        api.BodyMalformed,
    ),
    **rows(
        HTTPStatus.TOO_MANY_REQUESTS,
        "Too many requests",
        api.RateExceeded,
        retry_after=60,
    ),
    **rows(
        HTTPStatus.PRECONDITION_FAILED,
        "It has changed",
        api.PreconditionFailed,
    ),
    **rows(
        HTTPStatus.PRECONDITION_REQUIRED,
        "Say what you decide on",
        api.PreconditionRequired,
    ),
    **rows(HTTPStatus.NOT_FOUND, "Nothing here", api.NotFoundHere),
    **rows(HTTPStatus.FORBIDDEN, "Not from our pages", api.CsrfFailed),
    **rows(HTTPStatus.GATEWAY_TIMEOUT, "Answering was cut short", api.AnswerLost),
    **rows(
        HTTPStatus.CONFLICT,
        "The answer is not ready",
        api.AnswerNotReady,
        retry_after=SOON,
    ),
    **rows(
        HTTPStatus.SERVICE_UNAVAILABLE,
        "The database is away",
        api.DatabaseAway,
        retry_after=LATER,
    ),
    **rows(
        HTTPStatus.SERVICE_UNAVAILABLE,
        "Too many questions at once",
        api.TooManyAsked,
        retry_after=LATER,
    ),
    **rows(HTTPStatus.METHOD_NOT_ALLOWED, "Not here", api.MethodNotAllowed),
    **rows(
        HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
        "The media type is not accepted",
        api.MediaTypeUnsupported,
    ),
    **rows(
        HTTPStatus.UNPROCESSABLE_ENTITY, "The request is not valid", api.FieldsInvalid
    ),
    **rows(HTTPStatus.INTERNAL_SERVER_ERROR, "The request failed", api.UnexpectedFault),
}
