"""Four other stores over the same passages and vectors, in an interpreter of their own.

Run as a program by `tests.benchmarks.search`, with an address of an empty database that
has pgvector, a folder, and a file of passages. Each store is set up as its first pages
say, with its own HNSW index; one that is not installed is told of and left out. Then
every line that comes in, `{"store", "vector", "shelf", "until"}`, is answered with the
numbers of the ten nearest and the seconds that took: shelves from `shelf` on and what
is in force after the day `until`; with neither, the store is asked without a filter.
"""

import json
import sys
import time
from collections.abc import Callable
from uuid import UUID

import numpy as np

LIMIT = 10
BATCH = 2_000
Find = Callable[[list[float], int, int], list[int]]


class Given:
    """Texts, vectors, and of each passage its shelf and the day it is in force until."""

    def __init__(self, file: str) -> None:
        with np.load(file) as held:
            self.texts = json.loads(held["texts"].tobytes())
            self.vectors = held["vectors"]
            self.shelves = [int(one) for one in held["shelves"]]
            self.until = [int(one) for one in held["until"]]

    def metadata(self, number: int) -> dict[str, int]:
        return {
            "number": number,
            "shelf": self.shelves[number],
            "until": self.until[number],
        }

    def batches(self) -> list[range]:
        size = len(self.texts)
        return [range(n, min(n + BATCH, size)) for n in range(0, size, BATCH)]


def llama_index(given: Given, url: str, _: str) -> Find:
    from llama_index.core.schema import TextNode
    from llama_index.core.vector_stores import (
        FilterOperator,
        MetadataFilter,
        MetadataFilters,
        VectorStoreQuery,
    )
    from llama_index.vector_stores.postgres import PGVectorStore

    rest = url.partition("://")[2]
    store = PGVectorStore.from_params(
        connection_string=f"postgresql+psycopg2://{rest}",
        async_connection_string=f"postgresql+asyncpg://{rest}",
        table_name="llama",
        embed_dim=given.vectors.shape[1],
        hnsw_kwargs={
            "hnsw_m": 16,
            "hnsw_ef_construction": 64,
            "hnsw_ef_search": 40,
            "hnsw_dist_method": "vector_cosine_ops",
        },
    )
    for batch in given.batches():
        store.add(
            [
                TextNode(
                    id_=str(n),
                    text=given.texts[n],
                    metadata=given.metadata(n),
                    embedding=given.vectors[n].tolist(),
                )
                for n in batch
            ]
        )

    def find(vector: list[float], shelf: int, until: int) -> list[int]:
        filters = MetadataFilters(
            filters=[
                MetadataFilter(key="shelf", operator=FilterOperator.GTE, value=shelf),
                MetadataFilter(key="until", operator=FilterOperator.GT, value=until),
            ]
        )
        found = store.query(
            VectorStoreQuery(
                query_embedding=vector,
                similarity_top_k=LIMIT,
                filters=filters if shelf or until else None,
            )
        )
        return [int(one) for one in found.ids]

    return find


def langchain(given: Given, url: str, _: str) -> Find:
    from langchain_core.embeddings import Embeddings
    from langchain_postgres import Column, PGEngine, PGVectorStore
    from langchain_postgres.v2.indexes import HNSWIndex

    class GivenVectors(Embeddings):
        """Vectors are given, never made."""

        def embed_documents(self, texts: list[str]) -> list[list[float]]:
            raise NotImplementedError

        embed_query = embed_documents

    engine = PGEngine.from_connection_string(
        f"postgresql+psycopg://{url.partition('://')[2]}"
    )
    columns = ["number", "shelf", "until"]
    engine.init_vectorstore_table(
        "langchain",
        given.vectors.shape[1],
        metadata_columns=[Column(one, "INTEGER") for one in columns],
    )
    store = PGVectorStore.create_sync(
        engine, GivenVectors(), "langchain", metadata_columns=columns
    )
    for batch in given.batches():
        store.add_embeddings(
            [given.texts[n] for n in batch],
            [given.vectors[n].tolist() for n in batch],
            [given.metadata(n) for n in batch],
            [str(UUID(int=n)) for n in batch],
        )
    store.apply_vector_index(HNSWIndex(name="langchain_hnsw"))

    def find(vector: list[float], shelf: int, until: int) -> list[int]:
        filters = {"shelf": {"$gte": shelf}, "until": {"$gt": until}}
        found = store.similarity_search_by_vector(
            vector, k=LIMIT, filter=filters if shelf or until else None
        )
        return [one.metadata["number"] for one in found]

    return find


