"""Real guidelines through their life: what a date finds, and what it must not find.

The editions are those of `clinrag/local/guidelines` and two of `tests/data/files`, put
in force on the days on which their source changed.
"""

import re
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import pytest

from clinrag.answering.answerers import ExtractiveAnswerer
from clinrag.answering.prompts import build_prompt, newest_template
from clinrag.retrieval.search import retrieve
from clinrag.retrieval.types import Retrieval, RetrievalQuery
from ingestion import actions, queries
from ingestion.queries import CollectionView
from tests.factories.people import AUTHOR, MANAGER, REVIEWER
from tests.factories.signatures import SIGNED
from tests.integration.retrieval.corpus import EMBEDDER
from tests.snapshots import once

pytestmark = pytest.mark.django_db
ROOT = Path(__file__).parents[3]
LOCAL = ROOT / "clinrag/local/guidelines"
OPIOIDS = "cdc-opioid/all-recommendations"
MEASURES = "nhs-prescribing-measures"
NOW = datetime(2026, 11, 1, tzinfo=UTC)


def day(written: str) -> datetime:
    return datetime.fromisoformat(written).replace(tzinfo=UTC)


@pytest.fixture
def collection(settings, tmp_path) -> CollectionView:
    settings.CLINRAG_STORAGE_DIR = tmp_path
    return open_collection("guidelines", language="en")


def open_collection(slug: str, *, language: str) -> CollectionView:
    return actions.create_collection(
        slug,
        name=slug,
        specialty="general",
        language=language,
        audience="everyone",
        by=AUTHOR,
        at=day("2016-01-01"),
    )


def take_in(
    collection: CollectionView, title: str, files: dict[str, Path | str]
) -> dict[str, UUID]:
    """Put editions in force on their days; a day in brackets is a draft's."""
    document = actions.register_document(
        collection.id, title=title, by=AUTHOR, at=day("2016-01-01")
    )
    made = {}
    for written, source in files.items():
        at = day(written.strip("()"))
        data = source.encode() if isinstance(source, str) else source.read_bytes()
        version = actions.receive_version(
            document.id,
            filename="edition.md",
            data=data,
            label=written,
            by=AUTHOR,
            at=at,
        )
        actions.process_version(version.id, now=lambda at=at: at, embedder=EMBEDDER)
        if not written.startswith("("):
            actions.review_version(
                version.id,
                decision="approve",
                meaning="Read.",
                by=REVIEWER,
                at=at,
                signature=SIGNED,
            )
            actions.activate_version(version.id, by=MANAGER, at=at)
        made[written] = version.id
    return made


def local(folder: str, *, drafts: tuple[str, ...] = ()) -> dict[str, Path]:
    """The editions of a folder by their days."""
    found = {}
    for path in sorted((LOCAL / folder).glob("v*.md")):
        written = path.stem.split("_")[1]
        found[f"({written})" if written in drafts else written] = path
    return found


def ask(
    collection: CollectionView, text: str, as_of: str, *, limit: int = 30
) -> Retrieval:
    query = RetrievalQuery(
        text=text,
        collection_ids=(collection.id,),
        language=collection.language,
        as_of=day(as_of),
        limit=limit,
    )
    return retrieve(query, embedder=EMBEDDER)


def told(found: Retrieval) -> str:
    """All that was found, without emphasis, with one kind of space."""
    text = "\n".join(passage.text for passage in found.passages)
    return re.sub(r"[^\S\n]+", " ", text.replace("*", ""))


def editions(found: Retrieval) -> set[str]:
    return {passage.version_label for passage in found.passages}


@pytest.fixture
def opioids(db, settings, tmp_path) -> tuple[CollectionView, dict[str, UUID]]:
    """The collection, and its editions by their days."""
    settings.CLINRAG_STORAGE_DIR = tmp_path

    def build():
        made = open_collection("guidelines", language="en")
        return made, take_in(made, "Opioids", local(OPIOIDS, drafts=("2022-11-28",)))

    return once("opioids", build, folder=tmp_path)


def test_draft_between_two_finals_is_never_found(opioids):
    collection, versions = opioids
    question = "Is the advice to start with immediate-release opioids limited?"

    between = ask(collection, question, "2022-12-15")
    after = ask(collection, question, "2023-05-01")

    assert editions(between) == {"2022-05-24"}
    assert editions(after) == {"2023-04-26"}
    assert queries.standing(versions["(2022-11-28)"], NOW) == "draft"


