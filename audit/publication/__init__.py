"""Publication: the signed log as the finite set of resources of C2SP tlog-tiles.

Promises that nothing beyond the newest signed checkpoint is given out, that each
resource has one path, and that what was given out once under a path never changes
(the checkpoint apart). Checks no proof: whoever reads tiles hashes them up to a
checkpoint they trust.
"""

from audit.publication.resources import (
    PublishedShard,
    Resource,
    published_shards,
    resource,
)

__all__ = ["PublishedShard", "Resource", "published_shards", "resource"]
