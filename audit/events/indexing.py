"""What happens to the index that a collection is searched by."""

from dataclasses import dataclass

from audit.events.shape import Event
from audit.events.types import EventType


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexSwitched(Event):
    """From here on a collection is searched by other vectors, or by another cut.

    An empty embedder is the one that the deployment's settings name; `versions` and
    `passages` count what was verified to be complete.
    """

    type = EventType.INDEX_SWITCHED
    sentence = "A collection is searched by {embedder} from here on"
    collection_id: str
    build_id: str
    embedder: str
    previous_embedder: str
    chunker: str
    recut: tuple[str, ...]
    versions: int
    passages: int
