"""Recalls, webhook endpoints and messages as JSON."""

from typing import Any

from rest_framework import serializers

from clinrag.answering.models.recalls import RECALLABLE
from clinrag.answering.reach import DeliveryState, Reach, Severity
from clinrag.answering.recalls.actions import LONGEST_TEXT
from clinrag.answering.recalls.outbound import LONGEST_URL
from clinrag.answering.recalls.queries import STATES
from clinrag.api.serializers.fields import StrictSerializer
from clinrag.api.serializers.impact import DEEPEST

KINDS = [one.value for one in RECALLABLE]
DELIVERY_STATES = [one.value for one in DeliveryState]


class NewRecallSerializer(StrictSerializer):
    """A version, or a section or a passage of it, why, and how much it matters."""

    version_id = serializers.UUIDField()
    section = serializers.ListField(
        child=serializers.CharField(max_length=500),
        required=False,
        default=list,
        max_length=DEEPEST,
    )
    passage = serializers.UUIDField(required=False, allow_null=True, default=None)
    reason = serializers.CharField(
        max_length=LONGEST_TEXT, help_text="Sealed in the ledger; not sent to apps."
    )
    severity = serializers.ChoiceField(choices=[one.value for one in Severity])
    reach = serializers.ChoiceField(
        choices=[one.value for one in Reach],
        required=False,
        default=Reach.IN_PROMPT.value,
        help_text="Up to which use an answer is concerned.",
    )


class NoticeSerializer(serializers.Serializer[Any]):
    """What a recall asks of one app."""

    id = serializers.UUIDField()
    app = serializers.CharField(allow_blank=True)
    answers = serializers.IntegerField()
    due_at = serializers.DateTimeField()
    acknowledged_at = serializers.DateTimeField(allow_null=True)
    acknowledged_by_name = serializers.CharField(allow_blank=True)
    is_overdue = serializers.BooleanField()
    told = serializers.ChoiceField(
        choices=DELIVERY_STATES,
        allow_null=True,
        help_text="Null: the app had no address when the recall was opened.",
    )


class RecallSerializer(serializers.Serializer[Any]):
    """A recall; `answers` is their number when it was opened."""

    id = serializers.UUIDField()
    kind = serializers.ChoiceField(choices=KINDS)
    document_id = serializers.UUIDField()
    version_id = serializers.UUIDField()
    section_path = serializers.ListField(child=serializers.CharField())
    chunk_ids = serializers.ListField(child=serializers.UUIDField())
    reach = serializers.ChoiceField(choices=[one.value for one in Reach])
    severity = serializers.ChoiceField(choices=[one.value for one in Severity])
    reason = serializers.CharField()
    answers = serializers.IntegerField()
    answers_sha256 = serializers.CharField()
    opened_by_name = serializers.CharField()
    opened_at = serializers.DateTimeField()
    opened_entry_id = serializers.UUIDField()
    due_at = serializers.DateTimeField()
    closed_by_name = serializers.CharField(allow_blank=True)
    closed_at = serializers.DateTimeField(allow_null=True)
    closing_note = serializers.CharField(allow_blank=True)
    notices = NoticeSerializer(many=True)


class RecallPageSerializer(serializers.Serializer[Any]):
    """Newest first; `next` continues the list, and is null at its end."""

    items = RecallSerializer(many=True)
    next = serializers.CharField(allow_null=True)


class RecallFilterSerializer(StrictSerializer):
    """Which recalls to list."""

    state = serializers.ChoiceField(choices=STATES, required=False, default="all")
    version_id = serializers.UUIDField(required=False, default=None)
    cursor = serializers.CharField(required=False, max_length=1000)
    limit = serializers.IntegerField(
        required=False, default=50, min_value=1, max_value=200
    )


class AcknowledgementSerializer(StrictSerializer):
    """For which app; an app acknowledges for itself."""

    app = serializers.CharField(required=False, max_length=200)


class ClosingSerializer(StrictSerializer):
    """Why the recall ends; sealed in the ledger."""

    note = serializers.CharField(max_length=LONGEST_TEXT)


class DeliverySerializer(serializers.Serializer[Any]):
    """A message to an app and how sending it goes."""

    id = serializers.UUIDField()
    recall_id = serializers.UUIDField()
    endpoint_id = serializers.UUIDField()
    app = serializers.CharField()
    event = serializers.CharField()
    state = serializers.ChoiceField(choices=DELIVERY_STATES)
    attempts = serializers.IntegerField()
    created_at = serializers.DateTimeField()
    next_attempt_at = serializers.DateTimeField(allow_null=True)
    last_status = serializers.IntegerField(allow_null=True)
    failure_code = serializers.CharField(allow_blank=True)
    ended_at = serializers.DateTimeField(allow_null=True)


class DeliveryListSerializer(serializers.Serializer[Any]):
    """In the order they were written."""

    items = DeliverySerializer(many=True)


class NewEndpointSerializer(StrictSerializer):
    """Where an app is told; without a secret one is made."""

    app = serializers.CharField(max_length=200)
    url = serializers.CharField(max_length=LONGEST_URL)
    secret = serializers.CharField(
        required=False,
        allow_null=True,
        default=None,
        max_length=100,
        help_text="`whsec_` and 24 to 64 bytes in Base64.",
    )


class EndpointSerializer(serializers.Serializer[Any]):
    """Where an app is told."""

    id = serializers.UUIDField()
    app = serializers.CharField()
    url = serializers.CharField()
    registered_by_name = serializers.CharField()
    registered_at = serializers.DateTimeField()


class EndpointListSerializer(serializers.Serializer[Any]):
    """By app."""

    items = EndpointSerializer(many=True)


class RegisteredEndpointSerializer(EndpointSerializer):
    """An endpoint just registered; its secret is told this once."""

    secret = serializers.CharField()
