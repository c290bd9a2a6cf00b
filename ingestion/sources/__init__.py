"""Looking at a folder, an address or a bucket for files that are new or changed.

Promises: a look changes nothing where it looks; what is read is bounded in size and
time; nothing is read that the deployment did not allow. Knows no table and no clock.
"""

from ingestion.sources.opening import check_address, open_source
from ingestion.sources.types import Content, Glimpse, Known, SourceRules, Watched

__all__ = [
    "Content",
    "Glimpse",
    "Known",
    "SourceRules",
    "Watched",
    "check_address",
    "open_source",
]
