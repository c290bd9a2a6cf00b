"""Two editions of one document, side by side."""

from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from clinrag.web.comparison import comparison_page
from clinrag.web.people import READERS, page, person_of
from clinrag.web.visibility import document_or_404, version_or_404
from ingestion.queries.comparing import comparison


@require_safe
@page(*READERS)
def compare_page(request: HttpRequest, old_id: UUID, new_id: UUID) -> HttpResponse:
    """Show what changed from one edition to another of the same document."""
    person, at = person_of(request), timezone.now()
    old = version_or_404(old_id, person=person, at=at)
    new = version_or_404(new_id, person=person, at=at)
    if old.document_id != new.document_id:
        raise Http404
    shown = comparison_page(comparison(old_id, new_id))
    context = {
        "document": document_or_404(new.document_id, person=person),
        "old": old,
        "new": new,
        "sections": shown.sections,
        "numbers": shown.numbers,
        "unchanged": shown.unchanged,
        "summary": shown.summary,
    }
    return render(request, "web/compare.html", context)
