"""Watched sources, and the tasks they give to owners."""

from collections.abc import Mapping
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

from django.urls import reverse
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from clinrag.access.roles import Permission
from clinrag.api.callers import Caller, known_caller
from clinrag.api.describing import (
    ACTS_FOR,
    IDEMPOTENCY_KEY,
    IF_MATCH,
    PROBLEM_RESPONSES,
)
from clinrag.api.etags import etag_of, require_if_match
from clinrag.api.once import Once, create_once
from clinrag.api.permissions import any_of
from clinrag.api.places import (
    item_cursor,
    item_position,
    task_cursor,
    task_position,
)
from clinrag.api.routes import Route
from clinrag.api.serializers.documents import VersionSerializer
from clinrag.api.serializers.sources import (
    NewSourceSerializer,
    OwnerTaskFilterSerializer,
    OwnerTaskSerializer,
    OwnerTasksSerializer,
    PageSerializer,
    PlacementSerializer,
    SourceChangeSerializer,
    SourceChecksSerializer,
    SourceFilterSerializer,
    SourceItemsSerializer,
    SourceSerializer,
    SourcesSerializer,
    TaskClosingSerializer,
)
from clinrag.api.visibility import visible_collections, visible_slugs
from ingestion.actions import (
    add_source,
    change_source,
    check_soon,
    close_task,
    place_found,
)
from ingestion.errors import CollectionNotFound
from ingestion.queries import (
    SourceView,
    checks_of,
    items_of,
    owner_tasks,
    source,
    source_of_task,
    sources,
    standing_of,
    version,
)
from ingestion.sources.errors import SourceNotFound, TaskNotFound
from ingestion.tasks import check_source_soon, enqueue

INGESTERS = any_of(Permission.INGEST)


class Sources(Route):
    """What is watched, and watching another place."""

    needs = {"GET": INGESTERS, "POST": INGESTERS}

    @extend_schema(
        operation_id="list_sources",
        summary="List the watched sources",
        parameters=[SourceFilterSerializer],
        responses={200: SourcesSerializer, **PROBLEM_RESPONSES},
    )
    def get(self, request: Request) -> Response:
        wanted = SourceFilterSerializer(data=request.query_params.dict())
        wanted.is_valid(raise_exception=True)
        chosen = wanted.validated_data.get("collection")
        visible = visible_slugs(known_caller(request))
        found = sources(
            collection_slugs=[one for one in visible if chosen in {None, one}]
        )
        return Response(SourcesSerializer({"items": found}).data)

    @extend_schema(
        operation_id="add_source",
        summary="Watch a folder, an address or a bucket's prefix",
        description="Only what the deployment allows; the first look is due at once.",
        parameters=[IDEMPOTENCY_KEY, ACTS_FOR],
        request=NewSourceSerializer,
        responses={201: SourceSerializer, **PROBLEM_RESPONSES},
    )
    def post(self, request: Request) -> Response:
        given = NewSourceSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        caller, fields = known_caller(request), dict(given.validated_data)
        made, headers = create_once(
            request, fields, by=caller.actor, how=_once(caller, fields)
        )
        where = reverse("api:source", args=[made.id])
        return _reply(made, status=201, headers={**headers, "Location": where})


class OneSource(Route):
    """How one place is watched."""

    needs = {"GET": INGESTERS, "PATCH": INGESTERS}

    @extend_schema(
        operation_id="get_source",
        summary="Read how a source is watched",
        responses={200: SourceSerializer, **PROBLEM_RESPONSES},
    )
    def get(self, request: Request, source_id: UUID) -> Response:
        return _reply(_visible(known_caller(request), source_id))

    @extend_schema(
        operation_id="change_source",
        summary="Change how a source is watched, or pause it",
        parameters=[IF_MATCH, ACTS_FOR],
        request=SourceChangeSerializer,
        responses={200: SourceSerializer, **PROBLEM_RESPONSES},
    )
    def patch(self, request: Request, source_id: UUID) -> Response:
        caller = known_caller(request)
        require_if_match(request, _stable(_visible(caller, source_id)))
        given = SourceChangeSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        changes = given.validated_data
        at = timezone.now()
        return _reply(change_source(source_id, **changes, by=caller.actor, at=at))


class SourceCheckNow(Route):
    """Looking at a source without waiting for its time."""

    needs = {"POST": INGESTERS}

    @extend_schema(
        operation_id="check_source",
        summary="Look at a source soon",
        description="A paused source is not looked at.",
        parameters=[ACTS_FOR],
        request=None,
        responses={202: SourceSerializer, **PROBLEM_RESPONSES},
    )
    def post(self, request: Request, source_id: UUID) -> Response:
        _visible(known_caller(request), source_id)
        made = check_soon(source_id, at=timezone.now())
        check_source_soon(source_id)
        return _reply(made, status=202)


class SourceChecks(Route):
    """How looks at a source went."""

    needs = {"GET": INGESTERS}

    @extend_schema(
        operation_id="list_source_checks",
        summary="List the last looks at a source",
        responses={200: SourceChecksSerializer, **PROBLEM_RESPONSES},
    )
    def get(self, request: Request, source_id: UUID) -> Response:
        _visible(known_caller(request), source_id)
        found = {"items": checks_of(source_id)}
        return Response(SourceChecksSerializer(found).data)


