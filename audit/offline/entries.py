"""What entries say about each other: each question ends once, and soon.

Reads the fields that make the life of an answer dense, and nothing else. An id used
twice is found by `manage.py verify_ledger`, which has an index of all of them.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from audit.offline.canonical import read_entry
from audit.offline.problems import Rejected

OPENING: Final = "query.received"
ENDINGS: Final = frozenset(
    {"answer.released", "answer.refused", "answer.failed", "answer.lost"}
)
LATE: Final = timedelta(minutes=15)
_MOMENT: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z")


@dataclass(frozen=True, slots=True)
class Fact:
    """An entry that opens or ends a question, or, without either, just its time."""

    index: int
    at: str
    opens: str = ""
    ends: str = ""


def read_facts(entries: Sequence[bytes], first: int) -> list[Fact]:
    """Read entries strictly; raises Rejected with the index of the first that fails."""
    return [_read_fact(data, first + at) for at, data in enumerate(entries)]


def _read_fact(data: bytes, index: int) -> Fact:
    try:
        return _fact(read_entry(data), index)
    except Rejected as problem:
        raise problem.at(layer="entry", index=index) from None


def _fact(entry: dict[str, Any], index: int) -> Fact:
    if not _MOMENT.fullmatch(entry["at"]):
        raise Rejected("the entry has no time in UTC", code="entry_time")
    moment(entry["at"])
    if entry["type"] == OPENING:
        return Fact(index, entry["at"], opens=entry["id"])
    if entry["type"] not in ENDINGS:
        return Fact(index, entry["at"])
    question = entry["fields"].get("query_entry_id")
    if not isinstance(question, str) or not question:
        raise Rejected("an answer without its question", code="answer_unasked")
    return Fact(index, entry["at"], ends=question)


def moment(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        raise Rejected("the entry has no time in UTC", code="entry_time") from None


@dataclass(slots=True)
class Lives:
    """The questions that are open so far.

    `is_whole` says that the log is read from its very first entry: otherwise an
    answer may end a question that was asked before.
    """

    is_whole: bool = True
    before: int = 0
    _open: dict[str, Fact] = field(default_factory=dict)
    _last: str = ""

    def add(self, fact: Fact) -> None:
        """Facts in order; raises Rejected for an end without an open question."""
        self._last = max(self._last, fact.at)
        if fact.opens:
            if fact.opens in self._open:
                raise _life("a question is asked twice", fact.index)
            self._open[fact.opens] = fact
        elif fact.ends and self._open.pop(fact.ends, None) is None:
            if self.is_whole:
                raise _life("an answer to no open question", fact.index)
            self.before += 1

    def finish(self) -> int:
        """How many questions are open; raises Rejected if one is so for too long.

        Late is measured against the newest entry, since no clock here is the log's.
        """
        for fact in self._open.values():
            if moment(self._last) - moment(fact.at) > LATE:
                raise _life("a question was never ended", fact.index)
        return len(self._open)


def _life(sentence: str, index: int) -> Rejected:
    return Rejected(sentence, code="life_broken", layer="life", index=index)
