"""Strength and certainty as guidelines state them; the words round them state none."""

from pathlib import Path

import pytest

from ingestion.parsers import ParseLimits, parse
from ingestion.recommendations import Grade, grade_of
from ingestion.sniffing import HTML, MARKDOWN, TEXT
from ingestion.types import BlockKind

EDITIONS = Path(__file__).parents[3] / "clinrag" / "local" / "guidelines" / "cdc-opioid"
CDC = (
    "Clinicians should maximize use of nonpharmacologic and nonopioid therapies as "
    "appropriate, and should discuss with patients the realistic benefits and known "
    "risks of opioid therapy (recommendation category: B; evidence type: 3)."
)


@pytest.mark.parametrize(
    ("text", "strength", "certainty"),
    [
        (CDC, "category B", "type 3"),
        ("(recommendation category: A, evidence type: 2)", "category A", "type 2"),
        ("(Strong recommendation, moderate certainty)", "strong", "moderate"),
        ("Conditional recommendation, very low-certainty evidence", "conditional", "very low"),
        ("Strength of recommendation: Weak", "weak", None),
        ("Quality of evidence: very low", None, "very low"),
        ("We suggest aspirin (2C).", "weak", "low"),
        ("We recommend aspirin [1B].", "strong", "moderate"),
        ("Class IIa, level of evidence B", "class IIa", "level of evidence B"),
        ("Grade: A", "grade A", None),
        ("1.4.2 Offer a statin to adults. [2023]", "offer", None),
        ("1.4.3 Do not routinely offer fibrates.", "do not routinely offer", None),
        ("1.4 Consider ezetimibe.", "consider", None),
        ("Consider the strength of the tablet.", None, None),
        ("NYHA class II heart failure.", None, None),
        ("Grade 3 hypertension is a recommendation to treat.", None, None),
        ("Hepatitis B; give 2 C capsules.", None, None),
        ("High quality care.", None, None),
    ],
)  # fmt: skip
def test_grade_is_what_the_words_say(text, strength, certainty):
    found = grade_of(text)

    if text == "High quality care.":  # certainty alone makes no recommendation
        assert found.strength is None
    else:
        assert found == Grade(strength, certainty)


@pytest.mark.parametrize(
    ("media_type", "source"),
    [
        (MARKDOWN, f"# Guide\n\n**{CDC}**\n\nOther words.\n"),
        (TEXT, f"GUIDE\n\n{CDC}\n\nOther words.\n"),
        (HTML, f"<html><body><h1>Guide</h1><p>{CDC}</p><p>Other words.</p></body></html>"),
    ],
)  # fmt: skip
def test_recommendation_shows_its_grade_in_every_format(media_type, source):
    document = parse(source.encode(), media_type=media_type, limits=ParseLimits())
    _heading, recommended, other = document.blocks

    assert recommended.kind is BlockKind.RECOMMENDATION
    assert (recommended.strength, recommended.certainty) == ("category B", "type 3")
    assert (other.kind, other.strength) == (BlockKind.PARAGRAPH, None)


@pytest.mark.parametrize("path", sorted(EDITIONS.rglob("v*.md")), ids=lambda p: p.stem)
def test_each_grade_in_a_real_edition_is_one_block_with_it(path):
    source = path.read_text("utf-8")
    document = parse(source.encode(), media_type=MARKDOWN, limits=ParseLimits())

    graded = [block for block in document.blocks if block.strength]
    stated = [one for one in document.blocks if "ecommendation category" in one.text]
    assert graded == stated
    assert len(graded) >= 12
    assert all(block.certainty for block in graded)
