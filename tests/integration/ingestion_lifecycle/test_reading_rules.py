"""A collection's own sizes: other passages beside, never under, what is searched."""

import io
import json

import docx
import pytest
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import IntegrityError, transaction
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls

from ingestion import actions, queries
from ingestion.chunking import CHUNKER
from ingestion.errors import (
    BuildUnderWay,
    CollectionNotFound,
    NothingToBuild,
    RulesInvalid,
)
from ingestion.models import Chunk, Collection
from ingestion.queries import ReadingRules
from tests.factories.people import MANAGER
from tests.integration.ingestion_lifecycle.conftest import GUIDELINE, T0
from tests.integration.ingestion_lifecycle.recorded import recorded

pytestmark = pytest.mark.django_db
LONG = "# Long\n\n" + "\n\n".join(
    f"Paragraph {n} says that the dose is {n} milligrams, and that whoever is treated "
    f"for longer than {n} weeks is seen again, weighed, and asked how they fare."
    for n in range(1, 9)
)


@pytest.fixture
def here(embedder, monkeypatch):
    """This process has one embedder."""
    for module in ("actions.builds", "actions.rows"):
        monkeypatch.setattr(f"ingestion.{module}.embedder_named", lambda _: embedder)
    for module in ("build_rows", "stages", "parts"):
        monkeypatch.setattr(
            f"ingestion.actions.{module}.get_embedder", lambda: embedder
        )
    return embedder


def set_rules(collection, **rules):
    return actions.set_reading_rules(
        collection.id, rules=ReadingRules(**rules), by=MANAGER, at=T0
    )


def rebuilt(collection):
    build_id = actions.start_build(collection.id, by=MANAGER, at=T0)
    for part_id in actions.build_parts(build_id):
        while not actions.build_part(part_id, at_most=4):
            pass
    actions.switch_build(build_id, by=MANAGER, at=T0)
    return build_id


def ids(version):
    return [one.chunk_id for one in queries.passages_of(version.id)]


def test_rules_are_recorded_once_when_they_change(collection):
    made = set_rules(collection, chunk_tokens=128, chunk_min_tokens=16)
    assert made.rules == ReadingRules(chunk_tokens=128, chunk_min_tokens=16)
    entry = recorded()[-1]
    assert entry["type"] == "collection.rules_set"
    assert entry["fields"]["chunk_tokens"] == 128
    count = len(recorded())
    assert set_rules(collection, chunk_tokens=128, chunk_min_tokens=16) == made
    assert len(recorded()) == count


@pytest.mark.parametrize(
    "rules",
    [
        {"chunk_tokens": 63},
        {"chunk_tokens": 8193},
        {"chunk_min_tokens": 4097},
        {"chunk_min_tokens": -1},
        {"chunk_tokens": 100, "chunk_min_tokens": 51},
        {"tracked_changes": "perhaps"},
    ],
)
def test_rules_are_refused_when_they_are_out_of_bounds(collection, rules):
    with pytest.raises(RulesInvalid):
        set_rules(collection, **rules)
    assert queries.collection_by_slug(collection.slug).rules == ReadingRules()


def test_rules_are_refused_by_the_database_when_they_are_out_of_bounds(collection):
    for name, value in (("chunk_tokens", 9), ("tracked_changes", "maybe")):
        with pytest.raises(IntegrityError), transaction.atomic():
            Collection.objects.filter(pk=collection.id).update(**{name: value})
    with pytest.raises(CollectionNotFound):
        actions.set_reading_rules(
            MANAGER_ID, rules=ReadingRules(chunk_tokens=99), by=MANAGER, at=T0
        )


MANAGER_ID = "00000000-0000-0000-0000-000000000000"


def test_other_sizes_are_built_beside_and_the_way_back_is_open(
    in_force, collection, here
):
    version = in_force(LONG)
    old, embedded = ids(version), len(here.embedded)
    text = queries.version_text(version.id)
    set_rules(collection, chunk_tokens=64, chunk_min_tokens=0)
    assert ids(version) == old

    build_id = rebuilt(collection)

    new = ids(version)
    assert set(new).isdisjoint(old)
    assert len(new) > len(old)
    assert queries.version_text(version.id) == text
    assert queries.build(build_id).chunker == f"{CHUNKER};max=64;min=0"
    assert len(here.embedded) == embedded + len(new)
    with pytest.raises(NothingToBuild):
        actions.start_build(collection.id, by=MANAGER, at=T0)

    set_rules(collection)
    back = rebuilt(collection)
    assert ids(version) == old
    assert len(here.embedded) == embedded + len(new)  # the vectors were kept
    actions.revert_build(back, by=MANAGER, at=T0)
    assert ids(version) == new
    actions.revert_build(build_id, by=MANAGER, at=T0)
    assert ids(version) == old


