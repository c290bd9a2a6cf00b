"""The stages of the search: what was looked for, by which vectors, what was found.

Promises: one search as of then, over the text that was in force then by what was known
then, as it was cut and embedded then; compared to the digit with what is recorded. An
approximate search is not made again: what it found is held against an exact one.
"""

from dataclasses import dataclass
from uuid import UUID

from clinrag.answering.replay.comparing import counted, first_item, recall_of
from clinrag.answering.replay.record import Recorded, RecordedPassage
from clinrag.answering.replay.rerun import Rerun
from clinrag.answering.replay.then import (
    SearchThen,
    embedder_then,
    known_then,
    lost_vectors,
    search_then,
)
from clinrag.answering.replay.types import Difference, Stage, StageName
from clinrag.retrieval.types import EXACT, Retrieval, RetrievedPassage
from ingestion.errors import EmbedderUnknown, EmbeddingFailed

SEARCH_STAGES = (
    StageName.ABBREVIATIONS,
    StageName.EMBEDDING,
    StageName.CANDIDATES,
    StageName.ORDER,
)


@dataclass(frozen=True, slots=True)
class Searched:
    """The stages of a search, and the recall of an approximate one."""

    stages: tuple[Stage, ...]
    recall: float | None = None


def searched(rerun: Rerun) -> Searched:
    """Search again and compare. Raises SearchTimedOut."""
    if not rerun.recorded.was_searched:
        return Searched(tuple(map(Stage.not_reached, SEARCH_STAGES)))
    made = _search(rerun)
    if isinstance(made, str):
        return Searched(tuple(Stage.not_run(name, made) for name in SEARCH_STAGES))
    by_recall = _path(rerun) != EXACT
    return Searched(
        (
            _abbreviations(rerun, made),
            _embedding(rerun, made),
            _candidates(rerun, made),
            _order(rerun, made),
        ),
        recall=_recall(rerun, made) if by_recall else None,
    )


def _search(rerun: Rerun) -> Retrieval | str:
    """The search as of then; or the sentence why it cannot be made."""
    recorded = rerun.recorded
    known_at = known_then(recorded)
    if not rerun.collections:
        return "A collection that was asked is no longer there."
    if known_at is None:
        return "No moment names the recorded state of the corpus: a clock stood back."
    try:
        embedder = embedder_then(recorded, own=rerun.services.embedder)
        lost = lost_vectors(recorded, embedder=embedder)
        if lost:
            return f"The vectors by {_identity(recorded)} were deleted since."
        search = SearchThen(rerun.screening.search_text, rerun.collections, embedder)
        return search_then(recorded, search, known_at=known_at)
    except (EmbedderUnknown, EmbeddingFailed):
        name = _identity(recorded)
        return f"It cannot be run again: the embedder {name} is gone."


def _identity(recorded: Recorded) -> str:
    return recorded.search.get("embedder", "of then")


def _path(rerun: Rerun) -> str | None:
    """How it was searched; None in records older than that this is kept."""
    return rerun.recorded.search.get("path")


def _abbreviations(rerun: Rerun, made: Retrieval) -> Stage:
    name = StageName.ABBREVIATIONS
    then = rerun.recorded.sealed.expanded_question or ""
    place = first_item(then, made.expanded_text)
    if place is None:
        count = len(made.expansions)
        told = f"{counted(count, 'abbreviation')} written out"
        return Stage.same(name, f"The same search text, {told}.")
    sizes = (f"{len(then)} characters", f"{len(made.expanded_text)} characters")
    return Stage.differs(
        name,
        "Abbreviations are written out otherwise.",
        Difference(f"character {place + 1}", *sizes),
    )


def _embedding(rerun: Rerun, made: Retrieval) -> Stage:
    name, then = StageName.EMBEDDING, rerun.recorded.search.get("embedder")
    if then is None:
        return Stage.not_run(
            name, f"The record names no embedder; searched by {made.embedder}."
        )
    if then != made.embedder:
        return Stage.differs(
            name,
            "The question is embedded by another embedder.",
            Difference("embedder", then, made.embedder),
        )
    return Stage.same(name, f"By the same embedder, {then}.")


