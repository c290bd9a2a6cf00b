"""What time-stamping and anchoring refuse, one class for each refusal."""

from audit.errors import AuditError


class TimestampInvalid(AuditError):
    """What the authority sent is no trusted time-stamp of this checkpoint."""

    code = "timestamp_invalid"


class AnchorContradicts(AuditError):
    """An anchor of this size holds another checkpoint: the log was forked."""

    code = "anchor_contradicts"


class AnchoringMisconfigured(AuditError):
    """The settings for witnesses, time-stamps or anchors do not fit together."""

    code = "anchoring_misconfigured"
