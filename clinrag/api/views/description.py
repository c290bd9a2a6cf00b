"""The OpenAPI description, and two pages that show it without the network.

Both viewers write style elements while they run, so their pages alone allow
inline styles; scripts stay limited to our own files.
"""

import json
from functools import lru_cache

from csp.constants import UNSAFE_INLINE
from csp.decorators import csp_update
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe
from drf_spectacular.generators import SchemaGenerator

MEDIA_TYPE = "application/vnd.oai.openapi+json"
MAY_STYLE = {"style-src": [UNSAFE_INLINE]}


@require_safe
def openapi(_request: HttpRequest) -> HttpResponse:
    """The description as JSON, the same for everybody."""
    return HttpResponse(_description(), content_type=MEDIA_TYPE)


@require_safe
@csp_update(MAY_STYLE)
def swagger(request: HttpRequest) -> HttpResponse:
    """Swagger UI: read and try."""
    return render(request, "api/swagger.html")


@require_safe
@csp_update(MAY_STYLE)
def redoc(request: HttpRequest) -> HttpResponse:
    """Redoc: read."""
    return render(request, "api/redoc.html")


@lru_cache(maxsize=1)
def _description() -> bytes:
    generator = SchemaGenerator()  # type: ignore[no-untyped-call]
    schema = generator.get_schema(public=True)  # type: ignore[no-untyped-call]
    return json.dumps(schema, ensure_ascii=False).encode()
