"""The keys of sealed content, in database `keys`.

Its backups are kept apart and briefly, so that a destroyed key is gone in the end.
"""

from django.db import models
from django.db.models.functions import Now


class DataKey(models.Model):
    """The key of one payload, wrapped by the deployment key; in database `keys`.

    Destroying `wrapped` erases the content everywhere the ciphertext went. An
    attacker who reads it still needs the deployment key.
    """

    id = models.UUIDField(primary_key=True)
    wrapping_key = models.TextField()
    wrapped = models.BinaryField(null=True)
    created_at = models.DateTimeField(db_default=Now())
    destroyed_at = models.DateTimeField(null=True)
