"""Where the ledger cannot record, every page says that nothing was done."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from audit.models import InboxEntry
from clinrag.access.models import User
from clinrag.answering.impact.targets import target_of
from clinrag.answering.reach import Reach, Severity
from clinrag.answering.recalls.actions import open_recall
from ingestion import actions, queries
from ingestion.models import Collection
from tests.factories.access import make_user
from tests.factories.ingestion import make_document
from tests.factories.people import MANAGER
from tests.factories.sources import make_owner_task, make_source
from tests.integration.answering.clinic import NEW, Clinic, running_clinic

pytestmark = pytest.mark.django_db(databases=["default", "keys"])
PASSWORD = "a quiet morning by the lake"
ROOM = "ALTER TABLE audit_inboxentry {} CONSTRAINT no_room {}"


class World:
    """Two editions of a guideline, a source, a recall, and somebody who may all."""

    def __init__(self, clinic: Clinic, person: User) -> None:
        self.clinic, self.person = clinic, person
        self.document = clinic.document
        (self.old,) = queries.versions_of(clinic.document.id)
        self.new = clinic.take_in(NEW, "2022")
        self.source = make_source(collection=Collection.objects.get(slug="pain"))

    @property
    def section(self) -> str:
        found = queries.comparison(self.old.id, self.new.id).changes
        return next(one.anchor for one in found if "yield" in one.new_text)

    @property
    def comparing(self) -> list[Any]:
        return [self.old.id, self.new.id]


Step = tuple[str, list[Any], dict[str, Any]]


def golden(_world: World) -> Step:
    return "keep_golden", ["pain"], {"text": "Which dose?", "expects": "refusal"}


def opening(_world: World) -> Step:
    said = {"name": "Heart", "slug": "heart", "specialty": "cardiology"}
    return "new_collection", [], said | {"language": "en", "audience": "everyone"}


def rules(_world: World) -> Step:
    return "set_rules", ["pain"], {"chunk_tokens": "128", "tracked_changes": "reject"}


def withdrawal(world: World) -> Step:
    return "withdraw", [world.old.id], {"reason": "Out of date."}


def signature(world: World) -> Step:
    said = {"decision": "approve", "password": PASSWORD, "acknowledged": "on"}
    return "sign", [world.new.id], said | {"meaning": "clinical content checked"}


def viewing(world: World) -> Step:
    return "view_section", world.comparing, {"section": world.section, "viewed": "1"}


def comment(world: World) -> Step:
    said = {"section": world.section, "quote": "yield diminishing", "text": "Why?"}
    return "comment", world.comparing, said


def reply(world: World) -> Step:
    text = next(
        one.new_text
        for one in queries.comparison(world.old.id, world.new.id).changes
        if one.anchor == world.section
    )
    start = text.index("yield")
    first = actions.comment_on_range(
        world.new.id,
        older_id=world.old.id,
        place=actions.TextRange(world.section, "new", start, start + 5, "yield"),
        text="Why?",
        by=MANAGER,
        at=world.clinic.now(),
    )
    return "reply", [first.id], {"text": "So it is.", "settle": "1"}


def correction(world: World) -> Step:
    said = {"title": "Pain", "language": "en", "owner_id": "user:1", "reason": "Typo."}
    said["owner_id"] = f"user:{world.person.pk}"
    return "correct_document", [world.document.id], said


def label(world: World) -> Step:
    return "relabel", [world.new.id], {"label": "2023", "reason": "A typo."}


def bulk(world: World) -> Step:
    said = {"change": "review_by", "review_by": "2030-01-01", "reason": "Yearly."}
    said |= {"scope": "selected", "document": str(world.document.id)}
    return "change_documents", [], said


def recalling(world: World) -> Step:
    said = {"severity": "major", "reach": "in_prompt", "reason": "A dose is wrong."}
    return "new_recall", [world.old.id], said


def closing(world: World) -> Step:
    recall_id = open_recall(
        target_of(world.old.id),
        reason="A dose is wrong.",
        severity=Severity.MAJOR,
        reach=Reach.IN_PROMPT,
        by=MANAGER,
        at=world.clinic.now(),
    )
    return "close_recall", [recall_id], {"note": "All were told."}


def pausing(world: World) -> Step:
    return "pause_source", [world.source.id], {"paused": "1"}


def owner_task(world: World) -> Step:
    task = make_owner_task(world.source)
    return "close_owner_task", [task.id], {"note": "Looked at."}


STEPS = [
    golden, opening, rules, withdrawal, signature, viewing, comment, reply,
    correction, label, bulk, recalling, closing, pausing, owner_task,
]  # fmt: skip


@pytest.fixture
def world(settings: Any, tmp_path: Path, client: Client) -> World:
    settings.CLINRAG_SOURCE_FOLDERS = [str(tmp_path)]
    clinic = running_clinic(settings, tmp_path)
    make_user()  # so that no account has the number of the author
    person = make_user(roles=("knowledge_manager", "compliance_officer"))
    person.set_password(PASSWORD)
    person.save()
    client.force_login(person)
    return World(clinic, person)


@pytest.mark.parametrize("step", STEPS)
def test_page_tells_that_nothing_was_done_when_the_ledger_cannot_record(
    world: World, client: Client, step: Callable[[World], Step]
) -> None:
    name, args, said = step(world)
    where, before = reverse(f"web:{name}", args=args), InboxEntry.objects.count()

    fill()
    refused = client.post(where, said)
    assert refused.status_code == 503
    assert b"cannot record at the moment" in refused.content
    assert InboxEntry.objects.count() == before

    make_room()
    assert client.post(where, said).status_code in {200, 302}
    assert InboxEntry.objects.count() > before


def test_documents_changed_so_far_are_told_when_the_ledger_stops_midway(
    world: World, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    _name, _args, said = bulk(world)
    others = [make_document(world.source.collection) for _ in range(2)]
    said["document"] = [str(one.id) for one in (world.document, *others)]

    def correct(*args: Any, **told: Any) -> None:
        actions.correct_document(*args, **told)
        fill()

    monkeypatch.setattr("clinrag.web.bulk.actions", Correcting(correct))
    stopped = client.post(reverse("web:change_documents"), said)

    assert stopped.status_code == 503
    assert b"1 document changed." in stopped.content
    assert queries.document(world.document.id).review_by is not None
    assert all(queries.document(one.id).review_by is None for one in others)


class Correcting:
    """Actions of which one is another."""

    def __init__(self, correct: Callable[..., None]) -> None:
        self.correct_document = correct


def fill() -> None:
    """Nothing more goes into the ledger's inbox."""
    with connection.cursor() as cursor:
        cursor.execute(ROOM.format("ADD", "CHECK (false) NOT VALID"))


def make_room() -> None:
    with connection.cursor() as cursor:
        cursor.execute(ROOM.format("DROP", ""))
