"""What a reviewer sends to sign a decision, checked for form only."""

from django import forms
from django.utils.translation import gettext_lazy as _

from clinrag.web.forms import MomentField, PageForm
from clinrag.web.labels import MEANINGS


class SignForm(PageForm):
    """The meaning of the signature, a comment, and the password again."""

    meaning = forms.ChoiceField(
        label=_("Your signature means"), choices=list(MEANINGS.items())
    )
    comment = forms.CharField(
        label=_("Comment"),
        required=False,
        max_length=2000,
        widget=forms.Textarea({"rows": 3}),
    )
    acknowledged = forms.BooleanField(
        label=_(
            "I know that what this edition changes was not foreseen with the documents"
            " as they stand now"
        ),
        required=False,
    )
    # The report that was on the page: another one since was not seen.
    foresight_sha256 = forms.CharField(
        required=False, max_length=64, widget=forms.HiddenInput
    )
    password = forms.CharField(
        label=_("Your password, again"),
        max_length=4096,
        strip=False,
        widget=forms.PasswordInput({"autocomplete": "current-password"}),
    )

    def without_acknowledgement(self) -> "SignForm":
        """The form for a report that is fresh: there is nothing to acknowledge."""
        del self.fields["acknowledged"]
        return self


class ForeseeForm(PageForm):
    """As of when the edition should be supposed in force."""

    supposed_at = MomentField(
        label=_("As if in force from"), help_text=_("Empty: now."), required=False
    )
