"""Running an answer again, as JSON."""

from typing import Any

from rest_framework import serializers

from audit.purposes import OFFERED
from clinrag.answering.replay.today import Change
from clinrag.answering.replay.types import ReplayOutcome, StageName, StageState
from clinrag.api.serializers.fields import StrictSerializer


class NewReplaySerializer(StrictSerializer):
    """For what the sealed content is read; it is recorded before anything is."""

    purpose = serializers.ChoiceField(
        choices=[one.code for one in OFFERED], default="audit_review"
    )


class DifferenceSerializer(serializers.Serializer[Any]):
    """Where something first differs, and what stood there; no words of an answer."""

    place = serializers.CharField()
    then = serializers.CharField()
    now = serializers.CharField()


class StageSerializer(serializers.Serializer[Any]):
    """One stage, run again from its record."""

    name = serializers.ChoiceField(choices=[one.value for one in StageName])
    state = serializers.ChoiceField(choices=[one.value for one in StageState])
    said = serializers.CharField()
    difference = DifferenceSerializer(allow_null=True)


class ReplaySerializer(serializers.Serializer[Any]):
    """What came of it; `incomplete`: what was run is the same, not all was run."""

    answer_id = serializers.UUIDField()
    outcome = serializers.ChoiceField(choices=[one.value for one in ReplayOutcome])
    first_difference = serializers.ChoiceField(
        choices=[one.value for one in StageName], allow_null=True
    )
    recall = serializers.FloatField(
        allow_null=True, help_text="Of an approximate search, beside an exact one."
    )
    replayed_at = serializers.DateTimeField()
    stages = StageSerializer(many=True)


class StatementSerializer(serializers.Serializer[Any]):
    """A recorded statement, and whether what is found today supports it."""

    text = serializers.CharField()
    holds = serializers.BooleanField()


class TodaySerializer(serializers.Serializer[Any]):
    """Then and today; passages by id, quantities as they are written."""

    answer_id = serializers.UUIDField()
    change = serializers.ChoiceField(
        choices=[one.value for one in Change], help_text="The worst that is different."
    )
    outcome_then = serializers.CharField()
    outcome_today = serializers.CharField()
    lost = serializers.ListField(child=serializers.UUIDField())
    come = serializers.ListField(child=serializers.UUIDField())
    numbers_lost = serializers.ListField(child=serializers.CharField())
    numbers_come = serializers.ListField(child=serializers.CharField())
    statements_then = StatementSerializer(many=True)
    statements_today = serializers.ListField(child=serializers.CharField())
    asked_again_at = serializers.DateTimeField()
