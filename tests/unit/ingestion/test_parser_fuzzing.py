"""Whatever bytes come, a parser gives blocks or an error that has a code.

Real files are bent here in this process, where an error of a library would show; in
the reading process it would end as `file_corrupt`.
"""

import io
import re
import zipfile
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ingestion.errors import IngestionError
from ingestion.parsers import ParseLimits
from ingestion.parsers.registry import parser_of
from ingestion.parsers.wording import tidy
from ingestion.sniffing import sniff
from tests.unit.ingestion.open_documents import packed
from tests.unit.ingestion.test_odt import CHANGED, LISTS

FILES = Path(__file__).parents[2] / "data" / "files"
NAMES = sorted(
    path.name
    for path in FILES.iterdir()
    if path.suffix in {".docx", ".html", ".txt", ".md"}
)
VALUE = re.compile(r'w:val="[^"]*"')
TAG = re.compile(r"<w:(\w+)")
ODD_VALUES = ("", "-1", "9" * 20, "x", "0", "9", "²", "1.5", "٣", "none")
TAGS = ("tbl", "tr", "tc", "p", "r", "t", "ins", "del", "txbxContent", "numPr", "body")
thorough = settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)


def ends(data: bytes, name: str, *, policy: str = "accept") -> str:
    """How reading ends: "blocks", or the code of the error."""
    limits = ParseLimits(tracked_changes=policy)
    try:
        media_type = sniff(data, filename=name)
        document = tidy(parser_of(media_type)(data, limits=limits))
    except IngestionError as error:
        return error.code
    assert all(block.text for block in document.blocks)
    return "blocks"


change = st.tuples(
    st.sampled_from(["overwrite", "delete", "insert"]),
    st.floats(0, 1, exclude_max=True),
    st.binary(min_size=1, max_size=16),
)


@thorough
@given(st.sampled_from(NAMES), st.lists(change, min_size=1, max_size=10))
def test_reading_ends_in_a_known_way_when_bytes_are_changed(name, changes):
    assert ends(changed((FILES / name).read_bytes(), changes), name)


def changed(file: bytes, changes) -> bytes:
    data = bytearray(file)
    for how, where, new in changes:
        place = int(where * len(data))
        if how == "overwrite":
            data[place : place + len(new)] = new
        elif how == "delete":
            del data[place : place + len(new)]
        else:
            data[place:place] = new
    return bytes(data)


def bent(xml: str, draw: st.DataObject) -> str:
    """Put odd values and foreign tags where others stood."""
    for pattern, others in ((VALUE, ODD_VALUES), (TAG, TAGS)):
        found = list(pattern.finditer(xml))
        for _ in range(draw.draw(st.integers(0, 4)) if found else 0):
            match = found[draw.draw(st.integers(0, len(found) - 1))]
            other = draw.draw(st.sampled_from(others))
            if pattern is VALUE:
                xml = xml.replace(match[0], f'w:val="{other}"', 1)
            else:
                xml = re.sub(rf"(</?w:){match[1]}\b", rf"\g<1>{other}", xml)
    return xml


@thorough
@given(st.sampled_from([one for one in NAMES if one.endswith(".docx")]), st.data())
def test_reading_ends_in_a_known_way_when_the_xml_of_a_docx_is_bent(name, draw):
    packed = io.BytesIO()
    with (
        zipfile.ZipFile(FILES / name) as source,
        zipfile.ZipFile(packed, "w") as target,
    ):
        for part in source.namelist():
            data = source.read(part)
            if part in {"word/document.xml", "word/numbering.xml", "word/styles.xml"}:
                data = bent(data.decode(), draw).encode()
            target.writestr(part, data)

    assert ends(packed.getvalue(), name)


ODT_TAG = re.compile(r"<(text|table|draw|office):([\w-]+)")
ODT_VALUE = re.compile(r'(?:level|spanned|repeated|start-value|name|id)="([^"]*)"')
ODT_TAGS = (
    "text:p", "text:h", "text:list", "text:list-item", "text:note", "text:span",
    "table:table", "table:table-row", "table:table-cell", "draw:frame", "text:section",
)  # fmt: skip
ODT_BODY = (
    CHANGED
    + '<text:h text:outline-level="2">Doses</text:h><text:list text:style-name="N">'
    "<text:list-item><text:p>a<text:note><text:note-body><text:p>b</text:p>"
    "</text:note-body></text:note></text:p></text:list-item></text:list><table:table>"
    '<table:table-row><table:table-cell table:number-columns-spanned="2"><text:p>c'
    "</text:p></table:table-cell></table:table-row><table:table-row>"
    '<table:table-cell table:number-rows-spanned="3"><text:p>d</text:p>'
    '</table:table-cell><table:table-cell table:number-columns-repeated="4">'
    "<text:p>e</text:p></table:table-cell></table:table-row></table:table>"
)


@thorough
@given(st.data())
def test_reading_ends_in_a_known_way_when_the_xml_of_an_odt_is_bent(draw):
    xml = ODT_BODY
    for _ in range(draw.draw(st.integers(0, 6))):
        values = list(ODT_VALUE.finditer(xml))
        match = draw.draw(st.sampled_from(values))
        other = draw.draw(st.sampled_from(ODD_VALUES))
        xml = xml[: match.start(1)] + other + xml[match.end(1) :]
    for _ in range(draw.draw(st.integers(0, 4))):
        tags = list(ODT_TAG.finditer(xml))
        old = draw.draw(st.sampled_from(tags))[0][1:]
        new = draw.draw(st.sampled_from(ODT_TAGS))
        xml = re.sub(rf"(</?){old}(?=[\s/>])", rf"\g<1>{new}", xml)

    for policy in ("accept", "reject"):
        assert ends(packed(xml, styles=LISTS), "a.odt", policy=policy)


@thorough
@given(st.lists(change, min_size=1, max_size=10))
def test_reading_ends_in_a_known_way_when_bytes_of_an_odt_are_changed(changes):
    assert ends(changed(packed(ODT_BODY, styles=LISTS), changes), "a.odt")


@thorough
@given(st.sampled_from(["a.txt", "a.md", "a.html"]), st.binary(max_size=400))
def test_reading_ends_in_a_known_way_when_bytes_are_any(name, data):
    assert ends(b"<!doctype html>" * name.endswith("html") + data, name)
