"""What wraps keys: two verbs, whoever holds the key that does it."""

from dataclasses import dataclass
from typing import Protocol
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Wrapped:
    """A wrapped key, and the name of what wrapped it; the name tells nothing of it."""

    name: str
    data: bytes


class KeyWrapper(Protocol):
    """Wraps short secrets, each bound to the id of the key it is."""

    def wrap(self, key: bytes, *, key_id: UUID) -> Wrapped:
        """Wrap under the newest key. Raises LedgerUnavailable."""
        ...

    def unwrap(self, wrapped: Wrapped, *, key_id: UUID) -> bytes:
        """Raises DeploymentKeyMissing, or PayloadCorrupt if anything was exchanged."""
        ...

    def newest_name(self) -> str:
        """What `wrap` would name at present. Raises LedgerUnavailable."""
        ...

    def check(self) -> None:
        """Raise DeploymentKeyMissing if it is plain that nothing can be wrapped."""
        ...
