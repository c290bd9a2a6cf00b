"""Each messy file ends in a defined state: its blocks, or an error with a code."""

from pathlib import Path

import pytest

from ingestion.errors import IngestionError
from ingestion.parsers import ParseLimits, parse
from ingestion.sniffing import sniff

FILES = Path(__file__).parents[2] / "data" / "files"
ENDS = {
    "00-latin-1.txt": "encoding_guessed",
    "01-utf-16-with-mark.txt": "blocks",
    "03-utf-8-read-as-latin-1.txt": "encoding_mended",
    "03-hidden-run.docx": "hidden_text_removed",
    "04-comment.docx": "blocks",
    "05-display-none.html": "hidden_text_removed",
    "06-comment.html": "blocks",
    "07-alt-text.html": "blocks",
    "merged-cells.docx": "blocks",
}


def how_it_ends(path: Path) -> str:
    """The code of the error or of the first warning, or "blocks"."""
    data = path.read_bytes()
    try:
        media_type = sniff(data, filename=path.name)
        document = parse(data, media_type=media_type, limits=ParseLimits())
    except IngestionError as error:
        return error.code
    assert document.blocks
    return next((one.code for one in document.warnings), "blocks")


@pytest.mark.parametrize("name", ENDS)
def test_messy_file_ends_as_it_is_known_to(name):
    assert how_it_ends(FILES / name) == ENDS[name]


def test_table_of_ends_names_every_file_but_pdf():
    there = {path.name for path in FILES.iterdir() if path.is_file()}

    assert {one for one in there if Path(one).suffix not in {".pdf", ".md"}} == set(
        ENDS
    )
