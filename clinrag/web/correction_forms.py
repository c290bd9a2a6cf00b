"""What people may send to describe a document or an edition anew, for form only."""

from collections.abc import Sequence
from typing import Any, Final

from django import forms
from django.utils.translation import gettext_lazy as _

from clinrag.web.forms import DayField, PageForm, offer
from ingestion.queries import Description, DocumentView
from ingestion.queries.records import description_of

DESCRIBED: Final = (
    "title",
    "publisher",
    "citation",
    "url",
    "licence",
    "language",
    "owner_id",
    "review_by",
)


class CorrectionForm(PageForm):
    """What is said of a document from now on, and why it is said anew."""

    title = forms.CharField(label=_("Title"), max_length=500)
    publisher = forms.CharField(label=_("Publisher"), max_length=300, required=False)
    citation = forms.CharField(label=_("Citation"), max_length=1000, required=False)
    url = forms.URLField(
        label=_("Address of the source"),
        max_length=1000,
        required=False,
        assume_scheme="https",
    )
    licence = forms.CharField(label=_("Licence"), max_length=200, required=False)
    language = forms.RegexField(
        r"^[a-z]{2,3}(-[A-Za-z0-9]{2,4})?$",
        label=_("Language"),
        max_length=12,
        help_text=_("Its code, such as “en” or “pt-BR”."),
    )
    owner_id = forms.ChoiceField(label=_("Owner"))
    review_by = DayField(label=_("Review by"), required=False)
    reason = forms.CharField(
        label=_("Reason"),
        max_length=1000,
        help_text=_("What was said before stays on record, with this reason."),
    )

    def __init__(
        self,
        *args: Any,
        document: DocumentView,
        people: Sequence[tuple[str, str]],
        **kwargs: Any,
    ) -> None:
        described = description_of(document)
        initial = {name: getattr(described, name) for name in DESCRIBED}
        options = {"auto_id": "id_correct_%s", "initial": initial, **kwargs}
        super().__init__(*args, **options)
        known = dict(people)
        known.setdefault(document.owner_id, document.owner_id)
        offer(self, "owner_id", list(known.items()))

    @property
    def description(self) -> Description:
        """The document as it is described from now on."""
        return Description(**{name: self.cleaned_data[name] for name in DESCRIBED})


class LabelForm(PageForm):
    """What an edition is called from now on, and why."""

    label = forms.CharField(label=_("Name of the edition"), max_length=200)
    reason = forms.CharField(label=_("Reason"), max_length=1000)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"auto_id": "id_label_%s", **kwargs})


class LookedThroughForm(PageForm):
    """That a document was looked through, and by when it is to be again."""

    note = forms.CharField(label=_("What was found"), max_length=1000)
    review_by = DayField(
        label=_("Review again by"),
        required=False,
        help_text=_("Empty: nobody is reminded again."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"auto_id": "id_reminder_%s", **kwargs})
