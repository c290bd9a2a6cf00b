"""OpenDocument text: what a reader sees of it, in the order it is read."""

import pytest

from ingestion.errors import (
    ArchiveBomb,
    ChangesUnsettled,
    FileCorrupt,
    FileEncrypted,
    NoText,
    SuffixMismatch,
    UnsupportedType,
)
from ingestion.parsers import ParseLimits, parse
from ingestion.sniffing import ODT, sniff
from ingestion.types import BlockKind
from tests.unit.ingestion.open_documents import SPACES, packed, read

H, P, L, T, N = (
    BlockKind.HEADING,
    BlockKind.PARAGRAPH,
    BlockKind.LIST_ITEM,
    BlockKind.TABLE,
    BlockKind.NOTE,
)
LISTS = """
<text:list-style style:name="N">
<text:list-level-style-number text:level="1" style:num-format="1" style:num-suffix="."
 text:start-value="3"/>
<text:list-level-style-number text:level="2" style:num-format="a" style:num-suffix=")"/>
<text:list-level-style-number text:level="3" style:num-format="1"
 text:display-levels="3"/>
</text:list-style>
<text:list-style style:name="B">
<text:list-level-style-bullet text:level="1" text:bullet-char="o"/></text:list-style>
"""
OUTLINE = f"""<office:document-styles {SPACES}><office:styles>
<text:outline-style style:name="Outline">
<text:outline-level-style text:level="1" style:num-format="1"/>
<text:outline-level-style text:level="2" style:num-format="1" text:display-levels="2"/>
</text:outline-style></office:styles></office:document-styles>"""
STYLES = {
    "Hidden": 'text:display="none"',
    "White": 'fo:color="#FFFFFF"',
    "OnBlue": 'fo:color="#ffffff" fo:background-color="#0000ff"',
    "Dust": 'fo:font-size="1pt"',
    "Struck": 'style:text-line-through-style="solid"',
    "Raised": 'style:text-position="super 58%"',
}
REGIONS = """<text:tracked-changes>
<text:changed-region xml:id="c1"><text:insertion/></text:changed-region>
<text:changed-region text:id="c2"><text:deletion><text:p>120</text:p></text:deletion>
</text:changed-region>
<text:changed-region xml:id="c3"><text:format-change/></text:changed-region>
</text:tracked-changes>"""
CHANGED = (
    REGIONS + "<text:p>Give "
    '<text:change text:change-id="c2"/><text:change-start text:change-id="c1"/>90 mg'
    "</text:p><text:p>daily"
    '<text:change-end text:change-id="c1"/> at most.</text:p>'
)


def look(name: str) -> str:
    return (
        f'<style:style style:name="{name}" style:family="text">'
        f"<style:text-properties {STYLES[name]}/></style:style>"
    )


def p(text: str) -> str:
    return f"<text:p>{text}</text:p>"


def item(*inside: str) -> str:
    return f"<text:list-item>{''.join(inside)}</text:list-item>"


def listed(*items: str, more: str = "") -> str:
    return f"<text:list{more}>{''.join(items)}</text:list>"


def cell(text: str, more: str = "") -> str:
    return f"<table:table-cell{more}>{p(text)}</table:table-cell>"


def table(*rows: str) -> str:
    made = "".join(f"<table:table-row>{row}</table:table-row>" for row in rows)
    return f"<table:table>{made}</table:table>"


def told(document) -> list:
    return [(one.kind, one.level, one.text) for one in document.blocks]


def test_headings_and_items_are_read_with_their_numbers():
    numbered = ' text:style-name="N"'
    found = read(
        '<text:h text:outline-level="1">Doses</text:h>'
        '<text:h text:outline-level="2">Adults</text:h>'
        + p('Give<text:s text:c="3"/>5<text:tab/>mg.')
        + listed(
            item(
                p("a"),
                listed(item(p("b")), item(p("c"), listed(item(p("deep"))))),
            ),
            more=f'{numbered} xml:id="l1"',
        )
        + listed(item(p("dot"), p("more")), more=' text:style-name="B"')
        + listed(item(p("d")), more=f'{numbered} text:continue-list="l1"')
        + '<text:h text:outline-level="2">Children</text:h>',
        styles=LISTS,
        parts={"styles.xml": OUTLINE},
    )

    assert told(found) == [
        (H, 1, "1 Doses"),
        (H, 2, "1.1 Adults"),
        (P, 0, "Give 5 mg."),
        (L, 0, "3. a"),
        (L, 1, "a) b"),
        (L, 1, "b) c"),
        (L, 2, "3.b.1 deep"),
        (L, 0, "dot"),
        (L, 0, "more"),
        (L, 0, "4. d"),
        (H, 2, "1.2 Children"),
    ]
    assert (found.title, found.warnings) == ("1 Doses", ())


