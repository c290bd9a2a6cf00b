"""Pages for what went wrong: plain words, the request's id and a next step.

Promises: no detail of the failure, which could hold what somebody typed. These
views must not fail themselves, so they ask the database for nothing new.
"""

from dataclasses import dataclass
from typing import Any, Final

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.db import Error as DatabaseFault
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.defaultfilters import filesizeformat
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from clinrag.web.labels import Words


@dataclass(frozen=True, slots=True)
class Problem:
    """What a page says of a problem: what it is, why, and what to do."""

    status: int
    title: Words
    explanation: Words
    next_step: Words


BAD_REQUEST: Final = Problem(
    400,
    _("This cannot be understood"),
    _("What was sent is damaged, or was cut off on its way."),
    _("Go back, reload the page and send it again. Nothing was done."),
)
METHOD_NOT_ALLOWED: Final = Problem(
    405,
    _("This address cannot be opened like that"),
    _("It belongs to a form on another page, or to a plain link."),
    _("Go back, or start from the overview. Nothing was done."),
)
TOO_SLOW: Final = Problem(
    408,
    _("The file took too long to arrive"),
    _("The connection was too slow, or it was interrupted."),
    _("Try again from a faster connection. Nothing was kept."),
)
FORBIDDEN: Final = Problem(
    403,
    _("Your account may not open this"),
    _("This page needs a role that your account does not have."),
    _("Ask whoever administers ClinRAG, and name the page you need."),
)
NOT_FOUND: Final = Problem(
    404,
    _("There is nothing here"),
    _("The address may be mistyped, or what it named is not here."),
    _("Go back, or start from the overview."),
)
SERVER_ERROR: Final = Problem(
    500,
    _("Something went wrong on our side"),
    _("What you were doing may not have been saved."),
    _("Try again in a moment. If it stays, tell the operator the id."),
)
CSRF_FAILURE: Final = Problem(
    403,
    _("This form has expired"),
    _("It was opened long ago, or before you signed in."),
    _("Go back, reload the page and send it again. Nothing was done."),
)


def bad_request(request: HttpRequest, exception: Any = None) -> HttpResponse:
    """400: what was sent cannot be understood, or has a part that is too long."""
    if isinstance(exception, RequestDataTooBig):
        return too_large(request)
    return _page(request, BAD_REQUEST)


def method_not_allowed(request: HttpRequest) -> HttpResponse:
    """405: an address that only a form, or only a link, leads to."""
    return _page(request, METHOD_NOT_ALLOWED)


def too_large(request: HttpRequest) -> HttpResponse:
    """413: more than is read at all, so there is nothing to put on record."""
    most = filesizeformat(settings.MAX_BODY_BYTES)
    return problem_page(
        request,
        413,
        title=_("This is too large to be received"),
        explanation=_(
            "Nothing of it was kept. The most that this server reads at once is"
            " %(most)s, and less where an account may not add editions."
        )
        % {"most": most},
        next_step=_("Split the document, or ask the operator to raise the limit."),
    )


def too_slow(request: HttpRequest) -> HttpResponse:
    """408: the rest did not come in time."""
    return _page(request, TOO_SLOW)


def forbidden(request: HttpRequest, exception: Any = None) -> HttpResponse:
    """403: the account lacks the permission."""
    del exception
    return _page(request, FORBIDDEN)


def not_found(request: HttpRequest, exception: Any = None) -> HttpResponse:
    """404: no such page or thing."""
    del exception
    return _page(request, NOT_FOUND)


def server_error(request: HttpRequest) -> HttpResponse:
    """500: our own fault."""
    return _page(request, SERVER_ERROR)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """403: the form was not ours, or too old."""
    del reason
    return _page(request, CSRF_FAILURE)


def unavailable(request: HttpRequest, *, explanation: Words) -> HttpResponse:
    """503: the ledger cannot record, so nothing that must be recorded is done."""
    return problem_page(
        request,
        503,
        title=_("Not possible right now"),
        explanation=explanation,
        next_step=_("Try again in a moment. If it stays, tell the operator the id."),
    )


def _page(request: HttpRequest, problem: Problem) -> HttpResponse:
    return problem_page(
        request,
        problem.status,
        title=problem.title,
        explanation=problem.explanation,
        next_step=problem.next_step,
    )


def problem_page(
    request: HttpRequest,
    status: int,
    *,
    title: Words,
    explanation: Words,
    next_step: Words,
) -> HttpResponse:
    """Render one problem; the request's id is what the logs know it by."""
    context = {
        "status": status,
        "title": title,
        "explanation": explanation,
        "next_step": next_step,
        "request_id": getattr(request, "request_id", ""),
        "back": _form_of(request),
    }
    try:
        return render(request, "web/problem.html", context, status=status)
    except DatabaseFault:  # who is looking cannot be known, which is no second fault
        return HttpResponse(
            render_to_string("web/problem.html", context), status=status
        )


def _form_of(request: HttpRequest) -> str:
    """Where the form stands that was sent, if it stands under its own address."""
    forms = {reverse("web:upload"), reverse("web:ask")}
    sent = request.method == "POST" and request.path in forms
    return request.path if sent else ""
