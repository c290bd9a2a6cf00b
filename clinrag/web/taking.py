"""Taking a step and going back to the page with what came of it.

Promises: a refusal is told in the error's own words, which hold nothing anybody typed.
Will not: tell of a ledger that cannot record as of a refusal. That goes on to
`refusals.py`, which has a page for it, since nothing was done.
"""

from collections.abc import Callable
from typing import Final

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from audit.errors import AuditError, LedgerUnavailable
from clinrag.answering.errors import AnsweringError
from clinrag.web.labels import Words
from ingestion.errors import IngestionError

REFUSALS: Final = (AuditError, AnsweringError, IngestionError)


def take(
    request: HttpRequest, step: Callable[[], object], *, done: Words, back: str
) -> HttpResponse:
    """Do it, then show the page `back` with the outcome in words.

    Raises LedgerUnavailable, and whatever is no refusal.
    """
    try:
        step()
    except LedgerUnavailable:
        raise
    except REFUSALS as error:
        messages.error(request, str(error))
    else:
        messages.success(request, str(done))
    return redirect(back)
