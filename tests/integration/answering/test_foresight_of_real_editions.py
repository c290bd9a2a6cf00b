"""Real guidelines: what their next edition changes is told before it is approved."""

import re
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import pytest

from clinrag.answering.foresight.conflicts import (
    Statement,
    changed_statements,
    find_conflicts,
    gravest,
)
from clinrag.answering.foresight.evidence import Supposing
from clinrag.answering.foresight.passages import count_passages
from clinrag.answering.foresight.types import Conflict
from ingestion import actions, queries
from ingestion.queries import CollectionView
from tests.factories.people import AUTHOR, MANAGER, REVIEWER
from tests.factories.signatures import SIGNED
from tests.integration.retrieval.corpus import EMBEDDER

pytestmark = pytest.mark.django_db
LOCAL = Path(__file__).parents[3] / "clinrag/local/guidelines"
NOW = datetime(2026, 11, 1, tzinfo=UTC)
CDC = LOCAL / "cdc-opioid/all-recommendations"
MEASURES = LOCAL / "nhs-prescribing-measures"


@pytest.fixture
def collection(settings, tmp_path) -> CollectionView:
    settings.CLINRAG_STORAGE_DIR = tmp_path
    return actions.create_collection(
        "guidelines",
        name="Guidelines",
        specialty="general",
        language="en",
        audience="everyone",
        by=AUTHOR,
        at=NOW,
    )


def take_in(
    collection: CollectionView, title: str, *texts: bytes, in_force: int
) -> list[UUID]:
    """Editions of one document, of which the first `in_force` were put in force."""
    made = actions.register_document(collection.id, title=title, by=AUTHOR, at=NOW)
    versions = []
    for number, data in enumerate(texts):
        version = actions.receive_version(
            made.id,
            filename="edition.md",
            data=data,
            label=str(number),
            by=AUTHOR,
            at=NOW,
        )
        actions.process_version(version.id, now=lambda: NOW, embedder=EMBEDDER)
        versions.append(version.id)
        if number < in_force:
            actions.review_version(
                version.id,
                decision="approve",
                meaning="Read.",
                by=REVIEWER,
                at=NOW,
                signature=SIGNED,
            )
            at = NOW.replace(year=2020 + number)
            actions.activate_version(version.id, by=MANAGER, at=NOW, in_force_from=at)
    return versions


def conflicts(collection: CollectionView, new: UUID, old: UUID) -> tuple[Conflict, ...]:
    document = queries.version(new).document_id
    supposing = Supposing(new, document, NOW)
    return gravest(
        conflict
        for one in changed_statements(new, older_id=old)
        for conflict in find_conflicts(
            one, supposing, collections=[collection], embedder=EMBEDDER
        )
    )


def files(folder: Path) -> list[bytes]:
    return [path.read_bytes() for path in sorted(folder.glob("v*.md"))]


def statements(new: UUID, old: UUID) -> list[Statement]:
    return changed_statements(new, older_id=old)


def test_cdc_of_2022_is_mostly_new_and_counts_add_up(collection):
    before, after = files(CDC)[-2:]
    old, new = take_in(collection, "CDC", before, after, in_force=1)
    counts = count_passages(new, older_id=old)
    assert counts.total == counts.new + counts.unchanged + counts.moved
    assert counts.unchanged < counts.embedded <= counts.new
    assert counts.removed > 0
    told = " ".join(one.text for one in statements(new, old))
    assert "≥90 MME" not in told


def test_threshold_lowered_to_90_conflicts_with_an_authority_that_says_120(collection):
    before, after = (
        (
            "# High-dose opioids\n\n## Measure\n\nOpioids with an oral morphine"
            f" equivalence of ≥{dose} mg per day are high dose opioids.\n"
        ).encode()
        for dose in (120, 90)
    )
    rival = (
        b"# Opioids aware\n\n## Dose\n\nThe risk of harm from opioids rises above an"
        b" oral morphine equivalence of >120 mg per day, with no benefit.\n"
    )
    take_in(collection, "Faculty of Pain Medicine", rival, in_force=1)
    old, new = take_in(collection, "NHS measure", before, after, in_force=1)
    (found,) = conflicts(collection, new, old)
    assert "90" in found.our_words
    assert "120" in found.their_words


def test_same_threshold_in_two_documents_is_no_conflict(collection):
    texts = [
        (
            f"# High-dose opioids\n\n## Measure\n\nOpioids of ≥{dose} mg oral morphine"
            " equivalence per day are high dose opioids.\n"
        ).encode()
        for dose in (120, 90)
    ]
    other = texts[1].replace(b"Measure", b"Why it matters")
    take_in(collection, "Another measure", other, in_force=1)
    old, new = take_in(collection, "NHS measure", *texts, in_force=1)
    assert conflicts(collection, new, old) == ()


@pytest.mark.parametrize("name", ["trimethoprim", "opioidspercent"])
def test_next_edition_of_a_measure_keeps_what_it_did_not_change(collection, name):
    before, after = files(MEASURES / name)[:2]
    old, new = take_in(collection, name, before, after, in_force=1)
    counts = count_passages(new, older_id=old)
    assert counts.total == counts.new + counts.unchanged + counts.moved
    assert counts.removed == len(queries.passages_of(old)) - (
        counts.unchanged + counts.moved
    )
    if name == "trimethoprim":
        assert counts.embedded < counts.total
    changed = {re.sub(r"\s+", " ", one.text) for one in statements(new, old)}
    kept = re.sub(r"\s+", " ", before.decode())
    assert not any(text in kept for text in changed if len(text) > 40)


def test_measure_lowered_to_90_is_told_against_one_that_still_says_120(collection):
    _, before, after = files(MEASURES / "opioidspercent")
    (why,) = re.findall(rb"\nThe  Opioids Aware project.*", before)
    other = b"# Total opioid prescribing\n\n## Why it matters\n" + why + b"\n"
    take_in(collection, "Total opioid prescribing", other, in_force=1)
    old, new = take_in(collection, "High dose opioids", before, after, in_force=1)
    told = {(one.our_words, one.their_words) for one in conflicts(collection, new, old)}
    assert any("90" in ours and "120" in theirs for ours, theirs in told), told
    later = after.replace(b"(recently reduced from 120mg)", b"")
    (why,) = re.findall(rb"\nThe  Opioids Aware project.*", later)
    agreed = b"# Opioids in general\n\n## Why it matters\n" + why + b"\n"
    made = take_in(collection, "Opioids in general", agreed, in_force=1)
    found = conflicts(collection, new, old)
    assert not [one for one in found if one.theirs.version_id in made]
