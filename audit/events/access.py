"""What happens to people, keys and grants, and who read what was sealed."""

from dataclasses import dataclass

from audit.events.shape import Event
from audit.events.types import EventType


@dataclass(frozen=True, slots=True, kw_only=True)
class ContentDisclosed(Event):
    """Someone read sealed content; committed before the content was opened."""

    type = EventType.CONTENT_DISCLOSED
    sentence = "Sealed content was read for {purpose} through {surface}"
    answer_ids: tuple[str, ...]
    purpose: str
    surface: str
    entry_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyIssued(Event):
    """An API key was issued."""

    type = EventType.KEY_ISSUED
    sentence = "API key “{name}” was issued"
    key_id: str
    name: str
    scopes: tuple[str, ...]
    collections: tuple[str, ...] = ()
    expires_at: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyRevoked(Event):
    """An API key was revoked."""

    type = EventType.KEY_REVOKED
    sentence = "API key “{name}” was revoked"
    key_id: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CollectionGranted(Event):
    """A collection was opened to one account or key."""

    type = EventType.COLLECTION_GRANTED
    sentence = "A collection was opened to {holder_id}"
    collection_id: str
    holder_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class UserCreated(Event):
    """An account was created."""

    type = EventType.USER_CREATED
    sentence = "Account {username} was created"
    user_id: str
    username: str
    roles: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SignInSucceeded(Event):
    """Someone signed in."""

    type = EventType.SIGN_IN_SUCCEEDED
    sentence = "{username} signed in"
    user_id: str
    username: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SignInFailed(Event):
    """Someone failed to sign in.

    `user_id` only if the account exists: what was typed as a name may be a password.
    """

    type = EventType.SIGN_IN_FAILED
    sentence = "A sign-in failed: {reason}"
    reason: str
    user_id: str | None = None
