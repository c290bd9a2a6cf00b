"""Opens a collection to one account or key that is not open to everyone."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from audit.actors import Actor, ActorKind
from clinrag.access.actions import grant_collection
from clinrag.access.errors import AccessError
from clinrag.access.models import ApiKey, User
from clinrag.access.queries import key_by_reference, user_by_name
from ingestion.errors import IngestionError
from ingestion.queries import collection_by_slug

ACTOR = Actor(ActorKind.SYSTEM, "command:grant_collection", "grant_collection", "shell")


class Command(BaseCommand):
    """Granting twice changes nothing."""

    help = "Open a collection to one account or key."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("collection", help="the collection's short name")
        holder = parser.add_mutually_exclusive_group(required=True)
        holder.add_argument("--user")
        holder.add_argument("--key", help="the id or the prefix")
        parser.add_argument("--json", action="store_true")

    def handle(self, *_args: Any, **options: Any) -> None:
        try:
            collection = collection_by_slug(options["collection"])
            holder = _holder(options["user"], options["key"])
            grant_collection(collection.id, to=holder, by=ACTOR, at=timezone.now())
        except (AccessError, IngestionError) as error:
            raise CommandError(str(error)) from error
        if options["json"]:
            shown = {"collection": collection.slug, "holder": str(holder.pk)}
            self.stdout.write(json.dumps(shown))
        else:
            self.stdout.write(f"{collection.slug} is open to {holder}.")


def _holder(username: str | None, key: str | None) -> User | ApiKey:
    return user_by_name(username) if username else key_by_reference(key or "")
