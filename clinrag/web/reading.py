"""An edition's text cut at its passages, ready to be shown beside its source.

Promises: what is shown is the version's own text, character by character; each passage
says where it stands. Will not: decide who may read it.
"""

from typing import Protocol

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
    return " · ".join([label, *([path] if path else []), *weight_of(passage)])


class Weighed(Protocol):
    """What says how strong its recommendations are, and how sure OCR was."""

    @property
    def strength(self) -> str: ...

    @property
    def certainty(self) -> str: ...

    @property
    def ocr_confidence(self) -> float | None: ...


def weight_of(passage: Weighed) -> list[str]:
    """How strong its recommendations say they are, how certain, and what OCR read."""
    told = []
    if passage.strength:
        told.append(_("strength: %(words)s") % {"words": passage.strength})
    if passage.certainty:
        told.append(_("certainty: %(words)s") % {"words": passage.certainty})
    if passage.ocr_confidence is not None:
        share = round(100 * passage.ocr_confidence)
        told.append(_("read by OCR, %(n)d %% sure") % {"n": share})
    return told


def span_of(request: HttpRequest) -> tuple[int, int] | None:
    """The characters that the address asks to mark, if they make sense."""
    start, _dash, end = request.GET.get("span", "").partition("-")
    first, last = number_in(start), number_in(end)
    if first is None or last is None or first >= last:
        return None
    return first, last
