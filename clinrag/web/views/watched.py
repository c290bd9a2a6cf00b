"""Watched sources: the list with owners' tasks, one of them with its history, steps."""

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import (
    require_http_methods,
    require_POST,
    require_safe,
)

from clinrag.access.queries import names_of, people_who_may
from clinrag.access.roles import Permission
from clinrag.web.choices import Offered, offer_documents
from clinrag.web.labels import Label
from clinrag.web.people import actor_of, page, person_of
from clinrag.web.taking import take
from clinrag.web.visibility import visible_collections, visible_slugs
from clinrag.web.watched import Placeable, items_page, placeable_items, tasks_page
from clinrag.web.watched_forms import (
    ClosingTaskForm,
    OwnerForm,
    PlacingForm,
    SourceForm,
)
from ingestion import queries
from ingestion.actions import (
    add_source,
    change_source,
    check_soon,
    close_task,
    place_found,
)
from ingestion.actions.placing import PLACEABLE
from ingestion.errors import IngestionError
from ingestion.queries import SourceView
from ingestion.sources.errors import SourceNotFound, TaskNotFound
from ingestion.tasks import check_source_soon, enqueue

OUTCOMES: dict[str, Label] = {
    "unchanged": Label(gettext_lazy("nothing new")),
    "changed": Label(gettext_lazy("changed"), "info"),
    "failed": Label(gettext_lazy("failed"), "bad"),
}


@require_http_methods(["GET", "HEAD", "POST"])
@page(Permission.INGEST)
def sources_page(request: HttpRequest) -> HttpResponse:
    """What is watched and what owners are asked; and adding a source."""
    person = person_of(request)
    slugs = visible_slugs(person)
    offered = offer_documents(
        slugs,
        title=request.GET.get("title", ""),
        chosen=request.POST.get("document_id", ""),
    )
    form = SourceForm(
        request.POST or None,
        collections=visible_collections(person),
        documents=offered.documents,
        people=people_who_may(Permission.INGEST),
    )
    if request.method == "POST" and form.is_valid():
        added = _added(request, form)
        if added is not None:
            return added
    context = {
        "form": form,
        "offered": offered,
        "sources": queries.sources(collection_slugs=slugs),
        "tasks": tasks_page(slugs, cursor=request.GET.get("tasks", "")),
    }
    status = 422 if form.errors else 200
    return render(request, "web/watched.html", context, status=status)


@require_safe
@page(Permission.INGEST)
def source_page(request: HttpRequest, source_id: UUID) -> HttpResponse:
    """One source: what it holds, and how the last looks at it went."""
    return _rendered(request, _source_or_404(request, source_id))


@require_POST
@page(Permission.INGEST)
def place_item(request: HttpRequest, source_id: UUID) -> HttpResponse:
    """Say of which document a file is an edition."""
    source = _source_or_404(request, source_id)
    name = request.POST.get("name", "")
    placeable, offered = _placeable(source, find=name), _offered(request, source)
    form = _placing(placeable, offered, request.POST)
    if not form.is_valid():
        return _rendered(request, source, form=form)

    def step() -> None:
        by, at = actor_of(request), timezone.now()
        place_found(source_id, **form.cleaned_data, by=by, at=at, onward=enqueue)

    done = _("It is read as a draft of that document.")
    return take(request, step, done=done, back=_page_of(source_id))


@require_POST
@page(Permission.INGEST)
def own_source(request: HttpRequest, source_id: UUID) -> HttpResponse:
    """Give a source to another owner."""
    source = _source_or_404(request, source_id)
    form = _owning(source, request.POST)
    if not form.is_valid():
        return _rendered(request, source)
    owner_id = form.cleaned_data["owner_id"]

    def step() -> None:
        by, at = actor_of(request), timezone.now()
        change_source(source_id, owner_id=owner_id, by=by, at=at)

    done = _("Its owner is asked from now on.")
    return take(request, step, done=done, back=_page_of(source_id))


