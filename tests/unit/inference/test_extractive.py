"""The built-in answerer, with the embedder it comes with."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clinrag.inference.asking import asks_for_amount, tells_amount
from clinrag.inference.extractive import NOTHING, _is_near, extract
from clinrag.inference.types import DraftCitation, EvidencePassage
from ingestion.embedding.bundled import BundledEmbedder

ACUTE = EvidencePassage(
    1,
    "Long-term opioid use often begins with treatment of acute pain. When opioids are "
    "used for acute pain, clinicians should prescribe the lowest effective dose. "
    "Three days or less will often be sufficient; more than seven days will rarely be "
    "needed (recommendation category: A).",
    "Opioid guideline",
    ("Recommendation 6",),
)
CONCURRENT = EvidencePassage(
    2,
    "Clinicians should avoid prescribing opioid pain medication and benzodiazepines "
    "concurrently whenever possible.",
    "Opioid guideline",
    ("Recommendation 11",),
)
WARFARIN = EvidencePassage(
    3,
    "Warfarin must not be given:\n\n- in pregnancy\n- within 72 hours of major surgery\n",
    "Anticoagulants",
)
PASSAGES = (ACUTE, CONCURRENT, WARFARIN)


@pytest.fixture(scope="module")
def embed():
    return BundledEmbedder().embed_passages


def answer(question, embed, passages=PASSAGES):
    return extract(question, passages, embed=embed)


def quotes(draft):
    return [one.quote for claim in draft.claims for one in claim.citations]


def test_extract_answers_with_the_words_of_the_passage(embed):
    draft = answer("May opioids and benzodiazepines be prescribed together?", embed)

    assert draft.claims[0].text == CONCURRENT.text
    assert draft.claims[0].citations == (DraftCitation(2, CONCURRENT.text),)


def test_extract_adds_the_amount_when_one_is_asked_for(embed):
    draft = answer("How many days of opioids are enough for acute pain?", embed)

    assert any("Three days or less" in quote for quote in quotes(draft))


def test_extract_keeps_a_short_list_with_its_lead_in(embed):
    draft = answer("When must warfarin not be given?", embed)

    assert draft.claims[0].text == (
        "Warfarin must not be given: in pregnancy within 72 hours of major surgery"
    )
    assert quotes(draft) == [WARFARIN.text.strip()]


def test_extract_reads_an_abbreviation_as_its_long_form_when_written_out(embed):
    question = "Can BZD (benzodiazepines) be prescribed concurrently with opioids?"

    assert answer(question, embed).claims[0].text == CONCURRENT.text


UNANSWERABLE = [
    "What is the dose of amoxicillin for otitis media in children?",
    "What is the dose of apixaban?",
    "How is community-acquired pneumonia treated?",
    "May opioids and alcohol withdrawal drugs be given with clozapine?",
    "Who won the football world cup in 2018?",
    "",
    "?",
    "is it the",
]


@pytest.mark.parametrize("question", UNANSWERABLE)
def test_extract_abstains_when_no_passage_speaks_of_what_was_asked(question, embed):
    assert answer(question, embed) == NOTHING


def test_extract_abstains_when_there_are_no_passages(embed):
    assert answer("May opioids be prescribed?", embed, ()) == NOTHING


def test_extract_abstains_when_only_the_meaning_is_near(embed):
    """A passage on warfarin is near to a question on apixaban, and no answer to it."""
    assert answer("When must apixaban not be given?", embed, (WARFARIN,)) == NOTHING


def test_a_passage_is_near_when_it_stands_out_from_those_found_beside_it():
    alone, alike, wordless = (0.6, 0.4), (0.6, 0.58), (0.9, 0.2)

    assert _is_near(alone, 0, 0.4)
    assert not _is_near(alike, 0, 0.4)
    assert _is_near(alike, 0, 0.7)
    assert not _is_near(wordless, 0, 0.1)


def test_extract_tells_nothing_twice_when_passages_repeat_each_other(embed):
    twin = EvidencePassage(4, CONCURRENT.text, "Opioid guideline")
    draft = answer(
        "May opioids and benzodiazepines be prescribed concurrently?",
        embed,
        (CONCURRENT, twin),
    )

    assert [claim.text for claim in draft.claims] == [CONCURRENT.text]


def test_extract_gives_the_same_draft_when_asked_again(embed):
    question = "How many days of opioids are enough for acute pain?"

    assert answer(question, embed) == answer(question, embed)


def agreeable(texts):
    """An embedder to which everything means the same."""
    return [[1.0] for _ in texts]


lines = st.lists(
    st.sampled_from(
        ["- opioid dose is 5 mg", "  - at night e.g. late", "Opioids:", "Dr. No. 5 mg."]
    )
    | st.text(max_size=40),
    max_size=8,
)


@settings(max_examples=150)
@given(lines)
def test_extract_quotes_verbatim_whatever_the_passage_looks_like(given_lines):
    passage = EvidencePassage(1, "\n".join(given_lines), "Opioid dose")
    draft = extract("What is the opioid dose?", [passage], embed=agreeable)

    assert draft.abstained == (not draft.claims)
    for claim in draft.claims:
        assert claim.text.strip()
        for citation in claim.citations:
            assert citation.passage_number == 1
            assert citation.quote in passage.text


@pytest.mark.parametrize(
    "question",
    [
        "How many days?",
        "How often is methotrexate taken?",
        "What is the maximum daily dose?",
        "Above what opioid dosage should an increase be avoided?",
        "Combien de temps dure l’isolement ?",
        "À partir de quel âge ?",
    ],
)
def test_asks_for_amount_hears_that_a_number_is_wanted(question):
    assert asks_for_amount(question)


@pytest.mark.parametrize("question", ["May it be given?", "How is it treated?", ""])
def test_asks_for_amount_is_silent_when_no_number_is_wanted(question):
    assert not asks_for_amount(question)


def test_tells_amount_knows_numbers_from_names():
    assert tells_amount("Give it twice weekly.")
    assert tells_amount("Give 5 mg.")
    assert not tells_amount("See recommendation 4 on type 2 diabetes.")
