"""From a raised error to the response that tells it.

Framework errors are first turned into our own, so that one table speaks for all
and no framework sentence that quotes the input gets out. What nobody expected is
logged with its place in the code, without its text, and told as a plain 500.
"""

import inspect
import logging
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, TypeVar

from django.core.exceptions import (
    PermissionDenied,
    RequestDataTooBig,
    SuspiciousOperation,
)
from django.db import DatabaseError, InterfaceError, OperationalError
from django.http import Http404
from django.http.multipartparser import MultiPartParserError
from rest_framework import exceptions as rest
from rest_framework.response import Response

from clinrag.access.errors import KeyUnknown, PermissionMissing
from clinrag.answering.errors import RecordedFailure
from clinrag.api.errors import (
    AnswerLost,
    ApiError,
    BodyMalformed,
    BodyTooLarge,
    DatabaseAway,
    FieldsInvalid,
    Finding,
    MediaTypeUnsupported,
    MethodNotAllowed,
    NotFoundHere,
    RateExceeded,
    UnexpectedFault,
)
from clinrag.api.problems import PROBLEMS, Problem
from clinrag.api.responses import MEDIA_TYPE, problem_body, request_id_of
from ingestion.errors import DescriptionInvalid, DuplicateContent, InvalidTransition

logger = logging.getLogger(__name__)
T = TypeVar("T")

TIMED_OUT = "model_timeout"
CHALLENGE = 'Bearer realm="clinrag"'

# What may be told of a field, by the validator's code: never its own sentence,
# since some of those repeat what was sent.
SENTENCES = {
    "required": "This field is required.",
    "null": "This field may not be null.",
    "blank": "This field may not be empty.",
    "empty": "This list may not be empty.",
    "invalid": "This is not a valid value.",
    "invalid_choice": "This is not one of the allowed values.",
    "max_length": "This is too long.",
    "min_length": "This is too short.",
    "max_value": "This is too large.",
    "min_value": "This is too small.",
    "not_a_list": "This must be a list.",
    "not_a_dict": "This must be an object.",
    "null_characters_not_allowed": "NUL characters are not allowed.",
    "surrogate_characters_not_allowed": "This is not well-formed text.",
    "unexpected": "There is no such field.",
}

TRANSLATIONS: Mapping[type[Exception], Callable[[Any], Exception]] = {
    rest.ValidationError: lambda error: FieldsInvalid(
        tuple(_findings(error.get_full_details(), ""))
    ),
    rest.ParseError: lambda _: BodyMalformed(),
    MultiPartParserError: lambda _: BodyMalformed(),
    RequestDataTooBig: lambda _: BodyTooLarge(),
    SuspiciousOperation: lambda _: BodyMalformed(),
    rest.AuthenticationFailed: lambda _: KeyUnknown(),
    rest.NotAuthenticated: lambda _: KeyUnknown(),
    rest.PermissionDenied: lambda _: PermissionMissing(),
    PermissionDenied: lambda _: PermissionMissing(),
    rest.NotFound: lambda _: NotFoundHere(),
    Http404: lambda _: NotFoundHere(),
    rest.MethodNotAllowed: lambda _: MethodNotAllowed(),
    rest.UnsupportedMediaType: lambda _: MediaTypeUnsupported(),
    OperationalError: lambda _: DatabaseAway(),
    InterfaceError: lambda _: DatabaseAway(),
    DatabaseError: lambda _: UnexpectedFault(),
}

EXTENSIONS: Mapping[type[Exception], Callable[[Any], dict[str, object]]] = {
    RecordedFailure: lambda error: {
        "answer_id": str(error.answer_id),
        "entry_id": str(error.entry_id),
        "reason": error.reason,
    },
    AnswerLost: lambda error: {
        "answer_id": str(error.answer_id),
        "entry_id": str(error.entry_id),
    },
    DuplicateContent: lambda error: {
        "twin_version_id": str(error.twin_id),
        "twin_document_id": str(error.twin_document_id),
    },
    DescriptionInvalid: lambda error: {"field": error.field},
    InvalidTransition: lambda error: {
        "status_now": str(error.source),
        "status_wanted": str(error.target),
    },
    FieldsInvalid: lambda error: {
        "errors": [
            {"pointer": one.pointer, "code": one.code, "detail": one.detail}
            for one in error.findings
        ]
    },
}


