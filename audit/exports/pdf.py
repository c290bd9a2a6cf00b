"""The summary of a package as PDF.

Promises the same bytes for the same words, and text that no reader of the file takes
for markup. Letters that the built-in fonts lack (beyond Latin-1) are shown as `?`.
"""

import io
from collections.abc import Sequence
from html import escape
from typing import Any, Final

from reportlab.lib import colors
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle, getSampleStyleSheet
from reportlab.lib.units import mm
from reportlab.platypus import Paragraph, SimpleDocTemplate, Spacer, Table, TableStyle

from audit.exports.summary import Section
from audit.exports.wording import is_whole

MARGIN: Final = 18 * mm
_LINES: Final = TableStyle(
    [
        ("LINEBELOW", (0, 0), (-1, -1), 0.4, colors.HexColor("#bbbbbb")),
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
        ("LEFTPADDING", (0, 0), (-1, -1), 0),
    ]
)


def render(sections: Sequence[Section]) -> bytes:
    """The whole file."""
    buffer = io.BytesIO()
    document = SimpleDocTemplate(
        buffer,
        pagesize=A4,
        leftMargin=MARGIN,
        rightMargin=MARGIN,
        topMargin=MARGIN,
        bottomMargin=MARGIN,
        title=sections[0].heading,
        author="ClinRAG",
        lang="en",
        invariant=1,
    )
    story: list[Any] = []
    for number, section in enumerate(sections):
        story += _section(section, "Heading2" if number else "Title", document.width)
    document.build(story)
    return buffer.getvalue()


def _section(section: Section, style: str, width: float) -> list[Any]:
    styles = getSampleStyleSheet()
    story: list[Any] = [Paragraph(_plain(section.heading), styles[style])]
    body = styles["BodyText"]
    story += [Paragraph(_plain(text), body) for text in section.paragraphs]
    if section.rows:
        story += [Spacer(1, 2 * mm), _table(section, body, width)]
    return story


def _table(section: Section, body: ParagraphStyle, width: float) -> Table:
    """A hash or an id is set small, so that it stays on one line."""
    small = ParagraphStyle("Whole", body, fontSize=7)
    rows = [*([section.header] if section.header else []), *section.rows]
    cells = [
        [Paragraph(_plain(cell), small if is_whole(cell) else body) for cell in row]
        for row in rows
    ]
    shares = section.widths or [1 / len(rows[0])] * len(rows[0])
    return Table(
        cells,
        colWidths=[width * share for share in shares],
        repeatRows=1 if section.header else 0,
        style=_LINES,
    )


def _plain(text: str) -> str:
    shown = text.encode("latin-1", "replace").decode("latin-1")
    return escape(shown)
