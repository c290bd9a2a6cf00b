"""Something on every page about custody: asked for, agreed to, done, and overdue."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.utils import timezone

from audit import tasks
from audit.custody import authorizations, break_glass, erasure, holds
from audit.custody.authorizations import Action
from audit.custody.erasure import ReasonClass
from audit.custody.scopes import Scope, ScopeKind
from audit.exports import records
from audit.verification import runs
from clinrag.answering.queries import open_in_emergency, sealed_answer
from clinrag.answering.scopes import question_scope
from tests.browser.world import UNANSWERABLE, World, ask, settle_ledger


@dataclass
class Custody:
    """What the tests point at."""

    waiting: UUID
    package: UUID
    emergency: UUID
    hold: UUID


def furnish(world: World) -> Custody:
    """All of it through the actions, in about three seconds."""
    at = timezone.now()
    _erasure(world, at)
    package = _package(world, at)
    hold_id = _hold(world, at)
    emergency = _emergencies(world, at)
    waiting = _waiting(world, at)
    _read(world, at)
    settle_ledger()
    run = runs.ask(only=None, by=world.actor("olena"), at=timezone.now())
    tasks.run_verification(str(run.id))
    settle_ledger()
    return Custody(waiting, package, emergency, hold_id)


def _package(world: World, at: datetime) -> UUID:
    asked = records.request(
        "answer",
        scope={"answer_id": str(world.answer.id)},
        content="masked",
        reason="The ombudsman asks what was answered.",
        by=world.actor("olena"),
        at=at,
    )
    authorizations.approve(asked.authorization.id, by=world.actor("paul"), at=at)
    records.start(asked.id, by=world.actor("paul"), at=at)
    tasks.build_export.apply(args=[str(asked.id)]).get()
    records.record_download(
        asked.id, surface="web.packages", by=world.actor("paul"), at=timezone.now()
    )
    return asked.id


def _hold(world: World, at: datetime) -> UUID:
    return holds.place(
        Scope(ScopeKind.VERSION, world.new.id),
        reason="Claim 2026/118: the insurer asks to keep all that rests on it.",
        by=world.actor("olena"),
        at=at,
    ).id


def _erasure(world: World, at: datetime) -> None:
    gone = ask(UNANSWERABLE, world.people["ravi"])
    for reason in (ReasonClass.SUBJECT_REQUEST, ReasonClass.ENTERED_IN_ERROR):
        agreed = erasure.request(
            question_scope(gone.id),
            reason_class=reason,
            reason="The person withdrew their consent.",
            by=world.actor("olena"),
            at=at,
        )
        if reason is ReasonClass.SUBJECT_REQUEST:
            authorizations.approve(agreed.id, by=world.actor("paul"), at=at)
            erasure.execute(agreed.id, by=world.actor("paul"), at=timezone.now())


def _emergencies(world: World, at: datetime) -> UUID:
    reviewed, overdue = (
        open_in_emergency(
            world.refusal.id,
            reason="The patient in room four is unconscious.",
            by=world.actor("ravi"),
            at=at - timedelta(days=days),
        )
        for days in (9, 4)
    )
    break_glass.review(
        reviewed.id,
        finding="justified",
        note="Confirmed with the ward.",
        by=world.actor("olena"),
        at=at,
    )
    return overdue.id


def _waiting(world: World, at: datetime) -> UUID:
    authorizations.request(
        Action.KEY_ROTATION,
        scope={"origin": "clinrag.test/ledger"},
        reason="Its yearly change is due.",
        by=world.actor("olena"),
        at=at,
    )
    asked = records.request(
        "period",
        scope={
            "since": (at - timedelta(days=30)).isoformat(),
            "until": at.isoformat(),
        },
        content="none",
        reason="The yearly review of activity.",
        by=world.actor("paul"),
        at=at,
    )
    return asked.authorization.id


def _read(world: World, at: datetime) -> None:
    sealed_answer(
        world.answer.id,
        by=world.actor("olena"),
        at=at,
        purpose="quality_assurance",
        surface="web.evidence",
    )
