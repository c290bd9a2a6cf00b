"""What was said of answers, what waits for a review, and how far reviewers agree.

Promises: values out, never rows; words only through `read_words`, after that reading
is on record. A flag waits until a review names it. Will not: decide who may read.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Case, Exists, IntegerField, OuterRef, Value, When

from audit import disclosure
from audit.actors import Actor
from clinrag.answering.models import AnswerRemark
from clinrag.answering.remarks import CRITERIA, RemarkKind, ReviewVerdict
from clinrag.answering.reviews.agreement import cohens_kappa, krippendorffs_alpha

MOST_ROWS = 200
TWO = 2
_RANKS = {one.value: rank for rank, one in enumerate(ReviewVerdict)}


@dataclass(frozen=True, slots=True)
class Score:
    """One criterion of a review, and its number from 1 to 5."""

    criterion: str
    score: int


@dataclass(frozen=True, slots=True)
class RemarkView:
    """A remark without its words; only a review has scores, and flags it settles."""

    id: UUID
    answer_id: UUID
    kind: RemarkKind
    code: str
    verdict: str
    scores: tuple[Score, ...]
    flags: tuple[UUID, ...]
    has_words: bool
    made_by: str
    made_by_name: str
    made_at: datetime
    due_at: datetime | None
    entry_id: UUID


@dataclass(frozen=True, slots=True)
class Waiting:
    """A flag that nobody has looked at yet."""

    remark: RemarkView
    is_overdue: bool


@dataclass(frozen=True, slots=True)
class CriterionAgreement:
    """Krippendorff's alpha of one criterion's scores."""

    criterion: str
    alpha: float | None


@dataclass(frozen=True, slots=True)
class Agreement:
    """How far reviewers agree on the answers that more than one reviewed.

    `kappa` is there when exactly two reviewers did; `alpha` weighs how far apart two
    verdicts are. `reviews` is how many both rest on.
    """

    answers: int
    reviewers: int
    reviews: int
    kappa: float | None
    alpha: float | None
    criteria: tuple[CriterionAgreement, ...]


def remarks_of(answer_id: UUID) -> list[RemarkView]:
    """What was said of an answer, the oldest first."""
    rows = AnswerRemark.objects.filter(answer_id=answer_id)
    return [_view(row) for row in rows.order_by("made_at", "id")]


def remark(remark_id: UUID) -> RemarkView | None:
    """One remark; None when there is none."""
    row = AnswerRemark.objects.filter(pk=remark_id).first()
    return None if row is None else _view(row)


def remarks_for_reviewer(answer_id: UUID, *, reviewer_id: str) -> list[RemarkView]:
    """What a reviewer sees of it: of the reviews his own, so that he judges himself."""
    return [
        one
        for one in remarks_of(answer_id)
        if one.kind is not RemarkKind.REVIEW or one.made_by == reviewer_id
    ]


def review_queue(
    *,
    at: datetime,
    answer_ids: Sequence[UUID] | None = None,
    limit: int = MOST_ROWS,
) -> list[Waiting]:
    """What waits for a review: what is called unsafe first, then what is due first.

    With `answer_ids`, of those answers only.
    """
    settling = AnswerRemark.objects.filter(
        answer_id=OuterRef("answer_id"),
        kind=RemarkKind.REVIEW.value,
        flags__contains=[OuterRef("id")],
    )
    gravity = Case(
        When(kind=RemarkKind.UNSAFE.value, then=Value(0)),
        default=Value(1),
        output_field=IntegerField(),
    )
    rows = AnswerRemark.objects.filter(~Exists(settling), due_at__isnull=False)
    if answer_ids is not None:
        rows = rows.filter(answer_id__in=answer_ids)
    found = rows.annotate(gravity=gravity).order_by("gravity", "due_at", "id")
    views = [_view(row) for row in found[:limit]]
    return [Waiting(one, one.due_at is not None and one.due_at < at) for one in views]


def read_words(
    remarks: Sequence[RemarkView],
    *,
    by: Actor,
    at: datetime,
    purpose: str,
    surface: str,
) -> dict[UUID, str]:
    """The words of remarks by their ids, after this reading is on record.

    Those that were erased are left out. Raises what `disclosure.read_sealed` raises.
    Not to be called inside a transaction.
    """
    wordy = {one.entry_id: one.id for one in remarks if one.has_words}
    if not wordy:
        return {}
    texts = disclosure.read_sealed(
        list(wordy),
        by=by,
        at=at,
        purpose=purpose,
        surface=surface,
        subject_ids=tuple(sorted({str(one.answer_id) for one in remarks})),
    )
    return {wordy[entry_id]: text["words"] for entry_id, text in texts.items()}


def agreement(*, since: datetime | None = None) -> Agreement:
    """How far reviewers agree, over reviews made since then.

    By each reviewer, the last review of an answer counts.
    """
    units = _units(since)
    verdicts = [{who: one.verdict for who, one in unit.items()} for unit in units]
    people = sorted({who for unit in units for who in unit})
    pairs = (
        [(unit[people[0]], unit[people[1]]) for unit in verdicts]
        if len(people) == TWO
        else []
    )
    return Agreement(
        answers=len(units),
        reviewers=len(people),
        reviews=sum(map(len, units)),
        kappa=cohens_kappa(pairs),
        alpha=_alpha([list(unit.values()) for unit in verdicts]),
        criteria=tuple(
            CriterionAgreement(
                name, _alpha([[one.scores[place] for one in u.values()] for u in units])
            )
            for place, name in enumerate(CRITERIA)
        ),
    )


@dataclass(frozen=True, slots=True)
class _Given:
    """One review in numbers."""

    verdict: int
    scores: tuple[int, ...]


def _units(since: datetime | None) -> list[dict[str, _Given]]:
    """The answers that more than one reviewed, each with what its reviewers gave."""
    rows = AnswerRemark.objects.filter(kind=RemarkKind.REVIEW.value)
    if since is not None:
        rows = rows.filter(made_at__gte=since)
    given: dict[UUID, dict[str, _Given]] = defaultdict(dict)
    for row in rows.order_by("made_at", "id"):
        one = _Given(_RANKS[row.verdict], tuple(row.scores))
        given[row.answer_id][row.made_by] = one
    return [unit for unit in given.values() if len(unit) > 1]


def _alpha(units: Sequence[Sequence[int]]) -> float | None:
    return krippendorffs_alpha(units, ordered=True)


def _view(row: AnswerRemark) -> RemarkView:
    return RemarkView(
        id=row.id,
        answer_id=row.answer_id,
        kind=RemarkKind(row.kind),
        code=row.code,
        verdict=row.verdict,
        scores=tuple(map(Score, CRITERIA, row.scores)),
        flags=tuple(row.flags),
        has_words=row.has_words,
        made_by=row.made_by,
        made_by_name=row.made_by_name,
        made_at=row.made_at,
        due_at=row.due_at,
        entry_id=row.entry_id,
    )
