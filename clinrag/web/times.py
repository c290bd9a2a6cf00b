"""Times in words: how long ago something was, and dates that are known in part."""

from datetime import date, datetime, timedelta
from typing import Final

from django.utils.formats import date_format
from django.utils.timesince import timesince
from django.utils.translation import gettext as _

# A year, a month or a day in ISO 8601, by its length.
_FORMS: Final = {4: ("-01-01", "Y"), 7: ("-01", "M Y"), 10: ("", "j M Y")}


def date_words(text: str) -> str:
    """`2026-11` as "Nov 2026", as pages show dates; anything else as it stands."""
    missing, form = _FORMS.get(len(text), ("", ""))
    try:
        return date_format(date.fromisoformat(text + missing), form)
    except ValueError:
        return text


def age_of(moment: datetime, at: datetime) -> str:
    """How long before `at`, in words."""
    if at - moment < timedelta(minutes=1):
        return _("less than a minute ago")
    return _("%(time)s ago") % {"time": timesince(moment, at, depth=1)}
