"""The log itself as JSON: shards, checkpoints, proofs that it only grew."""

from typing import Any

from rest_framework import serializers

from clinrag.api.serializers.fields import StrictSerializer

MAX_SIZE = 2**63 - 1


class ShardSerializer(serializers.Serializer[Any]):
    """A shard: a tree of its own, with its own checkpoints."""

    number = serializers.IntegerField()
    origin = serializers.CharField(help_text="The first line of its checkpoints.")
    vkey = serializers.CharField(
        allow_blank=True,
        help_text="The key it began with. Trust the one you got some other way.",
    )
    hash = serializers.CharField()
    first_index = serializers.IntegerField(help_text="The index of its leaf 0.")
    size = serializers.IntegerField(help_text="Leaves under its newest checkpoint.")


class ShardListSerializer(serializers.Serializer[Any]):
    """All shards, in order."""

    items = ShardSerializer(many=True)


class CheckpointSerializer(serializers.Serializer[Any]):
    """A signed statement of a shard's size and root."""

    shard = serializers.IntegerField()
    origin = serializers.CharField()
    size = serializers.IntegerField()
    root = serializers.CharField(  # type: ignore[assignment]  # declared away
        help_text="Hexadecimal."
    )
    note = serializers.CharField(help_text="The signed note (C2SP tlog-checkpoint).")
    signed_at = serializers.DateTimeField()


class CheckpointPageSerializer(serializers.Serializer[Any]):
    """Newest first; `next` continues the list, and is null at its end."""

    items = CheckpointSerializer(many=True)
    next = serializers.CharField(allow_null=True)


class CheckpointFilterSerializer(StrictSerializer):
    """Which checkpoints to list."""

    shard = serializers.IntegerField(required=False, min_value=1, max_value=32767)
    cursor = serializers.CharField(required=False, max_length=1000)
    limit = serializers.IntegerField(
        required=False, default=50, min_value=1, max_value=200
    )


class ConsistencyFilterSerializer(StrictSerializer):
    """Between which sizes; of the newest shard unless one is named."""

    to = serializers.IntegerField(min_value=0, max_value=MAX_SIZE)
    shard = serializers.IntegerField(required=False, min_value=1, max_value=32767)

    def get_fields(self) -> Any:
        """Add `from`, which is no name in Python."""
        old = serializers.IntegerField(min_value=0, max_value=MAX_SIZE)
        return {"from": old, **super().get_fields()}


class ConsistencySerializer(serializers.Serializer[Any]):
    """What proves that the larger log holds the smaller one unchanged (RFC 9162)."""

    shard = serializers.IntegerField()
    origin = serializers.CharField()
    old_size = serializers.IntegerField()
    new_size = serializers.IntegerField()
    old_root = serializers.CharField(help_text="Hexadecimal.")
    new_root = serializers.CharField(help_text="Hexadecimal.")
    path = serializers.ListField(
        child=serializers.CharField(), help_text="Hashes, hexadecimal."
    )
    old_checkpoint = serializers.CharField(
        allow_null=True, help_text="The signed note of that size, if one was signed."
    )
    new_checkpoint = serializers.CharField(allow_null=True)
