"""Questions and answers as JSON."""

from typing import Any

from rest_framework import serializers

from audit.sealing import LONGEST_REFERENCE
from clinrag.answering.policy import Policy
from clinrag.answering.types import (
    AnswerResult,
    AnswerState,
    Confidence,
    Outcome,
    Verdict,
)
from clinrag.api.serializers.fields import (
    GradedSerializer,
    QuestionField,
    StrictSerializer,
)

MOST_COLLECTIONS = 20
MOST_PASSAGES = Policy().most_passages
PURPOSE = r"^[a-z0-9][a-z0-9_.-]*$"
UNIT = r"^[A-Za-z0-9][A-Za-z0-9_.:/-]*$"


class AskSerializer(StrictSerializer):
    """A question, where to look, and as of when."""

    question = QuestionField()
    collections = serializers.ListField(
        child=serializers.CharField(max_length=100),
        max_length=MOST_COLLECTIONS,
        help_text="Short names of the collections to search.",
    )
    as_of = serializers.DateTimeField(
        required=False,
        allow_null=True,
        default=None,
        help_text="Answer from the text in force at that moment; default: now.",
    )
    known_at = serializers.DateTimeField(
        required=False,
        allow_null=True,
        default=None,
        help_text="By what was recorded at that moment; default: by all that is.",
    )
    purpose = serializers.RegexField(
        PURPOSE,
        required=False,
        default="care",
        max_length=64,
        help_text="Why it is asked, as one word; recorded in the clear.",
    )
    limit = serializers.IntegerField(
        required=False,
        default=8,
        min_value=1,
        max_value=MOST_PASSAGES,
        help_text="How many passages may be evidence.",
    )
    subject = serializers.CharField(
        required=False,
        allow_null=True,
        default=None,
        max_length=LONGEST_REFERENCE,
        help_text="An opaque reference of the person it concerns, so that the content "
        "can be erased or held by it. Kept nowhere, only recognised.",
    )
    unit = serializers.RegexField(
        UNIT,
        required=False,
        default="",
        max_length=64,
        help_text="The asking ward, by its short name; recorded in the clear.",
    )
    format = serializers.CharField(
        required=False,
        default="",
        allow_blank=True,
        max_length=80,
        help_text="What to write, by name or label (`GET /formats`); default: a plain "
        "answer.",
    )
    style = serializers.CharField(  # type: ignore[assignment]  # declared away
        required=False,
        default="",
        allow_blank=True,
        max_length=80,
        help_text="The house style, by name or label (`GET /styles`); default: "
        "neutral.",
    )
    context = serializers.CharField(  # type: ignore[assignment]  # declared away
        required=False,
        default="",
        allow_blank=True,
        trim_whitespace=False,
        max_length=Policy().longest_context,
        help_text="The encounter, a note or a dialogue, that the format may be filled "
        "from. Identifiers in it are masked before it is shown to a model; it is "
        "sealed like the question, and not searched for.",
    )


class CitationSerializer(GradedSerializer):
    """A quote and the exact span of the version it stands in."""

    number = serializers.IntegerField()
    document_id = serializers.UUIDField()
    document_title = serializers.CharField()
    publisher = serializers.CharField()
    version_id = serializers.UUIDField()
    version_label = serializers.CharField()
    chunk_id = serializers.UUIDField()
    content_sha256 = serializers.CharField()
    char_start = serializers.IntegerField()
    char_end = serializers.IntegerField()
    page = serializers.IntegerField(allow_null=True)
    section_path = serializers.ListField(child=serializers.CharField())
    quote = serializers.CharField()
    standing = serializers.CharField()
    in_force_from = serializers.DateTimeField(allow_null=True)


class ContextCitationSerializer(serializers.Serializer[Any]):
    """A quote and its exact span of the encounter sent along, identifiers masked."""

    kind = serializers.ChoiceField(choices=["context"])
    number = serializers.IntegerField()
    char_start = serializers.IntegerField()
    char_end = serializers.IntegerField()
    quote = serializers.CharField()


class ClaimSerializer(serializers.Serializer[Any]):
    """One statement, what its check found, and what it rests on.

    That is either approved documents, in `citations`, or the encounter, in
    `context_citations`; never both, and never neither.
    """

    text = serializers.CharField()
    verdict = serializers.ChoiceField(choices=[one.value for one in Verdict])
    citations = CitationSerializer(many=True)
    field = serializers.CharField(help_text="The part of the format it stands in.")
    context_citations = ContextCitationSerializer(many=True)


class AnswerFieldSerializer(serializers.Serializer[Any]):
    """A part of what was written: its statements, or why it is empty."""

    name = serializers.CharField()
    title = serializers.CharField()
    claims = serializers.ListField(
        child=serializers.IntegerField(), help_text="Places in `claims`, from 1."
    )
    empty = serializers.CharField(
        allow_null=True, help_text="Why nothing stands here; null unless so."
    )


class ReceiptSerializer(serializers.Serializer[Any]):
    """The ledger entry of this answer; durable before the answer left."""

    entry_id = serializers.UUIDField()
    leaf_hash = serializers.CharField(help_text="SHA-256 of the leaf, in hexadecimal.")


