"""What people record while they compare two editions.

Promises: rows that only ever come in, each with the ledger entry that tells it: a
section seen or no longer, a comment on characters of a section, a thread settled or
opened again. A trigger in `sql/` keeps that against whoever writes the rows. Will
not: hold a comparison; that is made anew from the two texts.
"""

from uuid import uuid4

from django.db import models

from ingestion.models.corpus import DocumentVersion


class Side(models.TextChoices):
    """In which of the two editions the characters stand."""

    OLD = "old"
    NEW = "new"


class SectionViewing(models.Model):
    """A person has seen a section of a comparison, or takes that back.

    `section` is the section's anchor, which is made of its heading and words.
    """

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    entry_id = models.UUIDField()
    older = models.ForeignKey(DocumentVersion, models.PROTECT, related_name="+")
    newer = models.ForeignKey(DocumentVersion, models.PROTECT, related_name="viewings")
    section = models.CharField(max_length=40)
    is_viewed = models.BooleanField()
    person_id = models.CharField(max_length=120)
    person_name = models.CharField(max_length=200)
    viewed_at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(
                fields=["newer", "older", "person_id"], name="viewing_of_person"
            )
        ]

    def __str__(self) -> str:
        return f"{self.section} {self.person_id}"


class ComparisonComment(models.Model):
    """A comment on characters of a section, or a reply to one (`thread`)."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    entry_id = models.UUIDField()
    older = models.ForeignKey(DocumentVersion, models.PROTECT, related_name="+")
    newer = models.ForeignKey(DocumentVersion, models.PROTECT, related_name="comments")
    thread = models.ForeignKey(
        "self", models.PROTECT, related_name="replies", null=True, blank=True
    )
    section = models.CharField(max_length=40)
    side = models.CharField(max_length=3, choices=Side.choices)
    char_start = models.PositiveIntegerField()
    char_end = models.PositiveIntegerField()
    quote = models.TextField()
    text = models.TextField()
    author_id = models.CharField(max_length=120)
    author_name = models.CharField(max_length=200)
    written_at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(fields=["newer", "older"], name="comment_of_comparison")
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(char_start__lt=models.F("char_end")),
                name="comment_range_forward",
            ),
            models.CheckConstraint(
                condition=models.Q(side__in=["old", "new"]), name="comment_side_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.section} {self.author_id}"


class ThreadSettlement(models.Model):
    """A thread was settled, or opened again."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    entry_id = models.UUIDField()
    thread = models.ForeignKey(
        ComparisonComment, models.PROTECT, related_name="settlements"
    )
    is_resolved = models.BooleanField()
    person_id = models.CharField(max_length=120)
    person_name = models.CharField(max_length=200)
    settled_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.thread_id} {self.is_resolved}"
