"""Roles and permissions as data: one table says what each role may do.

A permission answers "may this person or key do that at all?". Whether the state
of a document allows it is a policy, and lives with the document. Keys carry
permissions directly, as their scopes; people carry roles.
"""

from collections.abc import Iterable
from enum import StrEnum
from types import MappingProxyType


class Permission(StrEnum):
    """What may be allowed. The scopes of an API key are these same values."""

    ASK = "ask"
    RETRIEVE = "retrieve"
    INGEST = "ingest"
    REVIEW = "review"
    ACTIVATE = "activate"
    READ_LEDGER = "read_ledger"
    EXPORT_LEDGER = "export_ledger"
    ADMINISTER = "administer"
    RECALL = "recall"


class Role(StrEnum):
    """What a person is to the organisation."""

    KNOWLEDGE_MANAGER = "knowledge_manager"
    REVIEWER = "reviewer"
    COMPLIANCE_OFFICER = "compliance_officer"
    OPERATOR = "operator"
    CLINICIAN = "clinician"


ROLE_LABELS = MappingProxyType(
    {
        Role.KNOWLEDGE_MANAGER: "Knowledge manager",
        Role.REVIEWER: "Reviewer",
        Role.COMPLIANCE_OFFICER: "Compliance officer",
        Role.OPERATOR: "Operator",
        Role.CLINICIAN: "Clinician",
    }
)

PERMISSIONS_OF_ROLE = MappingProxyType(
    {
        Role.KNOWLEDGE_MANAGER: frozenset(
            {
                Permission.ASK,
                Permission.RETRIEVE,
                Permission.INGEST,
                Permission.REVIEW,
                Permission.ACTIVATE,
                Permission.RECALL,
            }
        ),
        Role.REVIEWER: frozenset(
            {Permission.ASK, Permission.RETRIEVE, Permission.REVIEW}
        ),
        Role.COMPLIANCE_OFFICER: frozenset(
            {
                Permission.RETRIEVE,
                Permission.READ_LEDGER,
                Permission.EXPORT_LEDGER,
                Permission.RECALL,
            }
        ),
        Role.OPERATOR: frozenset({Permission.ADMINISTER}),
        Role.CLINICIAN: frozenset({Permission.ASK, Permission.RETRIEVE}),
    }
)

# Reading text that is not in force yet, or no longer, is for those who work on it
# and those who audit it; a clinical app sees what was evidence and nothing else.
STEWARD_PERMISSIONS = frozenset(
    {
        Permission.INGEST,
        Permission.REVIEW,
        Permission.ACTIVATE,
        Permission.READ_LEDGER,
    }
)

# The admin site shows the ledger and the accounts; only these roles enter it.
STAFF_ROLES = frozenset({Role.COMPLIANCE_OFFICER, Role.OPERATOR})


def permissions_of(roles: Iterable[str]) -> frozenset[Permission]:
    """All that these roles allow together; an unknown role allows nothing."""
    known = set(Role)
    granted = (PERMISSIONS_OF_ROLE[Role(role)] for role in roles if role in known)
    return frozenset().union(*granted)
