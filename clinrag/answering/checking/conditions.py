"""On which condition a sentence says what it says, and whether a claim keeps it.

Promises: pure; words as data, in English, French, Spanish,
Portuguese and German. A condition that the
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
        *("sauf", "excepté", "seulement", "uniquement", "jusqu'à", "hormis"),
        *("salvo", "excepto", "solo", "sólo", "solamente", "únicamente", "hasta"),
        *("exceto", "somente", "apenas"),
        *("außer", "nur", "ausschließlich", "solange"),
    ]
)
# "se" is also a pronoun: it makes a condition before a subject or a subjunctive.
_SUBJECT_OF_SE: Final = (
    r"(?:o|a|os|as|houver|não|tiver|for|forem|estiver|ocorrer|persistir|apresentar|surgir"
    r"|necessário|possível)\b"
)
_CONDITION: Final = re.compile(
    r"\b(?:if|when|whenever|where|in case|provided|unless|as long as"
    r"|si|quand|lorsque|sauf|en cas de|à moins que|à condition|pourvu que|tant que"
    r"|cuando|siempre que|a menos que|salvo|excepto|en caso de|mientras"
    r"|caso|quando|desde que|exceto|em caso de|enquanto"
    rf"|se(?= {_SUBJECT_OF_SE})"
    r"|wenn|falls|sofern|sobald|solange|es sei denn|bei|außer)\s(?P<said>[^,;.:]+)"
    r"|\b(?:s'il|lorsqu'|qu'en cas d')\s?(?P<elided>[^,;.:]+)",
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
            condition = content_stems(found["said"] or found["elided"])
            yield condition, content_stems(head) - condition


def _is_dropped(claim: str, condition: frozenset[str], head: frozenset[str]) -> bool:
    mine = content_stems(claim)
    kept = len(mine & condition) >= KEPT * len(condition)
    return bool(condition and mine & head) and not kept
