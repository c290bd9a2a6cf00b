"""Evidence packages: asked for by one person, agreed to by another, built, taken.

Each step is in the ledger; a download before its first byte.
"""

import base64
import json
import time
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import StreamingHttpResponse
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from audit.custody import authorizations
from audit.errors import ExportGone, ExportUnknown
from audit.exports import records, scopes
from audit.exports.previewing import preview
from audit.exports.records import ExportView
from audit.exports.scopes import Kind
from audit.tasks import enqueue
from clinrag.access.idempotency import (
    Claim,
    check_key,
    claim,
    finish,
    release,
    take_over,
)
from clinrag.access.roles import Permission
from clinrag.api.callers import Caller, known_caller
from clinrag.api.describing import IDEMPOTENCY_KEY, PROBLEM_RESPONSES
from clinrag.api.permissions import any_of
from clinrag.api.routes import Route
from clinrag.api.serializers.exports import (
    ExportListSerializer,
    ExportSerializer,
    NewExportSerializer,
    PreviewSerializer,
    ReasonSerializer,
    ScopeOfExportSerializer,
)
from clinrag.api.streaming import file_chunks, stream

EXPORTERS = any_of(Permission.EXPORT_LEDGER)
ZIP = "application/zip"
SUBJECT = "subject"
PREVIEW_SECONDS = 2.0


class Exports(Route):
    """Asking for a package, and the list of them."""

    needs = {"GET": EXPORTERS, "POST": EXPORTERS}

    @extend_schema(
        operation_id="list_exports",
        summary="List evidence packages, newest first",
        responses={200: ExportListSerializer, **PROBLEM_RESPONSES},
    )
    def get(self, request: Request) -> Response:
        del request
        shown = {"items": records.recent(limit=100)}
        return Response(ExportListSerializer(shown).data)

    @extend_schema(
        operation_id="request_export",
        summary="Ask for an evidence package",
        description="A person asks; another one has to agree before it can be built.",
        parameters=[IDEMPOTENCY_KEY],
        request=NewExportSerializer,
        responses={201: ExportSerializer, **PROBLEM_RESPONSES},
    )
    def post(self, request: Request) -> Response:
        given = NewExportSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        key = request.headers.get("Idempotency-Key")
        made = _request(given.validated_data, known_caller(request), key)
        headers = {"Location": _address(made)}
        return Response(ExportSerializer(made).data, status=201, headers=headers)


class Preview(Route):
    """What a package would hold."""

    needs = {"POST": EXPORTERS}

    @extend_schema(
        operation_id="preview_export",
        summary="Count what an evidence package would hold",
        description=(
            "Looks for two seconds at the most and records nothing. More than a package"
            " can hold is refused with `export_too_large`, as its building would be."
            " A POST, so that a person's reference stands in no address."
        ),
        request=ScopeOfExportSerializer,
        responses={200: PreviewSerializer, **PROBLEM_RESPONSES},
    )
    def post(self, request: Request) -> Response:
        given = ScopeOfExportSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        fields = given.validated_data
        scope = scopes.read(fields["kind"], _words(fields))
        deadline = time.monotonic() + PREVIEW_SECONDS
        found = preview(scope, is_over=lambda: time.monotonic() > deadline)
        return Response(PreviewSerializer(found).data)


class OneExport(Route):
    """How a package stands."""

    needs = {"GET": EXPORTERS}

    @extend_schema(
        operation_id="get_export",
        summary="See how an evidence package stands",
        responses={200: ExportSerializer, **PROBLEM_RESPONSES},
    )
    def get(self, request: Request, export_id: UUID) -> Response:
        del request
        return Response(ExportSerializer(records.by_id(export_id)).data)


class Approval(Route):
    """A second person agrees."""

    needs = {"POST": EXPORTERS}

    @extend_schema(
        operation_id="approve_export",
        summary="Agree to another person's evidence package",
        request=None,
        responses={200: ExportSerializer, **PROBLEM_RESPONSES},
    )
    def post(self, request: Request, export_id: UUID) -> Response:
        asked = records.by_id(export_id).authorization
        by = known_caller(request).actor
        authorizations.approve(asked.id, by=by, at=timezone.now())
        return Response(ExportSerializer(records.by_id(export_id)).data)


