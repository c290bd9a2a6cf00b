"""What the verifier refuses, as three kinds that scripts can tell apart.

Each refusal has a stable `code`, and where it is known the `layer` that caught it and
the first bad `index`. None carries the content of an entry.
"""

from typing import ClassVar, Final

HOLDS: Final = 0
MISUSED: Final = 2


class Problem(Exception):
    """The verifier cannot say that the evidence holds; `status` is its exit code."""

    status: ClassVar[int] = 1

    def __init__(
        self,
        sentence: str,
        *,
        code: str = "rejected",
        layer: str = "",
        index: int | None = None,
    ) -> None:
        super().__init__(sentence)
        self.code = code
        self.layer = layer
        self.index = index

    def at(self, *, layer: str, index: int | None = None) -> "Problem":
        """The same refusal, told with its place; what it knew already stays."""
        self.layer = self.layer or layer
        self.index = index if self.index is None else self.index
        return self


class Rejected(Problem):
    """The evidence does not hold."""


class Malformed(Rejected):
    """What was given cannot be read as what it should be."""

    status = MISUSED


class Unreadable(Problem):
    """A file, a folder or an address could not be read."""

    status = 3


class Missing(Unreadable):
    """There is nothing under this name."""


class Unequipped(Problem):
    """The Python package `cryptography` is missing, so no signature can be checked."""

    status = 4
