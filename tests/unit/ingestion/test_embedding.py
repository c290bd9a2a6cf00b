"""The bundled model, and the gateway against a small real server."""

import json
import math
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx
import pytest

from ingestion.embedding import get_embedder, identity_of
from ingestion.embedding.bundled import BundledEmbedder
from ingestion.embedding.remote import (
    ATTEMPTS,
    BATCH,
    RemoteEmbedder,
    embeddings_address,
)
from ingestion.errors import EmbeddingFailed

# --- Bundled -----------------------------------------------------------------


@pytest.fixture(scope="module")
def bundled() -> BundledEmbedder:
    return BundledEmbedder()


def cosine(first: list[float], second: list[float]) -> float:
    return (
        math.sumprod(first, second)
        if hasattr(math, "sumprod")
        else sum(a * b for a, b in zip(first, second, strict=True))
    )


def test_bundled_embedder_gives_unit_vectors_of_its_dimension(bundled):
    vectors = bundled.embed_passages(["Naloxone reverses opioids.", "x", ""])

    assert [len(vector) for vector in vectors] == [bundled.dimensions] * 3
    assert all(math.isclose(cosine(v, v), 1.0, abs_tol=1e-5) for v in vectors)


def test_bundled_embedder_gives_the_same_vector_whatever_stands_beside(bundled):
    alone = bundled.embed_query("Naloxone reverses opioids.")

    assert (
        bundled.embed_passages(["long " * 200, "Naloxone reverses opioids."])[1]
        == alone
    )


def test_bundled_embedder_puts_the_meaning_near(bundled):
    near, far = bundled.embed_passages(["antidote for opioid overdose", "knitting"])
    query = bundled.embed_query("naloxone")

    assert cosine(query, near) > cosine(query, far) + 0.2


def test_bundled_embedder_counts_tokens_without_a_limit(bundled):
    assert bundled.count_tokens("word " * 1000) == 1000
    assert bundled.count_tokens("") == 0


def test_bundled_embedder_reads_so_many_tokens_and_no_more(bundled):
    inside = "dose " * (bundled.max_tokens - 2)

    assert bundled.embed_query(inside) == bundled.embed_query(inside + "knitting " * 9)
    assert bundled.embed_query(inside) != bundled.embed_query("knitting " + inside)


def test_bundled_embedder_names_its_weights(bundled):
    assert identity_of(bundled) == "all-MiniLM-L6-v2-int8@8199be6f699a"


# --- Behind HTTP -------------------------------------------------------------


class Server:
    """A real server; `reply` turns the request's body into status and body."""

    def __init__(self) -> None:
        self.reply: Callable[[dict], tuple[int, bytes]] = embed
        self.requests: list[tuple[str, str | None, dict]] = []
        outer = self

        class Answer(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                length = int(self.headers["Content-Length"])
                body = json.loads(self.rfile.read(length))
                outer.requests.append((self.path, self.headers["Authorization"], body))
                status, answer = outer.reply(body)
                self.send_response(status)
                self.send_header("Location", "/elsewhere")
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *args: object) -> None:
                pass

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
        self.url = f"http://127.0.0.1:{self._http.server_port}"
        threading.Thread(target=self._http.serve_forever, daemon=True).start()

    def close(self) -> None:
        self._http.shutdown()
        self._http.server_close()


def embed(body: dict) -> tuple[int, bytes]:
    rows = [
        {"index": place, "embedding": [len(text), 1.0, 0.0]}
        for place, text in enumerate(body["input"])
    ]
    return 200, json.dumps({"data": rows[::-1]}).encode()


def data(*vectors: object) -> Callable[[dict], tuple[int, bytes]]:
    rows = [{"index": i, "embedding": vector} for i, vector in enumerate(vectors)]
    return lambda _: (200, json.dumps({"data": rows}).encode())


@pytest.fixture
def server() -> Iterator[Server]:
    made = Server()
    yield made
    made.close()


