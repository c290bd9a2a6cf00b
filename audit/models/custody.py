"""What two people decide about the log's content: database `default`.

Rows only move forward, by triggers that fire for the owner too, and each step names
the entry that records it. Whoever can write here with the application's rights can act
as two people at once; he cannot do it without entries that say so.
"""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Q

STATES = ("pending", "approved", "refused", "executed", "expired")


class Authorization(models.Model):
    """A request by one person that a second one decides; good for one use.

    `scope` says exactly to what it applies. `reason` stands here in clear, for the
    second person; the sealed copy beside the entry proves it, and hides nothing. The
    `…_entry_id` columns name the entries that record the steps; a step without its
    entry is refused by the database.
    """

    id = models.UUIDField(primary_key=True)
    action = models.TextField()
    scope = models.JSONField()
    reason = models.TextField()
    requested_by = models.TextField()
    requested_by_name = models.TextField()
    requested_at = models.DateTimeField()
    requested_entry_id = models.UUIDField(unique=True)
    expires_at = models.DateTimeField()
    state = models.TextField(default="pending")
    decided_by = models.TextField(null=True)
    decided_by_name = models.TextField(null=True)
    decided_at = models.DateTimeField(null=True)
    decided_entry_id = models.UUIDField(null=True, unique=True)
    ended_at = models.DateTimeField(null=True)
    ended_entry_id = models.UUIDField(null=True, unique=True)

    class Meta:
        """Two different people, and a state that agrees with what is filled in."""

        constraints = [
            models.CheckConstraint(
                name="authorization_by_two_people",
                condition=Q(decided_by__isnull=True) | ~Q(decided_by=F("requested_by")),
            ),
            models.CheckConstraint(
                name="authorization_state_known", condition=Q(state__in=STATES)
            ),
            models.CheckConstraint(
                name="authorization_decided_by_somebody",
                condition=Q(state__in=["pending", "expired"])
                | Q(
                    decided_by__isnull=False,
                    decided_by_name__isnull=False,
                    decided_at__isnull=False,
                    decided_entry_id__isnull=False,
                ),
            ),
            models.CheckConstraint(
                name="authorization_ended_with_an_entry",
                condition=Q(
                    state__in=["pending", "approved", "refused"],
                    ended_at__isnull=True,
                    ended_entry_id__isnull=True,
                )
                | Q(
                    state__in=["executed", "expired"],
                    ended_at__isnull=False,
                    ended_entry_id__isnull=False,
                ),
            ),
        ]
        indexes = [
            models.Index(
                name="authorization_open",
                fields=["requested_at"],
                condition=Q(state__in=["pending", "approved"]),
            )
        ]


class LegalHold(models.Model):
    """What may be neither erased nor pruned until two people release it.

    `kind` and `scope` are those of `audit.custody.scopes`; `reason` stands here in
    clear, for who may read the ledger. An attacker who adds rows
    keeps content from being erased, and leaves an entry for each.
    """

    id = models.UUIDField(primary_key=True)
    kind = models.TextField()
    scope = models.JSONField()
    reason = models.TextField()
    placed_by = models.TextField()
    placed_by_name = models.TextField()
    placed_at = models.DateTimeField()
    placed_entry_id = models.UUIDField(unique=True)
    released_at = models.DateTimeField(null=True)
    released_entry_id = models.UUIDField(null=True, unique=True)
    authorization_id = models.UUIDField(null=True, unique=True)

    class Meta:
        """Released as a whole, on an authorization."""

        constraints = [
            models.CheckConstraint(
                name="hold_released_by_two_people",
                condition=Q(
                    released_at__isnull=True,
                    released_entry_id__isnull=True,
                    authorization_id__isnull=True,
                )
                | Q(
                    released_at__isnull=False,
                    released_entry_id__isnull=False,
                    authorization_id__isnull=False,
                ),
            )
        ]


class HoldSeal(models.Model):
    """The token by which a hold ends in database `keys`; no role may read it.

    Made before its hold, so one without a hold is that of a hold never committed.
    `opened_at` says when a function gave it out, after which no hold of that id can be
    placed. An attacker who reads it can end the hold there, and not here.
    """

    hold_id = models.UUIDField(primary_key=True)
    token = models.BinaryField()
    opened_at = models.DateTimeField(null=True)


class Erasure(models.Model):
    """Keys that two people agreed to destroy, and how far that has come.

    Written before anything is destroyed, so that whatever happens it is brought to its
    end; the tombstones in the log come after. Holds ids of keys, never a reference.
    """

    id = models.UUIDField(primary_key=True)
    authorization_id = models.UUIDField(unique=True)
    kind = models.TextField()
    scope = models.JSONField()
    reason_class = models.TextField()
    key_ids = ArrayField(models.UUIDField())
    subject_ids = ArrayField(models.UUIDField())
    state = models.TextField(default="begun")
    begun_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    ended_entry_id = models.UUIDField(null=True)
    backups_gone_at = models.DateTimeField(null=True)
    checked_at = models.DateTimeField(null=True)
    checked_entry_id = models.UUIDField(null=True)

    class Meta:
        """What has still to be done is found at once."""

        constraints = [
            models.CheckConstraint(
                name="erasure_state_known",
                condition=Q(state__in=["begun", "stopped", "done", "checked"]),
            )
        ]
        indexes = [
            models.Index(
                name="erasure_unfinished",
                fields=["begun_at"],
                condition=Q(state__in=["begun", "done"]),
            ),
            GinIndex(fields=["key_ids"], name="erasure_by_key"),
        ]


class RetentionFloor(models.Model):
    """For how many years a class of content is kept at the least, and who says so.

    Rows are only added: what must be kept gets longer. `applies_from` is the date of
    the rule itself. An attacker who adds rows keeps content from being pruned.
    """

    id = models.UUIDField(primary_key=True)
    retention_class = models.TextField()
    source = models.TextField()
    years = models.PositiveSmallIntegerField()
    applies_from = models.DateField()
    set_at = models.DateTimeField()
    entry_id = models.UUIDField(unique=True)


class PrunedBlock(models.Model):
    """A partition of entries whose bytes were dropped; `end_index` is exclusive.

    Written by a function of the database alone. Verification asks for the entries of
    the log that say who had it pruned, and fails if an entry of it is still there.
    """

    first_index = models.BigIntegerField(primary_key=True)
    end_index = models.BigIntegerField()
    authorization_id = models.UUIDField(unique=True)
    kept_until = models.DateTimeField()
    pruned_at = models.DateTimeField()


class PrunedEntry(models.Model):
    """What stays of a pruned entry: enough to prove that a receipt was true.

    The leaf hash is under the tree; that `entry_id` is its entry's is under no hash,
    since the bytes that said it are gone. An attacker who changes an id can deny a
    receipt by its id, not prove a false one.
    """

    index = models.BigIntegerField(primary_key=True)
    entry_id = models.UUIDField(db_index=True)
    leaf_hash = models.BinaryField()
