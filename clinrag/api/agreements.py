"""Asking a second person, once per Idempotency-Key."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils import timezone
from rest_framework.request import Request

from audit.actors import Actor
from audit.custody import authorizations
from audit.custody.authorizations import Action, AuthorizationView
from clinrag.api.once import Once, create_once

LOOKED_AT = 200


@dataclass(frozen=True, slots=True)
class Words:
    """What an authorization is for, by which it is found again after a crash."""

    action: Action
    scope: Mapping[str, str]
    reason: str


def ask_once(
    request: Request,
    asked: Mapping[str, Any],
    *,
    words: Words,
    step: Callable[..., AuthorizationView],
    by: Actor,
) -> tuple[AuthorizationView, dict[str, str]]:
    """Take the step `step(at=…)` unless it was taken; raises what both raise."""
    how = Once(
        make=lambda: step(at=timezone.now()),
        read=authorizations.by_id,
        find=lambda since: _asked_since(since, words, by),
    )
    return create_once(request, asked, by=by, how=how)


def _asked_since(since: datetime, words: Words, by: Actor) -> AuthorizationView | None:
    same = (
        one
        for one in authorizations.recent(LOOKED_AT, action=words.action)
        if one.requested_at >= since
        and one.requested_by.id == by.id
        and (dict(one.scope), one.reason) == (dict(words.scope), words.reason)
    )
    return next(same, None)
