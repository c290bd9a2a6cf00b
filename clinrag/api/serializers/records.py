"""Corrections, holds, embargoes and reminders, as JSON."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from clinrag.api.serializers.fields import StrictSerializer
from ingestion.lifecycle import HoldDecision


class MomentsSerializer(StrictSerializer):
    """When a text applied, and by what was recorded when; default: now, and all."""

    as_of = serializers.DateTimeField(required=False)
    known_at = serializers.DateTimeField(required=False)


class KnownAtSerializer(StrictSerializer):
    """By what was recorded at that moment; default: all that is."""

    known_at = serializers.DateTimeField(required=False)


class CorrectionSerializer(StrictSerializer):
    """What is said of a document from now on; what is left out stays."""

    title = serializers.CharField(required=False, max_length=500)
    publisher = serializers.CharField(required=False, allow_blank=True, max_length=300)
    citation = serializers.CharField(required=False, allow_blank=True, max_length=4000)
    url = serializers.CharField(required=False, allow_blank=True, max_length=1000)
    licence = serializers.CharField(required=False, allow_blank=True, max_length=200)
    language = serializers.CharField(required=False, max_length=8)
    owner_id = serializers.CharField(required=False, max_length=120)
    review_by = serializers.DateField(required=False, allow_null=True)
    reason = serializers.CharField(max_length=2000)


class RelabellingSerializer(StrictSerializer):
    """What an edition is called from now on."""

    label = serializers.CharField(max_length=200)  # type: ignore[assignment]  # declared away
    reason = serializers.CharField(max_length=2000)


class DescriptionSerializer(serializers.Serializer[Any]):
    """What was said of a document from a moment on, by whom, and why."""

    title = serializers.CharField(source="description.title")
    publisher = serializers.CharField(source="description.publisher")
    citation = serializers.CharField(source="description.citation")
    url = serializers.CharField(source="description.url")
    licence = serializers.CharField(source="description.licence")
    language = serializers.CharField(source="description.language")
    owner_id = serializers.CharField(source="description.owner_id")
    review_by = serializers.DateField(source="description.review_by", allow_null=True)
    recorded_at = serializers.DateTimeField()
    recorded_by = serializers.CharField()
    recorded_by_name = serializers.CharField()
    reason = serializers.CharField()


class DescriptionsSerializer(serializers.Serializer[Any]):
    """Every description that ever held, oldest first; none if never corrected."""

    items = DescriptionSerializer(many=True)


class EmbargoSerializer(StrictSerializer):
    """Until when plain readers see nothing of a version; null opens it."""

    until = serializers.DateTimeField(allow_null=True)


class FindingSerializer(serializers.Serializer[Any]):
    """How often something of a kind was found; never what."""

    kind = serializers.CharField()
    count = serializers.IntegerField()


class VersionHoldSerializer(serializers.Serializer[Any]):
    """Why a version waits for a person, and what was decided."""

    id = serializers.UUIDField()
    version_id = serializers.UUIDField()
    code = serializers.CharField()
    findings = serializers.SerializerMethodField()
    held_at = serializers.DateTimeField()
    held_by = serializers.CharField()
    decision = serializers.CharField(help_text="Empty until somebody decided.")
    reason = serializers.CharField()
    decided_at = serializers.DateTimeField(allow_null=True)
    decided_by = serializers.CharField()
    decided_by_name = serializers.CharField()

    @extend_schema_field(FindingSerializer(many=True))
    def get_findings(self, hold: Any) -> list[dict[str, object]]:
        return [{"kind": kind, "count": count} for kind, count in hold.findings]


class VersionHoldsSerializer(serializers.Serializer[Any]):
    """In the order they were placed."""

    items = VersionHoldSerializer(many=True)


class HoldDecisionSerializer(StrictSerializer):
    """A person's decision about a version that is held."""

    decision = serializers.ChoiceField(choices=[one.value for one in HoldDecision])
    reason = serializers.CharField(max_length=2000)


class ReminderFilterSerializer(StrictSerializer):
    """Whose reminders, of which collection."""

    collection = serializers.CharField(required=False, max_length=100)
    owner_id = serializers.CharField(required=False, max_length=120)
    cursor = serializers.CharField(required=False, max_length=3000)
    limit = serializers.IntegerField(
        required=False, default=200, min_value=1, max_value=200
    )


class ReminderSerializer(serializers.Serializer[Any]):
    """A document that is to be looked through by a day."""

    id = serializers.IntegerField()
    document_id = serializers.UUIDField()
    document_title = serializers.CharField()
    collection = serializers.CharField(source="collection_slug")
    owner_id = serializers.CharField()
    review_by = serializers.DateField()
    opened_at = serializers.DateTimeField()


class RemindersSerializer(serializers.Serializer[Any]):
    """Open reminders, the most overdue first."""

    items = ReminderSerializer(many=True)
    next = serializers.CharField(allow_null=True)


class LookedThroughSerializer(StrictSerializer):
    """That a document was looked through, and by when it is to be again."""

    note = serializers.CharField(max_length=2000)
    review_by = serializers.DateField(required=False, allow_null=True, default=None)
