"""Verifications as the integrity page shows them: under way, and what they found."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from audit.verification import runs
from audit.verification.runs import UNDER_WAY, RunView, State
from clinrag.web.labels import LAYERS, RUNS, Label, Words, code_words, in_words
from clinrag.web.times import age_of

SHOWN = 8
_SENTENCES: dict[State, Words] = {
    State.WAITING: gettext_lazy("A worker takes it up as soon as one is free."),
    State.LOST: gettext_lazy("Nobody has worked on it for minutes; ask for it again."),
}


@dataclass(frozen=True, slots=True)
class LayerLine:
    """A layer of a verification with its counts."""

    words: Words
    checked: int
    failed: int


@dataclass(frozen=True, slots=True)
class FailureLine:
    """The first places where the log does not hold."""

    words: Words
    index: int | None
    message: str


@dataclass(frozen=True, slots=True)
class RunLine:
    """A verification with its words; `polling` while somebody may work on it."""

    view: RunView
    scope: str
    state: Label
    sentence: str
    polling: bool
    layers: tuple[LayerLine, ...]
    failures: tuple[FailureLine, ...]
    more: int


def run_lines(*, at: datetime) -> list[RunLine]:
    """The latest verifications, newest first."""
    return [run_line(view, at=at) for view in runs.recent(at=at, limit=SHOWN)]


def run_line(view: RunView, *, at: datetime) -> RunLine:
    """One verification."""
    found = view.report.get("failures", [])
    return RunLine(
        view=view,
        scope=_scope(view),
        state=RUNS[view.state.value],
        sentence=_sentence(view, at),
        polling=view.state in UNDER_WAY,
        layers=tuple(_layer(one) for one in view.report.get("layers", [])),
        failures=tuple(_failure(one) for one in found),
        more=view.report.get("failed", 0) - len(found),
    )


def _scope(view: RunView) -> str:
    if view.only is None:
        return _("The whole ledger")
    place = {"first": view.only.first, "last": view.only.end - 1}
    return _("Entries %(first)d to %(last)d") % place


def _layer(told: dict[str, object]) -> LayerLine:
    name = str(told["layer"])
    checked, failed = int(str(told["checked"])), int(str(told["failed"]))
    return LayerLine(LAYERS.get(name, in_words(name)), checked, failed)


def _failure(told: dict[str, object]) -> FailureLine:
    name, index = str(told["layer"]), told["index"]
    place = index if isinstance(index, int) else None
    return FailureLine(LAYERS.get(name, in_words(name)), place, str(told["message"]))


def _sentence(view: RunView, at: datetime) -> str:
    if view.state is State.RUNNING:
        return _progress(view)
    if view.state in _SENTENCES:
        return str(_SENTENCES[view.state])
    if view.state is State.FAILED:
        why = code_words(view.report.get("code", ""))
        return _("Nothing is said about the log: %(why)s") % {"why": why}
    found = {"age": age_of(view.finished_at or at, at)}
    if view.state is State.BROKEN:
        return _("Verification failed, %(age)s.") % found
    found["n"] = view.report.get("entries", 0)
    verdict = _("Verified: all %(n)d entries, nothing altered, %(age)s.") % found
    return f"{verdict} {_unsigned(view)}".rstrip()


def _unsigned(view: RunView) -> str:
    number = view.report.get("unsigned", {}).get("entries", 0)
    if not number:
        return ""
    return ngettext(
        "%(n)d entry past the newest signature is shown only by the database.",
        "%(n)d entries past the newest signature are shown only by the database.",
        number,
    ) % {"n": number}


def _progress(view: RunView) -> str:
    if not view.total or view.layer != "entry":
        return str(LAYERS.get(view.layer, _("It begins.")))
    place = {"done": view.done, "total": view.total}
    return _("%(done)d of %(total)d entries") % place
