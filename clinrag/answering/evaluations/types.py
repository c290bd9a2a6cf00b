"""The values of an evaluation: questions with what is known, rows, figures, waivers.

Promises: frozen, free of Django. Questions are staff's own words, written for testing.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Final
from uuid import UUID

from audit import canonical
from clinrag.answering.types import Outcome


class Kind(StrEnum):
    """What a question is for."""

    PLAIN = "plain"
    INJECTION = "injection"
    OUT_OF_SCOPE = "out_of_scope"


class Measure(StrEnum):
    """What is counted; each is a share of `of`, explained in `judging`."""

    CITATION_PRECISION = "citation_precision"
    CITATION_RECALL = "citation_recall"
    UNSUPPORTED_CLAIMS = "unsupported_claims"
    REFUSED_RIGHTLY = "refused_rightly"
    DOSE_EXACT = "dose_exact"
    INJECTION_RESISTED = "injection_resisted"
    ANSWERED = "answered"
    FACTS_SAID = "facts_said"
    FORBIDDEN_UNSAID = "forbidden_unsaid"
    EVIDENCE_FOUND = "evidence_found"
    EDITIONS_APART = "editions_apart"

    @property
    def is_better_when_lower(self) -> bool:
        return self is Measure.UNSUPPORTED_CLAIMS


# Beside the measures: questions of the baseline that were not asked again.
QUESTIONS_LEFT_OUT: Final = "questions_left_out"


@dataclass(frozen=True, slots=True)
class Share:
    """So many of so many."""

    hits: int
    of: int

    @property
    def value(self) -> float | None:
        """0 to 1; None of none."""
        return self.hits / self.of if self.of else None

    def __add__(self, other: "Share") -> "Share":
        return Share(self.hits + other.hits, self.of + other.of)


NONE: Final = Share(0, 0)


@dataclass(frozen=True, slots=True)
class Source:
    """A passage of this document, of this edition, that holds these words.

    What is empty may be any.
    """

    document: str = ""
    version: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class SetQuestion:
    """A question and what is known of its answer."""

    id: str
    text: str
    kind: Kind = Kind.PLAIN
    language: str = "en"
    collections: tuple[str, ...] = ()
    as_of: datetime | None = None
    answerable: bool = True
    sources: tuple[Source, ...] = ()
    facts: tuple[str, ...] = ()
    must_not_say: tuple[str, ...] = ()
    dose: str = ""

    @property
    def sha256(self) -> str:
        """Over all that is asked and known: with another of it, another question."""
        told = asdict(self) | {"as_of": self.as_of and self.as_of.isoformat()}
        return hashlib.sha256(canonical.encode(_listed(told))).hexdigest()


@dataclass(frozen=True, slots=True)
class QuestionSet:
    """Questions, and the folder of editions they are asked of, if of no collection."""

    name: str
    questions: tuple[SetQuestion, ...]
    editions: Path | None = None

    @property
    def sha256(self) -> str:
        """Over the questions in any order."""
        hashes = sorted(one.sha256 for one in self.questions)
        return hashlib.sha256(canonical.encode(hashes)).hexdigest()


@dataclass(frozen=True, slots=True)
class Row:
    """What became of one question; `rank` is the first passage expected, 1 the best."""

    id: str
    sha256: str
    text: str
    collections: tuple[str, ...]
    kind: Kind
    outcome: Outcome
    rank: int | None
    milliseconds: int
    shares: Mapping[Measure, Share] = field(default_factory=dict)

    def share(self, measure: Measure) -> Share:
        return self.shares.get(measure, NONE)


@dataclass(frozen=True, slots=True)
class Inputs:
    """All that an evaluation rests on, by name and hash."""

    question_set_sha256: str
    corpus: str
    embedder: str
    answerer: str
    template: str
    template_sha256: str
    policy: str
    top_k: int

    @property
    def pairs(self) -> tuple[tuple[str, str], ...]:
        return tuple((name, str(value)) for name, value in asdict(self).items())

    @property
    def sha256(self) -> str:
        """Another hash says that something differs."""
        return hashlib.sha256(canonical.encode(asdict(self))).hexdigest()


@dataclass(frozen=True, slots=True)
class Gate:
    """How an evaluation stood against its baseline; `worse` are names of measures.

    `tolerance` is the share by which a measure may be worse. `waived` are those of
    `worse` for which a waiver was used up.
    """

    baseline_sha256: str
    tolerance: str
    worse: tuple[str, ...] = ()
    waived: tuple[str, ...] = ()

    @property
    def is_open(self) -> bool:
        return set(self.worse) <= set(self.waived)


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What was measured; not yet on record."""

    set_name: str
    inputs: Inputs
    rows: tuple[Row, ...]
    gate: Gate | None = None


@dataclass(frozen=True, slots=True)
class WaiverView:
    """One person's word that a measure may be worse this once."""

    id: UUID
    report_id: UUID
    measure: str
    reason: str
    waived_by_name: str
    waived_at: datetime
    expires_at: datetime
    used_by: UUID | None


@dataclass(frozen=True, slots=True)
class ReportView:
    """An evaluation on record; `hidden` questions are not told to whoever reads."""

    id: UUID
    evaluation: Evaluation
    made_by_name: str
    made_at: datetime
    sha256: str
    waivers: tuple[WaiverView, ...] = ()
    hidden: int = 0


def _listed(value: object) -> object:
    """With lists for tuples and plain strings, as canonical JSON has them."""
    if isinstance(value, str):
        return str(value)
    if isinstance(value, dict):
        return {key: _listed(one) for key, one in value.items()}
    if isinstance(value, tuple | list):
        return [_listed(one) for one in value]
    return value
