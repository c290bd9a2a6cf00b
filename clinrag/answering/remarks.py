"""The words of remarks that tables and interfaces share.

Promises: pure, and stable: they stand in tables and in the ledger.
"""

from datetime import timedelta
from enum import StrEnum
from typing import Final


class RemarkKind(StrEnum):
    """What a remark is."""

    HELPFUL = "helpful"
    WRONG = "wrong"
    UNSAFE = "unsafe"
    REVIEW = "review"
    ANNOTATION = "annotation"
    OVERRIDE = "override"


class FeedbackCode(StrEnum):
    """Why an answer is called wrong or unsafe; empty for one that helped."""

    NONE = ""
    WRONG_DOSE = "wrong_dose"
    CONTRAINDICATION = "contraindication"
    OUT_OF_DATE = "out_of_date"
    NOT_IN_SOURCE = "not_in_source"
    INCOMPLETE = "incomplete"
    NOT_ANSWERED = "not_answered"
    OTHER = "other"


class ReviewVerdict(StrEnum):
    """What a reviewer finds, the worst last: an order that agreement may use."""

    CORRECT = "correct"
    MINOR = "minor_issues"
    WRONG = "wrong"
    UNSAFE = "unsafe"


FEEDBACK: Final = (RemarkKind.HELPFUL, RemarkKind.WRONG, RemarkKind.UNSAFE)
NOTES: Final = (RemarkKind.ANNOTATION, RemarkKind.OVERRIDE)
CRITERIA: Final = ("accuracy", "completeness", "safety", "sources")
LOWEST, HIGHEST = 1, 5
# What somebody else has to look at, and by when.
DUE: Final = {
    RemarkKind.UNSAFE: timedelta(days=1),
    RemarkKind.WRONG: timedelta(days=14),
    RemarkKind.OVERRIDE: timedelta(days=14),
}
FLAGS: Final = tuple(DUE)
