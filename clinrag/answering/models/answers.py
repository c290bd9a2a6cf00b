"""What is kept of an answer in the clear.

Promises: ids, hashes, scores, spans and times only; no question, no prompt and
no answer. Those are sealed in the ledger's payloads. An attacker who can change
these rows can mislead the lists, not the ledger: every row can be compared with
the entry it names. Rows of a closed answer are frozen by triggers.
"""

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from clinrag.answering.types import AnswerState, Confidence, Outcome, Verdict


class PromptTemplate(models.Model):
    """One version of a prompt template; never changed once it is stored."""

    name = models.CharField(max_length=64)
    version = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)
    text = models.TextField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["name", "version"], name="prompt_template_version_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name}/{self.version}"


class Answer(models.Model):
    """One question's life: open from `query.received` to one terminal entry."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    state = models.CharField(
        max_length=16,
        choices=[(state.value, state.value) for state in AnswerState],
        default=AnswerState.OPEN.value,
    )
    outcome = models.CharField(
        max_length=32,
        blank=True,
        default="",
        choices=[(outcome.value, outcome.value) for outcome in Outcome],
    )
    reason = models.CharField(max_length=64, null=True, blank=True)
    query_entry_id = models.UUIDField(unique=True)
    entry_id = models.UUIDField(unique=True, null=True, blank=True)
    leaf_hash = models.BinaryField(max_length=32, null=True, blank=True)
    app = models.CharField(max_length=200, blank=True, default="")
    purpose = models.CharField(max_length=64, blank=True, default="")
    actor_id = models.CharField(max_length=200)
    actor_name = models.CharField(max_length=200, blank=True, default="")
    collections = ArrayField(models.CharField(max_length=100))
    as_of = models.DateTimeField()
    corpus_position = models.CharField(max_length=64, null=True, blank=True)
    policy = models.CharField(max_length=200, blank=True, default="")
    answerer = models.CharField(max_length=200, blank=True, default="")
    model_revision = models.CharField(max_length=200, null=True, blank=True)
    parameters = models.JSONField(default=list, blank=True)
    template = models.CharField(max_length=80, blank=True, default="")
    template_sha256 = models.CharField(max_length=64, blank=True, default="")
    prompt_sha256 = models.CharField(max_length=64, null=True, blank=True)
    format = models.CharField(max_length=80, blank=True, default="")
    format_sha256 = models.CharField(max_length=64, blank=True, default="")
    style = models.CharField(max_length=80, blank=True, default="")
    style_sha256 = models.CharField(max_length=64, blank=True, default="")
    confidence = models.CharField(
        max_length=8,
        blank=True,
        default="",
        choices=[(level.value, level.value) for level in Confidence],
    )
    fallback_used = models.BooleanField(default=False)
    timings_ms = models.JSONField(default=dict, blank=True)
    created_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(state=AnswerState.OPEN.value, entry_id=None)
                | (~Q(state=AnswerState.OPEN.value) & Q(entry_id__isnull=False)),
                name="answer_closed_exactly_with_its_entry",
            ),
            models.CheckConstraint(
                condition=Q(
                    state__in=[AnswerState.OPEN.value, AnswerState.LOST.value],
                    outcome="",
                )
                | (
                    ~Q(state__in=[AnswerState.OPEN.value, AnswerState.LOST.value])
                    & ~Q(outcome="")
                ),
                name="answer_outcome_when_it_ended",
            ),
        ]
        indexes = [
            models.Index(F("created_at").desc(), F("id").desc(), name="answer_newest"),
            models.Index(
                "created_at",
                condition=Q(state=AnswerState.OPEN.value),
                name="answer_open_oldest",
            ),
            models.Index(
                "actor_id", F("created_at").desc(), name="answer_actor_newest"
            ),
        ]

    def __str__(self) -> str:
        return str(self.id)


class Citation(models.Model):
    """Where one quote of a released answer stands: a span, not its words."""

    answer = models.ForeignKey(
        Answer, on_delete=models.CASCADE, related_name="citations"
    )
    number = models.PositiveIntegerField()
    claim_position = models.PositiveIntegerField()
    verdict = models.CharField(
        max_length=16, choices=[(verdict.value, verdict.value) for verdict in Verdict]
    )
    document_id = models.UUIDField()
    version_id = models.UUIDField()
    chunk_id = models.UUIDField()
    content_sha256 = models.CharField(max_length=64)
    char_start = models.PositiveIntegerField()
    char_end = models.PositiveIntegerField()
    page = models.PositiveIntegerField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["answer", "claim_position", "number"],
                name="citation_once_per_claim",
            ),
            models.CheckConstraint(
                condition=Q(char_start__lt=F("char_end")), name="citation_has_text"
            ),
        ]
        indexes = [
            models.Index("version_id", "answer", name="citation_by_version"),
            models.Index("chunk_id", name="citation_by_chunk"),
        ]

    def __str__(self) -> str:
        return f"{self.answer_id}#{self.number}"


class AnswerPassage(models.Model):
    """One retrieved passage of an answer, its rank, scores and use."""

    answer = models.ForeignKey(
        Answer, on_delete=models.CASCADE, related_name="passages"
    )
    rank = models.PositiveIntegerField()
    version_chunk_id = models.BigIntegerField()
    chunk_id = models.UUIDField()
    content_sha256 = models.CharField(max_length=64)
    version_id = models.UUIDField()
    score = models.CharField(max_length=32)
    vector_score = models.CharField(max_length=32, null=True, blank=True)
    lexical_score = models.CharField(max_length=32, null=True, blank=True)
    in_prompt = models.BooleanField()
    cited = models.BooleanField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["answer", "rank"], name="answer_passage_rank_once"
            ),
            models.CheckConstraint(
                condition=Q(cited=False) | Q(in_prompt=True),
                name="answer_passage_cited_was_in_prompt",
            ),
        ]
        indexes = [
            models.Index("version_id", "answer", name="answer_passage_by_version"),
            models.Index("chunk_id", name="answer_passage_by_chunk"),
        ]

    def __str__(self) -> str:
        return f"{self.answer_id}@{self.rank}"
