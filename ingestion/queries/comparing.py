"""What changed between two versions.

Promises: compares what readers see, passage by passage. Will not: judge whether a
change matters.
"""

from uuid import UUID

from ingestion import diffing
from ingestion.diffing import Comparison
from ingestion.queries.passages import passages_of


def comparison(old_id: UUID, new_id: UUID) -> Comparison:
    """What changed from one version to another, section by section."""
    return diffing.compare(passages_of(old_id), passages_of(new_id))
