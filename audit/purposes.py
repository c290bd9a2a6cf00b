"""For what sealed content may be read: a list of codes, each with its words.

Promises that an entry about a reading names one of these, so that readings can be
counted and compared; a person's own words go sealed beside it. Does not decide who may
read for which purpose. `of_use` is the nearest concept of HL7's PurposeOfUse
(terminology.hl7.org/CodeSystem/v3-ActReason), for those who read the log as FHIR.
"""

from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from audit.errors import PurposeUnknown


@dataclass(frozen=True, slots=True)
class Purpose:
    """One purpose; `is_offered` says that a person may choose it himself."""

    code: str
    label: str
    of_use: str
    is_offered: bool = True


FOLLOW_UP: Final = "follow_up"
REPEATED_REQUEST: Final = "repeated_request"
BREAK_GLASS: Final = "break_glass"
BREAK_GLASS_REVIEW: Final = "break_glass_review"
EVIDENCE_PACKAGE: Final = "evidence_package"
AUTHORIZATION: Final = "authorization"
FORESIGHT: Final = "foresight"

_ALL: Final = (
    Purpose("audit_review", "Audit review", "HCOMPL"),
    Purpose("incident_investigation", "Incident investigation", "PATSFTY"),
    Purpose("quality_assurance", "Quality assurance", "HQUALIMP"),
    Purpose("subject_access_request", "Subject access request", "PATRQT"),
    Purpose("legal_request", "Legal request", "HLEGAL"),
    Purpose("treatment", "Treatment", "TREAT"),
    Purpose(FOLLOW_UP, "Reading one's own answer again", "TREAT", is_offered=False),
    Purpose(REPEATED_REQUEST, "The same request again", "TREAT", is_offered=False),
    Purpose(BREAK_GLASS, "Emergency access", "BTG", is_offered=False),
    Purpose(
        BREAK_GLASS_REVIEW, "Review of an emergency access", "HCOMPL", is_offered=False
    ),
    Purpose(EVIDENCE_PACKAGE, "Evidence package", "HCOMPL", is_offered=False),
    Purpose(
        FORESIGHT,
        "Foreseeing what an edition changes",
        "HQUALIMP",
        is_offered=False,
    ),
    Purpose(
        AUTHORIZATION, "Deciding what somebody asked for", "HCOMPL", is_offered=False
    ),
)
PURPOSES: Final = MappingProxyType({purpose.code: purpose for purpose in _ALL})
OFFERED: Final = tuple(purpose for purpose in _ALL if purpose.is_offered)


def check(code: str) -> str:
    """The code itself. Raises PurposeUnknown."""
    if code not in PURPOSES:
        raise PurposeUnknown
    return code
