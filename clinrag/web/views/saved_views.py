"""Keeping the filters of the library under a name, for oneself."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from clinrag.access.saved_views import MOST, drop_view, save_view
from clinrag.web.addresses import words_in
from clinrag.web.library import wanted_from
from clinrag.web.people import READERS, page, person_of

LIBRARY = "documents"


@require_POST
@page(*READERS)
def keep_view(request: HttpRequest) -> HttpResponse:
    """Keep the filters sent, as far as they are filters, under the name given."""
    person, at = person_of(request), timezone.now()
    asked = QueryDict(request.POST.get("query", ""))
    query = wanted_from(asked, person=person, at=at).query
    name = words_in(request.POST.get("name", ""))
    if save_view(person, page=LIBRARY, name=name, query=query, at=at):
        messages.success(request, _("Kept as “%(name)s”.") % {"name": name})
    else:
        words = _("A view needs a name and a filter; %(most)d are kept at most.")
        messages.error(request, words % {"most": MOST})
    return redirect(reverse("web:documents") + (f"?{query}" if query else ""))


@require_POST
@page(*READERS)
def forget_view(request: HttpRequest, view_id: int) -> HttpResponse:
    """Forget one of one's own views."""
    drop_view(person_of(request), view_id=view_id)
    return redirect("web:documents")
