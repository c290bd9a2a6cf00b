"""Verifying the ledger, or a range of it: asked for here, done by a worker.

A page may wait six seconds for its database; a long log takes an hour.
"""

from uuid import UUID

from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from audit.errors import VerificationUnknown
from audit.exports.previewing import signed_end
from audit.tasks import enqueue_verification
from audit.verification import Range, runs
from audit.verification.runs import RunView, State
from clinrag.access.roles import Permission
from clinrag.web.custody_forms import VerificationForm
from clinrag.web.people import actor_of, page
from clinrag.web.runs import run_line
from clinrag.web.views.integrity import integrity_context


@require_POST
@page(Permission.READ_LEDGER)
def verify(request: HttpRequest) -> HttpResponse:
    """Ask for a verification; or show the one that is under way."""
    form = VerificationForm(request.POST, end=signed_end())
    if not form.is_valid():
        context = integrity_context(request) | {"form": form}
        return render(request, "web/integrity.html", context, status=422)
    _ask(request, form.range())
    return redirect(reverse("web:integrity") + "#verify-title")


@transaction.atomic
def _ask(request: HttpRequest, only: Range | None) -> None:
    at = timezone.now()
    run = runs.ask(only=only, by=actor_of(request), at=at)
    if run.state is State.WAITING:
        # Told twice it runs once; told once, the broker may have lost it.
        enqueue_verification(run.id)


@require_safe
@page(Permission.READ_LEDGER)
def verification_part(request: HttpRequest, run_id: UUID) -> HttpResponse:
    """One verification alone; asks for the whole page once it is over."""
    at = timezone.now()
    run = run_line(_view(run_id), at=at)
    response = render(request, "web/_run.html", {"run": run})
    if not run.polling:
        response.headers["HX-Refresh"] = "true"
    return response


def _view(run_id: UUID) -> RunView:
    try:
        return runs.by_id(run_id, at=timezone.now())
    except VerificationUnknown as error:
        raise Http404 from error
