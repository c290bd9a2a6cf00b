"""Who a command acts for, when, and how it says what came of it.

Promises: an account named on the command line is active and allowed; names the
same actor as the web and the API do. Will not: ask for a password, since whoever has
this shell has the database too; the ledger says that the method was the shell. Only
a signature takes one (`approve_version`).
"""

import json
from argparse import ArgumentTypeError
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, time
from typing import Any

from django.contrib.auth import get_user_model
from django.core.management.base import CommandError, OutputWrapper
from django.utils import timezone

from audit.actors import Actor, ActorKind
from ingestion.errors import DescriptionInvalid, IngestionError, InvalidTransition


def actor_named(username: str, *, permission: str) -> Actor:
    """The person with this account; raises `CommandError` unless allowed."""
    user: Any = get_user_model().objects.filter(username=username).first()
    if user is None or not user.is_active:
        raise CommandError(f"There is no active account “{username}”.")
    if not (user.is_superuser or user.may(permission)):
        raise CommandError(f"The roles of “{username}” do not allow: {permission}.")
    return Actor(
        kind=ActorKind.PERSON,
        id=f"user:{user.pk}",
        name=user.get_full_name() or user.username,
        method="shell",
    )


def moment(text: str) -> datetime:
    """Read an ISO 8601 date (its first instant) or time; without a zone, the site's."""
    try:
        read = datetime.fromisoformat(text)
    except ValueError as error:
        raise ArgumentTypeError(f"not a date or time: {text}") from error
    if len(text) == len("2026-01-01"):
        read = datetime.combine(date.fromisoformat(text), time.min)
    return read if read.tzinfo else timezone.make_aware(read)


@contextmanager
def refusals_as_command_errors() -> Iterator[None]:
    try:
        yield
    except IngestionError as error:
        raise CommandError(f"{error.message}{_detail(error)} [{error.code}]") from error


def say(stdout: OutputWrapper, result: dict[str, object], *, as_json: bool) -> None:
    """Print one result: a JSON object on one line, or its fields one by one."""
    if as_json:
        stdout.write(json.dumps(result, ensure_ascii=False, default=str))
        return
    for name, value in result.items():
        if value not in (None, "", []):
            stdout.write(f"{name.replace('_', ' ')}: {value}")


def _detail(error: IngestionError) -> str:
    match error:
        case InvalidTransition():
            return f" ({error.source} to {error.target})"
        case DescriptionInvalid():
            return f" ({error.field})"
        case _:
            return ""
