"""The words and tones for what the packages below call by a stable code.

A tone picks a colour and a glyph together: `ok`, `warn`, `bad`, `info`, `wait`
or none. An unknown code is shown as it is, with its underscores opened up.
"""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Words = str | Promise


@dataclass(frozen=True, slots=True)
class Label:
    """What a person reads for a code, and how it is coloured."""

    words: Words
    tone: str = ""


STATUSES: dict[str, Label] = {
    "received": Label(_("received"), "wait"),
    "parsed": Label(_("read"), "wait"),
    "chunked": Label(_("cut into passages"), "wait"),
    "embedded": Label(_("embedded"), "wait"),
    "failed": Label(_("failed"), "bad"),
    "in_review": Label(_("in review"), "info"),
    "returned": Label(_("returned"), "warn"),
    "rejected": Label(_("rejected"), "bad"),
    "approved": Label(_("approved"), "info"),
    "scheduled": Label(_("scheduled"), "wait"),
    "in_force": Label(_("in force"), "ok"),
    "superseded": Label(_("superseded"), "warn"),
    "withdrawn": Label(_("withdrawn"), "bad"),
    "draft": Label(_("draft")),
    "unknown": Label(_("unknown")),
}

OUTCOMES: dict[str, Label] = {
    "answered": Label(_("answered"), "ok"),
    "no_evidence": Label(_("no evidence"), "warn"),
    "not_grounded": Label(_("not grounded"), "warn"),
    "out_of_scope": Label(_("out of scope"), "warn"),
    "identifiers_found": Label(_("identifiers found"), "warn"),
    "injection_suspected": Label(_("injection suspected"), "warn"),
    "model_failed": Label(_("model failed"), "bad"),
    "open": Label(_("under way"), "wait"),
    "lost": Label(_("lost"), "bad"),
}

OUTCOME_SENTENCES: dict[str, Words] = {
    "no_evidence": _("Refused for want of evidence."),
    "not_grounded": _("Refused: not supported by what was cited."),
    "out_of_scope": _("Refused as out of scope."),
    "identifiers_found": _("Refused: it seems to name a person."),
    "injection_suspected": _("Refused: it reads like instructions."),
    "model_failed": _("Failed, and recorded."),
    "open": _("Still being answered."),
    "lost": _("Lost: the work was cut short before an answer was recorded."),
    "answered": _("Answered."),
}

PURPOSES: dict[str, Words] = {
    "audit_review": _("Audit review"),
    "incident_investigation": _("Incident investigation"),
    "quality_assurance": _("Quality assurance"),
    "subject_access_request": _("Subject access request"),
    "legal_request": _("Legal request"),
}
DEFAULT_PURPOSE = "audit_review"

MEANINGS: dict[str, Words] = {
    "clinical content checked": _("I checked the clinical content"),
    "formal approval": _("I approve this edition for use"),
    "transcription checked": _("I checked the text against the source"),
}

CHANGES: dict[str, tuple[str, Words]] = {
    "added": ("+", _("added")),
    "removed": ("−", _("removed")),
    "changed": ("≠", _("changed")),
    "moved": ("↕", _("moved")),
    "unchanged": ("=", _("unchanged")),
}


def label_of(table: dict[str, Label], code: str) -> Label:
    """The label of a code; an unknown one is its own words."""
    return table.get(code) or Label(in_words(code))


def in_words(code: object) -> str:
    """A code as words: `in_force` reads "in force"."""
    return str(code).replace("_", " ").replace("-", " ")
