"""Claims that somebody else drafted, and what the check found, as JSON."""

from typing import Any

from rest_framework import serializers

from clinrag.answering.types import Verdict
from clinrag.api.serializers.fields import StrictSerializer

MOST_SOURCES = 30
MOST_CLAIMS = 50
MOST_CITATIONS = 10
LONGEST_CLAIM = 2_000


class CitedTextSerializer(StrictSerializer):
    """Text of the corpus: a version, or `text[char_start:char_end]` of it."""

    version_id = serializers.UUIDField()
    char_start = serializers.IntegerField(required=False, default=0, min_value=0)
    char_end = serializers.IntegerField(
        required=False,
        allow_null=True,
        default=None,
        min_value=1,
        help_text="Default: the end. A source has 15,000 characters at most.",
    )


class GivenCitationSerializer(StrictSerializer):
    """Which source a claim cites, and its words."""

    source_number = serializers.IntegerField(
        min_value=1, help_text="Its place in `sources`, from 1."
    )
    quote = serializers.CharField(
        required=False,
        default="",
        allow_blank=True,
        max_length=LONGEST_CLAIM,
        help_text="Words that stand there; without, the claim is held to all of it.",
    )


class GivenClaimSerializer(StrictSerializer):
    """A statement as it was drafted."""

    text = serializers.CharField(max_length=LONGEST_CLAIM)
    citations = serializers.ListField(
        child=GivenCitationSerializer(), max_length=MOST_CITATIONS
    )


class GroundSerializer(StrictSerializer):
    """The claims to check, and the text they may rest on."""

    sources = serializers.ListField(
        child=CitedTextSerializer(), min_length=1, max_length=MOST_SOURCES
    )
    claims = serializers.ListField(
        child=GivenClaimSerializer(), min_length=1, max_length=MOST_CLAIMS
    )


class FoundQuoteSerializer(serializers.Serializer[Any]):
    """A quote at its span of the version's text."""

    version_id = serializers.UUIDField()
    char_start = serializers.IntegerField()
    char_end = serializers.IntegerField()
    quote = serializers.CharField()


class JudgedClaimSerializer(serializers.Serializer[Any]):
    """A claim and its verdict; `problems` are the codes of what is wrong."""

    text = serializers.CharField()
    verdict = serializers.ChoiceField([one.value for one in Verdict])
    problems = serializers.ListField(child=serializers.CharField())
    quotes = FoundQuoteSerializer(many=True)


class GroundingSerializer(serializers.Serializer[Any]):
    """What the check found, by which rules, and the entry that tells of it."""

    id = serializers.UUIDField()
    rules = serializers.CharField()
    claims = JudgedClaimSerializer(many=True)
    entry_id = serializers.UUIDField()
    leaf_hash = serializers.CharField()
