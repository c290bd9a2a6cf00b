"""What Word draws and no run holds: numbers, accepted changes, notes, merged cells."""

import io

import docx
import pytest
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls

from ingestion.errors import ChangesUnsettled
from ingestion.parsers import ParseLimits, parse
from ingestion.sniffing import DOCX
from ingestion.types import BlockKind, ParsedDocument

LEVELS = """<w:abstractNum {w} w:abstractNumId="90">
<w:lvl w:ilvl="0"><w:start w:val="3"/><w:numFmt w:val="decimal"/><w:lvlText w:val="%1"/></w:lvl>
<w:lvl w:ilvl="1"><w:start w:val="1"/><w:numFmt w:val="decimal"/><w:lvlText w:val="%1.%2"/></w:lvl>
<w:lvl w:ilvl="2"><w:start w:val="1"/><w:numFmt w:val="lowerLetter"/><w:lvlText w:val="%3)"/></w:lvl>
<w:lvl w:ilvl="3"><w:start w:val="4"/><w:numFmt w:val="upperRoman"/><w:lvlText w:val="%4."/></w:lvl>
<w:lvl w:ilvl="4"><w:numFmt w:val="bullet"/><w:lvlText w:val="o"/></w:lvl>
</w:abstractNum>"""
NUMBER = '<w:num {w} w:numId="{id}"><w:abstractNumId w:val="90"/>{more}</w:num>'
AGAIN = '<w:lvlOverride w:ilvl="0"><w:startOverride w:val="1"/></w:lvlOverride>'
W = nsdecls("w")


def numbered_document() -> docx.document.Document:
    document = docx.Document()
    numbering = document.part.numbering_part.element
    numbering.append(parse_xml(LEVELS.format(w=W)))
    for identity, more in ((90, ""), (91, ""), (92, AGAIN)):
        numbering.append(parse_xml(NUMBER.format(w=W, id=identity, more=more)))
    return document


def add(document, text: str, level: int, *, number: int = 90, style=None) -> None:
    paragraph = document.add_paragraph(text, style=style)
    paragraph._p.get_or_add_pPr().append(
        parse_xml(
            f'<w:numPr {W}><w:ilvl w:val="{level}"/><w:numId w:val="{number}"/></w:numPr>'
        )
    )


def read(document, **limits: str) -> ParsedDocument:
    file = io.BytesIO()
    document.save(file)
    return parse(file.getvalue(), media_type=DOCX, limits=ParseLimits(**limits))


def texts(document) -> list[str]:
    return [block.text for block in read(document).blocks]


def test_numbers_are_those_that_word_draws():
    document = numbered_document()
    for text, level in [
        ("a", 0), ("b", 1), ("c", 1), ("d", 2), ("e", 2), ("f", 3), ("g", 4),
        ("h", 1), ("i", 2), ("j", 0), ("k", 1),
    ]:  # fmt: skip
        add(document, text, level)

    assert texts(document) == [
        "3 a", "3.1 b", "3.2 c", "a) d", "b) e", "IV. f", "g", "3.3 h", "a) i", "4 j",
        "4.1 k",
    ]  # fmt: skip


def test_numbers_stand_before_headings():
    document = numbered_document()
    add(document, "Doses", 0, style="Heading 1")
    add(document, "Adults", 1, style="Heading 2")

    found = read(document).blocks

    assert [(one.kind, one.level, one.text) for one in found] == [
        (BlockKind.HEADING, 1, "3 Doses"),
        (BlockKind.HEADING, 2, "3.1 Adults"),
    ]


def test_list_counts_on_with_its_likes_and_anew_when_it_says_so():
    document = numbered_document()
    for text, number in [("a", 90), ("b", 91), ("c", 92), ("d", 92)]:
        add(document, text, 0, number=number)

    assert texts(document) == ["3 a", "4 b", "1 c", "2 d"]


