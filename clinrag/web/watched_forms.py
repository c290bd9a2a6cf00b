"""What people may send about watched sources, checked for form only."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from clinrag.web.forms import PageForm
from ingestion.queries import CollectionView

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
    every_seconds = forms.TypedChoiceField(
        label=_("Look at it"), choices=INTERVALS, coerce=int, initial=str(24 * HOUR)
    )

    def __init__(
        self, *args: Any, collections: Sequence[CollectionView], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["collection"]
        if isinstance(field, forms.ChoiceField):
            field.choices = [(one.slug, one.name) for one in collections]


class ClosingTaskForm(PageForm):
    """How a task was done."""

    note = forms.CharField(label=_("What was done"), max_length=2000)
