"""Changing several documents of the library at once."""

from collections.abc import Iterator
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from clinrag.access.queries import people_who_may
from clinrag.access.roles import Permission
from clinrag.web.bulk import MATCHING, MOST, BulkForm, Outcome, change_all
from clinrag.web.errors import unavailable
from clinrag.web.library import wanted_from
from clinrag.web.people import actor_of, page, person_of
from clinrag.web.visibility import document_or_404
from ingestion.queries import DocumentView
from ingestion.queries.library import library_page


@require_POST
@page(Permission.INGEST)
def change_documents(request: HttpRequest) -> HttpResponse:
    """Give the documents chosen, or all that match, another owner or review day."""
    form = BulkForm(request.POST, people=people_who_may(Permission.INGEST))
    back = reverse("web:documents")
    query = request.POST.get("query", "")
    if query:
        back = f"{back}?{QueryDict(query).urlencode()}"
    if not form.is_valid():
        for name, errors in form.errors.items():
            label = form.fields[name].label if name in form.fields else ""
            messages.error(request, f"{label}: {' '.join(map(str, errors))}")
        return redirect(back)
    chosen = list(_chosen(request, form, query))
    if not 0 < len(chosen) <= MOST:
        messages.error(request, _why_not(len(chosen)))
        return redirect(back)
    at = timezone.now()
    outcome = change_all(chosen, form=form, by=actor_of(request), at=at)
    _tell(request, outcome)
    if outcome.stopped:
        return unavailable(request, explanation=outcome.stopped)
    return redirect(back)


def _chosen(request: HttpRequest, form: BulkForm, query: str) -> Iterator[DocumentView]:
    """The documents meant, as far as this person may see them."""
    person, at = person_of(request), timezone.now()
    if form.cleaned_data["scope"] == MATCHING:
        wanted = wanted_from(QueryDict(query), person=person, at=at)
        yield from library_page(wanted.filter, at=at, limit=MOST + 1)
        return
    for text in request.POST.getlist("document")[: MOST + 1]:
        try:
            yield document_or_404(UUID(text), person=person, at=at)
        except (Http404, ValueError):
            continue


def _why_not(number: int) -> str:
    if not number:
        return _("Choose at least one document.")
    return _("At most %(n)d documents at once: narrow the filters.") % {"n": MOST}


def _tell(request: HttpRequest, outcome: Outcome) -> None:
    told = ngettext(
        "%(n)d document changed.", "%(n)d documents changed.", outcome.changed
    ) % {"n": outcome.changed}
    if outcome.same:
        told += " " + _("%(n)d had it already.") % {"n": outcome.same}
    messages.success(request, told)
    if outcome.refused:
        refused = _("%(n)d could not be changed.") % {"n": outcome.refused}
        messages.error(request, refused)