@dataclass(frozen=True, slots=True)
class Refusal:
    """A problem as it is sent: its status, its members, its headers."""

    status: HTTPStatus
    body: dict[str, object]
    headers: dict[str, str]


def respond(error: Exception, context: Mapping[str, Any]) -> Response:
    """The problem details for any error raised under a route."""
    request_id = request_id_of(getattr(context.get("request"), "_request", None))
    refusal = refusal_of(error, request_id=request_id)
    return Response(
        refusal.body,
        status=refusal.status.value,
        headers=refusal.headers,
        content_type=MEDIA_TYPE,
    )


def refusal_of(error: Exception, *, request_id: str) -> Refusal:
    """What is told of an error; what nobody expected is logged too."""
    own = translate(error)
    problem = problem_of(own)
    if problem.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        _log(error, own, problem.status, request_id)
    body = problem_body(
        problem.status.value,
        code_of(own),
        title=problem.title,
        detail=sentence_of(type(own)),
        request_id=request_id,
        extensions=_lookup(EXTENSIONS, own, lambda _: {})(own),
    )
    return Refusal(problem.status, body, _headers(own, problem))


def translate(error: Exception) -> Exception:
    """Our own error for a framework's; ours unchanged; anything else is a fault."""
    if _row(error) is not None:
        return error
    return _lookup(TRANSLATIONS, error, lambda _: UnexpectedFault())(error)


def problem_of(error: Exception) -> Problem:
    """The row of the class or its nearest ancestor."""
    row = _row(error)
    if row is None:
        return PROBLEMS[UnexpectedFault]
    if isinstance(error, RecordedFailure) and error.reason == TIMED_OUT:
        return Problem(HTTPStatus.GATEWAY_TIMEOUT, row.title)
    return row


def code_of(error: Exception) -> str:
    """The stable code; every class in the table has one."""
    return str(getattr(error, "code", ApiError.code))


def sentence_of(kind: type[Exception]) -> str:
    """The first paragraph of the class's docstring on one line."""
    return " ".join((inspect.getdoc(kind) or "").split("\n\n")[0].split())


def _row(error: Exception) -> Problem | None:
    return next(
        (PROBLEMS[kind] for kind in type(error).__mro__ if kind in PROBLEMS), None
    )


def _lookup(
    table: Mapping[type[Exception], Callable[[Any], T]],
    error: Exception,
    default: Callable[[Any], T],
) -> Callable[[Any], T]:
    kinds = type(error).__mro__
    return next((table[kind] for kind in kinds if kind in table), default)


def _headers(own: Exception, problem: Problem) -> dict[str, str]:
    headers: dict[str, str] = {}
    if problem.status == HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = CHALLENGE
    wait = own.retry_after if isinstance(own, RateExceeded) else problem.retry_after
    if wait is not None:
        headers["Retry-After"] = str(wait)
    return headers


def _findings(details: Any, pointer: str) -> Iterator[Finding]:
    """Flatten DRF's nested details to pointers, codes and our own sentences."""
    if isinstance(details, dict) and set(details) == {"message", "code"}:
        code = str(details["code"])
        yield Finding(pointer or "/", code, SENTENCES.get(code, SENTENCES["invalid"]))
    elif isinstance(details, dict):
        for name, inner in details.items():
            step = "" if name == "non_field_errors" else f"/{name}"
            yield from _findings(inner, pointer + step)
    else:
        for inner in details:
            yield from _findings(inner, pointer)


def _log(
    raised: Exception, own: Exception, status: HTTPStatus, request_id: str
) -> None:
    logger.error(
        "a request failed",
        exc_info=raised,
        extra={
            "request_id": request_id,
            "code": code_of(own),
            "status_code": status.value,
        },
    )
