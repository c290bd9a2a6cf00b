"""Moments, actors, and what the ledger was given."""

import json
from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from audit.actors import Actor, ActorKind
from audit.models import InboxEntry
from clinrag.access.actions import create_user
from clinrag.access.models import User

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
OPERATOR = Actor(ActorKind.PERSON, "user:900", "Ola Operator", "session")
PASSWORD = "correct horse battery"


def recorded() -> list[dict]:
    """Type and fields of the entries, in the order they were written."""
    rows = InboxEntry.objects.order_by("pk")
    entries = [json.loads(bytes(row.body)) for row in rows]
    return [{"type": one["type"], **one["fields"]} for one in entries]


@pytest.fixture
def person(db) -> Callable[..., User]:
    def person(username: str = "mara", *roles: str) -> User:
        return create_user(
            username,
            password=PASSWORD,
            roles=roles or ("clinician",),
            full_name="Mara Manager",
            by=OPERATOR,
            at=NOW,
        )

    return person
