"""Words and glyphs for the grades and kinds of risks. Will not: grade."""

from collections.abc import Mapping
from typing import Final

from django.utils.translation import gettext_lazy as _

from clinrag.web.labels import Words

# The tone of the badge, whose glyph goes with it, and the word.
GRADE_BADGES: Final[Mapping[str, tuple[str, Words]]] = {
    "high": ("bad", _("high")),
    "medium": ("warn", _("medium")),
    "low": ("neutral", _("low")),
}
KIND_WORDS: Final[Mapping[str, Words]] = {
    "dose": _("Dose"),
    "unit": _("Unit"),
    "threshold": _("Limit"),
    "negation": _("Negation"),
    "strength": _("Strength"),
    "certainty": _("Certainty"),
    "duration": _("Duration"),
    "number": _("Number"),
    "moved": _("Moved"),
    "date": _("Date"),
    "numbering": _("Numbering"),
}
