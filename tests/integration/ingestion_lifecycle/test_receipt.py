"""Files come in once, and a bad one is kept with its reason."""

import hashlib

import pytest

from ingestion import actions, queries
from ingestion.actions.services import content_store
from ingestion.errors import (
    CollectionExists,
    DescriptionInvalid,
    DocumentNotFound,
    DuplicateContent,
)
from ingestion.parsers import ParseLimits
from tests.factories.people import AUTHOR
from tests.integration.ingestion_lifecycle.conftest import GUIDELINE, T0
from tests.integration.ingestion_lifecycle.recorded import recorded_types

pytestmark = pytest.mark.django_db


def test_received_version_keeps_its_bytes_and_says_so_in_the_ledger(receive):
    version = receive()

    assert version.status == "received"
    assert version.label == "Edition 1"
    assert version.content_sha256 == hashlib.sha256(GUIDELINE.encode()).hexdigest()
    assert content_store().get(version.content_sha256) == GUIDELINE.encode()
    assert recorded_types() == [
        "collection.created",
        "document.registered",
        "version.received",
    ]


def test_same_bytes_are_refused_with_their_twin_when_received_again(receive):
    twin = receive()

    with pytest.raises(DuplicateContent) as refusal:
        receive(filename="other-name.md")

    assert refusal.value.twin_id == twin.id
    assert refusal.value.twin_document_id == twin.document_id
    assert len(queries.versions_of(twin.document_id)) == 1


def test_same_bytes_are_refused_when_another_document_of_the_collection_has_them(
    receive, collection
):
    twin = receive()
    other = actions.register_document(collection.id, title="Other", by=AUTHOR, at=T0)

    with pytest.raises(DuplicateContent) as refusal:
        actions.receive_version(
            other.id,
            filename="g.md",
            data=GUIDELINE.encode(),
            label="",
            by=AUTHOR,
            at=T0,
        )

    assert refusal.value.twin_id == twin.id


@pytest.mark.parametrize(
    ("data", "filename", "code"),
    [
        (b"", "empty.md", "file_empty"),
        (b"%PDF-1.7 broken", "g.md", "suffix_mismatch"),
        (b"x" * 2000, "g.md", "file_too_large"),
    ],
)
def test_bad_file_is_kept_as_failed_with_code_and_sentence(
    receive, monkeypatch, data, filename, code
):
    if code == "file_too_large":
        monkeypatch.setattr(
            "ingestion.actions.receipt.parse_limits",
            lambda: ParseLimits(max_bytes=1000),
        )

    version = receive(data, filename)

    assert (version.status, version.failure_code) == ("failed", code)
    assert version.failure_message.endswith(".")
    assert recorded_types()[-2:] == ["version.received", "version.failed"]


@pytest.mark.parametrize(
    ("filename", "kept"),
    [
        ("../../etc/passwd.md", "passwd.md"),
        ("C:\\files\\g.md", "g.md"),
        ("g\x00\n.md", "g.md"),
        ("/", "unnamed"),
    ],
)
def test_filename_is_kept_without_folders_and_controls(receive, filename, kept):
    assert receive(filename=filename).filename == kept


def test_version_is_refused_when_its_document_is_unknown(collection):
    with pytest.raises(DocumentNotFound):
        actions.receive_version(
            collection.id, filename="g.md", data=b"x", label="", by=AUTHOR, at=T0
        )


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("title", ""),
        ("title", "x" * 501),
        ("url", "javascript:alert(1)"),
        ("language", "English"),
    ],
)
def test_document_is_refused_when_its_description_is_not_valid(
    collection, field, value
):
    facts = {"title": "A title", field: value}

    with pytest.raises(DescriptionInvalid) as refusal:
        actions.register_document(collection.id, **facts, by=AUTHOR, at=T0)

    assert refusal.value.field == field


@pytest.mark.parametrize(
    ("field", "value"),
    [("slug", "no spaces"), ("name", " "), ("audience", "nobody"), ("language", "EN")],
)
def test_collection_is_refused_when_its_description_is_not_valid(db, field, value):
    facts = {
        "name": "A",
        "specialty": "general",
        "language": "en",
        "audience": "everyone",
    }
    slug = "a"
    if field == "slug":
        slug = value
    else:
        facts[field] = value

    with pytest.raises(DescriptionInvalid) as refusal:
        actions.create_collection(slug, **facts, by=AUTHOR, at=T0)

    assert refusal.value.field == field


def test_collection_is_refused_when_its_slug_is_taken(collection):
    with pytest.raises(CollectionExists):
        actions.create_collection(
            collection.slug,
            name="Again",
            specialty="x",
            language="en",
            audience="everyone",
            by=AUTHOR,
            at=T0,
        )
