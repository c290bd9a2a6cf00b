"""What is done to several documents of the library at once.

Promises: each document is corrected by an action and a record of its own, with the same
reason; how many were changed is counted, and one that is refused does not stop the
others; a ledger that cannot record does. Will not: touch a text, or what is in force.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from audit.actors import Actor
from audit.errors import LedgerUnavailable
from clinrag.web.forms import DayField, PageForm, offer
from ingestion import actions
from ingestion.errors import IngestionError
from ingestion.queries import Description, DocumentView
from ingestion.queries.records import description_of

MOST = 500  # in one request; more would outlast it
SELECTED, MATCHING = "selected", "matching"
OWNER, REVIEW_BY = "owner", "review_by"
CHANGED, SAME, REFUSED = "changed", "same", "refused"


class BulkForm(PageForm):
    """What to change in which documents, and why."""

    change = forms.ChoiceField(
        label=gettext_lazy("Change"),
        choices=[
            (OWNER, gettext_lazy("the owner")),
            (REVIEW_BY, gettext_lazy("the review day")),
        ],
    )
    owner = forms.ChoiceField(label=gettext_lazy("New owner"), required=False)
    review_by = DayField(label=gettext_lazy("Review by"), required=False)
    reason = forms.CharField(label=gettext_lazy("Reason"), max_length=1000)
    scope = forms.ChoiceField(choices=[(SELECTED, ""), (MATCHING, "")])

    def __init__(
        self, *args: Any, people: Sequence[tuple[str, str]], **kwargs: Any
    ) -> None:
        super().__init__(*args, **{"auto_id": "id_bulk_%s", **kwargs})
        offer(self, "owner", people)

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        needed = values.get("change")
        if needed and not values.get(needed) and needed not in self.errors:
            self.add_error(needed, _("Say what it is to become."))
        return values

    def applied_to(self, description: Description) -> Description:
        """The description as it is to become."""
        values = self.cleaned_data
        if values["change"] == OWNER:
            return replace(description, owner_id=values["owner"])
        return replace(description, review_by=values["review_by"])


@dataclass(frozen=True, slots=True)
class Outcome:
    """How many documents were changed, had it already, or refused it.

    `stopped` says why nothing was tried after these, if that is so.
    """

    changed: int
    same: int
    refused: int
    stopped: str = ""


def change_all(
    documents: Iterable[DocumentView], *, form: BulkForm, by: Actor, at: datetime
) -> Outcome:
    """Correct each document in a transaction of its own."""
    came_to: Counter[str] = Counter()
    stopped = ""
    for document in documents:
        try:
            came_to[_changed(document, form=form, by=by, at=at)] += 1
        except LedgerUnavailable as error:
            stopped = str(error)
            break
    return Outcome(came_to[CHANGED], came_to[SAME], came_to[REFUSED], stopped)


def _changed(document: DocumentView, *, form: BulkForm, by: Actor, at: datetime) -> str:
    """Which of the outcomes it came to; raises LedgerUnavailable."""
    before = description_of(document)
    wanted = form.applied_to(before)
    if wanted == before:
        return SAME
    reason = form.cleaned_data["reason"]
    try:
        actions.correct_document(
            document.id, description=wanted, reason=reason, by=by, at=at
        )
    except IngestionError:
        return REFUSED
    return CHANGED
