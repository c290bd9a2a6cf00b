"""ODT files written by hand, as small as a test needs them."""

import io
import zipfile
from collections.abc import Mapping

from ingestion.parsers import ParseLimits, parse
from ingestion.parsers.odt_styles import URNS
from ingestion.sniffing import ODT, sniff
from ingestion.types import ParsedDocument

SPACES = " ".join(
    f'xmlns:{name}="{urn}"' for name, urn in URNS.items() if name != "xml"
)


def packed(
    body: str, *, styles: str = "", kind: str = ODT, parts: Mapping[str, str] = {}
) -> bytes:
    """An ODT with this body and these automatic styles, and other parts by name."""
    content = (
        f'<?xml version="1.0"?><office:document-content {SPACES}>'
        f"<office:automatic-styles>{styles}</office:automatic-styles>"
        f"<office:body><office:text>{body}</office:text></office:body>"
        "</office:document-content>"
    )
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", kind, zipfile.ZIP_STORED)
        archive.writestr("content.xml", content)
        for name, text in parts.items():
            archive.writestr(name, text)
    return file.getvalue()


def read(body: str, *, policy: str = "accept", **options: object) -> ParsedDocument:
    """The document, as the reading process gives it."""
    data = packed(body, **options)  # type: ignore[arg-type]
    assert sniff(data, filename="a.odt") == ODT
    return parse(data, media_type=ODT, limits=ParseLimits(tracked_changes=policy))
