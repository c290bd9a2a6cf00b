"""Golden questions of a collection: kept, taken from a CSV file, retired."""

from functools import partial
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from clinrag.access.roles import Permission
from clinrag.answering.foresight import golden
from clinrag.answering.foresight_states import Expects
from clinrag.web.forms import PageForm
from clinrag.web.people import STEWARDS, actor_of, may, page, person_of
from clinrag.web.taking import take
from clinrag.web.visibility import collection_or_404
from ingestion.queries import CollectionView

KEEPERS = (Permission.REVIEW, Permission.INGEST)
LARGEST_CSV = 1_000_000


class GoldenForm(PageForm):
    """A question with words that must be cited, or one that must be refused."""

    text = forms.CharField(
        label=gettext_lazy("Question"),
        max_length=golden.LONGEST,
        help_text=gettext_lazy("Without anything about a patient."),
    )
    expects = forms.ChoiceField(
        label=gettext_lazy("It should come to"),
        choices=[
            (Expects.PASSAGE.value, gettext_lazy("an answer that cites these words")),
            (Expects.REFUSAL.value, gettext_lazy("a refusal")),
        ],
    )
    quotation = forms.CharField(
        label=gettext_lazy("Words that must be cited"),
        max_length=golden.LONGEST,
        required=False,
        widget=forms.Textarea({"rows": 2}),
    )


@require_safe
@page(*STEWARDS)
def golden_page(request: HttpRequest, slug: str) -> HttpResponse:
    """List the golden questions of a collection."""
    return _render(
        request, collection_or_404(slug, person=person_of(request)), GoldenForm()
    )


def _render(
    request: HttpRequest,
    collection: CollectionView,
    form: GoldenForm,
    *,
    status: int = 200,
) -> HttpResponse:
    context = {
        "collection": collection,
        "questions": golden.golden_questions(collection.slug),
        "form": form,
        "may_keep": any(may(request, one) for one in KEEPERS),
        "columns": ", ".join(golden.COLUMNS),
    }
    return render(request, "web/golden.html", context, status=status)


@require_POST
@page(*KEEPERS)
def keep_question(request: HttpRequest, slug: str) -> HttpResponse:
    """Keep one question."""
    collection = collection_or_404(slug, person=person_of(request))
    form = GoldenForm(request.POST)
    if not form.is_valid():
        return _render(request, collection, form, status=422)
    given = form.cleaned_data
    step = partial(
        golden.keep_golden_question,
        collection.slug,
        text=given["text"],
        expects=Expects(given["expects"]),
        quotation=given["quotation"],
        by=actor_of(request),
        at=timezone.now(),
    )
    done = _("Kept. It is asked of each edition.")
    return take(request, step, done=done, back=_page_of(slug))


@require_POST
@page(*KEEPERS)
def import_questions(request: HttpRequest, slug: str) -> HttpResponse:
    """Keep those of a CSV file, all of them or none."""
    collection = collection_or_404(slug, person=person_of(request))
    file = request.FILES.get("file")
    if file is None or (file.size or 0) > LARGEST_CSV:
        messages.error(request, _("Choose a CSV file of at most one megabyte."))
        return redirect("web:golden", slug)
    step = partial(
        golden.import_golden_questions,
        collection.slug,
        data=file.read(),
        by=actor_of(request),
        at=timezone.now(),
    )
    done = _("The questions of the file are kept.")
    return take(request, step, done=done, back=_page_of(slug))


@require_POST
@page(*KEEPERS)
def retire_question(request: HttpRequest, slug: str, question_id: UUID) -> HttpResponse:
    """Ask a question no longer."""
    step = partial(
        golden.retire_golden_question,
        question_id,
        collection=collection_or_404(slug, person=person_of(request)).slug,
        by=actor_of(request),
        at=timezone.now(),
    )
    done = _("Retired. Its record stays.")
    return take(request, step, done=done, back=_page_of(slug))


def _page_of(slug: str) -> str:
    return reverse("web:golden", args=[slug])
