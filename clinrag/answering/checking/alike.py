"""Words that say the same, read as one.

Promises: pure; the words are data (`data/alike.txt`). A capital at the beginning stays,
and what is written in capitals is an abbreviation, none of these words.
Will not: take a word for a wider or narrower one, nor anything that has to do with an
amount, a denial or a medicine.
"""

import re
from functools import lru_cache
from pathlib import Path
from typing import Final

_FILE: Final = Path(__file__).parent / "data" / "alike.txt"
_ROUGHLY: Final = re.compile(r"\b(?:about|around|roughly)(?=\s\d)", re.IGNORECASE)


def _read() -> dict[str, str]:
    lines = _FILE.read_text(encoding="utf-8").splitlines()
    pairs = [line.split(": ") for line in lines if line and not line.startswith("#")]
    return {other: one for one, others in pairs for other in others.split(", ")}


_READ_AS: Final = _read()
_ANY: Final = re.compile(
    rf"(?<![\w-])(?:{'|'.join(sorted(_READ_AS, key=len, reverse=True))})(?![\w-])",
    re.IGNORECASE,
)


@lru_cache(maxsize=4096)
def alike(text: str) -> str:
    """The text in the words that all others are read as."""
    return _ROUGHLY.sub("approximately", _ANY.sub(_in_one_word, text))


def _in_one_word(found: re.Match[str]) -> str:
    said = found[0]
    if said.isupper():
        return said
    told = _READ_AS[said.lower()]
    return told.capitalize() if said[0].isupper() else told
