"""What a version would change, and golden questions."""

from collections.abc import Mapping
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from clinrag.access.roles import Permission
from clinrag.answering.foresight import golden
from clinrag.answering.foresight.queries import outlook, report
from clinrag.answering.foresight.reports import request_foresight
from clinrag.answering.foresight.telling import Eyes, told_to
from clinrag.answering.foresight.types import ReportView
from clinrag.answering.foresight_states import Expects
from clinrag.answering.tasks import foresee_soon
from clinrag.api.callers import Caller, known_caller
from clinrag.api.describing import IDEMPOTENCY_KEY, PROBLEM_RESPONSES
from clinrag.api.once import Once, create_once
from clinrag.api.permissions import any_of
from clinrag.api.routes import JSON_BYTES, Route, StreamedJSONParser
from clinrag.api.serializers.foresight import (
    LARGEST_CSV,
    ForeseeSerializer,
    GoldenImportedSerializer,
    GoldenImportSerializer,
    GoldenSerializer,
    GoldensSerializer,
    NewGoldenSerializer,
    OutlookSerializer,
)
from clinrag.api.views.versions import STEWARDS
from clinrag.api.visibility import (
    may_see,
    visible_collection,
    visible_slugs,
    visible_version,
)

REVIEWERS = any_of(Permission.REVIEW)
KEEPERS = any_of(Permission.REVIEW, Permission.INGEST)
ESCAPED = 12  # bytes that JSON may take for one character (RFC 8259, 7)


class Foresight(Route):
    """What a version would change."""

    needs = {"GET": STEWARDS, "POST": REVIEWERS}

    @extend_schema(
        operation_id="get_foresight",
        summary="Read what a version would change, and whether that is still so",
        responses={200: OutlookSerializer, **PROBLEM_RESPONSES},
    )
    def get(self, request: Request, version_id: UUID) -> Response:
        caller, at = known_caller(request), timezone.now()
        visible_version(caller, version_id, at=at)
        return Response(_told(version_id, caller, at=at))

    @extend_schema(
        operation_id="foresee_version",
        summary="Have worked out what a version would change",
        parameters=[IDEMPOTENCY_KEY],
        request=ForeseeSerializer,
        responses={202: OutlookSerializer, **PROBLEM_RESPONSES},
    )
    def post(self, request: Request, version_id: UUID) -> Response:
        caller, at = known_caller(request), timezone.now()
        visible_version(caller, version_id, at=at)
        given = ForeseeSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        told = given.validated_data
        begin = partial(_begin, caller, version_id, supposed_at=told["supposed_at"])
        _made, headers = create_once(
            request, told, by=caller.actor, how=Once(begin, report)
        )
        shown = _told(version_id, caller, at=at)
        return Response(shown, status=202, headers=headers)


def _told(version_id: UUID, caller: Caller, *, at: datetime) -> Mapping[str, Any]:
    """As much of the outlook as the caller may see."""
    eyes = Eyes(frozenset(visible_slugs(caller)), partial(may_see, caller, at=at))
    shown: Mapping[str, Any] = OutlookSerializer(
        told_to(eyes, outlook(version_id, at=at))
    ).data
    return shown


def _begin(
    caller: Caller, version_id: UUID, *, supposed_at: datetime | None
) -> ReportView:
    with transaction.atomic():
        report_id = request_foresight(
            version_id, by=caller.actor, at=timezone.now(), supposed_at=supposed_at
        )
        foresee_soon(report_id)
    return report(report_id)


class GoldenQuestions(Route):
    """The questions of a collection whose answers are known."""

    needs = {"GET": STEWARDS, "POST": KEEPERS}

    @extend_schema(
        operation_id="list_golden_questions",
        summary="List the golden questions of a collection",
        responses={200: GoldensSerializer, **PROBLEM_RESPONSES},
    )
    def get(self, request: Request, slug: str) -> Response:
        found = visible_collection(known_caller(request), slug)
        items = golden.golden_questions(found.slug)
        return Response(GoldensSerializer({"items": items}).data)

    @extend_schema(
        operation_id="keep_golden_question",
        summary="Keep a golden question",
        parameters=[IDEMPOTENCY_KEY],
        request=NewGoldenSerializer,
        responses={201: GoldenSerializer, **PROBLEM_RESPONSES},
    )
    def post(self, request: Request, slug: str) -> Response:
        caller = known_caller(request)
        found = visible_collection(caller, slug)
        given = NewGoldenSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        told = given.validated_data
        keep = partial(_keep, caller, found.slug, told)
        made, headers = create_once(
            request, told, by=caller.actor, how=Once(keep, golden.golden_question)
        )
        return Response(GoldenSerializer(made).data, status=201, headers=headers)


def _keep(caller: Caller, slug: str, told: Mapping[str, Any]) -> golden.Golden:
    return golden.keep_golden_question(
        slug,
        text=told["question"],
        expects=Expects(told["expects"]),
        quotation=told["quotation"],
        by=caller.actor,
        at=timezone.now(),
    )


class GoldenImport(Route):
    """Many golden questions at once."""

    needs = {"POST": KEEPERS}
    parser_classes = (StreamedJSONParser,)

    def body_limit(self) -> int:
        return ESCAPED * LARGEST_CSV + JSON_BYTES

    @extend_schema(
        operation_id="import_golden_questions",
        summary="Keep the golden questions of a CSV file, all of them or none",
        parameters=[IDEMPOTENCY_KEY],
        request=GoldenImportSerializer,
        responses={200: GoldenImportedSerializer, **PROBLEM_RESPONSES},
    )
    def post(self, request: Request, slug: str) -> Response:
        caller = known_caller(request)
        found = visible_collection(caller, slug)
        given = GoldenImportSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        take_in = partial(
            golden.import_golden_questions,
            found.slug,
            data=given.validated_data["csv"].encode(),
            by=caller.actor,
            at=timezone.now(),
        )
        made, headers = create_once(
            request,
            given.validated_data,
            by=caller.actor,
            how=Once(take_in, golden.golden_import),
        )
        return Response(GoldenImportedSerializer(made).data, headers=headers)


class GoldenRetirement(Route):
    """Asking a golden question no longer."""

    needs = {"POST": KEEPERS}

    @extend_schema(
        operation_id="retire_golden_question",
        summary="Retire a golden question",
        request=None,
        responses={204: None, **PROBLEM_RESPONSES},
    )
    def post(self, request: Request, slug: str, question_id: UUID) -> Response:
        caller = known_caller(request)
        found = visible_collection(caller, slug)
        golden.retire_golden_question(
            question_id, collection=found.slug, by=caller.actor, at=timezone.now()
        )
        return Response(status=204)
