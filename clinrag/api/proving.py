"""Proofs over HTTP: waiting for one, and the two forms in which it is sent.

JSON unless the caller would rather have text: `text/plain` is the form of C2SP, which
verifiers written by others read as it is.
"""

import base64
import re
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.utils.cache import patch_vary_headers
from rest_framework.request import Request

from audit.queries import InclusionProof, entry, inclusion_proof, wait_for_proof
from audit.signing.public_key import log_vkey
from clinrag.api.serializers.answers import ProofSerializer

LONGEST_WAIT_SECONDS = 5
WAIT = re.compile(r"(?:^|[,;\s])wait\s*=\s*\"?(\d{1,6})\"?(?:$|[,;\s])", re.ASCII)
JSON = "application/json"
TEXT = "text/plain"


def seconds_to_wait(prefer: str | None) -> int | None:
    """`wait` of RFC 7240, at most five seconds; None when it was not asked for."""
    found = WAIT.search(prefer or "")
    return min(int(found.group(1)), LONGEST_WAIT_SECONDS) if found else None


def applied(seconds: int | None) -> dict[str, str]:
    """The header that says which wish was heeded."""
    return {} if seconds is None else {"Preference-Applied": f"wait={seconds}"}


def proof_in_time(entry_id: UUID, seconds: int | None) -> InclusionProof:
    """The proof, waiting for it if asked to. Raises NotYetSequenced, NotYetSigned."""
    if seconds:
        proof = wait_for_proof(entry_id, timeout_seconds=seconds)
        if proof is not None:
            return proof
    return inclusion_proof(entry_id)


def wants_text(request: Request) -> bool:
    """Whether `Accept` prefers text to JSON; JSON for those who say nothing."""
    return request.get_preferred_type([JSON, TEXT]) == TEXT


def text_response(
    text: str, *, name: str, headers: Mapping[str, str] | None = None
) -> HttpResponse:
    """A text to keep as a file of this name."""
    response = HttpResponse(text.encode(), content_type=f"{TEXT}; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    for header, value in (headers or {}).items():
        response.headers[header] = value
    patch_vary_headers(response, ["Accept"])
    return response


def describe_proof(answer_id: UUID, entry_id: UUID, proof: InclusionProof) -> Any:
    """The proof as JSON's plain values, with all that is needed to check it."""
    shown = {
        "answer_id": answer_id,
        "entry_id": entry_id,
        "shard": proof.shard,
        "origin": proof.origin,
        "index": proof.index,
        "leaf_index": proof.leaf_index,
        "tree_size": proof.tree_size,
        "leaf_hash": proof.leaf_hash.hex(),
        "path": [step.hex() for step in proof.path],
        "root": proof.root.hex(),
        "entry": base64.b64encode(entry(entry_id).entry_bytes).decode(),
        "checkpoint": proof.checkpoint,
        "vkey": log_vkey(origin=proof.origin),
    }
    return ProofSerializer(shown).data


def describe_proof_in_time(
    answer_id: UUID, entry_id: UUID, seconds: int | None
) -> dict[str, Any] | None:
    """The proof as JSON's plain values if it was asked for and there is one in time."""
    if seconds is None:
        return None
    proof = wait_for_proof(entry_id, timeout_seconds=seconds)
    return dict(describe_proof(answer_id, entry_id, proof)) if proof else None
