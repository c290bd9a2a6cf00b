"""Holds, embargoes, earlier descriptions and reminders."""

from datetime import datetime
from uuid import UUID

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from clinrag.access.roles import Permission
from clinrag.api.callers import Caller, known_caller
from clinrag.api.describing import ACTS_FOR, IF_MATCH, PROBLEM_RESPONSES
from clinrag.api.permissions import any_of
from clinrag.api.places import reminder_cursor, reminder_position
from clinrag.api.routes import Route
from clinrag.api.serializers.documents import DocumentSerializer, VersionSerializer
from clinrag.api.serializers.records import (
    DescriptionsSerializer,
    EmbargoSerializer,
    HoldDecisionSerializer,
    LookedThroughSerializer,
    ReminderFilterSerializer,
    RemindersSerializer,
    VersionHoldsSerializer,
)
from clinrag.api.views.versions import STEWARDS, check_if_match, reply
from clinrag.api.visibility import visible_document, visible_slugs, visible_version
from ingestion.actions import close_reminder, reject_hold, release_hold, set_embargo
from ingestion.errors import DocumentNotFound, ReminderNotFound
from ingestion.lifecycle import PROCESSING, HoldDecision
from ingestion.queries import descriptions_of, holds_of, reminder, reminders
from ingestion.tasks import enqueue

_DECIDED = {HoldDecision.RELEASE: release_hold, HoldDecision.REJECT: reject_hold}


class Descriptions(Route):
    """What was ever said of a document."""

    needs = {"GET": STEWARDS}

    @extend_schema(
        operation_id="list_descriptions",
        summary="List a document's descriptions, the corrected ones too",
        responses={200: DescriptionsSerializer, **PROBLEM_RESPONSES},
    )
    def get(self, request: Request, document_id: UUID) -> Response:
        visible_document(known_caller(request), document_id, at=timezone.now())
        found = {"items": descriptions_of(document_id)}
        return Response(DescriptionsSerializer(found).data)


class Embargo(Route):
    """Closing a version to plain readers until a moment."""

    needs = {"PUT": any_of(Permission.ACTIVATE)}

    @extend_schema(
        operation_id="set_embargo",
        summary="Close a version to plain readers until a moment, or open it",
        parameters=[IF_MATCH, ACTS_FOR],
        request=EmbargoSerializer,
        responses={200: VersionSerializer, **PROBLEM_RESPONSES},
    )
    def put(self, request: Request, version_id: UUID) -> Response:
        caller, at = known_caller(request), timezone.now()
        check_if_match(request, version_id, caller=caller, at=at)
        given = EmbargoSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        made = set_embargo(version_id, **given.validated_data, by=caller.actor, at=at)
        return reply(made, at=at)


class Holds(Route):
    """Why a version waits for a person."""

    needs = {"GET": STEWARDS}

    @extend_schema(
        operation_id="list_version_holds",
        summary="List the holds of a version",
        responses={200: VersionHoldsSerializer, **PROBLEM_RESPONSES},
    )
    def get(self, request: Request, version_id: UUID) -> Response:
        visible_version(known_caller(request), version_id, at=timezone.now())
        return Response(VersionHoldsSerializer({"items": holds_of(version_id)}).data)


class DecidedHold(Route):
    """Deciding about a version that is held."""

    needs = {"POST": any_of(Permission.REVIEW)}

    @extend_schema(
        operation_id="decide_hold",
        summary="Release or reject a version that is held",
        parameters=[IF_MATCH, ACTS_FOR],
        request=HoldDecisionSerializer,
        responses={200: VersionSerializer, **PROBLEM_RESPONSES},
    )
    def post(self, request: Request, version_id: UUID) -> Response:
        caller, at = known_caller(request), timezone.now()
        check_if_match(request, version_id, caller=caller, at=at)
        given = HoldDecisionSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        decide = _DECIDED[HoldDecision(given.validated_data["decision"])]
        reason = given.validated_data["reason"]
        made = decide(version_id, reason=reason, by=caller.actor, at=at)
        if made.status in PROCESSING:
            enqueue(made.id)
        return reply(made, at=at)


class Reminders(Route):
    """Documents that are to be looked through."""

    needs = {"GET": STEWARDS}

    @extend_schema(
        operation_id="list_reminders",
        summary="List the documents that are to be looked through",
        parameters=[ReminderFilterSerializer],
        responses={200: RemindersSerializer, **PROBLEM_RESPONSES},
    )
    def get(self, request: Request) -> Response:
        wanted = ReminderFilterSerializer(data=request.query_params.dict())
        wanted.is_valid(raise_exception=True)
        told = wanted.validated_data
        chosen, limit = told.get("collection"), told["limit"]
        visible = visible_slugs(known_caller(request))
        found = reminders(
            collection_slugs=[one for one in visible if chosen in {None, one}],
            owner_id=told.get("owner_id"),
            after=reminder_position(told.get("cursor")),
            limit=limit + 1,
        )
        following = reminder_cursor(found[:limit]) if found[limit:] else None
        shown = {"items": found[:limit], "next": following}
        return Response(RemindersSerializer(shown).data)


class ClosedReminder(Route):
    """Saying that a document was looked through."""

    needs = {"POST": any_of(Permission.INGEST, Permission.REVIEW)}

    @extend_schema(
        operation_id="close_reminder",
        summary="Say that a document was looked through",
        parameters=[ACTS_FOR],
        request=LookedThroughSerializer,
        responses={200: DocumentSerializer, **PROBLEM_RESPONSES},
    )
    def post(self, request: Request, reminder_id: int) -> Response:
        caller, at = known_caller(request), timezone.now()
        _check_visible(caller, reminder_id, at=at)
        given = LookedThroughSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        made = close_reminder(
            reminder_id, **given.validated_data, by=caller.actor, at=at
        )
        return Response(DocumentSerializer(made).data)


def _check_visible(caller: Caller, reminder_id: int, *, at: datetime) -> None:
    """Raises ReminderNotFound, also where the document is not theirs to see."""
    try:
        visible_document(caller, reminder(reminder_id).document_id, at=at)
    except DocumentNotFound:
        raise ReminderNotFound from None
