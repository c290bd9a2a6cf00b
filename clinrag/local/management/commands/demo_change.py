"""`manage.py demo_change edition|recall`: a new edition, and what it reaches.

`edition`: a new edition is received, compared with the one in force, looked ahead on,
approved by the second person with his signature, and put in force; then the answers it
reaches are listed. `recall`: the edition before is called back, the app is told by a
signed message that a receiver here checks, and a certificate says that no answer used
the draft. What is done already is left alone, and told again.
"""

import json
from collections import Counter
from pathlib import Path
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandParser

from audit.actors import Actor
from audit.notes import Verifier
from audit.sealing import key_wrapper
from clinrag.access.actors import actor_of_user
from clinrag.access.queries import user_by_name
from clinrag.answering.errors import CertificateInvalid, RangeNotProved, VersionWasUsed
from clinrag.answering.foresight.queries import outlook
from clinrag.answering.impact.certificates import Certificate, verify
from clinrag.answering.impact.issuing import certify_non_use, entry_bodies
from clinrag.answering.impact.queries import touched_answers
from clinrag.answering.impact.targets import version_target
from clinrag.answering.reach import Severity
from clinrag.answering.recalls.actions import open_recall
from clinrag.answering.recalls.endpoints import register_endpoint, remove_endpoint
from clinrag.answering.recalls.errors import AddressRefused
from clinrag.answering.recalls.queries import recall, recalls
from clinrag.answering.recalls.services import outbound_rules
from clinrag.local import story
from clinrag.local.editions import (
    now,
    put_in_force,
    receive,
    team_from,
    wait_until_processed,
)
from clinrag.local.receiver import Message, listening
from ingestion import queries

TOLD_WITHIN_SECONDS = 20.0
MOST_SHOWN = 3


class Command(BaseCommand):
    help = "Takes a new edition into force, and calls back the one before."
    requires_system_checks: list[str] = []  # start-up ran them

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("step", choices=("edition", "recall"))
        parser.add_argument("--credentials", type=Path, required=True)
        parser.add_argument("--vkey", default="", help="the log's public key")
        parser.add_argument("--json", action="store_true")

    def handle(self, *_arguments: Any, **options: Any) -> None:
        manager = actor_of_user(user_by_name(story.MANAGER), "shell")
        older = receive(story.EDITION_BEFORE, by=manager)
        newer = receive(story.NEW_EDITION, by=manager)
        if options["step"] == "edition":
            wait_until_processed(newer)
            team = team_from(options["credentials"])
            put_in_force(story.NEW_EDITION, newer, team=team, foresees=True)
            told = {
                "older": str(older),
                "newer": str(newer),
                "comparison": told_of_comparison(older, newer),
                "foresight": told_of_foresight(newer),
                "decision": told_of_decision(newer),
                "impact": told_of_impact(older),
            }
        else:
            draft = receive(story.DRAFT, by=manager)
            told = {
                "recall": called_back(older),
                "certificate": certified(draft, vkey=options["vkey"]),
            }
        self.stdout.write(json.dumps(told))


def told_of_comparison(older: UUID, newer: UUID) -> dict[str, Any]:
    """How many sections changed, how grave that is, and what became of thresholds."""
    found = queries.comparison(older, newer)
    ours = "threshold_changed"  # the change that the questions are about
    gravest = sorted(found.risks, key=lambda one: one.rule != ours)
    return {
        "sections": len(found.changes),
        "grades": dict(Counter(one.grade.value for one in found.risks)),
        "gravest": [
            {"grade": one.grade.value, "rule": one.rule, "old": one.old, "new": one.new}
            for one in gravest[:MOST_SHOWN]
        ],
    }


def told_of_foresight(newer: UUID) -> dict[str, Any]:
    """What was foreseen before it was decided."""
    report = outlook(newer, at=now()).report
    if report is None or report.passages is None:
        return {}
    changed = report.changed_answers
    return {
        "sha256": report.sha256,
        "passages": report.passages.total,
        "embedded": report.passages.embedded,
        "answers": len(report.answers),
        "changed": len(changed),
        "numbers": sorted({one for row in changed for one in row.numbers_come}),
        "numbers_before": sorted({one for row in changed for one in row.numbers_lost}),
        "conflicts": len(report.conflicts),
    }


def told_of_decision(newer: UUID) -> dict[str, Any]:
    """Who signed, how he was known, and since when the edition is in force."""
    version = queries.version(newer)
    review = queries.reviews_of(newer)[-1]
    return {
        "status": version.status,
        "signed_by": review.reviewer_name,
        "authenticated_by": review.authenticated_by,
        "foresight": review.foresight,
        "in_force_from": version.in_force_from and version.in_force_from.isoformat(),
    }


def told_of_impact(older: UUID) -> dict[str, Any]:
    """The answers that rest on the edition before, and what each is worth now."""
    rows = touched_answers(version_target(older), at=now()).rows
    return {
        "answers": [str(one.answer_id) for one in rows],
        "standings": dict(Counter(one.standing.value for one in rows)),
    }


def called_back(older: UUID) -> dict[str, Any]:
    """The recall of the edition before; opened, and its app told, once."""
    officer = actor_of_user(user_by_name(story.OFFICER), "shell")
    known = recalls(at=now(), version_id=older)
    if known:
        return {"id": str(known[-1].id), "answers": known[-1].answers, "again": True}
    with listening() as receiver:
        try:
            made = register_endpoint(
                receiver.url,
                app=story.APP_KEY,
                wrapped_by=key_wrapper(),
                rules=outbound_rules(),
                by=officer,
                at=now(),
            )
        except AddressRefused:  # the operator's own list of hosts is without this one
            return {"id": str(_opened(older, by=officer)), "refused": True}
        recall_id = _opened(older, by=officer)
        message = receiver.next_message(seconds=TOLD_WITHIN_SECONDS)
    remove_endpoint(made.view.id, by=officer, at=now())
    return {
        "id": str(recall_id),
        "answers": recall(recall_id, at=now()).answers,
        "message": _told_of(message, secret=made.secret) if message else None,
    }


def _opened(older: UUID, *, by: Actor) -> UUID:
    target = version_target(older)
    reason, severity = story.RECALL_REASON, Severity.MAJOR
    return open_recall(target, reason=reason, severity=severity, by=by, at=now())


def _told_of(message: Message, *, secret: str) -> dict[str, Any]:
    return {
        "type": message.event["type"],
        "acknowledgement": message.event["data"]["acknowledgement"],
        "signed": message.is_signed(secret),
    }


def certified(draft: UUID, *, vkey: str) -> dict[str, Any]:
    """That no answer used the draft, recomputed from the entries and the public key."""
    verifier = Verifier.from_vkey(vkey)
    try:
        made = certify_non_use(draft, at=now())
        carried = Certificate.from_json(made.to_json())
        bodies = entry_bodies(carried.first, carried.last)
        verify(carried, bodies, verifiers={verifier.name: verifier})
    except (CertificateInvalid, RangeNotProved, VersionWasUsed) as error:
        return {"verified": False, "code": error.code}
    return {"verified": True, "last": made.last, "ended": made.ended}
