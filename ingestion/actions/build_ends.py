"""Ending, mending and tidying up after an index that was built beside the one in use.

Promises: each is a person's act with a ledger entry, in one transaction. Will not:
touch what is searched: what is dropped was replaced before.
"""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from audit import ledger
from audit.actors import Actor
from audit.events import IndexBuildAbandoned, IndexBuildRetried, IndexVectorsDropped
from ingestion.actions.build_rows import (
    embedder_before,
    end_build,
    locked_build,
    open_build,
    texts_of,
)
from ingestion.actions.builds import plan_texts
from ingestion.actions.leases import stop_part
from ingestion.errors import BuildNotOpen, NothingToRetry
from ingestion.models import OPEN, BuildState, ChunkEmbedding, IndexBuild, PartState
from ingestion.queries.index import parts_of


@transaction.atomic
def retry_build(build_id: UUID, *, by: Actor, at: datetime) -> None:
    """Try again what failed in a build that is open.

    Raises `BuildNotFound`, `BuildNotOpen`, and `NothingToRetry` when nothing failed.
    """
    build = open_build(build_id)
    failed = parts_of(build).filter(state=PartState.FAILED)
    versions = sorted(map(str, failed.values_list("version_id", flat=True)))
    if not versions:
        raise NothingToRetry
    failed.update(state=PartState.CANCELLED, failure_code="")
    plan_texts(build, texts=texts_of(build.collection), at=at)
    ledger.append(
        IndexBuildRetried(**_about(build), version_ids=tuple(versions)), by=by, at=at
    )


@transaction.atomic
def abandon_build(build_id: UUID, *, by: Actor, at: datetime) -> None:
    """Stop a build; what it wrote is used by the next.

    Raises `BuildNotFound` and `BuildNotOpen`.
    """
    build = open_build(build_id)
    parts = parts_of(build)
    done, planned = parts.filter(state=PartState.DONE).count(), parts.count()
    for part in parts.filter(state__in=OPEN):
        stop_part(part)
    end_build(build, state=BuildState.ABANDONED, ended_at=at)
    told = IndexBuildAbandoned(**_about(build), versions_done=done, versions=planned)
    ledger.append(told, by=by, at=at)


@transaction.atomic
def drop_vectors(build_id: UUID, *, by: Actor, at: datetime) -> int:
    """Delete the vectors a switched build replaced; there is no way back then.

    Returns how many. Raises `BuildNotFound`, and `BuildNotOpen` when it replaced none
    or they are gone.
    """
    build = locked_build(build_id)
    collection = build.collection
    old = embedder_before(build)
    is_open = build.state == BuildState.SWITCHED and build.dropped_at is None
    if not is_open or old == collection.embedder:
        raise BuildNotOpen
    rows = ChunkEmbedding.objects.filter(
        chunk__document__collection=collection, embedder=old
    )
    count, _ = rows.delete()
    end_build(build, state=BuildState.SWITCHED, dropped_at=at)
    told = IndexVectorsDropped(**_about(build), embedder=old, vectors=count)
    ledger.append(told, by=by, at=at)
    return count


def _about(build: IndexBuild) -> dict[str, str]:
    return {"collection_id": str(build.collection_id), "build_id": str(build.id)}
