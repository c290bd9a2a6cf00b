"""Who is to review an answer, as records; an override waits for a review."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("answering", "0019_reviews_name_what_they_settle"),
    ]

    operations = [
        migrations.CreateModel(
            name="ReviewAssignment",
            fields=[
                (
                    "id",
                    models.UUIDField(editable=False, primary_key=True, serialize=False),
                ),
                ("reviewer_id", models.CharField(max_length=200)),
                ("reviewer_name", models.CharField(max_length=200)),
                ("is_standing", models.BooleanField()),
                ("due_at", models.DateTimeField()),
                ("made_by", models.CharField(max_length=200)),
                ("made_by_name", models.CharField(max_length=200)),
                ("made_at", models.DateTimeField()),
                ("entry_id", models.UUIDField(unique=True)),
            ],
        ),
        migrations.RemoveConstraint(
            model_name="answerremark",
            name="remark_due_is_of_feedback",
        ),
        migrations.AddConstraint(
            model_name="answerremark",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("due_at", None),
                    ("kind__in", ["unsafe", "wrong", "override"]),
                    _connector="OR",
                ),
                name="remark_due_is_of_flags",
            ),
        ),
        migrations.AddField(
            model_name="reviewassignment",
            name="answer",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="assignments",
                to="answering.answer",
            ),
        ),
        migrations.AddIndex(
            model_name="reviewassignment",
            index=models.Index(
                models.F("answer"),
                models.F("reviewer_id"),
                models.F("made_at"),
                name="assignment_of_answer",
            ),
        ),
        migrations.AddIndex(
            model_name="reviewassignment",
            index=models.Index(
                models.F("reviewer_id"),
                models.F("due_at"),
                name="assignment_of_reviewer",
            ),
        ),
    ]
