"""The rows of an index that is built beside the one in use.

Promises: a build is read and moved on under its collection's lock. Will not: build.
"""

from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet

from ingestion.embedding import get_embedder, identity_of
from ingestion.errors import BuildNotFound, BuildNotOpen, CollectionNotFound
from ingestion.lifecycle import Status
from ingestion.models import (
    BuildState,
    ChunkEmbedding,
    Collection,
    DocumentVersion,
    IndexBuild,
    VersionChunk,
)

# What is not searched at any moment, or is not cut yet.
LEFT_OUT = (Status.RECEIVED, Status.PARSED, Status.FAILED, Status.REJECTED)


def searched_by(collection: Collection) -> str:
    """The identity of the embedder a collection is searched by."""
    return collection.embedder or identity_of(get_embedder())


def embedder_before(build: IndexBuild) -> str:
    """The identity of the embedder that a build takes the place of.

    A build of before that was kept says "the settings' own", of then: it is the only
    one with vectors here that no build made, or the build only cut anew.
    """
    if build.previous_embedder:
        return build.previous_embedder
    rows = ChunkEmbedding.objects.filter(chunk__document__collection=build.collection)
    unmade = rows.exclude(embedder__in=build.collection.builds.values("embedder"))
    found = unmade.order_by("embedder").values_list("embedder", flat=True).distinct()
    if len(found[:2]) > 1:
        return identity_of(get_embedder())
    return found.first() or build.embedder


def is_recut(build: IndexBuild, version_id: UUID) -> bool:
    """Whether a build has cut the version anew."""
    rows = VersionChunk.objects.filter(cut=build.cut, version=version_id)
    return bool(build.cut) and rows.exists()


def recut_versions(build: IndexBuild) -> set[UUID]:
    """The versions that a build has cut anew."""
    if not build.cut:
        return set()
    rows = VersionChunk.objects.filter(
        cut=build.cut, version__document__collection=build.collection_id
    )
    return set(rows.values_list("version_id", flat=True).distinct())


def texts_of(collection: Collection) -> QuerySet[DocumentVersion]:
    """The versions that may be searched at some moment, and are cut."""
    rows = DocumentVersion.objects.filter(
        document__collection=collection, version_text__isnull=False
    ).exclude(status__in=LEFT_OUT)
    return rows.select_related("document__collection").order_by("pk")


def locked(collection_id: UUID) -> Collection:
    """The collection's row, locked; raises `CollectionNotFound`."""
    rows = Collection.objects.select_for_update(no_key=True)
    found = rows.filter(pk=collection_id).first()
    if found is None:
        raise CollectionNotFound
    return found


def found_build(build_id: UUID) -> IndexBuild:
    """Raises `BuildNotFound`."""
    build = IndexBuild.objects.select_related("collection").filter(pk=build_id).first()
    if build is None:
        raise BuildNotFound
    return build


def locked_build(build_id: UUID) -> IndexBuild:
    """The build as it stands under its collection's lock; raises `BuildNotFound`.

    It is read again behind the lock: whoever held it may have ended the build.
    """
    build = found_build(build_id)
    locked(build.collection_id)
    build.refresh_from_db(from_queryset=IndexBuild.objects.select_related("collection"))
    return build


def open_build(build_id: UUID) -> IndexBuild:
    """The build under its collection's lock; raises `BuildNotFound`, `BuildNotOpen`."""
    build = locked_build(build_id)
    if build.state != BuildState.BUILDING:
        raise BuildNotOpen
    return build


def end_build(build: IndexBuild, *, state: BuildState, **times: datetime) -> None:
    """Where the build stands from here on."""
    IndexBuild.objects.filter(pk=build.pk).update(state=state, **times)
