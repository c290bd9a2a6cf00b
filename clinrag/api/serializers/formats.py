"""Formats and house styles as JSON."""

from typing import Any

from rest_framework import serializers

from clinrag.answering.formats.types import Source


class FormatFieldSerializer(serializers.Serializer[Any]):
    """One part of a document, and what its statements may rest on."""

    name = serializers.CharField()
    title = serializers.CharField()
    sources = serializers.ListField(
        child=serializers.ChoiceField(choices=[one.value for one in Source]),
        help_text="`context`: the encounter sent along; `passage`: approved documents.",
    )


class FormatSerializer(serializers.Serializer[Any]):
    """What an answer can be written as."""

    name = serializers.CharField()
    version = serializers.IntegerField()
    label = serializers.CharField(  # type: ignore[assignment]  # declared away
        help_text="`format` in a question: this version; the name alone: the newest."
    )
    sha256 = serializers.CharField(help_text="Of all that defines it; in each entry.")
    title = serializers.CharField()
    purpose = serializers.CharField()
    media_type = serializers.CharField(help_text="Of an answer's `text`.")
    takes_context = serializers.BooleanField()
    fields = FormatFieldSerializer(many=True)  # type: ignore[assignment]  # declared away
    schema = serializers.JSONField(help_text="JSON Schema of a model's reply.")


class FormatsSerializer(serializers.Serializer[Any]):
    """The newest version of each format."""

    items = FormatSerializer(many=True)


class StyleSerializer(serializers.Serializer[Any]):
    """How this house words, orders and names the parts of what it writes."""

    name = serializers.CharField()
    version = serializers.IntegerField()
    label = serializers.CharField(  # type: ignore[assignment]  # declared away
        help_text="`style` in a question: this version; the name alone: the newest."
    )
    sha256 = serializers.CharField(help_text="Of all that defines it; in each entry.")
    title = serializers.CharField()
    rules = serializers.ListField(
        child=serializers.CharField(),
        help_text="What a model is told of tone, reading level, spelling and units.",
    )
    upper_headings = serializers.BooleanField()
    order = serializers.DictField(
        child=serializers.ListField(child=serializers.CharField()),
        help_text="The order of fields by the name of a format; kept by the server.",
    )


class StylesSerializer(serializers.Serializer[Any]):
    """The newest version of each house style."""

    items = StyleSerializer(many=True)
