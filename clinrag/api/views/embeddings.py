"""Vectors of texts in OpenAI's words: the embedder that searches, for an app's own use.

What is embedded is screened as a question is: an embedder may be another machine.
Nothing is answered and nothing of a collection is shown, so nothing is recorded.
Source: the OpenAI API reference, "Create embeddings".
"""

import base64
from collections.abc import Sequence
from typing import Any

import numpy as np
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from clinrag.access.roles import Permission
from clinrag.answering.policy import Policy
from clinrag.answering.questions import check_identifiers
from clinrag.answering.services import build_services
from clinrag.api.errors import FieldsInvalid, Finding
from clinrag.api.permissions import any_of
from clinrag.api.serializers.embeddings import EmbeddingsSerializer, EmbedSerializer
from clinrag.api.views.chat import ERRORS, ChatRoute
from clinrag.privacy.identifiers import screen
from ingestion.embedding import Embedder

SPECIAL_TOKENS = 2


class Embeddings(ChatRoute):
    """Embedding."""

    needs = {"POST": any_of(Permission.RETRIEVE)}

    @extend_schema(
        operation_id="create_embeddings",
        summary="Embed texts in OpenAI's words",
        description=(
            "By the embedder that searches, under its own name. Identifiers are taken "
            "out first, or the text is refused, as the deployment's policy says. A "
            "text longer than the embedder reads is refused, not cut."
        ),
        request=EmbedSerializer,
        responses={200: EmbeddingsSerializer, **ERRORS},
    )
    def post(self, request: Request) -> Response:
        given = EmbedSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        wish, services = given.validated_data, build_services()
        embedder = services.embedder
        if wish["model"] != embedder.name:
            raise _invalid("/model", "This is not the embedder in use.")
        texts = [_screened(text, services.policy) for text in wish["input"]]
        counts = [embedder.count_tokens(text) for text in texts]
        if max(counts) > embedder.max_tokens - SPECIAL_TOKENS:
            raise _invalid("/input", "A text is longer than the embedder reads.")
        vectors = embedder.embed_passages(texts)
        return Response(_told(embedder, vectors, sum(counts), wish["encoding_format"]))


def _screened(text: str, policy: Policy) -> str:
    """Without identifiers; raises IdentifiersInQuestion where policy refuses them."""
    screening = screen(text)
    check_identifiers(screening, policy=policy)
    return screening.search_text if screening.findings else text


def _told(
    embedder: Embedder, vectors: Sequence[Sequence[float]], tokens: int, encoding: str
) -> dict[str, Any]:
    rows = [
        {
            "object": "embedding",
            "index": index,
            "embedding": _packed(vector) if encoding == "base64" else vector,
        }
        for index, vector in enumerate(vectors)
    ]
    usage = {"prompt_tokens": tokens, "total_tokens": tokens}
    return {"object": "list", "data": rows, "model": embedder.name, "usage": usage}


def _packed(vector: Sequence[float]) -> str:
    """Little-endian floats of 32 bits, as the official clients unpack them."""
    return base64.b64encode(np.asarray(vector, dtype="<f4").tobytes()).decode()


def _invalid(pointer: str, detail: str) -> FieldsInvalid:
    return FieldsInvalid((Finding(pointer, "invalid", detail),))
