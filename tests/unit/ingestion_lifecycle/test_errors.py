"""Every refusal has a sentence and a code of its own."""

from uuid import uuid4

from ingestion import errors
from ingestion.errors import DuplicateContent, IngestionError, sentence_of

CLASSES = [
    value
    for value in vars(errors).values()
    if isinstance(value, type) and issubclass(value, IngestionError)
]


def test_every_error_has_a_sentence_that_ends_with_a_full_stop():
    assert all(sentence_of(error).endswith(".") for error in CLASSES)


def test_no_two_errors_share_a_code():
    codes = [error.code for error in CLASSES]

    assert len(set(codes)) == len(codes)


def test_error_reads_as_its_sentence_and_keeps_its_facts():
    twin, document = uuid4(), uuid4()

    error = DuplicateContent(twin, document)

    assert str(error) == sentence_of(DuplicateContent)
    assert (error.twin_id, error.twin_document_id) == (twin, document)
