"""Taking a step and going back to the page with what came of it.

Promises: a refusal is told in the error's own words, which hold nothing anybody typed;
a ledger that cannot record is a page of its own, since nothing was done.
"""

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from audit.errors import AuditError, LedgerUnavailable
from clinrag.web.errors import unavailable
from clinrag.web.labels import Words


def take(
    request: HttpRequest, step: Callable[[], object], *, done: Words, back: str
) -> HttpResponse:
    """Do it, then show the page `back` with the outcome in words."""
    try:
        step()
    except LedgerUnavailable as error:
        return unavailable(request, explanation=str(error))
    except AuditError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, str(done))
    return redirect(back)
