"""Taking an edition of the demonstration through the real pipeline, by two people.

Promises: what is done already is left alone, so that a run that was killed is gone on
with by the next; nothing is approved by whoever brought it, nor without a signature.
"""

import json
import sys
import time
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

from django.core.management.base import CommandError

from audit.actors import Actor
from clinrag.access.actors import actor_of_user
from clinrag.access.models import User
from clinrag.access.queries import user_by_name
from clinrag.access.signing_in import sign_in_again
from clinrag.answering.foresight.errors import ForesightUnderWay
from clinrag.answering.foresight.queries import outlook
from clinrag.answering.foresight.reports import request_foresight, work_on_report
from clinrag.answering.foresight.signing import Signing, sign_decision
from clinrag.answering.foresight.types import Freshness
from clinrag.local import story
from ingestion import actions, queries, tasks
from ingestion.embedding import get_embedder
from ingestion.errors import DuplicateContent

PROCESSED_WITHIN_SECONDS = 420  # a lost task is found again after five minutes
WAITING = {"received", "parsed", "chunked", "embedded"}
UNDECIDED = WAITING | {"in_review", "approved"}


@dataclass(frozen=True, slots=True)
class Team:
    """The two people an edition needs."""

    manager: Actor
    reviewer: User
    password: str


def team_from(credentials: Path) -> Team:
    """The manager, and the reviewer with the password he signs with."""
    given = json.loads(credentials.read_text(encoding="utf-8"))
    return Team(
        manager=actor_of_user(user_by_name(story.MANAGER), "shell"),
        reviewer=user_by_name(story.REVIEWER),
        password=given["passwords"][story.REVIEWER],
    )


def now() -> datetime:
    return datetime.now(UTC)


def make_collections(*, by: Actor) -> None:
    known = {collection.slug for collection in queries.collections()}
    for plan in story.COLLECTIONS:
        if plan.slug not in known:
            actions.create_collection(
                plan.slug,
                name=plan.name,
                specialty=plan.specialty,
                language="en",
                audience="everyone",
                by=by,
                at=now(),
            )


def receive(plan: story.EditionPlan, *, by: Actor) -> UUID:
    """The version's id, also when an earlier run received the same bytes."""
    entry = story.documents()[plan.document]
    file = story.GUIDELINES / plan.file
    try:
        version = actions.receive_version(
            document_for(entry, by=by),
            filename=file.name,
            data=file.read_bytes(),
            label=label_of(entry, plan.file),
            by=by,
            at=now(),
        )
    except DuplicateContent as duplicate:
        version = queries.version(duplicate.twin_id)
    if version.status in WAITING:
        # Again, too, for one whose worker was killed with everything else: its task
        # would come back by itself, but minutes later. Twice does no harm.
        tasks.enqueue(version.id)
    return version.id


def document_for(entry: dict[str, Any], *, by: Actor) -> UUID:
    collection = queries.collection_by_slug(entry["collection"])
    known = queries.document_by_title(collection.id, title=entry["title"])
    if known:
        return known.id
    return actions.register_document(
        collection.id,
        title=entry["title"],
        publisher=entry["issuer"],
        citation=entry["title"],
        url=entry["source"],
        licence=entry["licence"],
        language=entry["lang"],
        review_by=date(now().year + 1, 1, 1),
        by=by,
        at=now(),
    ).id


def label_of(entry: dict[str, Any], file: str) -> str:
    return next(str(e["label"]) for e in entry["editions"] if e["file"] == file)


def wait_until_processed(version_id: UUID) -> None:
    deadline = time.monotonic() + PROCESSED_WITHIN_SECONDS
    while queries.version(version_id).status in WAITING:
        if time.monotonic() > deadline:
            raise CommandError(f"version {version_id} was not processed in time")
        time.sleep(0.2)
    version = queries.version(version_id)
    if version.status == "failed":
        sys.exit(f"version {version_id}: {version.failure_code}")


def put_in_force(
    plan: story.EditionPlan, version_id: UUID, *, team: Team, foresees: bool
) -> None:
    status = queries.version(version_id).status
    if plan.stop_in_review:
        return
    if status == "in_review":
        if foresees:
            foresee(version_id, by=actor_of_user(team.reviewer, "shell"))
        approve(version_id, team=team)
        status = "approved"
    if status == "approved":
        since = plan.in_force_from
        actions.activate_version(
            version_id,
            by=team.manager,
            at=now(),
            in_force_from=datetime.fromisoformat(since).replace(tzinfo=UTC)
            if since
            else None,
        )


def foresee(version_id: UUID, *, by: Actor) -> None:
    """Have worked out what the edition changes, here and now.

    What a run that was killed began is waited for: a worker goes on with it.
    """
    try:
        report_id = request_foresight(version_id, by=by, at=now())
    except ForesightUnderWay:
        wait_until_foreseen(version_id)
        return
    while work_on_report(report_id, embedder=get_embedder(), now=now):
        pass


def wait_until_foreseen(version_id: UUID) -> None:
    deadline = time.monotonic() + PROCESSED_WITHIN_SECONDS
    while outlook(version_id, at=now()).running and time.monotonic() < deadline:
        time.sleep(0.5)


def approve(version_id: UUID, *, team: Team) -> None:
    """Sign, having seen the report if there is one."""
    seen = outlook(version_id, at=now())
    signing = Signing(
        decision="approve",
        comment="Compared with the publisher's copy.",
        meaning="I have read this edition and approve its use.",
        foresight_sha256=seen.report.sha256 if seen.report else "",
        acknowledged=seen.freshness is not Freshness.FRESH,
    )
    authenticate = partial(
        sign_in_again,
        team.reviewer,
        password=team.password,
        address="",
        at=now(),
        method="shell",
    )
    sign_decision(version_id, signing, authenticate=authenticate, at=now())


def is_settled(plan: story.EditionPlan) -> bool:
    """Whether an earlier run brought the edition as far as it is to come."""
    entry = story.documents()[plan.document]
    home = queries.collection_by_slug(entry["collection"])
    document = queries.document_by_title(home.id, title=entry["title"])
    label = label_of(entry, plan.file)
    early = WAITING if plan.stop_in_review else UNDECIDED
    found = queries.versions_of(document.id) if document else []
    return any(one.label == label and one.status not in early for one in found)
