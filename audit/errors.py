"""What the ledger refuses, one class for each refusal.

A class's docstring is the sentence shown to people and `code` is what programs
match on; both are stable. No error carries the content of an entry.
"""

from typing import ClassVar


class AuditError(Exception):
    """The ledger refused."""

    code: ClassVar[str] = "audit_error"

    def __str__(self) -> str:
        message = (type(self).__doc__ or "").strip().partition("\n\n")[0]
        detail = "; ".join(str(part) for part in self.args)
        return f"{message} ({detail})" if detail else message


class NotInTransaction(AuditError):
    """An entry is written only inside the transaction it describes."""

    code = "not_in_transaction"


class EntryInvalid(AuditError):
    """The entry cannot be written in the ledger's canonical form."""

    code = "entry_invalid"


class EntryTooLarge(EntryInvalid):
    """The entry is 64 KiB or larger."""

    code = "entry_too_large"


class QueryAlreadyClosed(AuditError):
    """This question already has its one terminal entry."""

    code = "query_already_closed"


class LedgerUnavailable(AuditError):
    """The ledger cannot record at the moment, so nothing may be answered."""

    code = "ledger_unavailable"


class InboxTooDeep(LedgerUnavailable):
    """Too many entries wait to be sequenced."""

    code = "inbox_too_deep"


class DeploymentKeyMissing(LedgerUnavailable):
    """The deployment key cannot be read; run `manage.py ledger_keys`."""

    code = "deployment_key_missing"


class EntryUnknown(AuditError):
    """There is no entry with this id."""

    code = "entry_unknown"


class NotYetSequenced(AuditError):
    """The entry is recorded but has no index yet; try again in a second."""

    code = "not_yet_sequenced"


class NotYetSigned(AuditError):
    """No signed checkpoint covers the entry yet; try again in a second."""

    code = "not_yet_signed"


class NothingSealed(AuditError):
    """The entry has no sealed content."""

    code = "nothing_sealed"


class Erased(AuditError):
    """The key of this content has been destroyed; the content is gone for good."""

    code = "erased"


class DataKeyLost(AuditError):
    """The key of this content is missing although nobody destroyed it."""

    code = "data_key_lost"


class PayloadCorrupt(AuditError):
    """The sealed content is not what the ledger recorded."""

    code = "payload_corrupt"


class NoteInvalid(AuditError):
    """The signed note is malformed or its signature does not hold."""

    code = "note_invalid"


class ProofInvalid(AuditError):
    """The text is no proof in the form tlog-proof@v1."""

    code = "proof_invalid"


class KeyFileInvalid(AuditError):
    """The key file is malformed or readable by others."""

    code = "key_file_invalid"


class LedgerCorrupt(AuditError):
    """The stored ledger contradicts itself; run `manage.py verify_ledger`."""

    code = "ledger_corrupt"


class Fenced(AuditError):
    """Another sequencer has taken over."""

    code = "fenced"


class SignerBusy(AuditError):
    """Another signer holds the state directory."""

    code = "signer_busy"


class SignerStateStale(AuditError):
    """Another signer has signed more with this key; this memory is an old copy."""

    code = "signer_state_stale"


class SignerStateUnwritten(AuditError):
    """The signer cannot keep its state and signs nothing: its disk is full or gone."""

    code = "signer_state_unwritten"


class RotationInvalid(AuditError):
    """An entry changes the log's key although both keys did not sign it."""

    code = "rotation_invalid"


class ChangePending(AuditError):
    """A new key waits already to take over; let the signer take it first."""

    code = "change_pending"


class ShardRefused(AuditError):
    """The new shard does not commit to what the signer signed last."""

    code = "shard_refused"


class SequencerLeads(AuditError):
    """The sequencer is at work; stop it first."""

    code = "sequencer_leads"


class SignerStateMissing(AuditError):
    """The signer has forgotten what it signed although checkpoints exist."""

    code = "signer_state_missing"


