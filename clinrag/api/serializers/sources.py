"""Watched sources and owners' tasks, as JSON."""

from typing import Any

from rest_framework import serializers

from clinrag.api.serializers.fields import StrictSerializer

KINDS = ["folder", "http", "s3"]
OUTCOMES = ["unchanged", "changed", "failed"]
TASK_KINDS = ["drafted", "missing", "failing", "review_due"]
SHORTEST, LONGEST = 60, 31 * 24 * 3600


class NewSourceSerializer(StrictSerializer):
    """A place to watch; what is found there goes to one document or to several."""

    kind = serializers.ChoiceField(choices=KINDS)
    name = serializers.CharField(max_length=200)
    address = serializers.CharField(
        max_length=1000,
        help_text="A folder's path, an address, or `s3://bucket/prefix/`.",
    )
    collection = serializers.CharField(max_length=100)
    document_id = serializers.UUIDField(
        required=False,
        allow_null=True,
        default=None,
        help_text="Whose editions these are; without, each file is its own document.",
    )
    owner_id = serializers.CharField(
        required=False,
        default="",
        allow_blank=True,
        max_length=120,
        help_text="Who is asked about new documents and failures; without, who adds.",
    )
    every_seconds = serializers.IntegerField(
        min_value=SHORTEST, max_value=LONGEST, default=24 * 3600
    )


class SourceChangeSerializer(StrictSerializer):
    """What of a source is to change; an address never does."""

    name = serializers.CharField(required=False, max_length=200)
    every_seconds = serializers.IntegerField(
        required=False, min_value=SHORTEST, max_value=LONGEST
    )
    owner_id = serializers.CharField(required=False, max_length=120)
    is_paused = serializers.BooleanField(required=False)


class SourceFilterSerializer(StrictSerializer):
    """Of which collection."""

    collection = serializers.CharField(required=False, max_length=100)


class SourceSerializer(serializers.Serializer[Any]):
    """A watched place."""

    id = serializers.UUIDField()
    kind = serializers.ChoiceField(choices=KINDS)
    name = serializers.CharField()
    address = serializers.CharField()
    collection = serializers.CharField(source="collection_slug")
    document_id = serializers.UUIDField(allow_null=True)
    owner_id = serializers.CharField()
    every_seconds = serializers.IntegerField()
    is_paused = serializers.BooleanField()
    added_at = serializers.DateTimeField()
    added_by = serializers.CharField()
    next_check_at = serializers.DateTimeField()
    checked_at = serializers.DateTimeField(allow_null=True)
    failures = serializers.IntegerField(
        help_text="Looks that failed since the last one that did not."
    )


class SourcesSerializer(serializers.Serializer[Any]):
    """By name."""

    items = SourceSerializer(many=True)


class SourceCheckSerializer(serializers.Serializer[Any]):
    """One look at a source."""

    at = serializers.DateTimeField()
    finished_at = serializers.DateTimeField()
    result = serializers.ChoiceField(choices=OUTCOMES, source="outcome")
    code = serializers.CharField(help_text="Why it, or a file in it, was not read.")
    seen = serializers.IntegerField()
    drafted = serializers.IntegerField()
    moved = serializers.IntegerField()
    missing = serializers.IntegerField()
    returned = serializers.IntegerField()
    refused = serializers.IntegerField()


class SourceChecksSerializer(serializers.Serializer[Any]):
    """The latest first."""

    items = SourceCheckSerializer(many=True)


class PageSerializer(StrictSerializer):
    """Which part of a list."""

    cursor = serializers.CharField(required=False, max_length=6000)
    limit = serializers.IntegerField(
        required=False, default=200, min_value=1, max_value=200
    )


class SourceItemSerializer(serializers.Serializer[Any]):
    """What a source holds, and the edition made of it."""

    name = serializers.CharField()
    content_sha256 = serializers.CharField()
    document_id = serializers.UUIDField()
    version_id = serializers.UUIDField()
    version_status = serializers.CharField()
    changed_at = serializers.DateTimeField()
    missing_since = serializers.DateTimeField(allow_null=True)


class SourceItemsSerializer(serializers.Serializer[Any]):
    """The gone ones first, then the latest changed."""

    items = SourceItemSerializer(many=True)
    next = serializers.CharField(allow_null=True)


class PlacementSerializer(StrictSerializer):
    """Of which document a file is an edition; without one, of a new one."""

    name = serializers.CharField(max_length=1000, help_text="Of the source's item.")
    document_id = serializers.UUIDField(required=False, allow_null=True, default=None)
    title = serializers.CharField(
        required=False,
        default="",
        allow_blank=True,
        max_length=500,
        help_text="Of the new document.",
    )
    owner_id = serializers.CharField(
        required=False, default="", allow_blank=True, max_length=120
    )
    reason = serializers.CharField(max_length=1000)


class OwnerTaskFilterSerializer(PageSerializer):
    """Whose tasks."""

    owner_id = serializers.CharField(required=False, max_length=120)


class OwnerTaskSerializer(serializers.Serializer[Any]):
    """What an owner is asked; a reminder (`review_due`) is closed as a reminder."""

    id = serializers.CharField()
    kind = serializers.ChoiceField(choices=TASK_KINDS)
    owner_id = serializers.CharField()
    opened_at = serializers.DateTimeField()
    source_id = serializers.UUIDField(allow_null=True)
    item_name = serializers.CharField()
    document_id = serializers.UUIDField(allow_null=True)
    version_id = serializers.UUIDField(allow_null=True)
    older_id = serializers.UUIDField(
        allow_null=True, help_text="The edition in force, to compare a draft with."
    )


class OwnerTasksSerializer(serializers.Serializer[Any]):
    """The oldest first."""

    items = OwnerTaskSerializer(many=True)
    next = serializers.CharField(allow_null=True)


class TaskClosingSerializer(StrictSerializer):
    """That a task is done, and how."""

    note = serializers.CharField(max_length=2000)
