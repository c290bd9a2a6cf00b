"""Gives every request an identifier, and every response the same one back.

A caller's own `X-Request-ID` is kept when it is short and plain, so that it can
be found in both logs; anything else is replaced, since it would reach our logs.

The last line of defence for errors stands here too: whatever Django or another
middleware refused under the interface's addresses leaves as problem details.
"""

import re
from collections.abc import Callable
from contextvars import ContextVar
from uuid import uuid4

from django.http import HttpRequest, HttpResponse

from clinrag.api.responses import as_problem

HEADER = "X-Request-ID"
PLAIN = re.compile(r"[A-Za-z0-9._-]{1,64}", re.ASCII)

current_request_id: ContextVar[str] = ContextVar("current_request_id", default="")


def choose_request_id(offered: str | None) -> str:
    """The caller's identifier when it is plain, otherwise a new random one."""
    if offered is not None and PLAIN.fullmatch(offered):
        return offered
    return uuid4().hex


class RequestIdMiddleware:
    """Sets `request.request_id`, the response header, and the context variable."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request_id = choose_request_id(request.headers.get(HEADER))
        request.request_id = request_id  # type: ignore[attr-defined]
        token = current_request_id.set(request_id)
        try:
            response = as_problem(request, self.get_response(request))
        finally:
            current_request_id.reset(token)
        response.headers[HEADER] = request_id
        return response
