"""What a rule is, and the letters its patterns are made of.

Promises: pure. A rule's pattern names the group `id`: what is taken out; the words
round it, by which it was known, stay.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from clinrag.privacy.types import IdentifierKind

# Latin letters with their marks: names keep them, and no class of `re` has them.
_LATIN: Final = tuple(map(chr, range(0x41, 0x250)))
UPPER: Final = "".join(char for char in _LATIN if char.isalpha() and char.isupper())
LOWER: Final = "".join(char for char in _LATIN if char.isalpha() and char.islower())


@dataclass(frozen=True, slots=True)
class Rule:
    """One way of finding one kind of identifier."""

    name: str
    kind: IdentifierKind
    pattern: re.Pattern[str]
    accepts: Callable[[str], bool]


def rule(
    name: str,
    kind: IdentifierKind,
    pattern: str,
    accepts: Callable[[str], bool] = lambda _text: True,
) -> Rule:
    """A rule from the text of its pattern; `accepts` has the last word."""
    return Rule(name, kind, re.compile(pattern), accepts)


def either(words: Iterable[str]) -> str:
    """A group of alternatives, longest first; a space stands for any white space."""
    longest_first = sorted(words, key=len, reverse=True)
    return rf"(?:{'|'.join(longest_first)})".replace(" ", r"\s+")
