"""How long passages are is read without their texts: large searches need all of them."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("ingestion", "0029_the_door_knows_the_index_of_then")]

    operations = [
        migrations.AddIndex(
            model_name="chunk",
            index=models.Index(
                fields=["id"], include=["lexeme_count"], name="chunk_length"
            ),
        ),
    ]
