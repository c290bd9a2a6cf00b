"""The evidence page of one answer, its raw form and its receipt.

Reading what is sealed leaves an entry of its own, with the purpose this person chose,
before anything is shown; the receipt holds nothing sealed and leaves none.
"""

import json
from dataclasses import asdict, dataclass
from typing import Any
from uuid import UUID

from django.core.serializers.json import DjangoJSONEncoder
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from audit import queries as ledger
from audit.errors import AuditError
from clinrag.access.roles import Permission
from clinrag.answering import queries
from clinrag.answering.errors import AnsweringError
from clinrag.answering.reviews.assignments import standing_assignments
from clinrag.answering.reviews.queries import remarks_of
from clinrag.answering.types import AnswerView, SealedAnswer
from clinrag.web.documents import encounter_of, parts_of
from clinrag.web.evidence import (
    prompt_messages,
    retrieved_lines,
    sources_of,
    timing_of,
)
from clinrag.web.labels import parameter_words
from clinrag.web.people import actor_of, may, page, person_of
from clinrag.web.proof import Proof, proof_of
from clinrag.web.recall_labels import standing_label
from clinrag.web.telling import told
from clinrag.web.views.emergencies import CLINICAL, closed_answer
from clinrag.web.views.reading import own_answer, remark_forms, remarks_shown
from clinrag.web.views.reviewing import eligible_reviewers
from clinrag.web.views.session import purpose_context, purpose_of
from clinrag.web.visibility import answer_or_404, reviews

SURFACE = "web.evidence"


@dataclass(frozen=True, slots=True)
class EntryText:
    """A ledger entry, told and as it stands."""

    title: str
    sentence: str
    text: str


@require_safe
@page(Permission.READ_LEDGER, *CLINICAL)
def answer_page(request: HttpRequest, answer_id: UUID) -> HttpResponse:
    """Question, answer, citations, everything retrieved, prompt, and proof.

    Who asked finds his answer, who is to review it the page for that; others find it
    closed, with a way in for an emergency.
    """
    view = answer_or_404(answer_id)
    if not may(request, Permission.READ_LEDGER):
        return _without_ledger(request, view)
    sealed, problem = _open(request, view)
    at = timezone.now()
    result = sealed.result if sealed else None
    context = {
        "view": view,
        "sealed": sealed,
        "sealed_problem": problem,
        "parts": parts_of(result),
        "told": encounter_of(result, sealed.masked_context) if sealed else [],
        "sources": sources_of(result.citations, at=at) if result else [],
        "retrieved": retrieved_lines(view.retrieved, at=at),
        "prompt": prompt_messages(sealed.prompt) if sealed else [],
        "timing": timing_of(view),
        "parameters": [parameter_words(*one) for one in view.parameters],
        "proof": _proof(view),
        "entries": _entries(view),
        "may_export": may(request, Permission.EXPORT_LEDGER),
        "standing": standing_label(view.row.id, at=at),
        **_said(request, view),
        **purpose_context(request),
    }
    return render(request, "web/answer.html", context)


def _without_ledger(request: HttpRequest, view: AnswerView) -> HttpResponse:
    if view.row.actor_id == actor_of(request).id:
        return own_answer(request, view)
    if reviews(view.row, person_of(request)):
        return redirect("web:scoring", answer_id=view.row.id)
    return closed_answer(request, view)


def _said(request: HttpRequest, view: AnswerView) -> dict[str, object]:
    """What was said of it, who is to review it, and the forms for both."""
    answer_id = view.row.id
    return {
        **remarks_shown(
            request,
            remarks_of(answer_id),
            purpose=purpose_of(request),
            surface=SURFACE,
        ),
        **remark_forms(request, view.row),
        "assigned": standing_assignments(answer_ids=[answer_id]),
        "reviewers": eligible_reviewers(view.row) if view.row.outcome else [],
        "may_assign": True,
    }


def _open(request: HttpRequest, view: AnswerView) -> tuple[SealedAnswer | None, str]:
    """The sealed content, recorded as read; or the sentence why there is none."""
    try:
        sealed = queries.sealed_answer(
            view.row.id,
            by=actor_of(request),
            at=timezone.now(),
            purpose=purpose_of(request),
            surface=SURFACE,
        )
    except (AuditError, AnsweringError) as error:
        return None, str(error)
    return sealed, ""


def _proof(view: AnswerView) -> Proof:
    return proof_of(view.row.entry_id, leaf_hash=view.leaf_hash or "")


def _entries(view: AnswerView) -> list[EntryText]:
    ids = [view.row.query_entry_id, view.row.entry_id]
    return [_entry_text(entry_id) for entry_id in ids if entry_id is not None]


def _entry_text(entry_id: UUID) -> EntryText:
    try:
        entry = ledger.entry(entry_id)
    except AuditError as error:
        return EntryText(str(entry_id), str(error), "")
    text = _indented(entry.entry_bytes) if entry.is_readable else ""
    number = "" if entry.index is None else f" {entry.index}"
    return EntryText(f"{entry.type}{number}", told(entry), text)


def _indented(entry_bytes: bytes) -> str:
    return json.dumps(json.loads(entry_bytes), indent=2, ensure_ascii=False)


@require_safe
@page(Permission.READ_LEDGER)
def answer_json(request: HttpRequest, answer_id: UUID) -> HttpResponse:
    """All that the page shows, for programs; this reading is recorded as well."""
    view = answer_or_404(answer_id)
    sealed, problem = _open(request, view)
    raw: dict[str, Any] = {
        "answer": asdict(view),
        "sealed": asdict(sealed) if sealed else None,
        "sealed_problem": problem or None,
        "receipt": _proof(view).receipt or None,
    }
    options = {"indent": 2, "ensure_ascii": False}
    response = JsonResponse(raw, encoder=DjangoJSONEncoder, json_dumps_params=options)
    return _named(response, f"answer-{answer_id}.json")


@require_safe
@page(Permission.READ_LEDGER)
def receipt(request: HttpRequest, answer_id: UUID) -> HttpResponse:
    """The proof as verifiers written by others read it; nothing sealed."""
    del request
    proof = _proven(answer_id)
    text = HttpResponse(proof.receipt.encode(), "text/plain; charset=utf-8")
    return _named(text, f"answer-{answer_id}.tlog-proof")


@require_safe
@page(Permission.READ_LEDGER)
def entry_bytes(request: HttpRequest, answer_id: UUID) -> HttpResponse:
    """The exact bytes that were hashed into the tree; nothing sealed."""
    del request
    proof = _proven(answer_id)
    exact = HttpResponse(proof.entry_bytes, "application/octet-stream")
    return _named(exact, f"answer-{answer_id}.entry")


def _proven(answer_id: UUID) -> Proof:
    proof = _proof(answer_or_404(answer_id))
    if not proof.receipt:
        raise Http404
    return proof


def _named(response: HttpResponse, filename: str) -> HttpResponse:
    response.headers["Content-Disposition"] = f'attachment; filename="{filename}"'
    return response
