"""Evidence packages for their pages: what one would hold, and how far it is.

Promises that a preview takes no longer than somebody waits, and says so when that was
not all of it. Will not: open anything sealed; a preview counts entries.
"""

import time
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.utils.translation import gettext as _

from audit.custody import authorizations
from audit.errors import Erased
from audit.exports.previewing import Preview, preview
from audit.exports.records import ExportView, State
from audit.exports.scopes import Scope
from audit.queries import EntryView
from clinrag.web.labels import code_words
from clinrag.web.times import age_of

# A page is waited for; a package is built by a worker, however long it takes.
PREVIEW_SECONDS: Final = 2.0


@dataclass(frozen=True, slots=True)
class Stage:
    """A stage of a package: `done`, `now`, `stopped` or empty."""

    label: str
    detail: str
    state: str


@dataclass(frozen=True, slots=True)
class Ended:
    """That there is no file, or no longer, and why."""

    title: str
    why: str
    tone: str


@dataclass(frozen=True, slots=True)
class PackageProgress:
    """Where a package is; `polling` while somebody works on it."""

    stages: tuple[Stage, ...]
    sentence: str
    done: int
    total: int
    polling: bool


def preview_of(scope: Scope) -> Preview:
    """Count the entries of a scope for as long as somebody waits.

    Raises ExportTooLarge.
    """
    deadline = time.monotonic() + PREVIEW_SECONDS
    return preview(scope, is_over=lambda: time.monotonic() > deadline)


def progress_of(view: ExportView, *, at: datetime) -> PackageProgress:
    """The package's way in four stages."""
    agreed = view.authorization.state
    is_open = agreed is authorizations.State.PENDING
    return PackageProgress(
        stages=(
            Stage(_("Asked for"), view.requested_by_name, "done"),
            _agreed(view),
            _built(view),
            _ready(view),
        ),
        sentence=_sentence(view, at=at),
        done=view.looked_at,
        total=view.to_look_at,
        polling=view.state is State.BUILDING
        or (view.state is State.REQUESTED and not is_open and _may_go_on(view)),
    )


def ended_of(view: ExportView) -> Ended | None:
    """Why a package failed, or was deleted before its time; None for any other."""
    if not view.failure_code:
        return None
    if view.failure_code != Erased.code:
        why = str(code_words(view.failure_code))
        return Ended(_("It could not be built"), why, "bad")
    told = _(
        "Content was erased for good after this package was begun. It need not be"
        " content of this package: which packages hold the erased words only reading"
        " them would tell, so none in the clear that was begun before is kept."
    )
    if view.state is not State.REMOVED:
        return Ended(_("Building it was stopped by an erasure"), told, "warn")
    if view.downloads:
        told += " " + _("Copies that were downloaded are not called back by this.")
    return Ended(_("It was built, and deleted after an erasure"), told, "warn")


def _may_go_on(view: ExportView) -> bool:
    return view.authorization.state is authorizations.State.APPROVED


def _agreed(view: ExportView) -> Stage:
    asked = view.authorization
    who = asked.decided_by.name if asked.decided_by else ""
    match asked.state:
        case authorizations.State.PENDING if view.state is State.REQUESTED:
            return Stage(_("Agreed to"), _("by another person"), "now")
        case authorizations.State.APPROVED | authorizations.State.EXECUTED:
            return Stage(_("Agreed to"), who, "done")
        case authorizations.State.REFUSED:
            return Stage(_("Refused"), who, "stopped")
    return Stage(_("Agreed to"), _("not in time"), "stopped")


def _built(view: ExportView) -> Stage:
    states = {
        State.BUILDING: "now",
        State.BUILT: "done",
        State.REMOVED: "done",
        State.FAILED: "stopped",
        State.CANCELLED: "stopped",
    }
    entries = _("%(n)d entries") % {"n": view.entries_done}
    detail = entries if view.state in states else ""
    return Stage(_("Built"), detail, states.get(view.state, ""))


def _ready(view: ExportView) -> Stage:
    if view.state is State.BUILT:
        return Stage(_("Ready"), _("to download"), "done")
    if view.state is State.REMOVED:
        return Stage(_("Deleted"), _why_deleted(view), "stopped")
    return Stage(_("Ready"), "", "")


def _why_deleted(view: ExportView) -> str:
    if view.failure_code:
        return _("content was erased since")
    return _("its time was over")


def _sentence(view: ExportView, *, at: datetime) -> str:
    if view.state is State.REQUESTED:
        return _waiting(view)
    if view.state is State.BUILDING:
        return _looking(view)
    if view.state is State.FAILED:
        return str(code_words(view.failure_code))
    if view.state is State.BUILT and view.finished_at:
        return _("complete, %(age)s") % {"age": age_of(view.finished_at, at)}
    return ""


def _looking(view: ExportView) -> str:
    if not view.to_look_at:
        return _("a worker begins in a moment")
    place = {"done": view.looked_at, "total": view.to_look_at}
    return _("%(done)d of %(total)d entries of the log looked at") % place


def _waiting(view: ExportView) -> str:
    match view.authorization.state:
        case authorizations.State.PENDING:
            return _("waits for a second person")
        case authorizations.State.APPROVED:
            return _("agreed to; not begun yet")
        case authorizations.State.REFUSED:
            return _("refused")
    return _("nobody decided in time")


def is_about(entry: EntryView, export_id: object) -> bool:
    """Whether an entry names this package."""
    return entry.fields.get("export_id") == str(export_id)
