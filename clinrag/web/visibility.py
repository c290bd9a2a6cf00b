"""What of the corpus a person may see, as the REST interface has it too.

Promises: what may not be seen is reported as not there (Http404). Everybody sees
documents of collections open to them, and those editions that were ever in force;
text that never was is for those who work on it or audit it. An auditor's eyes are
not bound by grants.
"""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from django.http import Http404

from clinrag.access.actors import actor_of_user
from clinrag.access.grants import open_collections
from clinrag.access.models import User
from clinrag.access.roles import STEWARD_PERMISSIONS, Permission
from clinrag.answering import queries as answering
from clinrag.answering.errors import UnknownAnswer
from clinrag.answering.reviews.assignments import assignment_of
from clinrag.answering.types import AnswerRow, AnswerView
from ingestion import queries
from ingestion.errors import DocumentNotFound, VersionNotFound
from ingestion.lifecycle import ACTIVATED, standing_at
from ingestion.queries import CollectionView, DocumentView, VersionView


def visible_collections(person: User) -> tuple[CollectionView, ...]:
    """The collections open to the person; all of them to an auditor."""
    every = queries.collections()
    if person.may(Permission.READ_LEDGER):
        return tuple(every)
    return open_collections(person, among=every)


def visible_slugs(person: User) -> list[str]:
    """The short names of the collections open to the person."""
    return [one.slug for one in visible_collections(person)]


def collection_or_404(slug: str, *, person: User) -> CollectionView:
    """The collection of that short name; raises Http404."""
    for one in visible_collections(person):
        if one.slug == slug:
            return one
    raise Http404


def is_steward(person: User) -> bool:
    """Whether the person works on versions or audits them: no embargo binds them."""
    return bool(person.permissions & STEWARD_PERMISSIONS)


def document_or_404(
    document_id: UUID,
    *,
    person: User,
    at: datetime | None = None,
    known_at: datetime | None = None,
) -> DocumentView:
    """The document, as it is described or was at `known_at`; raises Http404.

    With `at`, also when every edition of it is under embargo then, for whoever an
    embargo binds.
    """
    open_at = None if is_steward(person) else at
    try:
        found = queries.document(document_id, known_at=known_at, open_at=open_at)
    except DocumentNotFound as error:
        raise Http404 from error
    if found.collection_slug not in visible_slugs(person):
        raise Http404
    return found


def version_or_404(version_id: UUID, *, person: User, at: datetime) -> VersionView:
    """The version; raises Http404."""
    try:
        found = queries.version(version_id)
    except VersionNotFound as error:
        raise Http404 from error
    hidden = found.collection_slug not in visible_slugs(person)
    if hidden or not may_see(found, person=person, at=at):
        raise Http404
    return as_it_stands(found, at=at)


def visible_versions(
    document_id: UUID, *, person: User, at: datetime
) -> list[VersionView]:
    """Those versions of a document that the person may see, newest first."""
    found = queries.versions_of(document_id)
    seen = [one for one in found if may_see(one, person=person, at=at)]
    return [as_it_stands(one, at=at) for one in seen]


def may_see(version: VersionView, *, person: User, at: datetime) -> bool:
    """Whether the person works on versions, or this one was ever in force."""
    if is_steward(person):
        return True
    start, end = version.in_force_from, version.in_force_to
    return start is not None and start <= at and (end is None or end > start)


def as_it_stands(version: VersionView, *, at: datetime) -> VersionView:
    """The version with the status its dates give it: time passes without a write."""
    if version.status not in ACTIVATED:
        return version
    standing = standing_at(
        at,
        in_force_from=version.in_force_from,
        in_force_to=version.in_force_to,
        withdrawn_at=version.withdrawn_at,
        planned_until=version.planned_until,
    )
    return replace(version, status=standing.value)


def answer_or_404(answer_id: UUID) -> AnswerView:
    """What is in the clear about an answer; raises Http404."""
    try:
        return answering.answer_view(answer_id)
    except UnknownAnswer as error:
        raise Http404 from error


def reviews(row: AnswerRow, person: User) -> bool:
    """Whether the person was asked to review it, and may use what it was asked of."""
    if not person.may(Permission.REVIEW):
        return False
    if assignment_of(row.id, reviewer_id=actor_of_user(person).id) is None:
        return False
    return set(row.collections) <= set(visible_slugs(person))
