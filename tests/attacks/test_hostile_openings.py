"""An opening entry whose fields are of other types: verification says so and goes on."""

from types import SimpleNamespace
from typing import Any

import pytest

from audit.merkle import EMPTY_ROOT, leaf_hash
from audit.notes import CheckpointText, Signer
from audit.verification import openings, sections
from audit.verification.sections import Section

NOT_AS_SIGNED = "the loss is not what was signed before"


def problems(**lies: Any) -> list[str]:
    """Of the opening of a second shard, after a first with one signed entry."""
    signer = Signer.generate("test/log")
    text = CheckpointText(signer.verifier.name, 1, leaf_hash(b"")).to_text()
    opening = {"predecessor_note": signer.sign(text), "lost_from": 0, "lost_to": 1}
    row: Any = SimpleNamespace(number=2, first_index=1)
    keys: Any = SimpleNamespace(of=lambda *_: [signer.verifier.vkey])
    before = Section(1, "test/log", 0, 0, 0, ())
    return list(openings._hole_problems(opening | lies, row, before, keys))


def test_loss_that_was_signed_is_no_problem() -> None:
    assert problems() == []


@pytest.mark.parametrize("lost", ["0", [], {}, True, 0.0])
def test_loss_is_named_when_it_is_no_number(lost: Any) -> None:
    assert problems(lost_from=lost) == [NOT_AS_SIGNED]


@pytest.mark.parametrize(
    "lie",
    [
        {"recovered_size": -1},
        {"recovered_size": "1"},
        {"recovered_size": True},
        {"recovered_root": 7},
        {"lost_from": "5"},
        {"lost_from": []},
    ],
)
def test_end_of_a_shard_is_none_when_its_opening_says_no_numbers(lie: Any) -> None:
    said = {"recovered_size": 1, "recovered_root": EMPTY_ROOT.hex(), "lost_from": 5}
    assert sections._told(said) == (1, EMPTY_ROOT, 5)
    assert sections._told(said | lie) == (0, b"", None)
