"""Comparing two editions of 2,000 paragraphs, beside difflib over the same words.

Three pairs: one paragraph in twenty changed its unit and a quarter of the text moved;
the same text; and two guidelines that have nothing in common but their kind, which is
the dear case. What `compare` gives beyond marked words (sections, moves, graded risks)
is in its time.
"""

import time
from collections.abc import Callable, Sequence
from difflib import SequenceMatcher

from ingestion.diffing import compare
from tests.factories.paragraphs import Passage, edited, guideline

PARAGRAPHS = 2_000


def main() -> None:
    old = guideline(PARAGRAPHS)
    pairs = {
        "1 of 20 changed, a quarter moved": edited(old),
        "the same": list(old),
        "another guideline": guideline(PARAGRAPHS, seed=8),
    }
    print(f"\nComparing editions of {PARAGRAPHS:,} paragraphs, processor seconds")
    for name, new in pairs.items():
        peer = _taken(lambda new=new: _marked_words(old, new))
        ours = _taken(lambda new=new: compare(old, new))
        print(f"  {name:<36} difflib {peer:6.2f}  compare {ours:6.2f}"
              f"  {ours / peer:5.2f} x")  # fmt: skip


def _marked_words(old: Sequence[Passage], new: Sequence[Passage]) -> object:
    words = [[word for one in side for word in one.text.split()] for side in (old, new)]
    return SequenceMatcher(None, *words, autojunk=True).get_opcodes()


def _taken(run: Callable[[], object]) -> float:
    began = time.process_time()
    run()
    return time.process_time() - began
