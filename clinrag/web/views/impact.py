"""Which answers an edition reached: counts, list, file, and that it reached none."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from audit.exports.lists import CSV_TYPE, LINES_TYPE
from clinrag.access.queries import names_of
from clinrag.access.roles import Permission
from clinrag.answering.errors import (
    AnsweringError,
    ImpactInvalid,
    InvalidCursor,
)
from clinrag.answering.impact.certificate_pages import (
    FILE_TYPE,
    PAGE_TYPE,
    certificate_page,
)
from clinrag.answering.impact.certificates import Certificate
from clinrag.answering.impact.counting import count_touched
from clinrag.answering.impact.issuing import MOST_IN_A_REQUEST, certify_non_use
from clinrag.answering.impact.lists import impact_lines
from clinrag.answering.impact.queries import touched_answers
from clinrag.answering.impact.targets import target_of, version_target
from clinrag.answering.impact.types import (
    ImpactFilters,
    ImpactPage,
    Tally,
    Target,
    TouchedAnswer,
)
from clinrag.answering.reach import TargetKind, Use
from clinrag.web.labels import Label
from clinrag.web.people import may, page, person_of
from clinrag.web.recall_forms import ImpactForm, RangeForm
from clinrag.web.recall_labels import STANDINGS, USES
from clinrag.web.sending import joined, send
from clinrag.web.visibility import version_or_404
from ingestion.queries import VersionView
from ingestion.queries.footing import sections_of

TRACERS = (Permission.RECALL, Permission.READ_LEDGER)
PAGE_SIZE = 50
SHOWN_NAMES = 8
TYPES = {"csv": CSV_TYPE, "jsonl": LINES_TYPE}


@dataclass(frozen=True, slots=True)
class ImpactLine:
    """An answer in the list, in words."""

    row: TouchedAnswer
    standing: Label
    uses: tuple[tuple[Any, int], ...]


@dataclass(frozen=True, slots=True)
class Asked:
    """What an address asks for."""

    version: VersionView
    form: ImpactForm
    target: Target
    filters: ImpactFilters
    at: datetime


def traces_impact(request: HttpRequest) -> bool:
    """Whether the person may see these pages."""
    return any(may(request, needed) for needed in TRACERS)


@require_safe
@page(*TRACERS)
def impact_page(request: HttpRequest, version_id: UUID) -> HttpResponse:
    """Counts of all of them, and a page of the list."""
    asked = _asked(request, version_id)
    found = _found(asked, request.GET.get("cursor") or None)
    counts = count_touched(asked.target, filters=asked.filters)
    context = {
        "version": asked.version,
        "form": asked.form,
        "is_filtered": any(request.GET.get(name) for name in asked.form.fields),
        "counts": counts,
        "tallies": _tallies(counts.by_app, counts.by_unit, counts.by_actor),
        "months": counts.by_month[-SHOWN_NAMES:],
        "lines": [_line(row) for row in found.rows],
        "next_url": _url(request, cursor=found.next_cursor)
        if found.next_cursor
        else "",
        "first_url": _url(request, cursor="") if request.GET.get("cursor") else "",
        "query": _query(request, cursor=""),
        # What an edition no longer holds is called back where it stands: in the older.
        "may_recall": may(request, Permission.RECALL)
        and asked.target.kind is not TargetKind.CHANGE,
        "may_certify": may(request, Permission.READ_LEDGER),
    }
    return render(request, "web/impact.html", context)


@require_safe
@page(*TRACERS)
def impact_list(
    request: HttpRequest, version_id: str, form: str
) -> StreamingHttpResponse:
    """All of them as a file, in the memory of one page."""
    asked = _asked(request, UUID(version_id))
    lines = impact_lines(asked.target, form=form, at=asked.at, filters=asked.filters)
    return send(
        request,
        joined(lines),
        media_type=TYPES[form],
        filename=f"impact-{version_id}.{form}",
    )


@require_safe
@page(Permission.READ_LEDGER)
def non_use_page(request: HttpRequest, version_id: UUID) -> HttpResponse:
    """A certificate for a range of the log, or why there is none."""
    version = version_or_404(version_id, person=person_of(request), at=timezone.now())
    form = RangeForm(request.GET or None)
    certificate, problem = None, ""
    if form.is_bound and form.is_valid():
        certificate, problem = _certified(version_id, form.cleaned_data)
    if certificate and request.GET.get("form") in {"json", "html"}:
        return _file(certificate, version, request.GET["form"])
    context = {
        "version": version,
        "form": form,
        "certificate": certificate,
        "problem": problem,
    }
    return render(request, "web/non_use.html", context)


def _file(certificate: Certificate, version: VersionView, form: str) -> HttpResponse:
    """The certificate to keep: what is recomputed, or a page that holds it."""
    text, media_type = certificate.to_json(), FILE_TYPE
    if form == "html":
        text, media_type = (
            certificate_page(
                certificate, title=version.document_title, label=version.label
            ),
            PAGE_TYPE,
        )
    response = HttpResponse(text, content_type=media_type)
    name = f'attachment; filename="non-use-{version.id}.{form}"'
    response.headers["Content-Disposition"] = name
    return response


def _certified(
    version_id: UUID, wanted: dict[str, int | None]
) -> tuple[Certificate | None, str]:
    certify = partial(
        certify_non_use, version_id, at=timezone.now(), most=MOST_IN_A_REQUEST
    )
    try:
        return certify(first=wanted["first"] or 0, last=wanted["last"]), ""
    except AnsweringError as error:
        return None, str(error)


def _asked(request: HttpRequest, version_id: UUID) -> Asked:
    at = timezone.now()
    version = version_or_404(version_id, person=person_of(request), at=at)
    sections = sections_of(version_id)
    form = ImpactForm(request.GET, sections=sections)
    form.is_valid()
    target = part_of(version_id, form.cleaned_data.get("part", ""), sections)
    return Asked(version, form, target, _filters(form.cleaned_data), at)


def part_of(version_id: UUID, part: str, sections: list[tuple[str, ...]]) -> Target:
    """What a form's choice means; a choice that is none means the whole edition."""
    try:
        if part == "change":
            return target_of(version_id, change=True)
        if part.isdecimal() and int(part) < len(sections):
            return target_of(version_id, section_path=sections[int(part)])
    except ImpactInvalid:
        pass
    return version_target(version_id)


