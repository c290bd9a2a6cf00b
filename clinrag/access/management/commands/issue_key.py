"""Issues an API key: `manage.py issue_key "Ward app" --scope ask --scope retrieve`."""

import json
from argparse import ArgumentParser
from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime

from audit.actors import Actor, ActorKind
from clinrag.access.actions import issue_key
from clinrag.access.errors import AccessError
from clinrag.access.roles import Permission

ACTOR = Actor(ActorKind.SYSTEM, "command:issue_key", "issue_key", "shell")


class Command(BaseCommand):
    """Prints the key once; only its digest is kept."""

    help = "Issue an API key. Its scopes are the permissions."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name", help="the application, as the ledger will name it")
        parser.add_argument(
            "--scope",
            action="append",
            required=True,
            choices=[*Permission],
            dest="scopes",
        )
        parser.add_argument(
            "--collection",
            action="append",
            default=[],
            dest="collections",
            help="only this collection; may be repeated; default: all open ones",
        )
        parser.add_argument("--expires", help="a date or time in ISO 8601")
        parser.add_argument("--json", action="store_true")

    def handle(self, *_args: Any, **options: Any) -> None:
        try:
            key, plaintext = issue_key(
                options["name"],
                scopes=options["scopes"],
                collections=options["collections"],
                expires_at=_moment(options["expires"]),
                by=ACTOR,
                at=timezone.now(),
            )
        except AccessError as error:
            raise CommandError(str(error)) from error
        shown = {"id": str(key.pk), "prefix": key.prefix, "key": plaintext}
        if options["json"]:
            self.stdout.write(json.dumps(shown))
        else:
            self.stdout.write(f"{plaintext}\n\nShown this once. Prefix: {key.prefix}")


def _moment(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        moment = parse_datetime(text)
        day = parse_date(text)
    except ValueError as error:
        raise CommandError("--expires is not a date.") from error
    if moment is None and day is not None:
        moment = datetime.combine(day, datetime.min.time())
    if moment is None:
        raise CommandError("--expires is not a date.")
    return moment if timezone.is_aware(moment) else timezone.make_aware(moment)
