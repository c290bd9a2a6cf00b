"""Evidence packages, emergency accesses and disclosures as JSON."""

from typing import Any

from rest_framework import serializers

from audit.custody.authorizations import LONGEST_REASON
from audit.custody.authorizations import State as AuthorizationState
from audit.custody.break_glass import Finding
from audit.exports.records import State
from audit.exports.scopes import Content, Kind
from audit.sealing import LONGEST_REFERENCE
from clinrag.api.serializers.fields import StrictSerializer


class NewExportSerializer(StrictSerializer):
    """What to pack, how, and why."""

    kind = serializers.ChoiceField(choices=[kind.value for kind in Kind])
    scope = serializers.DictField(
        child=serializers.CharField(max_length=LONGEST_REFERENCE),
        help_text=(
            "answer: answer_id. entries: first, last (indices, included). period:"
            " since, until (not included). version: version_id. subject: subject, the"
            " opaque reference under which questions were asked."
        ),
    )
    content = serializers.ChoiceField(
        choices=[content.value for content in Content],
        required=False,
        default=Content.NONE.value,
        help_text="How sealed content is packed; reading it is recorded.",
    )
    reason = serializers.CharField(max_length=LONGEST_REASON)


class ScopeOfExportSerializer(StrictSerializer):
    """What to count."""

    kind = serializers.ChoiceField(choices=[kind.value for kind in Kind])
    scope = serializers.DictField(
        child=serializers.CharField(max_length=LONGEST_REFERENCE),
        help_text="As it is for a new package.",
    )


class CountSerializer(serializers.Serializer[Any]):
    """How many entries of one type."""

    type = serializers.CharField()
    number = serializers.IntegerField()


class PreviewSerializer(serializers.Serializer[Any]):
    """What a package would hold; at least, where `complete` is false."""

    entries = serializers.IntegerField()
    with_sealed = serializers.IntegerField()
    looked_at = serializers.IntegerField(help_text="Entries of the log.")
    to_look_at = serializers.IntegerField(help_text="0 where it is not known.")
    complete = serializers.BooleanField(help_text="Whether the whole scope was seen.")
    types = CountSerializer(many=True)


class ReasonSerializer(StrictSerializer):
    """Why, in a person's own words; sealed in the ledger."""

    reason = serializers.CharField(max_length=LONGEST_REASON)


class SignatorySerializer(serializers.Serializer[Any]):
    """A person."""

    id = serializers.CharField()
    name = serializers.CharField()


class AgreementSerializer(serializers.Serializer[Any]):
    """What two people have said about a package."""

    id = serializers.UUIDField()
    state = serializers.ChoiceField(choices=[one.value for one in AuthorizationState])
    requested_by = SignatorySerializer()
    requested_at = serializers.DateTimeField()
    decided_by = SignatorySerializer(allow_null=True)
    decided_at = serializers.DateTimeField(allow_null=True)
    expires_at = serializers.DateTimeField()


class ExportSerializer(serializers.Serializer[Any]):
    """An evidence package as it stands; the operation that its building is."""

    id = serializers.UUIDField()
    kind = serializers.ChoiceField(choices=[kind.value for kind in Kind])
    scope = serializers.DictField(child=serializers.CharField())
    content = serializers.ChoiceField(choices=[content.value for content in Content])
    state = serializers.ChoiceField(choices=[state.value for state in State])
    authorization = AgreementSerializer()
    entries_done = serializers.IntegerField()
    looked_at = serializers.IntegerField(help_text="Entries of the log, so far.")
    to_look_at = serializers.IntegerField(help_text="0 where it is not known.")
    failure_code = serializers.CharField(allow_blank=True)
    requested_at = serializers.DateTimeField()
    finished_at = serializers.DateTimeField(allow_null=True)
    byte_size = serializers.IntegerField(allow_null=True)
    sha256 = serializers.CharField(allow_blank=True)
    manifest_sha256 = serializers.CharField(allow_blank=True)
    downloads = serializers.IntegerField()
    expires_at = serializers.DateTimeField(allow_null=True)


class ExportListSerializer(serializers.Serializer[Any]):
    """Packages, newest first."""

    items = ExportSerializer(many=True)


class ReviewedSerializer(StrictSerializer):
    """A second person's judgement on an emergency access."""

    finding = serializers.ChoiceField(choices=[finding.value for finding in Finding])
    note = serializers.CharField(max_length=LONGEST_REASON)


class EmergencyAccessSerializer(serializers.Serializer[Any]):
    """An emergency access; its reason is sealed in the entry that records it."""

    id = serializers.UUIDField()
    answer_id = serializers.UUIDField()
    opened_by = serializers.CharField()
    opened_by_name = serializers.CharField()
    opened_at = serializers.DateTimeField()
    opened_entry_id = serializers.UUIDField()
    expires_at = serializers.DateTimeField()
    review_due_at = serializers.DateTimeField()
    is_overdue = serializers.BooleanField()
    reviewed_by = serializers.CharField(allow_null=True)
    reviewed_by_name = serializers.CharField(allow_null=True)
    reviewed_at = serializers.DateTimeField(allow_null=True)
    finding = serializers.ChoiceField(
        choices=[finding.value for finding in Finding], allow_null=True
    )


class EmergencyAccessListSerializer(serializers.Serializer[Any]):
    """Emergency accesses."""

    items = EmergencyAccessSerializer(many=True)


class EmergencyFilterSerializer(StrictSerializer):
    """Which emergency accesses."""

    state = serializers.ChoiceField(
        choices=["all", "unreviewed", "overdue"], required=False, default="unreviewed"
    )


class AccountingSerializer(StrictSerializer):
    """Whose content, and which span of time."""

    subject = serializers.CharField(max_length=LONGEST_REFERENCE)
    since = serializers.DateTimeField()
    until = serializers.DateTimeField()


class DisclosureSerializer(serializers.Serializer[Any]):
    """One disclosure of a person's content."""

    at = serializers.DateTimeField()
    index = serializers.IntegerField()
    entry_id = serializers.UUIDField()
    type = serializers.CharField()
    actor_id = serializers.CharField()
    actor_name = serializers.CharField()
    purpose = serializers.CharField()
    surface = serializers.CharField()
    entry_ids = serializers.ListField(child=serializers.CharField())


class DisclosureListSerializer(serializers.Serializer[Any]):
    """Disclosures, in the order of the log."""

    items = DisclosureSerializer(many=True)


class EntryListFilterSerializer(StrictSerializer):
    """Which entries."""

    after = serializers.IntegerField(
        required=False, default=-1, min_value=-1, help_text="Begin behind this index."
    )
    until = serializers.IntegerField(
        required=False, allow_null=True, default=None, min_value=0
    )
    type = serializers.CharField(
        required=False, default="", help_text="Only entries of this type."
    )
