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
from django.db.models import Max

from audit import ledger
from audit.actors import Actor
from audit.events import IndexBuildStarted, IndexSwitched
from ingestion.actions.build_rows import (
    embedder_before,
    end_build,
    found_build,
    is_recut,
    locked,
    locked_build,
    open_build,
    recut_versions,
    searched_by,
    texts_of,
)
from ingestion.actions.leases import (
    fail_part,
    finish,
    is_poison,
    leased,
    open_part,
)
from ingestion.actions.passages import (
    count_passages,
    embed_cut,
    lacks_vectors,
    of_cut,
)
from ingestion.actions.recutting import is_cut_by_another, recut
from ingestion.actions.rows import find_version, lock_version
from ingestion.actions.services import chunking_parameters
from ingestion.embedding import embedder_named
from ingestion.errors import (
    BuildIncomplete,
    BuildNotOpen,
    BuildUnderWay,
    IngestionError,
    NothingToBuild,
    ProcessingGaveUp,
)
from ingestion.models import (
    OPEN,
    BuildState,
    Collection,
    DocumentVersion,
    IndexBuild,
    PartState,
    Stage,
    VersionChunk,
    WorkPart,
)
from ingestion.queries.index import parts_of


@transaction.atomic
def start_build(
    collection_id: UUID, *, embedder: str = "", by: Actor, at: datetime
) -> UUID:
    """Begin an index by another embedder ("name@revision"), by today's chunker.

    Without an embedder only the cut is new. Raises `CollectionNotFound`,
    `BuildUnderWay`, `NothingToBuild` and `EmbeddingFailed` when nobody here has it.
    """
    collection = locked(collection_id)
    if IndexBuild.objects.filter(collection=collection, state="building").exists():
        raise BuildUnderWay
    wanted = embedder or searched_by(collection)
    sizes = chunking_parameters(embedder_named(wanted), collection=collection)
    chunker, texts = sizes.chunker, list(texts_of(collection))
    stale = [one for one in texts if is_cut_by_another(one, chunker=chunker)]
    if wanted == searched_by(collection) and not stale:
        raise NothingToBuild
    row = IndexBuild.objects.create(
        collection=collection,
        number=1 + (collection.builds.aggregate(last=Max("number"))["last"] or 0),
        embedder=wanted,
        previous_embedder=searched_by(collection),
        chunker=chunker if stale else "",
        cut=_next_cut(collection, chunker=chunker, texts=texts) if stale else 0,
        state=BuildState.BUILDING,
        started_at=at,
        started_by=by.id,
    )
    plan_texts(row, texts=texts, at=at)
    started = IndexBuildStarted(
        collection_id=str(collection_id),
        build_id=str(row.id),
        embedder=row.embedder,
        chunker=row.chunker,
        versions=parts_of(row).count(),
    )
    ledger.append(started, by=by, at=at)
    return row.id


def build_part(part_id: UUID, *, at_most: int) -> bool:
    """Cut and embed one version for a build; whether nothing of it is left to do.

    Begun in vain too often, it fails here. Raises `StageBusy`, `LeaseLost` and
    `EmbeddingFailed`; vectors stay batch by batch.
    """
    part = WorkPart.objects.get(pk=part_id)
    build = _build_of(part)
    if part.state not in OPEN or build.state != BuildState.BUILDING:
        return True
    if is_poison(part):
        fail_build_part(part_id, error=ProcessingGaveUp())
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


def fail_build_part(part_id: UUID, *, error: IngestionError) -> None:
    """End one version's part, which the build then tells of; a person tries it again.

    The build goes on with the others, and is not switched to without this one.
    """
    part = WorkPart.objects.get(pk=part_id)
    if part.state in OPEN:
        fail_part(part, code=error.code)


def build_parts(build_id: UUID) -> list[UUID]:
    """The parts that are left of a build."""
    build = found_build(build_id)
    rows = parts_of(build).filter(state__in=OPEN)
    return list(rows.order_by("announced_at", "pk").values_list("pk", flat=True))


@transaction.atomic
def switch_build(build_id: UUID, *, by: Actor, at: datetime) -> None:
    """Search by the new index from here on.

    Raises `BuildNotFound`, `BuildNotOpen`, and `BuildIncomplete` when a text is not in
    it yet: what came in meanwhile is then planned, and the build goes on.
    """
    build = open_build(build_id)
    texts = list(texts_of(build.collection))
    recut_ones = recut_versions(build)
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
    end_build(build, state=BuildState.SWITCHED, switched_at=at)
    told = _switched(build, recut_ones, versions=len(texts), passages=passages)
    ledger.append(told, by=by, at=at)


@transaction.atomic
def revert_build(build_id: UUID, *, by: Actor, at: datetime) -> None:
    """Search by the index before again, while its vectors are there.

    Raises `BuildNotFound`, and `BuildNotOpen` unless it is the last that was switched
    to; `BuildIncomplete` when a text that came since has no vectors in the old one.
    """
    build = locked_build(build_id)
    collection = build.collection
    if build.state != BuildState.SWITCHED or build.dropped_at is not None:
        raise BuildNotOpen
    if collection.builds.filter(state="switched", number__gt=build.number).exists():
        raise BuildNotOpen
    old = build.previous_embedder = embedder_before(build)
    recut_ones = recut_versions(build)
    texts = list(texts_of(collection))
    cuts = {version.id: _cut_before(build, version) for version in texts}
    for version in texts:
        before = of_cut(version, cut=cuts[version.id])
        if lacks_vectors(before, identity=old):
            raise BuildIncomplete
    for version_id, cut in cuts.items():
        # A text that stays as it is cut is not locked.
        rows = DocumentVersion.objects.filter(pk=version_id).exclude(cut=cut)
        rows.update(cut=cut)
    _search_by(build.collection_id, old)
    end_build(build, state=BuildState.REVERTED, ended_at=at)
    told = _switched(build, recut_ones, versions=len(texts), passages=0, back=True)
    ledger.append(told, by=by, at=at)


@transaction.atomic
def plan_rest(build_id: UUID, *, at: datetime) -> None:
    """Open parts for texts that came in since; those that failed stay failed.

    Raises what a switch raises.
    """
    build = open_build(build_id)
    plan_texts(build, texts=texts_of(build.collection), at=at)


def plan_texts(
    build: IndexBuild, *, texts: Iterable[DocumentVersion], at: datetime
) -> None:
    """Open a part for each text that is not in the build, unless it failed there."""
    rows = parts_of(build).filter(state=PartState.FAILED)
    failed = set(rows.values_list("version_id", flat=True))
    for version in texts:
        if version.id in failed:
            continue
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
    return build.cut if is_recut(build, part.version_id) else part.version.cut


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


def _build_of(part: WorkPart) -> IndexBuild:
    return IndexBuild.objects.get(
        number=part.number, collection__documents__versions=part.version_id
    )


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
