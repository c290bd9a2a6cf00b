"""How long ago something was, in words."""

from datetime import datetime, timedelta

from django.utils.timesince import timesince
from django.utils.translation import gettext as _


def age_of(moment: datetime, at: datetime) -> str:
    """How long before `at`, in words."""
    if at - moment < timedelta(minutes=1):
        return _("less than a minute ago")
    return _("%(time)s ago") % {"time": timesince(moment, at, depth=1)}
