"""The built-in answerer: it answers in the words of the passages, or not at all.

Promises: every quote is a verbatim piece of its passage; the same passages and
question give the same draft; and it abstains when the passages do not speak of what
was asked. Needs no model server. Does not summarise, combine or conclude, and knows
no medicine: it compares words and vectors. The floors below were chosen on one half
of labelled questions and read on the other; see README.md.
"""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from clinrag.inference.sentences import Statement, one_line, statements_of
from clinrag.inference.types import (
    DraftAnswer,
    DraftCitation,
    DraftClaim,
    EvidencePassage,
)
from clinrag.inference.words import content_words, coverage, holds, words_of

Embed = Callable[[list[str]], list[list[float]]]

MAX_CLAIMS = 3
MAX_COMPARED = 24
FEWEST_WORDS = 4

NOTHING = DraftAnswer(claims=(), abstained=True)
