"""The machine's work: watched, stopped, sent through again; indexes built beside."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from clinrag.access.roles import Permission
from clinrag.api.callers import known_caller
from clinrag.api.describing import IF_MATCH, PROBLEM_RESPONSES
from clinrag.api.permissions import any_of
from clinrag.api.routes import Route
from clinrag.api.serializers.documents import VersionSerializer
from clinrag.api.serializers.processing import (
    IndexBuildSerializer,
    IndexBuildsSerializer,
    NewBuildSerializer,
    VersionWorkSerializer,
)
from clinrag.api.views.versions import STEWARDS, check_if_match, reply
from clinrag.api.visibility import visible_collection, visible_version
from ingestion.actions import (
    cancel_version,
    retry_version,
    revert_build,
    start_build,
    switch_build,
)
from ingestion.queries import build, builds_of, work_of
from ingestion.tasks import enqueue, enqueue_build

SWITCH = any_of(Permission.ACTIVATE)


class Work(Route):
    """How far the machine is with a version."""

    needs = {"GET": STEWARDS}

    @extend_schema(
        operation_id="get_version_work",
        summary="Read how far the machine is, and what is estimated to be left",
        responses={200: VersionWorkSerializer, **PROBLEM_RESPONSES},
    )
    def get(self, request: Request, version_id: UUID) -> Response:
        at = timezone.now()
        visible_version(known_caller(request), version_id, at=at)
        return Response(VersionWorkSerializer(work_of(version_id, at=at)).data)


class Cancellation(Route):
    """Stopping the machine."""

    needs = {"POST": any_of(Permission.INGEST)}

    @extend_schema(
        operation_id="cancel_version",
        summary="Stop the processing of a version: it ends as failed, cancelled",
        parameters=[IF_MATCH],
        request=None,
        responses={200: VersionSerializer, **PROBLEM_RESPONSES},
    )
    def post(self, request: Request, version_id: UUID) -> Response:
        caller, at = known_caller(request), timezone.now()
        check_if_match(request, version_id, caller=caller, at=at)
        return reply(cancel_version(version_id, by=caller.actor, at=at), at=at)


class Retry(Route):
    """Sending a failed version through again."""

    needs = {"POST": any_of(Permission.INGEST)}

    @extend_schema(
        operation_id="retry_version",
        summary="Process a failed version again, from the stage that failed",
        parameters=[IF_MATCH],
        request=None,
        responses={202: VersionSerializer, **PROBLEM_RESPONSES},
    )
    def post(self, request: Request, version_id: UUID) -> Response:
        caller, at = known_caller(request), timezone.now()
        check_if_match(request, version_id, caller=caller, at=at)
        with transaction.atomic():
            made = retry_version(version_id, by=caller.actor, at=at)
            enqueue(version_id)
        return reply(made, at=at, status=202)


class Builds(Route):
    """The indexes of a collection."""

    needs = {"GET": STEWARDS, "POST": SWITCH}

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
        request=NewBuildSerializer,
        responses={202: IndexBuildSerializer, **PROBLEM_RESPONSES},
    )
    def post(self, request: Request, slug: str) -> Response:
        caller = known_caller(request)
        found = visible_collection(caller, slug)
        given = NewBuildSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        with transaction.atomic():
            build_id = start_build(
                found.id, **given.validated_data, by=caller.actor, at=timezone.now()
            )
            enqueue_build(build_id)
        return Response(IndexBuildSerializer(build(build_id)).data, status=202)


class Switch(Route):
    """Searching by a new index from here on."""

    needs = {"POST": SWITCH}

    @extend_schema(
        operation_id="switch_index_build",
        summary="Search a collection by the new index, if it is complete",
        request=None,
        responses={200: IndexBuildSerializer, **PROBLEM_RESPONSES},
    )
    def post(self, request: Request, build_id: UUID) -> Response:
        return _stepped(request, build_id, switch_build)


class Reversion(Route):
    """Searching by the index before again."""

    needs = {"POST": SWITCH}

    @extend_schema(
        operation_id="revert_index_build",
        summary="Go back to the index before, while its vectors are there",
        request=None,
        responses={200: IndexBuildSerializer, **PROBLEM_RESPONSES},
    )
    def post(self, request: Request, build_id: UUID) -> Response:
        return _stepped(request, build_id, revert_build)


def _stepped(request: Request, build_id: UUID, step: Callable[..., Any]) -> Response:
    caller = known_caller(request)
    visible_collection(caller, build(build_id).collection_slug)
    step(build_id, by=caller.actor, at=timezone.now())
    return Response(IndexBuildSerializer(build(build_id)).data)
