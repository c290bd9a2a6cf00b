"""Running an answer again: as it was, stage by stage, and as it would come today.

Looking at the page reads nothing that is sealed. Running does, for the purpose this
person chose: that is on record before anything is opened. Nothing is kept of it but
its entries.
"""

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from clinrag.access.roles import Permission
from clinrag.answering.replay.actions import replay_answer
from clinrag.answering.replay.record import Reading
from clinrag.answering.replay.today import Today, ask_today
from clinrag.answering.replay.types import Replay, Stage
from clinrag.answering.services import build_services
from clinrag.retrieval.errors import RetrievalError
from clinrag.web.labels import Label, Words
from clinrag.web.people import actor_of, page
from clinrag.web.taking import REFUSALS, attempt
from clinrag.web.views.session import purpose_of
from clinrag.web.visibility import answer_or_404

NAMES: dict[str, Words] = {
    "screening": _("Screening of the question"),
    "abbreviations": _("Abbreviations written out"),
    "policy": _("Collections and rules"),
    "embedding": _("Embedding of the question"),
    "candidates": _("Passages found, with their scores"),
    "order": _("Order after fusion"),
    "prompt": _("Prompt, byte for byte"),
    "model": _("Model"),
    "grounding": _("Check of each statement"),
    "result": _("Answer"),
}
STATES: dict[str, Label] = {
    "same": Label(_("same"), "ok"),
    "differs": Label(_("differs"), "bad"),
    "not_run": Label(_("not run"), "warn"),
    "not_reached": Label(_("not reached")),
}
OUTCOMES: dict[str, Label] = {
    "same": Label(_("every stage is the same"), "ok"),
    "differs": Label(_("it differs"), "bad"),
    "incomplete": Label(_("the same as far as it was run"), "warn"),
}
CHANGES: dict[str, Label] = {
    "number": Label(_("a number it stated stands nowhere any more"), "bad"),
    "evidence_lost": Label(_("a statement is no longer supported"), "bad"),
    "refused": Label(_("it would be refused"), "warn"),
    "answered": Label(_("it would be answered"), "info"),
    "words": Label(_("other passages or sentences, the same statements"), "info"),
    "same": Label(_("the same"), "ok"),
}


@dataclass(frozen=True, slots=True)
class StageLine:
    """A stage as the page shows it."""

    name: Words
    state: Label
    stage: Stage


@require_http_methods(["GET", "HEAD", "POST"])
@page(Permission.READ_LEDGER)
def replay_page(request: HttpRequest, answer_id: UUID) -> HttpResponse:
    """What a replay does; when it is asked for, what came of it."""
    view = answer_or_404(answer_id)
    made = _made(request, lambda: _replayed(request, answer_id))
    shown: dict[str, object] = {"view": view}
    if isinstance(made, Replay):
        shown |= {
            "replay": made,
            "lines": [_line(stage) for stage in made.stages],
            "outcome": OUTCOMES[made.outcome.value],
        }
    return _shown(request, "web/replay.html", made, shown)


@require_http_methods(["GET", "HEAD", "POST"])
@page(Permission.READ_LEDGER)
def today_page(request: HttpRequest, answer_id: UUID) -> HttpResponse:
    """What the same question would be told today, when that is asked for."""
    view = answer_or_404(answer_id)
    made = _made(request, lambda: _asked(request, answer_id))
    shown: dict[str, object] = {"view": view}
    if isinstance(made, Today):
        shown |= {"today": made, "change": CHANGES[made.change.value]}
    return _shown(request, "web/today.html", made, shown)


def _made(request: HttpRequest, run: Callable[[], Replay | Today]) -> object:
    """What running came to, or the refusal; None when it was not asked for."""
    if request.method != "POST":
        return None
    try:
        return attempt(run)
    except RetrievalError as error:
        return error


def _shown(
    request: HttpRequest, template: str, made: object, shown: dict[str, object]
) -> HttpResponse:
    refused = isinstance(made, (*REFUSALS, RetrievalError))
    context = {"problem": str(made) if refused else "", **shown}
    return render(request, template, context, status=409 if refused else 200)


def _replayed(request: HttpRequest, answer_id: UUID) -> Replay:
    reading = _reading(request, "web.replay")
    return replay_answer(answer_id, reading, services=build_services())


def _asked(request: HttpRequest, answer_id: UUID) -> Today:
    reading = _reading(request, "web.today")
    return ask_today(answer_id, reading, services=build_services())


def _reading(request: HttpRequest, surface: str) -> Reading:
    return Reading(
        by=actor_of(request),
        at=timezone.now(),
        purpose=purpose_of(request),
        surface=surface,
    )


def _line(stage: Stage) -> StageLine:
    return StageLine(NAMES[stage.name.value], STATES[stage.state.value], stage)
