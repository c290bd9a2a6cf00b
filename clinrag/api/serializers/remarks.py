"""Feedback, reviews and notes on answers, as JSON."""

from typing import Any

from rest_framework import serializers

from audit.purposes import OFFERED
from clinrag.answering.remarks import (
    CRITERIA,
    FEEDBACK,
    HIGHEST,
    LOWEST,
    NOTES,
    FeedbackCode,
    RemarkKind,
    ReviewVerdict,
)
from clinrag.answering.reviews.actions import LONGEST
from clinrag.answering.reviews.queries import MOST_ROWS
from clinrag.api.serializers.fields import StrictSerializer

CODES = [one.value for one in FeedbackCode if one]


class NewFeedbackSerializer(StrictSerializer):
    """What somebody thinks of an answer; wrong and unsafe need a code."""

    kind = serializers.ChoiceField(choices=[one.value for one in FEEDBACK])
    code = serializers.ChoiceField(choices=CODES, required=False)
    words = serializers.CharField(
        required=False, default="", allow_blank=True, max_length=LONGEST
    )


class ScoresSerializer(StrictSerializer):
    """Each criterion from 1, the worst, to 5."""

    accuracy = serializers.IntegerField(min_value=LOWEST, max_value=HIGHEST)
    completeness = serializers.IntegerField(min_value=LOWEST, max_value=HIGHEST)
    safety = serializers.IntegerField(min_value=LOWEST, max_value=HIGHEST)
    sources = serializers.IntegerField(min_value=LOWEST, max_value=HIGHEST)


class NewAnswerReviewSerializer(StrictSerializer):
    """A verdict, and a score for every criterion."""

    verdict = serializers.ChoiceField(choices=[one.value for one in ReviewVerdict])
    scores = ScoresSerializer()
    flags = serializers.ListField(
        child=serializers.UUIDField(),
        required=False,
        default=list,
        max_length=MOST_ROWS,
        help_text="Feedback on this answer that was seen and is settled by this.",
    )
    words = serializers.CharField(
        required=False, default="", allow_blank=True, max_length=LONGEST
    )


class NewNoteSerializer(StrictSerializer):
    """Words beside an answer, or to be read in its place."""

    kind = serializers.ChoiceField(choices=[one.value for one in NOTES])
    words = serializers.CharField(max_length=LONGEST)


class ScoreSerializer(serializers.Serializer[Any]):
    """One criterion and its number."""

    criterion = serializers.ChoiceField(choices=list(CRITERIA))
    score = serializers.IntegerField()


class RemarkSerializer(serializers.Serializer[Any]):
    """A remark without its words, which are sealed beside its entry."""

    id = serializers.UUIDField()
    answer_id = serializers.UUIDField()
    kind = serializers.ChoiceField(choices=[one.value for one in RemarkKind])
    code = serializers.CharField()
    verdict = serializers.CharField()
    scores = ScoreSerializer(many=True)
    flags = serializers.ListField(
        child=serializers.UUIDField(), help_text="Feedback that a review settles."
    )
    has_words = serializers.BooleanField()
    made_by = serializers.CharField()
    made_by_name = serializers.CharField()
    made_at = serializers.DateTimeField()
    due_at = serializers.DateTimeField(allow_null=True)
    entry_id = serializers.UUIDField()


class RemarksSerializer(serializers.Serializer[Any]):
    """What was said of an answer, the oldest first."""

    items = RemarkSerializer(many=True)


class NewReadingSerializer(StrictSerializer):
    """For what sealed words are read; it is recorded before any is."""

    purpose = serializers.ChoiceField(choices=[one.code for one in OFFERED])


class WordsSerializer(serializers.Serializer[Any]):
    """What somebody wrote in a remark."""

    remark_id = serializers.UUIDField()
    words = serializers.CharField()


class RemarkWordsSerializer(serializers.Serializer[Any]):
    """The words that are still there; those that were erased are left out."""

    items = WordsSerializer(many=True)


class WaitingSerializer(serializers.Serializer[Any]):
    """A flag that waits for a review."""

    remark = RemarkSerializer()
    is_overdue = serializers.BooleanField()


class AssignmentSerializer(serializers.Serializer[Any]):
    """A review that a person is to make, and may read the answer for."""

    id = serializers.UUIDField()
    answer_id = serializers.UUIDField()
    reviewer_id = serializers.CharField(help_text="As the ledger names people.")
    reviewer_name = serializers.CharField()
    due_at = serializers.DateTimeField()
    assigned_by_name = serializers.CharField()
    assigned_at = serializers.DateTimeField()


class NewAssignmentSerializer(StrictSerializer):
    """Whom to ask; without a time, when the first flag that waits is due."""

    reviewer_id = serializers.RegexField(r"\Auser:[0-9]{1,18}\Z")
    due_at = serializers.DateTimeField(required=False, allow_null=True, default=None)


class AssignmentsSerializer(serializers.Serializer[Any]):
    """Reviews still to be made, the one due first in front."""

    items = AssignmentSerializer(many=True)


class ReviewQueueSerializer(serializers.Serializer[Any]):
    """What waits, unsafe first, then what is due first; at most 200 of each."""

    items = WaitingSerializer(many=True)
    assignments = AssignmentSerializer(many=True)


class CriterionAgreementSerializer(serializers.Serializer[Any]):
    """How far the scores of one criterion agree."""

    criterion = serializers.ChoiceField(choices=list(CRITERIA))
    alpha = serializers.FloatField(allow_null=True)


class ReviewerAgreementSerializer(serializers.Serializer[Any]):
    """1 is full agreement, 0 what chance gives; null where nothing can be compared."""

    answers = serializers.IntegerField()
    reviewers = serializers.IntegerField()
    reviews = serializers.IntegerField()
    kappa = serializers.FloatField(
        allow_null=True, help_text="Cohen's, between exactly two reviewers."
    )
    alpha = serializers.FloatField(
        allow_null=True, help_text="Krippendorff's, verdicts in their order."
    )
    criteria = CriterionAgreementSerializer(many=True)
