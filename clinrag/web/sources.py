"""The file of an edition as a page may hand it out.

Promises: a file is only ever a download, under a name and a type that are ours to
choose, and in a sandbox of its own should a browser open it all the same: what a
publisher wrote into a document runs nowhere. Will not: decide who may have it.
"""

import re
from typing import Final

from django.http import HttpResponse
from django.utils.http import content_disposition_header

from ingestion.lifecycle import Status
from ingestion.queries import VersionView

PDF: Final = "application/pdf"
TYPES: Final = frozenset(
    {
        PDF,
        "application/vnd.oasis.opendocument.text",
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        "text/html",
        "text/markdown",
        "text/plain",
    }
)
# Files that were too large or empty are on record by their hash alone.
NOT_KEPT: Final = frozenset({"file_too_large", "content_not_found"})
_UNFIT: Final = re.compile(r"[^\w .()\-]+")


def is_shown_as_pages(version: VersionView) -> bool:
    """Whether its source can be looked at page by page."""
    return version.media_type == PDF and source_is_kept(version)


def source_is_kept(version: VersionView) -> bool:
    """Whether there is a file to hand out."""
    failed = version.status == Status.FAILED
    return not (failed and version.failure_code in NOT_KEPT)


def source_response(version: VersionView, data: bytes) -> HttpResponse:
    """The file's bytes with the headers that keep them from acting here.

    Content-Disposition is that of RFC 6266; `sandbox` that of CSP Level 3.
    """
    known = version.media_type in TYPES
    kind = version.media_type if known else "application/octet-stream"
    response = HttpResponse(data, content_type=kind)
    name = _UNFIT.sub("_", version.filename).strip(". ") or "source"
    response.headers["Content-Disposition"] = content_disposition_header(
        as_attachment=True, filename=name
    )
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cross-Origin-Resource-Policy"] = "same-origin"
    return response
