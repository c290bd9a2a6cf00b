"""Evaluations of answers: the list, one report, two beside each other, waiving.

Figures are of all questions; which were asked is told of the collections open to who
looks. What got worse stands first.
"""

from dataclasses import dataclass
from functools import partial
from typing import Final
from uuid import UUID

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe

from clinrag.access.roles import STEWARD_PERMISSIONS, Permission
from clinrag.answering.evaluations.comparing import Change, ChangedRow, compare
from clinrag.answering.evaluations.errors import EvaluationUnknown
from clinrag.answering.evaluations.figures import Figure, figures, latency
from clinrag.answering.evaluations.queries import (
    evaluation_report,
    evaluation_reports,
    report_by_hash,
    told_to,
)
from clinrag.answering.evaluations.types import Measure, ReportView, Row
from clinrag.answering.evaluations.waivers import LONGEST_REASON, waive
from clinrag.web.forms import PageForm
from clinrag.web.labels import Label, Words
from clinrag.web.once import make_once
from clinrag.web.people import actor_of, may, page, person_of
from clinrag.web.taking import take
from clinrag.web.visibility import visible_slugs

READERS: Final = (*sorted(STEWARD_PERMISSIONS), Permission.ADMINISTER)
SHOWN: Final = 50
MEASURES: dict[str, Words] = {
    "citation_precision": _("Passages cited that are the right ones"),
    "citation_recall": _("Right passages that are cited"),
    "unsupported_claims": _("Drafted claims that nothing cited supports"),
    "refused_rightly": _("Unanswerable questions refused"),
    "dose_exact": _("Doses stated exactly"),
    "injection_resisted": _("Injections resisted"),
    "answered": _("Answerable questions answered"),
    "facts_said": _("Facts said"),
    "forbidden_unsaid": _("Forbidden words not said"),
    "evidence_found": _("Right passages found by the search"),
    "editions_apart": _("Searches that mixed no editions"),
    "questions_left_out": _("Questions of the baseline left out"),
}
GATES: dict[bool | None, Label] = {
    None: Label(_("no gate")),
    True: Label(_("gate open"), "ok"),
    False: Label(_("gate closed"), "bad"),
}


class WaiverForm(PageForm):
    """Which measure may be worse, once, and why."""

    measure = forms.ChoiceField(label=_("What may be worse"))
    reason = forms.CharField(
        label=_("Why"),
        max_length=LONGEST_REASON,
        widget=forms.Textarea({"rows": 2}),
        help_text=_("It stands in the ledger, in the clear: nothing about a patient."),
    )
    acknowledged = forms.BooleanField(
        label=_("I know what became worse, and let it pass once, within a week")
    )

    def __init__(self, *given: object, worse: tuple[str, ...]) -> None:
        super().__init__(*given)  # type: ignore[arg-type]
        choices = [(one, MEASURES[one]) for one in worse]
        self.fields["measure"] = forms.ChoiceField(
            label=self.fields["measure"].label, choices=choices
        )


@dataclass(frozen=True, slots=True)
class FigureLine:
    """A measure in words and per cent."""

    words: Words
    figure: Figure

    @property
    def percent(self) -> str:
        return _percent(self.figure.share.value)

    @property
    def bounds(self) -> str:
        return f"{_percent(self.figure.low)} – {_percent(self.figure.high)}"


@dataclass(frozen=True, slots=True)
class ChangeLine:
    """A measure before and after."""

    words: Words
    change: Change
    label: Label

    @property
    def before(self) -> str:
        return _percent(self.change.before.value)

    @property
    def after(self) -> str:
        return _percent(self.change.after.value)

    @property
    def chance(self) -> str:
        return f"{self.change.chance:.3f}"


@dataclass(frozen=True, slots=True)
class RowLine:
    """A question and where it fell short."""

    row: Row
    short: tuple[Words, ...]


@dataclass(frozen=True, slots=True)
class ChangedLine:
    """A question that came out otherwise."""

    row: ChangedRow
    worse: tuple[Words, ...]
    better: tuple[Words, ...]


@dataclass(frozen=True, slots=True)
class ReportLine:
    """A report as the list shows it."""

    view: ReportView
    gate: Label
    figures: tuple[FigureLine, ...]


@require_safe
@page(*READERS)
def evaluations_page(request: HttpRequest) -> HttpResponse:
    """Evaluations, newest first, page by page."""
    before = _uuid(request.GET.get("before", ""))
    found = evaluation_reports(limit=SHOWN + 1, before=before)
    shown = found[:SHOWN]
    context = {
        "lines": [_report_line(one) for one in shown],
        "next": shown[-1].id if len(found) > SHOWN else None,
        "is_first": before is None,
    }
    return render(request, "web/evaluations.html", context)


def _uuid(text: str) -> UUID | None:
    """What continues a list; what does not, begins it."""
    try:
        return UUID(text)
    except ValueError:
        return None


@require_safe
@page(*READERS)
def evaluation_page(request: HttpRequest, report_id: UUID) -> HttpResponse:
    """One evaluation, the questions that fell short first."""
    return _render(request, _report_or_404(report_id))


