"""A comparison as a Word file whose changes are tracked changes.

Promises: real revision marks (`w:ins`, `w:del`, ECMA-376 part 1, 17.13.5), so that
accepting all gives the new text and rejecting all the old one. Will not: keep
characters that XML cannot hold (control characters); dates of revisions are left out,
so that the same comparison gives the same document.
"""

import re
from collections.abc import Iterator
from io import BytesIO
from itertools import count
from typing import Any, Final

from docx import Document
from docx.oxml import OxmlElement
from docx.oxml.ns import qn

from ingestion.diffing.redlines.titles import Titles
from ingestion.diffing.types import Comparison, Risk, SectionChange
from ingestion.diffing.words import WordMark, WordOp

AUTHOR: Final = "Comparison of editions"
NOT_XML: Final = re.compile(r"[^\t\n\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
REVISION: Final = {WordOp.INSERT: "w:ins", WordOp.DELETE: "w:del"}
HEADINGS: Final = ("Risk", "Was", "Is", "Why", "Section")


def write(comparison: Comparison, titles: Titles) -> bytes:
    """Return the file's bytes."""
    document = Document()
    document.core_properties.title = _clean(titles.document)
    document.core_properties.author = AUTHOR
    document.add_heading(_clean(titles.document), level=1)
    document.add_paragraph(_clean(f"{titles.old} → {titles.new}"))
    if comparison.risks:
        document.add_heading("Changes to look at first", level=2)
        _add_risks(document, comparison)
    numbers = count(1)
    for section in comparison.changes:
        _add_section(document, section, numbers)
    file = BytesIO()
    document.save(file)
    return file.getvalue()


def _add_risks(document: Any, comparison: Comparison) -> None:
    table = document.add_table(rows=1, cols=len(HEADINGS), style="Table Grid")
    for cell, words in zip(table.rows[0].cells, HEADINGS, strict=True):
        cell.text = words
    for risk in comparison.risks:
        for cell, words in zip(table.add_row().cells, _cells(risk), strict=True):
            cell.text = _clean(words)


def _cells(risk: Risk) -> tuple[str, ...]:
    grade = f"{risk.grade}, {risk.kind}"
    return grade, risk.old, risk.new, risk.reason, " › ".join(risk.path)


def _add_section(document: Any, section: SectionChange, numbers: Iterator[int]) -> None:
    title = section.path[-1] if section.path else "Beginning"
    document.add_heading(_clean(f"{title} ({section.kind})"), level=2)
    if section.old_path and section.old_path != section.path:
        document.add_paragraph(_clean(f"was at: {' › '.join(section.old_path)}"))
    paragraph = document.add_paragraph()
    marks = section.words or (WordMark(WordOp.EQUAL, section.new_text),)
    for mark in marks:
        _add_mark(paragraph, mark, numbers)


def _add_mark(paragraph: Any, mark: WordMark, numbers: Iterator[int]) -> None:
    run = _run(mark)
    if mark.op is WordOp.EQUAL:
        paragraph._p.append(run)  # noqa: SLF001  python-docx has no revisions
        return
    revision = OxmlElement(REVISION[mark.op])
    revision.set(qn("w:id"), str(next(numbers)))
    revision.set(qn("w:author"), AUTHOR)
    revision.append(run)
    paragraph._p.append(revision)  # noqa: SLF001


def _run(mark: WordMark) -> Any:
    run = OxmlElement("w:r")
    tag = "w:delText" if mark.op is WordOp.DELETE else "w:t"
    for number, line in enumerate(_clean(mark.text).split("\n")):
        if number:
            run.append(OxmlElement("w:br"))
        if line:
            text = OxmlElement(tag)
            text.set(qn("xml:space"), "preserve")
            text.text = line
            run.append(text)
    return run


def _clean(text: str) -> str:
    return NOT_XML.sub("", text)
