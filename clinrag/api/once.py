"""One effect per Idempotency-Key for what gets its id only when it is made.

Promises that the same key and body lead to the same thing, through a crash between
making it and noting so: either both are one transaction, or whoever comes next looks
for it by what was asked, by whom and since when, before he makes another.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, Protocol, TypeVar
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from rest_framework.request import Request

from audit.actors import Actor
from clinrag.access.idempotency import (
    Claim,
    bind,
    check_key,
    claim,
    release,
    take_over,
)

REPLAYED = "Idempotency-Replayed"


class Identified(Protocol):
    """What has an id."""

    @property
    def id(self) -> UUID: ...


Made = TypeVar("Made", bound=Identified)


@dataclass(frozen=True, slots=True)
class Once(Generic[Made]):
    """How to make it, to read it again, and to find what a dead process made since.

    Without `find`, making it and noting so is one transaction: nothing can have been
    made that is not noted.
    """

    make: Callable[[], Made]
    read: Callable[[UUID], Made]
    find: Callable[[datetime], Made | None] | None = None


def create_once(
    request: Request,
    asked: Mapping[str, Any],
    *,
    by: Actor,
    how: Once[Made],
) -> tuple[Made, dict[str, str]]:
    """What was made, now or before, and the headers that say which.

    Raises IdempotencyKeyInvalid, IdempotencyKeyReused, IdempotencyTwinRunning, and what
    making or reading it raises.
    """
    key = request.headers.get("Idempotency-Key")
    if key is None:
        return how.make(), {}
    claimed = _claim(key, request, asked, by)
    before = None if claimed.first else _made_before(claimed, how)
    if before is not None:
        return before, {REPLAYED: "true"}
    return _make(claimed, how), {}


def _claim(key: str, request: Request, asked: Mapping[str, Any], by: Actor) -> Claim:
    whole = {"path": request.path, "asked": asked}
    body = json.dumps(whole, sort_keys=True, default=str).encode()
    return claim(check_key(key), actor_id=by.id, body=body, at=timezone.now())


def _made_before(claimed: Claim, how: Once[Made]) -> Made | None:
    if claimed.finished:
        return how.read(claimed.answer_id)
    mine = take_over(claimed, at=timezone.now())
    found = how.find(claimed.since) if how.find else None
    if found is not None:
        bind(mine, found.id)
    return found


def _make(claimed: Claim, how: Once[Made]) -> Made:
    try:
        if how.find is None:
            return _make_noted(claimed, how)
        made = how.make()
    except Exception:
        release(claimed)  # its transaction left nothing
        raise
    bind(claimed, made.id)
    return made


@transaction.atomic
def _make_noted(claimed: Claim, how: Once[Made]) -> Made:
    made = how.make()
    bind(claimed, made.id)
    return made
