"""Building a collection's index anew beside the one in use, and switching at once.

Promises: while a build goes on, searches are as before; it is switched to only when
every text that may be searched, now or at another moment, is complete in it, in one
transaction with a ledger entry; the old vectors and passages stay until a command drops
them, so the way back is open and old citations lead where they led. Will not: touch a
text, or a citation.
"""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Max, QuerySet

from audit import ledger
from audit.actors import Actor
from audit.events import IndexSwitched
from ingestion.actions.leases import finish, leased, open_part, stop_part
from ingestion.actions.passages import (
    count_passages,
    embed_cut,
    lacks_vectors,
    of_cut,
)
from ingestion.actions.recutting import is_cut_by_another, recut
from ingestion.actions.rows import find_version, lock_version
from ingestion.actions.services import chunking_parameters
from ingestion.embedding import embedder_named, get_embedder, identity_of
from ingestion.errors import (
    BuildIncomplete,
    BuildNotFound,
    BuildNotOpen,
    BuildUnderWay,
    CollectionNotFound,
    NothingToBuild,
)
from ingestion.lifecycle import Status
from ingestion.models import (
    OPEN,
    BuildState,
    ChunkEmbedding,
    Collection,
    DocumentVersion,
    IndexBuild,
    Stage,
    VersionChunk,
    WorkPart,
)

# What is not searched at any moment, or is not cut yet.
LEFT_OUT = (Status.RECEIVED, Status.PARSED, Status.FAILED, Status.REJECTED)


@transaction.atomic
def start_build(
    collection_id: UUID, *, embedder: str = "", by: Actor, at: datetime
) -> UUID:
    """Begin an index by another embedder ("name@revision"), by today's chunker.

    Without an embedder only the cut is new. Raises `CollectionNotFound`,
    `BuildUnderWay`, `NothingToBuild` and `EmbeddingFailed` when nobody here has it.
    """
    collection = _locked(collection_id)
    if IndexBuild.objects.filter(collection=collection, state="building").exists():
        raise BuildUnderWay
    wanted = embedder or searched_by(collection)
    sizes = chunking_parameters(embedder_named(wanted), collection=collection)
    chunker, texts = sizes.chunker, list(_texts(collection))
    stale = [one for one in texts if is_cut_by_another(one, chunker=chunker)]
    if wanted == searched_by(collection) and not stale:
        raise NothingToBuild
    row = IndexBuild.objects.create(
        collection=collection,
        number=1 + (collection.builds.aggregate(last=Max("number"))["last"] or 0),
        embedder=wanted,
        previous_embedder=collection.embedder,
        chunker=chunker if stale else "",
        cut=_next_cut(collection, chunker=chunker, texts=texts) if stale else 0,
        state=BuildState.BUILDING,
        started_at=at,
        started_by=by.id,
    )
    _plan(row, texts, at=at)
    return row.id


def build_part(part_id: UUID, *, at_most: int) -> bool:
    """Cut and embed one version for a build; whether it is finished.

    Raises `StageBusy`, `LeaseLost` and `EmbeddingFailed`; vectors stay batch by batch.
    """
    part = WorkPart.objects.get(pk=part_id)
    build = _build_of(part)
    if part.state not in OPEN or build.state != BuildState.BUILDING:
        return True
    embedder = embedder_named(build.embedder)
    with leased(part) as lease:
        if build.cut:
            _recut(build, part.version_id)
        version = of_cut(find_version(part.version_id), cut=_cut_in(build, part))
        embed_cut(version, lease=lease, embedder=embedder, at_most=at_most)
        if lacks_vectors(version, identity=build.embedder):
            return False
        finish(lease)
    return True


def build_parts(build_id: UUID) -> list[UUID]:
    """The parts that are left of a build."""
    build = _found(build_id)
    rows = _parts(build).filter(state__in=OPEN)
    return list(rows.order_by("announced_at", "pk").values_list("pk", flat=True))


