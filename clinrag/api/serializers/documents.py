"""Collections, documents, versions and what happens to them, as JSON."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from clinrag.api.serializers.fields import GradedSerializer, StrictSerializer
from ingestion.lifecycle import Standing, Status
from ingestion.queries import PassageView, VersionView
from ingestion.types import CHUNK_MIN_TOKENS, CHUNK_TOKENS, TrackedChanges

AUDIENCES = ("everyone", "granted")


class ReadingRulesSerializer(serializers.Serializer[Any]):
    """How files are read and cut; sizes in tokens, null for the usual."""

    chunk_tokens = serializers.IntegerField(allow_null=True)
    chunk_min_tokens = serializers.IntegerField(allow_null=True)
    tracked_changes = serializers.ChoiceField(
        choices=[one.value for one in TrackedChanges]
    )


class NewReadingRulesSerializer(StrictSerializer):
    """Rules from here on; what is left out stays."""

    chunk_tokens = serializers.IntegerField(
        required=False,
        allow_null=True,
        min_value=CHUNK_TOKENS[0],
        max_value=CHUNK_TOKENS[1],
        help_text="The longest passage; null for as much as the embedder reads.",
    )
    chunk_min_tokens = serializers.IntegerField(
        required=False,
        allow_null=True,
        min_value=CHUNK_MIN_TOKENS[0],
        max_value=CHUNK_MIN_TOKENS[1],
        help_text="Shorter paragraphs may join their neighbour; null for 32.",
    )
    tracked_changes = serializers.ChoiceField(
        choices=[one.value for one in TrackedChanges],
        required=False,
        help_text="What becomes of changes in a Word file that nobody settled.",
    )


class CollectionSerializer(serializers.Serializer[Any]):
    """A collection open to the caller."""

    id = serializers.UUIDField()
    slug = serializers.CharField()
    name = serializers.CharField()
    specialty = serializers.CharField()
    language = serializers.CharField()
    audience = serializers.CharField()
    rules = ReadingRulesSerializer()
    created_at = serializers.DateTimeField()


class CollectionsSerializer(serializers.Serializer[Any]):
    """All collections open to the caller, by short name."""

    items = CollectionSerializer(many=True)


class NewCollectionSerializer(StrictSerializer):
    """A collection to open: a body of documents of one specialty and one language."""

    slug = serializers.SlugField(
        max_length=80, help_text="Its short name in addresses; it never changes."
    )
    name = serializers.CharField(max_length=200)
    specialty = serializers.CharField(max_length=100)
    language = serializers.CharField(max_length=8, help_text="E.g. `en` or `de-CH`.")
    audience = serializers.ChoiceField(
        choices=AUDIENCES,
        help_text="`granted`: open to those whom an administrator grants it to, no"
        " exception being made for whoever opens it.",
    )


class DocumentSerializer(serializers.Serializer[Any]):
    """A guideline or other source, without its text."""

    id = serializers.UUIDField()
    collection = serializers.CharField(source="collection_slug")
    title = serializers.CharField()
    publisher = serializers.CharField()
    citation = serializers.CharField()
    url = serializers.CharField()
    licence = serializers.CharField()
    language = serializers.CharField()
    owner_id = serializers.CharField()
    review_by = serializers.DateField(allow_null=True)
    created_at = serializers.DateTimeField()


class DocumentPageSerializer(serializers.Serializer[Any]):
    """By title; `next` continues the list, and is null at its end."""

    items = DocumentSerializer(many=True)
    next = serializers.CharField(allow_null=True)


class DocumentFilterSerializer(StrictSerializer):
    """Which documents to list."""

    collection = serializers.CharField(required=False, max_length=100)
    title = serializers.CharField(required=False, max_length=200)
    cursor = serializers.CharField(required=False, max_length=2000)
    limit = serializers.IntegerField(
        required=False, default=50, min_value=1, max_value=200
    )


class NewDocumentSerializer(StrictSerializer):
    """A document to register; its editions are uploaded afterwards."""

    collection = serializers.CharField(max_length=100)
    title = serializers.CharField(max_length=500)
    publisher = serializers.CharField(
        required=False, default="", allow_blank=True, max_length=300
    )
    citation = serializers.CharField(
        required=False, default="", allow_blank=True, max_length=4000
    )
    url = serializers.CharField(
        required=False, default="", allow_blank=True, max_length=1000
    )
    licence = serializers.CharField(
        required=False, default="", allow_blank=True, max_length=200
    )
    language = serializers.CharField(
        required=False, default="", allow_blank=True, max_length=8
    )
    review_by = serializers.DateField(required=False, allow_null=True, default=None)


class WarningSerializer(serializers.Serializer[Any]):
    """Something a reader should know about a file that was still readable."""

    code = serializers.CharField()
    message = serializers.CharField()
    page = serializers.IntegerField(allow_null=True)


class ProgressSerializer(serializers.Serializer[Any]):
    """How far one stage of processing is."""

    stage = serializers.CharField()
    done = serializers.IntegerField()
    total = serializers.IntegerField()


class FailureSerializer(serializers.Serializer[Any]):
    """Why a version failed: a stable code and a sentence."""

    code = serializers.CharField()
    message = serializers.CharField()


class VersionSerializer(serializers.Serializer[Any]):
    """One edition: where it stands, and what became of its file."""

    id = serializers.UUIDField()
    document_id = serializers.UUIDField()
    document_title = serializers.CharField()
    collection = serializers.CharField(source="collection_slug")
    number = serializers.IntegerField()
    label = serializers.CharField()  # type: ignore[assignment]  # declared away
    filename = serializers.CharField()
    media_type = serializers.CharField()
    content_sha256 = serializers.CharField()
    byte_size = serializers.IntegerField()
    status = serializers.ChoiceField(choices=[one.value for one in Status])
    standing = serializers.SerializerMethodField(
        help_text="What the text is worth now: follows from the dates."
    )
    progress = ProgressSerializer(many=True)
    warnings = WarningSerializer(many=True)
    failure = serializers.SerializerMethodField()
    parser = serializers.CharField()
    chunker = serializers.CharField()
    pages = serializers.IntegerField(allow_null=True)
    language = serializers.CharField(
        help_text="What it is written in, as found in its text; empty if not clear."
    )
    language_differs = serializers.BooleanField(
        help_text="Whether that is not the language its collection is searched by."
    )
    author_id = serializers.CharField()
    author_name = serializers.CharField()
    received_at = serializers.DateTimeField()
    approved_at = serializers.DateTimeField(allow_null=True)
    activated_at = serializers.DateTimeField(allow_null=True)
    in_force_from = serializers.DateTimeField(allow_null=True)
    in_force_to = serializers.DateTimeField(allow_null=True)
    planned_until = serializers.DateTimeField(allow_null=True)
    embargo_until = serializers.DateTimeField(allow_null=True)
    withdrawn_at = serializers.DateTimeField(allow_null=True)
    withdrawal_reason = serializers.CharField()

    @extend_schema_field(
        serializers.ChoiceField(choices=[one.value for one in Standing])
    )
    def get_standing(self, version: VersionView) -> str:
        standings: Mapping[UUID, str] = self.context["standings"]
        return str(standings[version.id])

    @extend_schema_field(FailureSerializer(allow_null=True))
    def get_failure(self, version: VersionView) -> dict[str, str] | None:
        if not version.failure_code:
            return None
        return {"code": version.failure_code, "message": version.failure_message}


class VersionsSerializer(serializers.Serializer[Any]):
    """The versions of one document that the caller may see, newest first."""

    items = VersionSerializer(many=True)


class UploadSerializer(serializers.Serializer[Any]):
    """A file as one part, its edition's name as another."""

    file = serializers.FileField(
        help_text="PDF, DOCX, ODT, HTML, Markdown or plain text."
    )
    label = serializers.CharField(  # type: ignore[assignment]  # declared away
        required=False,
        default="",
        allow_blank=True,
        max_length=200,
        help_text="The edition's name, e.g. “2022 edition”.",
    )


