"""Which of the languages that can be searched well a text is written in.

Promises: pure; tells German, English, Spanish, French and Portuguese apart by the small
words every sentence of theirs needs, and says nothing when there is too little text,
when they are few, or when two languages are near each other. Will not: know any other
language: it says nothing about those.
"""

import re
from collections import Counter
from typing import Final

LISTED: Final = {
    "de": "der die das und ist nicht mit den von zu bei ein eine wird werden für auf "
    "dem des sich oder auch sollte sind als nach",
    "en": "the of and to is in for with that should be or are not this on by from as "
    "have has it an may if",
    "es": "el la los las de del que en y con por para una un es se no al su como más o "
    "pacientes debe son",
    "fr": "le la les de des du et en est une un que pour dans pas vous au aux avec sur "
    "ou il elle sont être ne si ce",
    "pt": "o a os as de do da dos das que em e com por para uma um é se não ao na no "
    "mais ou são deve",
}
SMALL_WORDS: Final = {code: frozenset(words.split()) for code, words in LISTED.items()}
WORD: Final = re.compile(r"[^\W\d_]+")
LEAST_WORDS: Final = 50
MOST_CHARACTERS: Final = 200_000
LEAST_SHARE: Final = 0.15  # of all words; a page of names or of code has less
CLEAR: Final = 1.3  # times the next language's


def language_of(text: str) -> str | None:
    """Return "de", "en", "es", "fr", "pt", or None when that is not clear."""
    words = Counter(WORD.findall(text[:MOST_CHARACTERS].lower()))
    if words.total() < LEAST_WORDS:
        return None
    shares = {
        language: sum(words[one] for one in small) / words.total()
        for language, small in SMALL_WORDS.items()
    }
    second, first = sorted(shares, key=shares.__getitem__)[-2:]
    is_clear = shares[first] >= max(LEAST_SHARE, shares[second] * CLEAR)
    return first if is_clear else None
