"""Signing in with name and password, throttled and recorded.

The ledger learns who signed in, and of a failure only the account it was aimed
at, if there is one: what was typed as a name may be somebody's password. While a
name is locked nothing more is recorded, so that guessing cannot fill the ledger;
the failures that led there are.
"""

from datetime import datetime

from django.contrib.auth.backends import ModelBackend
from django.db import transaction

from audit import ledger
from audit.actors import Actor, ActorKind
from audit.events import SignInFailed as SignInFailedEvent
from audit.events import SignInSucceeded
from clinrag.access.actors import actor_of_user
from clinrag.access.errors import SignInFailed, SignInLocked
from clinrag.access.models import User
from clinrag.access.throttling import count_failure, forget_failures, is_locked

DOOR = Actor(
    kind=ActorKind.SYSTEM, id="access:sign_in", name="Sign-in", method="session"
)


def sign_in(username: str, *, password: str, address: str, at: datetime) -> User:
    """The person with this name and password.

    Raises SignInLocked while locked, and SignInFailed for everything else alike:
    unknown name, wrong password, deactivated account. Takes as long either way.
    """
    if is_locked(username, address, at=at):
        raise SignInLocked
    user = ModelBackend().authenticate(None, username=username, password=password)
    if not isinstance(user, User):
        _record_failure(username, address, at=at)
        raise SignInFailed
    _record_success(user, address, at=at)
    return user


def sign_in_again(
    user: User, *, password: str, address: str, at: datetime, method: str = "session"
) -> Actor:
    """The person, known by his password at this moment, who may sign what he decides.

    Raises SignInLocked, SignInFailed.
    """
    known = sign_in(user.username, password=password, address=address, at=at)
    return actor_of_user(known, method)


@transaction.atomic
def _record_failure(username: str, address: str, *, at: datetime) -> None:
    locked = count_failure(username, address, at=at)
    account = User.objects.filter(username=username).first()
    event = SignInFailedEvent(
        reason="locked_after_failures" if locked else "no_match",
        user_id=f"user:{account.pk}" if account else None,
    )
    ledger.append(event, by=DOOR, at=at)


@transaction.atomic
def _record_success(user: User, address: str, *, at: datetime) -> None:
    forget_failures(user.username, address)
    event = SignInSucceeded(user_id=f"user:{user.pk}", username=user.username)
    ledger.append(event, by=actor_of_user(user), at=at)
