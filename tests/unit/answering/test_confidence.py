import pytest

from clinrag.answering.confidence import Signals, rate
from clinrag.answering.types import Confidence
from tests.unit.answering.evidence import retrieved

GOOD = {
    "cited": [retrieved("a")],
    "kept": 2,
    "left_out": 0,
    "fallback_used": False,
    "all_in_force": True,
}


@pytest.mark.parametrize(
    ("changes", "level", "reasons"),
    [
        ({}, Confidence.HIGH, ()),
        ({"fallback_used": True}, Confidence.MEDIUM, ("fallback_answerer",)),
        ({"left_out": 1}, Confidence.MEDIUM, ("statements_left_out",)),
        ({"left_out": 3}, Confidence.LOW, ("most_statements_left_out",)),
        ({"all_in_force": False}, Confidence.MEDIUM, ("version_no_longer_in_force",)),
        (
            {"cited": [retrieved("a", lexical_rank=None)]},
            Confidence.MEDIUM,
            ("found_by_one_channel",),
        ),
        (
            {"cited": [retrieved("a", rank=6)], "fallback_used": True},
            Confidence.LOW,
            ("evidence_ranked_low", "fallback_answerer"),
        ),
    ],
)
def test_confidence_follows_from_its_rules(changes, level, reasons):
    assert rate(Signals(**(GOOD | changes))) == (level, reasons)
