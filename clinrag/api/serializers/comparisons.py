"""What changed between two versions, as JSON."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from ingestion.diffing import ChangeKind, SectionChange, WordOp


class WordSerializer(serializers.Serializer[Any]):
    """A stretch of words, and whether it stayed, went or came."""

    op = serializers.ChoiceField(choices=[one.value for one in WordOp])
    text = serializers.CharField()


class NumberSerializer(serializers.Serializer[Any]):
    """A number with its unit, before and after; empty where there is none."""

    old = serializers.CharField()
    new = serializers.CharField()


class SectionSerializer(serializers.Serializer[Any]):
    """One section in both versions."""

    kind = serializers.ChoiceField(choices=[one.value for one in ChangeKind])
    path = serializers.ListField(child=serializers.CharField())
    old_path = serializers.ListField(child=serializers.CharField(), allow_null=True)
    old_text = serializers.CharField()
    new_text = serializers.CharField()
    words = WordSerializer(many=True)
    numbers_changed = serializers.SerializerMethodField()

    @extend_schema_field(NumberSerializer(many=True))
    def get_numbers_changed(self, section: SectionChange) -> list[dict[str, str]]:
        return [{"old": old, "new": new} for old, new in section.numbers_changed]


class ComparisonSerializer(serializers.Serializer[Any]):
    """All sections in the order of the newer version."""

    older_id = serializers.UUIDField()
    version_id = serializers.UUIDField()
    sections = SectionSerializer(many=True)
