"""What a decision about an edition is bound to: its text, and what it changes.

Promises: SHA-256 in hexadecimal of exactly what was there to decide about, empty for
what there is not. Will not: say whether the signer read it.
"""

import hashlib
from datetime import datetime
from uuid import UUID

from audit import canonical
from ingestion.models import VersionText
from ingestion.queries.comparing import comparison
from ingestion.queries.corpus import version, version_in_force


def text_sha256(version_id: UUID) -> str:
    """The hash of the version's text; empty before it is cut."""
    rows = VersionText.objects.filter(version_id=version_id)
    return rows.values_list("sha256", flat=True).first() or ""


def comparison_sha256(version_id: UUID, *, at: datetime) -> str:
    """The hash of what changes from the edition in force at that moment.

    Canonical JSON of both ids, the changed sections and the risks; empty when no other
    edition is in force. Raises VersionNotFound.
    """
    older = version_in_force(version(version_id).document_id, at=at)
    if older is None or older.id == version_id:
        return ""
    compared = comparison(older.id, version_id)
    told = {
        "older": str(older.id),
        "newer": str(version_id),
        "changed": [
            [str(one.kind), one.anchor, one.old_text, one.new_text]
            for one in compared.changes
        ],
        "risks": [
            [one.rule, str(one.grade), one.old, one.new, one.anchor]
            for one in compared.risks
        ],
    }
    return hashlib.sha256(canonical.encode(told)).hexdigest()
