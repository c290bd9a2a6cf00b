"""What two people decided about the log, and what was done on their authority.

`scope` holds pairs of words and ids. A person's reason is sealed beside the entry:
it may say more than a log that anybody can read should.
"""

from dataclasses import dataclass

from audit.events.shape import Event
from audit.events.types import EventType


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorizationEvent(Event):
    """What all entries about an authorization share."""

    authorization_id: str
    action: str
    scope: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorizationRequested(AuthorizationEvent):
    """One person asks for something that needs two."""

    type = EventType.AUTHORIZATION_REQUESTED
    sentence = "Authorization for {action} was requested"
    expires_at: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorizationApproved(AuthorizationEvent):
    """The second person agreed; the entry's actor is not `requested_by`."""

    type = EventType.AUTHORIZATION_APPROVED
    sentence = "Authorization for {action}, requested by {requested_by}, was approved"
    requested_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorizationRefused(AuthorizationEvent):
    """The second person did not agree."""

    type = EventType.AUTHORIZATION_REFUSED
    sentence = "Authorization for {action}, requested by {requested_by}, was refused"
    requested_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorizationExecuted(AuthorizationEvent):
    """The one use of an authorization; committed with what was done."""

    type = EventType.AUTHORIZATION_EXECUTED
    sentence = "What {requested_by} and {approved_by} agreed on was done: {action}"
    requested_by: str
    approved_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorizationExpired(AuthorizationEvent):
    """Its time was over before it was used."""

    type = EventType.AUTHORIZATION_EXPIRED
    sentence = "Authorization for {action}, requested by {requested_by}, expired"
    requested_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldPlaced(Event):
    """Something may be neither erased nor pruned from now on."""

    type = EventType.HOLD_PLACED
    sentence = "A legal hold was placed: {kind}"
    hold_id: str
    kind: str
    scope: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldReleased(Event):
    """Two people agreed that a hold ends."""

    type = EventType.HOLD_RELEASED
    sentence = "A legal hold was released: {kind}"
    hold_id: str
    kind: str
    scope: tuple[tuple[str, str], ...]
    authorization_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ErasedEntry:
    """An entry whose sealed content is gone; `index` None if it was not yet given."""

    entry_id: str
    key_id: str
    index: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ContentErased(Event):
    """A tombstone: the keys of this content were destroyed, on whose authority.

    One of `parts`, since an entry has its limit. Until `backups_gone_at` a backup of
    the database of keys could still bring a key back.
    """

    type = EventType.CONTENT_ERASED
    sentence = "Sealed content was erased for good: {reason_class}"
    erasure_id: str
    authorization_id: str
    requested_by: str
    approved_by: str
    kind: str
    scope: tuple[tuple[str, str], ...]
    reason_class: str
    entries: tuple[ErasedEntry, ...]
    subject_key_ids: tuple[str, ...]
    part: int
    parts: int
    destroyed_at: str
    backups_gone_at: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ErasureStopped(Event):
    """A hold was placed before anything was destroyed; nothing is."""

    type = EventType.ERASURE_STOPPED
    sentence = "An erasure was stopped by a legal hold"
    erasure_id: str
    authorization_id: str
    hold_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ErasureChecked(Event):
    """The keys were looked for when the backups had aged out.

    `keys_found` had come back, from a backup no doubt, and were destroyed again.
    """

    type = EventType.ERASURE_CHECKED
    sentence = "An erasure was checked: {keys_found} of {keys} keys had come back"
    erasure_id: str
    keys: int
    keys_found: int
    backups_gone_at: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RetentionFloorSet(Event):
    """A class of content is kept for at least so many years."""

    type = EventType.RETENTION_FLOOR_SET
    sentence = "Content of class {retention_class} is kept {years} years: {source}"
    floor_id: str
    retention_class: str
    source: str
    years: int
    applies_from: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockPruned(Event):
    """The bytes of a block of old entries were dropped; their leaf hashes stay."""

    type = EventType.BLOCK_PRUNED
    sentence = "Entries {first_index} to {last_index} were dropped, their hashes kept"
    first_index: int
    last_index: int
    authorization_id: str
    requested_by: str
    approved_by: str
    kept_until: str
    payload_partitions: tuple[str, ...]
