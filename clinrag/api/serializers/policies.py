"""How strictly a collection is answered from, as JSON."""

from typing import Any

from rest_framework import serializers

from clinrag.answering.policy import GroundingPolicy, IdentifierPolicy
from clinrag.api.serializers.fields import StrictSerializer

GROUNDING = [one.value for one in GroundingPolicy]
IDENTIFIERS = [one.value for one in IdentifierPolicy]


class NewPolicySerializer(StrictSerializer):
    """All terms: they replace what holds."""

    grounding = serializers.ChoiceField(
        choices=GROUNDING,
        help_text="Claims that are not supported: `drop` leaves them out and says so, "
        "`flag` shows some of them, marked in their text, `refuse` gives no answer.",
    )
    identifiers = serializers.ChoiceField(
        choices=IDENTIFIERS,
        help_text="A question with a patient's identifiers: `mask` takes them out, "
        "`refuse` does not answer it.",
    )
    external_models = serializers.BooleanField(
        help_text="Whether questions and passages may go to a model outside."
    )
    reason = serializers.CharField(
        required=False,
        default="",
        allow_blank=True,
        max_length=2000,
        help_text="Needed when any term becomes less strict; it stands in the ledger"
        " in the clear.",
    )


class TermsSerializer(serializers.Serializer[Any]):
    """Terms that hold."""

    grounding = serializers.ChoiceField(choices=GROUNDING)
    identifiers = serializers.ChoiceField(choices=IDENTIFIERS)
    external_models = serializers.BooleanField()


class PolicySerializer(serializers.Serializer[Any]):
    """What was set for a collection; number 0 is the deployment's own."""

    collection = serializers.CharField()
    number = serializers.IntegerField()
    grounding = serializers.ChoiceField(choices=GROUNDING, source="terms.grounding")
    identifiers = serializers.ChoiceField(
        choices=IDENTIFIERS, source="terms.identifiers"
    )
    external_models = serializers.BooleanField(source="terms.external_models")
    set_by = serializers.CharField(source="set_by_name")
    set_at = serializers.DateTimeField(allow_null=True)
    loosens = serializers.BooleanField(
        help_text="Whether it made any term less strict than what held before."
    )
    reason = serializers.CharField()


class EffectivePolicySerializer(PolicySerializer):
    """And what holds: for models outside the deployment's setting stands above it."""

    effective = TermsSerializer()
