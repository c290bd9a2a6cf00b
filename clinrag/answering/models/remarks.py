"""What was said of answers afterwards, remark after remark, and who is to say it.

Promises: codes, numbers and times only; words are sealed beside the entry. A row is
never changed or deleted (a trigger).
"""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from clinrag.answering.models.answers import Answer
from clinrag.answering.remarks import FLAGS, RemarkKind


class AnswerRemark(models.Model):
    """One remark. `due_at` is there for what somebody else has to look at.

    `scores` are those of a review, in the order of the criteria, and `flags` the ids of
    the remarks that it settles: those its author had seen.
    """

    id = models.UUIDField(primary_key=True, editable=False)
    answer = models.ForeignKey(Answer, models.PROTECT, related_name="remarks")
    kind = models.CharField(
        max_length=12, choices=[(one.value, one.value) for one in RemarkKind]
    )
    code = models.CharField(max_length=24, blank=True, default="")
    verdict = models.CharField(max_length=16, blank=True, default="")
    scores = ArrayField(models.PositiveSmallIntegerField(), default=list, blank=True)
    flags = ArrayField(models.UUIDField(), default=list, blank=True)
    has_words = models.BooleanField()
    made_by = models.CharField(max_length=200)
    made_by_name = models.CharField(max_length=200)
    made_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True, blank=True)
    entry_id = models.UUIDField(unique=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(kind=RemarkKind.REVIEW.value)
                | Q(verdict="", scores=[], flags=[]),
                name="remark_scores_are_of_reviews",
            ),
            models.CheckConstraint(
                condition=Q(due_at=None) | Q(kind__in=[one.value for one in FLAGS]),
                name="remark_due_is_of_flags",
            ),
        ]
        indexes = [
            models.Index("answer", "made_at", name="remark_of_answer"),
            models.Index(
                "due_at", condition=Q(due_at__isnull=False), name="remark_due"
            ),
        ]

    def __str__(self) -> str:
        return str(self.id)


class ReviewAssignment(models.Model):
    """That somebody is to review an answer; or, not `is_standing`, no longer is.

    The last row of an answer and a reviewer is what holds.
    """

    id = models.UUIDField(primary_key=True, editable=False)
    answer = models.ForeignKey(Answer, models.PROTECT, related_name="assignments")
    reviewer_id = models.CharField(max_length=200)
    reviewer_name = models.CharField(max_length=200)
    is_standing = models.BooleanField()
    due_at = models.DateTimeField()
    made_by = models.CharField(max_length=200)
    made_by_name = models.CharField(max_length=200)
    made_at = models.DateTimeField()
    entry_id = models.UUIDField(unique=True)

    class Meta:
        indexes = [
            models.Index(
                "answer", "reviewer_id", "made_at", name="assignment_of_answer"
            ),
            models.Index("reviewer_id", "due_at", name="assignment_of_reviewer"),
        ]

    def __str__(self) -> str:
        return str(self.id)
