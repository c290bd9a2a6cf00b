"""From labelled claims to a table of how often the check was right.

Promises: pure. "Right" is narrow: a true claim is right when it is supported, a false
one when it is not. Precision is the share of supported claims that are true, recall the
share of true claims that are supported.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from clinrag.answering.evaluation.labelled import LabelledClaim
from clinrag.answering.grounding import CheckedClaim, check_claims
from clinrag.answering.types import Verdict
from clinrag.inference.types import DraftAnswer


@dataclass(frozen=True, slots=True)
class KindScore:
    """One kind of claim: how many there are, and which verdicts they got."""

    kind: str
    is_true: bool
    verdicts: Counter[str]

    @property
    def total(self) -> int:
        return self.verdicts.total()

    @property
    def right(self) -> int:
        supported = self.verdicts[Verdict.SUPPORTED.value]
        return supported if self.is_true else self.total - supported


@dataclass(frozen=True, slots=True)
class Scores:
    """The table for one half, and what it comes to."""

    kinds: tuple[KindScore, ...]

    @property
    def precision(self) -> float:
        released = self._supported(is_true=True) + self._supported(is_true=False)
        return self._supported(is_true=True) / released if released else 0.0

    @property
    def recall(self) -> float:
        total = sum(one.total for one in self.kinds if one.is_true)
        return self._supported(is_true=True) / total if total else 0.0

    def of(self, kind: str) -> KindScore:
        """Raises KeyError when the half has none of the kind."""
        return {one.kind: one for one in self.kinds}[kind]

    def _supported(self, *, is_true: bool) -> int:
        kinds = (one for one in self.kinds if one.is_true is is_true)
        return sum(one.verdicts[Verdict.SUPPORTED.value] for one in kinds)


def checked(one: LabelledClaim) -> CheckedClaim:
    """The claim as the pipeline would check it."""
    draft = DraftAnswer((one.claim,), abstained=False)
    return check_claims(draft, one.passages).claims[0]


def score(claims: Iterable[LabelledClaim]) -> Scores:
    """Check each and count; true kinds first, then by name."""
    verdicts: dict[tuple[bool, str], Counter[str]] = {}
    for one in claims:
        counted = verdicts.setdefault((not one.is_true, one.kind), Counter())
        counted[checked(one).verdict.value] += 1
    return Scores(
        tuple(
            KindScore(kind, not is_false, counted)
            for (is_false, kind), counted in sorted(verdicts.items())
        )
    )
