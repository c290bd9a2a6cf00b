"""Pieces that several shapes share."""

from collections.abc import Mapping
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail
from rest_framework.settings import api_settings

from clinrag.answering.errors import QuestionNotText
from clinrag.answering.policy import Policy

# Where the name of an unknown field would stand: it could be anything.
NOWHERE = api_settings.NON_FIELD_ERRORS_KEY


class StrictSerializer(serializers.Serializer[Any]):
    """Refuses fields it does not know.

    A misspelt `as_of` that was silently ignored would answer from other text than
    the one asked for.
    """

    default_error_messages = {"unexpected": "There is no such field."}

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, Mapping) and not set(data) <= set(self.fields):
            told = ErrorDetail(str(self.error_messages["unexpected"]), "unexpected")
            raise serializers.ValidationError({NOWHERE: [told]})
        return super().to_internal_value(data)


@extend_schema_field(
    {"type": "string", "minLength": 1, "maxLength": Policy().longest_question}
)
class QuestionField(serializers.Field[str, Any, str, Any]):
    """A question as it was sent; whether it can be asked is the pipeline's matter."""

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            raise QuestionNotText
        return data

    def to_representation(self, value: str) -> str:
        return value


class ProblemSerializer(serializers.Serializer[Any]):
    """Problem details (RFC 9457); some problems have further members."""

    type = serializers.CharField(help_text="A stable URN made from the code.")
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField()
    code = serializers.CharField(help_text="Stable; what programs branch on.")
    request_id = serializers.CharField()


class GradedSerializer(serializers.Serializer[Any]):
    """What a passage says of its own weight, and how sure its letters are."""

    strength = serializers.CharField(
        help_text="Of its recommendations, in their own words; empty if none is stated."
    )
    certainty = serializers.CharField(
        help_text="Of their evidence, in their own words; empty if none is stated."
    )
    ocr_confidence = serializers.FloatField(
        allow_null=True,
        help_text="0 to 1 when any of it was read out of a picture; else null.",
    )
