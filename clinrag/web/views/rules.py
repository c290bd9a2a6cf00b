"""How files of a collection are read and cut, and the index built by that."""

from collections.abc import Sequence
from functools import partial

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
from clinrag.web.forms import PageForm
from clinrag.web.people import STEWARDS, actor_of, may, page, person_of
from clinrag.web.taking import take
from clinrag.web.visibility import visible_collections
from ingestion.actions import set_reading_rules, start_build, switch_build
from ingestion.queries import BuildView, CollectionView, ReadingRules, builds_of
from ingestion.tasks import enqueue_build

LEAST, MOST = 64, 8192
SHOWN = 10


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
        choices=[
            ("accept", gettext_lazy("read as if all were accepted")),
            ("reject", gettext_lazy("read as if all were rejected")),
            ("refuse", gettext_lazy("refuse the file until its author settles them")),
        ],
    )


@require_safe
@page(*STEWARDS)
def rules_page(request: HttpRequest, slug: str) -> HttpResponse:
    """Show the rules of a collection and the builds of its index."""
    collection = _collection(request, slug)
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
    collection, form = _collection(request, slug), RulesForm(request.POST)
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
    collection = _collection(request, slug)

    @transaction.atomic
    def step() -> None:
        by, at = actor_of(request), timezone.now()
        enqueue_build(start_build(collection.id, by=by, at=at))

    done = _("The index is being built.")
    return take(request, step, done=done, back=_page_of(slug))


@require_POST
@page(Permission.ACTIVATE)
def switch_index(request: HttpRequest, slug: str) -> HttpResponse:
    """Search by the index that was built, if it is complete."""
    build = _open_among(builds_of(_collection(request, slug).id, limit=1))
    if build is None:
        raise Http404
    step = partial(switch_build, build.id, by=actor_of(request), at=timezone.now())
    done = _("The collection is searched by the new index.")
    return take(request, step, done=done, back=_page_of(slug))


def _collection(request: HttpRequest, slug: str) -> CollectionView:
    for one in visible_collections(person_of(request)):
        if one.slug == slug:
            return one
    raise Http404


def _open_among(builds: Sequence[BuildView]) -> BuildView | None:
    """The newest, if it still goes on: no other is begun beside it."""
    newest = next(iter(builds), None)
    return newest if newest and newest.state == "building" else None


def _render(
    request: HttpRequest,
    collection: CollectionView,
    form: RulesForm,
    *,
    status: int = 200,
) -> HttpResponse:
    builds = builds_of(collection.id, limit=SHOWN)
    context = {
        "collection": collection,
        "form": form,
        "builds": builds,
        "open_build": _open_among(builds),
        "may_set": may(request, Permission.ACTIVATE),
    }
    return render(request, "web/rules.html", context, status=status)


def _page_of(slug: str) -> str:
    return reverse("web:rules", args=[slug])
