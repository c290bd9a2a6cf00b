"""Which answers a text reached, what an answer is worth, and that a text was not used.

Seeing other people's answers in these lists takes `recall` or `read_ledger`: they name
who asked, through what and when, and nothing of what.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import HttpResponse, StreamingHttpResponse
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from audit.exports.lists import CSV_TYPE, LINES_TYPE
from clinrag.access.roles import Permission
from clinrag.answering.errors import UnknownAnswer
from clinrag.answering.impact.certificate_pages import (
    FILE_TYPE,
    PAGE_TYPE,
    certificate_page,
)
from clinrag.answering.impact.certificates import Certificate
from clinrag.answering.impact.counting import count_touched
from clinrag.answering.impact.issuing import MOST_IN_A_REQUEST, certify_non_use
from clinrag.answering.impact.lists import impact_lines
from clinrag.answering.impact.queries import touched_answers
from clinrag.answering.impact.standing import narrowed, standing_of_answer
from clinrag.answering.impact.targets import target_of
from clinrag.answering.impact.types import ImpactFilters, StandingView, Target
from clinrag.answering.reach import Use
from clinrag.api.callers import Caller, known_caller
from clinrag.api.describing import PROBLEM_RESPONSES
from clinrag.api.permissions import any_of
from clinrag.api.routes import Route
from clinrag.api.serializers.impact import (
    ImpactCountsSerializer,
    ImpactFilterSerializer,
    ImpactPageFilterSerializer,
    ImpactPageSerializer,
    MomentSerializer,
    NonUseSerializer,
    RangeSerializer,
    StandingSerializer,
)
from clinrag.api.streaming import stream, together
from clinrag.api.visibility import (
    may_see,
    visible_answer,
    visible_slugs,
    visible_version,
)
from ingestion.queries import VersionView, version

TRACERS = any_of(Permission.RECALL, Permission.READ_LEDGER)
TYPES = {"csv": CSV_TYPE, "jsonl": LINES_TYPE}
ALL_USES = frozenset(Use)


class Standing(Route):
    """What the text behind an answer is worth at a moment."""

    needs = {"GET": any_of(Permission.ASK, Permission.RECALL, Permission.READ_LEDGER)}

    @extend_schema(
        operation_id="get_standing",
        summary="Read what an answer's text is worth now, or at a moment",
        description="Computed when asked; the answer stays as it was given.",
        parameters=[MomentSerializer],
        responses={200: StandingSerializer, **PROBLEM_RESPONSES},
    )
    def get(self, request: Request, answer_id: UUID) -> Response:
        given = MomentSerializer(data=request.query_params.dict())
        given.is_valid(raise_exception=True)
        caller, now = known_caller(request), timezone.now()
        found = standing_of_answer(answer_id, at=given.validated_data.get("at") or now)
        try:
            visible_answer(caller, answer_id)
        except UnknownAnswer:
            found = _visible_part(found, caller, at=now)
        return Response(StandingSerializer(found).data)


def _visible_part(found: StandingView, caller: Caller, *, at: datetime) -> StandingView:
    """Of other people's answer, what stands in versions that a tracer may see.

    Raises UnknownAnswer when that is nothing.
    """
    slugs = set(visible_slugs(caller))
    versions = [version(key) for key in {one.version_id for one in found.passages}]
    seen = {
        one.id
        for one in versions
        if one.collection_slug in slugs and may_see(caller, one, at=at)
    }
    if not seen or not caller.may(Permission.RECALL):
        raise UnknownAnswer
    return narrowed(found, version_ids=seen)


class Impact(Route):
    """The answers that used a version, a section or a passage."""

    needs = {"GET": TRACERS}

    @extend_schema(
        operation_id="list_impact",
        summary="List the answers that a text reached",
        parameters=[ImpactPageFilterSerializer],
        responses={200: ImpactPageSerializer, **PROBLEM_RESPONSES},
    )
    def get(self, request: Request, version_id: UUID) -> Response:
        wanted = _wanted(ImpactPageFilterSerializer, request)
        target, filters, at = _asked(request, version_id, wanted)
        page = touched_answers(
            target,
            at=at,
            filters=filters,
            limit=wanted["limit"],
            cursor=wanted.get("cursor"),
        )
        shown = {"items": page.rows, "next": page.next_cursor}
        return Response(ImpactPageSerializer(shown).data)


class ImpactCounts(Route):
    """How many they are, by app, unit, person and month."""

    needs = {"GET": TRACERS}

    @extend_schema(
        operation_id="count_impact",
        summary="Count the answers that a text reached",
        parameters=[ImpactFilterSerializer],
        responses={200: ImpactCountsSerializer, **PROBLEM_RESPONSES},
    )
    def get(self, request: Request, version_id: UUID) -> Response:
        wanted = _wanted(ImpactFilterSerializer, request)
        target, filters, _at = _asked(request, version_id, wanted)
        found = count_touched(target, filters=filters)
        return Response(ImpactCountsSerializer(found).data)


class ImpactList(Route):
    """All of them, as a file."""

    needs = {"GET": TRACERS}

    @extend_schema(
        operation_id="download_impact",
        summary="Download the answers that a text reached as CSV or JSON lines",
        parameters=[ImpactFilterSerializer],
        responses={
            (200, "text/csv"): OpenApiTypes.STR,
            (200, LINES_TYPE): OpenApiTypes.STR,
            **PROBLEM_RESPONSES,
        },
    )
    def get(
        self, request: Request, version_id: str, form: str
    ) -> StreamingHttpResponse:
        wanted = _wanted(ImpactFilterSerializer, request)
        target, filters, at = _asked(request, UUID(version_id), wanted)
        lines = impact_lines(target, form=form, at=at, filters=filters)
        return stream(
            request._request,  # noqa: SLF001  # DRF's way to the request of Django
            together(lines),
            media_type=TYPES[form],
            filename=f"impact-{version_id}.{form}",
        )


class NonUse(Route):
    """That no answer in a range of the log used a version."""

    needs = {"GET": any_of(Permission.READ_LEDGER)}

    @extend_schema(
        operation_id="certify_non_use",
        summary="Certify that no answer in a range of the log used a version",
        description=(
            "Reads the range entry by entry; refused if an answer used it. Whoever has "
            "the entries of the range recomputes the certificate: `verify_non_use`."
        ),
        parameters=[RangeSerializer],
        responses={200: NonUseSerializer, **PROBLEM_RESPONSES},
    )
    def get(self, request: Request, version_id: UUID) -> Response:
        _edition, made = _certified(request, version_id)
        return Response(NonUseSerializer(made).data)


class NonUseFile(Route):
    """The same, to keep."""

    needs = {"GET": any_of(Permission.READ_LEDGER)}

    @extend_schema(
        operation_id="download_non_use",
        summary="Download a certificate of non-use, as JSON or as a page to read",
        description=(
            "The JSON is what `verify_non_use` recomputes; the page stands alone and"
            " holds it to the byte."
        ),
        parameters=[RangeSerializer],
        responses={
            (200, "application/json"): OpenApiTypes.STR,
            (200, "text/html"): OpenApiTypes.STR,
            **PROBLEM_RESPONSES,
        },
    )
    def get(self, request: Request, version_id: str, form: str) -> HttpResponse:
        edition, made = _certified(request, UUID(version_id))
        if form == "html":
            text, media_type = (
                certificate_page(
                    made, title=edition.document_title, label=edition.label
                ),
                PAGE_TYPE,
            )
        else:
            text, media_type = made.to_json(), FILE_TYPE
        name = f'attachment; filename="non-use-{version_id}.{form}"'
        return HttpResponse(
            text, content_type=media_type, headers={"Content-Disposition": name}
        )


def _certified(request: Request, version_id: UUID) -> tuple[VersionView, Certificate]:
    given = RangeSerializer(data=request.query_params.dict())
    given.is_valid(raise_exception=True)
    at = timezone.now()
    edition = visible_version(known_caller(request), version_id, at=at)
    made = certify_non_use(
        version_id, at=at, most=MOST_IN_A_REQUEST, **given.validated_data
    )
    return edition, made


def _wanted(kind: type[ImpactFilterSerializer], request: Request) -> dict[str, Any]:
    """The parameters; a section's headings are repeated ones."""
    sent: dict[str, Any] = dict(request.query_params.items())
    if "section" in sent:
        sent["section"] = request.query_params.getlist("section")
    given = kind(data=sent)
    given.is_valid(raise_exception=True)
    return dict(given.validated_data)


def _asked(
    request: Request, version_id: UUID, wanted: dict[str, Any]
) -> tuple[Target, ImpactFilters, datetime]:
    now = timezone.now()
    visible_version(known_caller(request), version_id, at=now)
    target = target_of(
        version_id,
        section_path=wanted["section"],
        chunk_id=wanted["passage"],
        change=wanted["of"] == "change",
    )
    use = wanted.get("use")
    filters = ImpactFilters(
        uses=ALL_USES if use is None else frozenset({Use.of_code(use)}),
        app=wanted.get("app"),
        unit=wanted.get("unit"),
        actor_id=wanted.get("actor_id"),
        since=wanted.get("since"),
        until=wanted.get("until"),
    )
    return target, filters, wanted.get("at") or now
