"""Which kind of watching an address asks for, and whether it is allowed."""

from collections.abc import Callable, Mapping
from typing import Final

from ingestion.sources.bucket import WatchedPrefix
from ingestion.sources.errors import SourceRefused
from ingestion.sources.folder import WatchedFolder
from ingestion.sources.types import SourceRules, Watched
from ingestion.sources.web import WatchedPage

_KINDS: Final[Mapping[str, Callable[..., Watched]]] = {
    "folder": WatchedFolder,
    "http": WatchedPage,
    "s3": WatchedPrefix,
}


def open_source(kind: str, address: str, *, rules: SourceRules) -> Watched:
    """Raises SourceRefused for what the deployment does not allow."""
    try:
        opened = _KINDS[kind]
    except KeyError:
        raise SourceRefused from None
    return opened(address, rules=rules)


def check_address(kind: str, address: str, *, rules: SourceRules) -> None:
    """Raises SourceRefused; does not look whether anything is there."""
    open_source(kind, address, rules=rules)
