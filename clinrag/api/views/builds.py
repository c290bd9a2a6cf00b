"""Indexes of a collection: built beside the one in use, switched to, and ended.

A build is its own operation: where it stands, how much is done and what failed is read
at its address, and abandoning it is how it is cancelled. `If-Match` is over where it
stands and what failed, not over how much is done.
"""

from collections.abc import Callable
from functools import partial
from typing import Any
from uuid import UUID

from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from clinrag.access.roles import Permission
from clinrag.api import etags
from clinrag.api.callers import Caller, known_caller
from clinrag.api.describing import IDEMPOTENCY_KEY, IF_MATCH, PROBLEM_RESPONSES
from clinrag.api.once import Once, create_once
from clinrag.api.permissions import any_of
from clinrag.api.routes import Route
from clinrag.api.serializers.builds import (
    IndexBuildSerializer,
    IndexBuildsSerializer,
    NewBuildSerializer,
)
from clinrag.api.views.versions import STEWARDS
from clinrag.api.visibility import visible_collection
from ingestion.actions import (
    abandon_build,
    drop_vectors,
    retry_build,
    revert_build,
    start_build,
    switch_build,
)
from ingestion.queries import BuildView, CollectionView, build, builds_of
from ingestion.tasks import enqueue_build

BUILDERS = any_of(Permission.ACTIVATE)
Step = Callable[..., Any]


class Builds(Route):
    """The indexes of a collection."""

    needs = {"GET": STEWARDS, "POST": BUILDERS}

    @extend_schema(
        operation_id="list_index_builds",
        summary="List the indexes that were or are built of a collection",
        responses={200: IndexBuildsSerializer, **PROBLEM_RESPONSES},
    )
    def get(self, request: Request, slug: str) -> Response:
        found = visible_collection(known_caller(request), slug)
        return Response(IndexBuildsSerializer({"items": builds_of(found.id)}).data)

    @extend_schema(
        operation_id="start_index_build",
        summary="Build an index beside the one in use",
        parameters=[IDEMPOTENCY_KEY],
        request=NewBuildSerializer,
        responses={202: IndexBuildSerializer, **PROBLEM_RESPONSES},
    )
    def post(self, request: Request, slug: str) -> Response:
        caller = known_caller(request)
        found = visible_collection(caller, slug)
        given = NewBuildSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        embedder = given.validated_data["embedder"]
        made, headers = create_once(
            request,
            {"embedder": embedder},
            by=caller.actor,
            how=Once(partial(_begin, found, embedder, caller=caller), build),
        )
        return _reply(made, status=202, headers=headers)


class OneBuild(Route):
    """One index: where it stands, how much is done, what failed."""

    needs = {"GET": STEWARDS}

    @extend_schema(
        operation_id="get_index_build",
        summary="Read how far the building of an index is",
        responses={200: IndexBuildSerializer, **PROBLEM_RESPONSES},
    )
    def get(self, request: Request, build_id: UUID) -> Response:
        return _reply(_visible(known_caller(request), build_id))


class Switch(Route):
    """Searching by a new index from here on."""

    needs = {"POST": BUILDERS}

    @extend_schema(
        operation_id="switch_index_build",
        summary="Search a collection by the new index, if it is complete",
        parameters=[IF_MATCH],
        request=None,
        responses={200: IndexBuildSerializer, **PROBLEM_RESPONSES},
    )
    def post(self, request: Request, build_id: UUID) -> Response:
        return _stepped(request, build_id, switch_build)


class Reversion(Route):
    """Searching by the index before again."""

    needs = {"POST": BUILDERS}

    @extend_schema(
        operation_id="revert_index_build",
        summary="Go back to the index before, while its vectors are there",
        parameters=[IF_MATCH],
        request=None,
        responses={200: IndexBuildSerializer, **PROBLEM_RESPONSES},
    )
    def post(self, request: Request, build_id: UUID) -> Response:
        return _stepped(request, build_id, revert_build)


class Abandonment(Route):
    """Stopping a build."""

    needs = {"POST": BUILDERS}

    @extend_schema(
        operation_id="abandon_index_build",
        summary="Stop building an index; searches go on by the one in use",
        parameters=[IF_MATCH],
        request=None,
        responses={200: IndexBuildSerializer, **PROBLEM_RESPONSES},
    )
    def post(self, request: Request, build_id: UUID) -> Response:
        return _stepped(request, build_id, abandon_build)


class Dropping(Route):
    """Deleting what a switch replaced."""

    needs = {"POST": BUILDERS}

    @extend_schema(
        operation_id="drop_replaced_vectors",
        summary="Delete the vectors this index replaced: there is no way back then",
        parameters=[IF_MATCH],
        request=None,
        responses={200: IndexBuildSerializer, **PROBLEM_RESPONSES},
    )
    def post(self, request: Request, build_id: UUID) -> Response:
        return _stepped(request, build_id, drop_vectors)


class BuildRetry(Route):
    """Trying again what failed."""

    needs = {"POST": BUILDERS}

    @extend_schema(
        operation_id="retry_index_build",
        summary="Try the texts again that failed in a build",
        parameters=[IF_MATCH],
        request=None,
        responses={202: IndexBuildSerializer, **PROBLEM_RESPONSES},
    )
    def post(self, request: Request, build_id: UUID) -> Response:
        return _stepped(request, build_id, _retry, status=202)


def _retry(build_id: UUID, **who: Any) -> None:
    retry_build(build_id, **who)
    enqueue_build(build_id)


def _stepped(
    request: Request, build_id: UUID, step: Step, *, status: int = 200
) -> Response:
    caller = known_caller(request)
    etags.require_if_match(request, _stands(_visible(caller, build_id)))
    with transaction.atomic():
        step(build_id, by=caller.actor, at=timezone.now())
    return _reply(build(build_id), status=status)


def _begin(collection: CollectionView, embedder: str, *, caller: Caller) -> BuildView:
    with transaction.atomic():
        build_id = start_build(
            collection.id, embedder=embedder, by=caller.actor, at=timezone.now()
        )
        enqueue_build(build_id)
    return build(build_id)


def _visible(caller: Caller, build_id: UUID) -> BuildView:
    """Raises BuildNotFound, and CollectionNotFound for one that is not open to him."""
    found = build(build_id)
    visible_collection(caller, found.collection_slug)
    return found


def _stands(view: BuildView) -> object:
    times = (view.switched_at, view.ended_at, view.dropped_at)
    return (view.id, view.state, times, view.failures)


def _reply(
    view: BuildView, *, status: int = 200, headers: dict[str, str] | None = None
) -> Response:
    told = {"ETag": etags.etag_of(_stands(view)), **(headers or {})}
    if status != 200:  # noqa: PLR2004  OK
        told["Location"] = reverse("api:index-build", args=[view.id])
    return Response(IndexBuildSerializer(view).data, status=status, headers=told)
