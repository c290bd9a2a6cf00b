"""What verification found: plain values, and where they are gathered."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Final

MOST_FAILURES: Final = 1000
LAYERS: Final = (
    "index",
    "entry",
    "leaf",
    "head",
    "shard",
    "checkpoint",
    "signature",
    "held checkpoint",
    "tile",
    "payload",
    "key",
    "query",
    "pruned",
)


@dataclass(frozen=True, slots=True)
class Failure:
    """Something that does not hold: the layer that shows it, and where."""

    layer: str
    index: int | None
    message: str


@dataclass(frozen=True, slots=True)
class LayerResult:
    """How many things of a layer were checked, and how many failed."""

    layer: str
    checked: int
    failed: int


@dataclass(frozen=True, slots=True)
class Inbox:
    """Entries recorded but not yet in the log, and for how long the oldest waits."""

    waiting: int
    oldest_waits_seconds: float


@dataclass(frozen=True, slots=True)
class Unsigned:
    """Entries past the newest checkpoint that verified; how long the oldest has been.

    Nobody outside could tell if these were others.
    """

    entries: int = 0
    oldest_waits_seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Range:
    """Entries by their index, `end` not included."""

    first: int
    end: int


@dataclass(frozen=True, slots=True)
class Loss:
    """Entries that a shard's opening says are gone: by two people, and not a failure.

    Indices, the last not included.
    """

    shard: int
    first: int
    end: int
    authorization_id: str


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a verification is: what it does, and how much of it is done."""

    layer: str
    done: int
    total: int


@dataclass(frozen=True, slots=True)
class VerificationReport:
    """The outcome; `root` in hex, recomputed; `failures` at most a thousand.

    `signed_size` is that of the largest checkpoint of this tree that verified; what
    follows it is `unsigned`, which is not counted for a range.

    `ok` is about the log. What still waits in the inbox is in no log yet, so nothing
    has been shown about it. `only` is the range that was checked, None for all. `lost`
    is what had been signed and is declared to be gone.
    """

    ok: bool
    entries: int
    tree_size: int
    signed_size: int
    root: str
    checkpoints: int
    inbox: Inbox
    unsigned: Unsigned
    layers: tuple[LayerResult, ...]
    failures: tuple[Failure, ...]
    only: Range | None = None
    lost: tuple[Loss, ...] = ()


@dataclass(frozen=True, slots=True)
class Checked:
    """The tree that was derived last: of which shard, and what no signature covers."""

    shard: int
    size: int
    root: bytes
    unsigned: Unsigned = Unsigned()


@dataclass(slots=True)
class Findings:
    """Gathers what the checks find."""

    _checked: Counter[str] = field(default_factory=Counter)
    _failed: Counter[str] = field(default_factory=Counter)
    _failures: list[Failure] = field(default_factory=list)
    lost: list[Loss] = field(default_factory=list)
    _signed: Counter[int] = field(default_factory=Counter)

    def cover(self, shard: int, size: int) -> None:
        """A signature over this shard's first leaves, so many, has been verified."""
        self._signed[shard] = max(self._signed[shard], size)

    def signed(self, shard: int) -> int:
        """How many leaves of a shard are under a verified signature."""
        return self._signed[shard]

    def count(self, layer: str, number: int = 1) -> None:
        self._checked[layer] += number

    def fail(self, layer: str, index: int | None, message: str) -> None:
        self._failed[layer] += 1
        if len(self._failures) < MOST_FAILURES:
            self._failures.append(Failure(layer, index, message))

    def report(
        self, checked: Checked, *, inbox: Inbox, only: Range | None
    ) -> VerificationReport:
        """The outcome so far; failures by place in the log."""
        return VerificationReport(
            ok=not self._failures,
            entries=self._checked["entry"],
            tree_size=checked.size,
            signed_size=self.signed(checked.shard),
            root=checked.root.hex(),
            checkpoints=self._checked["signature"],
            inbox=inbox,
            unsigned=checked.unsigned,
            layers=tuple(
                LayerResult(layer, self._checked[layer], self._failed[layer])
                for layer in LAYERS
            ),
            failures=tuple(sorted(self._failures, key=_place)),
            only=only,
            lost=tuple(self.lost),
        )


def _place(failure: Failure) -> tuple[bool, int]:
    return failure.index is None, failure.index or 0
