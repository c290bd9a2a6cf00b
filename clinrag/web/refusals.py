"""Pages for what is refused before a view is asked, or with nothing to read.

Promises: whoever asked for a page gets one, with a way back: never problem details,
which are for programs, and never an empty screen. Stands last, so that the page knows
who is signed in, and in front of the check of forms, which would read the body.
"""

from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Final

from django.http import HttpRequest, HttpResponse

from clinrag.web import errors
from clinrag.withheld import WITHHELD_BODY

PAGES: Final[Mapping[str, Callable[[HttpRequest], HttpResponse]]] = {
    "body_too_large": errors.too_large,
    "body_too_slow": errors.too_slow,
}


class RefusalPagesMiddleware:
    """Shows the page for a body that was withheld, and for a method not allowed."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        code = getattr(request, "scope", {}).get(WITHHELD_BODY)
        if code is not None:
            return PAGES.get(code, errors.bad_request)(request)
        response = self.get_response(request)
        if _says_nothing(response):
            page = errors.method_not_allowed(request)
            page.headers["Allow"] = response.headers["Allow"]
            return page
        return response


def _says_nothing(response: HttpResponse) -> bool:
    refused = response.status_code == HTTPStatus.METHOD_NOT_ALLOWED
    return refused and not response.streaming and not response.content
