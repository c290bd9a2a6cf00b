"""Every stored anchor against the database: whether the log was forked or rewritten.

Promises to name the first checkpoint, in the order of the log, that an anchor holds
and the database contradicts. Compares with checkpoints and with the tree's stored
hashes; that those are hashes of the entries is for `verify_ledger` to say. Proves as
much as the places are out of reach of whoever could change the database.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from operator import attrgetter

from audit import merkle, shards
from audit.anchoring.places import Place, StoredAnchor
from audit.errors import EntryInvalid, NoteInvalid
from audit.events import ShardOpened, encode_fields
from audit.models import Anchor, Checkpoint, Entry, Shard
from audit.notes import CheckpointText, Verifier, open_note
from audit.statements import check_opening, opening_text
from audit.tiles import FIRST_TREE, TileReader, Tree


@dataclass(frozen=True, slots=True)
class Contradiction:
    """An anchor that the database contradicts; `reason` is for programs.

    `checkpoint`: another one is stored for that size. `shorter`: the log has fewer
    entries. `tree`: its entries give another root.
    """

    shard: int
    size: int
    place: str
    locator: str
    reason: str


@dataclass(frozen=True, slots=True)
class AnchorReport:
    """How many anchors were compared, and what is wrong.

    `lost` of them are of entries that a restore lost, as a later shard's opening says
    that a trusted key signed: known, and no contradiction. `unusable` are files that no
    trusted key signed as what their name says, `missing` anchors of which there is a
    row and nothing at the place.
    """

    compared: int
    lost: int
    contradiction: Contradiction | None
    unusable: tuple[str, ...]
    missing: tuple[str, ...]

    @property
    def holds(self) -> bool:
        return not (self.contradiction or self.unusable or self.missing)


def compare(places: Sequence[Place], *, trusted: Sequence[Verifier]) -> AnchorReport:
    """Read every place and compare; `trusted` are the log's keys, brought from outside.

    Raises VoucherUnreachable if a place cannot be read.
    """
    found = [(place.name, anchor) for place in places for anchor in place.read()]
    found.sort(key=lambda pair: (pair[1].shard, pair[1].size))
    tally = _Tally()
    for place, anchor in found:
        tally.add(place, anchor, _said(anchor, trusted), trusted)
        if tally.contradiction is not None:
            return tally.report(())
    return tally.report(_missing({place.name for place in places}, found))


@dataclass
class _Tally:
    """What has been found so far."""

    compared: int = 0
    lost: int = 0
    contradiction: Contradiction | None = None
    unusable: list[str] = field(default_factory=list)

    def add(
        self,
        place: str,
        anchor: StoredAnchor,
        said: CheckpointText | None,
        trusted: Sequence[Verifier],
    ) -> None:
        if said is None:
            self.unusable.append(f"{place}: {anchor.locator}")
            return
        self.compared += 1
        reason = _contradicted(anchor.shard, said, trusted)
        if reason == "lost":
            self.lost += 1
        elif reason is not None:
            self.contradiction = Contradiction(
                anchor.shard, anchor.size, place, anchor.locator, reason
            )

    def report(self, missing: tuple[str, ...]) -> AnchorReport:
        unusable = tuple(self.unusable)
        return AnchorReport(
            self.compared, self.lost, self.contradiction, unusable, missing
        )


def _said(anchor: StoredAnchor, trusted: Sequence[Verifier]) -> CheckpointText | None:
    try:
        said = CheckpointText.from_text(open_note(anchor.note, trusted))
    except NoteInvalid:
        return None
    origins = {verifier.name for verifier in trusted}
    return said if said.size == anchor.size and said.origin in origins else None


def _contradicted(
    shard: int, said: CheckpointText, trusted: Sequence[Verifier]
) -> str | None:
    row = Checkpoint.objects.filter(shard=shard, size=said.size).first()
    if row is not None and bytes(row.root) != said.root:
        return "checkpoint"
    tree = shards.tree(shard) or (FIRST_TREE if shard == FIRST_TREE.shard else None)
    if tree is None:
        return "shorter"
    following = Shard.objects.filter(number__gt=shard).order_by("number").first()
    end = tree.first_index + said.size
    if following is not None and _is_lost(end, following, trusted):
        return "lost"
    if _size(tree, following) < said.size:
        return "shorter"
    root = TileReader(tree).subtree(0, said.size) if said.size else merkle.EMPTY_ROOT
    return None if root == said.root else "tree"


def _size(tree: Tree, following: Shard | None) -> int:
    """How many leaves the shard's tree has; the next one begins where it ends."""
    entries = Entry.objects.order_by("-index")
    if following is not None:
        entries = entries.filter(index__lt=following.first_index)
    last = entries.values_list("index", flat=True).first()
    return 0 if last is None else last + 1 - tree.first_index


def _is_lost(end: int, following: Shard, trusted: Sequence[Verifier]) -> bool:
    """Whether the next shard says that a restore lost entries before this index.

    Its row says nothing: whoever has the database can write one.
    """
    entry = Entry.objects.filter(index=following.first_index).first()
    opening = None if entry is None else shards.read_opening(bytes(entry.body))
    if opening is None or opening.shard != following.number:
        return False
    if opening.lost_from is None or opening.lost_to is None:
        return False
    is_there = opening.lost_from < end <= opening.lost_to
    return is_there and _is_vouched_for(opening, trusted)


def _is_vouched_for(opening: ShardOpened, trusted: Sequence[Verifier]) -> bool:
    """Whether a trusted key, of the shard or the one before, signed the opening."""
    try:
        new = Verifier.from_vkey(opening.vkey)
        text = opening_text(new, encode_fields(opening))
        check_opening(opening.handover, text=text, old=None, new=new)
        return open_note(opening.handover, trusted) == text
    except (EntryInvalid, NoteInvalid):
        return False


def _missing(
    names: set[str], found: Sequence[tuple[str, StoredAnchor]]
) -> tuple[str, ...]:
    there = {(place, anchor.shard, anchor.size) for place, anchor in found}
    rows = sorted(Anchor.objects.filter(place__in=names), key=attrgetter("size"))
    return tuple(
        f"{row.place}: {row.locator}"
        for row in rows
        if (row.place, row.shard, row.size) not in there
    )
