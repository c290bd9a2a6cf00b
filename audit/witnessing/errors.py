"""What a policy, a witness, or asking one refuses, one class for each refusal."""

from audit.errors import AuditError


class PolicyInvalid(AuditError):
    """The witness policy cannot be used."""

    code = "policy_invalid"


class QuorumNotMet(AuditError):
    """Too few witnesses have cosigned the checkpoint."""

    code = "quorum_not_met"


class WitnessStateInvalid(AuditError):
    """The witness's own files are damaged, or another witness uses them."""

    code = "witness_state_invalid"


class WitnessRefused(AuditError):
    """The witness will not cosign this checkpoint."""

    code = "witness_refused"


class WitnessContradicts(AuditError):
    """The witness has seen another, or a larger, log of this name than this one."""

    code = "witness_contradicts"


class CosignatureInvalid(AuditError):
    """What the witness sent is no cosignature by its key on this checkpoint."""

    code = "cosignature_invalid"
