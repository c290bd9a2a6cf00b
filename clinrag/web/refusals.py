"""Pages for what no view has a page for: withheld, not allowed, not to be recorded.

Promises: whoever asked for a page gets one, with a way back: never problem details,
which are for programs, and never an empty screen. Whichever view a ledger that cannot
record has stopped, the page says that nothing was done. Stands last, so that the page
knows who is signed in, and in front of the check of forms, which would read the body.
"""

from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Final

from django.http import HttpRequest, HttpResponse

from audit.errors import LedgerUnavailable
from clinrag.web import errors
from clinrag.withheld import WITHHELD_BODY

PAGES: Final[Mapping[str, Callable[[HttpRequest], HttpResponse]]] = {
    "body_too_large": errors.too_large,
    "body_too_slow": errors.too_slow,
}


class RefusalPagesMiddleware:
    """Shows the page for a body withheld, a method not allowed, a ledger away."""

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

    def process_exception(
        self, request: HttpRequest, exception: Exception
    ) -> HttpResponse | None:
        """503, if that is why the view came to nothing."""
        if isinstance(exception, LedgerUnavailable):
            return errors.unavailable(request, explanation=str(exception))
        return None


def _says_nothing(response: HttpResponse) -> bool:
    refused = response.status_code == HTTPStatus.METHOD_NOT_ALLOWED
    return refused and not response.streaming and not response.content
