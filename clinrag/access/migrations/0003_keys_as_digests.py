"""Remembered idempotency keys become keyed digests: some hold a patient's number."""

from typing import Any

from django.db import migrations

from clinrag.access.idempotency import key_digest


def digest_keys(apps: Any, _schema_editor: Any) -> None:
    for record in apps.get_model("access", "IdempotencyRecord").objects.iterator():
        record.key = key_digest(record.key)
        record.save(update_fields=["key"])


class Migration(migrations.Migration):
    dependencies = [("access", "0002_collection_grants")]

    # A digest leads back to no key; what is remembered is forgotten in a week anyway.
    operations = [migrations.RunPython(digest_keys, migrations.RunPython.noop)]
