"""Versions: uploading, watching, comparing, reviewing, putting in force."""

from collections.abc import Mapping
from datetime import datetime
from functools import partial
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from audit.actors import Actor
from clinrag.access.roles import Permission
from clinrag.api import etags
from clinrag.api.bodies import ENVELOPE_BYTES
from clinrag.api.callers import Caller, known_caller
from clinrag.api.describing import (
    ACTS_FOR,
    IDEMPOTENCY_KEY,
    IF_MATCH,
    PROBLEM_RESPONSES,
    UPLOAD,
)
from clinrag.api.errors import FileMissing
from clinrag.api.once import Once, create_once
from clinrag.api.permissions import any_of
from clinrag.api.routes import JSON_BYTES, Route
from clinrag.api.serializers.documents import (
    ActivationSerializer,
    PassageSerializer,
    UploadSerializer,
    VersionSerializer,
    VersionsSerializer,
    WithdrawalSerializer,
)
from clinrag.api.serializers.records import MomentsSerializer, RelabellingSerializer
from clinrag.api.views.corpus import READERS
from clinrag.api.visibility import may_see, visible_document, visible_version
from ingestion.actions import (
    activate_version,
    correct_label,
    receive_version,
    withdraw_version,
)
from ingestion.errors import VersionNotFound
from ingestion.lifecycle import Status
from ingestion.queries import (
    VersionView,
    all_as_known,
    as_known,
    passage,
    standing,
    standing_of,
    version,
    versions_of,
)
from ingestion.tasks import enqueue
from ingestion.uploads import MeasuredFile

STEWARDS = any_of(
    Permission.INGEST, Permission.REVIEW, Permission.ACTIVATE, Permission.READ_LEDGER
)


class Versions(Route):
    """The versions of one document, and uploading the next."""

    needs = {"GET": READERS, "POST": any_of(Permission.INGEST)}
    parser_classes = (MultiPartParser,)

    def body_limit(self) -> int:
        if self.request.method == "POST":
            return int(settings.MAX_BODY_BYTES) + ENVELOPE_BYTES
        return JSON_BYTES

    @extend_schema(
        operation_id="list_versions",
        summary="List the versions of a document, as they are or were known",
        parameters=[MomentsSerializer],
        responses={200: VersionsSerializer, **PROBLEM_RESPONSES},
    )
    def get(self, request: Request, document_id: UUID) -> Response:
        caller, at = known_caller(request), timezone.now()
        visible_document(caller, document_id, at=at)
        as_of, known_at = _moments(request, at=at)
        seen = [one for one in versions_of(document_id) if may_see(caller, one, at=at)]
        found = seen if known_at is None else all_as_known(seen, known_at=known_at)
        context = {"standings": {one.id: standing_of(one, at=as_of) for one in found}}
        return Response(VersionsSerializer({"items": found}, context=context).data)

    @extend_schema(
        operation_id="upload_version",
        summary="Upload a file as the document's next version",
        parameters=[IDEMPOTENCY_KEY],
        request=UPLOAD,
        responses={202: VersionSerializer, **PROBLEM_RESPONSES},
    )
    def post(self, request: Request, document_id: UUID) -> Response:
        caller, at = known_caller(request), timezone.now()
        visible_document(caller, document_id, at=at)
        file, label = _file(request), _label(request)
        told = {
            "name": file.name,
            "label": label,
            "sha256": file.measure.content_sha256,
        }
        receive = partial(
            _receive, document_id, file=file, label=label, by=caller.actor, at=at
        )
        made, headers = create_once(
            request, told, by=caller.actor, how=Once(receive, version)
        )
        return reply(made, at=at, status=202, headers=headers)


@transaction.atomic
def _receive(
    document_id: UUID, *, file: MeasuredFile, label: str, by: Actor, at: datetime
) -> VersionView:
    """The version, and the message that has it processed."""
    made = receive_version(
        document_id,
        filename=file.name or "",
        data=file.content(),
        label=label,
        by=by,
        at=at,
    )
    if made.status == Status.RECEIVED:
        enqueue(made.id)
    return made


