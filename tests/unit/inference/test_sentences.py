"""What a passage says, statement by statement, and where the words stand."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinrag.inference.sentences import LONGEST_LIST, statements_of
from clinrag.inference.types import EvidencePassage
from clinrag.inference.words import content_words, same_word, wordings_of


def said(text):
    return [(one.lead_in, one.quote) for one in statements_of(EvidencePassage(1, text))]


def test_statements_of_ends_a_sentence_where_people_do():
    text = "Give 2.5 mg, e.g. Warfarin, to Dr. Smith. Then stop! Is it done? (Yes.)"

    assert said(text) == [
        ("", "Give 2.5 mg, e.g. Warfarin, to Dr. Smith."),
        ("", "Then stop!"),
        ("", "Is it done?"),
        ("", "(Yes.)"),
    ]


def test_statements_of_keeps_a_short_list_whole():
    assert said("Avoid:\n- aspirin\n- alcohol") == [
        ("", "Avoid:\n- aspirin\n- alcohol")
    ]


def test_statements_of_gives_each_item_of_a_long_list_its_lead_in():
    filler = "word " * (LONGEST_LIST // 5)
    text = f"Avoid:\n- aspirin\n  - in children\n- {filler}"

    assert said(text)[:3] == [
        ("", "Avoid:"),
        ("Avoid:", "aspirin"),
        ("aspirin", "in children"),
    ]


def test_statements_of_skips_rules_and_reads_table_rows():
    text = "| Drug | Dose |\n| --- | --- |\n| Warfarin | 5 mg |"
    rows = [one.text for one in statements_of(EvidencePassage(1, text))]

    assert rows == ["Drug | Dose", "Warfarin | 5 mg"]


@given(st.text(max_size=200))
def test_statements_of_quotes_verbatim_in_reading_order(text):
    place = 0
    for _, quote in said(text):
        place = text.index(quote, place)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("prescribed", "prescription", True),
        ("opioid", "opioids", True),
        ("isoler", "isolement", True),
        ("hypertension", "hyperthyroidism", False),
        ("dose", "dosage", False),
        ("2018", "2019", False),
    ],
)
def test_same_word_tells_forms_of_a_word_from_other_words(one, other, same):
    assert same_word(one, other) is same


def test_content_words_leaves_function_words_out_and_folds_accents():
    assert content_words("Combien de jours l’isolement, à l’été ?") == (
        "jours",
        "isolement",
        "ete",
    )


def test_wordings_of_reads_either_form_when_an_abbreviation_is_written_out():
    assert wordings_of("Drugs in AF (atrial fibrillation)?") == (
        ("drugs", "af"),
        ("drugs", "atrial", "fibrillation"),
    )
