"""Readings of sealed content as lines: who, when, what, for what, through what.

Promises the words of the labels on the page and plain codes beside them in a file.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from audit.exports.accounting import Disclosure
from audit.queries import EntryView
from clinrag.web.labels import EVERY_PURPOSE, Words, in_words, surface_words

COLUMNS: Final = (
    "entry", "at", "by", "id", "method", "what", "purpose", "through", "answers",
    "entries",
)  # fmt: skip
_WHAT: Final = {
    "content.disclosed": "read",
    "content.break_glass": "opened in an emergency",
    "export.downloaded": "package downloaded",
}


@dataclass(frozen=True, slots=True)
class ReadingLine:
    """One reading; `package_id` if it was a download."""

    index: int | None
    at: datetime
    who: str
    actor_id: str
    type: str
    purpose: Words
    surface: Words
    answer_ids: tuple[str, ...]
    entries: int
    package_id: str


def line_of(entry: EntryView) -> ReadingLine:
    """An entry about a reading, for the page."""
    return ReadingLine(
        index=entry.index,
        at=entry.at,
        who=entry.actor.name,
        actor_id=entry.actor.id,
        type=entry.type,
        purpose=_purpose(_purpose_of(entry)),
        surface=_surface(entry.type, str(entry.fields.get("surface", ""))),
        answer_ids=_answers(entry),
        entries=len(entry.fields.get("entry_ids", ())),
        package_id=str(entry.fields.get("export_id", "")),
    )


def cells(entry: EntryView) -> tuple[object, ...]:
    """The columns `COLUMNS` of an entry."""
    return (
        entry.index,
        entry.at.isoformat(),
        entry.actor.name,
        entry.actor.id,
        entry.actor.method,
        _WHAT.get(entry.type, entry.type),
        _purpose_of(entry),
        entry.fields.get("surface", ""),
        " ".join(_answers(entry)),
        " ".join(entry.fields.get("entry_ids", ())),
    )


def account_lines(found: Iterable[Disclosure]) -> list[ReadingLine]:
    """An account of disclosures, for the page."""
    return [
        ReadingLine(
            index=one.index,
            at=one.at,
            who=one.actor_name,
            actor_id=one.actor_id,
            type=one.type,
            purpose=_purpose(one.purpose),
            surface=_surface(one.type, one.surface),
            answer_ids=(),
            entries=len(one.entry_ids),
            package_id="",
        )
        for one in found
    ]


def account_cells(one: Disclosure) -> tuple[object, ...]:
    """An account of disclosures, as a line of a file."""
    what = _WHAT.get(one.type, one.type)
    return (
        one.index,
        one.at.isoformat(),
        one.actor_name,
        one.actor_id,
        what,
        one.purpose,
        one.surface,
    )


def _purpose_of(entry: EntryView) -> str:
    implied = {
        "content.break_glass": "break_glass",
        "export.downloaded": "evidence_package",
    }
    return str(entry.fields.get("purpose") or implied.get(entry.type, ""))


def _purpose(code: str) -> Words:
    return EVERY_PURPOSE.get(code, in_words(code))


def _surface(kind: str, surface: str) -> Words:
    return surface_words(surface or ("web.emergency" if "glass" in kind else ""))


def _answers(entry: EntryView) -> tuple[str, ...]:
    one = entry.fields.get("answer_id")
    return (str(one),) if one else tuple(entry.fields.get("answer_ids", ()))
