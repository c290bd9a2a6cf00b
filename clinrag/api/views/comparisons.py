"""What changed between two editions, and what reviewers record about it."""

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial
from hashlib import sha256
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from clinrag.access.roles import Permission
from clinrag.api.callers import Caller, known_caller
from clinrag.api.describing import IDEMPOTENCY_KEY, IF_MATCH, PROBLEM_RESPONSES
from clinrag.api.once import Once, create_once
from clinrag.api.permissions import any_of
from clinrag.api.routes import Route
from clinrag.api.serializers.comparisons import (
    CommentSerializer,
    ComparisonSerializer,
    NewCommentSerializer,
    ReplySerializer,
    SettlementSerializer,
    ThreadSerializer,
    ThreadsSerializer,
    ViewedSerializer,
    ViewingSerializer,
)
from clinrag.api.views.versions import STEWARDS, check_if_match
from clinrag.api.visibility import visible_version
from ingestion import actions, queries
from ingestion.actions import TextRange
from ingestion.diffing.redlines import FORMS, WORD_TYPE, redline
from ingestion.errors import VersionsNotComparable
from ingestion.queries import CommentView, VersionView

READERS = STEWARDS | any_of(Permission.RETRIEVE)
REVIEWERS = any_of(Permission.REVIEW)
AGAINST = OpenApiParameter(
    "against",
    OpenApiTypes.UUID,
    required=True,
    description="The older version of the same document.",
)
FORM = OpenApiParameter(
    "form", str, OpenApiParameter.PATH, enum=FORMS, description="What kind of file."
)


class AgainstSerializer(serializers.Serializer[object]):
    """Which older version."""

    against = serializers.UUIDField()


class Comparison(Route):
    """What changed from an older version to this one."""

    needs = {"GET": READERS}

    @extend_schema(
        operation_id="compare_versions",
        summary="Compare a version with an older one",
        responses={200: ComparisonSerializer, **PROBLEM_RESPONSES},
    )
    def get(self, request: Request, version_id: UUID, older_id: UUID) -> Response:
        caller, at = known_caller(request), timezone.now()
        for one in (older_id, version_id):
            visible_version(caller, one, at=at)
        return _compared(older_id, version_id)


class Diff(Route):
    """The same by the name that others give it."""

    needs = {"GET": READERS}

    @extend_schema(
        operation_id="diff_version",
        summary="Tell what changed since an older version, the risks first",
        parameters=[AGAINST],
        responses={200: ComparisonSerializer, **PROBLEM_RESPONSES},
    )
    def get(self, request: Request, version_id: UUID) -> Response:
        old, _new = _both(request, version_id, at=timezone.now())
        return _compared(old.id, version_id)


class RedlineFile(Route):
    """A comparison as a file."""

    needs = {"GET": READERS}

    @extend_schema(
        operation_id="download_redline",
        summary="Download what changed: Word with tracked changes, HTML, or JSON",
        parameters=[AGAINST, FORM],
        responses={
            (200, WORD_TYPE): OpenApiTypes.BINARY,
            (200, "text/html"): OpenApiTypes.STR,
            (200, "application/json"): OpenApiTypes.STR,
            **PROBLEM_RESPONSES,
        },
    )
    def get(self, request: Request, version_id: UUID, form: str) -> HttpResponse:
        old, new = _both(request, version_id, at=timezone.now())
        found = queries.comparison(old.id, new.id)
        made = redline(found, old=old, new=new, form=form)
        response = HttpResponse(made.content, content_type=made.media_type)
        told = f'attachment; filename="{made.filename}"'
        response.headers["Content-Disposition"] = told
        return response


class Viewed(Route):
    """Which sections the caller has seen."""

    needs = {"GET": REVIEWERS, "POST": REVIEWERS}

    @extend_schema(
        operation_id="list_viewed_sections",
        summary="List the sections that you marked as viewed",
        parameters=[AGAINST],
        responses={200: ViewedSerializer, **PROBLEM_RESPONSES},
    )
    def get(self, request: Request, version_id: UUID) -> Response:
        old, _new = _both(request, version_id, at=timezone.now())
        person_id = known_caller(request).actor.id
        seen = queries.viewed_sections(old.id, version_id, person_id=person_id)
        return Response(ViewedSerializer({"sections": sorted(seen)}).data)

    @extend_schema(
        operation_id="view_section",
        summary="Mark a section as viewed, or no longer",
        description="Saying the same twice records it once.",
        parameters=[AGAINST, IF_MATCH],
        request=ViewingSerializer,
        responses={200: ViewedSerializer, **PROBLEM_RESPONSES},
    )
    def post(self, request: Request, version_id: UUID) -> Response:
        caller, at = known_caller(request), timezone.now()
        old, _new = _both(request, version_id, at=at)
        _check_match(request, version_id, caller=caller, at=at)
        given = ViewingSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        seen = actions.view_section(
            version_id, older_id=old.id, **given.validated_data, by=caller.actor, at=at
        )
        return Response(ViewedSerializer({"sections": sorted(seen)}).data)


