"""By which index collections are searched, and what is being built beside it.

Promises: an identity ("name@revision") for each collection, empty for the embedder that
the settings name; counts of a build as they stand. Will not: load an embedder.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Count, Q, QuerySet, Sum

from ingestion.errors import BuildNotFound, VersionNotFound
from ingestion.models import (
    BuildState,
    ChunkEmbedding,
    Collection,
    DocumentVersion,
    IndexBuild,
    PartState,
    Stage,
    WorkPart,
)


@dataclass(frozen=True, slots=True)
class SearchedIndex:
    """The embedder ("" is the settings' own) and the cut that a text is searched by."""

    embedder: str
    cut: int


@dataclass(frozen=True, slots=True)
class BuildFailure:
    """A version that could not be done, and the code of why."""

    version_id: UUID
    code: str


@dataclass(frozen=True, slots=True)
class BuildView:
    """A build of a collection's index, and how much of it is done.

    `versions` count texts, `passages` what is embedded of what had to be; while
    something has `failures` it is not switched to.
    """

    id: UUID
    collection_id: UUID
    collection_slug: str
    embedder: str
    previous_embedder: str
    chunker: str
    state: str
    versions_done: int
    versions: int
    passages_done: int
    passages: int
    failures: tuple[BuildFailure, ...]
    started_at: datetime
    started_by: str
    ended_at: datetime | None
    switched_at: datetime | None
    dropped_at: datetime | None


def embedders_at(collection_ids: Sequence[UUID], *, at: datetime) -> dict[UUID, str]:
    """By which identity each collection was searched; "" is the settings' own.

    What was switched, or gone back from, since then is undone, the first change after
    `at` telling what was there before it.
    """
    rows = Collection.objects.filter(pk__in=list(collection_ids))
    return {collection.id: _embedder_at(collection, at) for collection in rows}


def _embedder_at(collection: Collection, at: datetime) -> str:
    changes: list[tuple[datetime, str]] = []
    for build in collection.builds.exclude(switched_at=None):
        if build.switched_at is not None and build.switched_at > at:
            changes.append((build.switched_at, build.previous_embedder))
        gone_back = build.ended_at if build.state == BuildState.REVERTED else None
        if gone_back is not None and gone_back > at:
            changes.append((gone_back, build.embedder))
    return min(changes)[1] if changes else collection.embedder


def embedded_among(chunk_ids: Sequence[UUID], *, embedder: str) -> frozenset[UUID]:
    """Those of the passages that have a vector of this embedder."""
    rows = ChunkEmbedding.objects.filter(
        chunk_id__in=list(chunk_ids), embedder=embedder
    )
    return frozenset(rows.values_list("chunk_id", flat=True))


def searched_index(version_id: UUID) -> SearchedIndex:
    """By which index a version is searched; raises `VersionNotFound`."""
    rows = DocumentVersion.objects.filter(pk=version_id)
    found = rows.values_list("document__collection__embedder", "cut").first()
    if found is None:
        raise VersionNotFound
    return SearchedIndex(*found)


def builds_of(
    collection_id: UUID, *, state: str = "", limit: int | None = None
) -> list[BuildView]:
    """The builds of a collection, the newest first; of one state, if it is told."""
    rows = IndexBuild.objects.filter(collection=collection_id)
    if state:
        rows = rows.filter(state=state)
    found = rows.select_related("collection").order_by("-number")
    return [_view(row) for row in found[:limit]]


def build(build_id: UUID) -> BuildView:
    """Raises `BuildNotFound`."""
    row = IndexBuild.objects.select_related("collection").filter(pk=build_id).first()
    if row is None:
        raise BuildNotFound
    return _view(row)


def parts_of(build: IndexBuild) -> QuerySet[WorkPart]:
    """One for each text that has to be done."""
    return WorkPart.objects.filter(
        stage=Stage.REBUILD,
        number=build.number,
        version__document__collection=build.collection_id,
    )


def _view(row: IndexBuild) -> BuildView:
    parts = parts_of(row)
    failed = parts.filter(state=PartState.FAILED).order_by("version_id")
    found = parts.aggregate(
        versions=Count("pk"),
        versions_done=Count("pk", filter=Q(state=PartState.DONE)),
        passages=Sum("total", default=0),
        passages_done=Sum("done", default=0),
    )
    return BuildView(
        id=row.id,
        collection_id=row.collection_id,
        collection_slug=row.collection.slug,
        embedder=row.embedder,
        previous_embedder=row.previous_embedder,
        chunker=row.chunker,
        state=row.state,
        failures=tuple(
            BuildFailure(*pair)
            for pair in failed.values_list("version_id", "failure_code")
        ),
        started_at=row.started_at,
        started_by=row.started_by,
        ended_at=row.ended_at,
        switched_at=row.switched_at,
        dropped_at=row.dropped_at,
        **found,
    )
