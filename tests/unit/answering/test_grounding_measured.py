"""The check of claims, held to what it was seen to do on labelled claims.

The floors are for the claims that no rule was written with; they stand a little below
what was measured, so that a change that lowers the check shows, and noise does not.
"""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clinrag.answering.evaluation.labelled import (
    HELD_OUT,
    labelled_claims,
    unseen_claims,
)
from clinrag.answering.evaluation.perturbing import (
    denied,
    number_changed,
    unit_changed,
)
from clinrag.answering.evaluation.scoring import Scores, checked, score
from clinrag.answering.folding import fold_text
from clinrag.answering.grounding import check_claims
from clinrag.answering.quantities import missing_quantities
from clinrag.answering.types import Verdict
from clinrag.inference.types import EvidencePassage
from tests.unit.answering.evidence import claim, draft

NEVER_SUPPORTED = (
    "fabricated_claim",
    "fabricated_quote",
    "misattributed",
    "misattributed_passage",
    "stitched_claim",
    "stitched_quote",
    "off_by_one_quote",
    "number_swapped",
    "numbers_exchanged",
    "unit_swapped",
    "drug_swapped",
    "negated",
)
VERBATIM = tuple(one for one in labelled_claims() if one.kind == "verbatim")
PASSAGES = tuple(
    {one.passages[0].text: one.passages[0] for one in labelled_claims()}.values()
)


@pytest.fixture(scope="module")
def held_out() -> Scores:
    return score(one for one in labelled_claims() if one.half == HELD_OUT)


@pytest.mark.parametrize("kind", NEVER_SUPPORTED)
def test_no_claim_of_this_kind_is_supported(held_out: Scores, kind: str) -> None:
    found = held_out.of(kind)
    assert found.total
    assert found.right == found.total


def test_precision_and_recall_are_what_they_were_measured_to_be(
    held_out: Scores,
) -> None:
    assert held_out.precision >= 0.98
    assert held_out.recall >= 0.62


def test_precision_and_recall_hold_on_claims_that_no_rule_was_written_with() -> None:
    unseen = score(unseen_claims())
    assert unseen.precision >= 0.98
    assert unseen.recall >= 0.65


@pytest.mark.parametrize("kind", ["verbatim", "respelt"])
def test_what_the_source_says_is_supported(held_out: Scores, kind: str) -> None:
    found = held_out.of(kind)
    assert found.right / found.total >= 0.9


def supported(
    text: str, quote: str, *passages: EvidencePassage, number: int = 1
) -> bool:
    (found,) = check_claims(draft(claim(text, quote, number=number)), passages).claims
    return found.verdict is Verdict.SUPPORTED


@pytest.mark.parametrize("change", [number_changed, unit_changed, denied])
@settings(max_examples=60, deadline=None)
@given(one=st.sampled_from(VERBATIM), seed=st.integers(0, 10_000))
def test_a_changed_sentence_is_never_supported(change, one, seed) -> None:
    sentence = one.claim.text
    changed = change(sentence, random.Random(seed))
    if changed is None or (
        change is not denied and not missing_quantities(changed, [sentence])
    ):
        return
    assert not supported(changed, sentence, *one.passages)


@settings(max_examples=60, deadline=None)
@given(one=st.sampled_from(VERBATIM), other=st.sampled_from(VERBATIM), data=st.data())
def test_halves_of_two_sentences_are_never_supported(one, other, data) -> None:
    left, right = one.claim.text.split(), other.claim.text.split()
    if one.claim.text == other.claim.text:
        return
    cut = data.draw(st.integers(4, len(left) - 2))
    start = data.draw(st.integers(2, len(right) - 4))
    spliced = " ".join([*left[:cut], *right[start:]])
    both = EvidencePassage(1, f"{one.claim.text}\n\n{other.claim.text}")
    if spliced in both.text:
        return  # two sentences that end alike: this one is there
    (found,) = check_claims(
        draft(claim(spliced, one.claim.text, other.claim.text)), [both]
    ).claims
    assert found.verdict is not Verdict.SUPPORTED


@settings(max_examples=60, deadline=None)
@given(one=st.sampled_from(VERBATIM), data=st.data())
def test_a_quote_with_one_letter_changed_is_never_found(one, data) -> None:
    quote = one.claim.text
    places = [place for place, char in enumerate(quote) if char.isalpha()]
    place = data.draw(st.sampled_from(places))
    for wrong in (
        quote[:place] + quote[place + 1 :],
        f"{quote[:place]}ß{quote[place:]}",
    ):
        if fold_text(wrong) not in fold_text(one.passages[0].text):
            assert not supported(quote, wrong, *one.passages)


@settings(max_examples=60, deadline=None)
@given(one=st.sampled_from(VERBATIM), other=st.sampled_from(PASSAGES))
def test_a_quote_of_another_passage_is_never_supported(one, other) -> None:
    if one.claim.text in other.text:
        return
    second = EvidencePassage(2, other.text, title=other.title)
    assert not supported(
        one.claim.text, one.claim.text, *one.passages, second, number=2
    )


def test_every_claim_has_a_verdict_and_codes_when_it_is_not_supported() -> None:
    for one in labelled_claims()[::7]:
        found = checked(one)
        assert bool(found.problems) is (found.verdict is not Verdict.SUPPORTED)
