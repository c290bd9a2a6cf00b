"""Where new editions come from by themselves, and what owners are asked about that.

Promises: one row for each thing a source was ever seen to hold, one for each look at
it, one for each task; a look and what was found stay. Will not: hold what was read.
"""

from uuid import uuid4

from django.db import models

from ingestion.models.corpus import Collection, Document, DocumentVersion


class SourceKind(models.TextChoices):
    """What is watched: a folder, one HTTP address, a prefix of an S3 bucket."""

    FOLDER = "folder"
    HTTP = "http"
    S3 = "s3"


class CheckOutcome(models.TextChoices):
    """How a look at a source ended."""

    UNCHANGED = "unchanged"
    CHANGED = "changed"
    FAILED = "failed"


class TaskKind(models.TextChoices):
    """What an owner is asked to do."""

    DRAFTED = "drafted"
    MISSING = "missing"
    FAILING = "failing"


class Source(models.Model):
    """A place that is looked at again and again.

    With a document, everything found is an edition of that; without one, each file
    is a document of its own. `fence` grows with each look, so that one that was paused
    and overtaken writes nothing.
    """

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    kind = models.CharField(max_length=8, choices=SourceKind.choices)
    name = models.CharField(max_length=200)
    address = models.CharField(max_length=1000)
    collection = models.ForeignKey(Collection, models.PROTECT, related_name="sources")
    document = models.ForeignKey(
        Document, models.PROTECT, null=True, related_name="sources"
    )
    owner_id = models.CharField(max_length=120)
    every_seconds = models.PositiveIntegerField()
    is_paused = models.BooleanField(default=False)
    added_at = models.DateTimeField()
    added_by = models.CharField(max_length=120)
    added_by_name = models.CharField(max_length=200, blank=True)
    next_check_at = models.DateTimeField(db_index=True)
    checked_at = models.DateTimeField(null=True)
    failures = models.PositiveIntegerField(default=0)
    fence = models.PositiveBigIntegerField(default=0)
    leased_until = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["collection", "kind", "address"], name="source_address_once"
            ),
            models.CheckConstraint(
                condition=models.Q(kind__in=SourceKind.values),
                name="source_kind_known",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class SourceItem(models.Model):
    """A file, address or key of a source: what it held when it was last read.

    `fingerprint` is what tells cheaply whether it must be read again.
    """

    source = models.ForeignKey(Source, models.PROTECT, related_name="items")
    name = models.CharField(max_length=1000)
    fingerprint = models.TextField()
    content_sha256 = models.CharField(max_length=64)
    document = models.ForeignKey(Document, models.PROTECT, related_name="source_items")
    version = models.ForeignKey(
        DocumentVersion, models.PROTECT, related_name="source_items"
    )
    found_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    missing_since = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["source", "name"], name="sourceitem_once")
        ]

    def __str__(self) -> str:
        return self.name


class SourceRefusal(models.Model):
    """A file of a source that is no document, as it was when it was last read.

    As long as its `fingerprint` is the same, it is not read again.
    """

    source = models.ForeignKey(Source, models.PROTECT, related_name="refusals")
    name = models.CharField(max_length=1000)
    fingerprint = models.TextField()
    code = models.CharField(max_length=60)
    refused_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["source", "name"], name="sourcerefusal_once"
            )
        ]

    def __str__(self) -> str:
        return self.name


class SourceCheck(models.Model):
    """One look at a source, and what came of it; `code` says why it failed."""

    source = models.ForeignKey(Source, models.PROTECT, related_name="checks")
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField()
    outcome = models.CharField(max_length=10, choices=CheckOutcome.choices)
    code = models.CharField(max_length=60, blank=True)
    seen = models.PositiveIntegerField(default=0)
    drafted = models.PositiveIntegerField(default=0)
    moved = models.PositiveIntegerField(default=0)
    missing = models.PositiveIntegerField(default=0)
    returned = models.PositiveIntegerField(default=0)
    refused = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.source_id} {self.outcome}"


class OwnerTask(models.Model):
    """What a source's finding asks of an owner; closed once, with a note."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    kind = models.CharField(max_length=8, choices=TaskKind.choices)
    source = models.ForeignKey(Source, models.PROTECT, related_name="tasks")
    item = models.ForeignKey(
        SourceItem, models.PROTECT, null=True, related_name="tasks"
    )
    document = models.ForeignKey(
        Document, models.PROTECT, null=True, related_name="source_tasks"
    )
    version = models.ForeignKey(
        DocumentVersion, models.PROTECT, null=True, related_name="source_tasks"
    )
    # The edition in force when it was drafted: what it is compared with.
    older = models.ForeignKey(
        DocumentVersion, models.PROTECT, null=True, related_name="followers"
    )
    owner_id = models.CharField(max_length=120, db_index=True)
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    closed_by = models.CharField(max_length=120, blank=True)
    closed_by_name = models.CharField(max_length=200, blank=True)
    note = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["item"],
                condition=models.Q(kind="missing", closed_at__isnull=True),
                name="ownertask_one_question",
            ),
            models.UniqueConstraint(
                fields=["source"],
                condition=models.Q(kind="failing", closed_at__isnull=True),
                name="ownertask_one_failing",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.source_id}"
