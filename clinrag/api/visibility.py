"""What of the corpus and of the answers a caller may see.

Everybody sees documents of collections open to them, and of their versions those
that were ever in force: citations of old answers must keep leading somewhere.
Text that was never in force is for those who work on it or audit it. What may not
be seen is reported as not there, so that a refusal tells nothing.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from clinrag.access.grants import check_may_use, open_collections
from clinrag.access.roles import STEWARD_PERMISSIONS, Permission
from clinrag.answering.errors import (
    NoCollectionNamed,
    UnknownAnswer,
    UnknownCollection,
)
from clinrag.answering.queries import answer_view
from clinrag.answering.reviews.assignments import assignment_of
from clinrag.answering.types import AnswerRow
from clinrag.api.callers import Caller
from ingestion.errors import CollectionNotFound, DocumentNotFound, VersionNotFound
from ingestion.queries import (
    CollectionView,
    DocumentView,
    VersionView,
    collection_by_slug,
    collections,
    document,
    version,
)


def visible_answer(caller: Caller, answer_id: UUID) -> AnswerRow:
    """The answer's row. Raises UnknownAnswer.

    One's own, one that is one's own to review, and with `read_ledger` anybody's.
    """
    row = answer_view(answer_id).row
    is_own = row.actor_id == caller.actor.id
    if is_own or caller.may(Permission.READ_LEDGER) or reviews(caller, row):
        return row
    raise UnknownAnswer


def reviews(caller: Caller, row: AnswerRow) -> bool:
    """Whether the caller was asked to review it, and may use what it was asked of."""
    if not caller.may(Permission.REVIEW):
        return False
    if assignment_of(row.id, reviewer_id=caller.actor.id) is None:
        return False
    return set(row.collections) <= set(visible_slugs(caller))


def visible_collections(caller: Caller) -> tuple[CollectionView, ...]:
    """Those open to the caller; an auditor's eyes are not bound by grants."""
    every = collections()
    if caller.may(Permission.READ_LEDGER):
        return tuple(every)
    return open_collections(caller.holder, among=every)


def visible_slugs(caller: Caller) -> tuple[str, ...]:
    """The short names of the collections open to the caller."""
    return tuple(one.slug for one in visible_collections(caller))


def check_can_search(caller: Caller, slugs: Sequence[str]) -> None:
    """Raise NoCollectionNamed, UnknownCollection or CollectionNotOpen."""
    if not slugs:
        raise NoCollectionNamed
    known = {one.slug: one for one in collections()}
    if not set(slugs) <= set(known):
        raise UnknownCollection
    named = [known[slug] for slug in dict.fromkeys(slugs)]
    check_may_use(caller.holder, collections=named)


def visible_collection(caller: Caller, slug: str) -> CollectionView:
    """The collection. Raises CollectionNotFound."""
    found = collection_by_slug(slug)
    if slug not in visible_slugs(caller):
        raise CollectionNotFound
    return found


def visible_document(
    caller: Caller,
    document_id: UUID,
    *,
    at: datetime,
    known_at: datetime | None = None,
) -> DocumentView:
    """The document, as it is described or was. Raises DocumentNotFound."""
    open_at = None if is_steward(caller) else at
    found = document(document_id, known_at=known_at, open_at=open_at)
    if found.collection_slug not in visible_slugs(caller):
        raise DocumentNotFound
    return found


def visible_version(caller: Caller, version_id: UUID, *, at: datetime) -> VersionView:
    """The version. Raises VersionNotFound."""
    found = version(version_id)
    if found.collection_slug not in visible_slugs(caller):
        raise VersionNotFound
    if not may_see(caller, found, at=at):
        raise VersionNotFound
    return found


def may_see(caller: Caller, one: VersionView, *, at: datetime) -> bool:
    """Whether the version was ever in force, or the caller works on versions."""
    return is_steward(caller) or was_in_force(one, at=at)


def is_steward(caller: Caller) -> bool:
    """Whether the caller works on versions or audits them: no embargo binds him."""
    return bool(caller.permissions & STEWARD_PERMISSIONS)


def was_in_force(one: VersionView, *, at: datetime) -> bool:
    """Whether its text has been evidence at any moment up to `at`."""
    if one.in_force_from is None or one.in_force_from > at:
        return False
    return one.in_force_to is None or one.in_force_to > one.in_force_from
