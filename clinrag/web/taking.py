"""Taking a step and going back to the page with what came of it.

Promises: a refusal is told in the error's own words, which hold nothing anybody typed.
Will not: tell of a ledger that cannot record as of a refusal. That goes on to
`refusals.py`, which has a page for it, since nothing was done.
"""

from collections.abc import Callable
from typing import Final, TypeVar

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from audit.errors import AuditError, LedgerUnavailable
from clinrag.answering.errors import AnsweringError
from clinrag.web.labels import Words
from ingestion.errors import IngestionError

REFUSALS: Final = (AuditError, AnsweringError, IngestionError)
Refusal = AuditError | AnsweringError | IngestionError
Made = TypeVar("Made")


def take(
    request: HttpRequest, step: Callable[[], object], *, done: Words, back: str
) -> HttpResponse:
    """Do it, then show the page `back` with the outcome in words.

    Raises LedgerUnavailable, and whatever is no refusal.
    """
    outcome = attempt(step)
    if isinstance(outcome, REFUSALS):
        messages.error(request, str(outcome))
    else:
        messages.success(request, str(done))
    return redirect(back)


def attempt(step: Callable[[], Made]) -> Made | Refusal:
    """What the step came to, or why it was refused.

    Raises LedgerUnavailable, and whatever is no refusal.
    """
    try:
        return step()
    except LedgerUnavailable:
        raise
    except REFUSALS as error:
        return error
