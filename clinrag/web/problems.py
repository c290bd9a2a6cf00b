"""What to do about a question that could not be answered."""

from django.utils.translation import gettext_lazy as _

from audit.errors import LedgerUnavailable
from clinrag.answering.errors import QuestionInvalid, RecordedFailure
from clinrag.web.labels import Words


def next_step_for(error: Exception) -> Words:
    """The sentence for people; never a word of what they asked."""
    if isinstance(error, QuestionInvalid):
        return _("Change the question and ask again. Nothing was recorded.")
    if isinstance(error, RecordedFailure):
        return _(
            "The failure is on record. Ask again in a moment, or tell the operator."
        )
    if isinstance(error, LedgerUnavailable):
        return _("Nothing may be answered that cannot be recorded. Tell the operator.")
    return _("Ask again in a moment. If it stays, tell the operator.")
