"""How near to each other a passage has the words that stand together in the question.

Promises: a pure function of word positions, 0 to 1; "kidney failure" is found closer in
"failure of the kidney" than in a passage that speaks of each for itself. Will not: know
the order of words, or count a word by how rare it is, since it was measured to be as
good without (README.md).
"""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Final

Places = Mapping[str, Sequence[int]]

# Words this near in the question belong together; function words between them count.
TOGETHER: Final = 3
# In a passage: side by side but for one word, or within a phrase.
ADJACENT, IN_A_PHRASE = 2, 5


def pairs_of(question: Places) -> tuple[tuple[str, str], ...]:
    """The words that follow each other closely in the question, by their places."""
    told = sorted(
        (place, word) for word, places in question.items() for place in places
    )
    return tuple(
        (word, next_word)
        for (place, word), (next_place, next_word) in pairwise(told)
        if word != next_word and next_place - place <= TOGETHER
    )


def closeness(pairs: Sequence[tuple[str, str]], passage: Places) -> float:
    """The mean over the pairs: 1 side by side, a half within a phrase, 0 else."""
    if not pairs:
        return 0.0
    return sum(_nearness(pair, passage) for pair in pairs) / len(pairs)


def _nearness(pair: tuple[str, str], passage: Places) -> float:
    firsts, seconds = (passage.get(word, ()) for word in pair)
    apart = min(
        (abs(first - second) for first in firsts for second in seconds),
        default=IN_A_PHRASE + 1,
    )
    if apart <= ADJACENT:
        return 1.0
    return 0.5 if apart <= IN_A_PHRASE else 0.0
