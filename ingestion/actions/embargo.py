"""Keeping an edition from plain readers until a moment.

Promises: what is under embargo is not in force before the embargo ends: the action
that puts editions in force refuses it and so does the database. Will not: hide an
edition from those who prepare it.
"""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from audit import ledger
from audit.actors import Actor
from audit.events import VersionEmbargoed
from ingestion import policies
from ingestion.actions.rows import about, lock_version, update
from ingestion.queries import VersionView
from ingestion.queries.corpus import version_view


@transaction.atomic
def set_embargo(
    version_id: UUID, *, until: datetime | None, by: Actor, at: datetime
) -> VersionView:
    """Close a version to plain readers until then; None opens it.

    Raises `VersionNotFound`, `ValidityInvalid` for a time without a zone, and
    `UnderEmbargo` when the version was put in force from an earlier date.
    """
    version = lock_version(version_id)
    policies.check_embargo(version.in_force_from, until=until)
    if version.embargo_until != until:
        update(version, embargo_until=until)
        embargoed = VersionEmbargoed(
            **about(version),
            embargo_until=None if until is None else until.isoformat(),
        )
        ledger.append(embargoed, by=by, at=at)
    return version_view(version)
