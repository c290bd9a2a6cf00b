"""Entries and answers as lists for spreadsheets and programs; nothing sealed."""

from collections.abc import Iterator

from django.http import StreamingHttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from audit.exports.lists import (
    CSV_TYPE,
    LINES_TYPE,
    entry_lines,
    every_entry,
)
from clinrag.access.roles import Permission
from clinrag.answering.lists import answer_lines
from clinrag.api.describing import PROBLEM_RESPONSES
from clinrag.api.permissions import any_of
from clinrag.api.routes import Route
from clinrag.api.serializers.exports import EntryListFilterSerializer
from clinrag.api.streaming import stream, together

READERS = any_of(Permission.READ_LEDGER)
TYPES = {"csv": CSV_TYPE, "jsonl": LINES_TYPE}


class EntryList(Route):
    """Entries in the order of the log."""

    needs = {"GET": READERS}

    @extend_schema(
        operation_id="download_entries",
        summary="Download entries as CSV or JSON lines",
        parameters=[EntryListFilterSerializer],
        responses={
            (200, "text/csv"): OpenApiTypes.STR,
            (200, LINES_TYPE): OpenApiTypes.STR,
            **PROBLEM_RESPONSES,
        },
    )
    def get(self, request: Request, form: str) -> StreamingHttpResponse:
        given = EntryListFilterSerializer(data=request.query_params.dict())
        given.is_valid(raise_exception=True)
        wanted = given.validated_data
        types = [wanted["type"]] if wanted["type"] else None
        found = every_entry(after=wanted["after"], until=wanted["until"], types=types)
        return _download(request, entry_lines(found, form=form), "entries", form)


class AnswerList(Route):
    """Answers, newest first."""

    needs = {"GET": READERS}

    @extend_schema(
        operation_id="download_answers",
        summary="Download the list of answers as CSV or JSON lines",
        responses={
            (200, "text/csv"): OpenApiTypes.STR,
            (200, LINES_TYPE): OpenApiTypes.STR,
            **PROBLEM_RESPONSES,
        },
    )
    def get(self, request: Request, form: str) -> StreamingHttpResponse:
        return _download(request, answer_lines(form), "answers", form)


def _download(
    request: Request, lines: Iterator[str], name: str, form: str
) -> StreamingHttpResponse:
    return stream(
        request._request,  # noqa: SLF001  # DRF's way to the request of Django
        together(lines),
        media_type=TYPES[form],
        filename=f"{name}.{form}",
    )