@pytest.mark.parametrize(
    ("tag", "expected"),
    [("ins", "Give 90 mg."), ("del", "Give mg."), ("moveFrom", "Give mg.")],
)
def test_tracked_changes_are_accepted_and_counted(tag, expected):
    document = docx.Document()
    paragraph = document.add_paragraph("Give ")
    kind = "delText" if tag == "del" else "t"
    paragraph._p.append(
        parse_xml(
            f'<w:{tag} {W} w:id="1" w:author="x"><w:r><w:{kind}>90 </w:{kind}></w:r></w:{tag}>'
        )
    )
    paragraph.add_run("mg.")

    found = read(document)

    assert [block.text for block in found.blocks] == [expected]
    (warning,) = found.warnings
    assert warning.code == "tracked_changes_accepted"
    assert warning.message.endswith(": 1.")


CHANGED = (
    f'<w:ins {W} w:id="1" w:author="x"><w:r><w:t>90 </w:t></w:r></w:ins>',
    f'<w:del {W} w:id="2" w:author="x"><w:r><w:delText>120 </w:delText></w:r></w:del>',
)
MARK = f'<w:rPr {W}><w:del w:id="3" w:author="x"/></w:rPr>'


def changed_document(*, row: str = "ins", cell: str = "cellDel"):
    """A paragraph, a row and a cell that somebody is still changing."""
    document = docx.Document()
    paragraph = document.add_paragraph("Give ")
    for xml in CHANGED:
        paragraph._p.append(parse_xml(xml))
    paragraph.add_run("mg.")
    table = document.add_table(rows=3, cols=3)
    for place, one in enumerate(table.rows):
        for column, cell_of in enumerate(one.cells):
            cell_of.text = f"r{place}c{column}"
    table.rows[2]._tr.get_or_add_trPr().append(
        parse_xml(f'<w:{row} {W} w:id="4" w:author="x"/>')
    )
    table.rows[1].cells[2]._tc.get_or_add_tcPr().append(
        parse_xml(f'<w:{cell} {W} w:id="5" w:author="x"/>')
    )
    return document


@pytest.mark.parametrize(
    ("policy", "sentence", "shown", "gone"),
    [
        ("accept", "Give 90 mg.", "r2c0", "r1c2"),
        ("reject", "Give 120 mg.", "r1c2", "r2c0"),
    ],
)
def test_tracked_changes_are_read_as_the_policy_says(policy, sentence, shown, gone):
    found = read(changed_document(), tracked_changes=policy)

    text, table = found.blocks
    assert text.text == sentence
    assert shown in table.text
    assert gone not in table.text
    (warning,) = found.warnings
    assert (warning.code, warning.message[-4:]) == (
        f"tracked_changes_{policy}ed",
        ": 4.",
    )


def test_file_is_refused_when_its_changes_are_not_settled():
    with pytest.raises(ChangesUnsettled):
        read(changed_document(), tracked_changes="refuse")
    marked = docx.Document()
    paragraph = marked.add_paragraph("Give 5 mg.")
    assert read(marked, tracked_changes="refuse").warnings == ()
    paragraph._p.get_or_add_pPr().append(parse_xml(MARK))
    with pytest.raises(ChangesUnsettled):
        read(marked, tracked_changes="refuse")


def test_row_is_left_out_when_its_deletion_is_tracked():
    document = docx.Document()
    table = document.add_table(rows=3, cols=2)
    for place, row in enumerate(table.rows):
        row.cells[0].text, row.cells[1].text = f"drug {place}", f"{place} mg"
    table.rows[1]._tr.get_or_add_trPr().append(
        parse_xml(f'<w:del {W} w:id="1" w:author="x"/>')
    )

    found = read(document)

    assert "drug 1" not in found.blocks[0].text
    assert "drug 2" in found.blocks[0].text
    assert [one.code for one in found.warnings] == ["tracked_changes_accepted"]


def test_numbers_in_a_frame_are_counted_once():
    document = numbered_document()
    cell = document.add_table(rows=1, cols=1).rows[0].cells[0]
    add(cell, "in the frame", 0)
    add(document, "after it", 0)

    assert texts(document) == ["3 in the frame", "4 after it"]
