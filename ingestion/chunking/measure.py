"""How long a text is to the embedder, asked as seldom as possible.

Promises: what is plainly too long in characters is not counted at all, and what
was counted in pieces is counted whole only when the answer hangs on it.
Will not: know any tokenizer.
"""

from collections.abc import Callable, Sequence
from typing import Final

from ingestion.chunking.pieces import Piece, render

PATH_CHARACTERS: Final = 160
# WordPiece counts a "word" of a thousand letters as one unknown token, so length
# in characters needs a bound of its own; prose has four to six to a token.
CHARACTERS_PER_TOKEN: Final = 12


class Measure:
    """A budget in tokens; `count_tokens` should remember what it counted."""

    def __init__(self, count_tokens: Callable[[str], int], *, budget: int) -> None:
        self.budget = budget
        self.tokens = count_tokens

    def fits(self, text: str, *, times: int = 1) -> bool:
        """Whether the text is within the budget, or within `times` as much."""
        budget = self.budget * times
        if len(text) > budget * CHARACTERS_PER_TOKEN:
            return False
        return self.tokens(text) <= budget

    def fit(self, pieces: Sequence[Piece]) -> bool:
        """Whether the pieces fit together; counted as a whole only when it is close.

        Tokenizers split at white space first, so a joint costs a token at most.
        """
        length = sum(len(piece.text) + len(piece.joint) for piece in pieces)
        if length > self.budget * CHARACTERS_PER_TOKEN:
            return False
        apart = sum(self.tokens(piece.text) for piece in pieces)
        if abs(self.budget - apart) > len(pieces):
            return apart < self.budget
        return self.fits(render(pieces))


def path_line(section_path: Sequence[str]) -> str:
    """Write the innermost headings on one line of bounded length."""
    kept: list[str] = []
    for heading in reversed(section_path):
        if sum(map(len, kept)) + len(heading) > PATH_CHARACTERS:
            break
        kept.insert(0, heading)
    if not kept and section_path:
        kept = [section_path[-1][:PATH_CHARACTERS]]
    return " > ".join(kept)


def embedding_text(text: str, *, section_path: Sequence[str]) -> str:
    """Return what is embedded for a passage: its innermost headings, then itself."""
    line = path_line(section_path)
    return f"{line}\n{text}" if line else text
