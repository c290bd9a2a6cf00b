"""What others find on the same passages and questions, for comparison.

Promises: each is set up as its own first page tells, with its defaults, and given the
title as well; those with vectors get the very embedder that is measured. Who is not
installed takes no part (`pip install bm25s PyStemmer langchain-core
langchain-text-splitters llama-index-core`). Will not: be used by a search.
"""

import importlib
import importlib.util
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final

from ingestion.embedding import Embedder
from ingestion.evaluation import ReadyPassage

Finder = Callable[[str], list[str]]
# More than is judged, since one passage may be found in several pieces.
PIECES: Final = 3


def baselines(
    passages: Sequence[ReadyPassage], *, embedder: Embedder, depth: int
) -> dict[str, Finder]:
    """Those that are installed: the ids of the passages they find, best first."""
    makers: Mapping[str, tuple[tuple[str, ...], Callable[[], Finder]]] = {
        "bm25s": (("bm25s", "Stemmer"), lambda: _bm25s(passages, depth)),
        "LangChain": (
            ("langchain_core", "langchain_text_splitters"),
            lambda: _langchain(passages, embedder, depth),
        ),
        "LlamaIndex": (
            ("llama_index",),
            lambda: _llamaindex(passages, embedder, depth),
        ),
    }
    return {
        name: make()
        for name, (modules, make) in makers.items()
        if all(map(importlib.util.find_spec, modules))
    }


def _bm25s(passages: Sequence[ReadyPassage], depth: int) -> Finder:
    """Its own example: English stop words, the Snowball stemmer, default k1 and b."""
    bm25s, stemmer = _module("bm25s"), _module("Stemmer").Stemmer("english")
    options = {"stopwords": "en", "stemmer": stemmer, "show_progress": False}
    index = bm25s.BM25()
    index.index(bm25s.tokenize(list(map(_text, passages)), **options), **_QUIET)

    def find(question: str) -> list[str]:
        asked = bm25s.tokenize(question, **options)
        places, _ = index.retrieve(asked, k=min(depth, len(passages)), **_QUIET)
        return [passages[int(place)].id for place in places[0]]

    return find


def _langchain(
    passages: Sequence[ReadyPassage], embedder: Embedder, depth: int
) -> Finder:
    """Its vector store in memory, behind its recursive splitter."""
    core = _module("langchain_core.documents")
    splitter = _module("langchain_text_splitters").RecursiveCharacterTextSplitter()
    store = _module("langchain_core.vectorstores").InMemoryVectorStore(
        _langchain_embeddings(embedder)
    )
    documents = [
        core.Document(page_content=_text(one), metadata={"id": one.id})
        for one in passages
    ]
    store.add_documents(splitter.split_documents(documents))

    def find(question: str) -> list[str]:
        found = store.similarity_search(question, k=depth * PIECES)
        return _once((one.metadata["id"] for one in found), depth)

    return find


def _langchain_embeddings(embedder: Embedder) -> Any:
    base = _module("langchain_core.embeddings").Embeddings
    methods = {
        "embed_documents": lambda _, texts: embedder.embed_passages(texts),
        "embed_query": lambda _, text: embedder.embed_query(text),
    }
    return type("SameEmbeddings", (base,), methods)()


def _llamaindex(
    passages: Sequence[ReadyPassage], embedder: Embedder, depth: int
) -> Finder:
    """Its vector index over documents, behind its sentence splitter."""
    core = _module("llama_index.core")
    documents = [
        core.Document(text=_text(one), doc_id=one.id, id_=one.id) for one in passages
    ]
    index = core.VectorStoreIndex.from_documents(
        documents, embed_model=_llamaindex_embeddings(embedder)
    )
    retriever = index.as_retriever(similarity_top_k=depth * PIECES)

    def find(question: str) -> list[str]:
        found = retriever.retrieve(question)
        return _once((one.node.ref_doc_id for one in found), depth)

    return find


def _llamaindex_embeddings(embedder: Embedder) -> Any:
    base = _module("llama_index.core.embeddings").BaseEmbedding

    async def embed_later(_: Any, text: str) -> list[float]:
        return embedder.embed_query(text)

    methods = {
        "_get_text_embedding": lambda _, text: embedder.embed_query(text),
        "_get_query_embedding": lambda _, text: embedder.embed_query(text),
        "_aget_query_embedding": embed_later,
    }
    return type("SameEmbedding", (base,), methods)()


def _text(passage: ReadyPassage) -> str:
    return f"{passage.title}\n{passage.text}" if passage.title else passage.text


def _once(ids: Iterable[str], depth: int) -> list[str]:
    return list(dict.fromkeys(ids))[:depth]


def _module(name: str) -> Any:
    return importlib.import_module(name)


_QUIET: Final = {"show_progress": False}
