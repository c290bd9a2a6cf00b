"""Revokes an API key by its id or prefix: `manage.py revoke_key k3m9x2ab`."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from audit.actors import Actor, ActorKind
from clinrag.access.actions import revoke_key
from clinrag.access.errors import AccessError
from clinrag.access.queries import key_by_reference

ACTOR = Actor(ActorKind.SYSTEM, "command:revoke_key", "revoke_key", "shell")


class Command(BaseCommand):
    """The key stops working with the next request."""

    help = "Revoke an API key."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("key", help="the id or the prefix, never the key itself")
        parser.add_argument("--json", action="store_true")

    def handle(self, *_args: Any, **options: Any) -> None:
        try:
            key = key_by_reference(options["key"])
            revoke_key(key.pk, by=ACTOR, at=timezone.now())
        except AccessError as error:
            raise CommandError(str(error)) from error
        if options["json"]:
            shown = {"id": str(key.pk), "prefix": key.prefix, "revoked": True}
            self.stdout.write(json.dumps(shown))
        else:
            self.stdout.write(f"Revoked {key.name} ({key.prefix}).")
