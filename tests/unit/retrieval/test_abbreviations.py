"""What is written out in a question, and what is left alone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinrag.retrieval.abbreviations import (
    Glossary,
    ambiguous,
    default_glossary,
    expand,
)
from clinrag.retrieval.types import Expansion


def shorts(text, **more):
    found = expand(text, glossary=default_glossary(), **more).expansions
    return [one.short for one in found]


def test_expand_writes_the_long_form_behind_the_short_one():
    expanded = expand("Which drugs help in COPD?", glossary=default_glossary())

    assert expanded.text == (
        "Which drugs help in COPD (chronic obstructive pulmonary disease)?"
    )
    assert expanded.expansions == (
        Expansion("COPD", "chronic obstructive pulmonary disease"),
    )


@pytest.mark.parametrize(
    ("text", "long"),
    [
        ("b.i.d.", "twice daily"),
        ("b.i.d", "twice daily"),
        ("BID", "twice daily"),
        ("bid", "twice daily"),
        ("t.i.d.", "three times daily"),
        ("q8h", "every 8 hours"),
        ("q.d.", "once daily"),
        ("p.o.", "by mouth"),
        ("b.d.", "twice daily"),
    ],
)
def test_expand_knows_dosing_forms_however_they_are_written(text, long):
    expanded = expand(f"metformin 500 mg {text} dosing", glossary=default_glossary())

    assert expanded.expansions == (Expansion(text, long),)


@pytest.mark.parametrize(
    "text",
    [
        "is it all or nothing in the am",
        "who is to act on it and why",
        "It is at IS, AM, OR and IT that ALL of us MAY ACT",
        "Patients in the US",
        "take it with aids for walking",
        "a cat, a pet, a map, a bd, an ac and a pc",
        "e.g. this, i.e. that, Dr. Smith of the U.S. clinic",
    ],
)
def test_expand_leaves_ordinary_words_alone(text):
    assert expand(text, glossary=default_glossary()).text == text


def test_expand_leaves_an_abbreviation_alone_when_it_has_several_meanings():
    text = "Which anticoagulant is given in AF?"

    assert shorts(text) == []
    assert "atrial fibrillation" in ambiguous(text, glossary=default_glossary())["AF"]


def test_expand_takes_the_meaning_chosen_when_the_corpus_decided():
    assert shorts("What helps in AF?", chosen={"AF": "atrial fibrillation"}) == ["AF"]


def test_expand_leaves_roman_numerals_alone_when_they_number_something():
    assert shorts("stage IV cancer, factor IV, IV fluids") == ["IV"]
    assert shorts("stage IV cancer") == []


def test_expand_trusts_no_letter_case_when_the_question_is_all_capitals():
    assert shorts("WHO CAN ACT ON A MRI IN COPD") == ["COPD"]


def test_expand_adds_nothing_when_the_long_form_stands_there():
    assert shorts("chronic obstructive pulmonary disease (COPD)") == []


def test_expand_finds_plurals_and_parts_of_compounds():
    assert shorts("NSAIDs and anti-TNF drugs") == ["NSAIDs", "TNF"]


def test_expand_tells_each_abbreviation_once_when_it_is_repeated():
    assert shorts("COPD or not COPD") == ["COPD"]


@given(st.text(max_size=200))
def test_expand_only_ever_adds_what_it_tells(text):
    expanded = expand(text, glossary=default_glossary())

    without = expanded.text
    for one in expanded.expansions:
        without = without.replace(f" ({one.long})", "", 1)
    assert without == text


@given(st.text(alphabet="abAB -/.", max_size=60))
def test_expand_changes_nothing_when_the_glossary_is_empty(text):
    assert expand(text, glossary=Glossary(exact={})).text == text
