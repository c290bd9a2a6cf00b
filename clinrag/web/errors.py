"""Pages for what went wrong: plain words, the request's id and a next step.

Promises: no detail of the failure, which could hold what somebody typed. These
views must not fail themselves, so they ask the database for nothing new.
"""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from clinrag.web.labels import Words


def forbidden(request: HttpRequest, exception: Any = None) -> HttpResponse:
    """403: the account lacks the permission."""
    del exception
    return problem_page(
        request,
        403,
        title=_("Your account may not open this"),
        explanation=_("This page needs a role that your account does not have."),
        next_step=_("Ask whoever administers ClinRAG, and name the page you need."),
    )


def not_found(request: HttpRequest, exception: Any = None) -> HttpResponse:
    """404: no such page or thing."""
    del exception
    return problem_page(
        request,
        404,
        title=_("There is nothing here"),
        explanation=_("The address may be mistyped, or what it named is not here."),
        next_step=_("Go back, or start from the overview."),
    )


def server_error(request: HttpRequest) -> HttpResponse:
    """500: our own fault."""
    return problem_page(
        request,
        500,
        title=_("Something went wrong on our side"),
        explanation=_("What you were doing may not have been saved."),
        next_step=_("Try again in a moment. If it stays, tell the operator the id."),
    )


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """403: the form was not ours, or too old."""
    del reason
    return problem_page(
        request,
        403,
        title=_("This form has expired"),
        explanation=_("It was opened long ago, or before you signed in."),
        next_step=_("Go back, reload the page and send it again. Nothing was done."),
    )


def unavailable(request: HttpRequest, *, explanation: Words) -> HttpResponse:
    """503: the ledger cannot record, so nothing that must be recorded is done."""
    return problem_page(
        request,
        503,
        title=_("Not possible right now"),
        explanation=explanation,
        next_step=_("Try again in a moment. If it stays, tell the operator the id."),
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
    }
    return render(request, "web/problem.html", context, status=status)
