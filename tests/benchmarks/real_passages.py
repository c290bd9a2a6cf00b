"""Real passages and questions out of BEIR-like folders, with their vectors kept.

Promises: every text is real and no two are the same; whole passages come first, then
single sentences of them, then pairs of sentences, until there are as many as are asked
for or no more; the vectors are the bundled embedder's, each computed once and kept in a
file. `CLINRAG_BENCH_CORPUS` names the folders (separated by `:`; without, the guidelines of
the demonstration serve), `CLINRAG_BENCH_KEPT` the file. Will not: make text up.
"""

import hashlib
import os
import random
import re
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import cache
from pathlib import Path
from typing import Final

import numpy as np

from clinrag.local.stack import PROJECT
from ingestion.chunking import embedding_text
from ingestion.embedding.bundled import (
    DIMENSIONS,
    NAME,
    WEIGHTS_SHA256,
    BundledEmbedder,
)

# Read at once: the harness runs in an environment of its own.
FOLDERS: Final = [
    Path(one) for one in os.environ.get("CLINRAG_BENCH_CORPUS", "").split(":") if one
]
KEPT: Final = Path(os.environ.get("CLINRAG_BENCH_KEPT", ""))
SHORTEST: Final = 40
A_BATCH: Final = 500
# An end of a sentence, well enough for cutting: nothing is claimed of these cuts.
_ENDS: Final = re.compile(r"(?<=[.!?])\s+(?=[A-Z0-9])")


class KeptEmbedder:
    """The bundled embedder, which looks up what it has embedded before."""

    name = NAME
    revision = WEIGHTS_SHA256[:12]
    dimensions = DIMENSIONS
    max_tokens = 256

    def __init__(self, vectors: dict[bytes, np.ndarray]) -> None:
        self._vectors = vectors

    def embed_query(self, text: str) -> list[float]:
        found = self._vectors.get(_key(text))
        if found is None:
            found = np.array(_bundled().embed_query(text), dtype=np.float32)
            self._vectors[_key(text)] = found
        return found.tolist()

    def embed_passages(self, texts: Sequence[str]) -> list[list[float]]:
        return [self.embed_query(text) for text in texts]

    def count_tokens(self, text: str) -> int:
        return len(text.split())


def real_passages(size: int) -> list:
    """As many `ReadyPassage` as there are, up to `size`."""
    from ingestion.evaluation import ReadyPassage

    given = _given()
    held: dict[str, str] = {}
    for length in (None, 1, 2):
        for title, whole in given:
            for text in _cuts(whole, length):
                if len(text) >= SHORTEST and len(held) < size:
                    held.setdefault(text, title)
    return [ReadyPassage(str(n), title, t) for n, (t, title) in enumerate(held.items())]


def real_questions(count: int) -> list[str]:
    """Drawn at random from the folders, the same ones every time; else sentences."""
    from clinrag.retrieval.evaluation import read_evaluation_set

    asked = [q for f in FOLDERS for q in read_evaluation_set(f).questions.values()]
    asked = asked or [text for _, whole in _given() for text in _cuts(whole, 1)]
    return random.Random(7).sample(asked, count)


def _given() -> list[tuple[str, str]]:
    """Titles and texts, of the folders or of the demonstration's guidelines."""
    if FOLDERS:
        from clinrag.retrieval.evaluation import read_evaluation_set

        sets = [read_evaluation_set(folder) for folder in FOLDERS]
        return [(one.title, one.text) for held in sets for one in held.passages]
    files = sorted((PROJECT / "clinrag" / "local" / "guidelines").rglob("*.md"))
    return [(one.stem, one.read_text(encoding="utf-8")) for one in files]


def kept_embedder(passages: Sequence) -> KeptEmbedder:
    """An embedder that has all of these passages' vectors."""
    vectors = _read(KEPT)
    texts = [embedding_text(p.text, section_path=_path(p)) for p in passages]
    missing = [text for text in texts if _key(text) not in vectors]
    batches = [missing[n : n + A_BATCH] for n in range(0, len(missing), A_BATCH)]
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        for done, (batch, found) in enumerate(
            zip(batches, pool.map(_embedded, batches), strict=True), 1
        ):
            vectors |= dict(zip(map(_key, batch), found, strict=True))
            if KEPT.name and (done % 20 == 0 or done == len(batches)):
                print(f"  embedded {done * A_BATCH} of {len(missing)}", flush=True)
                _write(KEPT, vectors)
    return KeptEmbedder(vectors)


def _cuts(text: str, length: int | None) -> Iterator[str]:
    """The whole text, or every run of so many of its sentences."""
    if length is None:
        yield text.strip()
        return
    for paragraph in re.split(r"\n\s*\n", text):
        sentences = [" ".join(one.split()) for one in _ENDS.split(paragraph)]
        for start in range(len(sentences) - length + 1):
            yield " ".join(sentences[start : start + length])


def _path(passage) -> tuple[str, ...]:
    return (passage.title,) if passage.title else ()


def _key(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()


@cache
def _bundled() -> BundledEmbedder:
    return BundledEmbedder()


def _embedded(texts: list[str]) -> np.ndarray:
    return np.array(_bundled().embed_passages(texts), dtype=np.float32)


def _read(file: Path) -> dict[bytes, np.ndarray]:
    if not file.is_file():
        return {}
    with np.load(file) as held:
        return dict(zip(map(bytes, held["keys"]), held["vectors"], strict=True))


def _write(file: Path, vectors: dict[bytes, np.ndarray]) -> None:
    keys = np.array([np.frombuffer(key, dtype=np.uint8) for key in vectors])
    fresh = file.with_suffix(".new.npz")
    np.savez(fresh, keys=keys, vectors=np.array(list(vectors.values())))
    fresh.replace(file)
