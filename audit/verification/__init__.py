"""Verification: the stored ledger derived again from its bytes, and compared."""

from audit.verification.report import Failure, Progress, Range, VerificationReport
from audit.verification.walk import verify

__all__ = ["Failure", "Progress", "Range", "VerificationReport", "verify"]