def haystack(given: Given, url: str, _: str) -> Find:
    from haystack import Document
    from haystack.utils import Secret
    from haystack_integrations.components.retrievers.pgvector import (
        PgvectorEmbeddingRetriever,
    )
    from haystack_integrations.document_stores.pgvector import PgvectorDocumentStore

    store = PgvectorDocumentStore(
        connection_string=Secret.from_token(url),
        embedding_dimension=given.vectors.shape[1],
        search_strategy="hnsw",
    )
    for batch in given.batches():
        store.write_documents(
            [
                Document(
                    id=str(n),
                    content=given.texts[n],
                    embedding=given.vectors[n].tolist(),
                    meta=given.metadata(n),
                )
                for n in batch
            ]
        )
    retriever = PgvectorEmbeddingRetriever(document_store=store, top_k=LIMIT)

    def find(vector: list[float], shelf: int, until: int) -> list[int]:
        conditions = [
            {"field": "meta.shelf", "operator": ">=", "value": shelf},
            {"field": "meta.until", "operator": ">", "value": until},
        ]
        filters = {"operator": "AND", "conditions": conditions}
        found = retriever.run(
            query_embedding=vector, filters=filters if shelf or until else None
        )
        return [int(one.id) for one in found["documents"]]

    return find


def chroma(given: Given, _: str, folder: str) -> Find:
    import chromadb

    client = chromadb.PersistentClient(
        folder, settings=chromadb.Settings(anonymized_telemetry=False)
    )
    store = client.create_collection(
        "passages", configuration={"hnsw": {"space": "cosine"}}, embedding_function=None
    )
    for batch in given.batches():
        store.add(
            ids=[str(n) for n in batch],
            embeddings=given.vectors[batch.start : batch.stop],
            documents=[given.texts[n] for n in batch],
            metadatas=[given.metadata(n) for n in batch],
        )

    def find(vector: list[float], shelf: int, until: int) -> list[int]:
        filters = {"$and": [{"shelf": {"$gte": shelf}}, {"until": {"$gt": until}}]}
        found = store.query(
            query_embeddings=[vector],
            n_results=LIMIT,
            where=filters if shelf or until else None,
        )
        return [int(one) for one in found["ids"][0]]

    return find


STORES = {
    "LlamaIndex": llama_index,
    "LangChain": langchain,
    "Haystack": haystack,
    "Chroma": chroma,
}


def main(url: str, folder: str, file: str) -> None:
    given, finders = Given(file), {}
    for name, load in STORES.items():
        began = time.perf_counter()
        try:
            finders[name] = load(given, url, folder)
        except Exception as error:  # noqa: BLE001  what fails is told and left out
            say({"store": name, "missing": f"{type(error).__name__}: {error}"[:200]})
            continue
        say({"store": name, "loaded": time.perf_counter() - began})
    say({"ready": True})
    for line in sys.stdin:
        asked = json.loads(line)
        began = time.perf_counter()
        found = finders[asked["store"]](asked["vector"], asked["shelf"], asked["until"])
        say({"found": found, "seconds": time.perf_counter() - began})


def say(told: dict) -> None:
    print(json.dumps(told), file=sys.__stdout__, flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
