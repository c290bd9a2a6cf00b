"""Which answer used which passage, narrow enough to be counted by the million.

Promises: one row for each passage of an answer, written in the transaction that
records the answer's end, with what filters and order need beside it; triggers keep
the rows as they are. They repeat what the terminal entry says: an attacker who can
change them can hide an answer from a recall, and a scan of the ledger's entries finds
it again. Says nothing of what a use is worth today: that is computed.
"""

from django.db import models
from django.db.models import Q

from clinrag.answering.models.answers import Answer
from clinrag.answering.reach import Use


class Asker(models.Model):
    """Who asked through which app and from which unit, once for all their answers.

    `unit` is a ward's or department's short name as the app gave it, or empty.
    """

    app = models.CharField(max_length=200)
    unit = models.CharField(max_length=64)
    actor_id = models.CharField(max_length=200)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["actor_id", "app", "unit"], name="asker_once"
            ),
        ]

    def __str__(self) -> str:
        return f"asker {self.pk}"


class AnswerReference(models.Model):
    """That an answer cited a passage, had it in its prompt, or lost it to a cut.

    `use` is the strongest of these; `asked_at` is the answer's `created_at`. One row
    of each answer and version leads: it tells in `uses_of_version`, by `Use.bit`, all
    that the answer made of the version, so that a version is counted without the rest.
    """

    pk = models.CompositePrimaryKey("answer_id", "chunk_id", "version_id")
    answer = models.ForeignKey(
        Answer, on_delete=models.CASCADE, related_name="+", db_index=False
    )
    chunk_id = models.UUIDField()
    version_id = models.UUIDField()
    asked_at = models.DateTimeField()
    asker = models.ForeignKey(
        Asker, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    use = models.PositiveSmallIntegerField(
        choices=[(one.value, one.name) for one in Use]
    )

    uses_of_version = models.PositiveSmallIntegerField(default=0)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(use__in=[one.value for one in Use]),
                name="answer_reference_use_known",
            ),
        ]
        # Read backwards for the newest first; with what is counted beside it, so that
        # a count of a much cited text does not visit the table.
        indexes = [
            models.Index(
                fields=["version_id", "asked_at", "answer"],
                include=["asker", "uses_of_version"],
                condition=Q(uses_of_version__gt=0),
                name="answer_reference_by_version",
            ),
            models.Index(
                fields=["chunk_id", "asked_at", "answer"],
                include=["asker", "use"],
                name="answer_reference_by_chunk",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.answer_id}:{self.chunk_id}"
