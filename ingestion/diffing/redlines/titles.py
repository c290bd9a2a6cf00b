"""What a redline is headed with. Will not: know where it came from."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Titles:
    """The document, and what its two editions are called."""

    document: str
    old: str
    new: str
