"""What a package is about: one answer, a stretch of the log, an edition, a person.

Promises that a scope is checked before anybody is asked to agree to it, and that its
words are the ones two people agree on. Finds nothing itself.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Final
from uuid import UUID

from audit.errors import ExportInvalid


class Kind(StrEnum):
    """What can be asked for."""

    ANSWER = "answer"
    ENTRIES = "entries"
    PERIOD = "period"
    VERSION = "version"
    SUBJECT = "subject"


class Content(StrEnum):
    """How sealed content goes into a package."""

    NONE = "none"
    CIPHERTEXT = "ciphertext"
    MASKED = "masked"
    DISCLOSED = "disclosed"

    @property
    def is_read(self) -> bool:
        """Whether somebody has to read it, which is recorded."""
        return self in {Content.MASKED, Content.DISCLOSED}


@dataclass(frozen=True, slots=True)
class Scope:
    """A kind with its words, all of them checked.

    `answer`: answer_id. `entries`: first and last index, both included. `period`:
    since, and until (not included), by the clocks of those who wrote. `version`:
    version_id of an edition, with the answers that retrieved it. `subject`: the id of
    a person's key, under which questions were sealed.
    """

    kind: Kind
    words: Mapping[str, str]

    @property
    def indices(self) -> tuple[int, int]:
        """First and last index of a scope of kind `entries`."""
        return int(self.words["first"]), int(self.words["last"])

    @property
    def period(self) -> tuple[datetime, datetime]:
        """Begin and end of a scope of kind `period`."""
        return _moment(self.words["since"]), _moment(self.words["until"])

    @property
    def needle(self) -> str:
        """The id in the entries of a scope of kind `answer` or `version`."""
        return next(iter(self.words.values()))


def read(kind: str, words: Mapping[str, str]) -> Scope:
    """Check and normalise. Raises ExportInvalid."""
    if kind not in set(Kind):
        raise ExportInvalid("kind")
    readers = _READERS[Kind(kind)]
    if set(words) != set(readers) or not all(
        isinstance(w, str) for w in words.values()
    ):
        raise ExportInvalid("scope")
    try:
        checked = {name: read(words[name]) for name, read in readers.items()}
    except ValueError:
        raise ExportInvalid("scope") from None
    scope = Scope(Kind(kind), MappingProxyType(checked))
    _check_order(scope)
    return scope


def _check_order(scope: Scope) -> None:
    if scope.kind is Kind.ENTRIES:
        first, last = scope.indices
        if first > last:
            raise ExportInvalid("first and last")
    if scope.kind is Kind.PERIOD:
        since, until = scope.period
        if since >= until:
            raise ExportInvalid("since and until")


def _id(text: str) -> str:
    return str(UUID(text))


def _index(text: str) -> str:
    number = int(text)
    if not 0 <= number < 1 << 53:
        raise ValueError("index")
    return str(number)


def _time(text: str) -> str:
    return _moment(text).astimezone(UTC).isoformat()


def _moment(text: str) -> datetime:
    found = datetime.fromisoformat(text)
    if found.tzinfo is None:
        raise ValueError("a time without a zone")
    return found


_READERS: Final[Mapping[Kind, Mapping[str, Callable[[str], str]]]] = MappingProxyType(
    {
        Kind.ANSWER: {"answer_id": _id},
        Kind.ENTRIES: {"first": _index, "last": _index},
        Kind.PERIOD: {"since": _time, "until": _time},
        Kind.VERSION: {"version_id": _id},
        Kind.SUBJECT: {"subject_id": _id},
    }
)
