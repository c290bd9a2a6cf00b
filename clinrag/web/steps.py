"""What may be done next with an edition, by this person, in this state.

Promises: a step is offered only where the lifecycle has it and the permission is
held; where the person is the author and that alone forbids it, it says so. Will
not: enforce anything; the actions and the database do, whatever a page offers.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.forms import Form
from django.urls import reverse
from django.utils.translation import gettext as _

from audit.actors import Actor
from clinrag.access.roles import Permission
from clinrag.web.advice import WORTH_REPEATING
from clinrag.web.forms import ActivateForm, HoldForm, WithdrawForm
from ingestion.lifecycle import (
    DECIDED,
    PROCESSING,
    Decision,
    HoldDecision,
    Status,
    can_move,
)
from ingestion.queries import VersionView


@dataclass(frozen=True, slots=True)
class Button:
    """A button of a step; `tone` is `primary`, `danger` or none."""

    label: str
    value: str = ""
    tone: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """A step as a form, or, without a form's address, why it is not offered."""

    title: str
    consequence: str = ""
    url: str = ""
    form: Any = ()
    buttons: tuple[Button, ...] = ()
    explanation: str = ""


def steps_for(
    version: VersionView,
    *,
    by: Actor,
    permissions: frozenset[Permission],
    sent: Mapping[str, Form] | None = None,
) -> list[Step]:
    """The steps to show, most likely first; `sent` holds forms with mistakes."""
    forms = sent or {}
    candidates = (
        (Permission.REVIEW, _hold(version, forms)),
        (Permission.REVIEW, _review(version, by)),
        (Permission.ACTIVATE, _activate(version, forms)),
        (Permission.ACTIVATE, _withdraw(version, forms)),
        (Permission.INGEST, _resubmit(version)),
        (Permission.INGEST, _retry(version)),
        (Permission.INGEST, _cancel(version)),
    )
    steps = [step for needed, step in candidates if needed in permissions and step]
    if version.status == Status.APPROVED:
        steps.sort(key=lambda step: not step.url.endswith("/activate"))
    return steps


def _review(version: VersionView, by: Actor) -> Step | None:
    """Where it is decided; the page for it shows what the edition will do."""
    status = Status(version.status)
    if not decisions_about(version):
        return None
    if by.id != version.author_id:
        return Step(
            title=_("Review"),
            explanation=_(
                "It waits for your decision. “What it will do, and sign” shows what"
                " it changes and takes your signature."
            ),
        )
    if status is not Status.IN_REVIEW:
        return None
    return Step(
        title=_("Review"),
        explanation=_(
            "You added this edition, so somebody else has to review it: author"
            " and approver are two people."
        ),
    )


def decisions_about(version: VersionView) -> list[Decision]:
    """What may be decided about it; of a held one that is for its own form."""
    status = Status(version.status)
    if status is Status.HELD:
        return []
    return [one for one in Decision if can_move(status, target=DECIDED[one])]


def _activate(version: VersionView, forms: Mapping[str, Form]) -> Step | None:
    if version.status != Status.APPROVED:
        return None
    return Step(
        title=_("Put in force"),
        consequence=_("From then on answers rest on this edition, and no longer on"
                      " the one before it."),
        url=reverse("web:activate", args=[version.id]),
        form=forms.get("activate") or ActivateForm(auto_id="id_activate_%s"),
        buttons=(Button(_("Put in force"), tone="primary"),),
    )  # fmt: skip


def _withdraw(version: VersionView, forms: Mapping[str, Form]) -> Step | None:
    if not can_move(Status(version.status), target=Status.WITHDRAWN):
        return None
    return Step(
        title=_("Withdraw"),
        consequence=_("At once no answer rests on this edition. This cannot be"
                      " undone; older answers keep their citation, marked withdrawn."),
        url=reverse("web:withdraw", args=[version.id]),
        form=forms.get("withdraw") or WithdrawForm(auto_id="id_withdraw_%s"),
        buttons=(Button(_("Withdraw this edition"), tone="danger"),),
    )  # fmt: skip


def _resubmit(version: VersionView) -> Step | None:
    if version.status != Status.RETURNED:
        return None
    return Step(
        title=_("Ask for review again"),
        consequence=_("When the reviewer's questions are answered. A corrected file"
                      " is a new edition: add it instead."),
        url=reverse("web:resubmit", args=[version.id]),
        buttons=(Button(_("Ask for review"), tone="primary"),),
    )  # fmt: skip


def _hold(version: VersionView, forms: Mapping[str, Form]) -> Step | None:
    if version.status != Status.HELD:
        return None
    return Step(
        title=_("Decide whether it may go on"),
        consequence=_("Look at the source first. Going on does not approve it: it is"
                      " reviewed like any other. Both are recorded with your name."),
        url=reverse("web:decide_hold", args=[version.id]),
        form=forms.get("hold") or HoldForm(auto_id="id_hold_%s"),
        buttons=(
            Button(_("Let it go on"), HoldDecision.RELEASE, "primary"),
            Button(_("Reject for good"), HoldDecision.REJECT, "danger"),
        ),
    )  # fmt: skip


def _cancel(version: VersionView) -> Step | None:
    if version.status not in PROCESSING:
        return None
    return Step(
        title=_("Cancel"),
        consequence=_("Stops the work. What was done is kept, and it can be processed"
                      " again."),
        url=reverse("web:cancel", args=[version.id]),
        buttons=(Button(_("Cancel the processing")),),
    )  # fmt: skip


def _retry(version: VersionView) -> Step | None:
    may_help = version.failure_code in WORTH_REPEATING
    if not may_help or not can_move(Status(version.status), target=Status.RECEIVED):
        return None
    return Step(
        title=_("Try again"),
        consequence=_("Goes on from the stage that failed, with the same file."),
        url=reverse("web:retry", args=[version.id]),
        buttons=(Button(_("Process again")),),
    )
