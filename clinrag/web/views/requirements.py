"""Law, standards and guidance as dated data, with the tests that hold each row."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from audit.requirements import Requirement, matrix
from clinrag.access.roles import Permission
from clinrag.web.labels import REQUIREMENTS
from clinrag.web.people import page
from clinrag.web.times import date_words


@require_safe
@page(Permission.READ_LEDGER)
def requirements_page(request: HttpRequest) -> HttpResponse:
    """The matrix that comes with the software."""
    found = matrix()
    context = {
        "matrix": found,
        "lines": [_line(one) for one in found.requirements],
        "held": sum(one.is_held for one in found.requirements),
    }
    return render(request, "web/requirements.html", context)


def _line(one: Requirement) -> dict[str, object]:
    return {
        "row": one,
        "status": REQUIREMENTS[one.status.value],
        "since": date_words(one.applies_from),
    }
