"""Evidence packages: ask for one, see what it would hold, follow it, download it.

A person's reference is read from a form's body, looked up, and forgotten: no address
and no request that is kept holds it.
"""

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST, require_safe

from audit import tasks
from audit.errors import AuditError, ExportDamaged, ExportTooLarge, ExportUnknown
from audit.exports import records, scopes
from audit.exports.records import ExportView, State
from audit.exports.scopes import Kind
from audit.queries import entries
from clinrag.access.roles import Permission
from clinrag.web.custody import line_of, scope_words
from clinrag.web.custody_forms import PackageForm, PackageRequestForm
from clinrag.web.errors import problem_page
from clinrag.web.labels import CONTENTS, KINDS, surface_words
from clinrag.web.packages import ended_of, is_about, preview_of, progress_of
from clinrag.web.people import actor_of, page, person_of
from clinrag.web.sending import pieces_of, send
from clinrag.web.taking import REFUSALS, Refusal, attempt, take

SURFACE = "web.packages"
MOST = 100
DOWNLOADS_LOOKED_AT = 500
MORE = {
    Kind.ANSWER: gettext_lazy("Question, answer, what was retrieved, who read it."),
    Kind.ENTRIES: gettext_lazy("Everything that happened, from one entry to another."),
    Kind.PERIOD: gettext_lazy("Everything recorded between two times."),
    Kind.VERSION: gettext_lazy("Its whole life, and the answers that retrieved it."),
    Kind.SUBJECT: gettext_lazy(
        "All that was sealed for one person, by the app's reference."
    ),
}


@require_safe
@page(Permission.EXPORT_LEDGER)
def packages_page(request: HttpRequest) -> HttpResponse:
    """All packages, newest first."""
    views = records.recent(limit=MOST)
    lines = [
        {"view": one, "kind": KINDS[one.kind.value], "words": scope_words(one.scope)}
        for one in views
    ]
    return render(request, "web/packages.html", {"lines": lines})


@require_safe
@page(Permission.EXPORT_LEDGER)
def new_package(request: HttpRequest) -> HttpResponse:
    """First what it is about, then which and with what content."""
    kind = request.GET.get("kind", "")
    if kind not in set(Kind):
        choices = [(one.value, KINDS[one.value], MORE[one]) for one in Kind]
        return render(request, "web/package_kind.html", {"choices": choices})
    given = {
        "answer_id": request.GET.get("answer"),
        "version_id": request.GET.get("version"),
    }
    form = PackageForm(kind=kind, initial=given)
    return _render_form(request, form)


def _render_form(
    request: HttpRequest, form: PackageForm, problem: AuditError | None = None
) -> HttpResponse:
    context = {
        "form": form,
        "kind": form.kind,
        "title": KINDS[form.kind],
        "problem": "" if problem is None else str(problem),
        "advice": _advice(problem),
        "code": "" if problem is None else problem.code,
    }
    failed = bool(form.errors or problem)
    return render(
        request, "web/package_new.html", context, status=422 if failed else 200
    )


def _advice(problem: Refusal | None) -> str:
    if isinstance(problem, ExportTooLarge):
        return _("Ask for several, each of a part. Nothing was recorded.")
    return ""


@sensitive_post_parameters("reference")
@require_POST
@page(Permission.EXPORT_LEDGER)
def preview_package(request: HttpRequest) -> HttpResponse:
    """What a package would hold, before anybody is asked to agree to it."""
    kind = request.POST.get("kind", "")
    if kind not in set(Kind):
        return redirect("web:new_package")
    form = PackageForm(request.POST, kind=kind)
    if not form.is_valid():
        return _render_form(request, form)
    try:
        scope = scopes.read(kind, _words(form))
        context = _previewed(scope, form.cleaned_data["content"])
    except AuditError as error:
        return _render_form(request, form, error)
    context["form"] = PackageRequestForm()
    return render(request, "web/package_preview.html", context)


def _words(form: PackageForm) -> Mapping[str, str]:
    if form.kind == Kind.SUBJECT:
        return records.scope_of_person(form.cleaned_data["reference"])
    return form.words()


def _previewed(scope: scopes.Scope, content: str) -> dict[str, Any]:
    return {
        "kind": scope.kind.value,
        "title": KINDS[scope.kind.value],
        "words": scope_words(scope.words),
        "hidden": dict(scope.words),
        "content": content,
        "content_words": CONTENTS[content],
        "is_read": scopes.Content(content).is_read,
        "preview": preview_of(scope),
    }


@require_POST
@page(Permission.EXPORT_LEDGER)
def request_package(request: HttpRequest) -> HttpResponse:
    """Ask for it; another person decides."""
    outcome = attempt(partial(_ask_for, request))
    if isinstance(outcome, REFUSALS):
        return _refused(request, outcome)
    return outcome


