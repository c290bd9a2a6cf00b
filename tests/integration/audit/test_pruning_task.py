"""Pruning in the background: what may not go stays, and the request stays good."""

from uuid import uuid4

import pytest
from django.utils import timezone

from audit import tasks
from audit.actors import Actor, ActorKind
from audit.custody import authorizations, retention
from audit.custody.authorizations import Action
from audit.errors import AuthorizationUnknown
from tests.integration.audit.conftest import ADA

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "keys"])
BOB = Actor(ActorKind.PERSON, "user:8", "Bob", "session")


def agreed(action=Action.PRUNING, **scope):
    now = timezone.now()
    asked = authorizations.request(
        action, scope=scope, reason="Ten years are over.", by=ADA, at=now
    )
    return authorizations.approve(asked.id, by=BOB, at=now)


def test_block_that_is_kept_stays_and_so_does_the_request(log):
    log.fill(2)
    asked = agreed(first_index="0")
    tasks.prune_block(str(asked.id))
    assert authorizations.by_id(asked.id).state == "approved"
    assert retention.pruned_blocks() == []


def test_request_for_something_else_prunes_nothing(log):
    log.fill(1)
    asked = agreed(Action.ERASURE, entry=str(uuid4()))
    tasks.prune_block(str(asked.id))
    assert authorizations.by_id(asked.id).state == "approved"


def test_unknown_request_is_refused(log):
    with pytest.raises(AuthorizationUnknown):
        tasks.prune_block(str(uuid4()))
