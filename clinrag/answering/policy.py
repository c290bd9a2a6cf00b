"""What a deployment decides about answering, as one value.

Promises: frozen; `label` goes into every entry, so that an answer can be judged by
the rules it was made under. Raise RULES_VERSION when rules of screening, grounding
or confidence change their verdict on anything.
"""

from dataclasses import dataclass
from enum import StrEnum

RULES_VERSION = 1
DISCLAIMER = (
    "This answer was put together from the documents cited and is meant to support, "
    "not to replace, the judgement of a qualified clinician. Read the cited passages "
    "before acting on it."
)


class GroundingPolicy(StrEnum):
    """What to do when some claims are not supported."""

    TRIM = "trim"
    REFUSE = "refuse"


class IdentifierPolicy(StrEnum):
    """What to do with a question that holds identifiers."""

    MASK = "mask"
    REFUSE = "refuse"


@dataclass(frozen=True, slots=True)
class Policy:
    """How strict to be. Lengths in characters, budgets in tokens.

    `grounding` "trim" releases the supported claims and says that others were left
    out; "refuse" releases nothing unless every claim is supported.
    """

    grounding: GroundingPolicy = GroundingPolicy.TRIM
    identifiers: IdentifierPolicy = IdentifierPolicy.MASK
    longest_question: int = 2_000
    most_passages: int = 30
    prompt_tokens: int = 6_000
    disclaimer: str = DISCLAIMER

    @property
    def label(self) -> str:
        return (
            f"rules/{RULES_VERSION} grounding={self.grounding} "
            f"identifiers={self.identifiers} prompt_tokens={self.prompt_tokens}"
        )
