"""What custody refuses, one class for each refusal; as `audit.errors` says it."""

from audit.errors import AuditError


class ScopeInvalid(AuditError):
    """This says in no known way what it applies to."""

    code = "scope_invalid"


class AnswerUnknown(ScopeInvalid):
    """There is no answer with this id."""

    code = "answer_unknown"


class EditionUnknown(ScopeInvalid):
    """There is no edition with this id."""

    code = "edition_unknown"


class SubjectUnknown(AuditError):
    """Nothing is sealed for this subject."""

    code = "subject_unknown"


class HoldUnknown(AuditError):
    """There is no legal hold with this id, or it has been released."""

    code = "hold_unknown"


class ErasureUnknown(AuditError):
    """There is no erasure with this id."""

    code = "erasure_unknown"


class BlockNotPrunable(AuditError):
    """This block is not complete and signed, or has to be kept for longer."""

    code = "block_not_prunable"


class FloorInvalid(AuditError):
    """A floor needs a known class, a source, and between 1 and 200 years."""

    code = "floor_invalid"
