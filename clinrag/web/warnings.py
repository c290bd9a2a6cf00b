"""What a parser warned of, told so that somebody can act on it.

Promises: the same warning on many pages is told once, with its pages; every code has
its own advice or the general one. Will not: hide a warning.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from clinrag.web.labels import Words
from ingestion.types import ParseWarning

ADVICE: dict[str, Words] = {
    "page_without_text": gettext_lazy(
        "A picture, or blank? Look at the page; a scan needs text recognition."
    ),
    "page_damaged": gettext_lazy(
        "Nothing of this page is searched. Get the file again from its publisher."
    ),
    "page_read_by_ocr": gettext_lazy(
        "Read out of a picture: compare its numbers with the page."
    ),
    "page_read_doubtfully": gettext_lazy(
        "Read out of a picture with little confidence: check every word."
    ),
    "table_lost": gettext_lazy(
        "Compare with the page: its cells may stand in the wrong order."
    ),
    "hidden_text_removed": gettext_lazy(
        "Unusual in a guideline: ask where the file came from before you approve."
    ),
    "identifiers_found": gettext_lazy(
        "Look at the place. If a patient is meant, reject it and ask for a clean file."
    ),
    "instructions_to_a_model": gettext_lazy(
        "No guideline speaks to programs: ask where the file came from."
    ),
    "language_differs": gettext_lazy(
        "Its words are found badly here: move it to a collection of its language."
    ),
    "tracked_changes_accepted": gettext_lazy(
        "It is still being edited: ask its author whether this is the final text."
    ),
    "tracked_changes_rejected": gettext_lazy(
        "It is still being edited: ask its author whether the text before is meant."
    ),
    "struck_text_removed": gettext_lazy("Check that nothing valid was struck out."),
    "encoding_guessed": gettext_lazy("Check signs such as µ, ≥ and ½ in the text."),
    "encoding_mended": gettext_lazy("Check signs such as µ, ≥ and ½ in the text."),
}


@dataclass(frozen=True, slots=True)
class Told:
    """One warning with every page it concerns."""

    message: str
    pages: str
    first_page: int | None
    advice: Words


def told_warnings(warnings: Iterable[ParseWarning]) -> tuple[Told, ...]:
    """The warnings in their order, alike ones together."""
    grouped: dict[tuple[str, str], list[int]] = {}
    for one in warnings:
        pages = grouped.setdefault((one.code, one.message), [])
        if one.page is not None:
            pages.append(one.page)
    return tuple(
        Told(message, _pages(pages), min(pages, default=None), ADVICE.get(code, ""))
        for (code, message), pages in grouped.items()
    )


def _pages(pages: list[int]) -> str:
    """Pages in words, runs of them folded: "Pages 3–5, 9"."""
    unique = sorted(set(pages))
    if not unique:
        return ""
    runs = ", ".join(_runs(unique))
    words = ngettext("Page %(pages)s", "Pages %(pages)s", len(unique))
    return words % {"pages": runs}


def _runs(pages: list[int]) -> list[str]:
    places = enumerate(pages)
    found = []
    for _key, run in groupby(places, key=lambda one: one[1] - one[0]):
        numbers = [number for _place, number in run]
        found.append(
            str(numbers[0])
            if len(numbers) == 1
            else _("%(first)d–%(last)d") % {"first": numbers[0], "last": numbers[-1]}
        )
    return found
