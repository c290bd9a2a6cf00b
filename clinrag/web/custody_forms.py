"""What people may send about the ledger's custody, checked for form only."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django import forms
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from audit.custody.retention import CLASSES
from audit.custody.scopes import spans
from audit.queries.readings import READINGS, Readings
from audit.verification import Range
from clinrag.web.addresses import words_in
from clinrag.web.forms import DayField, MomentField, PageForm
from clinrag.web.labels import ACTIONS, CONTENTS, FINDINGS, GROUNDS, class_words

NO_PATIENT = _(
    "Name no patient and give no reference to one; the reason can be read by everybody"
    " who may read the ledger."
)


def _reason(label: Any, hint: Any = "") -> forms.CharField:
    """Words of the person's own; as long as the ledger takes them.

    Those of a request or a hold stand in clear in its row, and sealing a copy beside
    the entry protects nothing of that; those of an emergency are sealed only.
    """
    return forms.CharField(
        label=label,
        help_text=hint,
        max_length=2000,
        widget=forms.Textarea({"rows": 3}),
    )


class RefusalForm(PageForm):
    """Why a second person does not agree."""

    reason = _reason(_("Reason for refusing"))


class LogChangeForm(PageForm):
    """A new key or a new shard of the log, and why."""

    action = forms.ChoiceField(
        label=_("What"),
        choices=[(one, ACTIONS[one]) for one in ("key_rotation", "shard_opening")],
    )
    reason = _reason(_("Reason"))


class EmergencyForm(PageForm):
    """Why an answer is opened in an emergency."""

    reason = _reason(
        _("Why you need this now"),
        _("Sealed beside the entry; another person reads it when reviewing."),
    )


class EmergencyReviewForm(PageForm):
    """What a second person thinks of an emergency access."""

    finding = forms.ChoiceField(
        label=_("This access was"),
        choices=[(code, label.words) for code, label in FINDINGS.items()],
        widget=forms.RadioSelect,
    )
    note = _reason(_("Note"), _("What you looked at, and what follows from it."))


class ReadingFilterForm(forms.Form):
    """What narrows the access log; every field may stay empty."""

    since = MomentField(label=_("From"), required=False)
    until = MomentField(label=_("Until"), required=False)
    what = forms.ChoiceField(
        label=_("What"),
        required=False,
        choices=[
            ("", _("Any")),
            ("content.disclosed", _("Readings")),
            ("content.break_glass", _("Emergency accesses")),
            ("export.downloaded", _("Downloads of packages")),
        ],
    )
    actor = forms.CharField(label=_("By (id)"), max_length=200, required=False)
    answer = forms.UUIDField(label=_("Answer (id)"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["since"].widget.attrs["data-first-filter"] = True

    def wanted(self) -> Readings:
        """What the form asks for; a field with a mistake filters nothing."""
        self.is_valid()
        values = self.cleaned_data
        what = values.get("what")
        return Readings(
            actor_id=words_in(values.get("actor") or "") or None,
            answer_id=values.get("answer"),
            since=values.get("since"),
            until=values.get("until"),
            types=(what,) if what else READINGS,
        )


class AccountForm(PageForm):
    """A person's reference, and the span of time to account for."""

    reference = forms.CharField(
        label=_("The person's reference"),
        help_text=_("As the asking app named it. It is looked up and kept nowhere."),
        max_length=200,
        widget=forms.TextInput({"autocomplete": "off", "spellcheck": "false"}),
    )
    years = forms.IntegerField(
        label=_("Years back"), initial=6, min_value=1, max_value=30
    )

    def span(self, *, at: datetime) -> tuple[datetime, datetime]:
        """From when to when, once the form is valid."""
        return at - timedelta(days=366 * self.cleaned_data["years"]), at


class HoldForm(PageForm):
    """What a legal hold covers, and why."""

    kind = forms.ChoiceField(
        label=_("It covers"),
        choices=[
            ("question", _("one answer")),
            ("subject", _("a person")),
            ("version", _("an edition, with the answers that read it")),
            ("time", _("a stretch of time")),
            ("everything", _("everything")),
        ],
    )
    value = forms.CharField(
        label=_("Which"),
        help_text=_(
            "The id of the answer or edition, or the person's reference as the asking"
            " app named it, which is looked up and kept nowhere."
        ),
        max_length=200,
        required=False,
        widget=forms.TextInput({"autocomplete": "off", "spellcheck": "false"}),
    )
    since = MomentField(
        label=_("From"), help_text=_("For a stretch of time."), required=False
    )
    until = MomentField(label=_("Until"), required=False)
    reason = _reason(
        _("Reason"),
        format_lazy(
            "{} {}", _("Who asked for the hold, and in which matter."), NO_PATIENT
        ),
    )

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        kind, value = values.get("kind"), values.get("value")
        if kind in {"question", "subject", "version"} and not value:
            self.add_error("value", _("This kind of hold needs it."))
        if kind in {"question", "version"} and value and not _is_id(value):
            self.add_error("value", _("This is not an id."))
        if kind == "time" and not (values.get("since") or values.get("until")):
            self.add_error("since", _("A stretch of time has a beginning or an end."))
        elif kind == "time" and not spans(values.get("since"), values.get("until")):
            self.add_error("until", _("It ends before it begins."))
        return values


