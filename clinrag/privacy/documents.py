"""Screening a document before its text can be searched.

Promises: pure; says kinds, counts and places, never the words. Names, addresses and
telephone numbers stand in every guideline (its authors, its publisher): they count
only where something else says that a patient is meant, such as a date of birth, a
record number or a national number. Will not: find a patient named in passing; rules
see patterns.
"""

import base64
import binascii
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from clinrag.privacy.identifiers import find_by, find_identifiers
from clinrag.privacy.injection import find_suspicions
from clinrag.privacy.rules import NAMES_A_PATIENT, RULES
from ingestion.screening import Screened
from ingestion.types import Block, ParsedDocument, ParseWarning

IDENTIFIERS_FOUND: Final = "identifiers_found"
INSTRUCTIONS_FOUND: Final = "instructions_to_a_model"
MOST_PLACES: Final = 20
STRETCH: Final = 4000  # characters looked through at once
OVERLAP: Final = 400  # longer than what any rule looks at

OF_A_PATIENT: Final = tuple(rule for rule in RULES if rule.name in NAMES_A_PATIENT)
# Not a patient's even beside one of those: sources have addresses on the web.
OF_NOBODY: Final = frozenset({"web_address", "ip_address"})

# Cyrillic letters that look like Latin ones. A word of both alphabets is no word;
# Greek ones stand in TNFα and are left alone.
LOOK_ALIKES: Final = str.maketrans(
    "АВЕЅІЈКМНОРСТХУаеѕіјорсухԁһӏԛԝ", "ABESIJKMHOPCTXYaesijopcyxdhlqw"
)
MIXED_WORD: Final = re.compile(r"[A-Za-z][\u0400-\u052f]|[\u0400-\u052f][A-Za-z]")
BASE64: Final = re.compile(r"(?<![\w+/])[A-Za-z0-9+/]{24,4000}={0,2}(?![\w+/])")
READABLE: Final = re.compile(r"[\w\s.,:;'’\"!?()/-]+")
LEAST_WORDS: Final = 3
# What shows when a pointer rests on a link is a name, not a sentence to act on.
LINK_TITLE: Final = re.compile(
    r"\]\(\s*[^\s()]+\s+[\"'](?P<title>[^\"\n]{12,})[\"']\s*\)"
)
ASKS: Final = re.compile(
    r"(?:\?\s*$)|^\s*(?:please\s+)?(?:add|answer|break|compose|convert|describe|develop"
    r"|draft|explain|give|ignore|include|list|print|provide|reply|say|show|summari[sz]e"
    r"|tell|translate|write)\b",
    re.IGNORECASE,
)
# A guideline has readers who act; only a program has an answer to write.
REPLY: Final = re.compile(
    r"\b(?:add|include|insert|put|print|write|append|mention|state|close|finish)\b"
    r"[^?!]{0,80}\b(?:in|to|into|of|with)\s+your\s+(?:answer|response|reply|output)\b",
    re.IGNORECASE,
)


def screened(document: ParsedDocument) -> Screened:
    """Look for identifiers of patients and for words that address a program."""
    identifiers = _identifiers(document.blocks)
    warnings = [*_identifier_warnings(identifiers), *_instructions(document.blocks)]
    kinds = Counter(kind for _place, _block, kind in identifiers)
    return Screened(tuple(warnings), tuple(sorted(kinds.items())))


# --- Identifiers of patients -------------------------------------------------


def _identifiers(blocks: Sequence[Block]) -> list[tuple[int, Block, str]]:
    """Place, block and kind of each; nothing unless one of them is a patient's."""
    if not any(
        find_by(OF_A_PATIENT, text)
        for block in blocks
        for _start, text in _stretches(block.text)
    ):
        return []
    found = {
        (place, block, start + finding.start, finding.kind.value): None
        for place, block in enumerate(blocks, start=1)
        for start, text in _stretches(block.text)
        for finding in find_identifiers(text)
        if finding.rule not in OF_NOBODY
    }
    return [(place, block, kind) for place, block, _start, kind in found]


def _stretches(text: str) -> Iterator[tuple[int, str]]:
    """A paragraph in overlapping parts: the rules' time grows with the square."""
    for start in range(0, max(len(text) - OVERLAP, 1), STRETCH):
        yield start, text[start : start + STRETCH + OVERLAP]


def _identifier_warnings(
    found: Iterable[tuple[int, Block, str]],
) -> Iterator[ParseWarning]:
    kinds: dict[tuple[int, int | None], set[str]] = {}
    for place, block, kind in found:
        kinds.setdefault((place, block.page), set()).add(kind)
    for (place, page), names in list(kinds.items())[:MOST_PLACES]:
        told = ", ".join(sorted(name.replace("_", " ") for name in names))
        message = f"Paragraph {place} may name a patient: {told}."
        yield ParseWarning(IDENTIFIERS_FOUND, message, page)


# --- Words that address a program --------------------------------------------


def _instructions(blocks: Iterable[Block]) -> Iterator[ParseWarning]:
    told = 0
    for place, block in enumerate(blocks, start=1):
        rules = suspicious_rules(block.text)
        if not rules:
            continue
        names = ", ".join(rule.replace("_", " ") for rule in rules)
        message = f"Paragraph {place} reads like orders to a language model: {names}."
        yield ParseWarning(INSTRUCTIONS_FOUND, message, block.page)
        told += 1
        if told == MOST_PLACES:
            return


def suspicious_rules(text: str) -> tuple[str, ...]:
    """Names of the rules by which a paragraph reads like orders to a program."""
    rules: dict[str, None] = {}
    for _start, stretch in _stretches(text):
        for reading in _readings(stretch):
            rules |= {one.rule: None for one in find_suspicions(reading)}
            if REPLY.search(reading):
                rules["speaks_of_your_answer"] = None
        if any(ASKS.search(one["title"]) for one in LINK_TITLE.finditer(stretch)):
            rules["request_in_link_title"] = None
        if MIXED_WORD.search(stretch):
            rules["look_alike_letters"] = None
        if any(_decoded(stretch)):
            rules["encoded_text"] = None
    return tuple(rules)


def _readings(text: str) -> Iterator[str]:
    yield text
    if MIXED_WORD.search(text):
        folded = unicodedata.normalize("NFKC", text).translate(LOOK_ALIKES)
        yield folded
    yield from _decoded(text)


def _decoded(text: str) -> Iterator[str]:
    """Sentences written in base64 (RFC 4648, section 4), which no guideline needs."""
    for match in BASE64.finditer(text):
        try:
            words = base64.b64decode(match[0], validate=True).decode()
        except (binascii.Error, UnicodeDecodeError):
            continue
        if len(words.split()) >= LEAST_WORDS and READABLE.fullmatch(words):
            yield words