class ActivationSerializer(StrictSerializer):
    """When an approved version comes into force; default: now."""

    in_force_from = serializers.DateTimeField(
        required=False, allow_null=True, default=None
    )
    in_force_to = serializers.DateTimeField(
        required=False, allow_null=True, default=None
    )


class WithdrawalSerializer(StrictSerializer):
    """Why a version is taken out of force."""

    reason = serializers.CharField(max_length=2000)


class PassageSerializer(GradedSerializer):
    """A passage where it stands in one version: what a citation leads to."""

    chunk_id = serializers.UUIDField()
    content_sha256 = serializers.CharField()
    text = serializers.CharField()
    section_path = serializers.ListField(child=serializers.CharField())
    position = serializers.IntegerField()
    page_from = serializers.IntegerField(allow_null=True)
    page_to = serializers.IntegerField(allow_null=True)
    char_start = serializers.IntegerField()
    char_end = serializers.IntegerField()
    version_id = serializers.UUIDField()
    version_label = serializers.CharField()
    document_id = serializers.UUIDField()
    document_title = serializers.CharField()
    publisher = serializers.CharField()
    collection = serializers.CharField(source="collection_slug")
    in_force_from = serializers.DateTimeField(allow_null=True)
    in_force_to = serializers.DateTimeField(allow_null=True)
    standing = serializers.SerializerMethodField()

    @extend_schema_field(
        serializers.ChoiceField(choices=[one.value for one in Standing])
    )
    def get_standing(self, passage: PassageView) -> str:
        standings: Mapping[UUID, str] = self.context["standings"]
        return str(standings[passage.version_id])
