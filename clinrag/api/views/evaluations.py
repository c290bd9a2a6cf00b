"""Evaluations of answers over REST: listing, reading, letting a worse one pass.

Whoever works on texts, audits them or administers sees every report's figures, and the
questions of the collections open to them. Only an administrator waives.
"""

from collections.abc import Mapping
from dataclasses import asdict
from functools import partial
from typing import Any
from uuid import UUID

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from clinrag.access.roles import STEWARD_PERMISSIONS, Permission
from clinrag.answering.evaluations.figures import figures, latency
from clinrag.answering.evaluations.queries import (
    evaluation_report,
    evaluation_reports,
    told_to,
    waiver,
)
from clinrag.answering.evaluations.types import ReportView, Row, WaiverView
from clinrag.answering.evaluations.waivers import waive
from clinrag.api.callers import Caller, known_caller
from clinrag.api.cursors import open_cursor, seal_cursor
from clinrag.api.describing import IDEMPOTENCY_KEY, PROBLEM_RESPONSES
from clinrag.api.errors import CursorInvalid
from clinrag.api.once import Once, create_once
from clinrag.api.permissions import any_of
from clinrag.api.routes import Route
from clinrag.api.serializers.evaluations import (
    EvaluationFilterSerializer,
    EvaluationPageSerializer,
    EvaluationSerializer,
    NewWaiverSerializer,
    WaiverSerializer,
)
from clinrag.api.visibility import visible_slugs

READERS = STEWARD_PERMISSIONS | {Permission.ADMINISTER}
CURSOR_NAME = "evaluations"


class Evaluations(Route):
    """Evaluations, newest first."""

    needs = {"GET": READERS}

    @extend_schema(
        operation_id="list_evaluations",
        summary="List evaluations of answers",
        parameters=[EvaluationFilterSerializer],
        responses={200: EvaluationPageSerializer, **PROBLEM_RESPONSES},
    )
    def get(self, request: Request) -> Response:
        given = EvaluationFilterSerializer(data=request.query_params.dict())
        given.is_valid(raise_exception=True)
        wanted = given.validated_data
        found = evaluation_reports(
            limit=wanted["limit"], before=_position(wanted.get("cursor"))
        )
        full = len(found) == wanted["limit"]
        following = seal_cursor(CURSOR_NAME, str(found[-1].id)) if full else None
        shown = {"items": [_told(one) for one in found], "next": following}
        return Response(EvaluationPageSerializer(shown).data)


class OneEvaluation(Route):
    """One evaluation, as much of it as the caller may see."""

    needs = {"GET": READERS}

    @extend_schema(
        operation_id="get_evaluation",
        summary="Read an evaluation of answers",
        responses={200: EvaluationSerializer, **PROBLEM_RESPONSES},
    )
    def get(self, request: Request, report_id: UUID) -> Response:
        report = evaluation_report(report_id)
        seen = told_to(visible_slugs(known_caller(request)), report)
        shown = {
            **_told(report),
            "questions": [_question(row) for row in seen.evaluation.rows],
            "hidden": seen.hidden,
            "waivers": report.waivers,
        }
        return Response(EvaluationSerializer(shown).data)


class EvaluationWaivers(Route):
    """Letting a measure be worse, once."""

    needs = {"POST": any_of(Permission.ADMINISTER)}

    @extend_schema(
        operation_id="waive_evaluation",
        summary="Let a measure be worse, for one gate",
        parameters=[IDEMPOTENCY_KEY],
        request=NewWaiverSerializer,
        responses={201: WaiverSerializer, **PROBLEM_RESPONSES},
    )
    def post(self, request: Request, report_id: UUID) -> Response:
        caller = known_caller(request)
        given = NewWaiverSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        told = given.validated_data
        make = partial(_waive, caller, report_id, told)
        made, headers = create_once(
            request, told, by=caller.actor, how=Once(make, waiver)
        )
        return Response(WaiverSerializer(made).data, status=201, headers=headers)


def _waive(caller: Caller, report_id: UUID, told: Mapping[str, Any]) -> WaiverView:
    return waive(
        report_id,
        measure=told["measure"],
        reason=told["reason"],
        acknowledged=told["acknowledged"],
        expires_at=told["expires_at"],
        by=caller.actor,
        at=timezone.now(),
    )


def _told(report: ReportView) -> dict[str, Any]:
    evaluation, gate = report.evaluation, report.evaluation.gate
    pairs = evaluation.inputs.pairs
    return {
        "id": report.id,
        "set_name": evaluation.set_name,
        "made_by_name": report.made_by_name,
        "made_at": report.made_at,
        "sha256": report.sha256,
        "inputs": [{"name": name, "value": value} for name, value in pairs],
        "figures": figures(evaluation.rows),
        "milliseconds": latency(evaluation.rows),
        "gate": gate and asdict(gate) | {"is_open": gate.is_open},
    }


def _question(row: Row) -> dict[str, Any]:
    measures = [
        {"measure": measure, "hits": share.hits, "of": share.of}
        for measure, share in row.shares.items()
    ]
    names = ("id", "sha256", "text", "collections", "kind", "outcome", "rank")
    told = {name: getattr(row, name) for name in (*names, "milliseconds")}
    return told | {"measures": measures}


def _position(cursor: str | None) -> UUID | None:
    if cursor is None:
        return None
    position = open_cursor(CURSOR_NAME, cursor)
    if len(position) != 1:
        raise CursorInvalid
    return UUID(position[0])
