"""Pieces of the OpenAPI description that many routes share, and its finishing.

The description is generated from the routes; a copy is checked in, and a test
holds the two equal, so that a change of the interface is seen in review.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from drf_spectacular.utils import OpenApiParameter, OpenApiResponse

from clinrag.api.callers import ON_BEHALF_OF
from clinrag.api.responses import MEDIA_TYPE
from clinrag.api.schemes import ApiKeyScheme, PersonScheme
from clinrag.api.serializers.fields import ProblemSerializer

# Importing an extension registers it.
SCHEMES: Final = (ApiKeyScheme, PersonScheme)

_PROBLEM: Final = OpenApiResponse(ProblemSerializer, description="Problem details.")

PROBLEM_RESPONSES: Final[Mapping[Any, Any]] = MappingProxyType(
    {(status, MEDIA_TYPE): _PROBLEM for status in ("4XX", "5XX")}
)

IDEMPOTENCY_KEY: Final = OpenApiParameter(
    "Idempotency-Key",
    str,
    OpenApiParameter.HEADER,
    description="Same key and body: the first answer again, and no second effect.",
)
PREFER: Final = OpenApiParameter(
    "Prefer",
    str,
    OpenApiParameter.HEADER,
    description="`wait=N`: wait up to N (at most 5) seconds for the inclusion proof.",
)
ACTS_FOR: Final = OpenApiParameter(
    ON_BEHALF_OF,
    str,
    OpenApiParameter.HEADER,
    description="The end user an application acts for, as an opaque identifier.",
)
IF_MATCH: Final = OpenApiParameter(
    "If-Match",
    str,
    OpenApiParameter.HEADER,
    description=(
        "The ETag it was read with: refused with 412 if it has changed since. Where the"
        " state of a version or a document changes, 428 without it; `*` is any state."
    ),
)
UPLOAD: Final = {
    "multipart/form-data": {
        "type": "object",
        "required": ["file"],
        "additionalProperties": False,
        "properties": {
            "file": {
                "type": "string",
                "format": "binary",
                "description": "PDF, DOCX, ODT, HTML, Markdown or plain text.",
            },
            "label": {
                "type": "string",
                "maxLength": 200,
                "description": "The edition's name, e.g. “2022 edition”.",
            },
        },
    }
}
