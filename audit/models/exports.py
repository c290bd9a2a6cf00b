"""Emergency accesses and evidence packages: database `default`.

Neither holds a word of what was read or packed. Whoever can write here with the
application's rights can hide that a review is due or a file exists; the entries that
each row names cannot be taken back.
"""

from django.db import models
from django.db.models import F, Q


class BreakGlass(models.Model):
    """One answer opened by somebody without the permission, until a time.

    The reason is sealed in the entry `opened_entry_id`, what the reviewer wrote in
    `reviewed_entry_id`; `overdue_entry_id` says that nobody had by the time it was
    due. A row is reviewed once, by another person, and never deleted.
    """

    id = models.UUIDField(primary_key=True)
    answer_id = models.UUIDField()
    entry_ids = models.JSONField()
    opened_by = models.TextField()
    opened_by_name = models.TextField()
    opened_at = models.DateTimeField()
    opened_entry_id = models.UUIDField(unique=True)
    expires_at = models.DateTimeField()
    review_due_at = models.DateTimeField()
    reviewed_by = models.TextField(null=True)
    reviewed_by_name = models.TextField(null=True)
    reviewed_at = models.DateTimeField(null=True)
    finding = models.TextField(null=True)
    reviewed_entry_id = models.UUIDField(null=True, unique=True)
    overdue_entry_id = models.UUIDField(null=True, unique=True)

    class Meta:
        """Two different people."""

        verbose_name_plural = "emergency accesses"
        constraints = [
            models.CheckConstraint(
                name="break_glass_by_two_people",
                condition=Q(reviewed_by__isnull=True) | ~Q(reviewed_by=F("opened_by")),
            ),
            models.CheckConstraint(
                name="break_glass_reviewed_whole",
                condition=Q(
                    reviewed_by__isnull=True,
                    reviewed_by_name__isnull=True,
                    reviewed_at__isnull=True,
                    finding__isnull=True,
                    reviewed_entry_id__isnull=True,
                )
                | Q(
                    reviewed_by__isnull=False,
                    reviewed_by_name__isnull=False,
                    reviewed_at__isnull=False,
                    finding__in=["justified", "not_justified"],
                    reviewed_entry_id__isnull=False,
                ),
            ),
        ]
        indexes = [
            models.Index(
                name="break_glass_unreviewed",
                fields=["review_due_at"],
                condition=Q(reviewed_by__isnull=True),
            ),
            models.Index(
                name="break_glass_of_reader", fields=["opened_by", "answer_id"]
            ),
        ]


class Export(models.Model):
    """An evidence package: what was asked for, how far it is, and what came of it.

    `progress` says how many bytes of the unfinished files count, so that the work of a
    killed process is continued and not trusted beyond that. `erasures_before` counts
    those that content read into it cannot have missed; `attempts` those that committed
    no progress, one after the other.
    """

    id = models.UUIDField(primary_key=True)
    authorization_id = models.UUIDField(unique=True)
    kind = models.TextField()
    scope = models.JSONField()
    content = models.TextField()
    requested_by = models.TextField()
    requested_by_name = models.TextField()
    requested_at = models.DateTimeField()
    state = models.TextField(default="requested")
    bounds = models.JSONField(default=dict)
    progress = models.JSONField(default=dict)
    entries_done = models.BigIntegerField(default=0)
    looked_at = models.BigIntegerField(default=0)
    erasures_before = models.IntegerField(default=0)
    attempts = models.IntegerField(default=0)
    attended_at = models.DateTimeField(null=True)
    is_cancelled = models.BooleanField(default=False)
    failure_code = models.TextField(default="")
    finished_at = models.DateTimeField(null=True)
    byte_size = models.BigIntegerField(null=True)
    sha256 = models.TextField(default="")
    manifest_sha256 = models.TextField(default="")
    downloads = models.IntegerField(default=0)
    expires_at = models.DateTimeField(null=True)

    class Meta:
        """Known states, and the lists that are asked for."""

        constraints = [
            models.CheckConstraint(
                name="export_state_known",
                condition=Q(
                    state__in=[
                        "requested",
                        "building",
                        "built",
                        "failed",
                        "cancelled",
                        "removed",
                    ]
                ),
            )
        ]
        indexes = [
            models.Index(name="export_newest", fields=["-requested_at"]),
            models.Index(
                name="export_unfinished",
                fields=["attended_at"],
                condition=Q(state="building"),
            ),
        ]