@transaction.atomic
def switch_build(build_id: UUID, *, by: Actor, at: datetime) -> None:
    """Search by the new index from here on.

    Raises `BuildNotFound`, `BuildNotOpen`, and `BuildIncomplete` when a text is not in
    it yet: what came in meanwhile is then planned, and the build goes on.
    """
    build = _open(build_id)
    texts = list(_texts(build.collection))
    recut_ones = _recut_versions(build)
    passages = 0
    for version in texts:
        new = of_cut(
            version, cut=build.cut if version.id in recut_ones else version.cut
        )
        if lacks_vectors(new, identity=build.embedder):
            raise BuildIncomplete
        passages += count_passages(new)
    DocumentVersion.objects.filter(pk__in=recut_ones).update(cut=build.cut)
    _search_by(build.collection_id, build.embedder)
    _end(build, BuildState.SWITCHED, switched_at=at)
    told = _switched(build, recut_ones, versions=len(texts), passages=passages)
    ledger.append(told, by=by, at=at)


@transaction.atomic
def revert_build(build_id: UUID, *, by: Actor, at: datetime) -> None:
    """Search by the index before again, while its vectors are there.

    Raises `BuildNotFound`, and `BuildNotOpen` unless it is the last that was switched
    to; `BuildIncomplete` when a text that came since has no vectors in the old one.
    """
    build = _found(build_id)
    collection = _locked(build.collection_id)
    if build.state != BuildState.SWITCHED or build.dropped_at is not None:
        raise BuildNotOpen
    if collection.builds.filter(state="switched", number__gt=build.number).exists():
        raise BuildNotOpen
    old = build.previous_embedder or identity_of(get_embedder())
    recut_ones = _recut_versions(build)
    texts = list(_texts(collection))
    cuts = {version.id: _cut_before(build, version) for version in texts}
    for version in texts:
        before = of_cut(version, cut=cuts[version.id])
        if lacks_vectors(before, identity=old):
            raise BuildIncomplete
    for version_id, cut in cuts.items():
        DocumentVersion.objects.filter(pk=version_id).update(cut=cut)
    _search_by(build.collection_id, build.previous_embedder)
    _end(build, BuildState.REVERTED, ended_at=at)
    told = _switched(build, recut_ones, versions=len(texts), passages=0, back=True)
    ledger.append(told, by=by, at=at)


@transaction.atomic
def abandon_build(build_id: UUID, *, at: datetime) -> None:
    """Stop a build; what it wrote is used by the next. Raises what a switch raises."""
    build = _open(build_id)
    for part in _parts(build).filter(state__in=OPEN):
        stop_part(part)
    _end(build, BuildState.ABANDONED, ended_at=at)


@transaction.atomic
def drop_vectors(build_id: UUID, *, at: datetime) -> int:
    """Delete the vectors a switched build replaced; there is no way back then.

    Returns how many. Raises `BuildNotFound` and `BuildNotOpen`.
    """
    build = _found(build_id)
    collection = _locked(build.collection_id)
    old = build.previous_embedder or identity_of(get_embedder())
    if build.state != BuildState.SWITCHED or old == collection.embedder:
        raise BuildNotOpen
    rows = ChunkEmbedding.objects.filter(
        chunk__document__collection=collection, embedder=old
    )
    count, _ = rows.delete()
    _end(build, BuildState.SWITCHED, dropped_at=at)
    return count


def searched_by(collection: Collection) -> str:
    """The identity of the embedder a collection is searched by."""
    return collection.embedder or identity_of(get_embedder())


@transaction.atomic
def plan_rest(build_id: UUID, *, at: datetime) -> None:
    """Open parts for texts that came in since; raises what a switch raises."""
    build = _open(build_id)
    _plan(build, _texts(build.collection), at=at)


def _plan(build: IndexBuild, texts: Iterable[DocumentVersion], *, at: datetime) -> None:
    for version in texts:
        new = of_cut(version, cut=version.cut)
        stale = build.cut and is_cut_by_another(version, chunker=build.chunker)
        if stale or lacks_vectors(new, identity=build.embedder):
            open_part(
                version,
                stage=Stage.REBUILD,
                number=build.number,
                total=count_passages(new),
                at=at,
            )