class HistoryRewritten(AuditError):
    """The log is smaller than, or contradicts, what has been signed."""

    code = "history_rewritten"


class NotAuthorized(AuditError):
    """Two people have not agreed on exactly this, or no longer."""

    code = "not_authorized"


class AuthorizationUnknown(AuditError):
    """There is no authorization with this id."""

    code = "authorization_unknown"


class AuthorizationClosed(AuditError):
    """This request has been decided, used, or has expired."""

    code = "authorization_closed"


class ApproverIsRequester(AuditError):
    """Who requested something does not decide about it."""

    code = "approver_is_requester"


class DeciderIsNotAPerson(AuditError):
    """Only a person who signed in requests or decides this."""

    code = "decider_is_not_a_person"


class AuthorizationInvalid(AuditError):
    """The request needs a reason and a scope of plain words."""

    code = "authorization_invalid"


class VoucherUnreachable(AuditError):
    """A witness, time-stamp authority or anchor did not answer properly in time."""

    code = "voucher_unreachable"


class VerificationUnknown(AuditError):
    """There is no verification with this id."""

    code = "verification_unknown"


class ResourceUnknown(AuditError):
    """The published log has nothing under this address, or not yet."""

    code = "resource_unknown"


class SizeNotSigned(AuditError):
    """No signed checkpoint covers a log of this size."""

    code = "size_not_signed"


class SizesReversed(AuditError):
    """A log only grows: the first size may not be above the second."""

    code = "sizes_reversed"


class ShardUnknown(AuditError):
    """The log has no shard of this number."""

    code = "shard_unknown"


class PurposeUnknown(AuditError):
    """Reading sealed content needs a purpose from the list."""

    code = "purpose_unknown"


class ReasonMissing(AuditError):
    """This needs a reason in words, of at most 2,000 characters."""

    code = "reason_missing"


class ReaderIsNotAPerson(AuditError):
    """Only a person who signed in opens an answer in an emergency."""

    code = "reader_is_not_a_person"


class BreakGlassUnknown(AuditError):
    """There is no such emergency access."""

    code = "break_glass_unknown"


class BreakGlassReviewed(AuditError):
    """This emergency access has been reviewed before."""

    code = "break_glass_reviewed"


class ReviewerIsReader(AuditError):
    """Who opened an answer in an emergency does not review it."""

    code = "reviewer_is_reader"


class FindingUnknown(AuditError):
    """A review ends with justified or with not_justified."""

    code = "finding_unknown"


class ExportInvalid(AuditError):
    """This cannot be packed: the kind, its scope or its content is not as needed."""

    code = "export_invalid"


class ExportUnknown(AuditError):
    """There is no such evidence package."""

    code = "export_unknown"


class ExportStateWrong(AuditError):
    """The state of this evidence package does not allow it."""

    code = "export_state_wrong"


class ExportNotReady(AuditError):
    """The evidence package is not complete yet."""

    code = "export_not_ready"


class ExportGone(AuditError):
    """The file of this evidence package has been deleted."""

    code = "export_gone"


class ExportEmpty(AuditError):
    """No signed entry belongs to what was asked for."""

    code = "export_empty"


class ExportTooLarge(AuditError):
    """The evidence package, or one file in it, would be too large."""

    code = "export_too_large"


class ExportStopped(AuditError):
    """Building the evidence package was begun several times and always stopped."""

    code = "building_stopped"


class ExportDamaged(AuditError):
    """The file of the evidence package is not the one that was built."""

    code = "export_damaged"


class RequirementsInvalid(AuditError):
    """The matrix of requirements cannot be read."""

    code = "requirements_invalid"


class FieldUnknown(AuditError):
    """This content has no such field, or none that can be shown alone."""

    code = "field_unknown"


class SubjectReferenceInvalid(AuditError):
    """A subject's reference is one printable line of at most 200 characters."""

    code = "subject_reference_invalid"


class ContentHeld(AuditError):
    """A legal hold covers this content, so it may not be destroyed."""

    code = "content_held"
