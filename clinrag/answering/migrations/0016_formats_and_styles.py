"""What answers are written as: definitions that stay, and their names on each answer."""

from django.db import migrations, models

FORWARD = """
CREATE TRIGGER answering_answerformat_frozen
    BEFORE UPDATE OR DELETE ON answering_answerformat
    FOR EACH ROW EXECUTE FUNCTION answering_refuse_change();
ALTER TABLE answering_answerformat
    ENABLE ALWAYS TRIGGER answering_answerformat_frozen;
CREATE TRIGGER answering_housestyle_frozen
    BEFORE UPDATE OR DELETE ON answering_housestyle
    FOR EACH ROW EXECUTE FUNCTION answering_refuse_change();
ALTER TABLE answering_housestyle
    ENABLE ALWAYS TRIGGER answering_housestyle_frozen;
"""

BACKWARD = """
DROP TRIGGER answering_housestyle_frozen ON answering_housestyle;
DROP TRIGGER answering_answerformat_frozen ON answering_answerformat;
"""


def label() -> models.CharField:
    return models.CharField(blank=True, default="", max_length=80)


def digest() -> models.CharField:
    return models.CharField(blank=True, default="", max_length=64)


def definition(name: str, *, once: str) -> migrations.CreateModel:
    key = models.BigAutoField(
        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
    )
    return migrations.CreateModel(
        name=name,
        fields=[
            ("id", key),
            ("name", models.CharField(max_length=64)),
            ("version", models.PositiveIntegerField()),
            ("sha256", models.CharField(max_length=64)),
            ("text", models.TextField()),
        ],
        options={
            "constraints": [
                models.UniqueConstraint(fields=("name", "version"), name=once)
            ],
        },
    )


class Migration(migrations.Migration):
    dependencies = [("answering", "0015_remarks_stay")]

    operations = [
        migrations.AddField("answer", "format", label()),
        migrations.AddField("answer", "format_sha256", digest()),
        migrations.AddField("answer", "style", label()),
        migrations.AddField("answer", "style_sha256", digest()),
        definition("AnswerFormat", once="answer_format_version_once"),
        definition("HouseStyle", once="house_style_version_once"),
        migrations.RunSQL(FORWARD, BACKWARD),
    ]
