"""Decisions about versions, as JSON."""

from typing import Any

from rest_framework import serializers

from clinrag.api.serializers.fields import StrictSerializer
from ingestion.lifecycle import Decision

LONGEST_PASSWORD = 4096
MEANING = "The content was checked and may be used to answer clinical questions."


class ReviewSerializer(serializers.Serializer[Any]):
    """What a second person decided."""

    id = serializers.UUIDField()
    version_id = serializers.UUIDField()
    reviewer_id = serializers.CharField()
    reviewer_name = serializers.CharField()
    decision = serializers.ChoiceField(choices=[one.value for one in Decision])
    meaning = serializers.CharField()
    comment = serializers.CharField()
    decided_at = serializers.DateTimeField()
    authenticated_by = serializers.CharField(
        help_text="How the signer was known; empty before decisions were signed."
    )
    text_sha256 = serializers.CharField()
    comparison_sha256 = serializers.CharField(
        help_text="Empty where no other edition was in force."
    )
    foresight_sha256 = serializers.CharField(help_text="Of the report, if any.")
    foresight = serializers.CharField(
        help_text="What the report was worth then: `fresh`, `stale` or `missing`."
    )
    acknowledged = serializers.BooleanField(
        help_text="That the signer knew there was no fresh report."
    )


class ReviewsSerializer(serializers.Serializer[Any]):
    """In the order they were decided."""

    items = ReviewSerializer(many=True)


class NewReviewSerializer(StrictSerializer):
    """A decision, its meaning, what was seen, and the signer's password again."""

    decision = serializers.ChoiceField(choices=[one.value for one in Decision])
    meaning = serializers.CharField(
        required=False,
        default=MEANING,
        max_length=300,
        help_text="What the decision stands for, as it is signed.",
    )
    comment = serializers.CharField(
        required=False, default="", allow_blank=True, max_length=4000
    )
    password = serializers.CharField(
        write_only=True, trim_whitespace=False, max_length=LONGEST_PASSWORD
    )
    foresight_sha256 = serializers.CharField(
        required=False,
        default="",
        allow_blank=True,
        max_length=64,
        help_text="Of the newest report, as it was seen; empty if there is none.",
    )
    acknowledged = serializers.BooleanField(
        required=False,
        default=False,
        help_text="That the signer knows there is no fresh report.",
    )
