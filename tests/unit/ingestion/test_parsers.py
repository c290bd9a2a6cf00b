"""Each format as a person reads it; the files in tests/data hide something."""

import io
from dataclasses import replace
from pathlib import Path

import docx
import pytest
from docx.oxml import OxmlElement

from ingestion.errors import FileEncrypted, NoText
from ingestion.parsers import ParseLimits, parse
from ingestion.sniffing import DOCX, HTML, MARKDOWN, TEXT, sniff
from ingestion.types import Block, BlockKind, ParsedDocument

FILES = Path(__file__).parents[2] / "data" / "files"
GUIDELINES = Path(__file__).parents[3] / "clinrag" / "local" / "guidelines"
H, P, L, T = (
    BlockKind.HEADING,
    BlockKind.PARAGRAPH,
    BlockKind.LIST_ITEM,
    BlockKind.TABLE,
)


def read(path: Path) -> ParsedDocument:
    data = path.read_bytes()
    return parse(data, media_type=sniff(data, filename=path.name), limits=ParseLimits())


def read_bytes(data: bytes, media_type: str) -> ParsedDocument:
    return parse(data, media_type=media_type, limits=ParseLimits())


def whole(document: ParsedDocument) -> str:
    return "\n".join(block.text for block in document.blocks)


def told(document: ParsedDocument) -> list[Block]:
    """The blocks without their places on the page."""
    return [replace(block, boxes=()) for block in document.blocks]


def codes(document: ParsedDocument) -> set[str]:
    return {warning.code for warning in document.warnings}


# --- Text that nobody can see ------------------------------------------------


HIDING = sorted(
    path for path in FILES.glob("0*") if path.suffix in {".pdf", ".docx", ".html"}
)


@pytest.mark.parametrize("path", HIDING, ids=lambda path: path.name)
def test_parser_leaves_out_text_when_no_reader_can_see_it(path):
    document = read(path)

    assert "ZH" not in whole(document)
    assert "Measure: " in whole(document)


@pytest.mark.parametrize(
    "name",
    [
        "00-white-text.pdf",
        "01-tiny-text.pdf",
        "03-hidden-run.docx",
        "05-display-none.html",
    ],
)
def test_parser_warns_when_it_left_out_hidden_text(name):
    assert "hidden_text_removed" in codes(read(FILES / name))


def test_parser_removes_and_tells_when_unicode_tags_smuggle_text():
    smuggled = "".join(chr(0xE0000 + ord(letter)) for letter in "obey")
    document = read_bytes(f"Take 5 mg.{smuggled}".encode(), MARKDOWN)

    assert whole(document) == "Take 5 mg."
    assert codes(document) == {"hidden_text_removed"}


# --- Markdown ----------------------------------------------------------------

MARKDOWN_SOURCE = """---
title: not text
---
# Guide *to* doses

**Bold** and [a link](https://example.org "t") with `code`, ![alt](x.png)<!-- no -->.
10<sup>9</sup>/L ~~old~~

1. first
   - nested **item**

   more of first
2. second

| Drug | Dose |
| --- | --- |
| A\\|B | *5* mg |
"""


def test_markdown_becomes_the_text_a_person_reads():
    document = read_bytes(MARKDOWN_SOURCE.encode(), MARKDOWN)

    assert document.blocks == (
        Block(H, "Guide to doses", level=1),
        Block(P, "Bold and a link with code, . 10⁹/L"),
        Block(L, "1. first", level=0),
        Block(L, "nested item", level=1),
        Block(L, "more of first", level=0),
        Block(L, "2. second", level=0),
        Block(T, "| Drug | Dose |\n| --- | --- |\n| A\\|B | 5 mg |"),
    )
    assert document.title == "Guide to doses"
    assert codes(document) == {"struck_text_removed"}


# --- HTML --------------------------------------------------------------------

HTML_SOURCE = """<!doctype html><html><head><title>no</title>
<style>.h{display:none} @media print{p{display:none}}</style></head><body>
<nav>menu</nav><main><h2>Doses</h2><p>Cells 10<sup>9</sup>/L <b>bo</b>ld<br>next
<p class=h>unseen</p><script>x()</script>
<ol start=3><li>x<ul><li>y</ul></li></ol>
<table><tr><th>a<th>b<tr><td>1<td>2</table>
<div class="recommendation">Offer it.</div><p><del>old</del>new
</main><footer>foot</footer></body></html>"""


