"""Foresight, signed decisions and golden questions as JSON."""

from typing import Any

from rest_framework import serializers

from clinrag.answering.foresight.golden import LONGEST
from clinrag.answering.foresight.types import Effect, Freshness
from clinrag.answering.foresight_states import Expects, ReportState
from clinrag.api.serializers.fields import StrictSerializer

LARGEST_CSV = 1_000_000


class PassageCountsSerializer(serializers.Serializer[Any]):
    """Passages of the edition beside the one it takes the place of."""

    total = serializers.IntegerField()
    embedded = serializers.IntegerField(help_text="Never in this document before.")
    share_embedded = serializers.FloatField(help_text="0 to 1.")
    new = serializers.IntegerField()
    unchanged = serializers.IntegerField()
    moved = serializers.IntegerField()
    removed = serializers.IntegerField()


class ForeseenAnswerSerializer(serializers.Serializer[Any]):
    """A logged answer and what becomes of its evidence; passages by id.

    Of an answer among the report's `hidden_answers`, passages and numbers are empty.
    """

    answer_id = serializers.UUIDField()
    effect = serializers.ChoiceField(choices=[one.value for one in Effect])
    is_of_document = serializers.BooleanField()
    lost = serializers.ListField(child=serializers.UUIDField())
    come = serializers.ListField(child=serializers.UUIDField())
    numbers_lost = serializers.ListField(child=serializers.CharField())
    numbers_come = serializers.ListField(child=serializers.CharField())


class PlaceSerializer(serializers.Serializer[Any]):
    """Characters of a passage's text."""

    version_id = serializers.UUIDField()
    chunk_id = serializers.UUIDField()
    start = serializers.IntegerField()
    end = serializers.IntegerField()


class ConflictSerializer(serializers.Serializer[Any]):
    """Two sentences that may contradict each other."""

    kind = serializers.ChoiceField(choices=["quantity", "strength"])
    ours = PlaceSerializer()
    theirs = PlaceSerializer()
    our_words = serializers.CharField()
    their_words = serializers.CharField()
    likeness = serializers.FloatField(help_text="0 to 1.")


class GoldenOutcomeSerializer(serializers.Serializer[Any]):
    """What a golden question comes to before and after."""

    question_id = serializers.UUIDField()
    expects = serializers.ChoiceField(choices=[one.value for one in Expects])
    outcome_before = serializers.CharField()
    outcome_after = serializers.CharField()
    met_before = serializers.BooleanField()
    met_after = serializers.BooleanField()
    is_changed = serializers.BooleanField()


class ReportSerializer(serializers.Serializer[Any]):
    """What putting a version in force at `supposed_at` would change."""

    id = serializers.UUIDField()
    version_id = serializers.UUIDField()
    older_id = serializers.UUIDField(allow_null=True)
    supposed_at = serializers.DateTimeField()
    corpus_position = serializers.CharField()
    rules = serializers.CharField()
    requested_by_name = serializers.CharField()
    requested_at = serializers.DateTimeField()
    state = serializers.ChoiceField(choices=[one.value for one in ReportState])
    done = serializers.IntegerField()
    total = serializers.IntegerField()
    sha256 = serializers.CharField()
    failure_code = serializers.CharField()
    finished_at = serializers.DateTimeField(allow_null=True)
    passages = PassageCountsSerializer(allow_null=True)
    answers = ForeseenAnswerSerializer(many=True)
    conflicts = ConflictSerializer(many=True)
    golden = GoldenOutcomeSerializer(many=True)
    hidden_conflicts = serializers.IntegerField(
        help_text="Left out: a side of each stands where the caller may not look."
    )
    hidden_answers = serializers.ListField(
        child=serializers.UUIDField(),
        help_text="Asked of a collection that is not open to the caller.",
    )


class OutlookSerializer(serializers.Serializer[Any]):
    """The newest report that is done, what it is worth, and the one under way."""

    freshness = serializers.ChoiceField(choices=[one.value for one in Freshness])
    report = ReportSerializer(allow_null=True)
    running = ReportSerializer(allow_null=True)
    failed = ReportSerializer(allow_null=True)


class ForeseeSerializer(StrictSerializer):
    """As of when the version should be supposed in force; default: now."""

    supposed_at = serializers.DateTimeField(
        required=False, allow_null=True, default=None
    )


class GoldenSerializer(serializers.Serializer[Any]):
    """A question whose answer is known."""

    id = serializers.UUIDField()
    collection = serializers.CharField()
    question = serializers.CharField(source="text")
    expects = serializers.ChoiceField(choices=[one.value for one in Expects])
    quotation = serializers.CharField()
    kept_by_name = serializers.CharField()
    kept_at = serializers.DateTimeField()


class GoldensSerializer(serializers.Serializer[Any]):
    """The golden questions of a collection, the oldest first."""

    items = GoldenSerializer(many=True)


class NewGoldenSerializer(StrictSerializer):
    """A question with words that must be cited, or one that must be refused."""

    question = serializers.CharField(max_length=LONGEST)
    expects = serializers.ChoiceField(choices=[one.value for one in Expects])
    quotation = serializers.CharField(
        required=False, default="", allow_blank=True, max_length=LONGEST
    )


class GoldenImportSerializer(StrictSerializer):
    """A CSV file's text: columns `question`, `expects` and `quotation`."""

    csv = serializers.CharField(max_length=LARGEST_CSV, trim_whitespace=False)


class GoldenImportedSerializer(serializers.Serializer[Any]):
    """How many questions were new."""

    added = serializers.IntegerField()
