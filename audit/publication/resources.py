"""The resources of the published log, by their path: checkpoint, tiles, entries.

Promises bytes that the newest signed checkpoint of the shard covers, and for tiles and
bundles the same bytes for ever. Does not check signatures again: a row among the
checkpoints that the signer did not write shows to whoever holds the public key.
"""

from dataclasses import dataclass
from typing import Final

from audit import checkpoints, shards
from audit.checkpoints import CheckpointView
from audit.errors import LedgerCorrupt, NoteInvalid, ResourceUnknown
from audit.merkle import HASH_SIZE
from audit.models import Entry, PrunedEntry, Tile
from audit.notes import CheckpointText
from audit.publication.paths import CHECKPOINT, TilePath, is_covered, parse
from audit.tiles import Tree, read_hashes
from audit.witnessing.cosignatures import cosigned_note

TEXT: Final = "text/plain; charset=utf-8"
BINARY: Final = "application/octet-stream"
LENGTH_SIZE: Final = 2


@dataclass(frozen=True, slots=True)
class Resource:
    """What a path leads to; an immutable one is the same for ever."""

    body: bytes
    media_type: str
    is_immutable: bool


@dataclass(frozen=True, slots=True)
class PublishedShard:
    """A shard for whoever starts reading; `size` is that of its newest checkpoint.

    `vkey` is empty if this deployment does not know it. Trust the key you got some
    other way.
    """

    number: int
    origin: str
    vkey: str
    hash: str
    first_index: int
    size: int


def resource(shard: int, path: str) -> Resource:
    """What the shard publishes under this path, from its prefix on.

    Raises ResourceUnknown for what does not exist, has another path, or is not under
    a signed checkpoint yet; LedgerCorrupt if the stored tree has a hole.
    """
    if path == CHECKPOINT:
        return Resource(_note(shard), TEXT, is_immutable=False)
    place = parse(path)
    if not is_covered(place, newest(shard).size):
        raise ResourceUnknown
    tree = shards.tree(shard) or Tree(shard)
    body = _entries(tree, place) if place.level is None else _hashes(tree, place)
    return Resource(body, BINARY, is_immutable=True)


def newest(shard: int) -> CheckpointView:
    """The checkpoint up to which the shard is published. Raises ResourceUnknown.

    Raises LedgerCorrupt if its note speaks of another size than its row: the row
    alone would publish what nobody signed for.
    """
    checkpoint = checkpoints.latest(shard=shard)
    if checkpoint is None:
        raise ResourceUnknown
    text = checkpoint.note.rpartition("\n\n")[0] + "\n"
    try:
        said = CheckpointText.from_text(text)
    except NoteInvalid as error:
        raise LedgerCorrupt("the newest checkpoint is no checkpoint") from error
    if (said.size, said.root) != (checkpoint.size, checkpoint.root):
        raise LedgerCorrupt("the newest checkpoint is not what its note says")
    return checkpoint


def published_shards() -> list[PublishedShard]:
    """Every shard with what it has published so far, in order."""
    return [_published(shard) for shard in shards.shards()]


def _published(shard: shards.ShardView) -> PublishedShard:
    checkpoint = checkpoints.latest(shard=shard.number)
    return PublishedShard(
        number=shard.number,
        origin=shard.origin,
        vkey=shard.vkey,
        hash=shard.hash,
        first_index=shard.first_index,
        size=0 if checkpoint is None else checkpoint.size,
    )


def _note(shard: int) -> bytes:
    """The newest checkpoint with what witnesses have said of it."""
    return cosigned_note(shard, newest(shard).size).encode()


def _hashes(tree: Tree, place: TilePath) -> bytes:
    """A tile's hashes; a narrower one is the beginning of the full one."""
    level = place.level or 0
    rows = Tile.objects.filter(shard=tree.shard, level=level, number=place.number)
    full = rows.values_list("hashes", flat=True).first()
    if full is None:
        data = b"".join(read_hashes(level, place.start, place.end, tree=tree))
    else:
        data = bytes(full)[: place.width * HASH_SIZE]
    if len(data) != place.width * HASH_SIZE:
        raise LedgerCorrupt("a published tile has a hole")
    return data


def _entries(tree: Tree, place: TilePath) -> bytes:
    """A bundle: each entry's length in two bytes, big-endian, and its bytes."""
    first, last = tree.first_index + place.start, tree.first_index + place.end
    rows = Entry.objects.filter(index__gte=first, index__lt=last).order_by("index")
    bodies = [bytes(body) for body in rows.values_list("body", flat=True)]
    if not bodies and PrunedEntry.objects.filter(index=first).exists():
        raise ResourceUnknown("its bytes were dropped")
    if len(bodies) != place.width:
        raise LedgerCorrupt("a published bundle has a hole")
    return b"".join(
        part
        for body in bodies
        for part in (len(body).to_bytes(LENGTH_SIZE, "big"), body)
    )
