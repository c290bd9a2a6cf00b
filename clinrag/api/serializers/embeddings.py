"""Embeddings as OpenAI's clients write and read them, as far as they are used."""

from typing import Any, Final

from rest_framework import serializers

MOST_TEXTS: Final = 32
LONGEST_TEXT: Final = 8_000


class TextsField(serializers.ListField):
    """One text or a list of them; a list of tokens is no text."""

    def to_internal_value(self, data: Any) -> Any:
        return super().to_internal_value([data] if isinstance(data, str) else data)


class EmbedSerializer(serializers.Serializer[Any]):
    """Texts to be embedded by the embedder in use."""

    model = serializers.CharField(
        max_length=200, help_text="The name of the embedder in use."
    )
    input = TextsField(
        child=serializers.CharField(max_length=LONGEST_TEXT),
        min_length=1,
        max_length=MOST_TEXTS,
        help_text="A text or several; identifiers in them are masked or refused.",
    )
    encoding_format = serializers.ChoiceField(
        choices=("float", "base64"), required=False, default="float"
    )


class EmbeddingsSerializer(serializers.Serializer[Any]):
    """One vector of unit length for each text, in order."""

    object = serializers.CharField()
    data = serializers.ListField(  # type: ignore[assignment]
        child=serializers.DictField()
    )
    model = serializers.CharField()
    usage = serializers.DictField(child=serializers.IntegerField())
