"""On which condition a sentence says what it says, and whether a claim keeps it.

Promises: pure; words as data, in English, French and Spanish. A condition that the
claim tells in other words is kept if half of its words stand there.
"""

import re
from collections.abc import Iterator
from typing import Final

from clinrag.answering.wording import content_stems, words

CONDITION: Final = "condition_dropped"
KEPT: Final = 0.5  # share of the condition's content words

# One of these in the source asks for one of them in the claim.
_STRONG: Final = frozenset(
    [
        *("unless", "except", "excepting", "only", "provided", "until"),
        *("sauf", "excepté", "seulement"),
    ]
)
_CONDITION: Final = re.compile(
    r"\b(?:if|when|whenever|where|in case|provided|unless|si|quand|lorsque|sauf|cuando"
    r"|en cas de)\s(?P<said>[^,;.:]+)",
    re.IGNORECASE,
)
_CAUTION: Final = re.compile(
    r"\b(?:with (?:\w+ )?caution|cautiously|avec prudence|con precaución)\b",
    re.IGNORECASE,
)
_CAREFUL: Final = re.compile(r"\b(?:cauti|prudence|precauci|careful)", re.IGNORECASE)
_ANYWAY: Final = re.compile(
    r"\b(?:whether or not|even if|even when|regardless|irrespective|même si)\b",
    re.IGNORECASE,
)


def differences(claim: str, source: str) -> tuple[str, ...]:
    """The code, if the claim says without its condition what the source says."""
    said, stated = set(words(claim)), set(words(source))
    dropped = (
        (stated & _STRONG and not said & _STRONG)
        or (_CAUTION.search(source) and not _CAREFUL.search(claim))
        or (_ANYWAY.search(claim) and not _ANYWAY.search(source))
        or any(_is_dropped(claim, *one) for one in _conditions(source))
    )
    return (CONDITION,) if dropped else ()


def _conditions(source: str) -> Iterator[tuple[frozenset[str], frozenset[str]]]:
    """Each condition and the rest of its clause, as stems."""
    for scope in re.split(r"[;.]\s", source):
        for found in _CONDITION.finditer(scope):
            head = scope[: found.start()] + scope[found.end() :]
            condition = content_stems(found["said"])
            yield condition, content_stems(head) - condition


def _is_dropped(claim: str, condition: frozenset[str], head: frozenset[str]) -> bool:
    mine = content_stems(claim)
    kept = len(mine & condition) >= KEPT * len(condition)
    return bool(condition and mine & head) and not kept