class ProofSerializer(serializers.Serializer[Any]):
    """What proves that the entry is in the log (RFC 9162), and who signed it."""

    answer_id = serializers.UUIDField()
    entry_id = serializers.UUIDField()
    shard = serializers.IntegerField(help_text="Which tree of the log it is in.")
    origin = serializers.CharField(help_text="That tree's name in checkpoints.")
    index = serializers.IntegerField(help_text="The entry's place in the whole log.")
    leaf_index = serializers.IntegerField(
        help_text="Its place in the shard's tree; the path goes from there."
    )
    tree_size = serializers.IntegerField()
    leaf_hash = serializers.CharField(help_text="Hexadecimal.")
    path = serializers.ListField(
        child=serializers.CharField(),
        help_text="Hashes from leaf to root, hexadecimal.",
    )
    root = serializers.CharField(  # type: ignore[assignment]  # declared away
        help_text="Hexadecimal."
    )
    entry = serializers.CharField(help_text="The leaf's bytes, Base64.")
    checkpoint = serializers.CharField(help_text="The signed note.")
    vkey = serializers.CharField(
        allow_null=True,
        help_text="The signer's public key. Trust the one you got some other way.",
    )


class FlagSerializer(serializers.Serializer[Any]):
    """A group of high-alert medicines that the claims at these places name."""

    code = serializers.CharField()
    title = serializers.CharField()
    listed_in = serializers.CharField()
    claims = serializers.ListField(child=serializers.IntegerField())


class DisagreementSerializer(serializers.Serializer[Any]):
    """Two citations, by number, that may contradict each other."""

    kind = serializers.CharField()
    citations = serializers.ListField(child=serializers.IntegerField())
    first_says = serializers.CharField()
    second_says = serializers.CharField()


class AnswerSerializer(serializers.Serializer[Any]):
    """An answer or a refusal; `text` is null unless the outcome is `answered`."""

    id = serializers.UUIDField()
    outcome = serializers.ChoiceField(choices=[one.value for one in Outcome])
    text = serializers.CharField(allow_null=True)
    claims = ClaimSerializer(many=True)
    citations = CitationSerializer(many=True)
    reason = serializers.CharField(allow_null=True)
    explanation = serializers.CharField(allow_null=True)
    confidence = serializers.ChoiceField(
        choices=[one.value for one in Confidence], allow_null=True
    )
    confidence_reasons = serializers.ListField(child=serializers.CharField())
    notices = serializers.ListField(child=serializers.CharField())
    flags = FlagSerializer(many=True)
    conflicts = DisagreementSerializer(many=True)
    as_of = serializers.DateTimeField()
    corpus_position = serializers.CharField(allow_null=True)
    answerer = serializers.CharField()
    fallback_used = serializers.BooleanField()
    receipt = ReceiptSerializer(source="*")
    disclaimer = serializers.CharField()
    created_at = serializers.DateTimeField()
    format = serializers.CharField(help_text="Label; empty in older answers.")
    style = serializers.CharField(  # type: ignore[assignment]  # declared away
        help_text="Label; empty in older answers."
    )
    media_type = serializers.CharField(help_text="Of `text`.")
    fields = AnswerFieldSerializer(many=True)  # type: ignore[assignment]  # declared away


# One for all: each new one would copy some eighty fields before it writes a word.
_ANSWER = AnswerSerializer()


def describe_answer(result: AnswerResult) -> dict[str, Any]:
    """The answer as JSON holds it."""
    told: dict[str, Any] = _ANSWER.to_representation(result)
    return told


class AskedSerializer(AnswerSerializer):
    """An answer to a question just asked; `proof` with `Prefer: wait=N`."""

    proof = ProofSerializer(allow_null=True)


class AnswerRowSerializer(serializers.Serializer[Any]):
    """An answer in a list: nothing of what was asked or answered."""

    id = serializers.UUIDField()
    state = serializers.ChoiceField(choices=[one.value for one in AnswerState])
    outcome = serializers.CharField(allow_blank=True)
    reason = serializers.CharField(allow_null=True)
    app = serializers.CharField()
    actor_id = serializers.CharField()
    actor_name = serializers.CharField()
    collections = serializers.ListField(child=serializers.CharField())
    as_of = serializers.DateTimeField()
    answerer = serializers.CharField()
    confidence = serializers.CharField(allow_blank=True)
    fallback_used = serializers.BooleanField()
    citation_count = serializers.IntegerField()
    entry_id = serializers.UUIDField(allow_null=True)
    created_at = serializers.DateTimeField()
    finished_at = serializers.DateTimeField(allow_null=True)


class AnswerPageSerializer(serializers.Serializer[Any]):
    """Newest first; `next` continues the list, and is null at its end."""

    items = AnswerRowSerializer(many=True)
    next = serializers.CharField(allow_null=True)


class AnswerFilterSerializer(StrictSerializer):
    """Which answers to list."""

    since = serializers.DateTimeField(required=False)
    until = serializers.DateTimeField(required=False)
    app = serializers.CharField(required=False, max_length=200)
    actor_id = serializers.CharField(required=False, max_length=200)
    collection = serializers.CharField(required=False, max_length=100)
    outcome = serializers.ChoiceField(
        required=False, choices=[one.value for one in Outcome]
    )
    state = serializers.ChoiceField(
        required=False, choices=[one.value for one in AnswerState]
    )
    version_id = serializers.UUIDField(required=False)
    cursor = serializers.CharField(required=False, max_length=1000)
    limit = serializers.IntegerField(
        required=False, default=50, min_value=1, max_value=200
    )
