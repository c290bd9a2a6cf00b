"""Find out what the configured model server understands, and put it on record."""

import argparse
import asyncio
import json
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from audit.actors import Actor, ActorKind
from audit.errors import AuditError
from clinrag.answering.recording import record_probe
from clinrag.answering.services import model_client
from clinrag.inference.errors import InferenceError
from clinrag.inference.probing import NONE, probe

PROBER = Actor(ActorKind.SYSTEM, "task:probe", "probe of the model server", "task")


class Command(BaseCommand):
    help = "Ask the configured model server for each reply format; record the findings."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true")

    def handle(self, *_: Any, **options: Any) -> None:
        client = model_client()
        if client is None:
            raise CommandError("no_model: CLINRAG_MODEL_URL is not set.")
        try:
            # It says nothing of anybody, so that it may go anywhere.
            found = asyncio.run(probe(client, allows_external=True))
            record_probe(
                found,
                server=settings.CLINRAG_MODEL_URL,
                model=client.model,
                by=PROBER,
                at=timezone.now(),
            )
        except (InferenceError, AuditError) as error:
            raise CommandError(f"{error.code}: {error}") from error
        told = {
            "server": settings.CLINRAG_MODEL_URL,
            "model": client.model,
            "answered_as": found.answered_as,
            "model_revision": found.model_revision,
            "address_class": found.address_class,
            "findings": dict(found.findings),
            "reply_format": found.reply_format or NONE,
        }
        if options["json"]:
            self.stdout.write(json.dumps(told))
            return
        for name, value in told.items():
            self.stdout.write(f"{name:>15}  {value}")
