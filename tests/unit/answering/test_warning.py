"""High-alert medicines and sources at odds are told beside an answer."""

from uuid import UUID

import pytest

from clinrag.answering.types import Disagreement
from clinrag.answering.warning import (
    CitedSpan,
    disagreements_of,
    flags_of,
    sentences,
)
from tests.unit.answering.evidence import retrieved

LOW = "The maximum dose of codeine for adults with pain is 240 mg per day."
HIGH = "The maximum dose of codeine for adults with pain is 360 mg per day."


def test_claims_that_name_a_high_alert_medicine_are_flagged_by_list_and_place():
    (flag,) = flags_of(["Rest and drink.", "Start insulin at once."])
    assert (flag.code, flag.claims) == ("insulin", (2,))
    assert flag.listed_in == "high_alert/1"
    assert flags_of(["Rest and drink."]) == ()


def cited(number: int, text: str, document: int) -> CitedSpan:
    passage = retrieved(
        text,
        rank=number,
        document_id=UUID(int=document),
        version_id=UUID(int=document + 10),
        chunk_id=UUID(int=number + 20),
    )
    return CitedSpan(number, passage, 0, len(text))


def test_cited_sentences_of_two_documents_that_differ_are_told_side_by_side():
    found = disagreements_of([cited(1, LOW, 1), cited(2, HIGH, 2)])
    assert [(one.kind, one.citations) for one in found] == [("quantity", (1, 2))]
    (told,) = sentences((), found)
    assert "[1]" in told
    assert "240 mg" in told
    assert "360 mg" in told


@pytest.mark.parametrize(
    ("second", "document"), [(LOW, 2), (HIGH, 1)], ids=["the same", "one document"]
)
def test_sentences_that_agree_or_are_of_one_document_are_no_conflict(second, document):
    assert disagreements_of([cited(1, LOW, 1), cited(2, second, document)]) == ()


def test_only_what_is_quoted_is_compared():
    both = f"{HIGH} Ask the pharmacist."
    quoted = cited(2, both, 2)
    beside = CitedSpan(2, quoted.passage, len(HIGH) + 1, len(both))
    assert disagreements_of([cited(1, LOW, 1), quoted])
    assert disagreements_of([cited(1, LOW, 1), beside]) == ()


def test_advice_against_is_told_without_quantities():
    (told,) = sentences((), [Disagreement("strength", (1, 2), "", "")])
    assert "advises against" in told
