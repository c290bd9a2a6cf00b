"""An edition's text cut at its passages, ready to be shown beside its source.

Promises: what is shown is the version's own text, character by character; each passage
says where it stands. Will not: decide who may read it.
"""

from django.http import HttpRequest
from django.utils.translation import gettext as _

from clinrag.web.addresses import number_in
from clinrag.web.marks import Place, Segment, segments
from ingestion import queries
from ingestion.queries import PassageView, VersionView


def text_of(
    version: VersionView,
    passages: list[PassageView],
    span: tuple[int, int] | None = None,
) -> tuple[Segment, ...]:
    """The edition's text; characters in `span` are marked."""
    places = (
        Place(
            one.position,
            one.char_start,
            one.char_end,
            passage_label(one),
            one.page_from,
        )
        for one in passages
    )
    return segments(queries.version_text(version.id), places=places, span=span)


def passage_label(passage: PassageView) -> str:
    """What a passage is called: its number, its page, its section."""
    label = _("Passage %(n)d") % {"n": passage.position + 1}
    if passage.page_from is not None:
        label += ", " + _("page %(n)d") % {"n": passage.page_from}
    path = " › ".join(passage.section_path)
    return f"{label} · {path}" if path else label


def span_of(request: HttpRequest) -> tuple[int, int] | None:
    """The characters that the address asks to mark, if they make sense."""
    start, _dash, end = request.GET.get("span", "").partition("-")
    first, last = number_in(start), number_in(end)
    if first is None or last is None or first >= last:
        return None
    return first, last
