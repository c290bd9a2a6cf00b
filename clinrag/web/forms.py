"""What people may send, checked for form only; rules are the packages' business."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django import forms
from django.core.exceptions import NON_FIELD_ERRORS
from django.utils.translation import gettext_lazy as _

from clinrag.answering.formats.definitions import newest_formats, newest_styles
from clinrag.answering.policy import Policy
from ingestion.queries import CollectionView

Choices = Sequence[tuple[str, Any]]


class MomentField(forms.DateTimeField):
    """A date with a time, picked with the browser's own control."""

    def __init__(self, **options: Any) -> None:
        shape = "%Y-%m-%dT%H:%M"
        widget = forms.DateTimeInput({"type": "datetime-local"}, format=shape)
        super().__init__(widget=widget, **options)


class DayField(forms.DateField):
    """A date, picked with the browser's own control."""

    def __init__(self, **options: Any) -> None:
        widget = forms.DateInput({"type": "date"}, format="%Y-%m-%d")
        super().__init__(widget=widget, **options)


class PageForm(forms.Form):
    """A form whose summary of problems knows whether fields are marked."""

    @property
    def has_field_problems(self) -> bool:
        return any(name != NON_FIELD_ERRORS for name in self.errors)


class HoldForm(PageForm):
    """Why a held edition may go on, or may not."""

    reason = forms.CharField(
        label=_("Reason"),
        help_text=_("Name no patient: the reason is kept for good."),
        max_length=1000,
        widget=forms.Textarea({"rows": 3}),
    )


class ActivateForm(PageForm):
    """When the edition comes into force, and when it stops if that is known."""

    in_force_from = MomentField(
        label=_("In force from"), help_text=_("Empty: at once."), required=False
    )
    in_force_to = MomentField(
        label=_("In force until"),
        help_text=_("Empty: until another edition replaces it."),
        required=False,
    )


class WithdrawForm(PageForm):
    """Why the edition is withdrawn."""

    reason = forms.CharField(
        label=_("Reason"), max_length=1000, widget=forms.Textarea({"rows": 3})
    )


class AskForm(PageForm):
    """A question, the collections to ask, and the moment whose text counts."""

    question = forms.CharField(
        label=_("Question"),
        max_length=Policy().longest_question,
        widget=forms.Textarea({"rows": 3, "class": "wide"}),
    )
    collections = forms.MultipleChoiceField(
        label=_("Collections"), widget=forms.CheckboxSelectMultiple
    )
    as_of = MomentField(
        label=_("As of"),
        help_text=_("Empty: what is in force now."),
        required=False,
    )
    format = forms.ChoiceField(label=_("Write as"), required=False)
    style = forms.ChoiceField(label=_("House style"), required=False)
    context = forms.CharField(
        label=_("The encounter"),
        help_text=_(
            "A note or a dialogue to write from; not for a plain answer. Identifiers "
            "in it are masked, and it is sealed like the question."
        ),
        max_length=Policy().longest_context,
        required=False,
        strip=False,
        widget=forms.Textarea({"rows": 6, "class": "wide"}),
    )

    def __init__(
        self, *args: Any, collections: Sequence[CollectionView], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "collections", [(one.slug, one.name) for one in collections])
        offer(self, "format", [(one.label, one.title) for one in newest_formats()])
        offer(self, "style", [(one.label, one.title) for one in newest_styles()])
        self.fields["collections"].initial = [one.slug for one in collections[:1]]
        if not self.is_bound:
            self.fields["question"].widget.attrs["autofocus"] = True


class MomentsForm(PageForm):
    """When a text applied, and when that was on record; both may stay empty."""

    as_of = MomentField(label=_("As of"), required=False)
    known_at = MomentField(label=_("Known at"), required=False)


class AnswerFilterForm(forms.Form):
    """What narrows the list of answers; every field may stay empty."""

    since = MomentField(label=_("From"), required=False)
    until = MomentField(label=_("Until"), required=False)
    outcome = forms.ChoiceField(label=_("Outcome"), required=False)
    collection = forms.ChoiceField(label=_("Collection"), required=False)
    actor = forms.CharField(label=_("Asked by (id)"), max_length=200, required=False)
    app = forms.CharField(label=_("App"), max_length=200, required=False)
    version = forms.UUIDField(label=_("Cites edition (id)"), required=False)

    def __init__(
        self, *args: Any, outcomes: Choices, collections: Choices, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "outcome", [("", _("Any")), *outcomes])
        offer(self, "collection", [("", _("Any")), *collections])
        self.fields["since"].widget.attrs["data-first-filter"] = True

    def moment(self, name: str) -> datetime | None:
        value = self.cleaned_data.get(name) if self.is_valid() else None
        return value if isinstance(value, datetime) else None


def offer(form: forms.Form, name: str, choices: Choices) -> None:
    """Give a field its choices."""
    field = form.fields[name]
    if isinstance(field, forms.ChoiceField):
        field.choices = list(choices)
