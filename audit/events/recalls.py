"""What happens when a text is called back from the answers that used it.

Why it is called back, and why the recall ends, is sealed beside the entries.
"""

from dataclasses import dataclass

from audit.events.shape import Event
from audit.events.types import EventType


@dataclass(frozen=True, slots=True, kw_only=True)
class RecallOpened(Event):
    """A person called a text back.

    `chunk_ids` are the passages meant; none means all that was read in the version.
    `answers_sha256` is SHA-256 over the ids of the `answers` that had used the text,
    in lower case, sorted, each ending in a line feed.
    """

    type = EventType.RECALL_OPENED
    sentence = "A {severity} recall of a {kind} was opened, for {answers} answers"
    recall_id: str
    kind: str
    document_id: str
    version_id: str
    chunk_ids: tuple[str, ...] = ()
    reach: str
    severity: str
    answers: int
    answers_sha256: str
    apps: tuple[str, ...]
    due_at: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RecallMessage(Event):
    """What the entries about a message to an app's endpoint share."""

    recall_id: str
    delivery_id: str
    endpoint_id: str
    app: str
    event: str
    attempts: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RecallNotified(RecallMessage):
    """An app's endpoint accepted a message."""

    type = EventType.RECALL_NOTIFIED
    sentence = "{app} was told of a recall"


@dataclass(frozen=True, slots=True, kw_only=True)
class RecallUndelivered(RecallMessage):
    """An app's endpoint did not accept a message; nothing more is tried."""

    type = EventType.RECALL_UNDELIVERED
    sentence = "{app} could not be told of a recall: {code}"
    code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RecallAcknowledged(Event):
    """An app, or a person for it, has taken note of a recall."""

    type = EventType.RECALL_ACKNOWLEDGED
    sentence = "A recall was acknowledged for {app}"
    recall_id: str
    notice_id: str
    app: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RecallClosed(Event):
    """A person ended a recall; `outstanding` apps had not acknowledged it."""

    type = EventType.RECALL_CLOSED
    sentence = "A recall was closed, {outstanding} acknowledgements outstanding"
    recall_id: str
    outstanding: int


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookRegistered(Event):
    """An address was registered that an app is told of recalls at."""

    type = EventType.WEBHOOK_REGISTERED
    sentence = "A webhook of {app} was registered"
    endpoint_id: str
    app: str
    url_sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookRemoved(Event):
    """An app is no longer told of recalls at this address."""

    type = EventType.WEBHOOK_REMOVED
    sentence = "A webhook of {app} was removed"
    endpoint_id: str
    app: str