def _candidates(rerun: Rerun, made: Retrieval) -> Stage:
    """The passages and what each channel gave them, whatever their order."""
    if _path(rerun) is None:
        return _not_told(rerun, made)
    if _path(rerun) != EXACT:
        return _approximate(rerun, made)
    name = StageName.CANDIDATES
    total = rerun.recorded.search.get("candidates")
    if total not in (None, str(made.candidates_considered)):
        return Stage.differs(
            name,
            "Another number of passages was searched.",
            Difference("passages", total, str(made.candidates_considered)),
        )
    then = {one.place: _then_scores(one) for one in rerun.recorded.passages}
    now = {_place(one): _now_scores(one) for one in made.passages}
    wanted = list(then) + [one for one in now if one not in then]
    for rank, place in enumerate(wanted, start=1):
        before, after = then.get(place, "absent"), now.get(place, "absent")
        if before != after:
            said = (
                f"A passage is found otherwise, or not at all.{_changed(rerun, made)}"
            )
            return Stage.differs(name, said, Difference(f"rank {rank}", before, after))
    return Stage.same(name, f"The same {counted(len(now), 'passage')}, score by score.")


def _changed(rerun: Rerun, made: Retrieval) -> str:
    """The numbers and dictionaries of the search that are others now."""
    then = rerun.recorded.search
    told = [
        f"{name} was {then[name]} and is {value}"
        for name, value in made.parameters
        if name in then and then[name] != value
    ]
    return f" Of the search, {'; '.join(told)}." if told else ""


def _not_told(rerun: Rerun, made: Retrieval) -> Stage:
    """A record that does not say how it was searched is held to nothing by it."""
    name, recall = StageName.CANDIDATES, _recall(rerun, made)
    said = f"The record does not say how it was searched; exactly: recall {recall:.3f}."
    return Stage.same(name, said) if recall == 1 else Stage.not_run(name, said)


def _approximate(rerun: Rerun, made: Retrieval) -> Stage:
    name, recall = StageName.CANDIDATES, _recall(rerun, made)
    said = f"Searched approximately then; exactly now: recall {recall:.3f}."
    if recall == 1:
        return Stage.same(name, said)
    held = {one.place for one in rerun.recorded.passages}
    missed = [one for one in made.passages if _place(one) not in held]
    return Stage.differs(
        name,
        said,
        Difference(f"rank {missed[0].rank}", "absent", _now_scores(missed[0])),
    )


def _recall(rerun: Rerun, made: Retrieval) -> float:
    recorded = [one.place for one in rerun.recorded.passages]
    return recall_of(recorded, [_place(one) for one in made.passages])


def _order(rerun: Rerun, made: Retrieval) -> Stage:
    name = StageName.ORDER
    then = [f"{one.chunk_id} {one.score}" for one in rerun.recorded.passages]
    now = [f"{one.chunk_id} {one.score:.6f}" for one in made.passages]
    place = first_item(then, now)
    if place is None:
        return Stage.same(name, "The same order and the same fused scores.")
    if _path(rerun) is None:
        said = "The record does not say how it was searched, so its order is not held."
        return Stage.not_run(name, said)
    return Stage.differs(
        name,
        "The order or a fused score differs.",
        Difference(f"rank {place + 1}", _at(then, place), _at(now, place)),
    )


def _at(rows: list[str], place: int) -> str:
    return rows[place] if place < len(rows) else "absent"


def _place(passage: RetrievedPassage) -> tuple[UUID, UUID]:
    return passage.version_id, passage.chunk_id


def _then_scores(passage: RecordedPassage) -> str:
    return f"vector {passage.vector_score} lexical {passage.lexical_score}"


def _now_scores(passage: RetrievedPassage) -> str:
    vector, lexical = passage.vector_score, passage.lexical_score
    return f"vector {_digits(vector)} lexical {_digits(lexical)}"


def _digits(score: float | None) -> str | None:
    return None if score is None else f"{score:.6f}"
