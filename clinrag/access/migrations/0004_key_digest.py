"""The column says that it holds a digest, and is no wider than one."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("access", "0003_keys_as_digests")]

    operations = [
        migrations.RemoveConstraint(
            "IdempotencyRecord", "access_idempotency_once_per_actor"
        ),
        migrations.RenameField("IdempotencyRecord", "key", "key_digest"),
        migrations.AlterField(
            "IdempotencyRecord", "key_digest", models.CharField(max_length=64)
        ),
        migrations.AddConstraint(
            "IdempotencyRecord",
            models.UniqueConstraint(
                fields=["actor_id", "key_digest"],
                name="access_idempotency_once_per_actor",
            ),
        ),
    ]
