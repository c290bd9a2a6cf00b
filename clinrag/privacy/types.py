"""What a screening finds in a question.

Promises: frozen values. `Finding` never holds the words found, only their place,
so that it may be logged and recorded; `Screening` holds patient text and may not.
"""

from dataclasses import dataclass
from enum import StrEnum


class IdentifierKind(StrEnum):
    """What sort of identifier a span is."""

    NAME = "name"
    DATE = "date"
    PHONE = "phone"
    EMAIL = "email"
    ADDRESS = "address"
    RECORD_NUMBER = "record_number"
    NATIONAL_ID = "national_id"
    CARD = "card"
    AGE_OVER_89 = "age_over_89"
    ORGANISATION = "organisation"


@dataclass(frozen=True, slots=True)
class Finding:
    """A span of the screened text, `text[start:end]`, and why it stands out."""

    kind: IdentifierKind
    rule: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Screening:
    """A question, what was found in it, and its forms without identifiers.

    `masked_text` shows a label where an identifier stood, for the prompt;
    `search_text` shows nothing there, so that labels are not searched for.
    """

    text: str
    findings: tuple[Finding, ...]
    masked_text: str
    search_text: str

    @property
    def kinds(self) -> tuple[str, ...]:
        return tuple(sorted({finding.kind.value for finding in self.findings}))


@dataclass(frozen=True, slots=True)
class Suspicion:
    """One rule by which a question reads like an instruction to the system."""

    rule: str