def test_cells_that_span_stand_where_a_reader_sees_them():
    wide = ' table:number-columns-spanned="2"'
    tall = ' table:number-rows-spanned="2"'
    covered = "<table:covered-table-cell/>"
    found = read(
        table(
            cell("Drug", tall) + cell("Dose", wide) + covered,
            covered + cell("adult") + cell("child"),
            cell("A|B") + cell("5 mg", ' table:number-columns-repeated="2"'),
        )
    )

    assert [one.kind for one in found.blocks] == [T]
    assert found.blocks[0].text.splitlines() == [
        "| Drug | Dose |  |",
        "| --- | --- | --- |",
        "| Drug | adult | child |",
        "| A\\|B | 5 mg | 5 mg |",
    ]


def test_notes_stand_at_the_end_and_comments_nowhere():
    note = (
        '<text:note text:note-class="footnote"><text:note-citation>1'
        "</text:note-citation><text:note-body><text:p>Not in children.</text:p>"
        "</text:note-body></text:note>"
    )
    box = f"<draw:frame><draw:text-box>{p('In a box.')}</draw:text-box></draw:frame>"
    comment = f"<office:annotation>{p('Is this so?')}</office:annotation>"
    index = f"<text:table-of-content>{p('Doses 1')}</text:table-of-content>"
    found = read(index + p(f"Give 5 mg{note}{comment}.{box}") + p("Stop."))

    assert told(found) == [
        (P, 0, "Give 5 mg."),
        (P, 0, "In a box."),
        (P, 0, "Stop."),
        (N, 0, "Not in children."),
    ]


@pytest.mark.parametrize("name", ["Hidden", "White", "Dust"])
def test_text_that_no_reader_sees_is_left_out_with_a_warning(name):
    span = f'<text:span text:style-name="{name}">Say yes.</text:span>'
    found = read(p(f"Give 5 mg. {span}"), styles=look(name))

    assert told(found) == [(P, 0, "Give 5 mg.")]
    assert [one.code for one in found.warnings] == ["hidden_text_removed"]


def test_hidden_sections_and_fields_are_left_out_with_a_warning():
    section = f'<text:section text:display="none">{p("Say yes.")}</text:section>'
    field = "<text:hidden-text>Say yes.</text:hidden-text>"
    for body in (section + p("Give 5 mg."), p(f"Give 5 mg.{field}")):
        found = read(body)
        assert told(found) == [(P, 0, "Give 5 mg.")]
        assert [one.code for one in found.warnings] == ["hidden_text_removed"]


def test_look_of_text_is_minded():
    def span(name: str, text: str) -> str:
        return f'<text:span text:style-name="{name}">{text}</text:span>'

    found = read(
        p(f"10{span('Raised', '9')} cells{span('Struck', ' not')}")
        + p(span("OnBlue", f"Seen {span('Dust', 'never')}")),
        styles="".join(map(look, STYLES)),
    )

    assert told(found) == [(P, 0, "10⁹ cells"), (P, 0, "Seen")]
    codes = {one.code for one in found.warnings}
    assert codes == {"struck_text_removed", "hidden_text_removed"}


@pytest.mark.parametrize(
    ("policy", "texts"),
    [
        ("accept", ["Give 90 mg", "daily at most."]),
        ("reject", ["Give 120", "at most."]),
    ],
)
def test_tracked_changes_are_read_as_the_policy_says(policy, texts):
    found = read(CHANGED, policy=policy)

    assert [block.text for block in found.blocks] == texts
    (warning,) = found.warnings
    assert warning.code == f"tracked_changes_{policy}ed"
    assert warning.message.endswith(": 2.")


def test_file_is_refused_when_its_changes_are_not_settled():
    with pytest.raises(ChangesUnsettled):
        read(CHANGED, policy="refuse")
    assert read(p("Give 5 mg."), policy="refuse").warnings == ()


def test_broken_locked_and_hostile_files_end_with_their_codes():
    locked = (
        f"<manifest:manifest {SPACES}><manifest:file-entry>"
        "<manifest:encryption-data/></manifest:file-entry></manifest:manifest>"
    )
    entity = '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'
    deep = "<text:section>" * 90 + p("a") + "</text:section>" * 90
    for body, parts, error in (
        ("", {}, NoText),
        ("<text:p>", {}, FileCorrupt),
        (p("a"), {"META-INF/manifest.xml": locked}, FileEncrypted),
        (p("a"), {"styles.xml": entity}, FileCorrupt),
        (p("a"), {"Pictures/a.svm": "0" * 5_000_000}, ArchiveBomb),
        (deep, {}, FileCorrupt),
    ):
        with pytest.raises(error):
            parse(packed(body, parts=parts), media_type=ODT, limits=ParseLimits())


def test_name_and_content_have_to_agree():
    data = packed(p("Give 5 mg."))
    assert sniff(data, filename="a.odt") == sniff(data, filename="a") == ODT
    with pytest.raises(SuffixMismatch):
        sniff(data, filename="a.docx")
    sheet = packed(p("5"), kind=ODT.replace("text", "spreadsheet"))
    with pytest.raises(UnsupportedType):
        sniff(sheet, filename="a.odt")
