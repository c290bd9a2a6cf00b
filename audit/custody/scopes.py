"""What an erasure or a hold applies to: one kind, and an id or a span of time.

Promises that a scope is written as plain words the same way everywhere (the entry, the
authorization, the row), and that a person is named by the id of a key alone: whoever
types a reference in has it turned into that here, and it goes no further.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Final, Self
from uuid import UUID

from audit import sealing
from audit.custody.errors import ScopeInvalid, SubjectUnknown


class ScopeKind(StrEnum):
    """The value is also the name of the word that holds the id."""

    SUBJECT = "subject"
    QUESTION = "question"
    ENTRY = "entry"
    VERSION = "version"
    TIME = "time"
    EVERYTHING = "everything"


# Content goes by person, answer or entry; to erase all of a month is not foreseen.
ERASABLE: Final = frozenset({ScopeKind.SUBJECT, ScopeKind.QUESTION, ScopeKind.ENTRY})


@dataclass(frozen=True, slots=True)
class Scope:
    """A question's scope covers its end too; `until` is exclusive, None is open.

    `id` is that of a subject's key, of a question's entry, of an entry, or of a version
    of a document (all answers that read it).
    """

    kind: ScopeKind
    id: UUID | None = None
    since: datetime | None = None
    until: datetime | None = None

    def __post_init__(self) -> None:
        """Raises ScopeInvalid unless it has exactly what its kind needs."""
        span = self.since is not None or self.until is not None
        needs_id = self.kind not in (ScopeKind.TIME, ScopeKind.EVERYTHING)
        if needs_id != (self.id is not None) or span != (self.kind is ScopeKind.TIME):
            raise ScopeInvalid
        if any(end and end.tzinfo is None for end in (self.since, self.until)):
            raise ScopeInvalid

    @classmethod
    def of_subject(cls, reference: str) -> Self:
        """Everything sealed for this person so far.

        Raises SubjectUnknown, SubjectReferenceInvalid.
        """
        found = sealing.find_subject(reference, wrapped_by=sealing.key_wrapper())
        if found is None:
            raise SubjectUnknown
        return cls(ScopeKind.SUBJECT, found)

    @classmethod
    def of_any_subject(cls, reference: str) -> Self:
        """The same, for a person of whom there may be nothing yet, as a hold needs."""
        wrapper = sealing.key_wrapper()
        return cls(
            ScopeKind.SUBJECT, sealing.open_subject(reference, wrapped_by=wrapper)
        )

    @classmethod
    def from_words(cls, kind: str, words: Mapping[str, str]) -> Self:
        """The inverse of `as_words`. Raises ScopeInvalid."""
        try:
            return cls(
                ScopeKind(kind),
                UUID(words[kind]) if words.get(kind, "yes") != "yes" else None,
                _time(words.get("since")),
                _time(words.get("until")),
            )
        except ValueError:
            raise ScopeInvalid from None

    def as_words(self) -> dict[str, str]:
        """Plain words; `{"everything": "yes"}` rather than none at all."""
        if self.id is not None:
            return {self.kind.value: str(self.id)}
        if self.kind is ScopeKind.EVERYTHING:
            return {"everything": "yes"}
        ends = {"since": self.since, "until": self.until}
        return {
            name: end.astimezone(UTC).isoformat()
            for name, end in ends.items()
            if end is not None
        }


def spans(since: datetime | None, until: datetime | None) -> bool:
    """Whether any moment lies between the two, the second of which is exclusive."""
    return since is None or until is None or since < until


def _time(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
