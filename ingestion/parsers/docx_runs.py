"""The visible text of a DOCX paragraph.

Promises: insertions are text and deletions are not, or the other way round where
changes are rejected; what is hidden, white on nothing, or smaller than dust is left out
and remembered; raised digits stay raised.
Will not: read comments, field codes or the fall-back copy of a drawing.
"""

from typing import Any, Final

from docx.oxml.ns import qn

from ingestion.parsers.wording import superscript

TEXT: Final = qn("w:t")
DELETED_TEXT: Final = qn("w:delText")
RUN: Final = qn("w:r")
PARAGRAPH: Final = qn("w:p")
BREAKS: Final = frozenset({qn("w:tab"), qn("w:br"), qn("w:cr"), qn("w:ptab")})
NO_BREAK_HYPHEN: Final = qn("w:noBreakHyphen")
SKIPPED: Final = frozenset(
    {
        qn("w:instrText"),
        qn("w:delInstrText"),
        qn("w:pPr"),
        qn("w:rPr"),
        qn("w:txbxContent"),
        "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback",
    }
)
ADDED: Final = frozenset({qn("w:ins"), qn("w:moveTo")})
TAKEN: Final = frozenset({qn("w:del"), qn("w:moveFrom")})
CHANGES: Final = ADDED | TAKEN
MARKS: Final = tuple(
    f"{qn('w:pPr')}/{qn('w:rPr')}/{qn(name)}" for name in ("w:ins", "w:del")
)
OFF: Final = frozenset({"0", "false", "off", "none"})
DUST_HALF_POINTS: Final = 4
WHITE: Final = "FFFFFF"


class Runs:
    """Reads paragraphs one after the other and remembers what it left out."""

    def __init__(self, *, rejects: bool = False) -> None:
        self.gone = ADDED if rejects else TAKEN
        self._shown = frozenset({TEXT, DELETED_TEXT} if rejects else {TEXT})
        self.left_out_hidden = False
        self.left_out_struck = False
        self.changes = 0  # tracked insertions, deletions and moves
        self.marks = 0  # of paragraphs that were begun or joined

    def text(self, paragraph: Any) -> str:
        self.marks += any(paragraph.find(mark) is not None for mark in MARKS)
        parts: list[str] = []
        stack = list(reversed(paragraph))
        while stack:
            element = stack.pop()
            self.changes += element.tag in CHANGES
            if not isinstance(element.tag, str):
                continue
            if element.tag in SKIPPED or element.tag in self.gone:
                continue
            if element.tag == RUN:
                parts.append(self._run(element))
            else:
                stack.extend(reversed(element))
        return "".join(parts)

    def _run(self, run: Any) -> str:
        text = "".join(_characters(child, self._shown) for child in run)
        properties = run.find(qn("w:rPr"))
        if not text.strip() or properties is None:
            return text
        if _is_hidden(run, properties):
            self.left_out_hidden = True
            return ""
        if _is_on(properties, "w:strike") or _is_on(properties, "w:dstrike"):
            self.left_out_struck = True
            return ""
        raised = _value(properties, "w:vertAlign") == "superscript"
        return superscript(text) if raised else text


def _characters(child: Any, shown: frozenset[str]) -> str:
    if child.tag in shown:
        return child.text or ""
    if child.tag in BREAKS:
        return " "
    return "-" if child.tag == NO_BREAK_HYPHEN else ""


def _is_hidden(run: Any, properties: Any) -> bool:
    if _is_on(properties, "w:vanish") or _is_on(properties, "w:webHidden"):
        return True
    size = _value(properties, "w:sz") or ""
    if size.isdecimal() and int(size) <= DUST_HALF_POINTS:
        return True
    color = (_value(properties, "w:color") or "").upper()
    return color == WHITE and not _is_shaded(run, properties)


def _is_shaded(run: Any, properties: Any) -> bool:
    """Whether anything around the run has a colour that white can stand on."""
    if properties.find(qn("w:highlight")) is not None:
        return True
    above = (run, *run.iterancestors(PARAGRAPH, qn("w:tc"), qn("w:tbl")))
    if any(_has_shading(element) for element in above):
        return True
    # A style of the table or the paragraph may colour the ground: not a trick.
    return any(
        element.find(f"{qn('w:tblPr')}/{qn('w:tblStyle')}") is not None
        for element in above
    )


def _has_shading(element: Any) -> bool:
    shading = element.find(f"*/{qn('w:shd')}")
    if shading is None:
        return False
    return (shading.get(qn("w:fill")) or "auto").upper() not in {"AUTO", WHITE}


def _is_on(properties: Any, name: str) -> bool:
    found = properties.find(qn(name))
    return found is not None and (found.get(qn("w:val")) or "1").lower() not in OFF


def _value(properties: Any, name: str) -> str | None:
    found = properties.find(qn(name))
    value: str | None = None if found is None else found.get(qn("w:val"))
    return value