def _rendered(
    request: HttpRequest, source: SourceView, *, form: PlacingForm | None = None
) -> HttpResponse:
    find = request.GET.get("find", "")
    offered = _offered(request, source)
    placeable = _placeable(source, find=find)
    placing = form or _placing(placeable, offered)
    context = {
        "source": source,
        "owner": names_of([source.owner_id]).get(source.owner_id, source.owner_id),
        "items": items_page(source.id, find=find, cursor=request.GET.get("items", "")),
        "offered": offered,
        "checks": [
            (OUTCOMES[one.outcome], one) for one in queries.checks_of(source.id)
        ],
        "form": placing,
        "placeable": placeable,
        "owning": _owning(source),
    }
    status = 422 if placing.errors else 200
    return render(request, "web/watched_source.html", context, status=status)


def _offered(request: HttpRequest, source: SourceView) -> Offered:
    return offer_documents(
        [source.collection_slug],
        title=request.GET.get("title", ""),
        chosen=request.POST.get("document_id", ""),
    )


def _placeable(source: SourceView, *, find: str) -> Placeable:
    return placeable_items(source.id, statuses=PLACEABLE, find=find)


def _placing(
    placeable: Placeable, offered: Offered, sent: QueryDict | None = None
) -> PlacingForm:
    return PlacingForm(
        sent,
        items=placeable.items,
        documents=offered.documents,
        people=people_who_may(Permission.INGEST),
    )


def _owning(source: SourceView, sent: QueryDict | None = None) -> OwnerForm:
    people = people_who_may(Permission.INGEST)
    return OwnerForm(sent, people=people, initial={"owner_id": source.owner_id})


@require_POST
@page(Permission.INGEST)
def check_now(request: HttpRequest, source_id: UUID) -> HttpResponse:
    """Look at a source without waiting for its time."""
    _source_or_404(request, source_id)

    def step() -> None:
        check_soon(source_id, at=timezone.now())
        check_source_soon(source_id)

    done = _("It is looked at as soon as a worker is free.")
    return take(request, step, done=done, back=_page_of(source_id))


@require_POST
@page(Permission.INGEST)
def pause_source(request: HttpRequest, source_id: UUID) -> HttpResponse:
    """Leave a source alone, or go on."""
    _source_or_404(request, source_id)
    is_paused = request.POST.get("paused") == "1"

    def step() -> None:
        by, at = actor_of(request), timezone.now()
        change_source(source_id, is_paused=is_paused, by=by, at=at)

    done = (
        _("It is left alone from now on.") if is_paused else _("It is watched again.")
    )
    return take(request, step, done=done, back=_page_of(source_id))


@require_POST
@page(Permission.INGEST)
def close_owner_task(request: HttpRequest, task_id: UUID) -> HttpResponse:
    """Say that a task is done, and how."""
    try:
        source_id = queries.source_of_task(task_id)
    except TaskNotFound as error:
        raise Http404 from error
    _source_or_404(request, source_id)
    form = ClosingTaskForm(request.POST)
    note = form.cleaned_data["note"] if form.is_valid() else ""

    def step() -> None:
        close_task(task_id, note=note, by=actor_of(request), at=timezone.now())

    done, back = _("The task is closed."), reverse("web:watched")
    return take(request, step, done=done, back=back)


def _added(request: HttpRequest, form: SourceForm) -> HttpResponse | None:
    fields = dict(form.cleaned_data)
    slug = fields.pop("collection")
    home = next(
        one.id for one in visible_collections(person_of(request)) if one.slug == slug
    )
    try:
        made = add_source(home, **fields, by=actor_of(request), at=timezone.now())
    except IngestionError as error:
        form.add_error(None, error.message)
        return None
    messages.success(request, _("It is watched. The first look comes within a minute."))
    return redirect("web:watched_source", made.id)


def _page_of(source_id: UUID) -> str:
    return reverse("web:watched_source", args=[source_id])


def _source_or_404(request: HttpRequest, source_id: UUID) -> SourceView:
    try:
        found = queries.source(source_id)
    except SourceNotFound as error:
        raise Http404 from error
    if found.collection_slug not in visible_slugs(person_of(request)):
        raise Http404
    return found
