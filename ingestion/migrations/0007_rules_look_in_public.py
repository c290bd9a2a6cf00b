"""The rules of two people look for reviews in `public`, and nowhere before it.

A temporary table is found first unless the path names `pg_temp` last: with one of its
own named `ingestion_review`, the application's role could have approved anything.
"""

from django.db import migrations

FUNCTIONS = ("ingestion_refuse_review_by_author()", "ingestion_refuse_unapproved()")


class Migration(migrations.Migration):
    dependencies = [("ingestion", "0006_active_chunks")]

    operations = [
        migrations.RunSQL(
            f"ALTER FUNCTION {function} SET search_path = public, pg_temp",
            f"ALTER FUNCTION {function} RESET search_path",
        )
        for function in FUNCTIONS
    ]
