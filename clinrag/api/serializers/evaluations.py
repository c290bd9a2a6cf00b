"""Evaluations of answers and their waivers as JSON."""

from typing import Any

from rest_framework import serializers

from clinrag.answering.evaluations.types import Kind
from clinrag.answering.evaluations.waivers import LONGEST_REASON
from clinrag.answering.types import Outcome
from clinrag.api.serializers.fields import StrictSerializer


class FigureSerializer(serializers.Serializer[Any]):
    """A measure over all questions, with Wilson's interval at 95 %."""

    measure = serializers.CharField()
    hits = serializers.IntegerField(source="share.hits")
    of = serializers.IntegerField(source="share.of")
    low = serializers.FloatField(help_text="0 to 1.")
    high = serializers.FloatField(help_text="0 to 1.")


class LatencySerializer(serializers.Serializer[Any]):
    """From a question to its checked answer, in milliseconds."""

    median = serializers.IntegerField()
    p95 = serializers.IntegerField()


class MeasuredSerializer(serializers.Serializer[Any]):
    """One measure of one question."""

    measure = serializers.CharField()
    hits = serializers.IntegerField()
    of = serializers.IntegerField()


class EvaluatedQuestionSerializer(serializers.Serializer[Any]):
    """What became of one question; `rank` is of the first passage expected."""

    id = serializers.CharField()
    sha256 = serializers.CharField()
    text = serializers.CharField()
    collections = serializers.ListField(child=serializers.CharField())
    kind = serializers.ChoiceField(choices=[one.value for one in Kind])
    outcome = serializers.ChoiceField(choices=[one.value for one in Outcome])
    rank = serializers.IntegerField(allow_null=True)
    milliseconds = serializers.IntegerField()
    measures = MeasuredSerializer(many=True)


class InputSerializer(serializers.Serializer[Any]):
    """Something that an evaluation rests on."""

    name = serializers.CharField()
    value = serializers.CharField()


class GateSerializer(serializers.Serializer[Any]):
    """How it stood against its baseline; `worse` names measures."""

    baseline_sha256 = serializers.CharField()
    tolerance = serializers.CharField(help_text="By what share one may be worse.")
    worse = serializers.ListField(child=serializers.CharField())
    waived = serializers.ListField(child=serializers.CharField())
    is_open = serializers.BooleanField()


class WaiverSerializer(serializers.Serializer[Any]):
    """One person's word that a measure may be worse, for one gate."""

    id = serializers.UUIDField()
    report_id = serializers.UUIDField()
    measure = serializers.CharField()
    reason = serializers.CharField()
    waived_by_name = serializers.CharField()
    waived_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField()
    used_by = serializers.UUIDField(allow_null=True, help_text="A report's id.")


class EvaluationRowSerializer(serializers.Serializer[Any]):
    """An evaluation as a list shows it; figures are of all its questions."""

    id = serializers.UUIDField()
    set_name = serializers.CharField()
    made_by_name = serializers.CharField()
    made_at = serializers.DateTimeField()
    sha256 = serializers.CharField()
    inputs = InputSerializer(many=True)
    figures = FigureSerializer(many=True)
    milliseconds = LatencySerializer()
    gate = GateSerializer(allow_null=True)


class EvaluationSerializer(EvaluationRowSerializer):
    """An evaluation; questions of collections not open to the caller are `hidden`."""

    questions = EvaluatedQuestionSerializer(many=True)
    hidden = serializers.IntegerField()
    waivers = WaiverSerializer(many=True)


class EvaluationPageSerializer(serializers.Serializer[Any]):
    """Part of the list, the newest first, and the cursor that continues it."""

    items = EvaluationRowSerializer(many=True)
    next = serializers.CharField(allow_null=True)


class EvaluationFilterSerializer(StrictSerializer):
    """Which evaluations to list."""

    cursor = serializers.CharField(required=False, max_length=1000)
    limit = serializers.IntegerField(
        required=False, default=50, min_value=1, max_value=100
    )


class NewWaiverSerializer(StrictSerializer):
    """Which measure may be worse, and why; a week unless told otherwise."""

    measure = serializers.CharField(max_length=40)
    reason = serializers.CharField(
        max_length=LONGEST_REASON, help_text="In the ledger, in the clear: no patient."
    )
    acknowledged = serializers.BooleanField(
        help_text="That the caller knows what became worse."
    )
    expires_at = serializers.DateTimeField(
        required=False, allow_null=True, default=None, help_text="Thirty days at most."
    )
