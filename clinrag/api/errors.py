"""What the REST interface itself refuses, before any rule of the domain is asked."""

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Finding:
    """What is wrong with one field: where (RFC 6901), which rule, in our words."""

    pointer: str
    code: str
    detail: str


class ApiError(Exception):
    """The request could not be served."""

    code: ClassVar[str] = "api_error"

    def __str__(self) -> str:
        """Say the class's own sentence: details could carry what was sent."""
        return " ".join((type(self).__doc__ or "").split())


class BodyTooLarge(ApiError):
    """The body is larger than this address accepts."""

    code = "body_too_large"


class BodyTooSlow(ApiError):
    """The body took longer to arrive than this server waits."""

    code = "body_too_slow"


class LengthRequired(ApiError):
    """Send a Content-Length; a body of unknown length is not accepted."""

    code = "length_required"


class FileMissing(ApiError):
    """Send the document as one file in the field `file`."""

    code = "file_missing"


class CursorInvalid(ApiError):
    """The cursor does not continue any list."""

    code = "cursor_invalid"


class RateExceeded(ApiError):
    """Too many requests in this minute. Wait as long as Retry-After says."""

    code = "rate_exceeded"

    def __init__(self, retry_after: int) -> None:
        super().__init__()
        self.retry_after = retry_after


class PreconditionFailed(ApiError):
    """It changed since it was read: its ETag is no longer the one sent."""

    code = "precondition_failed"


class PreconditionRequired(ApiError):
    """Say by If-Match what you decide on: the ETag it was read with, or any (*)."""

    code = "precondition_required"


class HeaderInvalid(ApiError):
    """A header has a value that cannot be understood."""

    code = "header_invalid"


class NotFoundHere(ApiError):
    """There is nothing at this address, or nothing you may see."""

    code = "not_found"


class BodyMalformed(ApiError):
    """The body is not well-formed JSON, or not a well-formed form."""

    code = "body_malformed"


class FieldsInvalid(ApiError):
    """Some fields are missing or not valid; `errors` names them."""

    code = "fields_invalid"

    def __init__(self, findings: tuple[Finding, ...]) -> None:
        super().__init__()
        self.findings = findings


class MethodNotAllowed(ApiError):
    """This address does not take that method; `Allow` names those it takes."""

    code = "method_not_allowed"


class MediaTypeUnsupported(ApiError):
    """The body's media type is not accepted at this address."""

    code = "media_type_unsupported"


class CsrfFailed(ApiError):
    """A request with a session needs the CSRF token that our pages carry."""

    code = "csrf_failed"


class DatabaseAway(ApiError):
    """The database cannot be reached at the moment."""

    code = "database_away"


class TooManyAsked(ApiError):
    """Too many questions are being taken in. Nothing was recorded; ask again soon."""

    code = "too_many_asked"


class UnexpectedFault(ApiError):
    """Something went wrong on the server; the request id finds it in the log."""

    code = "internal_error"


class AnswerLost(ApiError):
    """Answering was cut short, and this is on record. Ask again with a new key."""

    code = "answer_lost"

    def __init__(self, *, answer_id: UUID, entry_id: UUID) -> None:
        super().__init__()
        self.answer_id = answer_id
        self.entry_id = entry_id


class AnswerNotReady(ApiError):
    """The question is still being answered."""

    code = "answer_not_ready"