def test_threshold_is_that_of_the_edition_asked_about(opioids):
    collection, _ = opioids
    question = "Above what opioid dosage should increasing dosage be avoided?"

    old, new = (
        told(ask(collection, question, one)) for one in ("2021-01-15", "2024-06-01")
    )

    assert "avoid increasing dosage to ≥90 MME/day" in old
    assert "diminishing returns" not in old
    assert "levels likely to yield diminishing returns" in new
    assert "90 MME" not in new


def test_recommendation_is_found_by_what_it_says_when_it_was_renumbered(opioids):
    """Recommendation 4 of 2016 is 3 of 2022, which no longer is for chronic pain alone."""
    collection, _ = opioids
    question = "prescribe immediate-release opioids instead of extended-release opioids"

    def numbers(as_of: str) -> set[str]:
        found = ask(collection, question, as_of)
        return {
            part
            for passage in found.passages[:5]
            if "prescribe immediate-release opioids" in passage.text.replace("*", "")
            for part in passage.section_path
            if part.startswith("Recommendation")
        }

    old, new = numbers("2021-01-15"), numbers("2025-12-01")

    assert old
    assert new
    assert old != new


def test_text_under_the_wrong_recommendation_stays_where_its_source_had_it(opioids):
    """For years the source printed recommendation 6 under 9; a later edition did not."""
    collection, _ = opioids
    words = "Long-term opioid use often begins with treatment of acute pain"

    def places(as_of: str) -> set[str]:
        found = ask(collection, words, as_of)
        return {
            next(part for part in one.section_path if part.startswith("Recommendation"))
            for one in found.passages
            if words in one.text
        }

    assert places("2021-01-15") == {"Recommendation 6", "Recommendation 9"}
    assert places("2025-12-01") == set()


def test_threshold_of_one_authority_changes_without_the_others(opioids):
    collection, _ = opioids
    take_in(collection, "High dose", local(f"{MEASURES}/opioidspercent"))
    question = "high dose opioids daily morphine equivalence threshold"

    before = told(ask(collection, question, "2020-03-01"))
    after = told(ask(collection, question, "2026-03-01"))

    assert "≥120mg morphine equivalence" in before
    assert "≥90mg morphine equivalence" not in before
    assert "≥90mg morphine equivalence" in after
    assert "≥120mg morphine equivalence" not in after


def test_advice_added_and_withdrawn_seven_weeks_later_is_found_in_between_only(
    collection,
):
    take_in(collection, "Fentanyl", local(f"{MEASURES}/lpfentanylir"))
    question = "patients currently prescribed immediate-release fentanyl deprescribe"
    advice = "Deprescribe in patients currently prescribed this medicine"

    heard = [
        advice in told(ask(collection, question, as_of))
        for as_of in ("2023-12-31", "2024-02-01", "2024-03-05", "2025-06-01")
    ]

    assert heard == [False, True, False, False]


def test_placeholder_never_brings_the_older_edition_back(collection):
    """A section of the newer edition holds only "TBA": nothing is said about it."""
    older = (
        "# Malaria\n\n## Prophylaxis\n\nTake doxycycline 100 mg daily for malaria.\n"
    )
    newer = "# Malaria\n\n## Prophylaxis\n\nTBA\n\n## Scope\n\nFor travellers abroad.\n"
    take_in(collection, "Malaria", {"2020-01-01": older, "2024-01-01": newer})
    question = "What is the daily dose of doxycycline for malaria prophylaxis?"

    found = ask(collection, question, "2025-01-01")
    prompt = build_prompt(
        newest_template("extractive_evidence"),
        question=question,
        passages=found.passages,
        budget_tokens=6000,
    )
    draft = ExtractiveAnswerer(EMBEDDER).draft(prompt, question=question).draft

    assert "doxycycline" in told(ask(collection, question, "2021-01-01"))
    assert editions(found) == {"2024-01-01"}
    assert "doxycycline" not in told(found)
    assert draft is not None
    assert draft.claims == ()


def test_quantities_with_non_breaking_spaces_are_those_of_their_edition(
    settings, tmp_path
):
    settings.CLINRAG_STORAGE_DIR = tmp_path
    french = open_collection("covid", language="fr")
    folder = ROOT / "tests/data/files/editions"
    take_in(
        french,
        "Tests",
        {
            "2021-10-20": folder / "tests-de-depistage-v04.md",
            "2022-04-14": folder / "tests-de-depistage-v07.md",
        },
    )
    question = "Combien coûte un test PCR non pris en charge ?"

    old = ask(french, question, "2021-11-01")
    new = ask(french, question, "2022-06-01")

    assert any("43,89\u00a0€" in passage.text for passage in old.passages)
    assert "43,89 €" in told(old)
    assert "41,19 €" not in told(old)
    assert "41,19 €" in told(new)
    assert "43,89 €" not in told(new)
