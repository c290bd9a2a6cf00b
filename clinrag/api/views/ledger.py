"""The log itself: its checkpoints, and proofs that it only grew."""

from dataclasses import asdict
from typing import Any, Final

from django.http.response import HttpResponseBase
from django.utils.cache import patch_vary_headers
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from audit.checkpoints import CheckpointView
from audit.publication.receipts import encode_consistency
from audit.queries import consistency_proof, signed_checkpoints
from clinrag.access.roles import Permission
from clinrag.api.cursors import open_cursor, seal_cursor
from clinrag.api.describing import PROBLEM_RESPONSES
from clinrag.api.permissions import any_of
from clinrag.api.proving import text_response, wants_text
from clinrag.api.routes import Route
from clinrag.api.serializers.ledger import (
    CheckpointFilterSerializer,
    CheckpointPageSerializer,
    ConsistencyFilterSerializer,
    ConsistencySerializer,
)

# They tell how much happened and nothing of what: whoever gets receipts may check them.
READERS: Final = any_of(Permission.ASK, Permission.READ_LEDGER)
CHECKPOINTS: Final = "checkpoints"


class Checkpoints(Route):
    """What the signer has said about the log, newest first."""

    needs = {"GET": READERS}

    @extend_schema(
        operation_id="list_checkpoints",
        summary="List signed checkpoints, newest first",
        parameters=[CheckpointFilterSerializer],
        responses={200: CheckpointPageSerializer, **PROBLEM_RESPONSES},
    )
    def get(self, request: Request) -> Response:
        given = CheckpointFilterSerializer(data=request.query_params.dict())
        given.is_valid(raise_exception=True)
        wanted = given.validated_data
        limit: int = wanted["limit"]
        found = signed_checkpoints(
            limit=limit + 1,
            shard=wanted.get("shard"),
            before=_position(wanted.get("cursor")),
        )
        page = found[:limit]
        more = _cursor(page[-1]) if len(found) > limit else None
        shown = {"items": [_shown(one) for one in page], "next": more}
        return Response(CheckpointPageSerializer(shown).data)


class Consistency(Route):
    """That a larger log holds a smaller one unchanged."""

    needs = {"GET": READERS}

    @extend_schema(
        operation_id="get_consistency",
        summary="Prove that the log only grew between two sizes",
        description=(
            "Between any two sizes up to the newest checkpoint's, of one shard. With"
            " `Accept: text/plain` the body that C2SP tlog-witness takes for"
            " add-checkpoint; then `to` is the size of a checkpoint."
        ),
        parameters=[
            OpenApiParameter("from", OpenApiTypes.INT64, required=True),
            OpenApiParameter("to", OpenApiTypes.INT64, required=True),
            OpenApiParameter("shard", int, description="The newest one unless named."),
        ],
        responses={
            (200, "application/json"): ConsistencySerializer,
            (200, "text/plain"): OpenApiTypes.STR,
            **PROBLEM_RESPONSES,
        },
    )
    def get(self, request: Request) -> HttpResponseBase:
        given = ConsistencyFilterSerializer(data=request.query_params.dict())
        given.is_valid(raise_exception=True)
        wanted = given.validated_data
        proof = consistency_proof(
            wanted["from"], wanted["to"], shard=wanted.get("shard")
        )
        if wants_text(request):
            name = f"consistency-{proof.old_size}-{proof.new_size}.txt"
            return text_response(encode_consistency(proof), name=name)
        hashes = {
            "old_root": proof.old_root.hex(),
            "new_root": proof.new_root.hex(),
            "path": [step.hex() for step in proof.path],
        }
        response = Response(ConsistencySerializer(asdict(proof) | hashes).data)
        patch_vary_headers(response, ["Accept"])
        return response


def _shown(checkpoint: CheckpointView) -> dict[str, Any]:
    return asdict(checkpoint) | {"root": checkpoint.root.hex()}


def _cursor(last: CheckpointView) -> str:
    return seal_cursor(CHECKPOINTS, str(last.shard), str(last.size))


def _position(cursor: str | None) -> tuple[int, int] | None:
    if cursor is None:
        return None
    shard, size = open_cursor(CHECKPOINTS, cursor)
    return int(shard), int(size)