@require_POST
@page(Permission.ADMINISTER)
def waive_measure(request: HttpRequest, report_id: UUID) -> HttpResponse:
    """Let a measure be worse, once."""
    report = _report_or_404(report_id)
    form = WaiverForm(request.POST, worse=_worse(report))
    if not form.is_valid():
        return _render(request, report, form, status=422)
    given, by, at = form.cleaned_data, actor_of(request), timezone.now()

    def make() -> UUID:
        made = waive(
            report_id,
            measure=given["measure"],
            reason=given["reason"],
            acknowledged=given["acknowledged"],
            by=by,
            at=at,
        )
        return made.id

    step = partial(make_once, request, make, by=by, at=at)
    done = _("Waived. The next gate on these same inputs may use it, once.")
    return take(request, step, done=done, back=_page_of(report_id))


@require_safe
@page(*READERS)
def compare_evaluations_page(
    request: HttpRequest, before_id: UUID, after_id: UUID
) -> HttpResponse:
    """Two evaluations beside each other, what got worse first."""
    before, after = _report_or_404(before_id), _report_or_404(after_id)
    slugs = visible_slugs(person_of(request))
    seen = [told_to(slugs, one).evaluation.rows for one in (before, after)]
    whole = compare(before.evaluation.rows, after.evaluation.rows)
    context = {
        "before": before,
        "after": after,
        "whole": whole,
        "changes": [_change_line(one) for one in whole.changes],
        "rows": [_changed_line(one) for one in compare(*seen).rows],
        "hidden": told_to(slugs, after).hidden,
        "inputs": _differing(before, after),
        "times": (latency(before.evaluation.rows), latency(after.evaluation.rows)),
    }
    return render(request, "web/evaluation_compare.html", context)


@require_safe
@page(*READERS)
def choose_comparison(request: HttpRequest, report_id: UUID) -> HttpResponse:
    """Go to the comparison with the report chosen on the page."""
    try:
        before_id = UUID(request.GET.get("with", ""))
    except ValueError:
        return redirect(_page_of(report_id))
    return redirect("web:compare_evaluations", before_id, report_id)


def _render(
    request: HttpRequest,
    report: ReportView,
    form: WaiverForm | None = None,
    *,
    status: int = 200,
) -> HttpResponse:
    rows = report.evaluation.rows
    seen = told_to(visible_slugs(person_of(request)), report)
    gate = report.evaluation.gate
    others = (one for one in evaluation_reports(limit=SHOWN) if one.id != report.id)
    worse = _worse(report)
    context = {
        "report": report,
        "figures": _figure_lines(rows),
        "times": latency(rows),
        "rows": sorted(map(_row_line, seen.evaluation.rows), key=_shortest_last),
        "hidden": seen.hidden,
        "gate": GATES[gate.is_open if gate else None],
        "worse": [MEASURES[one] for one in worse],
        "baseline": report_by_hash(gate.baseline_sha256) if gate else None,
        "waivers": [(MEASURES[one.measure], one) for one in report.waivers],
        "others": list(others),
        "form": form or WaiverForm(worse=worse),
        "may_waive": bool(worse) and may(request, Permission.ADMINISTER),
    }
    return render(request, "web/evaluation.html", context, status=status)


def _report_or_404(report_id: UUID) -> ReportView:
    try:
        return evaluation_report(report_id)
    except EvaluationUnknown:
        raise Http404 from None


def _worse(report: ReportView) -> tuple[str, ...]:
    gate = report.evaluation.gate
    return gate.worse if gate else ()


def _page_of(report_id: UUID) -> str:
    return reverse("web:evaluation", args=[report_id])


def _report_line(view: ReportView) -> ReportLine:
    gate = view.evaluation.gate
    lines = _figure_lines(view.evaluation.rows)
    return ReportLine(view, GATES[gate.is_open if gate else None], lines)


def _figure_lines(rows: tuple[Row, ...]) -> tuple[FigureLine, ...]:
    return tuple(FigureLine(MEASURES[one.measure], one) for one in figures(rows))


def _row_line(row: Row) -> RowLine:
    return RowLine(
        row, tuple(MEASURES[one] for one in Measure if _falls_short(row, one))
    )


def _falls_short(row: Row, measure: Measure) -> bool:
    share = row.share(measure)
    return share.hits != (0 if measure.is_better_when_lower else share.of)


def _shortest_last(line: RowLine) -> tuple[int, str]:
    return -len(line.short), line.row.id


def _change_line(change: Change) -> ChangeLine:
    label = Label(_("the same"))
    if change.gain < 0:
        label = Label(_("worse"), "bad")
    elif change.gain > 0:
        label = Label(_("better"), "ok")
    return ChangeLine(MEASURES[change.measure], change, label)


def _changed_line(row: ChangedRow) -> ChangedLine:
    worse, better = (
        tuple(MEASURES[one] for one in names) for names in (row.worse, row.better)
    )
    return ChangedLine(row, worse, better)


def _differing(before: ReportView, after: ReportView) -> list[tuple[str, str, str]]:
    """What the two rest on, as far as it differs."""
    pairs = zip(
        before.evaluation.inputs.pairs, after.evaluation.inputs.pairs, strict=True
    )
    return [(name, old, new) for (name, old), (_same, new) in pairs if old != new]


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{share * 100:.1f} %"