def test_equal_rules_embed_nothing_again(in_force, receive, collection, here):
    in_force(LONG)
    set_rules(collection, chunk_min_tokens=32)  # the usual, by name
    embedded = len(here.embedded)
    with pytest.raises(NothingToBuild):
        actions.start_build(collection.id, by=MANAGER, at=T0)
    edition = receive(LONG + "\n\nOne more paragraph.\n")
    actions.process_version(edition.id, now=lambda: T0)
    assert len(here.embedded) <= embedded + 2
    assert queries.version(edition.id).chunker == CHUNKER


def test_abandoned_build_of_other_sizes_is_not_taken_for_the_next(
    in_force, collection, here
):
    version = in_force(LONG)
    old = ids(version)
    set_rules(collection, chunk_min_tokens=8)
    build_id = actions.start_build(collection.id, by=MANAGER, at=T0)
    with pytest.raises(BuildUnderWay):
        set_rules(collection)
    for part_id in actions.build_parts(build_id):
        while not actions.build_part(part_id, at_most=99):
            pass
    actions.abandon_build(build_id, by=MANAGER, at=T0)
    set_rules(collection, chunk_min_tokens=0)
    rebuilt(collection)
    rows = Chunk.objects.filter(pk__in=ids(version))
    chunkers = set(rows.values_list("chunker", flat=True))
    assert chunkers == {f"{CHUNKER};min=0"}
    last = queries.builds_of(collection.id)[0]
    actions.revert_build(last.id, by=MANAGER, at=T0)
    assert ids(version) == old


def test_new_edition_is_cut_by_the_rules_at_once(in_force, receive, collection, here):
    in_force(GUIDELINE)
    set_rules(collection, chunk_min_tokens=0)
    edition = receive(GUIDELINE.replace("four weeks", "six weeks"))
    actions.process_version(edition.id, now=lambda: T0)
    assert queries.version(edition.id).chunker == f"{CHUNKER};min=0"


def word_file() -> bytes:
    """A paragraph with a word that somebody put in and nobody accepted."""
    document = docx.Document()
    paragraph = document.add_paragraph("Give 5 mg ")
    paragraph._p.append(
        parse_xml(
            f'<w:ins {nsdecls("w")} w:id="1" w:author="x">'
            "<w:r><w:t>daily</w:t></w:r></w:ins>"
        )
    )
    file = io.BytesIO()
    document.save(file)
    return file.getvalue()


def test_unsettled_file_fails_with_a_code_until_the_rules_are_others(
    collection, receive, here
):
    set_rules(collection, tracked_changes="refuse")
    version = receive(word_file(), "g.docx")
    failed = actions.process_version(version.id, now=lambda: T0)
    assert (failed.status, failed.failure_code) == (
        "failed",
        "tracked_changes_unsettled",
    )
    set_rules(collection, tracked_changes="reject")
    actions.retry_version(version.id, by=MANAGER, at=T0)
    done = actions.process_version(version.id, now=lambda: T0)
    assert done.status == "in_review"
    assert [one.code for one in done.warnings] == ["tracked_changes_rejected"]
    assert queries.version_text(version.id) == "Give 5 mg"


def test_command_sets_what_is_named_and_keeps_the_rest(collection, capsys):
    for name, role in (("mona", "knowledge_manager"), ("cleo", "clinician")):
        get_user_model().objects.create_user(name, password="x" * 20, roles=[role])
    command = ("reading_rules", collection.slug, "--json", "--by")
    call_command(*command, "mona", "--chunk-tokens", "128")
    call_command(*command, "mona", "--tracked-changes", "refuse")
    call_command(*command, "mona", "--chunk-min-tokens", "usual")
    told = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert told["chunk_tokens"] == 128
    assert told["tracked_changes"] == "refuse"
    for wrong in (("cleo",), ("mona", "--chunk-tokens", "20")):
        with pytest.raises(CommandError):
            call_command(*command, *wrong)
