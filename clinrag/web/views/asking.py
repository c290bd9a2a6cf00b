"""Trying a question: the very pipeline the interface uses, as the signed-in person."""

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from audit.errors import AuditError
from clinrag.access.grants import check_may_use, open_collections
from clinrag.access.roles import Permission
from clinrag.answering.errors import AnsweringError
from clinrag.answering.pipeline import answer_question
from clinrag.answering.services import build_services
from clinrag.answering.types import AnswerResult, Question
from clinrag.privacy.identifiers import mask
from clinrag.web.documents import encounter_of, parts_of
from clinrag.web.evidence import sources_of
from clinrag.web.forms import AskForm
from clinrag.web.labels import Words
from clinrag.web.people import actor_of, may, page, person_of
from clinrag.web.problems import next_step_for
from ingestion.queries import CollectionView, collections

APP = "ClinRAG pages"
PURPOSE = "trial"


@dataclass(frozen=True, slots=True)
class Problem:
    """Why there is no answer, with its code and what to do."""

    title: str
    code: str
    next_step: Words


@sensitive_post_parameters("question", "context")
@require_http_methods(["GET", "HEAD", "POST"])
@page(Permission.ASK)
def ask_page(request: HttpRequest) -> HttpResponse:
    """Ask; the answer shows under the question, with its passages."""
    open_to = open_collections(person_of(request), among=collections())
    form = AskForm(request.POST or None, collections=open_to)
    result: AnswerResult | None = None
    problem: Problem | None = None
    if form.is_valid():
        try:
            result = _ask(request, form, open_to)
        except (AnsweringError, AuditError) as error:
            problem = Problem(str(error), error.code, next_step_for(error))
    context = {
        "form": form,
        "problem": problem,
        "result": result,
        "parts": parts_of(result),
        "told": encounter_of(result, mask(form.cleaned_data["context"]))
        if result
        else [],
        "sources": sources_of(result.citations, at=timezone.now()) if result else [],
        "may_audit": may(request, Permission.READ_LEDGER),
    }
    status = 422 if form.errors else 503 if problem else 200
    return render(request, "web/ask.html", context, status=status)


def _ask(
    request: HttpRequest, form: AskForm, open_to: tuple[CollectionView, ...]
) -> AnswerResult:
    chosen = [one for one in open_to if one.slug in form.cleaned_data["collections"]]
    check_may_use(person_of(request), collections=chosen)
    question = Question(
        text=form.cleaned_data["question"],
        collection_slugs=tuple(one.slug for one in chosen),
        as_of=form.cleaned_data["as_of"],
        purpose=PURPOSE,
        app=APP,
        format=form.cleaned_data["format"],
        style=form.cleaned_data["style"],
        context=form.cleaned_data["context"],
    )
    return answer_question(
        question, by=actor_of(request), now=timezone.now, services=build_services()
    )
