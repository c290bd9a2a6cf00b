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