def _ask_for(request: HttpRequest) -> HttpResponse:
    """The page of what was asked for, or the form again; raises AuditError."""
    form = PackageRequestForm(request.POST)
    kind, content = request.POST.get("kind", ""), request.POST.get("content", "")
    scope = scopes.read(kind, _sent_words(request))
    if content not in CONTENTS or not form.is_valid():
        context = _previewed(scope, content if content in CONTENTS else "none")
        context["form"] = form
        return render(request, "web/package_preview.html", context, status=422)
    made = records.request(
        kind,
        scope=scope.words,
        content=content,
        reason=form.cleaned_data["reason"],
        by=actor_of(request),
        at=timezone.now(),
    )
    return redirect("web:package", made.id)


def _sent_words(request: HttpRequest) -> dict[str, str]:
    names = ("answer_id", "first", "last", "since", "until", "version_id", "subject_id")
    return {name: request.POST[name] for name in names if name in request.POST}


def _refused(request: HttpRequest, error: Refusal) -> HttpResponse:
    again = _("Start again from the evidence packages. Nothing was recorded.")
    return problem_page(
        request,
        422,
        title=_("This cannot be packed"),
        explanation=str(error),
        next_step=_advice(error) or again,
    )


@require_safe
@page(Permission.EXPORT_LEDGER)
def package_page(request: HttpRequest, package_id: UUID) -> HttpResponse:
    """One package: what two people agreed on, how far it is, who downloaded it."""
    view, at = _view(package_id), timezone.now()
    asked = line_of(
        view.authorization,
        by=actor_of(request),
        permissions=person_of(request).permissions,
        at=at,
    )
    context = {
        "view": view,
        "title": KINDS[view.kind.value],
        "content": CONTENTS[view.content.value],
        "words": scope_words(view.scope),
        "asked": asked,
        "progress": progress_of(view, at=at),
        "ended": ended_of(view),
        "downloads": _downloads(view),
        "may_start": _may_start(view),
        "may_cancel": view.state in {State.REQUESTED, State.BUILDING},
    }
    return render(request, "web/package.html", context)


def _view(package_id: UUID) -> ExportView:
    try:
        return records.by_id(package_id)
    except ExportUnknown as error:
        raise Http404 from error


def _may_start(view: ExportView) -> bool:
    return view.state is State.REQUESTED and view.authorization.state == "approved"


def _downloads(view: ExportView) -> list[dict[str, Any]]:
    if not view.downloads:
        return []
    found = entries(limit=DOWNLOADS_LOOKED_AT, types=["export.downloaded"])
    return [
        {
            "who": one.actor.name,
            "at": one.at,
            "surface": surface_words(one.fields["surface"]),
            "index": one.index,
        }
        for one in found
        if is_about(one, view.id)
    ]


@require_safe
@page(Permission.EXPORT_LEDGER)
def package_progress(request: HttpRequest, package_id: UUID) -> HttpResponse:
    """The progress panel alone; asks for the whole page once the work is over."""
    view = _view(package_id)
    progress = progress_of(view, at=timezone.now())
    context = {"view": view, "progress": progress}
    response = render(request, "web/_package_progress.html", context)
    if not progress.polling:
        response.headers["HX-Refresh"] = "true"
    return response


@require_POST
@page(Permission.EXPORT_LEDGER)
def start_package(request: HttpRequest, package_id: UUID) -> HttpResponse:
    """Begin building what two people agreed on."""
    _view(package_id)
    step = partial(_start, request, package_id)
    return take(request, step, done=_("It is being built."), back=_url(package_id))


@transaction.atomic
def _start(request: HttpRequest, package_id: UUID) -> None:
    records.start(package_id, by=actor_of(request), at=timezone.now())
    tasks.enqueue(package_id)


@require_POST
@page(Permission.EXPORT_LEDGER)
def cancel_package(request: HttpRequest, package_id: UUID) -> HttpResponse:
    """Give a package up before it is complete."""
    _view(package_id)
    step = partial(records.cancel, package_id, by=actor_of(request), at=timezone.now())
    return take(
        request, step, done=_("Cancelled, and recorded."), back=_url(package_id)
    )


@require_POST
@page(Permission.EXPORT_LEDGER)
def download_package(request: HttpRequest, package_id: UUID) -> HttpResponseBase:
    """The file, once this download is on record.

    A form sends here, not a link: a browser that fetches links ahead records nothing.
    """
    view = _view(package_id)
    path = tasks.workshop().file(package_id)
    refusal = attempt(partial(_record_download, request, view, path))
    if refusal is not None:
        return _refused(request, refusal)
    return send(
        request,
        pieces_of(path),
        media_type="application/zip",
        filename=f"evidence-{package_id}.zip",
    )


def _record_download(request: HttpRequest, view: ExportView, path: Path) -> None:
    _check_file(view, path)
    records.record_download(
        view.id, surface=SURFACE, by=actor_of(request), at=timezone.now()
    )


def _check_file(view: ExportView, path: Path) -> None:
    """Nothing is recorded as handed out that is not there. Raises ExportDamaged."""
    if view.state is not State.BUILT:
        return  # the record says why not
    if not path.is_file() or path.stat().st_size != view.byte_size:
        raise ExportDamaged


def _url(package_id: UUID) -> str:
    return reverse("web:package", args=[package_id])