class SourceItems(Route):
    """What a source holds."""

    needs = {"GET": INGESTERS}

    @extend_schema(
        operation_id="list_source_items",
        summary="List what a source holds",
        parameters=[PageSerializer],
        responses={200: SourceItemsSerializer, **PROBLEM_RESPONSES},
    )
    def get(self, request: Request, source_id: UUID) -> Response:
        _visible(known_caller(request), source_id)
        given = PageSerializer(data=request.query_params.dict())
        given.is_valid(raise_exception=True)
        wanted = given.validated_data
        limit, after = wanted["limit"], item_position(source_id, wanted.get("cursor"))
        found = items_of(source_id, after=after, limit=limit + 1)
        following = item_cursor(source_id, found[:limit]) if found[limit:] else None
        shown = {"items": found[:limit], "next": following}
        return Response(SourceItemsSerializer(shown).data)


class SourcePlacements(Route):
    """Giving what a source holds to the document it is an edition of."""

    needs = {"POST": INGESTERS}

    @extend_schema(
        operation_id="place_source_item",
        summary="Say of which document a file of a source is an edition",
        description="Once its draft was rejected, or failed. Whoever says so is the"
        " author of the draft there; what comes next under that name goes there too.",
        parameters=[IDEMPOTENCY_KEY, ACTS_FOR],
        request=PlacementSerializer,
        responses={202: VersionSerializer, **PROBLEM_RESPONSES},
    )
    def post(self, request: Request, source_id: UUID) -> Response:
        caller = known_caller(request)
        _visible(caller, source_id)
        given = PlacementSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        place = partial(
            place_found,
            source_id,
            **given.validated_data,
            by=caller.actor,
            at=timezone.now(),
            onward=enqueue,
        )
        made, headers = create_once(
            request, given.validated_data, by=caller.actor, how=Once(place, version)
        )
        context = {"standings": {made.id: standing_of(made, at=timezone.now())}}
        data = VersionSerializer(made, context=context).data
        where = {"Location": f"/api/v1/versions/{made.id}", "ETag": etag_of(made)}
        return Response(data, status=202, headers=headers | where)


class OwnerTasks(Route):
    """What owners are asked."""

    needs = {"GET": INGESTERS}

    @extend_schema(
        operation_id="list_owner_tasks",
        summary="List the open tasks of owners: drafts, disappearances, reminders",
        parameters=[OwnerTaskFilterSerializer],
        responses={200: OwnerTasksSerializer, **PROBLEM_RESPONSES},
    )
    def get(self, request: Request) -> Response:
        wanted = OwnerTaskFilterSerializer(data=request.query_params.dict())
        wanted.is_valid(raise_exception=True)
        slugs = visible_slugs(known_caller(request))
        told = wanted.validated_data
        limit, after = told["limit"], task_position(told.get("cursor"))
        found = owner_tasks(
            told.get("owner_id"), collection_slugs=slugs, after=after, limit=limit + 1
        )
        following = task_cursor(found[:limit]) if found[limit:] else None
        shown = {"items": found[:limit], "next": following}
        return Response(OwnerTasksSerializer(shown).data)


class OwnerTaskClosing(Route):
    """Saying that a task is done."""

    needs = {"POST": INGESTERS}

    @extend_schema(
        operation_id="close_owner_task",
        summary="Say that a task from a source is done, and how",
        parameters=[ACTS_FOR],
        request=TaskClosingSerializer,
        responses={200: OwnerTaskSerializer, **PROBLEM_RESPONSES},
    )
    def post(self, request: Request, task_id: UUID) -> Response:
        caller = known_caller(request)
        _check_task(caller, task_id)
        given = TaskClosingSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        note, at = given.validated_data["note"], timezone.now()
        made = close_task(task_id, note=note, by=caller.actor, at=at)
        return Response(OwnerTaskSerializer(made).data)


def _once(caller: Caller, fields: Mapping[str, Any]) -> Once[SourceView]:
    return Once(
        make=lambda: _add(caller, fields),
        read=source,
        find=lambda since: _added(caller, fields, since),
    )


def _add(caller: Caller, fields: Mapping[str, Any]) -> SourceView:
    given = dict(fields)
    slug = given.pop("collection")
    homes = {one.slug: one.id for one in visible_collections(caller)}
    if slug not in homes:
        raise CollectionNotFound
    return add_source(homes[slug], **given, by=caller.actor, at=timezone.now())


def _added(
    caller: Caller, fields: Mapping[str, Any], since: datetime
) -> SourceView | None:
    """A place is watched once, so it is known by where it is."""
    who = caller.actor.on_behalf_of or caller.actor.id
    alike = (
        one
        for one in sources(collection_slugs=[fields["collection"]])
        if (one.kind, one.address) == (fields["kind"], fields["address"].strip())
    )
    return next(
        (one for one in alike if one.added_by == who and one.added_at >= since), None
    )


def _visible(caller: Caller, source_id: UUID) -> SourceView:
    found = source(source_id)
    if found.collection_slug not in visible_slugs(caller):
        raise SourceNotFound
    return found


def _check_task(caller: Caller, task_id: UUID) -> None:
    """Raises TaskNotFound, also for one from a source that is not theirs to see."""
    try:
        _visible(caller, source_of_task(task_id))
    except SourceNotFound:
        raise TaskNotFound from None


def _stable(view: SourceView) -> tuple[object, ...]:
    """What a person decides on; a look between reading and changing changes no tag."""
    return (view.id, view.name, view.every_seconds, view.owner_id, view.is_paused)


def _reply(
    view: SourceView, *, status: int = 200, headers: Mapping[str, str] | None = None
) -> Response:
    told = {"ETag": etag_of(_stable(view)), **(headers or {})}
    return Response(SourceSerializer(view).data, status=status, headers=told)
