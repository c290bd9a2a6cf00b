"""Receiving the file of an edition: nothing goes live from here."""

from uuid import UUID

from django import forms
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from clinrag.access.roles import Permission
from clinrag.web.forms import UploadForm
from clinrag.web.people import actor_of, page, person_of
from clinrag.web.visibility import visible_collections
from ingestion import actions, queries
from ingestion.errors import DuplicateContent, IngestionError
from ingestion.lifecycle import PROCESSING
from ingestion.queries import VersionView
from ingestion.tasks import enqueue
from ingestion.uploads import MeasuredFile

LIMIT = 1000


@require_http_methods(["GET", "HEAD", "POST"])
@page(Permission.INGEST)
def upload_page(request: HttpRequest) -> HttpResponse:
    """Take a file; its own page then shows how it is processed."""
    collections = visible_collections(person_of(request))
    slugs = [one.slug for one in collections]
    form = UploadForm(
        request.POST or None,
        request.FILES or None,
        documents=queries.documents(collection_slugs=slugs, limit=LIMIT),
        collections=collections,
        initial={"document": request.GET.get("document", "")},
    )
    twin: DuplicateContent | None = None
    if form.is_valid():
        try:
            version = _receive(request, form)
        except DuplicateContent as error:
            twin = error
        except IngestionError as error:
            form.add_error(None, str(error))
        else:
            return redirect("web:version", version.id)
    refused = twin is not None or bool(form.errors)
    context = {"form": form, "twin": twin}
    return render(request, "web/upload.html", context, status=422 if refused else 200)


def _receive(request: HttpRequest, form: forms.Form) -> VersionView:
    """Register the document if it is new, store the file, start the work."""
    values = form.cleaned_data
    file: MeasuredFile = values["file"]
    by, at = actor_of(request), timezone.now()
    with transaction.atomic():
        document_id = _document_id(request, form)
        version = actions.receive_version(
            document_id,
            filename=file.name or "",
            data=file.content(),
            label=values["label"],
            by=by,
            at=at,
        )
        if version.status in PROCESSING:
            enqueue(version.id)
    return version


def _document_id(request: HttpRequest, form: forms.Form) -> UUID:
    values = form.cleaned_data
    if values["document"]:
        return UUID(values["document"])
    collection = next(
        one for one in queries.collections() if str(one.id) == values["collection"]
    )
    document = actions.register_document(
        collection.id,
        title=values["title"],
        publisher=values["publisher"],
        citation=values["citation"],
        url=values["url"],
        licence=values["licence"],
        language=collection.language,
        review_by=values["review_by"],
        by=actor_of(request),
        at=timezone.now(),
    )
    return document.id
