"""Describing a document or an edition anew, and saying that one was looked through."""

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from clinrag.access.queries import people_who_may
from clinrag.access.roles import Permission
from clinrag.web.correction_forms import CorrectionForm, LabelForm, LookedThroughForm
from clinrag.web.people import actor_of, page, person_of
from clinrag.web.visibility import document_or_404, version_or_404
from ingestion import queries
from ingestion.actions import close_reminder, correct_document, correct_label
from ingestion.errors import DescriptionInvalid, IngestionError, ReminderNotFound
from ingestion.queries.records import description_of

METHODS = ["GET", "HEAD", "POST"]


@require_http_methods(METHODS)
@page(Permission.INGEST)
def correct_page(request: HttpRequest, document_id: UUID) -> HttpResponse:
    """What is said of a document, to be said anew; what was said stays on record."""
    document = document_or_404(
        document_id, person=person_of(request), at=timezone.now()
    )
    people = people_who_may(Permission.INGEST)
    form = CorrectionForm(request.POST or None, document=document, people=people)
    if request.method == "POST" and form.is_valid():
        try:
            correct_document(
                document_id,
                description=form.description,
                reason=form.cleaned_data["reason"],
                by=actor_of(request),
                at=timezone.now(),
            )
        except DescriptionInvalid as error:
            form.add_error(None, error.message)
        else:
            is_same = form.description == description_of(document)
            messages.success(request, _outcome(is_same=is_same))
            return redirect("web:document", document_id)
    return _shown(request, {"form": form, "document": document})


@require_http_methods(METHODS)
@page(Permission.INGEST)
def label_page(request: HttpRequest, version_id: UUID) -> HttpResponse:
    """What an edition is called, to be called otherwise."""
    person, at = person_of(request), timezone.now()
    version = version_or_404(version_id, person=person, at=at)
    document = document_or_404(version.document_id, person=person, at=at)
    form = LabelForm(request.POST or None, initial={"label": version.label})
    if request.method == "POST" and form.is_valid():
        try:
            correct_label(version_id, **form.cleaned_data, by=actor_of(request), at=at)
        except DescriptionInvalid as error:
            form.add_error(None, error.message)
        else:
            is_same = form.cleaned_data["label"] == version.label
            messages.success(request, _outcome(is_same=is_same))
            return redirect("web:version", version_id)
    return _shown(request, {"form": form, "document": document, "version": version})


@require_POST
@page(Permission.INGEST)
def looked_through(request: HttpRequest, reminder_id: int) -> HttpResponse:
    """Say that a document was looked through, and by when it is to be again."""
    try:
        document_id = queries.reminder(reminder_id).document_id
    except ReminderNotFound as error:
        raise Http404 from error
    at = timezone.now()
    document_or_404(document_id, person=person_of(request), at=at)
    form = LookedThroughForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Say what was found, in at most 1000 characters."))
        return redirect("web:document", document_id)
    try:
        close_reminder(reminder_id, **form.cleaned_data, by=actor_of(request), at=at)
    except IngestionError as error:
        messages.error(request, error.message)
    else:
        messages.success(request, _("Recorded as looked through."))
    return redirect("web:document", document_id)


def _outcome(*, is_same: bool) -> str:
    if is_same:
        return _("Nothing was changed.")
    return _("Corrected, and recorded.")


def _shown(request: HttpRequest, context: dict[str, object]) -> HttpResponse:
    form = context["form"]
    has_errors = isinstance(form, CorrectionForm | LabelForm) and bool(form.errors)
    status = 422 if has_errors else 200
    return render(request, "web/correct.html", context, status=status)
