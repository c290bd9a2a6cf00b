"""What is decided about answering, for a deployment or a collection, as one value.

Promises: frozen; `label` goes into every entry, so that an answer can be judged by
the rules it was made under, and `policy_of_label` reads it back for a replay. Raise
RULES_VERSION when rules of screening, grounding or confidence change their verdict on
anything.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Self

RULES_VERSION = 4
DISCLAIMER = (
    "This answer was put together from the documents cited and is meant to support, "
    "not to replace, the judgement of a qualified clinician. Read the cited passages "
    "before acting on it."
)


class GroundingPolicy(StrEnum):
    """What to do when some claims are not supported; the strictest comes last."""

    FLAG = "flag"
    DROP = "drop"
    REFUSE = "refuse"


class IdentifierPolicy(StrEnum):
    """What to do with a question that holds identifiers; the strictest comes last."""

    MASK = "mask"
    REFUSE = "refuse"


@dataclass(frozen=True, slots=True)
class PolicyTerms:
    """What may be decided for one collection apart from the others.

    `grounding` "drop" releases the supported claims and says that others were left
    out; "refuse" releases nothing unless every claim is supported; "flag" releases
    some of the others too, each marked in its own text (see `release`).
    `external_models` says whether questions to this collection, and its text, may be
    sent to a model outside.
    """

    grounding: GroundingPolicy = GroundingPolicy.DROP
    identifiers: IdentifierPolicy = IdentifierPolicy.MASK
    external_models: bool = False

    @classmethod
    def strictest(cls, every: Iterable[Self]) -> Self:
        """Each term as strict as it is in the strictest; raises ValueError for none."""
        terms = tuple(every)
        return cls(
            grounding=max((one.grounding for one in terms), key=_strictness),
            identifiers=max((one.identifiers for one in terms), key=_strictness),
            external_models=all(one.external_models for one in terms),
        )

    def is_looser_than(self, other: Self) -> bool:
        """Whether any term is less strict, whatever the others are."""
        return type(self).strictest([self, other]) != self


@dataclass(frozen=True, slots=True)
class Policy:
    """How strict to be. Lengths in characters, budgets in tokens."""

    grounding: GroundingPolicy = GroundingPolicy.DROP
    identifiers: IdentifierPolicy = IdentifierPolicy.MASK
    external_models: bool = False
    longest_question: int = 2_000
    longest_context: int = 15_000
    most_passages: int = 30
    prompt_tokens: int = 6_000
    disclaimer: str = DISCLAIMER

    @property
    def terms(self) -> PolicyTerms:
        return PolicyTerms(self.grounding, self.identifiers, self.external_models)

    @property
    def label(self) -> str:
        return (
            f"rules/{RULES_VERSION} grounding={self.grounding} "
            f"identifiers={self.identifiers} "
            f"external_models={'yes' if self.external_models else 'no'} "
            f"prompt_tokens={self.prompt_tokens}"
        )

    def with_terms(self, terms: PolicyTerms) -> Self:
        return replace(
            self,
            grounding=terms.grounding,
            identifiers=terms.identifiers,
            external_models=terms.external_models,
        )


def policy_of_label(label: str, *, otherwise: Policy) -> Policy:
    """The policy that an entry names; what its label does not say is as `otherwise`.

    Raises ValueError for a value that no policy has.
    """
    said = dict(part.split("=", 1) for part in label.split() if "=" in part)
    said["grounding"] = said.get("grounding", otherwise.grounding).replace(
        "trim",
        "drop",  # what entries of the first rules call it
    )
    return replace(
        otherwise,
        grounding=GroundingPolicy(said["grounding"]),
        identifiers=IdentifierPolicy(said.get("identifiers", otherwise.identifiers)),
        external_models=said.get("external_models", "no") == "yes",
        prompt_tokens=int(said.get("prompt_tokens", otherwise.prompt_tokens)),
    )


def _strictness(term: GroundingPolicy | IdentifierPolicy) -> int:
    return tuple(str(one) for one in type(term)).index(str(term))