class Comments(Route):
    """What reviewers say about words of a comparison."""

    needs = {"GET": STEWARDS, "POST": REVIEWERS}

    @extend_schema(
        operation_id="list_comments",
        summary="List the threads of a comparison",
        parameters=[AGAINST],
        responses={200: ThreadsSerializer, **PROBLEM_RESPONSES},
    )
    def get(self, request: Request, version_id: UUID) -> Response:
        old, _new = _both(request, version_id, at=timezone.now())
        threads = queries.comment_threads(old.id, version_id)
        return Response(ThreadsSerializer({"items": threads}).data)

    @extend_schema(
        operation_id="comment_on_range",
        summary="Comment on characters of a section",
        parameters=[AGAINST, IF_MATCH, IDEMPOTENCY_KEY],
        request=NewCommentSerializer,
        responses={201: CommentSerializer, **PROBLEM_RESPONSES},
    )
    def post(self, request: Request, version_id: UUID) -> Response:
        caller, at = known_caller(request), timezone.now()
        old, _new = _both(request, version_id, at=at)
        _check_match(request, version_id, caller=caller, at=at)
        given = NewCommentSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        told = given.validated_data
        place = TextRange(**{one: told[one] for one in told if one != "text"})
        say = partial(
            actions.comment_on_range,
            version_id,
            older_id=old.id,
            place=place,
            text=told["text"],
            by=caller.actor,
            at=at,
        )
        return _said(request, {**told, "against": old.id}, say=say)


class Replies(Route):
    """Answering in a thread."""

    needs = {"POST": REVIEWERS}

    @extend_schema(
        operation_id="reply_to_comment",
        summary="Answer in a thread",
        parameters=[IDEMPOTENCY_KEY],
        request=ReplySerializer,
        responses={201: CommentSerializer, **PROBLEM_RESPONSES},
    )
    def post(self, request: Request, thread_id: UUID) -> Response:
        caller, at = known_caller(request), timezone.now()
        _check_visible(caller, thread_id, at=at)
        given = ReplySerializer(data=request.data)
        given.is_valid(raise_exception=True)
        told = given.validated_data
        say = partial(
            actions.reply_to_comment, thread_id, **told, by=caller.actor, at=at
        )
        return _said(request, told, say=say)


class Settlement(Route):
    """Settling a thread, or opening it again."""

    needs = {"POST": REVIEWERS}

    @extend_schema(
        operation_id="settle_thread",
        summary="Settle a thread, or open it again",
        description="Saying the same twice records it once.",
        request=SettlementSerializer,
        responses={200: ThreadSerializer, **PROBLEM_RESPONSES},
    )
    def post(self, request: Request, thread_id: UUID) -> Response:
        caller, at = known_caller(request), timezone.now()
        _check_visible(caller, thread_id, at=at)
        given = SettlementSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        settled = actions.settle_thread(
            thread_id, **given.validated_data, by=caller.actor, at=at
        )
        return Response(ThreadSerializer(settled).data)


def _compared(older_id: UUID, version_id: UUID) -> Response:
    found = queries.comparison(older_id, version_id)
    told = {
        "older_id": older_id,
        "version_id": version_id,
        "risks": found.risks,
        "sections": found.sections,
    }
    tag = sha256(repr(found).encode()).hexdigest()[:32]
    return Response(ComparisonSerializer(told).data, headers={"ETag": f'"{tag}"'})


def _both(
    request: Request, version_id: UUID, *, at: datetime
) -> tuple[VersionView, VersionView]:
    """The older version that the address names, and this one."""
    given = AgainstSerializer(data=request.query_params)
    given.is_valid(raise_exception=True)
    caller = known_caller(request)
    new = visible_version(caller, version_id, at=at)
    old = visible_version(caller, given.validated_data["against"], at=at)
    if old.document_id != new.document_id or old.id == new.id:
        raise VersionsNotComparable
    return old, new


def _check_match(
    request: Request, version_id: UUID, *, caller: Caller, at: datetime
) -> None:
    """Held to an ETag only if one is sent: the words quoted never change."""
    if "If-Match" in request.headers:
        check_if_match(request, version_id, caller=caller, at=at)


def _check_visible(caller: Caller, thread_id: UUID, *, at: datetime) -> None:
    first = queries.comment_thread(thread_id).first
    for one in (first.older_id, first.version_id):
        visible_version(caller, one, at=at)


def _said(
    request: Request, told: Mapping[str, Any], *, say: Callable[[], CommentView]
) -> Response:
    by, how = known_caller(request).actor, Once(say, queries.comment)
    made, headers = create_once(request, told, by=by, how=how)
    return Response(CommentSerializer(made).data, status=201, headers=headers)
