"""The first page: is the ledger whole, what happened lately, what waits.

Every number says its range of time and leads to the list it counts.
"""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from clinrag.access.roles import Permission
from clinrag.web.figures import (
    Group,
    answer_figures,
    chart_of,
    corpus_figures,
    custody_figures,
    stale_editions,
)
from clinrag.web.integrity import light_of
from clinrag.web.people import STEWARDS, may, page, person_of
from clinrag.web.views.authorizations import SEEING


@require_safe
@page()
def overview_page(request: HttpRequest) -> HttpResponse:
    """What this person's roles let them see at a glance."""
    at = timezone.now()
    context: dict[str, object] = {"at": timezone.localtime(at)}
    groups: list[Group] = []
    if may(request, Permission.READ_LEDGER):
        groups.append(answer_figures(at=at))
        context |= {
            "days": chart_of(at=at),
            "stale": stale_editions(),
        }
    permissions = person_of(request).permissions
    if permissions.intersection(SEEING):
        context["light"] = light_of(at=at)
        context["may_audit"] = Permission.READ_LEDGER in permissions
        groups.append(custody_figures(permissions, at=at))
    if permissions.intersection(STEWARDS):
        groups.append(corpus_figures())
    return render(request, "web/overview.html", context | {"groups": groups})