def _filters(values: dict[str, Any]) -> ImpactFilters:
    use = values.get("use")
    return ImpactFilters(
        uses=frozenset({Use.of_code(use)}) if use else frozenset(Use),
        app=values.get("app") or None,
        unit=values.get("unit") or None,
        actor_id=values.get("actor") or None,
        since=values.get("since"),
        until=values.get("until"),
    )


def _found(asked: Asked, cursor: str | None) -> ImpactPage:
    """A page; a cursor that continues nothing starts from the newest."""
    find = partial(
        touched_answers,
        asked.target,
        at=asked.at,
        filters=asked.filters,
        limit=PAGE_SIZE,
    )
    try:
        return find(cursor=cursor)
    except InvalidCursor:
        return find()


def _line(row: TouchedAnswer) -> ImpactLine:
    numbers = {"cited": row.cited, "in_prompt": row.in_prompt, "cut": row.cut}
    uses = tuple((USES[code], number) for code, number in numbers.items() if number)
    return ImpactLine(row, STANDINGS[row.standing.value], uses)


def _tallies(
    apps: Iterable[Tally], units: Iterable[Tally], actors: Iterable[Tally]
) -> dict[str, list[Tally]]:
    """The names with the most answers, people by what they are called."""
    most = list(actors)[:SHOWN_NAMES]
    called = names_of(one.name for one in most)
    people = [Tally(called.get(one.name, one.name), one.answers) for one in most]
    return {
        "apps": list(apps)[:SHOWN_NAMES],
        "units": list(units)[:SHOWN_NAMES],
        "people": people,
    }


def _query(request: HttpRequest, **changes: str | None) -> str:
    query = request.GET.copy()
    for name, value in changes.items():
        query[name] = value or ""
    for name in [name for name in query if not query[name]]:
        del query[name]
    return query.urlencode()


def _url(request: HttpRequest, **changes: str | None) -> str:
    query = _query(request, **changes)
    return request.path + (f"?{query}" if query else "")
