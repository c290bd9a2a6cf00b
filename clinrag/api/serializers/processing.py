"""The machine's work on a version, as JSON."""

from typing import Any

from rest_framework import serializers


class StageWorkSerializer(serializers.Serializer[Any]):
    """A stage, by parts; seconds are what one worker would still need."""

    stage = serializers.CharField()
    done = serializers.IntegerField()
    total = serializers.IntegerField()
    parts = serializers.IntegerField()
    parts_done = serializers.IntegerField()
    workers = serializers.IntegerField()
    attempts = serializers.IntegerField()
    started_at = serializers.DateTimeField(allow_null=True)
    finished_at = serializers.DateTimeField(allow_null=True)
    seconds_left = serializers.FloatField(allow_null=True)


class VersionWorkSerializer(serializers.Serializer[Any]):
    """What is done of a version; no estimate while there is nothing to go by."""

    version_id = serializers.UUIDField()
    status = serializers.CharField()
    stages = StageWorkSerializer(many=True)
    seconds_left = serializers.FloatField(allow_null=True)
