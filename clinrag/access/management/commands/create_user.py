"""Creates an account: `manage.py create_user mara --role knowledge_manager`."""

import json
import secrets
import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from audit.actors import Actor, ActorKind
from clinrag.access.actions import create_user
from clinrag.access.errors import AccessError
from clinrag.access.roles import Role

ACTOR = Actor(ActorKind.SYSTEM, "command:create_user", "create_user", "shell")
PASSWORD_BYTES = 15


class Command(BaseCommand):
    """Prints the password once if it made one itself."""

    help = "Create an account with one or more roles."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("username")
        parser.add_argument(
            "--role", action="append", required=True, choices=[*Role], dest="roles"
        )
        parser.add_argument("--name", default="", help="the full name, for display")
        parser.add_argument(
            "--password-stdin",
            action="store_true",
            help="read the password from standard input instead of making one",
        )
        parser.add_argument("--json", action="store_true")

    def handle(self, *_args: Any, **options: Any) -> None:
        given = sys.stdin.readline().rstrip("\n") if options["password_stdin"] else ""
        password = given or secrets.token_urlsafe(PASSWORD_BYTES)
        try:
            user = create_user(
                options["username"],
                password=password,
                roles=options["roles"],
                full_name=options["name"],
                by=ACTOR,
                at=timezone.now(),
            )
        except AccessError as error:
            raise CommandError(str(error)) from error
        shown: dict[str, object] = {
            "id": user.pk,
            "username": user.username,
            "roles": user.roles,
        }
        if not given:
            shown["password"] = password
        self.stdout.write(_as_text(shown, as_json=options["json"]))


def _as_text(shown: dict[str, object], *, as_json: bool) -> str:
    if as_json:
        return json.dumps(shown)
    return "\n".join(f"{name}: {value}" for name, value in shown.items())
