"""What a recorded question would be told today, beside what it was told.

Promises: the same question, over what is in force now by today's rules and policy; the
evidence, the quantities and the statements are compared, and each recorded statement
that was quoted word for word is checked again in what is found today. A note is written
in its format again, about the encounter of then. Nothing of it is stored, and no model
server is asked: today's statements are the built-in answerer's.
Holds words of the answer, not of the question; whoever shows them has put the reading
on record.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

from clinrag.answering.errors import PromptTooSmall
from clinrag.answering.folding import find_span, fold
from clinrag.answering.foresight.evidence import MOST_NUMBERS, numbers_in
from clinrag.answering.formats.storing import stored_brief
from clinrag.answering.formats.types import Brief
from clinrag.answering.grounding import CheckedClaim, check_claims
from clinrag.answering.policies import policy_for
from clinrag.answering.questions import find_collections
from clinrag.answering.refusals import refusal_of
from clinrag.answering.rehearsal import Rehearsal, rehearse
from clinrag.answering.replay.record import Reading, Recorded, read_record
from clinrag.answering.services import Services
from clinrag.answering.types import Claim, Outcome, Verdict
from clinrag.inference.types import (
    ENCOUNTER,
    DraftAnswer,
    DraftCitation,
    DraftClaim,
    EvidencePassage,
)
from clinrag.privacy.identifiers import screen
from clinrag.privacy.types import Screening
from clinrag.retrieval.search import retrieve
from clinrag.retrieval.types import Retrieval, RetrievalQuery

USUAL_LIMIT: Final = 8
_WANTS_DOCUMENTS: Final = frozenset({Outcome.NO_EVIDENCE, Outcome.NOT_GROUNDED})


class Change(StrEnum):
    """What became of an answer, the worst first.

    `number`: a quantity that it stated stands nowhere in what is found today.
    `evidence_lost`: a statement is not supported by what is found today.
    `refused`: there would be no answer. `answered`: there would be one now.
    `words`: other passages or sentences, with the same statements still supported.
    """

    NUMBER = "number"
    EVIDENCE_LOST = "evidence_lost"
    REFUSED = "refused"
    ANSWERED = "answered"
    WORDS = "words"
    SAME = "same"

    @property
    def gravity(self) -> int:
        """The smaller, the worse."""
        return list(Change).index(self)


@dataclass(frozen=True, slots=True)
class Statement:
    """A recorded statement, and whether what is found today supports it.

    One that was released although nothing supported it (the policy "flag") had no
    evidence to lose: `was_supported` is false, and it counts for nothing.
    """

    text: str
    holds: bool
    was_supported: bool = True

    @property
    def is_lost(self) -> bool:
        return self.was_supported and not self.holds


@dataclass(frozen=True, slots=True)
class Today:
    """Then and today; passages by id, quantities as they are written."""

    answer_id: UUID
    change: Change
    outcome_then: str
    outcome_today: str
    lost: tuple[UUID, ...]
    come: tuple[UUID, ...]
    numbers_lost: tuple[str, ...]
    numbers_come: tuple[str, ...]
    statements_then: tuple[Statement, ...]
    statements_today: tuple[str, ...]
    asked_again_at: datetime


def ask_today(answer_id: UUID, reading: Reading, *, services: Services) -> Today:
    """Ask again. Not to be called inside a transaction.

    Raises what `read_record` and `retrieve` raise, and UnknownCollection.
    """
    recorded = read_record(answer_id, reading)
    return compare_with_today(recorded, services=services, at=reading.at)


def compare_with_today(
    recorded: Recorded, *, services: Services, at: datetime
) -> Today:
    """Compare a record with what is found at `at`. Writes nothing."""
    found, came = _asked(recorded, services, at)
    every = recorded.sealed.result.claims if recorded.sealed.result else ()
    # What rests on the encounter alone is no matter of what is in force.
    then = tuple(claim for claim in every if not claim.context_citations)
    outcome = _outcome(came, tells_encounter=len(then) < len(every))
    statements = tuple(_checked(claim, came.shown) for claim in then)
    before = [one.chunk_id for one in recorded.passages if one.in_prompt]
    after = [one.chunk_id for one in found.passages[: len(came.shown)]]
    told = numbers_in(claim.text for claim in then)
    said = tuple(claim for claim in came.claims if not _tells_encounter(claim))
    telling = numbers_in(claim.text for claim in said)
    standing = numbers_in(one.text for one in came.shown)
    today = Today(
        answer_id=recorded.view.row.id,
        change=Change.SAME,
        outcome_then=recorded.outcome,
        outcome_today=outcome.value,
        lost=_without(before, after),
        come=_without(after, before),
        numbers_lost=_numbers(told, standing),
        numbers_come=_numbers(telling, told),
        statements_then=statements,
        statements_today=tuple(claim.text for claim in said),
        asked_again_at=at,
    )
    return replace(today, change=change_of(today))


def change_of(today: Today) -> Change:
    """The worst of what is different."""
    was = today.outcome_then == Outcome.ANSWERED
    is_now = today.outcome_today == Outcome.ANSWERED
    differs = {
        Change.NUMBER: was and bool(today.numbers_lost),
        Change.EVIDENCE_LOST: any(one.is_lost for one in today.statements_then),
        Change.REFUSED: was and not is_now,
        Change.ANSWERED: is_now and not was,
        Change.WORDS: bool(today.lost or today.come)
        or today.outcome_then != today.outcome_today,
        Change.SAME: True,
    }
    return next(change for change, applies in differs.items() if applies)


def _outcome(came: Rehearsal, *, tells_encounter: bool) -> Outcome:
    """How it would end: a note that tells the encounter does so without documents."""
    if tells_encounter and came.outcome in _WANTS_DOCUMENTS:
        return Outcome.ANSWERED
    return came.outcome


def _asked(
    recorded: Recorded, services: Services, at: datetime
) -> tuple[Retrieval, Rehearsal]:
    collections = find_collections(recorded.collections)
    policy = policy_for(collections, default=services.policy)
    screening = screen(recorded.sealed.question)
    told = recorded.sealed.context
    context = screen(told) if told else None
    query = RetrievalQuery(
        text=screening.search_text,
        collection_ids=tuple(one.id for one in collections),
        language=collections[0].language,
        as_of=at,
        limit=int(recorded.search.get("limit", USUAL_LIMIT)),
    )
    refusal = refusal_of(screening, policy=policy.identifiers, context=context)
    if refusal:
        return _nothing(query), Rehearsal(refusal[0])
    found = retrieve(query, embedder=services.embedder)
    try:
        came = rehearse(
            screening.masked_text,
            found,
            embedder=services.embedder,
            policy=policy,
            brief=_brief(recorded, context),
        )
    except PromptTooSmall:
        came = Rehearsal(Outcome.MODEL_FAILED)
    return found, came


def _brief(recorded: Recorded, context: Screening | None) -> Brief | None:
    """What was to be written, about the encounter as it is masked today.

    None, which is a plain answer, if its format is not stored as it was recorded.
    """
    told = context.masked_text if context else ""
    return stored_brief(recorded.format, recorded.style, context=told)


def _nothing(query: RetrievalQuery) -> Retrieval:
    return Retrieval(
        query_text=query.text,
        expanded_text=query.text,
        expansions=(),
        as_of=query.as_of,
        known_at=None,
        corpus_position=None,
        embedder="",
        path="",
        candidates_considered=0,
        passages=(),
    )


def _checked(claim: Claim, shown: Sequence[EvidencePassage]) -> Statement:
    """The claim with the quotes it had, wherever they stand in what is shown today."""
    quotes = [citation.quote for citation in claim.citations]
    cited = (DraftCitation(_holder(quote, shown), quote) for quote in quotes)
    draft = DraftAnswer((DraftClaim(claim.text, tuple(cited)),), abstained=False)
    verdicts = check_claims(draft, shown).verdicts
    return Statement(
        claim.text,
        holds=Verdict.SUPPORTED.value in verdicts,
        was_supported=claim.verdict is Verdict.SUPPORTED,
    )


def _tells_encounter(claim: CheckedClaim) -> bool:
    return any(span.passage_number == ENCOUNTER for span in claim.spans)


def _holder(quote: str, shown: Sequence[EvidencePassage]) -> int:
    """The first passage that holds the quote word for word; 0, which is none."""
    holding = (one.number for one in shown if find_span(fold(one.text), quote))
    return next(holding, 0)


def _without(some: Sequence[UUID], others: Sequence[UUID]) -> tuple[UUID, ...]:
    return tuple(one for one in some if one not in others)


def _numbers(
    some: dict[tuple[object, ...], str], others: Iterable[tuple[object, ...]]
) -> tuple[str, ...]:
    known = set(others)
    found = (words for key, words in some.items() if key not in known)
    return tuple(found)[:MOST_NUMBERS]
