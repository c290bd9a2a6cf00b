"""A parsed document survives its file."""

from hypothesis import given
from hypothesis import strategies as st

from ingestion import parsed_files
from ingestion.types import Block, BlockKind, ParsedDocument, ParseWarning

pages = st.none() | st.integers(1, 9999)
blocks = st.builds(
    Block,
    kind=st.sampled_from(BlockKind),
    text=st.text(),
    level=st.integers(0, 9),
    page=pages,
)
warnings = st.builds(ParseWarning, code=st.text(), message=st.text(), page=pages)
documents = st.builds(
    ParsedDocument,
    title=st.none() | st.text(),
    blocks=st.lists(blocks).map(tuple),
    pages=pages,
    warnings=st.lists(warnings).map(tuple),
    parser=st.text(),
)


@given(documents)
def test_parsed_document_is_read_back_as_it_was_written(document: ParsedDocument):
    assert parsed_files.read(parsed_files.written(document)) == document
