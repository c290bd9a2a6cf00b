"""Opening a collection: a body of documents of one specialty and one language."""

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from clinrag.access.roles import Permission
from clinrag.web.forms import PageForm
from clinrag.web.people import actor_of, page
from ingestion.actions import create_collection
from ingestion.errors import IngestionError


class CollectionForm(PageForm):
    """What a collection is called, what it is about, and whom it is for."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=200)
    slug = forms.SlugField(
        label=gettext_lazy("Short name"),
        help_text=gettext_lazy(
            "Stands in addresses, such as “respiratory”, and never changes."
        ),
        max_length=80,
    )
    specialty = forms.CharField(label=gettext_lazy("Specialty"), max_length=100)
    language = forms.CharField(
        label=gettext_lazy("Language"),
        help_text=gettext_lazy("Its code, such as “en” or “de-CH”."),
        max_length=8,
    )
    audience = forms.ChoiceField(
        label=gettext_lazy("Whom it is for"),
        help_text=gettext_lazy(
            "What is granted, an administrator grants: without that, not even whoever"
            " opened it sees it."
        ),
        choices=[
            ("everyone", gettext_lazy("everyone with an account")),
            ("granted", gettext_lazy("those whom it is granted to")),
        ],
    )


@require_http_methods(["GET", "HEAD", "POST"])
@page(Permission.ACTIVATE)
def new_collection(request: HttpRequest) -> HttpResponse:
    """Open a collection; its short name lets a form sent twice make but one."""
    form = CollectionForm(request.POST or None)
    if form.is_valid() and _opened(request, form):
        messages.success(request, _("It is open. Add its first edition."))
        return redirect("web:upload")
    status = 422 if form.errors else 200
    return render(request, "web/collection_new.html", {"form": form}, status=status)


def _opened(request: HttpRequest, form: CollectionForm) -> bool:
    try:
        create_collection(**form.cleaned_data, by=actor_of(request), at=timezone.now())
    except IngestionError as error:
        form.add_error(None, str(error))
        return False
    return True
