"""How files of a collection are read and cut, and the index built by that."""

from collections.abc import Callable
from functools import partial
from typing import Any
from uuid import UUID

from django import forms
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from clinrag.access.roles import Permission
from clinrag.web.builds import build_lines
from clinrag.web.forms import PageForm
from clinrag.web.labels import Words
from clinrag.web.people import STEWARDS, actor_of, may, page, person_of
from clinrag.web.taking import take
from clinrag.web.visibility import collection_or_404, visible_slugs
from ingestion import queries
from ingestion.actions import (
    abandon_build,
    retry_build,
    set_reading_rules,
    start_build,
    switch_build,
)
from ingestion.errors import BuildNotFound
from ingestion.queries import CollectionView, ReadingRules
from ingestion.tasks import enqueue_build

LEAST, MOST = 64, 8192
SHOWN = 10
TRACKED: dict[str, Words] = {
    "accept": gettext_lazy("read as if all were accepted"),
    "reject": gettext_lazy("read as if all were rejected"),
    "refuse": gettext_lazy("refuse the file until its author settles them"),
}


class RulesForm(PageForm):
    """Sizes of passages, and what becomes of changes nobody settled."""

    chunk_tokens = forms.IntegerField(
        label=gettext_lazy("Longest passage, in tokens"),
        help_text=gettext_lazy("From 64 to 8,192; empty for what the embedder reads."),
        min_value=LEAST,
        max_value=MOST,
        required=False,
    )
    chunk_min_tokens = forms.IntegerField(
        label=gettext_lazy("Paragraphs below this may join, in tokens"),
        help_text=gettext_lazy("At most half of the longest; empty for 32."),
        min_value=0,
        max_value=MOST // 2,
        required=False,
    )
    tracked_changes = forms.ChoiceField(
        label=gettext_lazy("Tracked changes in Word and ODT files"),
        choices=list(TRACKED.items()),
    )


@require_safe
@page(*STEWARDS)
def rules_page(request: HttpRequest, slug: str) -> HttpResponse:
    """Show the rules of a collection and the builds of its index."""
    collection = collection_or_404(slug, person=person_of(request))
    rules = collection.rules
    form = RulesForm(
        initial={
            "chunk_tokens": rules.chunk_tokens,
            "chunk_min_tokens": rules.chunk_min_tokens,
            "tracked_changes": rules.tracked_changes,
        }
    )
    return _render(request, collection, form)


@require_POST
@page(Permission.ACTIVATE)
def set_rules(request: HttpRequest, slug: str) -> HttpResponse:
    """Read and cut by other rules from here on."""
    collection = collection_or_404(slug, person=person_of(request))
    form = RulesForm(request.POST)
    if not form.is_valid():
        return _render(request, collection, form, status=422)
    step = partial(
        set_reading_rules,
        collection.id,
        rules=ReadingRules(**form.cleaned_data),
        by=actor_of(request),
        at=timezone.now(),
    )
    done = _("Set. New editions are read by these rules.")
    return take(request, step, done=done, back=_page_of(slug))


@require_POST
@page(Permission.ACTIVATE)
def build_index(request: HttpRequest, slug: str) -> HttpResponse:
    """Have the workers cut what is there by the rules, beside what is searched."""
    collection = collection_or_404(slug, person=person_of(request))

    @transaction.atomic
    def step() -> None:
        by, at = actor_of(request), timezone.now()
        enqueue_build(start_build(collection.id, by=by, at=at))

    done = _("The index is being built.")
    return take(request, step, done=done, back=_page_of(slug))


@require_POST
@page(Permission.ACTIVATE)
def switch_index(request: HttpRequest, build_id: UUID) -> HttpResponse:
    """Search by the index that was built, if it is complete."""
    done = _("The collection is searched by the new index.")
    return _stepped(request, build_id, switch_build, done=done)


@require_POST
@page(Permission.ACTIVATE)
def retry_index(request: HttpRequest, build_id: UUID) -> HttpResponse:
    """Try again what failed in a build."""
    done = _("What failed is tried again.")
    return _stepped(request, build_id, _retry, done=done)


@require_POST
@page(Permission.ACTIVATE)
def abandon_index(request: HttpRequest, build_id: UUID) -> HttpResponse:
    """Stop a build; searches go on by the index in use."""
    done = _("Abandoned. The collection is searched by the index in use, as before.")
    return _stepped(request, build_id, abandon_build, done=done)


def _stepped(
    request: HttpRequest, build_id: UUID, step: Callable[..., Any], *, done: Words
) -> HttpResponse:
    """The build is named by the form, so that none is meant that nobody saw."""
    slug = _slug_of(request, build_id)
    taken = partial(step, build_id, by=actor_of(request), at=timezone.now())
    return take(request, taken, done=done, back=_page_of(slug))


@transaction.atomic
def _retry(build_id: UUID, **who: Any) -> None:
    retry_build(build_id, **who)
    enqueue_build(build_id)


def _slug_of(request: HttpRequest, build_id: UUID) -> str:
    try:
        slug = queries.build(build_id).collection_slug
    except BuildNotFound as error:
        raise Http404 from error
    if slug not in visible_slugs(person_of(request)):
        raise Http404
    return slug


def _render(
    request: HttpRequest,
    collection: CollectionView,
    form: RulesForm,
    *,
    status: int = 200,
) -> HttpResponse:
    builds = build_lines(queries.builds_of(collection.id, limit=SHOWN))
    context = {
        "collection": collection,
        "form": form,
        "tracked": TRACKED[collection.rules.tracked_changes],
        "builds": builds,
        "open_build": next((one for one in builds if one.is_open), None),
        "may_set": may(request, Permission.ACTIVATE),
    }
    return render(request, "web/rules.html", context, status=status)


def _page_of(slug: str) -> str:
    return reverse("web:rules", args=[slug])
