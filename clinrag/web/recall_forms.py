"""What people may send about impact and recalls, checked for form only."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from clinrag.answering.recalls.actions import LONGEST_TEXT
from clinrag.web.forms import MomentField, PageForm
from clinrag.web.recall_labels import REACHES, SEVERITY_CHOICES, USES

Sections = Sequence[tuple[str, ...]]


class ImpactForm(forms.Form):
    """What narrows the answers of an edition; every field may stay empty."""

    part = forms.ChoiceField(label=_("Of"), required=False)
    use = forms.ChoiceField(
        label=_("Use"), required=False, choices=[("", _("Any")), *USES.items()]
    )
    app = forms.CharField(label=_("App"), max_length=200, required=False)
    unit = forms.CharField(label=_("Unit"), max_length=64, required=False)
    actor = forms.CharField(label=_("Asked by (id)"), max_length=200, required=False)
    since = MomentField(label=_("From"), required=False)
    until = MomentField(label=_("Until"), required=False)

    def __init__(self, *args: Any, sections: Sections, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _offer_parts(self, sections, change=True)
        self.fields["part"].widget.attrs["data-first-filter"] = True


class RecallForm(PageForm):
    """What is called back, why, and how far."""

    part = forms.ChoiceField(label=_("What"), required=False)
    severity = forms.ChoiceField(
        label=_("How much it matters"), choices=list(SEVERITY_CHOICES.items())
    )
    reach = forms.ChoiceField(label=_("Concerned"), choices=list(REACHES.items()))
    reason = forms.CharField(
        label=_("Reason"),
        help_text=_("Name no patient. It is read here, and not sent to the apps."),
        max_length=LONGEST_TEXT,
        widget=forms.Textarea({"rows": 4}),
    )

    def __init__(self, *args: Any, sections: Sections, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _offer_parts(self, sections, change=False)


class ClosingForm(PageForm):
    """Why a recall ends."""

    note = forms.CharField(
        label=_("Why it ends"),
        max_length=LONGEST_TEXT,
        widget=forms.Textarea({"rows": 3}),
    )


class RangeForm(PageForm):
    """Entries of the log; all that are signed if nothing is named."""

    first = forms.IntegerField(label=_("From entry"), min_value=0, required=False)
    last = forms.IntegerField(label=_("To entry"), min_value=0, required=False)


def _offer_parts(form: forms.Form, sections: Sections, *, change: bool) -> None:
    """Sections by their place in the edition, so that no heading is in an address.

    What stands before the first heading has no path to be named by.
    """
    field = form.fields["part"]
    if isinstance(field, forms.ChoiceField):
        gone = [("change", _("What it no longer holds"))] if change else []
        named = [
            (str(place), " › ".join(path))
            for place, path in enumerate(sections)
            if path
        ]
        field.choices = [("", _("The whole edition")), *gone, *named]
