"""The keys of sealed content, in database `keys`.

Its backups are kept apart and briefly, so that a destroyed key is gone in the end. The
application may add rows; it destroys keys through a function of the database only,
which refuses what a legal hold covers, and changes nothing else.
"""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now


class DataKey(models.Model):
    """The key of one payload; its id is the entry's.

    Wrapped by the deployment's key, or, one around the other in the order of their
    ids, by the keys of the subjects it names. Destroying `wrapped` erases the content
    everywhere the ciphertext went. An attacker who reads it still needs the
    deployment's key.
    """

    id = models.UUIDField(primary_key=True)
    wrapping_key = models.TextField()
    wrapped = models.BinaryField(null=True)
    subject_ids = ArrayField(models.UUIDField(), default=list, db_default=[])
    created_at = models.DateTimeField(db_default=Now())
    destroyed_at = models.DateTimeField(null=True)

    class Meta:
        """To find all that concerns a subject, and what an old key still wraps."""

        indexes = [
            GinIndex(fields=["subject_ids"], name="data_key_by_subject"),
            models.Index(
                fields=["wrapping_key", "id"],
                name="data_key_by_wrapping",
                condition=Q(wrapped__isnull=False),
            ),
        ]


class SubjectKey(models.Model):
    """The key that wraps the data keys of all that concerns one subject.

    `reference_hmac` recognises the opaque reference that callers name; it goes with
    the key. Who comes again afterwards gets another key. An attacker who reads the row
    learns how much concerns the same subject, not whom.
    """

    id = models.UUIDField(primary_key=True)
    reference_hmac = models.BinaryField(null=True)
    wrapping_key = models.TextField()
    wrapped = models.BinaryField(null=True)
    created_at = models.DateTimeField(db_default=Now())
    destroyed_at = models.DateTimeField(null=True)

    class Meta:
        """One living key for a reference."""

        constraints = [
            models.UniqueConstraint(
                fields=["reference_hmac"], name="one_subject_key_a_reference"
            )
        ]


class ReferenceKey(models.Model):
    """The one key under which references are recognised, wrapped like the others."""

    id = models.UUIDField(primary_key=True)
    wrapping_key = models.TextField()
    wrapped = models.BinaryField()
    created_at = models.DateTimeField(db_default=Now())


class KeyHold(models.Model):
    """A legal hold as this database knows it: which keys may not be destroyed.

    A hold has more than one row when more keys came under it later. Only one of the
    columns that say which is filled, none for all of them; `covered_to` is the index
    before which all of the log was looked through. `release_hash` is that of a token
    which the other database gives out for a released hold, and without which only the
    owner ends a row. An attacker who can add rows keeps content from being erased.
    """

    id = models.UUIDField(primary_key=True)
    hold_id = models.UUIDField()
    subject_id = models.UUIDField(null=True)
    key_ids = ArrayField(models.UUIDField(), null=True)
    since = models.DateTimeField(null=True)
    until = models.DateTimeField(null=True)
    placed_at = models.DateTimeField()
    released_at = models.DateTimeField(null=True)
    release_entry_id = models.UUIDField(null=True)
    covered_to = models.BigIntegerField(null=True)
    release_hash = models.BinaryField(null=True)
    release_token = models.BinaryField(null=True)
