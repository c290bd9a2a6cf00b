"""The machine's work on a version: watched, stopped, sent through again."""

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
from clinrag.api.serializers.processing import VersionWorkSerializer
from clinrag.api.views.versions import STEWARDS, check_if_match, reply
from clinrag.api.visibility import visible_version
from ingestion.actions import cancel_version, retry_version
from ingestion.queries import work_of
from ingestion.tasks import enqueue


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
