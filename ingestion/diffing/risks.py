"""The changes that somebody may come to harm by, found in the sentences.

Promises: every quantity that differs between a sentence and its successor is told,
and every one of a sentence that came or went; what only moved with its section is
told nowhere. Grades and reasons come from `rules`. Will not: judge more than the
words show; a paraphrase that means something else is for the reader.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import zip_longest
from typing import Final

from ingestion.diffing.grading import QuantityPair, rule_for_quantities
from ingestion.diffing.likeness import bag_of, likeness
from ingestion.diffing.markers import Marker, grades_of, negations_of, strengths_of
from ingestion.diffing.quantities import (
    Quantity,
    pair_quantities,
    quantities_of,
)
from ingestion.diffing.rules import CLOSE, GRADES, KINDS, RULES
from ingestion.diffing.types import (
    ChangeKind,
    Risk,
    SectionChange,
    SentenceChange,
    Span,
)

CONTEXT: Final = 90  # characters on either side
MAY: Final = 1  # "may" and "can" come and go with any rewording
TOLD_KINDS: Final = {ChangeKind.ADDED, ChangeKind.REMOVED, ChangeKind.CHANGED}


@dataclass(frozen=True, slots=True)
class Finding:
    """A rule that holds, with the words it holds for; spans within the sentence."""

    rule: str
    old: str = ""
    new: str = ""
    old_span: Span | None = None
    new_span: Span | None = None


def risks_of(sections: Sequence[SectionChange]) -> tuple[Risk, ...]:
    """Return all risks, the gravest first, then in the order of the sections."""
    found = [
        risk
        for number, section in enumerate(sections)
        for risk in _of_section(number, section)
    ]
    for number, section, old, new in _renamed(sections):
        found += [
            _risk(finding, number, section, context=new)
            for finding in findings_of(old, new)
        ]
    return tuple(sorted(found, key=_order))


def _order(risk: Risk) -> tuple[int, int, int, int]:
    start = (risk.new_span or risk.old_span or (0, 0))[0]
    return GRADES.index(risk.grade), KINDS.index(risk.kind), risk.section, start


def _of_section(number: int, section: SectionChange) -> Iterator[Risk]:
    for sentence in section.sentences:
        old, new = _compared(sentence)
        for finding in _of_sentence(sentence, section):
            yield _risk(
                finding,
                number,
                section,
                old_at=sentence.old_span[0] if sentence.old_text else None,
                new_at=sentence.new_span[0] if sentence.new_text else None,
                context=_around(finding, old, new),
            )


def _around(finding: Finding, old: str, new: str) -> str:
    """Return the words around what changed, of the new sentence if it is there."""
    text, span = (new, finding.new_span) if finding.new_span else (old, None)
    if span is None and finding.old_span is None:
        text = new or old
    start, end = span or finding.old_span or (0, 0)
    first = text.find(" ", start - CONTEXT, start) + 1 if start > CONTEXT else 0
    last = text.rfind(" ", end, end + CONTEXT) if len(text) > end + CONTEXT else -1
    before, after = "… " if first else "", " …" if last > 0 else ""
    return f"{before}{text[first : last if last > 0 else None]}{after}"


def _compared(sentence: SentenceChange) -> tuple[str, str]:
    """Return the texts that are held against each other."""
    other = sentence.counterpart
    old = other.text if other and not sentence.old_text else sentence.old_text
    return old, sentence.new_text


def _of_sentence(sentence: SentenceChange, section: SectionChange) -> list[Finding]:
    if sentence.kind in TOLD_KINDS:
        return findings_of(sentence.old_text, sentence.new_text)
    other = sentence.counterpart
    if sentence.kind is not ChangeKind.MOVED or not other or not sentence.new_text:
        return []  # told once, where it stands now
    if other.words:
        return findings_of(other.text, sentence.new_text)
    is_elsewhere = other.path not in {section.path, section.old_path}
    return _under_other_heading(sentence.new_text) if is_elsewhere else []


def _under_other_heading(text: str) -> list[Finding]:
    told = (one for one in quantities_of(text) if one.is_limit or one.is_dose)
    return [
        Finding("quantity_under_other_heading", one.text, one.text, new_span=_span(one))
        for one in told
    ]


def findings_of(old: str, new: str) -> list[Finding]:
    """Return what a sentence and its successor differ in; one of them may be empty."""
    found = list(_quantity_findings(old, new))
    if old and new:
        found += _marker_findings(old, new)
    elif old:
        found += _lone_findings(
            old, rule="prohibition_lost", other="recommendation_lost"
        )
    else:
        found += _lone_findings(new, rule="prohibition_new", other="recommendation_new")
    return found


def _quantity_findings(old: str, new: str) -> Iterator[Finding]:
    is_whole = bool(old) != bool(new)
    for before, after in pair_quantities(quantities_of(old), quantities_of(new)):
        pair = QuantityPair(before, after, is_whole_text=is_whole)
        yield Finding(
            rule_for_quantities(pair),
            before.text if before else "",
            after.text if after else "",
            _span(before) if before else None,
            _span(after) if after else None,
        )


def _span(one: Quantity | Marker) -> Span:
    return one.start, one.end


def _marker_findings(old: str, new: str) -> Iterator[Finding]:
    is_close = likeness(bag_of(old), bag_of(new), fewest=1) >= CLOSE
    turned = "negation_turns_sentence" if is_close else "negation_in_reworded_text"
    for before, after in _differing(negations_of(old), negations_of(new)):
        is_grave = "prohibition" in {_family(before), _family(after)}
        yield _marked("prohibition_changed" if is_grave else turned, before, after)
    for before, after in _differing(strengths_of(old), strengths_of(new)):
        is_step = is_close and (before is not None or _rung(after) > MAY)
        is_step = is_step and (after is not None or _rung(before) > MAY)
        rule = "strength_changed" if is_step else "strength_in_reworded_text"
        yield _marked(rule, before, after)
    for before, after in _differing(grades_of(old), grades_of(new)):
        is_strength = "strength" in {_family(before), _family(after)}
        rule = "graded_strength_changed" if is_strength else "certainty_changed"
        yield _marked(rule, before, after)


def _lone_findings(text: str, *, rule: str, other: str) -> list[Finding]:
    """Return at most one: a whole sentence came or went, it is told once."""
    forbidding = [one for one in negations_of(text) if one.family == "prohibition"]
    binding = [one for one in strengths_of(text) if one.rung > 1]
    for name, markers in ((rule, forbidding), (other, binding)):
        if markers:
            is_lost = name.endswith("_lost")
            before = markers[0] if is_lost else None
            return [_marked(name, before, None if is_lost else markers[0])]
    return []


def _differing(
    old: Sequence[Marker], new: Sequence[Marker]
) -> Iterator[tuple[Marker | None, Marker | None]]:
    names = [one.name for one in old], [one.name for one in new]
    for tag, i1, i2, j1, j2 in SequenceMatcher(
        None, *names, autojunk=False
    ).get_opcodes():
        if tag != "equal":
            yield from zip_longest(old[i1:i2], new[j1:j2])


def _rung(marker: Marker | None) -> int:
    return marker.rung if marker else 0


def _family(marker: Marker | None) -> str:
    return marker.family if marker else ""


def _marked(rule: str, old: Marker | None, new: Marker | None) -> Finding:
    return Finding(
        rule,
        old.text if old else "",
        new.text if new else "",
        _span(old) if old else None,
        _span(new) if new else None,
    )


def _risk(
    finding: Finding,
    number: int,
    section: SectionChange,
    *,
    old_at: int | None = None,
    new_at: int | None = None,
    context: str = "",
) -> Risk:
    rule = RULES[finding.rule]
    return Risk(
        rule=rule.name,
        kind=rule.kind,
        grade=rule.grade,
        reason=rule.reason,
        old=finding.old,
        new=finding.new,
        section=number,
        anchor=section.anchor,
        path=section.path,
        old_span=_moved_by(finding.old_span, old_at),
        new_span=_moved_by(finding.new_span, new_at),
        context=" ".join(context.split()),
    )


def _moved_by(span: Span | None, at: int | None) -> Span | None:
    return (span[0] + at, span[1] + at) if span and at is not None else None


def _renamed(
    sections: Iterable[SectionChange],
) -> Iterator[tuple[int, SectionChange, str, str]]:
    """Yield each heading that got other words, once, with the section it is met at."""
    told: set[tuple[str, str]] = set()
    for number, section in enumerate(sections):
        old_path = section.old_path
        if old_path is None or len(old_path) != len(section.path):
            continue
        for old, new in zip(old_path, section.path, strict=True):
            if old != new and section.new_text and (old, new) not in told:
                told.add((old, new))
                yield number, section, old, new
