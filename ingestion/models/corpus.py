"""The tables of the corpus.

Promises: fields and the rules PostgreSQL itself keeps; what constraints cannot say
(two people, contents that never change) is said by the triggers in `sql/`. Will not:
decide anything; rows are written by `actions` only. Whoever can write these tables as
their owner can change the corpus, but not unnoticed: every content hash and validity
date also stands in the ledger.
"""

from uuid import uuid4

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, DateTimeRangeField
from django.contrib.postgres.fields.ranges import RangeOperators
from django.db import models
from django.db.models import Q
from pgvector.django import HalfVectorField

from ingestion.lifecycle import PASSWORD, Decision, Status
from ingestion.types import CHUNK_MIN_TOKENS, CHUNK_TOKENS, TrackedChanges


class Audience(models.TextChoices):
    """Who may ask a collection: everyone with an account or key, or those granted."""

    EVERYONE = "everyone"
    GRANTED = "granted"


class Collection(models.Model):
    """A body of documents of one specialty and one language."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    slug = models.SlugField(unique=True, max_length=80)
    name = models.CharField(max_length=200)
    specialty = models.CharField(max_length=100)
    language = models.CharField(max_length=8)
    audience = models.CharField(max_length=10, choices=Audience.choices)
    # By whose vectors it is searched; empty for the embedder that the settings name.
    embedder = models.CharField(max_length=160, blank=True, default="", db_default="")
    # How its files are read and cut; empty for the usual.
    chunk_tokens = models.PositiveIntegerField(null=True, blank=True)
    chunk_min_tokens = models.PositiveIntegerField(null=True, blank=True)
    tracked_changes = models.CharField(
        max_length=6,
        choices=[(one.value, one.value) for one in TrackedChanges],
        default=TrackedChanges.ACCEPT.value,
        db_default=TrackedChanges.ACCEPT.value,
    )
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(chunk_tokens__isnull=True)
                | models.Q(chunk_tokens__range=CHUNK_TOKENS),
                name="collection_chunk_tokens",
            ),
            models.CheckConstraint(
                condition=models.Q(chunk_min_tokens__isnull=True)
                | models.Q(chunk_min_tokens__range=CHUNK_MIN_TOKENS),
                name="collection_chunk_min_tokens",
            ),
            models.CheckConstraint(
                condition=models.Q(
                    tracked_changes__in=[one.value for one in TrackedChanges]
                ),
                name="collection_tracked_changes_known",
            ),
        ]

    def __str__(self) -> str:
        return self.slug


class Document(models.Model):
    """A guideline or other source; its text lives in its versions."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    collection = models.ForeignKey(Collection, models.PROTECT, related_name="documents")
    title = models.CharField(max_length=500)
    publisher = models.CharField(max_length=300, blank=True)
    citation = models.TextField(blank=True)
    url = models.URLField(max_length=1000, blank=True)
    licence = models.CharField(max_length=200, blank=True)
    language = models.CharField(max_length=8)
    owner_id = models.CharField(max_length=120)
    review_by = models.DateField(null=True, blank=True)
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.title


class TimestampRange(models.Func):
    """`tstzrange(from, to)`: the start belongs to the range, the end does not."""

    function = "tstzrange"
    output_field = DateTimeRangeField()


class DocumentVersion(models.Model):
    """One edition: a file, what was made of it, and when its text is in force."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    document = models.ForeignKey(Document, models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    label = models.CharField(max_length=200)
    filename = models.CharField(max_length=255)
    content_sha256 = models.CharField(max_length=64, db_index=True)
    byte_size = models.BigIntegerField()
    author_id = models.CharField(max_length=120)
    author_name = models.CharField(max_length=200)
    received_at = models.DateTimeField()
    attended_at = models.DateTimeField()  # when a worker last made progress

    media_type = models.CharField(max_length=120, blank=True)
    parser = models.CharField(max_length=80, blank=True)
    parsed_sha256 = models.CharField(max_length=64, blank=True)
    chunker = models.CharField(max_length=80, blank=True)
    embedder = models.CharField(max_length=160, blank=True)
    pages = models.PositiveIntegerField(null=True)
    # What it is written in, as far as that is clear; "" is not known.
    language = models.CharField(max_length=8, blank=True, default="", db_default="")
    # Which of the ways its text was cut is searched: grows with newer chunkers.
    cut = models.PositiveIntegerField(default=1, db_default=1)
    warnings = models.JSONField(default=list)
    progress = models.JSONField(default=dict)

    status = models.CharField(
        max_length=12, choices=[(status.value, status.value) for status in Status]
    )
    failure_code = models.CharField(max_length=60, blank=True)
    failure_message = models.CharField(max_length=300, blank=True)
    approved_at = models.DateTimeField(null=True)
    activated_at = models.DateTimeField(null=True)
    in_force_from = models.DateTimeField(null=True)
    in_force_to = models.DateTimeField(null=True)
    planned_until = models.DateTimeField(null=True)  # the end asked for on activation
    embargo_until = models.DateTimeField(null=True)  # not in force before
    withdrawn_at = models.DateTimeField(null=True)
    withdrawal_reason = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["document", "number"], name="version_number_once"
            ),
            models.UniqueConstraint(
                fields=["document", "content_sha256"], name="version_bytes_once"
            ),
            models.CheckConstraint(
                condition=models.Q(status__in=[status.value for status in Status]),
                name="version_status_known",
            ),
            models.CheckConstraint(
                condition=models.Q(in_force_to__isnull=True)
                | models.Q(in_force_to__gte=models.F("in_force_from")),
                name="version_ends_after_it_begins",
            ),
            models.CheckConstraint(
                condition=models.Q(in_force_from__isnull=True)
                | models.Q(embargo_until__isnull=True)
                | models.Q(in_force_from__gte=models.F("embargo_until")),
                name="version_in_force_after_embargo",
            ),
            ExclusionConstraint(
                name="version_one_in_force",
                expressions=[
                    ("document", RangeOperators.EQUAL),
                    (
                        TimestampRange("in_force_from", "in_force_to"),
                        RangeOperators.OVERLAPS,
                    ),
                ],
                condition=models.Q(in_force_from__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.label


class VersionText(models.Model):
    """A version's whole text, the ground that character spans refer to."""

    version = models.OneToOneField(
        DocumentVersion, models.PROTECT, primary_key=True, related_name="version_text"
    )
    text = models.TextField()
    sha256 = models.CharField(max_length=64)

    def __str__(self) -> str:
        return self.sha256


