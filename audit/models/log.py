"""The tables of the log and of what is sealed beside it, in database `default`.

Nothing here is changed in place except the one `Head` row; triggers refuse the rest,
also to the owner. What an attacker gains who can change a table in spite of that is
said beside each.
"""

from django.db import models


class InboxEntry(models.Model):
    """An entry committed with the change it describes, not yet in the log.

    `arrival` keeps the order in which one session wrote. An attacker who can delete
    here can lose an entry that no checkpoint covers yet, and nothing older.
    """

    arrival = models.BigAutoField(primary_key=True)
    entry_id = models.UUIDField(unique=True)
    body = models.BinaryField()
    leaf_hash = models.BinaryField()


class Entry(models.Model):
    """A leaf of the log: `body` holds the exact bytes that were hashed.

    The columns after `leaf_hash` are derived from `body` for searching; verification
    compares them. An attacker who changes a row breaks every checkpoint above it.
    """

    index = models.BigIntegerField(primary_key=True)
    entry_id = models.UUIDField(db_index=True)
    body = models.BinaryField()
    leaf_hash = models.BinaryField()
    type = models.TextField()
    at = models.DateTimeField(null=True)
    actor_id = models.TextField()
    query_id = models.UUIDField(null=True)

    class Meta:
        """Indexes for the readers' filters."""

        verbose_name_plural = "entries"
        indexes = [
            models.Index(fields=["type", "index"], name="entry_by_type"),
            models.Index(fields=["actor_id", "index"], name="entry_by_actor"),
            models.Index(
                fields=["query_id"],
                name="entry_by_query",
                condition=models.Q(query_id__isnull=False),
            ),
            models.Index(
                fields=["at"],
                name="query_by_time",
                condition=models.Q(type="query.received"),
            ),
        ]


class ClosedQuery(models.Model):
    """Names the one terminal entry of a question, so that there is never a second.

    An attacker who adds a row can keep a question from being closed, which shows as
    an open question.
    """

    query_id = models.UUIDField(primary_key=True)
    entry_id = models.UUIDField()

    class Meta:
        """Names."""

        verbose_name_plural = "closed queries"


class Payload(models.Model):
    """The sealed content of an entry: nonce, ciphertext and tag in one.

    An attacker who changes it breaks `ct_hash` in the entry; one who only reads it
    learns its length.
    """

    entry_id = models.UUIDField(primary_key=True)
    retention_class = models.TextField()
    key_id = models.UUIDField()
    ciphertext = models.BinaryField()


class Tile(models.Model):
    """A full tile of the tree: 256 hashes of one level, and their root.

    At level 0 the hashes are leaf hashes; at level n + 1 they are the roots of level
    n. Derived, so an attacker who changes it only makes proofs fail.
    """

    level = models.PositiveSmallIntegerField()
    number = models.BigIntegerField()
    hashes = models.BinaryField()
    root = models.BinaryField()

    class Meta:
        """One row for each place."""

        constraints = [
            models.UniqueConstraint(fields=["level", "number"], name="one_tile_a_place")
        ]


class Head(models.Model):
    """The size and edge of the tree: one row, moved forward by the sequencer.

    `frontier` holds the roots of the perfect subtrees, largest first. `epoch` counts
    the leaders: a sequencer with an older one can no longer write. An attacker who
    changes the row makes the signer refuse.
    """

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    epoch = models.BigIntegerField(default=0)
    size = models.BigIntegerField(default=0)
    root = models.BinaryField()
    frontier = models.BinaryField()
    advanced_at = models.DateTimeField(null=True)

    class Meta:
        """One row only."""

        constraints = [
            models.CheckConstraint(condition=models.Q(id=1), name="one_head_row")
        ]


class Checkpoint(models.Model):
    """A signed statement of the log's size and root; a C2SP checkpoint note.

    An attacker without the log's key can remove one or withhold it, not forge it.
    """

    size = models.BigIntegerField(primary_key=True)
    root = models.BinaryField()
    note = models.TextField()
    signed_at = models.DateTimeField()


class Alarm(models.Model):
    """A refusal by the signer, kept for good."""

    kind = models.TextField()
    detail = models.TextField()
    tree_size = models.BigIntegerField()
    raised_at = models.DateTimeField()
