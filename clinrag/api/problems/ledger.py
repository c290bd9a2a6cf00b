"""The rows for the ledger, its witnesses, anchors, packages and proofs."""

from http import HTTPStatus
from typing import Final

from audit import errors as audit
from audit.anchoring import errors as anchoring
from audit.witnessing import errors as witnessing
from clinrag.api.problems.rows import LATER, SOON, rows
from ingestion import errors as ingestion

LEDGER: Final = {
    **rows(
        HTTPStatus.INTERNAL_SERVER_ERROR,
        "The ledger failed",
        audit.AuditError,
        audit.NotInTransaction,
        audit.EntryInvalid,
        audit.EntryTooLarge,
        audit.QueryAlreadyClosed,
        audit.DataKeyLost,
        audit.PayloadCorrupt,
        audit.NoteInvalid,
        audit.ProofInvalid,
        audit.KeyFileInvalid,
        audit.LedgerCorrupt,
        audit.Fenced,
        audit.SignerBusy,
        audit.SignerStateMissing,
        audit.SignerStateStale,
        audit.SignerStateUnwritten,
        audit.RotationInvalid,
        audit.ChangePending,
        audit.ShardRefused,
        audit.SequencerLeads,
        audit.HistoryRewritten,
        witnessing.PolicyInvalid,
        witnessing.QuorumNotMet,
        witnessing.WitnessStateInvalid,
        audit.VoucherUnreachable,
        witnessing.WitnessRefused,
        witnessing.WitnessContradicts,
        witnessing.CosignatureInvalid,
        anchoring.TimestampInvalid,
        anchoring.AnchorContradicts,
        anchoring.AnchoringMisconfigured,
    ),
    **rows(
        HTTPStatus.SERVICE_UNAVAILABLE,
        "The ledger cannot record",
        audit.LedgerUnavailable,
        audit.InboxTooDeep,
        audit.DeploymentKeyMissing,
        retry_after=LATER,
    ),
    **rows(
        HTTPStatus.CONFLICT,
        "The proof is not ready",
        audit.NotYetSequenced,
        audit.NotYetSigned,
        retry_after=SOON,
    ),
    **rows(HTTPStatus.NOT_FOUND, "No such entry", audit.EntryUnknown),
    **rows(HTTPStatus.NOT_FOUND, "Not published", audit.ResourceUnknown),
    **rows(
        HTTPStatus.NOT_FOUND,
        "The log was not signed for this",
        audit.SizeNotSigned,
        audit.ShardUnknown,
    ),
    **rows(
        HTTPStatus.UNPROCESSABLE_ENTITY, "The request is not valid", audit.SizesReversed
    ),
    **rows(HTTPStatus.NOT_FOUND, "No such verification", audit.VerificationUnknown),
    **rows(HTTPStatus.NOT_FOUND, "Nothing is sealed", audit.NothingSealed),
    **rows(HTTPStatus.GONE, "Erased", audit.Erased),
    **rows(
        HTTPStatus.UNPROCESSABLE_ENTITY,
        "The request is not valid",
        audit.PurposeUnknown,
        audit.ReasonMissing,
        audit.FindingUnknown,
        audit.ExportInvalid,
        audit.ExportEmpty,
        audit.ExportTooLarge,
    ),
    **rows(
        HTTPStatus.FORBIDDEN,
        "A person has to do this",
        audit.ReaderIsNotAPerson,
        audit.ReviewerIsReader,
        ingestion.CommenterIsNotAPerson,
    ),
    **rows(HTTPStatus.NOT_FOUND, "No such emergency access", audit.BreakGlassUnknown),
    **rows(HTTPStatus.CONFLICT, "Reviewed before", audit.BreakGlassReviewed),
    **rows(HTTPStatus.NOT_FOUND, "No such evidence package", audit.ExportUnknown),
    **rows(
        HTTPStatus.CONFLICT,
        "The evidence package's state does not allow this",
        audit.ExportStateWrong,
    ),
    **rows(
        HTTPStatus.CONFLICT,
        "The evidence package is not complete",
        audit.ExportNotReady,
        retry_after=LATER,
    ),
    **rows(HTTPStatus.GONE, "Deleted", audit.ExportGone),
    **rows(
        HTTPStatus.INTERNAL_SERVER_ERROR,
        "The ledger failed",
        audit.ExportDamaged,
        audit.ExportStopped,
        audit.RequirementsInvalid,
    ),
}
