"""Who did it, as plain values without a foreign key.

An actor is copied into the entry as it was at that moment, so the record stands
when the account is renamed or gone. Never names a patient.
"""

from dataclasses import dataclass
from enum import StrEnum


class ActorKind(StrEnum):
    """What kind of being acted."""

    PERSON = "person"
    APP = "app"
    SYSTEM = "system"


@dataclass(frozen=True, slots=True)
class Actor:
    """Someone or something that acts, e.g. `user:7`, `key:3f2a`, `task:ingestion`.

    `name` is the display name of the account or app. `method` says how it proved
    itself: `session`, `api_key`, `shell` or `task`. `on_behalf_of` is the opaque id
    of the end user for whom an app acts.
    """

    kind: ActorKind
    id: str
    name: str
    method: str
    on_behalf_of: str | None = None
