"""`approve_version VERSION --by USER`: the second person's yes, signed.

It is the same act as on the page: the password is asked for, and without a fresh report
of what the version changes one has to say that one knows.
"""

import sys
from argparse import ArgumentParser
from functools import partial
from getpass import getpass
from typing import Any
from uuid import UUID

from django.contrib.auth import authenticate
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from audit.actors import Actor
from clinrag.answering.errors import AnsweringError
from clinrag.answering.foresight.signing import Signing, sign_decision
from ingestion.management.accounts import (
    actor_named,
    refusals_as_command_errors,
    say,
)
from ingestion.queries import ReviewView

MEANING = "I have read this version and approve it for use."
NOT_KNOWN = "The password is wrong, or was wrong too often. [sign_in_failed]"


class Command(BaseCommand):
    help = "Approve a version, signed with the password; its author may not."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("version", type=UUID)
        parser.add_argument("--by", required=True, metavar="USER")
        parser.add_argument("--comment", default="")
        parser.add_argument("--meaning", default=MEANING)
        parser.add_argument(
            "--foresight",
            default="",
            metavar="SHA256",
            help="of the newest report of what the version changes, if there is one",
        )
        parser.add_argument(
            "--acknowledge",
            action="store_true",
            help="you know that what it changes was not foreseen as things stand now",
        )
        parser.add_argument(
            "--password-stdin",
            action="store_true",
            help="read the password as a line of the standard input, unasked",
        )
        parser.add_argument("--json", action="store_true")

    def handle(self, **options: Any) -> None:
        by = actor_named(options["by"], permission="review")
        with refusals_as_command_errors():
            try:
                review = _sign(by, options)
            except AnsweringError as error:
                raise CommandError(f"{error} [{error.code}]") from None
        say(self.stdout, _told(review), as_json=options["json"])


def _sign(by: Actor, options: dict[str, Any]) -> ReviewView:
    signing = Signing(
        decision="approve",
        meaning=options["meaning"],
        comment=options["comment"],
        foresight_sha256=options["foresight"],
        acknowledged=options["acknowledge"],
    )
    return sign_decision(
        options["version"],
        signing,
        authenticate=partial(_known, by, options),
        at=timezone.now(),
    )


def _known(by: Actor, options: dict[str, Any]) -> Actor:
    password = _password(asks=not options["password_stdin"])
    if authenticate(None, username=options["by"], password=password) is None:
        raise CommandError(NOT_KNOWN)
    return by


def _password(*, asks: bool) -> str:
    if asks:
        return getpass("Your password: ")
    return sys.stdin.readline().rstrip("\r\n")


def _told(review: ReviewView) -> dict[str, object]:
    return {
        "version_id": review.version_id,
        "status": "approved",
        "review_id": review.id,
        "reviewer": review.reviewer_name,
        "decided_at": review.decided_at.isoformat(),
        "authenticated_by": review.authenticated_by,
        "text_sha256": review.text_sha256,
        "comparison_sha256": review.comparison_sha256,
        "foresight": review.foresight,
        "foresight_sha256": review.foresight_sha256,
        "acknowledged": review.acknowledged,
    }
