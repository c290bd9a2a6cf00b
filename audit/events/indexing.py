"""What happens to the index that a collection is searched by."""

from dataclasses import dataclass

from audit.events.shape import Event
from audit.events.types import EventType


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexBuildStarted(Event):
    """An index is built beside the one in use; `versions` texts have to be done.

    An empty chunker: texts stay as they are cut.
    """

    type = EventType.INDEX_BUILD_STARTED
    sentence = "Began to build an index of a collection by {embedder}"
    collection_id: str
    build_id: str
    embedder: str
    chunker: str
    versions: int


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexBuildRetried(Event):
    """Texts that had failed in a build are tried again."""

    type = EventType.INDEX_BUILD_RETRIED
    sentence = "Tried again to build an index of a collection"
    collection_id: str
    build_id: str
    version_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexBuildAbandoned(Event):
    """A build ended before it was searched; `versions_done` texts were in it."""

    type = EventType.INDEX_BUILD_ABANDONED
    sentence = "Stopped building an index of a collection"
    collection_id: str
    build_id: str
    versions_done: int
    versions: int


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexVectorsDropped(Event):
    """The vectors a switch had replaced were deleted: there is no way back to them."""

    type = EventType.INDEX_VECTORS_DROPPED
    sentence = "Deleted {vectors} vectors by {embedder}, replaced before"
    collection_id: str
    build_id: str
    embedder: str
    vectors: int


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
