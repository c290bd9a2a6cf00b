"""The ingest queue: files come in here, and nothing goes live from here."""

from dataclasses import dataclass, field
from functools import partial
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from clinrag.access.roles import Permission
from clinrag.web.choices import offer_documents
from clinrag.web.once import make_once
from clinrag.web.people import actor_of, page, person_of
from clinrag.web.queue import Queue, queue_for
from clinrag.web.upload_forms import UploadForm
from clinrag.web.visibility import version_or_404, visible_collections, visible_slugs
from ingestion import actions, queries
from ingestion.errors import DuplicateContent, IngestionError
from ingestion.lifecycle import PROCESSING
from ingestion.queries import VersionView
from ingestion.tasks import enqueue
from ingestion.uploads import MeasuredFile

MOST_TWINS = 20


@dataclass
class Received:
    """What came of the files of one request."""

    versions: list[VersionView] = field(default_factory=list)
    twins: list[UUID] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


@require_http_methods(["GET", "HEAD", "POST"])
@page(Permission.INGEST)
def upload_page(request: HttpRequest) -> HttpResponse:
    """Take files; the queue below shows how they are processed."""
    form = _form(request)
    if not form.is_valid():
        return _render(request, form, status=422 if form.is_bound else 200)
    received = _receive_all(request, form)
    if form.is_several:
        return _told(request, received)
    if received.versions:
        return redirect("web:version", received.versions[0].id)
    for problem in received.problems:
        form.add_error(None, problem)
    return _render(request, form, twins=received.twins, status=422)


@require_safe
@page(Permission.INGEST)
def queue_part(request: HttpRequest) -> HttpResponse:
    """The queue alone, as it is now."""
    return render(request, "web/_queue.html", {"queue": _queue(request)})


def _form(request: HttpRequest) -> UploadForm:
    collections = visible_collections(person_of(request))
    chosen = request.GET.get("document", "")
    return UploadForm(
        request.POST or None,
        request.FILES or None,
        offered=offer_documents(
            [one.slug for one in collections],
            title=request.GET.get("title", ""),
            chosen=request.POST.get("document", chosen),
        ),
        collections=collections,
        initial={"document": chosen},
    )


def _queue(request: HttpRequest) -> Queue:
    person = person_of(request)
    return queue_for(
        visible_slugs(person),
        permissions=person.permissions,
        at=timezone.now(),
        group=request.GET.get("show", ""),
        cursor=request.GET.get("cursor", ""),
    )


def _render(
    request: HttpRequest, form: UploadForm, *, twins: list[UUID] | None = None,
    status: int,
) -> HttpResponse:  # fmt: skip
    named = twins if twins is not None else _named(request)
    context = {
        "form": form,
        "twins": _seen(request, named),
        "queue": _queue(request),
        "is_open": form.is_bound or "document" in request.GET,
    }
    return render(request, "web/upload.html", context, status=status)


def _named(request: HttpRequest) -> list[UUID]:
    """The editions whose files came again, as the address names them."""
    found = []
    for text in request.GET.getlist("twin")[:MOST_TWINS]:
        try:
            found.append(UUID(text))
        except ValueError:
            continue
    return found


def _seen(request: HttpRequest, named: list[UUID]) -> list[VersionView]:
    """Those of them that this person may see."""
    found, see = [], partial(version_or_404, person=person_of(request))
    for version_id in named:
        try:
            found.append(see(version_id, at=timezone.now()))
        except Http404:
            continue
    return found


def _receive_all(request: HttpRequest, form: UploadForm) -> Received:
    received = Received()
    for file in form.cleaned_data["file"]:
        try:
            received.versions.append(_receive(request, form, file))
        except DuplicateContent as error:
            received.twins.append(error.twin_id)
        except IngestionError as error:
            received.problems.append(str(error))
    return received


def _told(request: HttpRequest, received: Received) -> HttpResponse:
    """Back to the queue with what came of each file; the address names the twins."""
    number = len(received.versions)
    if number:
        told = ngettext("%(n)d file received.", "%(n)d files received.", number)
        messages.success(request, told % {"n": number})
    for problem in received.problems:
        messages.error(request, problem)
    named = [("twin", str(one)) for one in received.twins]
    return redirect(f"{reverse('web:upload')}?{urlencode(named)}")


def _receive(request: HttpRequest, form: UploadForm, file: MeasuredFile) -> VersionView:
    """What the file became, now or when the same form was sent before."""
    by, at = actor_of(request), timezone.now()
    make = partial(_take_in, request, form, file)
    part = f"{file.measure.content_sha256} {file.name}"
    return queries.version(make_once(request, make, by=by, at=at, part=part))


@transaction.atomic
def _take_in(request: HttpRequest, form: UploadForm, file: MeasuredFile) -> UUID:
    """Register the document if it is new, store the file, start the work."""
    version = actions.receive_version(
        _document_id(request, form, file),
        filename=file.name or "",
        data=file.content(),
        label=form.label_of(file),
        by=actor_of(request),
        at=timezone.now(),
    )
    if version.status in PROCESSING:
        enqueue(version.id)
    return version.id


def _document_id(request: HttpRequest, form: UploadForm, file: MeasuredFile) -> UUID:
    values = form.cleaned_data
    if values["document"]:
        return UUID(values["document"])
    collection = next(
        one for one in queries.collections() if str(one.id) == values["collection"]
    )
    document = actions.register_document(
        collection.id,
        title=form.title_of(file),
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
