"""`manage.py demo_people`: the accounts and the app key of the demonstration.

Passwords come from a file only its owner can read. Accounts that exist are left
alone; a key nobody wrote down (the run was killed in between) is replaced.
"""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from audit.actors import Actor, ActorKind
from clinrag.access import actions, keys
from clinrag.access.models import ApiKey, User
from clinrag.access.roles import Permission
from clinrag.local import story

INSTALLER = Actor(ActorKind.SYSTEM, "command:demo_people", "demonstration", "shell")


class Command(BaseCommand):
    help = "Makes the accounts and the app key of the demonstration."
    requires_system_checks: list[str] = []  # start-up ran them

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--credentials", type=Path, required=True)

    def handle(self, *_arguments: Any, **options: Any) -> None:
        given = json.loads(options["credentials"].read_text(encoding="utf-8"))
        at = datetime.now(UTC)
        created = [
            person.username
            for person in story.PEOPLE
            if make_account(person, given["passwords"][person.username], at=at)
        ]
        key = given["key"] if key_works(given["key"]) else make_key(at=at)
        self.stdout.write(json.dumps({"created": created, "key": key}))


def make_account(person: story.Person, password: str, *, at: datetime) -> bool:
    if User.objects.filter(username=person.username).exists():
        return False
    actions.create_user(
        person.username, password=password, roles=[person.role], by=INSTALLER, at=at
    )
    return True


def key_works(plaintext: str) -> bool:
    found = ApiKey.objects.filter(
        key_sha256=keys.digest(plaintext), revoked_at__isnull=True
    )
    return found.exists()


def make_key(*, at: datetime) -> str:
    for lost in ApiKey.objects.filter(name=story.APP_KEY, revoked_at__isnull=True):
        actions.revoke_key(lost.pk, by=INSTALLER, at=at)
    _, plaintext = actions.issue_key(
        story.APP_KEY,
        scopes=[Permission.ASK, Permission.RETRIEVE],
        by=INSTALLER,
        at=at,
    )
    return plaintext
