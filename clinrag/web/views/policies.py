"""How strictly a collection is answered from: what was set, what holds, setting it.

Promises: what is set replaces what its setter saw. An administrator is bound by no
grant: whoever sets a policy need not be able to read what it guards.
"""

from functools import partial
from typing import Final

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from clinrag.access.roles import Permission
from clinrag.answering.policies import (
    LONGEST_REASON,
    PolicyView,
    effective_terms,
    policies_of,
    policy_of,
    set_policy,
)
from clinrag.answering.policy import GroundingPolicy, IdentifierPolicy, PolicyTerms
from clinrag.answering.services import default_policy
from clinrag.web.forms import PageForm
from clinrag.web.labels import Words
from clinrag.web.people import STEWARDS, actor_of, may, page, person_of
from clinrag.web.taking import take
from clinrag.web.visibility import collection_or_404
from ingestion.errors import CollectionNotFound
from ingestion.queries import CollectionView, collection_by_slug

READERS: Final = (*STEWARDS, Permission.ADMINISTER)
GROUNDING: dict[str, Words] = {
    "drop": gettext_lazy("left out, and said so"),
    "flag": gettext_lazy("some are shown, marked in their text"),
    "refuse": gettext_lazy("no answer"),
}
IDENTIFIERS: dict[str, Words] = {
    "mask": gettext_lazy("taken out before the search"),
    "refuse": gettext_lazy("not answered"),
}


class PolicyForm(PageForm):
    """All terms, and why; `seen` is the number of the policy they replace."""

    seen = forms.IntegerField(widget=forms.HiddenInput, min_value=0)
    grounding = forms.ChoiceField(
        label=gettext_lazy("Claims that nothing cited supports"),
        choices=list(GROUNDING.items()),
        widget=forms.RadioSelect,
    )
    identifiers = forms.ChoiceField(
        label=gettext_lazy("A question with a patient's identifiers"),
        choices=list(IDENTIFIERS.items()),
        widget=forms.RadioSelect,
    )
    external_models = forms.BooleanField(
        label=gettext_lazy("Questions and passages may go to a model outside"),
        required=False,
    )
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        help_text=gettext_lazy(
            "Needed when anything becomes less strict. It stands in the ledger in the"
            " clear: name no patient."
        ),
        max_length=LONGEST_REASON,
        required=False,
        widget=forms.Textarea({"rows": 2}),
    )

    @property
    def terms(self) -> PolicyTerms:
        """What was chosen, once the form is valid."""
        return PolicyTerms(
            GroundingPolicy(self.cleaned_data["grounding"]),
            IdentifierPolicy(self.cleaned_data["identifiers"]),
            self.cleaned_data["external_models"],
        )


@require_safe
@page(*READERS)
def policy_page(request: HttpRequest, slug: str) -> HttpResponse:
    """What was set, what holds, and what was set before."""
    return _shown(request, _collection(request, slug))


@require_POST
@page(Permission.ADMINISTER)
def set_collection_policy(request: HttpRequest, slug: str) -> HttpResponse:
    """Let other terms hold for questions from now on."""
    collection = _collection(request, slug)
    form = PolicyForm(request.POST)
    if not form.is_valid():
        return _shown(request, collection, form)
    step = partial(
        set_policy,
        collection,
        terms=form.terms,
        seen=form.cleaned_data["seen"],
        default=default_policy(),
        reason=form.cleaned_data["reason"],
        by=actor_of(request),
        at=timezone.now(),
    )
    back = reverse("web:policy", args=[slug])
    return take(request, step, done=_("It holds from now on."), back=back)


def _collection(request: HttpRequest, slug: str) -> CollectionView:
    if not may(request, Permission.ADMINISTER):
        return collection_or_404(slug, person=person_of(request))
    try:
        return collection_by_slug(slug)
    except CollectionNotFound as error:
        raise Http404 from error


def _shown(
    request: HttpRequest, collection: CollectionView, form: PolicyForm | None = None
) -> HttpResponse:
    default = default_policy()
    own = policy_of(collection, default=default)
    context = {
        "collection": collection,
        "own": own,
        "rows": _rows(own.terms, effective_terms(collection, default=default)),
        "history": policies_of(collection),
        "form": form or PolicyForm(initial=_initial(own)),
        "may_set": may(request, Permission.ADMINISTER),
    }
    status = 422 if form is not None else 200
    return render(request, "web/policy.html", context, status=status)


def _initial(own: PolicyView) -> dict[str, object]:
    return {
        "seen": own.number,
        "grounding": own.terms.grounding.value,
        "identifiers": own.terms.identifiers.value,
        "external_models": own.terms.external_models,
    }


def _rows(own: PolicyTerms, held: PolicyTerms) -> list[tuple[Words, Words, Words]]:
    """Each term: what it is called, what was set, what holds."""
    outside = {True: _("yes"), False: _("no")}
    return [
        (
            _("Claims that nothing cited supports"),
            GROUNDING[own.grounding],
            GROUNDING[held.grounding],
        ),
        (
            _("A question with a patient's identifiers"),
            IDENTIFIERS[own.identifiers],
            IDENTIFIERS[held.identifiers],
        ),
        (
            _("To a model outside"),
            outside[own.external_models],
            outside[held.external_models],
        ),
    ]