class Refusal(Route):
    """A second person does not agree."""

    needs = {"POST": EXPORTERS}

    @extend_schema(
        operation_id="refuse_export",
        summary="Refuse another person's evidence package",
        request=ReasonSerializer,
        responses={200: ExportSerializer, **PROBLEM_RESPONSES},
    )
    def post(self, request: Request, export_id: UUID) -> Response:
        given = ReasonSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        asked = records.by_id(export_id).authorization
        authorizations.refuse(
            asked.id,
            reason=given.validated_data["reason"],
            by=known_caller(request).actor,
            at=timezone.now(),
        )
        return Response(ExportSerializer(records.by_id(export_id)).data)


class Building(Route):
    """Starting what was agreed to."""

    needs = {"POST": EXPORTERS}

    @extend_schema(
        operation_id="build_export",
        summary="Build an evidence package that was agreed to",
        description="It is built in the background: look again at `Location`.",
        request=None,
        responses={202: ExportSerializer, **PROBLEM_RESPONSES},
    )
    def post(self, request: Request, export_id: UUID) -> Response:
        by = known_caller(request).actor
        started = records.start(export_id, by=by, at=timezone.now())
        enqueue(started.id)
        headers = {"Location": _address(started), "Retry-After": "2"}
        return Response(ExportSerializer(started).data, status=202, headers=headers)


class Cancellation(Route):
    """Giving a package up."""

    needs = {"POST": EXPORTERS}

    @extend_schema(
        operation_id="cancel_export",
        summary="Give an evidence package up",
        request=None,
        responses={200: ExportSerializer, **PROBLEM_RESPONSES},
    )
    def post(self, request: Request, export_id: UUID) -> Response:
        by = known_caller(request).actor
        stopped = records.cancel(export_id, by=by, at=timezone.now())
        return Response(ExportSerializer(stopped).data)


class PackageFile(Route):
    """The package itself."""

    needs = {"GET": EXPORTERS}

    @extend_schema(
        operation_id="download_export",
        summary="Download an evidence package",
        description="Leaves an entry in the ledger before the first byte.",
        responses={(200, ZIP): OpenApiTypes.BINARY, **PROBLEM_RESPONSES},
    )
    def get(self, request: Request, export_id: UUID) -> StreamingHttpResponse:
        path = Path(settings.CLINRAG_EXPORT_DIR) / f"{export_id}.zip"
        found = records.by_id(export_id)
        if found.byte_size is not None and not path.is_file():
            raise ExportGone
        by = known_caller(request).actor
        taken = records.record_download(
            export_id, surface="api", by=by, at=timezone.now()
        )
        response = stream(
            request._request,  # noqa: SLF001  # DRF's way to the request of Django
            file_chunks(path),
            media_type=ZIP,
            filename=f"evidence-{export_id}.zip",
        )
        digest = base64.b64encode(bytes.fromhex(taken.sha256)).decode()
        response.headers["Repr-Digest"] = f"sha-256=:{digest}:"
        response.headers["Content-Length"] = str(taken.byte_size)
        return response


def _request(fields: dict[str, Any], caller: Caller, key: str | None) -> ExportView:
    """Ask for it, once per key."""
    if key is None:
        return _ask(fields, caller, None)
    now, body = timezone.now(), json.dumps(fields, sort_keys=True).encode()
    claimed = claim(check_key(key), actor_id=caller.actor.id, body=body, at=now)
    if not claimed.first:
        try:
            return records.by_id(claimed.answer_id)
        except ExportUnknown:
            claimed = take_over(claimed, at=now)
    try:
        made = _ask(fields, caller, claimed.answer_id)
    except Exception:
        _give_up(claimed)
        raise
    finish(claimed)
    return made


def _give_up(claimed: Claim) -> None:
    """Let the key be used again if nothing was recorded under it."""
    try:
        records.by_id(claimed.answer_id)
    except ExportUnknown:
        release(claimed)


def _ask(fields: dict[str, Any], caller: Caller, export_id: UUID | None) -> ExportView:
    return records.request(
        fields["kind"],
        scope=_words(fields),
        content=fields["content"],
        reason=fields["reason"],
        by=caller.actor,
        at=timezone.now(),
        export_id=export_id,
    )


def _words(fields: dict[str, Any]) -> dict[str, str]:
    """The scope's words, a person's reference turned into the id of the key."""
    scope = dict(fields["scope"])
    if fields["kind"] == Kind.SUBJECT and set(scope) == {SUBJECT}:
        return records.scope_of_person(scope[SUBJECT])
    return scope


def _address(export: ExportView) -> str:
    return f"/api/v1/exports/{export.id}"
