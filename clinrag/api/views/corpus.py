"""Collections and documents: reading them, opening and registering one."""

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from uuid import UUID

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from clinrag.access.grants import check_may_name
from clinrag.access.roles import Permission
from clinrag.api import etags
from clinrag.api.callers import known_caller
from clinrag.api.cursors import open_cursor, seal_cursor
from clinrag.api.describing import (
    ACTS_FOR,
    IDEMPOTENCY_KEY,
    IF_MATCH,
    PROBLEM_RESPONSES,
)
from clinrag.api.errors import CursorInvalid
from clinrag.api.once import Once, create_once
from clinrag.api.permissions import any_of
from clinrag.api.routes import Route
from clinrag.api.serializers.documents import (
    CollectionSerializer,
    CollectionsSerializer,
    DocumentFilterSerializer,
    DocumentPageSerializer,
    DocumentSerializer,
    NewCollectionSerializer,
    NewDocumentSerializer,
    NewReadingRulesSerializer,
)
from clinrag.api.serializers.records import CorrectionSerializer, KnownAtSerializer
from clinrag.api.visibility import (
    is_steward,
    visible_collection,
    visible_collections,
    visible_document,
    visible_slugs,
)
from ingestion.actions import (
    correct_document,
    create_collection,
    register_document,
    set_reading_rules,
)
from ingestion.queries import (
    CollectionView,
    DocumentView,
    collection,
    description_of,
    document,
    documents,
)

READERS = any_of(
    Permission.ASK,
    Permission.RETRIEVE,
    Permission.INGEST,
    Permission.REVIEW,
    Permission.ACTIVATE,
    Permission.READ_LEDGER,
)
CURSOR_NAME = "documents"


class Collections(Route):
    """The collections open to the caller, and opening a new one."""

    needs = {"GET": READERS, "POST": any_of(Permission.ACTIVATE)}

    @extend_schema(
        operation_id="list_collections",
        summary="List collections",
        responses={200: CollectionsSerializer, **PROBLEM_RESPONSES},
    )
    def get(self, request: Request) -> Response:
        found = visible_collections(known_caller(request))
        return Response(CollectionsSerializer({"items": found}).data)

    @extend_schema(
        operation_id="create_collection",
        summary="Open a collection",
        parameters=[IDEMPOTENCY_KEY],
        request=NewCollectionSerializer,
        responses={201: CollectionSerializer, **PROBLEM_RESPONSES},
    )
    def post(self, request: Request) -> Response:
        caller = known_caller(request)
        given = NewCollectionSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        told = given.validated_data
        check_may_name(caller.holder, slug=told["slug"])
        create = partial(create_collection, **told, by=caller.actor, at=timezone.now())
        made, headers = create_once(
            request, told, by=caller.actor, how=Once(create, collection)
        )
        return _described(made, status=201, headers=headers)


class OneCollection(Route):
    """One collection, and how its files are read and cut."""

    needs = {"GET": READERS, "PATCH": any_of(Permission.ACTIVATE)}

    @extend_schema(
        operation_id="get_collection",
        summary="Read a collection's description and rules",
        responses={200: CollectionSerializer, **PROBLEM_RESPONSES},
    )
    def get(self, request: Request, slug: str) -> Response:
        return _described(visible_collection(known_caller(request), slug))

    @extend_schema(
        operation_id="set_reading_rules",
        summary="Set how files of a collection are read and cut",
        parameters=[IF_MATCH],
        request=NewReadingRulesSerializer,
        responses={200: CollectionSerializer, **PROBLEM_RESPONSES},
    )
    def patch(self, request: Request, slug: str) -> Response:
        caller = known_caller(request)
        found = visible_collection(caller, slug)
        etags.require_if_match(request, found)
        given = NewReadingRulesSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        rules = replace(found.rules, **given.validated_data)
        made = set_reading_rules(
            found.id, rules=rules, by=caller.actor, at=timezone.now()
        )
        return _described(made)