@transaction.atomic
def _recut(build: IndexBuild, version_id: UUID) -> None:
    version = lock_version(version_id)
    if is_cut_by_another(version, chunker=build.chunker):
        recut(version, cut=build.cut, embedder=embedder_named(build.embedder))


def _next_cut(
    collection: Collection, *, chunker: str, texts: Iterable[DocumentVersion]
) -> int:
    """A number that no other chunker's passages stand under.

    What a build wrote that was abandoned or reverted is used again by the next one of
    the same chunker.
    """
    used = max(version.cut for version in texts)
    builds = collection.builds.filter(cut__gt=0)
    last = builds.aggregate(last=Max("cut"))["last"] or 0
    left = builds.filter(cut=last).exclude(state=BuildState.SWITCHED)
    if last > used and left.exists() and not left.exclude(chunker=chunker).exists():
        return int(last)
    return 1 + int(max(used, last))


def _cut_in(build: IndexBuild, part: WorkPart) -> int:
    version = part.version
    return build.cut if version.id in _recut_versions(build) else version.cut


def _recut_versions(build: IndexBuild) -> set[UUID]:
    if not build.cut:
        return set()
    rows = VersionChunk.objects.filter(
        cut=build.cut, version__document__collection=build.collection_id
    )
    return set(rows.values_list("version_id", flat=True).distinct())


def _search_by(collection_id: UUID, embedder: str) -> None:
    Collection.objects.filter(pk=collection_id).update(embedder=embedder)


def _cut_before(build: IndexBuild, version: DocumentVersion) -> int:
    """The cut that was searched before, if the build cut this text anew."""
    if not build.cut or version.cut != build.cut:
        return version.cut
    before = build.collection.builds.filter(
        state=BuildState.SWITCHED, number__lt=build.number, cut__gt=0
    )
    cuts = [1, *before.values_list("cut", flat=True)]
    rows = VersionChunk.objects.filter(version=version, cut__in=cuts)
    return int(rows.aggregate(last=Max("cut"))["last"] or 1)


def _texts(collection: Collection) -> QuerySet[DocumentVersion]:
    rows = DocumentVersion.objects.filter(
        document__collection=collection, version_text__isnull=False
    ).exclude(status__in=LEFT_OUT)
    return rows.select_related("document__collection").order_by("pk")


def _locked(collection_id: UUID) -> Collection:
    rows = Collection.objects.select_for_update(no_key=True)
    found = rows.filter(pk=collection_id).first()
    if found is None:
        raise CollectionNotFound
    return found


def _found(build_id: UUID) -> IndexBuild:
    build = IndexBuild.objects.select_related("collection").filter(pk=build_id).first()
    if build is None:
        raise BuildNotFound
    return build


def _open(build_id: UUID) -> IndexBuild:
    build = _found(build_id)
    _locked(build.collection_id)
    build.refresh_from_db()
    if build.state != BuildState.BUILDING:
        raise BuildNotOpen
    return build


def _build_of(part: WorkPart) -> IndexBuild:
    return IndexBuild.objects.get(
        number=part.number, collection__documents__versions=part.version_id
    )


def _parts(build: IndexBuild) -> QuerySet[WorkPart]:
    return WorkPart.objects.filter(
        stage=Stage.REBUILD,
        number=build.number,
        version__document__collection=build.collection_id,
    )


def _end(build: IndexBuild, state: BuildState, **times: datetime) -> None:
    IndexBuild.objects.filter(pk=build.pk).update(state=state, **times)


def _switched(
    build: IndexBuild,
    recut_ones: set[UUID],
    *,
    versions: int,
    passages: int,
    back: bool = False,
) -> IndexSwitched:
    names = (build.embedder, build.previous_embedder)
    return IndexSwitched(
        collection_id=str(build.collection_id),
        build_id=str(build.id),
        embedder=names[1] if back else names[0],
        previous_embedder=names[0] if back else names[1],
        chunker="" if back else build.chunker,
        recut=tuple(sorted(map(str, recut_ones))),
        versions=versions,
        passages=passages,
    )
