"""`set_answering_policy COLLECTION --by USER`: how strictly it is answered from.

What is not named stays as it is; naming nothing tells what holds.
"""

from argparse import ArgumentParser
from dataclasses import asdict, replace
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from audit.errors import AuditError
from clinrag.answering.errors import AnsweringError
from clinrag.answering.policies import PolicyView, policy_of, set_policy
from clinrag.answering.policy import GroundingPolicy, IdentifierPolicy
from clinrag.answering.services import default_policy
from ingestion.management.accounts import actor_named, refusals_as_command_errors, say
from ingestion.queries import collection_by_slug

TERMS = ("grounding", "identifiers", "external_models")


class Command(BaseCommand):
    help = "Set how strictly questions to a collection are answered from here on."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("collection", help="its short name")
        parser.add_argument("--by", required=True, metavar="USER")
        parser.add_argument("--grounding", type=GroundingPolicy, metavar="RULE")
        parser.add_argument("--identifiers", type=IdentifierPolicy, metavar="RULE")
        external = parser.add_mutually_exclusive_group()
        for flag, value in (
            ("--external-models", True),
            ("--no-external-models", False),
        ):
            external.add_argument(
                flag, dest="external_models", action="store_const", const=value
            )
        parser.add_argument("--reason", default="", help="needed to loosen a term")
        parser.add_argument("--json", action="store_true")

    def handle(self, **options: Any) -> None:
        by = actor_named(options["by"], permission="administer")
        given = {name: options[name] for name in TERMS if options[name] is not None}
        with refusals_as_command_errors():
            collection = collection_by_slug(options["collection"])
        found = policy_of(collection, default=default_policy())
        if given:
            terms = replace(found.terms, **given)
            try:
                found = set_policy(
                    collection,
                    terms=terms,
                    seen=found.number,
                    default=default_policy(),
                    reason=options["reason"],
                    by=by,
                    at=timezone.now(),
                )
            except (AnsweringError, AuditError) as error:
                raise CommandError(str(error)) from None
        say(self.stdout, _told(found), as_json=options["json"])


def _told(found: PolicyView) -> dict[str, object]:
    terms = {name: str(term) for name, term in asdict(found.terms).items()}
    return {"collection": found.collection, "number": found.number, **terms}
