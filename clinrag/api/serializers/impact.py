"""Impact, standing and certificates as JSON."""

from typing import Any

from rest_framework import serializers

from clinrag.answering.reach import AnswerStanding, Use
from clinrag.api.serializers.fields import StrictSerializer

USES = [one.code for one in Use]
STANDINGS = [one.value for one in AnswerStanding]
DEEPEST = 20


class PassageStandingSerializer(serializers.Serializer[Any]):
    """One passage behind an answer and what it is worth."""

    version_id = serializers.UUIDField()
    chunk_id = serializers.UUIDField()
    use = serializers.ChoiceField(choices=USES, source="use.code")
    standing = serializers.ChoiceField(choices=STANDINGS)
    recall_ids = serializers.ListField(child=serializers.UUIDField())


class StandingSerializer(serializers.Serializer[Any]):
    """What the text behind an answer is worth at `at`: the worst of its passages."""

    answer_id = serializers.UUIDField()
    at = serializers.DateTimeField()
    standing = serializers.ChoiceField(choices=STANDINGS)
    recall_ids = serializers.ListField(child=serializers.UUIDField())
    passages = PassageStandingSerializer(many=True)


class MomentSerializer(StrictSerializer):
    """The moment asked about."""

    at = serializers.DateTimeField(required=False, help_text="Default: now.")


class TargetSerializer(StrictSerializer):
    """Of a version: all of it, a section, a passage, or what it no longer holds."""

    section = serializers.ListField(
        child=serializers.CharField(max_length=500),
        required=False,
        default=list,
        max_length=DEEPEST,
        help_text="The headings that lead to a section, the highest first.",
    )
    passage = serializers.UUIDField(
        required=False, default=None, help_text="A passage, in every edition."
    )
    of = serializers.ChoiceField(
        choices=["version", "change"],
        required=False,
        default="version",
        help_text="`change`: answers whose passages this edition no longer holds.",
    )


class ImpactFilterSerializer(TargetSerializer):
    """Which answers to count or to list."""

    use = serializers.ChoiceField(choices=USES, required=False)
    app = serializers.CharField(required=False, max_length=200)
    unit = serializers.CharField(required=False, max_length=64, allow_blank=True)
    actor_id = serializers.CharField(required=False, max_length=200)
    since = serializers.DateTimeField(required=False)
    until = serializers.DateTimeField(required=False)
    at = serializers.DateTimeField(
        required=False, help_text="The moment of the standings; default: now."
    )


class ImpactPageFilterSerializer(ImpactFilterSerializer):
    """Which page of them."""

    cursor = serializers.CharField(required=False, max_length=1000)
    limit = serializers.IntegerField(
        required=False, default=50, min_value=1, max_value=200
    )


class AnswersOfRecallSerializer(StrictSerializer):
    """Which page of a recall's answers."""

    cursor = serializers.CharField(required=False, max_length=1000)
    limit = serializers.IntegerField(
        required=False, default=50, min_value=1, max_value=200
    )


class TouchedAnswerSerializer(serializers.Serializer[Any]):
    """An answer that used the text, and how many of its passages in which way."""

    answer_id = serializers.UUIDField()
    asked_at = serializers.DateTimeField()
    use = serializers.ChoiceField(choices=USES, source="use.code")
    cited = serializers.IntegerField()
    in_prompt = serializers.IntegerField()
    cut = serializers.IntegerField()
    app = serializers.CharField()
    unit = serializers.CharField(allow_blank=True)
    actor_id = serializers.CharField()
    actor_name = serializers.CharField()
    outcome = serializers.CharField(allow_blank=True)
    standing = serializers.ChoiceField(choices=STANDINGS)


class ImpactPageSerializer(serializers.Serializer[Any]):
    """Newest first; `next` continues the list, and is null at its end."""

    items = TouchedAnswerSerializer(many=True)
    next = serializers.CharField(allow_null=True)


class TallySerializer(serializers.Serializer[Any]):
    """A name and how many answers it has."""

    name = serializers.CharField(allow_blank=True)
    answers = serializers.IntegerField()


class ImpactCountsSerializer(serializers.Serializer[Any]):
    """Answers, each counted once; one may count under several uses."""

    answers = serializers.IntegerField()
    cited = serializers.IntegerField()
    in_prompt = serializers.IntegerField()
    cut = serializers.IntegerField()
    by_app = TallySerializer(many=True)
    by_unit = TallySerializer(many=True)
    by_actor = TallySerializer(many=True)
    by_month = TallySerializer(many=True)


class RangeSerializer(StrictSerializer):
    """Entries of the log, both included; default: all that are signed."""

    first = serializers.IntegerField(required=False, default=0, min_value=0)
    last = serializers.IntegerField(required=False, default=None, min_value=0)


class BesideSerializer(serializers.Serializer[Any]):
    """The hash of leaves outside the range (RFC 9162), hexadecimal."""

    start = serializers.IntegerField()
    end = serializers.IntegerField()
    hash = serializers.CharField()


class PartSerializer(serializers.Serializer[Any]):
    """A shard's share of the range, and the checkpoint it is proved under."""

    shard = serializers.IntegerField()
    first_index = serializers.IntegerField()
    start = serializers.IntegerField()
    end = serializers.IntegerField()
    checkpoint = serializers.CharField(help_text="The signed note.")
    beside = BesideSerializer(many=True)


class NonUseSerializer(serializers.Serializer[Any]):
    """A statement that is recomputed from the entries of its range."""

    format = serializers.CharField()
    statement = serializers.CharField()
    limits = serializers.CharField()
    version_id = serializers.CharField()
    document_id = serializers.CharField()
    content_sha256 = serializers.CharField()
    issued_at = serializers.CharField()
    first = serializers.IntegerField()
    last = serializers.IntegerField()
    received = serializers.IntegerField(help_text="Questions that begin there.")
    ended = serializers.IntegerField(help_text="Entries there that end a question.")
    open = serializers.IntegerField(help_text="Questions that end elsewhere.")
    leaves_sha256 = serializers.CharField()
    parts = PartSerializer(many=True)
