"""The ledger's own page: checkpoint, state, alarms, entries, and a full check."""

import time
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from audit import queries, verification
from audit.events import sentence
from audit.queries import EntryView
from audit.signing.public_key import log_vkey
from clinrag.access.roles import Permission
from clinrag.web.addresses import number_in
from clinrag.web.integrity import light_of
from clinrag.web.people import page

PAGE_SIZE = 25


@dataclass(frozen=True, slots=True)
class EntryLine:
    """An entry as one line: what happened, told to a reader."""

    id: UUID
    index: int | None
    at: datetime
    type: str
    sentence: str
    who: str


@require_safe
@page(Permission.READ_LEDGER)
def integrity_page(request: HttpRequest) -> HttpResponse:
    """How the ledger is doing, and its latest entries."""
    return render(request, "web/integrity.html", _context(request))


@require_POST
@page(Permission.READ_LEDGER)
def verify(request: HttpRequest) -> HttpResponse:
    """Derive the whole ledger again; part of the page for htmx, else all of it."""
    started = time.monotonic()
    report = verification.verify(at=timezone.now())
    found = {"report": report, "seconds": f"{time.monotonic() - started:.1f}"}
    if request.headers.get("HX-Request") == "true":
        return render(request, "web/_verification.html", found)
    return render(request, "web/integrity.html", _context(request) | found)


def _context(request: HttpRequest) -> dict[str, object]:
    checkpoint = queries.latest_checkpoint()
    before = _before(request)
    found = queries.entries(limit=PAGE_SIZE + 1, before_index=before)
    lines = [_line(entry) for entry in found[:PAGE_SIZE]]
    here = reverse("web:integrity")
    more = len(found) > PAGE_SIZE
    return {
        "light": light_of(at=timezone.now()),
        "checkpoint": checkpoint,
        "root": checkpoint.root.hex() if checkpoint else "",
        "public_key": log_vkey(),
        "state": queries.ledger_state(),
        "alarms": queries.alarms(limit=20),
        "entries": lines,
        "next_url": f"{here}?before={lines[-1].index}#recent-title" if more else "",
        "first_url": here if before is not None else "",
    }


def _before(request: HttpRequest) -> int | None:
    return number_in(request.GET.get("before", ""))


def _line(entry: EntryView) -> EntryLine:
    return EntryLine(
        id=entry.id,
        index=entry.index,
        at=entry.at,
        type=entry.type,
        sentence=sentence(entry.type, entry.fields),
        who=entry.actor.name,
    )
