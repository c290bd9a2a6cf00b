"""The published log over HTTP: C2SP tlog-tiles under `/log/<shard>/`.

Promises the headers that let caches keep for ever what never changes, and refuse to
keep what does. Who may read what without a key is the setting `CLINRAG_LOG_PUBLIC`. No
page of another site reads it from a browser: there are no CORS headers.
"""

import gzip
import re
from dataclasses import asdict
from hashlib import sha256
from typing import Final

from django.conf import settings
from django.http import HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.cache import get_conditional_response, patch_vary_headers
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from audit.publication import Resource, published_shards, resource
from clinrag.access.roles import Permission
from clinrag.api.describing import PROBLEM_RESPONSES
from clinrag.api.permissions import any_of
from clinrag.api.routes import Route
from clinrag.api.serializers.ledger import ShardListSerializer

ENTRIES: Final = "tile/entries/"
FOR_EVER: Final = "max-age=31536000, immutable"
ASK_AGAIN: Final = "no-cache"
GZIP: Final = "gzip"
_WEIGHT: Final = re.compile(
    r"\s*;\s*q\s*=\s*0(?:\.0{0,3})?\s*", re.ASCII | re.IGNORECASE
)

READERS = any_of(Permission.READ_LEDGER)


class LogRoute(Route):
    """A route of the published log, counted apart from the rest of the interface."""

    needs = {"GET": READERS}

    @property
    def is_public(self) -> bool:
        return bool(settings.CLINRAG_LOG_PUBLIC != "off")

    @property
    def scope(self) -> str:
        """Whether caches that serve many readers may keep it."""
        return "public" if self.is_public else "private"

    def requests_per_minute(self) -> int:
        return int(settings.CLINRAG_LOG_REQUESTS_PER_MINUTE)

    def counted_as(self, who: str) -> str:
        return f"log:{who}"


class Root(LogRoute):
    """What people type who look for the log: the list of its shards is elsewhere."""

    @extend_schema(exclude=True)
    def get(self, _request: Request) -> HttpResponseBase:
        return HttpResponseRedirect(reverse("api:log_shards"))


class Shards(LogRoute):
    """Where each shard of the log begins, and how far it is published."""

    @extend_schema(
        operation_id="list_log_shards",
        summary="List the shards of the published log",
        description="Each has its resources under `/log/<number>/` (C2SP tlog-tiles).",
        responses={200: ShardListSerializer, **PROBLEM_RESPONSES},
    )
    def get(self, _request: Request) -> Response:
        shown = {"items": [asdict(shard) for shard in published_shards()]}
        headers = {"Cache-Control": f"{self.scope}, {ASK_AGAIN}"}
        return Response(ShardListSerializer(shown).data, headers=headers)


class LogResource(LogRoute):
    """A checkpoint, a tile of hashes or a bundle of entries."""

    @property
    def is_public(self) -> bool:
        allowed = settings.CLINRAG_LOG_PUBLIC
        if str(self.kwargs.get("path", "")).startswith(ENTRIES):
            return bool(allowed == "all")
        return bool(allowed != "off")

    @extend_schema(
        operation_id="get_log_resource",
        summary="Read the published log (C2SP tlog-tiles)",
        description=(
            "`checkpoint`, `tile/<L>/<N>[.p/<W>]` and `tile/entries/<N>[.p/<W>]`, as"
            " far as the newest signed checkpoint goes. Checkpoint and hash tiles may"
            " be open to everybody; entries need `read_ledger` unless the operator"
            " publishes them too."
        ),
        parameters=[
            OpenApiParameter("shard", int, OpenApiParameter.PATH),
            OpenApiParameter("path", str, OpenApiParameter.PATH),
        ],
        responses={
            (200, "text/plain"): OpenApiTypes.STR,
            (200, "application/octet-stream"): OpenApiTypes.BINARY,
            **PROBLEM_RESPONSES,
        },
    )
    def get(self, request: Request, shard: str, path: str) -> HttpResponseBase:
        found = resource(int(shard), path)
        keeping = FOR_EVER if found.is_immutable else ASK_AGAIN
        response = HttpResponse(found.body, content_type=found.media_type)
        response.headers["Cache-Control"] = f"{self.scope}, {keeping}"
        etag = sha256(found.body).hexdigest()[:32]
        if path.startswith(ENTRIES):
            etag = _compress(request, response, found, etag)
        response.headers["ETag"] = f'"{etag}"'
        whole = request._request  # noqa: SLF001  DRF wraps Django's own request
        return (
            get_conditional_response(whole, etag=f'"{etag}"', response=response)
            or response
        )


def accepts_gzip(accepted: str) -> bool:
    """Whether an `Accept-Encoding` names gzip, with a weight above zero."""
    for one in accepted.split(","):
        coding, semicolon, weight = one.partition(";")
        if coding.strip().lower() == GZIP:
            return not _WEIGHT.fullmatch(semicolon + weight)
    return False


def _compress(
    request: Request, response: HttpResponse, found: Resource, etag: str
) -> str:
    """Compress for those who accept it; the entity tag of what is sent."""
    patch_vary_headers(response, ["Accept-Encoding"])
    if not accepts_gzip(request.headers.get("Accept-Encoding", "")):
        return etag
    response.content = gzip.compress(found.body, mtime=0)
    response.headers["Content-Encoding"] = GZIP
    return f"{etag}-{GZIP}"
