"""Two editions of one document, side by side; what people record about them."""

from functools import partial
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from clinrag.access.roles import Permission
from clinrag.web.comment_forms import CommentForm, ReplyForm
from clinrag.web.comparison import Seen, comparison_page
from clinrag.web.comparison_text import marked_range
from clinrag.web.once import make_once
from clinrag.web.people import READERS, actor_of, may, page, person_of
from clinrag.web.visibility import document_or_404, version_or_404
from ingestion import actions, queries
from ingestion.actions import TextRange
from ingestion.diffing import SectionChange
from ingestion.diffing.redlines import FORMS, redline
from ingestion.errors import CommentNotFound, IngestionError
from ingestion.queries import CommentView, VersionView


@require_safe
@page(*READERS)
def compare_page(request: HttpRequest, old_id: UUID, new_id: UUID) -> HttpResponse:
    """Show what changed; `?range=s-…:new:12-30` marks characters of a section."""
    return _render(request, *_both(request, old_id, new_id))


def _both(
    request: HttpRequest, old_id: UUID, new_id: UUID
) -> tuple[VersionView, VersionView]:
    person, at = person_of(request), timezone.now()
    old = version_or_404(old_id, person=person, at=at)
    new = version_or_404(new_id, person=person, at=at)
    if old.document_id != new.document_id or old_id == new_id:
        raise Http404
    return old, new


def _render(
    request: HttpRequest,
    old: VersionView,
    new: VersionView,
    *,
    form: CommentForm | None = None,
    status: int = 200,
) -> HttpResponse:
    may_comment = may(request, Permission.REVIEW)
    seen = Seen(
        viewed=queries.viewed_sections(old.id, new.id, person_id=actor_of(request).id),
        threads=_threads(request, old, new),
        marked=marked_range(request.GET.get("range", "")),
    )
    context = {
        "document": document_or_404(new.document_id, person=person_of(request)),
        "old": old,
        "new": new,
        "shown": comparison_page(queries.comparison(old.id, new.id), seen),
        "may_comment": may_comment,
        "all_open": "all" in request.GET,
        "form": form,
        "forms": FORMS,
        "here": reverse("web:compare", args=[old.id, new.id]),
    }
    return render(request, "web/compare.html", context, status=status)


def _threads(
    request: HttpRequest, old: VersionView, new: VersionView
) -> list[queries.ThreadView]:
    """Reviewers' words are for those who work on versions or audit them."""
    stewards = (
        Permission.REVIEW,
        Permission.INGEST,
        Permission.ACTIVATE,
        Permission.READ_LEDGER,
    )
    if not any(may(request, permission) for permission in stewards):
        return []
    return queries.comment_threads(old.id, new.id)


@require_POST
@page(Permission.REVIEW)
def view_section(request: HttpRequest, old_id: UUID, new_id: UUID) -> HttpResponse:
    """Mark a section as viewed, or no longer; the button alone for htmx."""
    old, new = _both(request, old_id, new_id)
    anchor = request.POST.get("section", "")
    is_viewed = request.POST.get("viewed") == "1"
    try:
        seen = actions.view_section(
            new.id,
            older_id=old.id,
            section=anchor,
            is_viewed=is_viewed,
            by=actor_of(request),
            at=timezone.now(),
        )
    except IngestionError as error:
        raise Http404 from error
    if "HX-Request" not in request.headers:
        return redirect(_at(old, new, anchor))
    changed = [one.anchor for one in queries.comparison(old.id, new.id).changes]
    context = {
        "old": old,
        "new": new,
        "anchor": anchor,
        "is_viewed": is_viewed,
        "viewed": sum(one in seen for one in changed),
        "total": len(changed),
        "is_swapped": True,
    }
    return render(request, "web/_viewed.html", context)


@require_POST
@page(Permission.REVIEW)
def comment(request: HttpRequest, old_id: UUID, new_id: UUID) -> HttpResponse:
    """Begin a thread on the words quoted, or on the characters selected."""
    old, new = _both(request, old_id, new_id)
    form = CommentForm(request.POST)
    place = _place(form, old, new) if form.is_valid() else None
    if place is None:
        if form.is_valid():
            form.add_error("quote", _("These words do not stand in this section."))
        return _render(request, old, new, form=form, status=422)
    by, at = actor_of(request), timezone.now()

    step = partial(
        actions.comment_on_range,
        new.id,
        older_id=old.id,
        place=place,
        text=form.cleaned_data["text"],
        by=by,
        at=at,
    )
    try:
        made = make_once(request, lambda: step().id, by=by, at=at)
    except IngestionError as error:
        messages.error(request, str(error))
        return redirect(_at(old, new, place.section))
    return redirect(_at(old, new, f"comment-{made}"))


def _place(form: CommentForm, old: VersionView, new: VersionView) -> TextRange | None:
    """The range asked for; words that were typed are looked for on either side."""
    told = form.cleaned_data
    found = queries.comparison(old.id, new.id).changes
    section = next((one for one in found if one.anchor == told["section"]), None)
    if section is None:
        return None
    if told["start"] is not None and told["end"] is not None and told["side"]:
        return _selected(section, told["side"], told["start"], told["end"])
    for side, text in (("new", section.new_text), ("old", section.old_text)):
        start = text.find(told["quote"])
        if told["quote"] and start >= 0:
            return _selected(section, side, start, start + len(told["quote"]))
    return None


def _selected(
    section: SectionChange, side: str, start: int, end: int
) -> TextRange | None:
    text = section.old_text if side == "old" else section.new_text
    quote = text[start:end]
    if not quote.strip():
        return None
    return TextRange(section.anchor, side, start, start + len(quote), quote)


@require_POST
@page(Permission.REVIEW)
def reply(request: HttpRequest, thread_id: UUID) -> HttpResponse:
    """Answer in a thread, settle it, or open it again."""
    first = _first(request, thread_id)
    form = ReplyForm(request.POST)
    by, at = actor_of(request), timezone.now()
    try:
        if form.is_valid() and form.cleaned_data["text"]:
            text = form.cleaned_data["text"]
            say = partial(actions.reply_to_comment, thread_id, text=text, by=by, at=at)
            make_once(request, lambda: say().id, by=by, at=at)
        if (settle := request.POST.get("settle")) in {"0", "1"}:
            actions.settle_thread(thread_id, is_resolved=settle == "1", by=by, at=at)
    except IngestionError as error:
        messages.error(request, str(error))
    address = reverse("web:compare", args=[first.older_id, first.version_id])
    return redirect(f"{address}#comment-{thread_id}")


def _first(request: HttpRequest, thread_id: UUID) -> CommentView:
    try:
        first = queries.comment_thread(thread_id).first
    except CommentNotFound as error:
        raise Http404 from error
    _both(request, first.older_id, first.version_id)
    return first


@require_safe
@page(*READERS)
def redline_file(
    request: HttpRequest, old_id: UUID, new_id: UUID, form: str
) -> HttpResponse:
    """The comparison as a file: printable HTML, Word with tracked changes, or JSON."""
    old, new = _both(request, old_id, new_id)
    if form not in FORMS:
        raise Http404
    made = redline(queries.comparison(old_id, new_id), old=old, new=new, form=form)
    response = HttpResponse(made.content, content_type=made.media_type)
    response.headers["Content-Disposition"] = f'attachment; filename="{made.filename}"'
    return response


def _at(old: VersionView, new: VersionView, anchor: str) -> str:
    return f"{reverse('web:compare', args=[old.id, new.id])}#{anchor}"
