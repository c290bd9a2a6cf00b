"""The signature of a decision that a test does not ask about."""

from ingestion.actions import Signature

# By somebody who knows that nothing was foreseen.
SIGNED = Signature(authenticated_by="password", foresight="missing", acknowledged=True)
