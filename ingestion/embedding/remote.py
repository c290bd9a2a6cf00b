"""An embedder behind HTTP: any server that speaks OpenAI's `/v1/embeddings`.

Promises: what is returned has the right count, order and dimension and only
finite numbers; every wait is bounded; an answer beyond the size limit is cut off;
failures worth a second try get two more, with jitter.
Will not: follow redirects, read proxies from the environment, or put text or the
key into an error. Request and response: OpenAI API reference, "Create embeddings".
"""

import json
import math
import random
import time
from collections.abc import Callable, Sequence
from typing import Final

import httpx

from ingestion.errors import EmbeddingFailed

BATCH: Final = 32
ATTEMPTS: Final = 3
MAX_RESPONSE_BYTES: Final = 32 * 1024 * 1024
TIMEOUT: Final = httpx.Timeout(30.0, connect=5.0)
WORTH_A_RETRY: Final = frozenset({408, 429, 500, 502, 503, 504})
MAX_TOKENS: Final = 512


class _TryAgain(Exception):
    """This attempt failed in a way that may pass."""


class RemoteEmbedder:
    """One connection pool to one server; safe to share between threads."""

    revision = "unpinned"  # the protocol does not say which weights are loaded
    max_tokens = MAX_TOKENS

    def __init__(
        self,
        url: str,
        *,
        model: str,
        api_key: str = "",
        timeout: httpx.Timeout = TIMEOUT,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.name = model
        self._address = embeddings_address(url)
        self._sleep = sleep
        self._dimensions: int | None = None
        self._client = httpx.Client(
            headers={"Authorization": f"Bearer {api_key}"} if api_key else {},
            timeout=timeout,
            follow_redirects=False,
            trust_env=False,
        )

    @property
    def dimensions(self) -> int:
        if self._dimensions is None:
            self.embed_query("dimension")
        if self._dimensions is None:
            raise EmbeddingFailed
        return self._dimensions

    def embed_passages(self, texts: Sequence[str]) -> list[list[float]]:
        vectors: list[list[float]] = []
        for start in range(0, len(texts), BATCH):
            vectors += self._embed(texts[start : start + BATCH])
        return vectors

    def embed_query(self, text: str) -> list[float]:
        return self._embed([text])[0]

    def count_tokens(self, text: str) -> int:
        """Estimate from above: few tokenizers spend more than a token on 3 bytes."""
        return math.ceil(len(text.encode()) / 3)

    def _embed(self, texts: Sequence[str]) -> list[list[float]]:
        body = self._answer({"model": self.name, "input": list(texts)})
        vectors = _vectors(body, count=len(texts))
        dimensions = self._dimensions or len(vectors[0])
        if any(len(vector) != dimensions for vector in vectors):
            raise EmbeddingFailed
        self._dimensions = dimensions
        return vectors

    def _answer(self, request: dict[str, object]) -> bytes:
        for attempt in range(ATTEMPTS):
            try:
                return self._post(request)
            except _TryAgain:
                if attempt + 1 < ATTEMPTS:
                    self._sleep(2**attempt * random.uniform(0.25, 0.75))  # noqa: S311
        raise EmbeddingFailed

    def _post(self, request: dict[str, object]) -> bytes:
        try:
            with self._client.stream("POST", self._address, json=request) as response:
                if response.status_code in WORTH_A_RETRY:
                    raise _TryAgain
                if response.status_code != httpx.codes.OK:
                    raise EmbeddingFailed
                return _read(response)
        except httpx.TransportError as error:
            raise _TryAgain from error
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise EmbeddingFailed from error


def embeddings_address(url: str) -> str:
    """Complete a base address such as `http://host:8080` or `http://host/v1`."""
    stem = url.rstrip("/")
    if stem.endswith("/embeddings"):
        return stem
    return f"{stem}/embeddings" if stem.endswith("/v1") else f"{stem}/v1/embeddings"


def _read(response: httpx.Response) -> bytes:
    body = bytearray()
    for piece in response.iter_bytes():
        body += piece
        if len(body) > MAX_RESPONSE_BYTES:
            raise EmbeddingFailed
    return bytes(body)


def _vectors(body: bytes, *, count: int) -> list[list[float]]:
    try:
        rows = json.loads(body)["data"]
        by_index = {int(row["index"]): _unit(row["embedding"]) for row in rows}
        if len(rows) != count:
            raise EmbeddingFailed
        return [by_index[index] for index in range(count)]
    except (ValueError, TypeError, KeyError, RecursionError, OverflowError) as error:
        raise EmbeddingFailed from error


def _unit(row: list[float]) -> list[float]:
    numbers = [float(number) for number in row]
    length = math.sqrt(math.fsum(number * number for number in numbers))
    if not math.isfinite(length) or length == 0.0:
        raise EmbeddingFailed
    return [number / length for number in numbers]
