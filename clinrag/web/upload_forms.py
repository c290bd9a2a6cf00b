"""Files that people send, one or several, and what they say about them."""

from collections.abc import Sequence
from pathlib import PurePath
from typing import Any

from django import forms
from django.conf import settings
from django.forms import BoundField
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from clinrag.web.choices import Offered
from clinrag.web.forms import DayField, PageForm, offer
from ingestion.queries import CollectionView
from ingestion.uploads import MeasuredFile

TITLE_LENGTH = 500
LABEL_LENGTH = 200


class FilesInput(forms.ClearableFileInput):
    """The browser's own control, for more than one file."""

    allow_multiple_selected = True


class FilesField(forms.FileField):
    """One file or several, as a list; each is checked like one."""

    widget = FilesInput

    def clean(self, data: Any, initial: Any = None) -> list[Any]:
        files = data if isinstance(data, list) else [data]
        return [super(FilesField, self).clean(one, initial) for one in files or [None]]


class UploadForm(PageForm):
    """Files, their editions' name, and the document they belong to, old or new."""

    file = FilesField(
        label=gettext_lazy("Files"),
        help_text=gettext_lazy(
            "Drop them anywhere on this page, or choose them. Of several, each becomes"
            " an edition of its own, named after its file."
        ),
        allow_empty_file=True,  # on record as a failed version, like one too large
        max_length=255,
    )
    label = forms.CharField(
        label=gettext_lazy("Edition"),
        help_text=gettext_lazy("What the publisher calls it, such as “2026 edition”."),
        max_length=LABEL_LENGTH,
    )
    document = forms.ChoiceField(label=gettext_lazy("Document"), required=False)
    title = forms.CharField(
        label=gettext_lazy("Title"), max_length=TITLE_LENGTH, required=False
    )
    collection = forms.ChoiceField(label=gettext_lazy("Collection"), required=False)
    publisher = forms.CharField(
        label=gettext_lazy("Publisher"), max_length=300, required=False
    )
    citation = forms.CharField(
        label=gettext_lazy("Citation"), max_length=1000, required=False
    )
    url = forms.URLField(
        label=gettext_lazy("Address of the source"),
        max_length=1000,
        required=False,
        assume_scheme="https",
    )
    licence = forms.CharField(
        label=gettext_lazy("Licence"), max_length=200, required=False
    )
    review_by = DayField(label=gettext_lazy("Review by"), required=False)

    NEW = ("title", "collection", "publisher", "citation", "url", "licence")

    def __init__(
        self,
        *args: Any,
        offered: Offered,
        collections: Sequence[CollectionView],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        known = [(str(one.id), one.title) for one in offered.documents]
        self.offered = offered
        offer(self, "document", [("", _("A new document, described beside")), *known])
        offer(self, "collection", [(str(one.id), one.name) for one in collections])
        self.fields["label"].required = not self.is_several

    @property
    def is_several(self) -> bool:
        files: Any = self.files
        return bool(files) and len(files.getlist("file")) > 1

    @property
    def new_document_fields(self) -> list[BoundField]:
        return [self[name] for name in (*self.NEW, "review_by")]

    def clean_file(self) -> list[MeasuredFile]:
        """Several are kept together or not at all: none of them is too large alone."""
        files: list[MeasuredFile] = self.cleaned_data["file"]
        most = settings.MAX_UPLOAD_BYTES
        cut = [one for one in files if not one.kept and one.measure.byte_size <= most]
        if cut:
            raise forms.ValidationError(
                _("Together they are larger than %(most)s. Send fewer at once."),
                params={"most": filesizeformat(most)},
            )
        return files

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        needed = ("collection",) if self.is_several else ("title", "collection")
        if not values.get("document"):
            for name in needed:
                if not values.get(name) and name not in self.errors:
                    self.add_error(name, _("A new document needs this."))
        return values

    def label_of(self, file: MeasuredFile) -> str:
        """The edition's name: of several in one document, each has its file's."""
        given: str = self.cleaned_data["label"]
        shared = given and not (self.is_several and self.cleaned_data["document"])
        return given if shared else stem_of(file)[:LABEL_LENGTH]

    def title_of(self, file: MeasuredFile) -> str:
        """The title of the new document that the file begins."""
        title: str = self.cleaned_data["title"]
        return stem_of(file)[:TITLE_LENGTH] if self.is_several else title


def stem_of(file: MeasuredFile) -> str:
    """A file's name as words: without its ending, `_` and `-` opened up."""
    stem = PurePath(file.name or "").stem
    return stem.replace("_", " ").replace("-", " ").strip() or str(_("Untitled"))
