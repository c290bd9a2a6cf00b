"""The list of answers: filters as chips, pages by cursor, keyboard."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.formats import date_format
from django.views.decorators.http import require_safe

from clinrag.access.roles import Permission
from clinrag.answering import queries
from clinrag.answering.errors import InvalidCursor
from clinrag.answering.types import AnswerFilters, AnswerPage, AnswerState, Outcome
from clinrag.web.forms import AnswerFilterForm
from clinrag.web.labels import OUTCOMES
from clinrag.web.people import page
from ingestion import queries as ingestion

PAGE_SIZE = 50
STATES = (AnswerState.OPEN, AnswerState.LOST)


@dataclass(frozen=True, slots=True)
class Chip:
    """A filter in use; following its address removes it."""

    label: str
    url: str


@require_safe
@page(Permission.READ_LEDGER)
def answers_page(request: HttpRequest) -> HttpResponse:
    """Answers, newest first, without a word of question or answer."""
    form = AnswerFilterForm(
        request.GET,
        outcomes=[(one, OUTCOMES[one].words) for one in (*Outcome, *STATES)],
        collections=[(one.slug, one.name) for one in ingestion.collections()],
    )
    found = _found(filters_of(form), cursor=request.GET.get("cursor") or None)
    context = {
        "form": form,
        "chips": _chips(form, request),
        "rows": found.rows,
        "next_url": _url(request, cursor=found.next_cursor)
        if found.next_cursor
        else "",
        "first_url": _url(request, cursor="") if request.GET.get("cursor") else "",
    }
    return render(request, "web/answers.html", context)


def _found(filters: AnswerFilters, *, cursor: str | None) -> AnswerPage:
    """A page of answers; a cursor that continues nothing starts from the newest."""
    try:
        return queries.answers(filters, cursor=cursor, limit=PAGE_SIZE)
    except InvalidCursor:
        return queries.answers(filters, limit=PAGE_SIZE)


def filters_of(form: AnswerFilterForm) -> AnswerFilters:
    """What the form asks for; a field with a mistake filters nothing."""
    form.is_valid()
    values: Mapping[str, Any] = form.cleaned_data
    chosen = values.get("outcome") or None
    is_state = chosen in {str(one) for one in STATES}
    return AnswerFilters(
        since=values.get("since"),
        until=values.get("until"),
        actor_id=values.get("actor") or None,
        app=values.get("app") or None,
        collection_slug=values.get("collection") or None,
        outcome=None if is_state else chosen,
        state=chosen if is_state else None,
        version_id=values.get("version"),
    )


def _chips(form: AnswerFilterForm, request: HttpRequest) -> list[Chip]:
    return [
        Chip(
            f"{form.fields[name].label}: {_shown(form, name, value)}",
            _url(request, cursor="", **{name: ""}),
        )
        for name, value in form.cleaned_data.items()
        if value
    ]


def _shown(form: AnswerFilterForm, name: str, value: Any) -> str:
    if name in {"since", "until"}:
        return date_format(value, "j M Y, H:i")
    choices = dict(getattr(form.fields[name], "choices", ()))
    return str(choices.get(value, value))


def _url(request: HttpRequest, **changes: str | None) -> str:
    """The same list with some parameters changed; an empty one is left out."""
    query = request.GET.copy()
    for name, value in changes.items():
        query[name] = value or ""
    for name in [name for name in query if not query[name]]:
        del query[name]
    encoded = query.urlencode()
    return reverse("web:answers") + (f"?{encoded}" if encoded else "")
