"""Chat completions as OpenAI's clients write and read them, as far as they are used."""

from typing import Any

from rest_framework import serializers

from clinrag.api.serializers.answers import AnswerSerializer


class ChatAskSerializer(serializers.Serializer[Any]):
    """The last message is the question. Settings of a model have no meaning here."""

    model = serializers.CharField(
        max_length=2_100,
        help_text="`clinrag:` and a collection's short name; several joined by `+`.",
    )
    messages = serializers.ListField(
        child=serializers.DictField(),
        min_length=1,
        max_length=1_000,
        help_text="The last one is the user's; the others are not looked at.",
    )
    stream = serializers.BooleanField(required=False, allow_null=True, default=False)


class ChatSerializer(serializers.Serializer[Any]):
    """A completion; `clinrag` is the answer with its claims and citations."""

    id = serializers.CharField()
    object = serializers.CharField()
    created = serializers.IntegerField(help_text="Unix seconds.")
    model = serializers.CharField()
    choices = serializers.ListField(child=serializers.DictField())
    clinrag = AnswerSerializer()


class ChatModelSerializer(serializers.Serializer[Any]):
    """A collection that may be asked, under the name of a model."""

    id = serializers.CharField()
    object = serializers.CharField()
    created = serializers.IntegerField(help_text="Unix seconds.")
    owned_by = serializers.CharField()


class ChatModelsSerializer(serializers.Serializer[Any]):
    """All of them."""

    object = serializers.CharField()
    data = ChatModelSerializer(many=True)  # type: ignore[assignment]  # theirs
