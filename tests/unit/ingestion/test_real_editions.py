"""Real editions compared: what stands on top of the risks, and what is left alone."""

import json
from itertools import pairwise
from pathlib import Path

import pytest

import clinrag.local
from ingestion.chunking import ChunkingParameters, chunk
from ingestion.diffing import ChangeKind, compare
from ingestion.parsers.limits import ParseLimits
from ingestion.parsers.markdown import read

GUIDELINES = Path(clinrag.local.__file__).parent / "guidelines"
OWN = Path(__file__).parents[2] / "data" / "editions"
NHS = "nhs-prescribing-measures"
CDC = "cdc-opioid/all-recommendations"

# folder, older edition, newer edition, (grade, rule, was, is) that stand on top
TOP = [
    (f"{NHS}/opioidome", 2, 3, ("high", "threshold_changed", "above 120mg morphine", "above 90mg morphine")),
    (f"{NHS}/opioidspercent", 2, 3, ("high", "threshold_changed", "≥120mg morphine", "≥90mg morphine")),
    (f"{NHS}/opioidspercent", 2, 3, ("high", "dose_changed", "60mg", "30mg")),
    (f"{NHS}/opioidspercent", 1, 2, ("low", "date_changed", "", "August 2020")),
    (f"{NHS}/lpfentanylir", 1, 2, ("medium", "threshold_in_new_text", "", "at least 60mg")),
    (f"{NHS}/lpfentanylir", 2, 3, ("high", "prohibition_lost", "Do not", "")),
    (f"{NHS}/trimethoprim", 1, 2, ("high", "negation_turns_sentence", "", "unless")),
    (f"{NHS}/icsdose", 1, 2, ("high", "strength_changed", "should", "")),
    (f"{NHS}/icsdose", 2, 3, ("low", "date_changed", "2019-12-02", "2024-07-16")),
    (f"{NHS}/saba", 2, 3, ("medium", "threshold_in_new_text", "", "12 and over")),
    (f"{NHS}/saba", 3, 4, ("low", "date_changed", "", "2016-12-09")),
    (f"{NHS}/statinintensity", 4, 5, ("low", "date_changed", "2024-02-12", "2025-07-29")),
    (CDC, 2, 3, ("high", "threshold_gone", "≥90 MME/day", "")),
    (CDC, 2, 3, ("high", "threshold_changed", ">= 90", ">= 50")),
    (CDC, 2, 3, ("high", "graded_strength_changed", "recommendation category: A", "recommendation category: B")),
    (CDC, 1, 2, ("medium", "threshold_in_new_text", "", "at least 2")),
    ("fr-covid/cas-contact-a-risque", 4, 5, ("high", "comparison_changed", "moins de 7\u00a0jours", "plus de 7\u00a0jours")),
    ("fr-covid/cas-contact-a-risque", 5, 6, ("high", "threshold_changed", "au moins 10\u00a0jours", "au moins 7\u00a0jours")),
    ("fr-covid/tests-de-depistage", 3, 4, ("medium", "measure_changed", "49,89\u00a0euros", "43,89\u00a0€")),
]  # fmt: skip
NEVER_HIGH = [
    (f"{NHS}/icsdose", 2, 3),
    (f"{NHS}/saba", 3, 4),
    (f"{NHS}/statinintensity", 4, 5),
    (CDC, 1, 2),
]


def passages(folder: str, number: int):
    home = OWN if (OWN / folder).exists() else GUIDELINES
    (file,) = (home / folder).glob(f"v{number:02}_*.md")
    parsed = read(file.read_bytes(), limits=ParseLimits())
    return chunk(
        parsed,
        parameters=ChunkingParameters(),
        count_tokens=lambda text: len(text.split()),
    ).chunks


def compared(folder: str, old: int, new: int):
    return compare(passages(folder, old), passages(folder, new))


@pytest.mark.parametrize(("folder", "old", "new", "told"), TOP)
def test_top_risk_of_real_editions_is_told(folder, old, new, told):
    risks = compared(folder, old, new).risks

    grade = told[0]
    assert told in [(one.grade, one.rule, one.old, one.new) for one in risks]
    assert risks[0].grade == grade


@pytest.mark.parametrize(("folder", "old", "new"), NEVER_HIGH)
def test_nothing_is_graded_high_when_no_advice_changed(folder, old, new):
    assert {one.grade for one in compared(folder, old, new).risks} <= {"medium", "low"}


def test_draft_that_renumbered_recommendations_is_matched_by_content():
    found = compared(CDC, 2, 3)
    placed = {one.path[-1]: one.old_path[-1] for one in found.sections if one.old_path}

    assert placed["Recommendation 4-5"] == "Recommendation 5"
    assert placed["Recommendation 6"] == "Recommendation 6"
    moved = [
        sentence
        for section in found.sections
        for sentence in section.sentences
        if sentence.kind is ChangeKind.MOVED
    ]
    assert len(moved) > 20


def test_number_under_another_recommendation_is_not_taken_for_it():
    found = compared(CDC, 2, 3)
    nine = next(one for one in found.sections if "Recommendation 9" in one.path[-1:])

    assert nine.kind in {ChangeKind.ADDED, ChangeKind.REMOVED}


def test_every_pair_of_editions_spells_both_texts():
    index = json.loads((GUIDELINES / "index.json").read_text(encoding="utf-8"))
    documents = index["documents"] if isinstance(index, dict) else index
    for document in documents:
        files = [
            one["file"] for one in document["editions"] if one["file"].endswith("md")
        ]
        for old, new in pairwise(files):
            folder = str(Path(old).parent)
            first, last = (int(Path(one).name[1:3]) for one in (old, new))
            for section in compared(folder, first, last).sections:
                joined = "".join(one.old_text for one in section.sentences)
                assert joined == section.old_text
                joined = "".join(one.new_text for one in section.sentences)
                assert joined == section.new_text
