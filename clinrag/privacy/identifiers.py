"""Finding identifiers in a question and taking them out.

Promises: pure and deterministic; findings never overlap and come in reading order;
masking changes nothing outside them. Rules miss what has no pattern (a bare
surname in lower case): masking lowers risk, it does not make a text anonymous.
"""

import re
from collections.abc import Iterable, Iterator

from clinrag.privacy.rules import RULES, Rule
from clinrag.privacy.types import Finding, Screening


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


def find_identifiers(
    text: str, *, rules: Iterable[Rule] = RULES
) -> tuple[Finding, ...]:
    """Spans of identifiers; where rules overlap, the earlier and longer one wins."""
    found = [finding for rule in rules for finding in _matches(rule, text)]
    return tuple(_without_overlaps(found))


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
