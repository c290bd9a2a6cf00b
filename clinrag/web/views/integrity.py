"""The ledger's own page: the light, who vouches, alarms, shards, keys, entries.

Verification runs in a worker, for it takes longer than a page may; see
`views.verifications`.
"""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from audit import queries, shards
from audit.events import EventType
from audit.offline.bundle import zipapp_bytes
from audit.queries import EntryView
from audit.signing.public_key import log_vkey
from clinrag.access.roles import Permission
from clinrag.web.addresses import number_in
from clinrag.web.custody_forms import VerificationForm
from clinrag.web.integrity import light_of
from clinrag.web.people import page
from clinrag.web.runs import run_lines
from clinrag.web.telling import names_in, told
from clinrag.web.vouchers import checkpoint_lines, voucher_lines

PAGE_SIZE = 25
NEWEST = 5
LISTED = 50
ABOUT_THE_LOG = (EventType.LOG_KEY_ROTATED, EventType.LOG_SHARD_OPENED)


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
    """How the ledger is doing, who vouches for it, and its latest entries."""
    return render(request, "web/integrity.html", integrity_context(request))


def integrity_context(request: HttpRequest) -> dict[str, Any]:
    """All that the page shows."""
    at, checkpoint = timezone.now(), queries.latest_checkpoint()
    every = shards.shards()
    firsts = {one.number: one.first_index for one in every}
    newest = queries.signed_checkpoints(limit=NEWEST)
    return {
        "light": light_of(at=at),
        "checkpoint": checkpoint,
        "root": checkpoint.root.hex() if checkpoint else "",
        "public_key": log_vkey(),
        "has_policy": bool(settings.CLINRAG_WITNESS_POLICY),
        "state": queries.ledger_state(),
        "alarms": queries.alarms(limit=20),
        "vouchers": voucher_lines(),
        "checkpoints": checkpoint_lines(newest, first_indices=firsts),
        "shards": every,
        "changes": _told(queries.entries(limit=20, types=ABOUT_THE_LOG)),
        "form": VerificationForm(),
        "runs": run_lines(at=at),
        **_latest_entries(request),
    }


def _latest_entries(request: HttpRequest) -> dict[str, Any]:
    before = number_in(request.GET.get("before", ""))
    found = queries.entries(limit=PAGE_SIZE + 1, before_index=before)
    lines = _told(found[:PAGE_SIZE])
    here = reverse("web:integrity")
    more = len(found) > PAGE_SIZE
    return {
        "entries": lines,
        "next_url": f"{here}?before={lines[-1].index}#recent-title" if more else "",
        "first_url": here if before is not None else "",
    }


def _told(entries: list[EntryView]) -> list[EntryLine]:
    names = names_in(entries)
    return [
        EntryLine(
            id=entry.id,
            index=entry.index,
            at=entry.at,
            type=entry.type,
            sentence=told(entry, names),
            who=entry.actor.name,
        )
        for entry in entries
    ]


@require_safe
@page(Permission.READ_LEDGER)
def checkpoints_page(request: HttpRequest) -> HttpResponse:
    """Every signed checkpoint with what vouches for it, newest first."""
    before = _place(request)
    found = queries.signed_checkpoints(limit=LISTED + 1, before=before)
    firsts = {one.number: one.first_index for one in shards.shards()}
    here, last = reverse("web:checkpoints"), found[:LISTED][-1:]
    more = f"{here}?before={last[0].shard}-{last[0].size}" if last else ""
    context = {
        "checkpoints": checkpoint_lines(found[:LISTED], first_indices=firsts),
        "next_url": more if len(found) > LISTED else "",
        "first_url": here if before is not None else "",
    }
    return render(request, "web/checkpoints.html", context)


def _place(request: HttpRequest) -> tuple[int, int] | None:
    shard, _dash, size = request.GET.get("before", "").partition("-")
    first, second = number_in(shard), number_in(size)
    return None if first is None or second is None else (first, second)


@require_safe
@page(Permission.READ_LEDGER)
def verifier(request: HttpRequest) -> HttpResponse:
    """The verifier as one file that Python runs, without ClinRAG or a database."""
    del request
    return _file(zipapp_bytes(), "verifier.pyz", "application/zip")


@require_safe
@page(Permission.READ_LEDGER)
def public_key(request: HttpRequest) -> HttpResponse:
    """The key that checkpoints are checked with, as a C2SP verifier key."""
    del request
    key = log_vkey()
    if not key:
        raise Http404
    return _file(f"{key}\n".encode(), "log.vkey", "text/plain; charset=utf-8")


@require_safe
@page(Permission.READ_LEDGER)
def witness_policy(request: HttpRequest) -> HttpResponse:
    """Which witnesses this deployment asks, and how many have to agree."""
    del request
    if not settings.CLINRAG_WITNESS_POLICY:
        raise Http404
    try:
        text = Path(settings.CLINRAG_WITNESS_POLICY).read_bytes()
    except OSError as error:
        raise Http404 from error
    return _file(text, "witness-policy.txt", "text/plain; charset=utf-8")


def _file(content: bytes, name: str, media_type: str) -> HttpResponse:
    response = HttpResponse(content, content_type=media_type)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
