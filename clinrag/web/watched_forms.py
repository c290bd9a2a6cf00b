"""What people may send about watched sources, checked for form only."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext_lazy as _

from clinrag.web.forms import Choices, PageForm, offer
from clinrag.web.labels import Words
from ingestion.queries import CollectionView, DocumentView, ItemView

HOUR = 3600
INTERVALS = [
    (str(HOUR // 4), _("every quarter of an hour")),
    (str(HOUR), _("every hour")),
    (str(24 * HOUR), _("every day")),
    (str(7 * 24 * HOUR), _("every week")),
]
KIND_CHOICES = [
    ("folder", _("A folder")),
    ("http", _("An address on the web")),
    ("s3", _("A prefix in a bucket")),
]


class SourceForm(PageForm):
    """A place to watch, and for which collection."""

    name = forms.CharField(label=_("Name"), max_length=200)
    kind = forms.ChoiceField(label=_("What it is"), choices=KIND_CHOICES)
    address = forms.CharField(
        label=_("Where"),
        max_length=1000,
        help_text=_("A path, an https address, or s3://bucket/prefix/."),
    )
    collection = forms.ChoiceField(label=_("Collection"))
    document_id = forms.TypedChoiceField(
        label=_("What is found there is"),
        coerce=UUID,
        empty_value=None,
        required=False,
        help_text=_(
            "Everything becomes draft editions of one document, or each file"
            " a document of its own."
        ),
    )
    owner_id = forms.ChoiceField(
        label=_("Owner"),
        required=False,
        help_text=_(
            "Who is asked about new documents, and when it cannot be looked"
            " at. A document that has an owner already keeps it."
        ),
    )
    every_seconds = forms.TypedChoiceField(
        label=_("Look at it"), choices=INTERVALS, coerce=int, initial=str(24 * HOUR)
    )

    def __init__(
        self,
        *args: Any,
        collections: Sequence[CollectionView],
        documents: Sequence[DocumentView],
        people: Choices,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "collection", [(one.slug, one.name) for one in collections])
        named = {one.slug: one.name for one in collections}
        offer(
            self,
            "document_id",
            _homes(documents, named, first=_("each file a document of its own")),
        )
        offer(self, "owner_id", [("", _("Whoever adds it")), *people])
        self._homes = {one.id: one.collection_slug for one in documents}

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        chosen = values.get("document_id")
        home = self._homes.get(chosen) if chosen else None
        if home and values.get("collection") not in {None, home}:
            self.add_error("document_id", _("It is in another collection."))
        return values


class PlacingForm(PageForm):
    """Of which document a file is an edition, and who is asked about it."""

    name = forms.ChoiceField(label=_("File"))
    document_id = forms.TypedChoiceField(
        label=_("It is an edition of"), coerce=UUID, empty_value=None, required=False
    )
    title = forms.CharField(
        label=_("Title"),
        max_length=500,
        required=False,
        help_text=_("Of the new document, if it is one."),
    )
    owner_id = forms.ChoiceField(label=_("Owner"), required=False)
    reason = forms.CharField(label=_("Reason"), max_length=1000)

    def __init__(
        self,
        *args: Any,
        items: Sequence[ItemView],
        documents: Sequence[DocumentView],
        people: Choices,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **{"auto_id": "id_place_%s", **kwargs})
        offer(self, "name", [(one.name, one.name) for one in items])
        offer(self, "document_id", _homes(documents, {}, first=_("a new document")))
        offer(self, "owner_id", [("", _("as it is")), *people])

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if not values.get("document_id") and not values.get("title"):
            self.add_error("title", _("A new document needs this."))
        return values


class OwnerForm(PageForm):
    """Who is asked about what a source finds from now on."""

    owner_id = forms.ChoiceField(label=_("Owner"))

    def __init__(self, *args: Any, people: Choices, **kwargs: Any) -> None:
        super().__init__(*args, **{"auto_id": "id_owner_%s", **kwargs})
        offer(self, "owner_id", people)


def _homes(
    documents: Sequence[DocumentView], collections: Mapping[str, str], *, first: Words
) -> list[tuple[str, Any]]:
    """What is no known document first, then those there are, by collection if named."""
    found = [
        (str(one.id), one.title, collections.get(one.collection_slug, ""))
        for one in documents
    ]
    groups = [
        (name, [(one, title) for one, title, home in found if home == name])
        for name in dict.fromkeys(home for _one, _title, home in found if home)
    ]
    plain = [(one, title) for one, title, home in found if not home]
    return [("", first), *groups, *plain]


class ClosingTaskForm(PageForm):
    """How a task was done."""

    note = forms.CharField(label=_("What was done"), max_length=2000)