class Documents(Route):
    """Documents by title, and registering a new one."""

    needs = {"GET": READERS, "POST": any_of(Permission.INGEST)}

    @extend_schema(
        operation_id="list_documents",
        summary="List documents",
        parameters=[DocumentFilterSerializer],
        responses={200: DocumentPageSerializer, **PROBLEM_RESPONSES},
    )
    def get(self, request: Request) -> Response:
        wanted = DocumentFilterSerializer(data=request.query_params.dict())
        wanted.is_valid(raise_exception=True)
        limit = wanted.validated_data["limit"]
        found = documents(
            collection_slugs=_slugs(request, wanted.validated_data.get("collection")),
            title_contains=wanted.validated_data.get("title", ""),
            after=_position(wanted.validated_data.get("cursor")),
            open_at=None if is_steward(known_caller(request)) else timezone.now(),
            limit=limit + 1,
        )
        page = {"items": found[:limit], "next": _next(found, limit)}
        return Response(DocumentPageSerializer(page).data)

    @extend_schema(
        operation_id="register_document",
        summary="Register a document",
        parameters=[IDEMPOTENCY_KEY],
        request=NewDocumentSerializer,
        responses={201: DocumentSerializer, **PROBLEM_RESPONSES},
    )
    def post(self, request: Request) -> Response:
        caller = known_caller(request)
        given = NewDocumentSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        fields = dict(given.validated_data)
        home = visible_collection(caller, fields.pop("collection"))
        register = partial(
            register_document,
            home.id,
            **fields,
            by=caller.actor,
            at=timezone.now(),
        )
        made, headers = create_once(
            request,
            given.validated_data,
            by=caller.actor,
            how=Once(register, document),
        )
        headers |= {"Location": f"/api/v1/documents/{made.id}"}
        return Response(DocumentSerializer(made).data, status=201, headers=headers)


class OneDocument(Route):
    """One document, and saying something else of it."""

    needs = {"GET": READERS, "PATCH": any_of(Permission.INGEST)}

    @extend_schema(
        operation_id="get_document",
        summary="Read a document's description",
        parameters=[KnownAtSerializer],
        responses={200: DocumentSerializer, **PROBLEM_RESPONSES},
    )
    def get(self, request: Request, document_id: UUID) -> Response:
        wanted = KnownAtSerializer(data=request.query_params.dict())
        wanted.is_valid(raise_exception=True)
        found = visible_document(
            known_caller(request),
            document_id,
            at=timezone.now(),
            known_at=wanted.validated_data.get("known_at"),
        )
        return _reply(found)

    @extend_schema(
        operation_id="correct_document",
        summary="Correct a document's description by a new record",
        parameters=[IF_MATCH, ACTS_FOR],
        request=CorrectionSerializer,
        responses={200: DocumentSerializer, **PROBLEM_RESPONSES},
    )
    def patch(self, request: Request, document_id: UUID) -> Response:
        caller, at = known_caller(request), timezone.now()
        found = visible_document(caller, document_id, at=at)
        etags.require_if_match(request, found)
        given = CorrectionSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        changes = dict(given.validated_data)
        reason = changes.pop("reason")
        made = correct_document(
            document_id,
            description=replace(description_of(found), **changes),
            reason=reason,
            by=caller.actor,
            at=at,
        )
        return _reply(made)


def _described(
    found: CollectionView,
    *,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
) -> Response:
    told = {"ETag": etags.etag_of(found), **(headers or {})}
    if status != 200:  # noqa: PLR2004  OK
        told["Location"] = f"/api/v1/collections/{found.slug}"
    return Response(CollectionSerializer(found).data, status=status, headers=told)


def _reply(found: DocumentView) -> Response:
    headers = {"ETag": etags.etag_of(found)}
    return Response(DocumentSerializer(found).data, headers=headers)


def _slugs(request: Request, wanted: str | None) -> list[str]:
    visible = visible_slugs(known_caller(request))
    return [slug for slug in visible if wanted is None or slug == wanted]


def _position(cursor: str | None) -> tuple[str, UUID] | None:
    if cursor is None:
        return None
    position = open_cursor(CURSOR_NAME, cursor)
    if len(position) != 2:  # noqa: PLR2004  a title and an id
        raise CursorInvalid
    return position[0], UUID(position[1])


def _next(found: list[DocumentView], limit: int) -> str | None:
    if len(found) <= limit:
        return None
    last = found[limit - 1]
    return seal_cursor(CURSOR_NAME, last.title, str(last.id))
