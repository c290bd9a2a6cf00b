"""What others say about checkpoints: cosignatures, time-stamps, anchors.

Rows are only ever added, but for `VoucherHealth`. An attacker who changes them hides
what vouches for the log, and cannot forge it: each is checked against a key that is
not in this database.
"""

from django.db import models


class Cosignature(models.Model):
    """A witness's signature line under a checkpoint; C2SP tlog-cosignature.

    `at` is the witness's clock. `witness` is the name of its key, not of the policy.
    """

    shard = models.PositiveSmallIntegerField(default=1)
    size = models.BigIntegerField()
    witness = models.TextField()
    key_hash = models.BinaryField()
    at = models.DateTimeField()
    line = models.TextField()

    class Meta:
        """One line for each key under a checkpoint."""

        constraints = [
            models.UniqueConstraint(
                fields=["shard", "size", "witness", "key_hash"],
                name="one_cosignature_a_key",
            )
        ]


class QuorumMet(models.Model):
    """That a checkpoint's cosignatures met the policy in force then.

    Says what this deployment found, for its own pages; who needs to know opens the
    cosigned note under a policy of their own.
    """

    shard = models.PositiveSmallIntegerField(default=1)
    size = models.BigIntegerField()
    policy_sha256 = models.BinaryField()
    at = models.DateTimeField()

    class Meta:
        """One row for each policy and checkpoint."""

        verbose_name_plural = "quorums met"
        constraints = [
            models.UniqueConstraint(
                fields=["shard", "size", "policy_sha256"], name="one_quorum_a_policy"
            )
        ]


class Timestamp(models.Model):
    """An RFC 3161 token over the SHA-256 of a checkpoint's signed note.

    `token` is the DER of the TimeStampToken; `gen_time` is the authority's clock.
    """

    shard = models.PositiveSmallIntegerField(default=1)
    size = models.BigIntegerField()
    authority = models.TextField()
    token = models.BinaryField()
    gen_time = models.DateTimeField()

    class Meta:
        """One token from each authority over a checkpoint."""

        constraints = [
            models.UniqueConstraint(
                fields=["shard", "size", "authority"], name="one_token_an_authority"
            )
        ]


class Anchor(models.Model):
    """That a checkpoint was written to a place outside this database.

    `place` names folder or bucket, `locator` the file or object in it.
    """

    shard = models.PositiveSmallIntegerField(default=1)
    size = models.BigIntegerField()
    place = models.TextField()
    locator = models.TextField()
    at = models.DateTimeField()

    class Meta:
        """One anchor at each place."""

        constraints = [
            models.UniqueConstraint(
                fields=["shard", "size", "place"], name="one_anchor_a_place"
            )
        ]


class VoucherHealth(models.Model):
    """How the asking of one witness, authority or place goes; changed in place.

    For the people who run it. An attacker who changes it hides a failure for a while.
    """

    name = models.TextField(primary_key=True)
    kind = models.TextField()
    succeeded_at = models.DateTimeField(null=True)
    failing_since = models.DateTimeField(null=True)
    failed_at = models.DateTimeField(null=True)
    failure_code = models.TextField(default="")

    class Meta:
        """Names."""

        verbose_name_plural = "voucher health"
