"""Add what vouches for checkpoints: cosignatures, time-stamps, anchors; append-only."""

from typing import ClassVar

from django.db import migrations, models

KEPT = ("audit_cosignature", "audit_quorummet", "audit_timestamp", "audit_anchor")


def keep(table: str) -> migrations.RunSQL:
    """Refuse changes, to the owner too, in every replication mode."""
    sql = f"""
        CREATE TRIGGER kept BEFORE UPDATE OR DELETE ON {table}
            FOR EACH ROW EXECUTE FUNCTION audit_refuse();
        ALTER TABLE {table} ENABLE ALWAYS TRIGGER kept;
        CREATE TRIGGER kept_whole BEFORE TRUNCATE ON {table}
            FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse();
        ALTER TABLE {table} ENABLE ALWAYS TRIGGER kept_whole;
    """
    reverse = f"DROP TRIGGER kept_whole ON {table}; DROP TRIGGER kept ON {table};"
    return migrations.RunSQL(sql, reverse, hints={"database": "default"})


class Migration(migrations.Migration):
    """Five tables, and triggers on the four that only grow."""

    dependencies: ClassVar = [("audit", "0016_authorizations_only_move_on")]

    operations: ClassVar = [
        migrations.CreateModel(
            name="VoucherHealth",
            fields=[
                ("name", models.TextField(primary_key=True, serialize=False)),
                ("kind", models.TextField()),
                ("succeeded_at", models.DateTimeField(null=True)),
                ("failing_since", models.DateTimeField(null=True)),
                ("failed_at", models.DateTimeField(null=True)),
                ("failure_code", models.TextField(default="")),
            ],
            options={
                "verbose_name_plural": "voucher health",
            },
        ),
        migrations.CreateModel(
            name="Anchor",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True,
                        primary_key=True,
                        serialize=False,
                        verbose_name="ID",
                    ),
                ),
                ("shard", models.PositiveSmallIntegerField(default=1)),
                ("size", models.BigIntegerField()),
                ("place", models.TextField()),
                ("locator", models.TextField()),
                ("at", models.DateTimeField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("shard", "size", "place"), name="one_anchor_a_place"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Cosignature",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True,
                        primary_key=True,
                        serialize=False,
                        verbose_name="ID",
                    ),
                ),
                ("shard", models.PositiveSmallIntegerField(default=1)),
                ("size", models.BigIntegerField()),
                ("witness", models.TextField()),
                ("key_hash", models.BinaryField()),
                ("at", models.DateTimeField()),
                ("line", models.TextField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("shard", "size", "witness", "key_hash"),
                        name="one_cosignature_a_key",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="QuorumMet",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True,
                        primary_key=True,
                        serialize=False,
                        verbose_name="ID",
                    ),
                ),
                ("shard", models.PositiveSmallIntegerField(default=1)),
                ("size", models.BigIntegerField()),
                ("policy_sha256", models.BinaryField()),
                ("at", models.DateTimeField()),
            ],
            options={
                "verbose_name_plural": "quorums met",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("shard", "size", "policy_sha256"),
                        name="one_quorum_a_policy",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Timestamp",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True,
                        primary_key=True,
                        serialize=False,
                        verbose_name="ID",
                    ),
                ),
                ("shard", models.PositiveSmallIntegerField(default=1)),
                ("size", models.BigIntegerField()),
                ("authority", models.TextField()),
                ("token", models.BinaryField()),
                ("gen_time", models.DateTimeField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("shard", "size", "authority"),
                        name="one_token_an_authority",
                    )
                ],
            },
        ),
        *(keep(table) for table in KEPT),
    ]
