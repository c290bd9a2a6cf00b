"""Indexes built beside those in use, as JSON."""

from typing import Any

from rest_framework import serializers

from clinrag.api.serializers.fields import StrictSerializer

STATES = ("building", "switched", "reverted", "abandoned")


class NewBuildSerializer(StrictSerializer):
    """By which embedder; without one, texts are only cut by today's chunker."""

    embedder = serializers.CharField(
        max_length=160, required=False, default="", allow_blank=True
    )


class BuildFailureSerializer(serializers.Serializer[Any]):
    """A version that could not be done, and the code of why."""

    version_id = serializers.UUIDField()
    code = serializers.CharField()


class IndexBuildSerializer(serializers.Serializer[Any]):
    """An index of a collection, and how much of it is built."""

    id = serializers.UUIDField()
    collection = serializers.CharField(source="collection_slug")
    embedder = serializers.CharField()
    previous_embedder = serializers.CharField()
    chunker = serializers.CharField()
    state = serializers.ChoiceField(choices=STATES)
    versions_done = serializers.IntegerField()
    versions = serializers.IntegerField()
    passages_done = serializers.IntegerField()
    passages = serializers.IntegerField()
    failures = BuildFailureSerializer(
        many=True, help_text="While there are any, it is not switched to."
    )
    started_at = serializers.DateTimeField()
    started_by = serializers.CharField()
    ended_at = serializers.DateTimeField(allow_null=True)
    switched_at = serializers.DateTimeField(allow_null=True)
    dropped_at = serializers.DateTimeField(allow_null=True)


class IndexBuildsSerializer(serializers.Serializer[Any]):
    """The newest first."""

    items = IndexBuildSerializer(many=True)
