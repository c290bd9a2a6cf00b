"""Checking claims that somebody else drafted against text of the corpus.

Promises: the very check that an answer goes through (`grounding`), over the text of
versions the caller names; every span it tells is a span of that version's text. What
was checked, by which rules and with which verdicts is in the ledger before it is told,
the claims sealed beside it. A citation without a quote is held to all of its source.
Will not: look for evidence, call a model, or decide who may read a version.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import transaction

from audit import ledger
from audit.actors import Actor
from audit.events import ClaimsChecked
from audit.identifiers import new_id
from clinrag.answering.errors import SourceInvalid
from clinrag.answering.grounding import CheckedClaim, check_claims
from clinrag.answering.policy import RULES_VERSION
from clinrag.answering.types import Verdict
from clinrag.inference.types import (
    DraftAnswer,
    DraftCitation,
    DraftClaim,
    EvidencePassage,
)
from ingestion.queries import VersionView, version_text

LONGEST_SOURCE: Final = 15_000  # characters that are compared at once
RULES: Final = f"rules/{RULES_VERSION}"


@dataclass(frozen=True, slots=True)
class Source:
    """A version's text, or `text[start:end]` of it; in characters."""

    version: VersionView
    start: int = 0
    end: int | None = None


@dataclass(frozen=True, slots=True)
class GivenCitation:
    """The number of a source, from 1, and words of it; "" for all of it."""

    source: int
    quote: str = ""


@dataclass(frozen=True, slots=True)
class GivenClaim:
    """One statement as it was drafted, and what it cites."""

    text: str
    citations: tuple[GivenCitation, ...]


@dataclass(frozen=True, slots=True)
class FoundQuote:
    """Where cited words stand: `version_text[char_start:char_end] == quote`."""

    source: int
    version_id: UUID
    char_start: int
    char_end: int
    quote: str


@dataclass(frozen=True, slots=True)
class JudgedClaim:
    """A claim with its verdict, what is wrong as codes, and the quotes found."""

    text: str
    verdict: Verdict
    problems: tuple[str, ...]
    quotes: tuple[FoundQuote, ...]


@dataclass(frozen=True, slots=True)
class Check:
    """The judged claims in their order, and the entry that tells of them."""

    id: UUID
    rules: str
    claims: tuple[JudgedClaim, ...]
    entry_id: UUID
    leaf_hash: str


@dataclass(frozen=True, slots=True)
class _Read:
    """A source with its text."""

    source: Source
    text: str

    @property
    def version_id(self) -> UUID:
        return self.source.version.id


def check_given(
    claims: Sequence[GivenClaim], *, sources: Sequence[Source], by: Actor, at: datetime
) -> Check:
    """Judge each claim by the sources it cites, on record.

    Raises SourceInvalid, VersionNotFound, LedgerUnavailable.
    """
    read = [_read(one) for one in sources]
    draft = DraftAnswer(tuple(_draft(one, read) for one in claims), abstained=False)
    passages = [
        EvidencePassage(number, one.text, title=one.source.version.document_title)
        for number, one in enumerate(read, start=1)
    ]
    judged = tuple(_judged(one, read) for one in check_claims(draft, passages).claims)
    return _recorded(judged, read, by=by, at=at)


def _read(source: Source) -> _Read:
    whole = version_text(source.version.id)
    end = len(whole) if source.end is None else source.end
    if not 0 <= source.start < end <= len(whole) or end - source.start > LONGEST_SOURCE:
        raise SourceInvalid
    return _Read(source, whole[source.start : end])


def _draft(claim: GivenClaim, read: Sequence[_Read]) -> DraftClaim:
    return DraftClaim(
        claim.text,
        tuple(
            DraftCitation(one.source, one.quote or _all_of(one.source, read))
            for one in claim.citations
        ),
    )


def _all_of(number: int, read: Sequence[_Read]) -> str:
    """All of the source; "" for a number that none has, which the check tells."""
    return read[number - 1].text if 1 <= number <= len(read) else ""


def _judged(claim: CheckedClaim, read: Sequence[_Read]) -> JudgedClaim:
    found = []
    for span in claim.spans:
        one = read[span.passage_number - 1]
        found.append(
            FoundQuote(
                source=span.passage_number,
                version_id=one.version_id,
                char_start=one.source.start + span.start,
                char_end=one.source.start + span.end,
                quote=one.text[span.start : span.end],
            )
        )
    return JudgedClaim(claim.text, claim.verdict, claim.problems, tuple(found))


@transaction.atomic
def _recorded(
    judged: tuple[JudgedClaim, ...], read: Sequence[_Read], *, by: Actor, at: datetime
) -> Check:
    check_id = new_id(at)
    event = ClaimsChecked(
        check_id=str(check_id),
        rules=RULES,
        versions=tuple(str(one.version_id) for one in read),
        verdicts=tuple(one.verdict.value for one in judged),
        problems=tuple(one.problems for one in judged),
    )
    told = json.dumps([one.text for one in judged], ensure_ascii=False)
    receipt = ledger.append(event, by=by, at=at, sealed={"claims": told})
    return Check(check_id, RULES, judged, receipt.entry_id, receipt.leaf_hash.hex())
