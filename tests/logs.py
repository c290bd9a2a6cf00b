"""A log in memory, for tests of who follows it: notes and proofs at every size."""

from audit import merkle
from audit.merkle import Frontier, leaf_hash
from audit.notes import CheckpointText, Signer


class SmallLog:
    """Signs whatever size it is asked for; `fork` gives it another past."""

    def __init__(self, origin: str = "log.example/one", *, fork: bytes = b"") -> None:
        self.signer = Signer.generate(origin)
        self._leaves = [leaf_hash(fork + bytes([n])) for n in range(200)]

    def forked(self) -> "SmallLog":
        """The same key over other leaves."""
        other = SmallLog(self.origin, fork=b"other")
        other.signer = self.signer
        return other

    @property
    def origin(self) -> str:
        return self.signer.verifier.name

    @property
    def vkey(self) -> str:
        return self.signer.verifier.vkey

    def text(self, size: int) -> str:
        root = Frontier().extend(self._leaves[:size]).root()
        return CheckpointText(self.origin, size, root).to_text()

    def note(self, size: int) -> str:
        return self.signer.sign(self.text(size))

    def proof(self, old: int, new: int) -> tuple[bytes, ...]:
        if not 0 < old < new:
            return ()
        subtree = merkle.subtree_of(self._leaves[:new])
        return merkle.consistency_path(old, new, subtree)
