"""Lists that a person comes back to: the filters of a page under a name.

Promises: everybody has their own, and sees nobody else's; the same name again takes the
place of the first. Says nothing of who may open the page, and is no business of the
ledger: it changes what nobody but that person sees, and only where they look.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db import transaction

from clinrag.access.models import SavedView, User

MOST: Final = 30
LONGEST_NAME: Final = 80
LONGEST_QUERY: Final = 1000


@dataclass(frozen=True, slots=True)
class NamedView:
    """A name and the filters it stands for, as an address has them."""

    id: int
    name: str
    query: str


def saved_views_of(person: User, *, page: str) -> list[NamedView]:
    """The person's views of a page, by name."""
    rows = SavedView.objects.filter(user=person, page=page).order_by("name", "pk")
    return [NamedView(row.pk, row.name, row.query) for row in rows[:MOST]]


@transaction.atomic
def save_view(person: User, *, page: str, name: str, query: str, at: datetime) -> bool:
    """Keep the filters under the name; False without one, or with too many kept."""
    wanted = name.strip()
    if not 0 < len(wanted) <= LONGEST_NAME or not 0 < len(query) <= LONGEST_QUERY:
        return False
    rows = SavedView.objects.filter(user=person, page=page)
    if rows.exclude(name=wanted).count() >= MOST:
        return False
    values = {"query": query, "created_at": at}
    rows.update_or_create(user=person, page=page, name=wanted, defaults=values)
    return True


def drop_view(person: User, *, view_id: int) -> None:
    """Forget one of the person's views; nothing happens if there is none."""
    SavedView.objects.filter(user=person, pk=view_id).delete()
