"""The tables of the log and of what is sealed beside it, in database `default`.

Nothing here is changed in place except the one `Head` row; triggers refuse the rest,
also to the owner. What an attacker gains who can change a table in spite of that is
said beside each. `Entry` and `Payload` are partitioned in the database, which no model
shows: by blocks of indices, and by the month in the id.
"""

from typing import Final

from django.db import models

FIRST_SHARD: Final = 1


class Shard(models.Model):
    """A tree of its own in the one order of entries; its first leaf opens it.

    `first_index` is the index of that leaf, so a leaf's place in the tree is its index
    less `first_index`. What follows `entry_id` is copied from the opening entry, which
    is what counts; the first shard was opened by none. An attacker who changes a row
    makes verification fail.
    """

    number = models.PositiveSmallIntegerField(primary_key=True)
    origin = models.TextField()
    vkey = models.TextField()
    hash = models.TextField(default="sha-256")
    first_index = models.BigIntegerField(unique=True)
    opened_at = models.DateTimeField()
    entry_id = models.UUIDField(null=True)
    predecessor_note = models.TextField(default="")
    recovered_size = models.BigIntegerField(null=True)
    recovered_root = models.BinaryField(null=True)
    lost_from = models.BigIntegerField(null=True)
    lost_to = models.BigIntegerField(null=True)


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

    `index` counts through all shards; no index is ever given twice.
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

    def __str__(self) -> str:
        return f"entry {self.index}, {self.type}"


class ClosedQuery(models.Model):
    """Names the one terminal entry of a question, so that there is never a second.

    An attacker who adds a row keeps a question from being closed: verification names
    a mark whose entry is not an end of that question.
    """

    query_id = models.UUIDField(primary_key=True)
    entry_id = models.UUIDField()

    class Meta:
        """Names."""

        verbose_name_plural = "closed queries"


class Payload(models.Model):
    """The sealed content of an entry: nonce, ciphertext and tag in one.

    `key_id` is the entry's id, which verification compares. An attacker who changes
    the content breaks `ct_hash` in the entry; one who only reads it learns its length.
    """

    entry_id = models.UUIDField(primary_key=True)
    retention_class = models.TextField()
    key_id = models.UUIDField()
    ciphertext = models.BinaryField()


class Tile(models.Model):
    """A full tile of a shard's tree: 256 hashes of one level, and their root.

    At level 0 the hashes are leaf hashes; at level n + 1 they are the roots of level
    n. Derived, so an attacker who changes it only makes proofs fail.
    """

    shard = models.PositiveSmallIntegerField(
        default=FIRST_SHARD, db_default=FIRST_SHARD
    )
    level = models.PositiveSmallIntegerField()
    number = models.BigIntegerField()
    hashes = models.BinaryField()
    root = models.BinaryField()

    class Meta:
        """One row for each place."""

        constraints = [
            models.UniqueConstraint(
                fields=["shard", "level", "number"], name="one_tile_a_place"
            )
        ]


class Head(models.Model):
    """The size and edge of the newest shard's tree: one row, moved by the sequencer.

    `size` counts the leaves of this shard: the log ends before `first_index` + `size`.
    `frontier` holds the roots of the perfect subtrees, largest first. `epoch` counts
    the leaders: a sequencer with an older one can no longer write. An attacker who
    changes the row makes the signer refuse.
    """

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    epoch = models.BigIntegerField(default=0)
    shard = models.PositiveSmallIntegerField(
        default=FIRST_SHARD, db_default=FIRST_SHARD
    )
    first_index = models.BigIntegerField(default=0, db_default=0)
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
    """A signed statement of a shard's size and root; a C2SP checkpoint note.

    An attacker without the log's key can remove one or withhold it, not forge it.
    """

    shard = models.PositiveSmallIntegerField(
        default=FIRST_SHARD, db_default=FIRST_SHARD
    )
    size = models.BigIntegerField()
    root = models.BinaryField()
    note = models.TextField()
    signed_at = models.DateTimeField()

    class Meta:
        """One checkpoint for each size of a shard."""

        constraints = [
            models.UniqueConstraint(
                fields=["shard", "size"], name="one_checkpoint_a_size"
            )
        ]

    def __str__(self) -> str:
        return f"checkpoint of {self.size} entries"


class Alarm(models.Model):
    """A refusal by the signer, kept for good."""

    shard = models.PositiveSmallIntegerField(
        default=FIRST_SHARD, db_default=FIRST_SHARD
    )
    kind = models.TextField()
    detail = models.TextField()
    tree_size = models.BigIntegerField()
    raised_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"alarm {self.kind}"
