"""The access log: who read what was sealed, when, for what, through which surface.

An account for one person is asked for by the app's reference in a form's body: it
stands in no address, and is kept nowhere.
"""

from collections.abc import Iterator
from typing import Any, Final
from urllib.parse import urlencode

from django.db import OperationalError
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST, require_safe

from audit.errors import AuditError
from audit.exports.accounting import disclosures
from audit.exports.lists import CSV_TYPE, csv_lines
from audit.queries.readings import Readings, readings
from clinrag.access.roles import Permission
from clinrag.web.access_log import COLUMNS, account_cells, account_lines, cells, line_of
from clinrag.web.addresses import number_in
from clinrag.web.custody_forms import AccountForm, ReadingFilterForm
from clinrag.web.people import page
from clinrag.web.sending import joined, send

PAGE_SIZE: Final = 50
TAKEN_AT_ONCE: Final = 500
ACCOUNT_COLUMNS: Final = ("entry", "at", "by", "id", "what", "purpose", "through")


@require_safe
@page(Permission.READ_LEDGER)
def access_log_page(request: HttpRequest) -> HttpResponse:
    """Readings, newest first, narrowed by person, answer and time."""
    return _render(request, AccountForm())


def _render(
    request: HttpRequest, account_form: AccountForm, **more: Any
) -> HttpResponse:
    form = ReadingFilterForm(request.GET)
    wanted = form.wanted()
    before = number_in(request.GET.get("before", ""))
    found, slow = _found(wanted, before=before)
    lines = [line_of(one) for one in found[:PAGE_SIZE]]
    given = {name: request.GET[name] for name in form.fields if request.GET.get(name)}
    here = reverse("web:access_log")
    context = {
        "form": form,
        "slow": slow,
        "filtered": bool(given),
        "lines": lines,
        "next_url": f"{here}?{urlencode(given | {'before': lines[-1].index})}"
        if len(found) > PAGE_SIZE
        else "",
        "first_url": f"{here}?{urlencode(given)}" if before is not None else "",
        "csv_url": f"{reverse('web:access_log_csv')}?{urlencode(given)}",
        "account_form": account_form,
        **more,
    }
    failed = bool(account_form.errors) or "problem" in more
    return render(
        request, "web/access_log.html", context, status=422 if failed else 200
    )


def _found(wanted: Readings, *, before: int | None) -> tuple[list[Any], bool]:
    """A page of readings; or that looking for them took too long."""
    try:
        return readings(wanted, limit=PAGE_SIZE + 1, before_index=before), False
    except OperationalError:
        return [], True


@require_safe
@page(Permission.READ_LEDGER)
def access_log_csv(request: HttpRequest) -> HttpResponseBase:
    """The same list as a file, all of it."""
    wanted = ReadingFilterForm(request.GET).wanted()
    lines = csv_lines(COLUMNS, map(cells, _every(wanted)))
    return send(request, joined(lines), media_type=CSV_TYPE, filename="access-log.csv")


def _every(wanted: Readings) -> Iterator[Any]:
    before: int | None = None
    while found := readings(wanted, limit=TAKEN_AT_ONCE, before_index=before):
        yield from found
        before = found[-1].index


@sensitive_post_parameters("reference")
@require_POST
@page(Permission.READ_LEDGER)
def account(request: HttpRequest) -> HttpResponseBase:
    """To whom a person's content was disclosed, on the page or as a file."""
    form = AccountForm(request.POST)
    if not form.is_valid():
        return _render(request, form)
    since, until = form.span(at=timezone.now())
    try:
        found = disclosures(form.cleaned_data["reference"], since=since, until=until)
    except AuditError as error:
        return _render(request, form, problem=str(error))
    if request.POST.get("form") == "csv":
        lines = csv_lines(ACCOUNT_COLUMNS, map(account_cells, found))
        name = "account-of-disclosures.csv"
        return send(request, joined(lines), media_type=CSV_TYPE, filename=name)
    context = {
        "lines": account_lines(found),
        "since": since,
        "until": until,
        "form": form,
    }
    return render(request, "web/account.html", context)
