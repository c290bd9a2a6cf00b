"""What the text behind an answer is worth at a moment.

Promises: computed from the references, the corpus' dates and the recalls, for any
moment, and written nowhere: an answer stays as it was given. Its standing is that of
its worst passage, cited or read; what was lost to a cut counts only for a recall that
reaches so far. A passage that the edition in force still holds is current, whatever
editions came between.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Q

from clinrag.answering.errors import UnknownAnswer
from clinrag.answering.impact.types import PassageStanding, StandingView
from clinrag.answering.models import Answer, AnswerReference, Recall
from clinrag.answering.reach import AnswerStanding, Reach, TargetKind, Use
from ingestion.queries.footing import Footing, footing

ORDER = tuple(AnswerStanding)
OF_FOOTING = {
    Footing.IN_FORCE: AnswerStanding.CURRENT,
    Footing.WITHDRAWN: AnswerStanding.WITHDRAWN,
    Footing.LEFT_OUT: AnswerStanding.SUPERSEDED,
}


@dataclass(frozen=True, slots=True)
class References:
    """The references of some answers."""

    rows: tuple[AnswerReference, ...]
    by_answer: Mapping[UUID, tuple[AnswerReference, ...]]

    @classmethod
    def of(cls, answer_ids: Collection[UUID]) -> "References":
        rows = tuple(
            AnswerReference.objects.filter(answer_id__in=answer_ids).order_by(
                "answer_id", "use", "chunk_id", "version_id"
            )
        )
        found: dict[UUID, list[AnswerReference]] = {one: [] for one in answer_ids}
        for row in rows:
            found[row.answer_id].append(row)
        return cls(rows, {one: tuple(mine) for one, mine in found.items()})


@dataclass(frozen=True, slots=True)
class OpenRecall:
    """What an open recall asks of a reference."""

    id: UUID
    version_id: UUID
    chunk_ids: frozenset[UUID]
    uses: frozenset[Use]

    def covers(self, reference: AnswerReference) -> bool:
        if Use(reference.use) not in self.uses:
            return False
        if self.chunk_ids:
            return reference.chunk_id in self.chunk_ids
        return reference.version_id == self.version_id


def standing_of_answer(answer_id: UUID, *, at: datetime) -> StandingView:
    """What the answer's text is worth at `at`. Raises UnknownAnswer."""
    if not Answer.objects.filter(pk=answer_id).exists():
        raise UnknownAnswer
    return standings_of(References.of([answer_id]), at=at)[answer_id]


def narrowed(view: StandingView, *, version_ids: Collection[UUID]) -> StandingView:
    """The standing by the passages of some versions alone, with their recalls."""
    passages = [one for one in view.passages if one.version_id in version_ids]
    return _standing(view.answer_id, passages, at=view.at)


def standings_of(references: References, *, at: datetime) -> dict[UUID, StandingView]:
    """The standings of several answers at once."""
    places = {
        (row.version_id, row.chunk_id)
        for row in references.rows
        if row.use != Use.CUT.value
    }
    grounds = footing(places, at=at) if places else {}
    recalls = open_recalls(at)
    return {
        answer_id: _standing(
            answer_id, [_judge(row, grounds, recalls) for row in rows], at=at
        )
        for answer_id, rows in references.by_answer.items()
    }


def open_recalls(at: datetime) -> list[OpenRecall]:
    """The recalls that were open at `at`, oldest first."""
    rows = Recall.objects.filter(opened_at__lte=at)
    rows = rows.filter(Q(closed_at__isnull=True) | Q(closed_at__gt=at))
    return [
        OpenRecall(
            id=row.id,
            version_id=row.version_id,
            chunk_ids=frozenset(
                () if row.kind == TargetKind.VERSION.value else row.chunk_ids
            ),
            uses=Reach(row.reach).uses,
        )
        for row in rows.order_by("opened_at", "id")
    ]


def _judge(
    row: AnswerReference,
    grounds: Mapping[tuple[UUID, UUID], Footing],
    recalls: Iterable[OpenRecall],
) -> PassageStanding:
    ground = grounds.get((row.version_id, row.chunk_id), Footing.IN_FORCE)
    use = Use(row.use)
    covering = tuple(one.id for one in recalls if one.covers(row))
    standing = AnswerStanding.CURRENT if use is Use.CUT else OF_FOOTING[ground]
    return PassageStanding(
        version_id=row.version_id,
        chunk_id=row.chunk_id,
        use=use,
        standing=AnswerStanding.UNDER_RECALL if covering else standing,
        recall_ids=covering,
    )


def _standing(
    answer_id: UUID, passages: list[PassageStanding], *, at: datetime
) -> StandingView:
    found: dict[AnswerStanding, int] = defaultdict(int)
    for one in passages:
        found[one.standing] += 1
    worst = next((one for one in ORDER if found[one]), AnswerStanding.CURRENT)
    recalls = dict.fromkeys(each for one in passages for each in one.recall_ids)
    return StandingView(answer_id, at, worst, tuple(recalls), tuple(passages))
