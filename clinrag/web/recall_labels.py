"""The words for standings, uses and recalls."""

from datetime import datetime
from uuid import UUID

from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from clinrag.answering.impact.standing import standing_of_answer
from clinrag.web.labels import Label, Words

STANDINGS: dict[str, Label] = {
    "current": Label(_("current"), "ok"),
    "superseded": Label(_("superseded"), "warn"),
    "withdrawn": Label(_("withdrawn"), "bad"),
    "under_recall": Label(_("under recall"), "bad"),
}

USES: dict[str, Words] = {
    "cited": _("cited"),
    "in_prompt": _("in the prompt"),
    "cut": _("lost to a cut"),
}

REACHES: dict[str, Words] = {
    "in_prompt": _("Answers that cited it or had it in the prompt"),
    "cited": _("Only answers that cited it"),
    "cut": _("Also answers that found it and lost it to a cut"),
}

SEVERITIES: dict[str, Label] = {
    "critical": Label(_("critical"), "bad"),
    "major": Label(_("major"), "warn"),
    "minor": Label(_("minor"), "info"),
}

SEVERITY_CHOICES: dict[str, Words] = {
    "critical": _("Critical: acknowledged within a day"),
    "major": _("Major: acknowledged within three days"),
    "minor": _("Minor: acknowledged within two weeks"),
}

KINDS: dict[str, Words] = {
    "version": _("the whole edition"),
    "section": _("a section"),
    "chunk": _("a passage"),
}

TOLD: dict[str, Label] = {
    "pending": Label(_("being told"), "wait"),
    "delivered": Label(_("told"), "ok"),
    "dead": Label(_("could not be told"), "bad"),
}

RECALL_STATES: dict[str, Words] = {
    "open": _("Open"),
    "overdue": _("Overdue"),
    "closed": _("Closed"),
    "all": _("All"),
}


def standing_label(answer_id: UUID, *, at: datetime) -> Label:
    """What an answer's text is worth at `at`, in words. Raises UnknownAnswer."""
    found = standing_of_answer(answer_id, at=at).standing
    return Label(
        format_lazy(_("its text is {worth}"), worth=STANDINGS[found.value].words),
        STANDINGS[found.value].tone,
    )