class OneVersion(Route):
    """One version: status, progress, warnings, failure; and calling it otherwise."""

    needs = {"GET": READERS, "PATCH": any_of(Permission.INGEST)}

    @extend_schema(
        operation_id="get_version",
        summary="Read where a version stands, or stood",
        parameters=[MomentsSerializer],
        responses={200: VersionSerializer, **PROBLEM_RESPONSES},
    )
    def get(self, request: Request, version_id: UUID) -> Response:
        at = timezone.now()
        as_of, known_at = _moments(request, at=at)
        seen = visible_version(known_caller(request), version_id, at=at)
        found = _as_known(seen, known_at)
        if found is None:
            raise VersionNotFound
        return reply(found, at=as_of)

    @extend_schema(
        operation_id="relabel_version",
        summary="Correct a version's name by a new record",
        parameters=[IF_MATCH, ACTS_FOR],
        request=RelabellingSerializer,
        responses={200: VersionSerializer, **PROBLEM_RESPONSES},
    )
    def patch(self, request: Request, version_id: UUID) -> Response:
        caller, at = known_caller(request), timezone.now()
        check_if_match(request, version_id, caller=caller, at=at)
        given = RelabellingSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        made = correct_label(version_id, **given.validated_data, by=caller.actor, at=at)
        return reply(made, at=at)


class Passage(Route):
    """What a citation leads to."""

    needs = {"GET": READERS}

    @extend_schema(
        operation_id="get_passage",
        summary="Read a passage where it stands in a version",
        responses={200: PassageSerializer, **PROBLEM_RESPONSES},
    )
    def get(self, request: Request, version_id: UUID, chunk_id: UUID) -> Response:
        at = timezone.now()
        visible_version(known_caller(request), version_id, at=at)
        found = passage(version_id, chunk_id)
        context = {"standings": {version_id: standing(version_id, at)}}
        return Response(PassageSerializer(found, context=context).data)


class Activation(Route):
    """Putting an approved version in force."""

    needs = {"POST": any_of(Permission.ACTIVATE)}

    @extend_schema(
        operation_id="activate_version",
        summary="Put an approved version in force",
        parameters=[IF_MATCH],
        request=ActivationSerializer,
        responses={200: VersionSerializer, **PROBLEM_RESPONSES},
    )
    def post(self, request: Request, version_id: UUID) -> Response:
        caller, at = known_caller(request), timezone.now()
        check_if_match(request, version_id, caller=caller, at=at)
        given = ActivationSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        made = activate_version(
            version_id, **given.validated_data, by=caller.actor, at=at
        )
        return reply(made, at=at)


class Withdrawal(Route):
    """Taking a version out of force."""

    needs = {"POST": any_of(Permission.ACTIVATE)}

    @extend_schema(
        operation_id="withdraw_version",
        summary="Take a version out of force",
        parameters=[IF_MATCH],
        request=WithdrawalSerializer,
        responses={200: VersionSerializer, **PROBLEM_RESPONSES},
    )
    def post(self, request: Request, version_id: UUID) -> Response:
        caller, at = known_caller(request), timezone.now()
        check_if_match(request, version_id, caller=caller, at=at)
        given = WithdrawalSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        reason = given.validated_data["reason"]
        made = withdraw_version(version_id, reason=reason, by=caller.actor, at=at)
        return reply(made, at=at)


def _moments(request: Request, *, at: datetime) -> tuple[datetime, datetime | None]:
    """As of when, and by what was recorded when, as the address asks."""
    wanted = MomentsSerializer(data=request.query_params.dict())
    wanted.is_valid(raise_exception=True)
    return (
        wanted.validated_data.get("as_of", at),
        wanted.validated_data.get("known_at"),
    )


def _as_known(found: VersionView, known_at: datetime | None) -> VersionView | None:
    return found if known_at is None else as_known(found, known_at=known_at)


def check_if_match(
    request: Request, version_id: UUID, *, caller: Caller, at: datetime
) -> None:
    """Raise PreconditionRequired or PreconditionFailed: see `etags`.

    Also raises VersionNotFound. The action locks the version and checks its state
    again, so what slips in between is still refused unless it is allowed anyway.
    """
    found = visible_version(caller, version_id, at=at)
    etags.require_if_match(request, found)


def reply(
    found: VersionView,
    *,
    at: datetime,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """The version as told at `at`, with its validator."""
    context = {"standings": {found.id: standing_of(found, at=at)}}
    told = {"ETag": etags.etag_of(found), **(headers or {})}
    if status != 200:  # noqa: PLR2004  OK
        told["Location"] = f"/api/v1/versions/{found.id}"
    data = VersionSerializer(found, context=context).data
    return Response(data, status=status, headers=told)


def _file(request: Request) -> MeasuredFile:
    found = request.FILES.get("file")
    if not isinstance(found, MeasuredFile) or len(request.FILES) > 1:
        raise FileMissing
    return found


def _label(request: Request) -> str:
    given = UploadSerializer(data=request.data, partial=True)
    given.fields.pop("file")
    given.is_valid(raise_exception=True)
    return str(given.validated_data.get("label", ""))
