"""Where an answer came from, in the words of W3C PROV or of FHIR."""

import json
from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import HttpResponse
from django.utils.cache import patch_vary_headers
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from audit.exports import fhir, prov
from clinrag.access.roles import Permission
from clinrag.answering.queries import record_of
from clinrag.api.callers import known_caller
from clinrag.api.describing import PROBLEM_RESPONSES
from clinrag.api.errors import AnswerNotReady
from clinrag.api.permissions import any_of
from clinrag.api.refusals import respond
from clinrag.api.routes import Route
from clinrag.api.visibility import visible_answer


class Provenance(Route):
    """An answer's provenance; nothing sealed is in it."""

    needs = {"GET": any_of(Permission.ASK, Permission.READ_LEDGER)}

    @extend_schema(
        operation_id="get_provenance",
        summary="See where an answer came from",
        description=(
            "PROV-JSON, or with `Accept: application/fhir+json` a FHIR R4 Bundle of"
            " AuditEvent and, for a released answer, Provenance, Device and"
            " DocumentReference; refusals are then told as OperationOutcome."
        ),
        responses={
            (200, prov.MEDIA_TYPE): OpenApiTypes.OBJECT,
            (200, fhir.MEDIA_TYPE): OpenApiTypes.OBJECT,
            **PROBLEM_RESPONSES,
        },
    )
    def get(self, request: Request, answer_id: UUID) -> HttpResponse:
        visible_answer(known_caller(request), answer_id)
        answer = record_of(answer_id)
        if answer is None:
            raise AnswerNotReady
        origin = settings.CLINRAG_LOG_ORIGIN
        if wants_fhir(request):
            return _answer(fhir.bundle(answer, origin=origin), fhir.MEDIA_TYPE)
        return _answer(prov.document(answer, origin=origin), prov.MEDIA_TYPE)

    def get_exception_handler(self) -> Callable[..., Response]:
        return _refuse


def wants_fhir(request: Request) -> bool:
    """Whether the client named FHIR's media type."""
    return fhir.MEDIA_TYPE in request.headers.get("Accept", "").lower()


def _answer(document: Mapping[str, Any], media_type: str) -> HttpResponse:
    content = json.dumps(document, ensure_ascii=False)
    response = HttpResponse(content, content_type=media_type)
    patch_vary_headers(response, ["Accept"])
    return response


def _refuse(error: Exception, context: Mapping[str, Any]) -> Response:
    """The problem, as the client asked to be told."""
    refused = respond(error, context)
    request = context.get("request")
    if isinstance(request, Request) and wants_fhir(request):
        told: dict[str, Any] = refused.data
        refused.data = fhir.operation_outcome(code=told["code"], detail=told["detail"])
        refused.content_type = fhir.MEDIA_TYPE
    patch_vary_headers(refused, ["Accept"])
    return refused
