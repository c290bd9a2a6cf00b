"""Problem details (RFC 9457) as responses.

The media type is `application/problem+json`; `type` is a stable URN made from
the error's code, `detail` a fixed sentence. Nothing that a caller sent is
repeated, since it may be a patient's words.
"""

import json
from collections.abc import Mapping
from http import HTTPStatus

from django.http import HttpRequest, HttpResponse

MEDIA_TYPE = "application/problem+json"
TYPE_PREFIX = "urn:clinrag:problem:"
OWN_PREFIXES = ("/api/", "/v1/", "/log/", "/livez", "/readyz")

PLAIN_CODES = {
    HTTPStatus.BAD_REQUEST: "bad_request",
    HTTPStatus.FORBIDDEN: "forbidden",
    HTTPStatus.NOT_FOUND: "not_found",
    HTTPStatus.METHOD_NOT_ALLOWED: "method_not_allowed",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "body_too_large",
    HTTPStatus.INTERNAL_SERVER_ERROR: "internal_error",
}


def problem_body(
    status: int,
    code: str,
    *,
    title: str,
    detail: str,
    request_id: str,
    extensions: Mapping[str, object] | None = None,
) -> dict[str, object]:
    """The members of RFC 9457, `code` and `request_id`, then the extensions."""
    return {
        "type": type_uri(code),
        "title": title,
        "status": status,
        "detail": detail,
        "code": code,
        "request_id": request_id,
        **(extensions or {}),
    }


def type_uri(code: str) -> str:
    """The problem's stable name: it identifies, and does not lead anywhere."""
    return TYPE_PREFIX + code.replace("_", "-")


def request_id_of(request: object) -> str:
    """The identifier the middleware gave, or nothing where it did not run."""
    return str(getattr(request, "request_id", ""))


def as_problem(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """The response itself, or its problem details if it is an error without them."""
    if not _lacks_problem(request, response):
        return response
    status = HTTPStatus(response.status_code)
    code = PLAIN_CODES.get(status, status.name.lower())
    body = problem_body(
        status.value,
        code,
        title=status.phrase,
        detail=(status.description or status.phrase).rstrip(".") + ".",
        request_id=request_id_of(request),
    )
    content = json.dumps(body).encode()
    replacement = HttpResponse(content, status=status.value)
    # What other middleware set stays: the policies among them.
    for name, value in response.headers.items():
        replacement.headers[name] = value
    replacement.headers["Content-Type"] = MEDIA_TYPE
    replacement.headers["Content-Length"] = str(len(content))
    return replacement


def _lacks_problem(request: HttpRequest, response: HttpResponse) -> bool:
    own = request.path_info.startswith(OWN_PREFIXES)
    failed = response.status_code >= HTTPStatus.BAD_REQUEST
    media_type = response.headers.get("Content-Type", "")
    return own and failed and "json" not in media_type
