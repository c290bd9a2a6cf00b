"""What answers are written as: formats and house styles, each version once.

Promises: a row is never changed or deleted (a trigger); its text is the whole
definition.
"""

from django.db import models


class AnswerFormat(models.Model):
    """One version of a format, as it stood when it was first used."""

    name = models.CharField(max_length=64)
    version = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)
    text = models.TextField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["name", "version"], name="answer_format_version_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name}/{self.version}"


class HouseStyle(models.Model):
    """One version of a house style, as it stood when it was first used."""

    name = models.CharField(max_length=64)
    version = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)
    text = models.TextField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["name", "version"], name="house_style_version_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name}/{self.version}"
