"""The words of impact and recall that tables and interfaces share.

Promises: pure, and stable: the numbers and words stand in tables and in the ledger.
"""

from enum import IntEnum, StrEnum


class Use(IntEnum):
    """What an answer made of a passage; the smaller, the stronger."""

    CITED = 1
    IN_PROMPT = 2
    CUT = 3

    @property
    def code(self) -> str:
        """The name that interfaces know it by."""
        return self.name.lower()

    @property
    def bit(self) -> int:
        """Its place in a set of uses that is stored as a number."""
        return 1 << (self.value - 1)

    @classmethod
    def of_code(cls, code: str) -> "Use":
        return cls[code.upper()]


class Reach(StrEnum):
    """Up to which use a passage counts: citing is the narrowest, a cut the widest."""

    CITED = "cited"
    IN_PROMPT = "in_prompt"
    CUT = "cut"

    @property
    def uses(self) -> frozenset[Use]:
        return frozenset(one for one in Use if one <= Use.of_code(self.value))


class TargetKind(StrEnum):
    """What is asked about."""

    VERSION = "version"
    SECTION = "section"
    CHUNK = "chunk"
    CHANGE = "change"


class AnswerStanding(StrEnum):
    """What the text behind an answer is worth at a moment, the worst first."""

    UNDER_RECALL = "under_recall"
    WITHDRAWN = "withdrawn"
    SUPERSEDED = "superseded"
    CURRENT = "current"


class Severity(StrEnum):
    """How much a recall may matter to a patient, the worst first."""

    CRITICAL = "critical"
    MAJOR = "major"
    MINOR = "minor"


class DeliveryState(StrEnum):
    """Where a webhook message is; a dead one waits for somebody to replay it."""

    PENDING = "pending"
    DELIVERED = "delivered"
    DEAD = "dead"
