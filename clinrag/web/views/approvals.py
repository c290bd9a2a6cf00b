"""Deciding about an edition, with what it will do on one page."""

from datetime import datetime
from functools import partial
from uuid import UUID

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST, require_safe

from clinrag.access.backends import address_of
from clinrag.access.errors import AccessError
from clinrag.access.roles import Permission
from clinrag.access.signing_in import sign_in_again
from clinrag.answering.errors import AnsweringError
from clinrag.answering.foresight.queries import outlook
from clinrag.answering.foresight.reports import request_foresight
from clinrag.answering.foresight.signing import Signing, sign_decision
from clinrag.answering.foresight.telling import told_to
from clinrag.answering.foresight.types import Freshness
from clinrag.answering.tasks import foresee_soon
from clinrag.web.approval_forms import ForeseeForm, SignForm
from clinrag.web.approving import eyes_of, foresight_page
from clinrag.web.comparison import Seen, comparison_page
from clinrag.web.editions import comparison_url, edition_before
from clinrag.web.people import STEWARDS, actor_of, may, page, person_of
from clinrag.web.steps import decisions_about
from clinrag.web.visibility import document_or_404, version_or_404, visible_versions
from ingestion import queries
from ingestion.errors import IngestionError
from ingestion.queries import VersionView

AUTO_ID = "id_sign_%s"


@require_safe
@page(*STEWARDS)
def approve_page(request: HttpRequest, version_id: UUID) -> HttpResponse:
    """Show what an edition will do, and where it is signed."""
    return _render(request, _version(request, version_id), at=timezone.now())


def _version(request: HttpRequest, version_id: UUID) -> VersionView:
    return version_or_404(version_id, person=person_of(request), at=timezone.now())


def _render(
    request: HttpRequest,
    version: VersionView,
    *,
    at: datetime,
    form: SignForm | None = None,
    problem: str = "",
    status: int = 200,
) -> HttpResponse:
    person = person_of(request)
    seen = told_to(eyes_of(person, at=at), outlook(version.id, at=at))
    shown = None
    if seen.report:
        shown = foresight_page(seen.report, collection=version.collection_slug)
    form = form or SignForm(auto_id=AUTO_ID)
    if seen.freshness is Freshness.FRESH:
        form = form.without_acknowledgement()
    context = {
        "version": version,
        "document": document_or_404(version.document_id, person=person),
        "outlook": seen,
        "shown": shown,
        "is_author": actor_of(request).id == version.author_id,
        "decisions": decisions_about(version)
        if may(request, Permission.REVIEW)
        else [],
        "form": form,
        "foresee_form": ForeseeForm(auto_id="id_foresee_%s"),
        "problem": problem,
        "reviews": queries.reviews_of(version.id),
        "person": person,
        **_comparison(request, version, at=at),
    }
    return render(request, "web/approve.html", context, status=status)


def _comparison(
    request: HttpRequest, version: VersionView, *, at: datetime
) -> dict[str, object]:
    """The comparison with the edition before it, for its risks and what was viewed."""
    person = person_of(request)
    others = visible_versions(version.document_id, person=person, at=at)
    before = edition_before(version, others)
    if before is None:
        return {"compared": None}
    viewed = queries.viewed_sections(
        before.id, version.id, person_id=actor_of(request).id
    )
    found = queries.comparison(before.id, version.id)
    return {
        "before": before,
        "compared": comparison_page(found, Seen(viewed)),
        "compare_url": comparison_url(before, version),
    }


@require_POST
@page(Permission.REVIEW)
def foresee_version(request: HttpRequest, version_id: UUID) -> HttpResponse:
    """Have worked out what the edition changes."""
    version, form = _version(request, version_id), ForeseeForm(request.POST)
    moment = form.cleaned_data["supposed_at"] if form.is_valid() else None
    try:
        with transaction.atomic():
            report_id = request_foresight(
                version.id, by=actor_of(request), at=timezone.now(), supposed_at=moment
            )
            foresee_soon(report_id)
    except (AnsweringError, IngestionError) as error:
        messages.error(request, str(error))
    return redirect("web:approve_version", version_id)


@sensitive_post_parameters("password")
@require_POST
@page(Permission.REVIEW)
def sign_version(request: HttpRequest, version_id: UUID) -> HttpResponse:
    """Approve, return or reject, signed with the password."""
    version, at = _version(request, version_id), timezone.now()
    form = SignForm(request.POST, auto_id=AUTO_ID)
    if not form.is_valid():
        return _render(request, version, at=at, form=form, status=422)
    try:
        _sign(request, version, form, at=at)
    except (AccessError, AnsweringError, IngestionError) as error:
        return _render(
            request, version, at=at, form=form, problem=str(error), status=422
        )
    messages.success(request, _("Your decision is signed and recorded."))
    return redirect("web:version", version_id)


def _sign(
    request: HttpRequest, version: VersionView, form: SignForm, *, at: datetime
) -> None:
    given = form.cleaned_data
    authenticate = partial(
        sign_in_again,
        person_of(request),
        password=given["password"],
        address=address_of(request),
        at=at,
    )
    signing = Signing(
        decision=request.POST.get("decision", ""),
        meaning=given["meaning"],
        comment=given["comment"],
        foresight_sha256=given["foresight_sha256"],
        acknowledged=given["acknowledged"],
    )
    sign_decision(version.id, signing, authenticate=authenticate, at=at)
