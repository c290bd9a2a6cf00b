"""Work that is done by parts, and the messages that must not be lost.

Promises: a part is a stretch of one stage of one version, small enough for minutes;
who holds it, until when and under which number stands in its row. A message stands
here from the transaction that made it needed until the broker has it. Will not: hold
text, names or files; ids and counts only.
"""

from uuid import uuid4

from django.db import models

from ingestion.models.corpus import DocumentVersion


class Stage(models.TextChoices):
    """What is done by parts."""

    PARSE = "parse"
    OCR = "ocr"
    CHUNK = "chunk"
    EMBED = "embed"
    REBUILD = "rebuild"


class PartState(models.TextChoices):
    """Where a part stands; `open` ones are the first two.

    Only parts of an index built beside fail by themselves; elsewhere the version does.
    """

    WAITING = "waiting"
    LEASED = "leased"
    DONE = "done"
    CANCELLED = "cancelled"
    FAILED = "failed"


OPEN = (PartState.WAITING, PartState.LEASED)


class WorkPart(models.Model):
    """Pages or places `first` to `last` (without) of a version, at one stage.

    `fence` grows with every lease and with every withdrawal of one: whoever commits
    under an older number writes nothing. `done` of `total` units are finished.
    """

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    version = models.ForeignKey(DocumentVersion, models.PROTECT, related_name="parts")
    stage = models.CharField(max_length=8, choices=Stage.choices)
    number = models.PositiveIntegerField()
    first = models.PositiveIntegerField(default=0)
    last = models.PositiveIntegerField(default=0)
    state = models.CharField(max_length=10, choices=PartState.choices)
    attempts = models.PositiveSmallIntegerField(default=0, db_default=0)
    fence = models.BigIntegerField(default=0, db_default=0)
    holder = models.CharField(max_length=120, blank=True)
    leased_until = models.DateTimeField(null=True)
    announced_at = models.DateTimeField()  # when a message for it was last posted
    done = models.PositiveIntegerField(default=0, db_default=0)
    total = models.PositiveIntegerField(default=0, db_default=0)
    result_sha256 = models.CharField(max_length=64, blank=True)
    failure_code = models.CharField(
        max_length=60, blank=True, default="", db_default=""
    )
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["version", "stage", "number"], name="workpart_once"
            )
        ]
        indexes = [
            models.Index(
                fields=["announced_at"],
                condition=models.Q(state__in=["waiting", "leased"]),
                name="workpart_open",
            ),
            models.Index(fields=["stage", "finished_at"], name="workpart_finished"),
        ]

    def __str__(self) -> str:
        return f"{self.version_id} {self.stage} {self.number}"


class OutboxMessage(models.Model):
    """A task to be sent: deleted once the broker has it."""

    task = models.CharField(max_length=80)
    subject_id = models.UUIDField()
    queue = models.CharField(max_length=40)
    posted_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.task} {self.subject_id}"
