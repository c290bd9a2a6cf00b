"""What changed between two versions, and what was recorded about it, as JSON."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from ingestion.diffing import ChangeKind, SectionChange, WordOp

SIDES = ["old", "new"]
KINDS = [one.value for one in ChangeKind]


class WordSerializer(serializers.Serializer[Any]):
    """A stretch of words, and whether it stayed, went or came."""

    op = serializers.ChoiceField(choices=[one.value for one in WordOp])
    text = serializers.CharField()


class NumberSerializer(serializers.Serializer[Any]):
    """A number with its unit, before and after; empty where there is none."""

    old = serializers.CharField()
    new = serializers.CharField()


class CounterpartSerializer(serializers.Serializer[Any]):
    """Where a moved sentence stands in the other version, and how it reads there."""

    anchor = serializers.CharField()
    path = serializers.ListField(child=serializers.CharField())
    text = serializers.CharField()
    words = WordSerializer(many=True)


class SentenceSerializer(serializers.Serializer[Any]):
    """One sentence; spans count characters of the section's texts."""

    kind = serializers.ChoiceField(choices=KINDS)
    old_text = serializers.CharField()
    new_text = serializers.CharField()
    old_span = serializers.ListField(child=serializers.IntegerField())
    new_span = serializers.ListField(child=serializers.IntegerField())
    words = WordSerializer(many=True)
    counterpart = CounterpartSerializer(allow_null=True)


class SectionSerializer(serializers.Serializer[Any]):
    """One section in both versions; `anchor` names it by its heading and words."""

    kind = serializers.ChoiceField(choices=KINDS)
    anchor = serializers.CharField()
    path = serializers.ListField(child=serializers.CharField())
    old_path = serializers.ListField(child=serializers.CharField(), allow_null=True)
    old_text = serializers.CharField()
    new_text = serializers.CharField()
    words = WordSerializer(many=True)
    numbers_changed = serializers.SerializerMethodField()
    sentences = SentenceSerializer(many=True)

    @extend_schema_field(NumberSerializer(many=True))
    def get_numbers_changed(self, section: SectionChange) -> list[dict[str, str]]:
        return [{"old": old, "new": new} for old, new in section.numbers_changed]


class RiskSerializer(serializers.Serializer[Any]):
    """A change to look at first, the rule it is graded by, and why."""

    rule = serializers.CharField()
    kind = serializers.CharField()
    grade = serializers.CharField(help_text="high, medium or low.")
    reason = serializers.CharField()
    old = serializers.CharField()
    new = serializers.CharField()
    section = serializers.IntegerField(help_text="Counts the sections from 0.")
    anchor = serializers.CharField()
    path = serializers.ListField(child=serializers.CharField())
    old_span = serializers.ListField(child=serializers.IntegerField(), allow_null=True)
    new_span = serializers.ListField(child=serializers.IntegerField(), allow_null=True)
    sentence = serializers.CharField(source="context")


class ComparisonSerializer(serializers.Serializer[Any]):
    """All sections in the order of the newer version, and the risks, gravest first."""

    older_id = serializers.UUIDField()
    version_id = serializers.UUIDField()
    risks = RiskSerializer(many=True)
    sections = SectionSerializer(many=True)


class ViewingSerializer(serializers.Serializer[Any]):
    """A section seen, or no longer."""

    section = serializers.CharField(max_length=40)
    is_viewed = serializers.BooleanField()


class ViewedSerializer(serializers.Serializer[Any]):
    """The sections that the caller marked as viewed, by their anchors."""

    sections = serializers.ListField(child=serializers.CharField())


class NewCommentSerializer(serializers.Serializer[Any]):
    """Words on characters of a section; `quote` has to be what stands there."""

    section = serializers.CharField(max_length=40)
    side = serializers.ChoiceField(choices=SIDES)
    char_start = serializers.IntegerField(min_value=0)
    char_end = serializers.IntegerField(min_value=1)
    quote = serializers.CharField(max_length=20_000, trim_whitespace=False)
    text = serializers.CharField(max_length=4_000)


class ReplySerializer(serializers.Serializer[Any]):
    """Words in a thread."""

    text = serializers.CharField(max_length=4_000)


class SettlementSerializer(serializers.Serializer[Any]):
    """Whether a thread is settled."""

    is_resolved = serializers.BooleanField()


class CommentSerializer(serializers.Serializer[Any]):
    """A comment; the first of a thread has the thread's id."""

    id = serializers.UUIDField()
    thread_id = serializers.UUIDField()
    older_id = serializers.UUIDField()
    version_id = serializers.UUIDField()
    section = serializers.CharField()
    side = serializers.ChoiceField(choices=SIDES)
    char_start = serializers.IntegerField()
    char_end = serializers.IntegerField()
    quote = serializers.CharField()
    text = serializers.CharField()
    author_id = serializers.CharField()
    author_name = serializers.CharField()
    written_at = serializers.DateTimeField()


class ThreadSerializer(serializers.Serializer[Any]):
    """A thread in the order it was written."""

    id = serializers.UUIDField()
    is_resolved = serializers.BooleanField()
    settled_by_name = serializers.CharField()
    settled_at = serializers.DateTimeField(allow_null=True)
    comments = CommentSerializer(many=True)


class ThreadsSerializer(serializers.Serializer[Any]):
    """The threads of a comparison, the oldest first."""

    items = ThreadSerializer(many=True)
