"""The size and the hash of content that is too long to keep.

Promises: no more of it is in memory than one may keep. Will not: store anything.
"""

import hashlib
from dataclasses import dataclass
from io import BufferedReader


@dataclass(frozen=True, slots=True)
class ContentMeasure:
    """What is known of bytes that were let go: how many, and their SHA-256."""

    byte_size: int
    content_sha256: str


def measure(data: bytes) -> ContentMeasure:
    return ContentMeasure(len(data), hashlib.sha256(data).hexdigest())


def read_or_measure(file: BufferedReader, *, at_most: int) -> bytes | ContentMeasure:
    """The file's bytes, or only their measure when there are more than `at_most`."""
    data = file.read(at_most + 1)
    if len(data) <= at_most:
        return data
    del data
    file.seek(0)
    digest = hashlib.file_digest(file, "sha256")
    return ContentMeasure(file.tell(), digest.hexdigest())
