"""Finding identifiers in a question and taking them out.

Promises: pure and deterministic; findings never overlap and come in reading order;
masking changes nothing outside them. Rules miss what has no pattern (a bare
surname in lower case): masking lowers risk, it does not make a text anonymous. Where
something names a patient, dates and hospitals count too, and a name found once is found
wherever it stands again.
"""

import re
from collections.abc import Iterable, Iterator

from clinrag.privacy.names import NOT_EPONYM, may_be_person, words_of
from clinrag.privacy.rules import NAMES_A_PATIENT, RECORD_RULES, rules_for
from clinrag.privacy.ruling import Rule
from clinrag.privacy.types import Finding, IdentifierKind, Screening

REPEATED = "name_repeated"
SHORTEST_REPEATED = 4


def screen(text: str) -> Screening:
    """What is found in `text`, and `text` without it."""
    findings = find_identifiers(text)
    return Screening(
        text=text,
        findings=findings,
        masked_text=_replace(text, findings, labelled=True),
        search_text=" ".join(_replace(text, findings, labelled=False).split()),
    )


def mask(text: str) -> str:
    """The text with a label where an identifier stood."""
    return screen(text).masked_text


def find_identifiers(text: str) -> tuple[Finding, ...]:
    """Spans of identifiers; where rules overlap, the earlier and longer one wins."""
    found = find_by(rules_for(text), text)
    if any(finding.rule in NAMES_A_PATIENT for finding in found):
        found = (*found, *find_by(RECORD_RULES, text))
    return tuple(_without_overlaps([*found, *_repeated(found, text)]))


def find_by(rules: Iterable[Rule], text: str) -> tuple[Finding, ...]:
    """What these rules find by themselves."""
    found = [finding for rule in rules for finding in _matches(rule, text)]
    return tuple(_without_overlaps(found))


def _repeated(found: Iterable[Finding], text: str) -> Iterator[Finding]:
    """A surname without its title; no word that the text also has in small letters."""
    names = {
        word
        for finding in found
        if finding.kind is IdentifierKind.NAME
        for word in words_of(text[finding.start : finding.end])
        if len(word) >= SHORTEST_REPEATED and word[0].isupper() and may_be_person(word)
    }
    for name in names:
        if not re.search(rf"\b{re.escape(name.lower())}\b", text):
            for match in re.finditer(rf"\b{re.escape(name)}\b{NOT_EPONYM}", text):
                yield Finding(IdentifierKind.NAME, REPEATED, match.start(), match.end())


def _matches(rule: Rule, text: str) -> Iterator[Finding]:
    for match in rule.pattern.finditer(text):
        if rule.accepts(match["id"]):
            yield _finding(rule, match)


def _finding(rule: Rule, match: re.Match[str]) -> Finding:
    return Finding(rule.kind, rule.name, match.start("id"), match.end("id"))


def _without_overlaps(found: Iterable[Finding]) -> Iterator[Finding]:
    end = 0
    for finding in sorted(found, key=lambda item: (item.start, -item.end)):
        if finding.start >= end:
            end = finding.end
            yield finding


def _replace(text: str, findings: tuple[Finding, ...], *, labelled: bool) -> str:
    pieces: list[str] = []
    position = 0
    for finding in findings:
        pieces.append(text[position : finding.start])
        pieces.append(f"[{finding.kind.value}]" if labelled else " ")
        position = finding.end
    return "".join([*pieces, text[position:]])