@pytest.fixture
def remote(server: Server) -> Iterator[RemoteEmbedder]:
    embedder = RemoteEmbedder(
        server.url,
        model="tiny",
        api_key="a-key",
        timeout=httpx.Timeout(2.0),
        sleep=lambda _: None,
    )
    yield embedder
    embedder._client.close()


def test_remote_embedder_asks_in_batches_and_keeps_the_order(remote, server):
    count = BATCH + 3
    vectors = remote.embed_passages(["x" * length for length in range(count)])

    assert [round(v[0] / v[1]) for v in vectors] == list(range(count))
    assert all(math.isclose(cosine(v, v), 1.0) for v in vectors)
    assert [len(body["input"]) for _, _, body in server.requests] == [BATCH, 3]
    assert server.requests[0][:2] == ("/v1/embeddings", "Bearer a-key")
    assert server.requests[0][2]["model"] == "tiny"
    assert (remote.dimensions, identity_of(remote)) == (3, "tiny@unpinned")


@pytest.mark.parametrize(
    "reply",
    [
        lambda _: (200, b"no JSON"),
        lambda _: (200, b"[]"),
        lambda _: (200, b"{}"),
        lambda _: (200, b'{"data": [{"index": 0, "embedding": [NaN, 1]}]}'),
        lambda _: (200, b'{"data": [{"index": 0, "embedding": [1e999]}]}'),
        lambda _: (200, b'{"data": [{"index": 1, "embedding": [1.0]}]}'),
        data(),
        data([1.0], [1.0]),
        data([0.0, 0.0]),
        data([]),
        data("words"),
        data([None]),
        lambda _: (401, b""),
        lambda _: (302, b""),
        lambda _: (200, b"[" * 100_000),
    ],
)
def test_remote_embedder_fails_at_once_when_the_answer_is_nonsense(
    reply, remote, server
):
    server.reply = reply

    with pytest.raises(EmbeddingFailed):
        remote.embed_query("x")

    assert len(server.requests) == 1


def test_remote_embedder_fails_when_the_dimension_changes(remote, server):
    remote.embed_query("x")
    server.reply = data([1.0, 0.0])

    with pytest.raises(EmbeddingFailed):
        remote.embed_query("x")


def test_remote_embedder_cuts_off_an_endless_answer(remote, server):
    server.reply = lambda _: (200, b" " * (33 * 1024 * 1024))

    with pytest.raises(EmbeddingFailed):
        remote.embed_query("x")


@pytest.mark.parametrize("status", [429, 500, 503])
def test_remote_embedder_tries_again_when_the_server_is_busy(status, remote, server):
    answers = iter([(status, b""), (status, b"")])
    server.reply = lambda body: next(answers, None) or embed(body)

    assert len(remote.embed_query("x")) == 3
    assert len(server.requests) == ATTEMPTS


def test_remote_embedder_gives_up_when_the_server_stays_busy(remote, server):
    server.reply = lambda _: (503, b"")

    with pytest.raises(EmbeddingFailed):
        remote.embed_query("x")

    assert len(server.requests) == ATTEMPTS


def test_remote_embedder_fails_when_nobody_listens(server):
    server.close()
    embedder = RemoteEmbedder(server.url, model="tiny", sleep=lambda _: None)

    with pytest.raises(EmbeddingFailed):
        embedder.embed_query("x")


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("http://h:1", "http://h:1/v1/embeddings"),
        ("http://h/v1/", "http://h/v1/embeddings"),
        ("http://h/api/v1/embeddings", "http://h/api/v1/embeddings"),
    ],
)
def test_embeddings_address_completes_what_is_given(url, address):
    assert embeddings_address(url) == address


def test_get_embedder_follows_the_settings(settings):
    settings.CLINRAG_EMBEDDING_URL = ""
    assert get_embedder() is get_embedder()
    assert get_embedder().name == "all-MiniLM-L6-v2-int8"

    settings.CLINRAG_EMBEDDING_URL = "http://127.0.0.1:9"
    settings.CLINRAG_EMBEDDING_MODEL = "tiny"
    settings.CLINRAG_EMBEDDING_API_KEY = ""
    assert get_embedder().name == "tiny"
