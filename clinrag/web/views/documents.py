"""A document: its editions in time, and one of them beside its source."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from clinrag.access.queries import names_of
from clinrag.access.roles import Permission
from clinrag.answering.impact.counting import count_touched
from clinrag.answering.impact.targets import version_target
from clinrag.answering.impact.types import ImpactCounts
from clinrag.web.correction_forms import LookedThroughForm
from clinrag.web.editions import (
    Moment,
    at_moment,
    current_edition,
    rail_of,
)
from clinrag.web.forms import MomentsForm
from clinrag.web.metadata import told_history
from clinrag.web.people import READERS, page, person_of
from clinrag.web.reading import text_of
from clinrag.web.sources import is_shown_as_pages, source_is_kept
from clinrag.web.views.impact import traces_impact
from clinrag.web.visibility import document_or_404, is_steward, visible_versions
from clinrag.web.warnings import told_warnings
from ingestion import queries
from ingestion.lifecycle import Status
from ingestion.queries import DocumentView, VersionView
from ingestion.queries.records import ReminderView


@dataclass(frozen=True, slots=True)
class Asked:
    """What an address asks for."""

    moment: Moment
    form: MomentsForm
    edition: str
    at: datetime


@require_safe
@page(*READERS)
def document_page(request: HttpRequest, document_id: UUID) -> HttpResponse:
    """One document: the rail of its editions, newest first, and one of them to read."""
    person, asked = person_of(request), _asked(request)
    known_at = asked.moment.known_at
    document = document_or_404(
        document_id, person=person, at=asked.at, known_at=known_at
    )
    seen = visible_versions(document_id, person=person, at=asked.at)
    versions = at_moment(seen, asked.moment)
    chosen = _chosen(versions, asked.edition)
    today = timezone.localdate(asked.at)
    context = {
        "document": document,
        "owner": names_of([document.owner_id]).get(document.owner_id, ""),
        "form": asked.form,
        "moment": asked.moment,
        "nothing_applied": not asked.moment.is_now and not _applied(versions),
        "stops": rail_of(versions, chosen=chosen, moment=asked.moment),
        "overdue": document.review_by is not None and document.review_by < today,
        "may_ingest": person.may(Permission.INGEST),
        "reminders": _reminders(document) if person.may(Permission.INGEST) else (),
        "looked_through": LookedThroughForm(),
        "history": told_history(document_id) if is_steward(person) else (),
        **(_opened(request, chosen) if chosen else {}),
    }
    return render(request, "web/document.html", context)


def _reminders(document: DocumentView) -> list[ReminderView]:
    """Those that are open, the most overdue first."""
    return queries.reminders(document_id=document.id)


def _asked(request: HttpRequest) -> Asked:
    form = MomentsForm(request.GET)
    form.is_valid()
    values = form.cleaned_data
    return Asked(
        moment=Moment(values.get("as_of"), values.get("known_at")),
        form=form,
        edition=request.GET.get("edition", ""),
        at=timezone.now(),
    )


def _chosen(versions: Sequence[VersionView], wanted: str) -> VersionView | None:
    """The edition that the address names, else the one that matters most."""
    named = next((one for one in versions if str(one.id) == wanted), None)
    return named or current_edition(versions)


def _applied(versions: Sequence[VersionView]) -> bool:
    return any(one.status == Status.IN_FORCE for one in versions)


def _opened(request: HttpRequest, version: VersionView) -> dict[str, Any]:
    """What is shown of the edition that is open."""
    passages = queries.passages_of(version.id)
    return {
        "version": version,
        "segments": text_of(version, passages),
        "passage_count": len(passages),
        "has_pages": is_shown_as_pages(version),
        "has_source": source_is_kept(version),
        "warnings": told_warnings(version.warnings),
        "counts": _counts(request, version),
    }


def _counts(request: HttpRequest, version: VersionView) -> ImpactCounts | None:
    """How many answers used the edition, for whoever may trace them."""
    if not traces_impact(request) or version.in_force_from is None:
        return None
    return count_touched(version_target(version.id))
