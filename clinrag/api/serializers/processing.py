"""The machine's work on a version, and indexes built beside those in use, as JSON."""

from typing import Any

from rest_framework import serializers

from clinrag.api.serializers.fields import StrictSerializer


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


class NewBuildSerializer(StrictSerializer):
    """By which embedder; without one, texts are only cut by today's chunker."""

    embedder = serializers.CharField(
        max_length=160, required=False, default="", allow_blank=True
    )


class IndexBuildSerializer(serializers.Serializer[Any]):
    """An index of a collection, and how much of it is built."""

    id = serializers.UUIDField()
    collection = serializers.CharField(source="collection_slug")
    embedder = serializers.CharField()
    previous_embedder = serializers.CharField()
    chunker = serializers.CharField()
    state = serializers.CharField()
    versions_done = serializers.IntegerField()
    versions = serializers.IntegerField()
    passages_done = serializers.IntegerField()
    passages = serializers.IntegerField()
    started_at = serializers.DateTimeField()
    switched_at = serializers.DateTimeField(allow_null=True)
    dropped_at = serializers.DateTimeField(allow_null=True)


class IndexBuildsSerializer(serializers.Serializer[Any]):
    """The newest first."""

    items = IndexBuildSerializer(many=True)