class ReasonForm(PageForm):
    """Why something is asked for."""

    reason = _reason(_("Reason"), NO_PATIENT)


class FloorForm(PageForm):
    """For how long a class of content is kept at the least, and who says so."""

    retention_class = forms.ChoiceField(
        label=_("Class"),
        choices=[(one, class_words(one)) for one in CLASSES],
        initial="*",
    )
    years = forms.IntegerField(label=_("Years"), min_value=1, max_value=200)
    applies_from = DayField(label=_("In force from"))
    source = forms.CharField(label=_("Source"), max_length=300)


class ErasureForm(PageForm):
    """What is to be erased, on which ground, and why."""

    kind = forms.ChoiceField(
        label=_("Erase"),
        choices=[
            ("question", _("one answer, with its question")),
            ("subject", _("all that was sealed for a person")),
        ],
        widget=forms.RadioSelect,
        initial="question",
    )
    value = forms.CharField(
        label=_("Which"),
        help_text=_(
            "The answer's id, or the person's reference as the asking app named it,"
            " which is looked up and kept nowhere."
        ),
        max_length=200,
        widget=forms.TextInput({"autocomplete": "off", "spellcheck": "false"}),
    )
    ground = forms.ChoiceField(label=_("Ground"), choices=list(GROUNDS.items()))
    reason = _reason(_("Reason"), NO_PATIENT)

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        value = values.get("value")
        if values.get("kind") == "question" and value and not _is_id(value):
            self.add_error("value", _("This is not an answer's id."))
        return values


def _is_id(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True


class VerificationForm(PageForm):
    """The entries to verify; all of them if both fields stay empty."""

    first = forms.IntegerField(label=_("From entry"), min_value=0, required=False)
    last = forms.IntegerField(label=_("To entry"), min_value=0, required=False)

    def __init__(self, *args: Any, end: int = 0, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.end = end

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        first, last = values.get("first"), values.get("last")
        if first is not None and last is not None and first > last:
            self.add_error("last", _("The range ends before it begins."))
        elif (first or 0) >= self.end > 0 or (last or 0) >= self.end > 0:
            message = _("The last signed entry is %(n)d.") % {"n": self.end - 1}
            self.add_error("last", message)
        return values

    def range(self) -> Range | None:
        """What to verify, once the form is valid; None for everything."""
        first, last = self.cleaned_data["first"], self.cleaned_data["last"]
        if first is None and last is None:
            return None
        return Range(first or 0, self.end if last is None else last + 1)


class PackageForm(PageForm):
    """What a package is about, of one kind; and how sealed content goes into it.

    `words` are the scope as `audit.exports.scopes` reads it, but for a person, whose
    reference is looked up and kept nowhere.
    """

    content = forms.ChoiceField(
        label=_("Content"),
        choices=list(CONTENTS.items()),
        initial="masked",
        widget=forms.RadioSelect,
    )

    def __init__(self, *args: Any, kind: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kind = kind
        self.fields = {**_SCOPE_FIELDS[kind](), **self.fields}

    def words(self) -> dict[str, str]:
        """The scope's words, once the form is valid."""
        names = [name for name in self.fields if name != "content"]
        return {name: _plain(self.cleaned_data[name]) for name in names}


def _answer_field() -> dict[str, forms.Field]:
    return {"answer_id": forms.UUIDField(label=_("Answer (id)"))}


def _version_field() -> dict[str, forms.Field]:
    hint = _("With every answer that retrieved it.")
    return {"version_id": forms.UUIDField(label=_("Edition (id)"), help_text=hint)}


def _entry_fields() -> dict[str, forms.Field]:
    return {
        "first": forms.IntegerField(label=_("From entry"), min_value=0),
        "last": forms.IntegerField(
            label=_("To entry"), min_value=0, help_text=_("It is in the package too.")
        ),
    }


def _period_fields() -> dict[str, forms.Field]:
    return {
        "since": MomentField(label=_("From")),
        "until": MomentField(label=_("Until"), help_text=_("Not included.")),
    }


def _subject_field() -> dict[str, forms.Field]:
    return {
        "reference": forms.CharField(
            label=_("The person's reference"),
            help_text=_(
                "As the asking app named it. It is looked up and kept nowhere."
            ),
            max_length=200,
            widget=forms.TextInput({"autocomplete": "off", "spellcheck": "false"}),
        )
    }


_SCOPE_FIELDS = {
    "answer": _answer_field,
    "entries": _entry_fields,
    "period": _period_fields,
    "version": _version_field,
    "subject": _subject_field,
}


def _plain(value: Any) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)


class PackageRequestForm(PageForm):
    """Why a package is needed."""

    reason = _reason(_("Reason"), NO_PATIENT)