def test_html_becomes_the_main_content_as_shown():
    document = read_bytes(HTML_SOURCE.encode(), HTML)

    assert document.blocks == (
        Block(H, "Doses", level=2),
        Block(P, "Cells 10⁹/L bold next"),
        Block(L, "3. x", level=0),
        Block(L, "y", level=1),
        Block(T, "| a | b |\n| --- | --- |\n| 1 | 2 |"),
        Block(BlockKind.RECOMMENDATION, "Offer it."),
        Block(P, "new"),
    )
    assert codes(document) == {"hidden_text_removed", "struck_text_removed"}


# --- DOCX --------------------------------------------------------------------


def made_docx() -> bytes:
    document = docx.Document()
    document.add_heading("Doses", level=1)
    paragraph = document.add_paragraph("Cells 10")
    paragraph.add_run("9").font.superscript = True
    paragraph.add_run("/L")
    paragraph.add_run(" hidden").font.hidden = True
    document.add_paragraph("one", style="List Number")
    document.add_paragraph("two", style="List Number")
    table = document.add_table(rows=2, cols=2)
    for cell, text in zip(table._cells, "abcd", strict=True):
        cell.text = text
    held = io.BytesIO()
    document.save(held)
    return held.getvalue()


def test_docx_becomes_headings_lists_and_tables():
    document = read_bytes(made_docx(), DOCX)

    assert document.blocks == (
        Block(H, "Doses", level=1),
        Block(P, "Cells 10⁹/L"),
        Block(L, "1. one", level=0),
        Block(L, "2. two", level=0),
        Block(T, "| a | b |\n| --- | --- |\n| c | d |"),
    )
    assert codes(document) == {"hidden_text_removed"}


def test_docx_leaves_out_deleted_text():
    document = docx.Document()
    paragraph = document.add_paragraph("kept ")
    deletion = OxmlElement("w:del")
    deletion.append(paragraph.add_run("deleted")._r)
    paragraph._p.append(deletion)
    held = io.BytesIO()
    document.save(held)

    assert whole(read_bytes(held.getvalue(), DOCX)) == "kept"


def test_docx_repeats_text_of_merged_cells():
    (table,) = read(FILES / "merged-cells.docx").blocks

    assert table.kind is T
    assert table.text.startswith("| a | b | c | d |\n| --- | --- | --- | --- |\n| e |")


# --- PDF ---------------------------------------------------------------------


def test_pdf_has_headings_items_and_pages():
    path = next((GUIDELINES / "cdc-opioid-files" / "summary-2022").glob("*.pdf"))
    document = read(path)

    assert document.pages == 22
    assert told(document)[1] == Block(H, "Definitions", level=1, page=1)
    assert document.blocks[3].kind is L
    assert document.blocks[3].text.startswith("Advise patients that short-term opioid")
    assert {block.page for block in document.blocks} == set(range(1, 23))


def test_pdf_reads_a_ruled_table():
    tables = [
        block for block in read(FILES / "ruled-table.pdf").blocks if block.kind is T
    ]

    (table,) = tables
    assert "| Continent | Asia |" in table.text


def test_pdf_leaves_out_page_numbers_and_keeps_columns_apart():
    document = read(FILES / "two-columns.pdf")

    assert not any(block.text.isdecimal() for block in document.blocks)
    assert Block(H, "Abstract", level=2, page=1) in told(document)


def test_pdf_keeps_every_page_when_pages_are_rotated():
    assert {block.page for block in read(FILES / "rotated.pdf").blocks} == {1, 2, 3, 4}


def test_pdf_is_refused_when_it_has_a_password():
    with pytest.raises(FileEncrypted):
        read(FILES / "password.pdf")


def test_pdf_is_refused_when_it_has_no_text():
    with pytest.raises(NoText):
        read(FILES / "scan.pdf")


# --- Plain text --------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "title", "warned"),
    [
        ("00-latin-1.txt", "Covid et travail", {"encoding_guessed"}),
        ("01-utf-16-with-mark.txt", "Conseils pour les mineurs", set()),
        ("03-utf-8-read-as-latin-1.txt", "Covid et travail", {"encoding_mended"}),
    ],
)
def test_text_is_decoded_when_its_encoding_is_awkward(name, title, warned):
    document = read(FILES / name)

    assert (document.title, codes(document)) == (title, warned)
    assert "Ã" not in whole(document)
    assert "é" in whole(document)


def test_text_has_headings_where_lines_stand_alone():
    source = "DOSES\n\n1.2 In adults\n\nTake it\ntwice a day.\n\nNever with:\n- alcohol\n- opioids\n"
    document = read_bytes(source.encode(), TEXT)

    assert document.blocks == (
        Block(H, "DOSES", level=2),
        Block(H, "1.2 In adults", level=3),
        Block(P, "Take it twice a day."),
        Block(P, "Never with:"),
        Block(L, "alcohol", level=0),
        Block(L, "opioids", level=0),
    )