class Chunk(models.Model):
    """A passage, shared by all versions of a document that contain it."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    document = models.ForeignKey(Document, models.PROTECT, related_name="chunks")
    content_sha256 = models.CharField(max_length=64)
    text = models.TextField()
    section_path = ArrayField(models.TextField())
    token_count = models.PositiveIntegerField()
    chunker = models.CharField(max_length=80)
    lexeme_count = models.PositiveIntegerField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["document", "content_sha256"], name="chunk_content_once"
            )
        ]
        # A search of a hundred thousand passages reads their lengths, not their texts.
        indexes = [
            models.Index(fields=["id"], include=["lexeme_count"], name="chunk_length")
        ]

    def __str__(self) -> str:
        return self.content_sha256


class VersionChunk(models.Model):
    """Where a passage stands in one version."""

    version = models.ForeignKey(
        DocumentVersion, models.PROTECT, related_name="placements"
    )
    chunk = models.ForeignKey(Chunk, models.PROTECT, related_name="placements")
    cut = models.PositiveIntegerField(default=1, db_default=1)
    position = models.PositiveIntegerField()
    page_from = models.PositiveIntegerField(null=True)
    page_to = models.PositiveIntegerField(null=True)
    char_start = models.PositiveIntegerField()
    char_end = models.PositiveIntegerField()
    # What its recommendations state, and how sure OCR was where it read it.
    strength = models.CharField(max_length=200, blank=True, default="", db_default="")
    certainty = models.CharField(max_length=200, blank=True, default="", db_default="")
    ocr_confidence = models.FloatField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["version", "cut", "position"], name="versionchunk_position_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.version_id}:{self.position}"


class ChunkEmbedding(models.Model):
    """A passage's vector by one embedder ("name@revision")."""

    chunk = models.ForeignKey(Chunk, models.PROTECT, related_name="embeddings")
    embedder = models.CharField(max_length=160)
    embedding = HalfVectorField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["chunk", "embedder"], name="chunkembedding_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.chunk_id} {self.embedder}"


class ChunkPosting(models.Model):
    """How often a term occurs in a passage: what BM25 is computed from."""

    pk = models.CompositePrimaryKey("term", "chunk_id")
    chunk = models.ForeignKey(Chunk, models.PROTECT, related_name="postings")
    term = models.TextField()
    frequency = models.PositiveIntegerField()

    def __str__(self) -> str:
        return f"{self.chunk_id} {self.term}"


# What today's reviews hold to; those from before signatures are left as they are.
_BOUND = (Q(foresight="missing", foresight_sha256="")) | (
    Q(foresight__in=["fresh", "stale"]) & ~Q(foresight_sha256="")
)
_KNOWINGLY = Q(foresight="fresh") | Q(acknowledged=True)
SIGNED = (
    Q(authenticated_by=PASSWORD)
    & _BOUND
    & (~Q(decision=Decision.APPROVE.value) | (~Q(text_sha256="") & _KNOWINGLY))
)


class Review(models.Model):
    """What a second person decided about a version, and in which capacity."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    version = models.ForeignKey(DocumentVersion, models.PROTECT, related_name="reviews")
    reviewer_id = models.CharField(max_length=120)
    reviewer_name = models.CharField(max_length=200)
    decision = models.CharField(
        max_length=8,
        choices=[(decision.value, decision.value) for decision in Decision],
    )
    meaning = models.CharField(max_length=300)
    comment = models.TextField(blank=True)
    decided_at = models.DateTimeField()
    # What the signature is bound to; nothing before signatures were.
    authenticated_by = models.CharField(
        max_length=20, blank=True, default="", db_default=""
    )
    text_sha256 = models.CharField(max_length=64, blank=True, default="", db_default="")
    comparison_sha256 = models.CharField(
        max_length=64, blank=True, default="", db_default=""
    )
    foresight_sha256 = models.CharField(
        max_length=64, blank=True, default="", db_default=""
    )
    foresight = models.CharField(max_length=8, blank=True, default="", db_default="")
    acknowledged = models.BooleanField(default=False, db_default=False)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(
                    decision__in=[decision.value for decision in Decision]
                ),
                name="review_decision_known",
            ),
            models.CheckConstraint(condition=SIGNED, name="review_is_signed"),
        ]

    def __str__(self) -> str:
        return f"{self.reviewer_id} {self.decision}"


class CorpusChange(models.Model):
    """A change of which text is in force, bound to the ledger entry that records it.

    One row for each version whose validity the entry changed, with the validity as
    it was from then on: the rows up to an entry describe the corpus at that entry.
    """

    entry_id = models.UUIDField(db_index=True)
    version = models.ForeignKey(
        DocumentVersion, models.PROTECT, related_name="corpus_changes"
    )
    in_force_from = models.DateTimeField()
    in_force_to = models.DateTimeField(null=True)
    changed_at = models.DateTimeField()

    def __str__(self) -> str:
        return str(self.entry_id)
