"""Vectors, exclusion over uuid and range, and accents folded: three extensions.

Going back leaves them installed: other applications in the database may use them.
"""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = []

    operations = [
        migrations.RunSQL(
            f"CREATE EXTENSION IF NOT EXISTS {name}", migrations.RunSQL.noop
        )
        for name in ("vector", "btree_gist", "unaccent")
    ]
