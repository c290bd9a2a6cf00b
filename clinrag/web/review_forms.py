"""What people may send about an answer, checked for form only."""

from collections.abc import Iterable
from typing import Any, Final

from django import forms
from django.utils.translation import gettext_lazy as _

from clinrag.answering.remarks import CRITERIA as CRITERION_NAMES
from clinrag.answering.remarks import (
    FEEDBACK,
    HIGHEST,
    LOWEST,
    NOTES,
    FeedbackCode,
    RemarkKind,
    ReviewVerdict,
)
from clinrag.answering.reviews.actions import LONGEST
from clinrag.web.forms import PageForm
from clinrag.web.reviewing import CODES, CRITERIA, KINDS, VERDICTS

_MARKS: Final = range(LOWEST, HIGHEST + 1)
SEALED: Final = _("Sealed beside the entry; each reading of it is recorded.")


def _words(label: Any, *, required: bool = False) -> forms.CharField:
    return forms.CharField(
        label=label,
        help_text=SEALED,
        required=required,
        max_length=LONGEST,
        widget=forms.Textarea({"rows": 3}),
    )


class FeedbackForm(PageForm):
    """What somebody thinks of an answer, and why."""

    kind = forms.ChoiceField(
        label=_("This answer is"),
        choices=[(one.value, KINDS[one.value].words) for one in FEEDBACK],
        widget=forms.RadioSelect,
    )
    code = forms.ChoiceField(
        label=_("Why, if it is wrong or unsafe"),
        choices=[
            ("", "–"),
            *((one.value, CODES[one.value]) for one in FeedbackCode if one),
        ],
        required=False,
    )
    words = _words(_("In your words"))

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        is_complaint = given.get("kind") not in (None, RemarkKind.HELPFUL.value)
        if is_complaint and not given.get("code"):
            self.add_error("code", _("Say why it is wrong or unsafe."))
        if not is_complaint:
            given["code"] = ""
        return given


class NoteForm(PageForm):
    """Words beside an answer, or in its place for whoever may put them there."""

    kind = forms.ChoiceField(
        label=_("These words"), choices=[], widget=forms.RadioSelect
    )
    words = _words(_("Your words"), required=True)

    def __init__(self, *args: Any, may_override: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        told = {
            RemarkKind.ANNOTATION: _("stand beside the answer"),
            RemarkKind.OVERRIDE: _("are to be read in its place, until reviewed"),
        }
        offered = NOTES if may_override else (RemarkKind.ANNOTATION,)
        field = self.fields["kind"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101  # for the type
        field.choices = [(one.value, told[one]) for one in offered]
        field.initial = RemarkKind.ANNOTATION.value


class ScoringForm(PageForm):
    """A verdict, a score for each criterion, and the flags that were seen."""

    verdict = forms.ChoiceField(
        label=_("Verdict"),
        choices=[(one.value, VERDICTS[one.value].words) for one in ReviewVerdict],
        widget=forms.RadioSelect,
    )
    flags = forms.MultipleChoiceField(
        label=_("Settled by this review"),
        choices=[],
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    words = _words(_("What you found"))

    def __init__(
        self, *args: Any, flags: Iterable[tuple[str, str]] = (), **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        for name in CRITERION_NAMES:
            self.fields[name] = forms.TypedChoiceField(
                label=str(CRITERIA[name]),
                choices=[(one, str(one)) for one in _MARKS],
                coerce=int,
                widget=forms.RadioSelect,
            )
        waiting = list(flags)
        self._offer(waiting)

    def _offer(self, waiting: list[tuple[str, str]]) -> None:
        """The flags that wait, all of them ticked; none, and the field is gone."""
        if not waiting:
            del self.fields["flags"]
            return
        field = self.fields["flags"]
        assert isinstance(field, forms.MultipleChoiceField)  # noqa: S101  # for the type
        field.choices = waiting
        field.initial = [key for key, _label in waiting]

    @property
    def has_flags(self) -> bool:
        """Whether any flag waits."""
        return "flags" in self.fields

    @property
    def criteria(self) -> list[forms.BoundField]:
        """The fields of the scores, in the order of the criteria."""
        return [self[name] for name in CRITERION_NAMES]

    @property
    def scores(self) -> dict[str, int]:
        """The scores given, once the form is valid."""
        return {name: self.cleaned_data[name] for name in CRITERION_NAMES}
