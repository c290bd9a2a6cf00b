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


def ends(data: bytes, name: str) -> str:
    """How reading ends: "blocks", or the code of the error."""
    try:
        media_type = sniff(data, filename=name)
        document = tidy(parser_of(media_type)(data, limits=ParseLimits()))
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
    data = bytearray((FILES / name).read_bytes())
    for how, where, new in changes:
        place = int(where * len(data))
        if how == "overwrite":
            data[place : place + len(new)] = new
        elif how == "delete":
            del data[place : place + len(new)]
        else:
            data[place:place] = new

    assert ends(bytes(data), name)


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


@thorough
@given(st.sampled_from(["a.txt", "a.md", "a.html"]), st.binary(max_size=400))
def test_reading_ends_in_a_known_way_when_bytes_are_any(name, data):
    assert ends(b"<!doctype html>" * name.endswith("html") + data, name)
