"""Steps that the clock takes at many documents, each by itself.

Promises: what one document meets stops no other, and is told in the log by the
document's id and the error's code. Will not: write what an error says, which may
quote a row; or hide an error that is none of the ledger's, the corpus' or the
database's.
"""

import logging
from collections.abc import Callable
from uuid import UUID

from django.db import Error

from audit.errors import AuditError
from ingestion.errors import IngestionError

logger = logging.getLogger(__name__)


def alone(document_id: UUID, step: Callable[[UUID], bool]) -> bool:
    """Whether the step, which is one transaction, did something."""
    try:
        return step(document_id)
    except (AuditError, IngestionError, Error) as error:
        code = getattr(error, "code", type(error).__name__)
        logger.error("document %s waits for the next round: %s", document_id, code)  # noqa: TRY400
        return False
