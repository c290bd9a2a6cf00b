"""A search without an answer, as JSON."""

from typing import Any

from rest_framework import serializers

from clinrag.api.serializers.answers import MOST_COLLECTIONS, MOST_PASSAGES
from clinrag.api.serializers.fields import (
    GradedSerializer,
    QuestionField,
    StrictSerializer,
)


class RetrieveSerializer(StrictSerializer):
    """What to look for, where, and as of when."""

    question = QuestionField()
    collections = serializers.ListField(
        child=serializers.CharField(max_length=100), max_length=MOST_COLLECTIONS
    )
    as_of = serializers.DateTimeField(required=False, allow_null=True, default=None)
    known_at = serializers.DateTimeField(
        required=False,
        allow_null=True,
        default=None,
        help_text="By what was recorded at that moment; default: by all that is.",
    )
    limit = serializers.IntegerField(
        required=False, default=8, min_value=1, max_value=MOST_PASSAGES
    )


class ExpansionSerializer(serializers.Serializer[Any]):
    """An abbreviation of the question, and what was searched besides it."""

    short = serializers.CharField()
    long = serializers.CharField()


class RetrievedSerializer(GradedSerializer):
    """A passage in force, and how each channel saw it."""

    rank = serializers.IntegerField()
    score = serializers.FloatField()
    vector_score = serializers.FloatField(allow_null=True)
    vector_rank = serializers.IntegerField(allow_null=True)
    lexical_score = serializers.FloatField(allow_null=True)
    lexical_rank = serializers.IntegerField(allow_null=True)
    chunk_id = serializers.UUIDField()
    content_sha256 = serializers.CharField()
    text = serializers.CharField()
    section_path = serializers.ListField(child=serializers.CharField())
    page_from = serializers.IntegerField(allow_null=True)
    page_to = serializers.IntegerField(allow_null=True)
    char_start = serializers.IntegerField()
    char_end = serializers.IntegerField()
    version_id = serializers.UUIDField()
    version_label = serializers.CharField()
    in_force_from = serializers.DateTimeField()
    document_id = serializers.UUIDField()
    document_title = serializers.CharField()
    publisher = serializers.CharField()
    collection = serializers.CharField(source="collection_slug")


class RetrievalSerializer(serializers.Serializer[Any]):
    """The passages found, best first, and what is needed to find them again."""

    expansions = ExpansionSerializer(many=True)
    as_of = serializers.DateTimeField()
    known_at = serializers.DateTimeField(allow_null=True)
    corpus_position = serializers.CharField(allow_null=True)
    embedder = serializers.CharField()
    path = serializers.CharField()
    candidates_considered = serializers.IntegerField()
    passages = RetrievedSerializer(many=True)
