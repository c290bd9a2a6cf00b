"""Authorizations, legal holds, erasures and retention as JSON.

A reason stands here for people alone: it is what somebody wrote.
"""

from typing import Any

from rest_framework import serializers

from audit.custody.authorizations import LONGEST_REASON, Action
from audit.custody.authorizations import State as AuthorizationState
from audit.custody.erasure import ErasureState, ReasonClass
from audit.custody.scopes import ERASABLE, ScopeKind
from audit.sealing import LONGEST_REFERENCE
from clinrag.api.serializers.exports import SignatorySerializer
from clinrag.api.serializers.fields import StrictSerializer

# What is asked for by itself; the rest at the address of what it is about.
REQUESTABLE = (Action.KEY_ROTATION, Action.SHARD_OPENING, Action.PRUNING)
OPEN, ALL = "open", "all"


class AuthorizationFilterSerializer(StrictSerializer):
    """Which authorizations."""

    state = serializers.ChoiceField(
        choices=[OPEN, ALL], required=False, default=OPEN, help_text="open: undecided."
    )
    action = serializers.ChoiceField(
        choices=[one.value for one in Action], required=False, default=None
    )


class NewAuthorizationSerializer(StrictSerializer):
    """What a second person is asked to agree to."""

    action = serializers.ChoiceField(choices=[one.value for one in REQUESTABLE])
    first_index = serializers.IntegerField(
        required=False,
        default=None,
        min_value=0,
        help_text="Of the block, for `pruning` and nothing else.",
    )
    reason = serializers.CharField(max_length=LONGEST_REASON)


class AuthorizationSerializer(serializers.Serializer[Any]):
    """What one person asked for and another one decides."""

    id = serializers.UUIDField()
    action = serializers.ChoiceField(choices=[one.value for one in Action])
    scope = serializers.DictField(child=serializers.CharField())
    reason = serializers.CharField(
        allow_null=True, help_text="For people; null for an application."
    )
    state = serializers.ChoiceField(choices=[one.value for one in AuthorizationState])
    requested_by = SignatorySerializer()
    requested_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField()
    decided_by = SignatorySerializer(allow_null=True)
    decided_at = serializers.DateTimeField(allow_null=True)
    executed_at = serializers.DateTimeField(allow_null=True)


class AuthorizationListSerializer(serializers.Serializer[Any]):
    """Authorizations: undecided ones oldest first, else newest first."""

    items = AuthorizationSerializer(many=True)


class ScopeSerializer(StrictSerializer):
    """Exactly the field that the kind needs; a span of time may be open at one end."""

    subject = serializers.CharField(
        required=False,
        max_length=LONGEST_REFERENCE,
        help_text="subject: the opaque reference under which questions were asked.",
    )
    answer_id = serializers.UUIDField(required=False, help_text="question")
    entry_id = serializers.UUIDField(required=False, help_text="entry")


class NewHoldSerializer(ScopeSerializer):
    """What is to be kept from being erased and pruned."""

    kind = serializers.ChoiceField(choices=[one.value for one in ScopeKind])
    version_id = serializers.UUIDField(
        required=False, help_text="version: all answers that read it."
    )
    since = serializers.DateTimeField(required=False, help_text="time")
    until = serializers.DateTimeField(required=False, help_text="time; not included.")
    reason = serializers.CharField(max_length=LONGEST_REASON)


class HoldSerializer(serializers.Serializer[Any]):
    """A legal hold; a person is named by the id of a key."""

    id = serializers.UUIDField()
    kind = serializers.ChoiceField(choices=[one.value for one in ScopeKind])
    scope = serializers.DictField(child=serializers.CharField())
    reason = serializers.CharField(
        allow_null=True, help_text="For people; null for an application."
    )
    placed_by = SignatorySerializer()
    placed_at = serializers.DateTimeField()
    released_at = serializers.DateTimeField(allow_null=True)


class HoldListSerializer(serializers.Serializer[Any]):
    """Legal holds, newest first."""

    items = HoldSerializer(many=True)


class HoldFilterSerializer(StrictSerializer):
    """Which legal holds."""

    state = serializers.ChoiceField(
        choices=["active", ALL], required=False, default="active"
    )


class ReleaseSerializer(StrictSerializer):
    """By which agreement of two people."""

    authorization_id = serializers.UUIDField()


class NewErasureSerializer(ScopeSerializer):
    """What is to be erased, and why in a word that may stand in the log."""

    kind = serializers.ChoiceField(choices=sorted(one.value for one in ERASABLE))
    reason_class = serializers.ChoiceField(choices=[one.value for one in ReasonClass])
    reason = serializers.CharField(max_length=LONGEST_REASON)


class ErasureSerializer(serializers.Serializer[Any]):
    """How far an erasure has come."""

    id = serializers.UUIDField()
    authorization_id = serializers.UUIDField()
    kind = serializers.ChoiceField(choices=[one.value for one in ScopeKind])
    scope = serializers.DictField(child=serializers.CharField())
    reason_class = serializers.ChoiceField(choices=[one.value for one in ReasonClass])
    state = serializers.ChoiceField(choices=[one.value for one in ErasureState])
    keys = serializers.IntegerField(help_text="Keys that it is about.")
    begun_at = serializers.DateTimeField()
    ended_at = serializers.DateTimeField(allow_null=True)
    entry_id = serializers.UUIDField(allow_null=True, help_text="Its first tombstone.")
    backups_gone_at = serializers.DateTimeField(allow_null=True)
    checked_at = serializers.DateTimeField(allow_null=True)


class ErasureListSerializer(serializers.Serializer[Any]):
    """Erasures, newest first."""

    items = ErasureSerializer(many=True)


class FloorSerializer(serializers.Serializer[Any]):
    """So many years at the least; class `*` is every class."""

    retention_class = serializers.CharField()
    basis = serializers.CharField(source="source")
    years = serializers.IntegerField()
    applies_from = serializers.DateField()


class RetentionClassSerializer(serializers.Serializer[Any]):
    """A class, and how long what is in it is kept by the floors of today."""

    name = serializers.CharField()
    years = serializers.IntegerField()


class RetentionSerializer(serializers.Serializer[Any]):
    """Classes and the floors under them, the longest first."""

    classes = RetentionClassSerializer(many=True)
    floors = FloorSerializer(many=True)
