"""Proving an answer: its entry's exact bytes, and what shows them in the signed log.

The two downloads, with the log's public key, are all that an outside verifier needs.
"""

from uuid import UUID

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.utils.cache import patch_vary_headers
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from audit.errors import NotYetSequenced
from audit.publication.receipts import SUFFIX, encode_inclusion
from audit.queries import entry
from clinrag.access.roles import Permission
from clinrag.api.callers import known_caller
from clinrag.api.describing import PREFER, PROBLEM_RESPONSES
from clinrag.api.permissions import any_of
from clinrag.api.proving import (
    applied,
    describe_proof,
    proof_in_time,
    seconds_to_wait,
    text_response,
    wants_text,
)
from clinrag.api.routes import Route
from clinrag.api.serializers.answers import ProofSerializer
from clinrag.api.visibility import visible_answer

READERS = any_of(Permission.ASK, Permission.READ_LEDGER)
BINARY = "application/octet-stream"


class Proof(Route):
    """What proves that the answer's entry is in the signed log."""

    needs = {"GET": READERS}

    @extend_schema(
        operation_id="get_proof",
        summary="Prove that an answer is in the ledger",
        description=(
            "409 `not_yet_sequenced` or `not_yet_signed` for about a second. With"
            " `Accept: text/plain` a C2SP tlog-proof@v1, to be checked with the"
            " entry's bytes."
        ),
        parameters=[PREFER],
        responses={
            (200, "application/json"): ProofSerializer,
            (200, "text/plain"): OpenApiTypes.STR,
            **PROBLEM_RESPONSES,
        },
    )
    def get(self, request: Request, answer_id: UUID) -> HttpResponseBase:
        entry_id = _entry_id(request, answer_id)
        seconds = seconds_to_wait(request.headers.get("Prefer"))
        proof = proof_in_time(entry_id, seconds)
        if wants_text(request):
            name = f"{answer_id}{SUFFIX}"
            text = encode_inclusion(proof)
            return text_response(text, name=name, headers=applied(seconds))
        shown = describe_proof(answer_id, entry_id, proof)
        response = Response(shown, headers=applied(seconds))
        patch_vary_headers(response, ["Accept"])
        return response


class EntryBytes(Route):
    """The exact bytes of the answer's entry, as they were hashed."""

    needs = {"GET": READERS}

    @extend_schema(
        operation_id="get_answer_entry",
        summary="Read the exact bytes of an answer's entry",
        description=(
            "To be hashed as they are, never to be written anew. They hold no text of"
            " the question or the answer."
        ),
        responses={(200, BINARY): OpenApiTypes.BINARY, **PROBLEM_RESPONSES},
    )
    def get(self, request: Request, answer_id: UUID) -> HttpResponse:
        found = entry(_entry_id(request, answer_id))
        response = HttpResponse(found.entry_bytes, content_type=BINARY)
        name = f"{answer_id}.entry"
        response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
        return response


def _entry_id(request: Request, answer_id: UUID) -> UUID:
    """Of the entry that ended the answer; NotYetSequenced while it has not ended."""
    row = visible_answer(known_caller(request), answer_id)
    if row.entry_id is None:
        raise NotYetSequenced
    return row.entry_id
