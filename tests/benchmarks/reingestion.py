"""A new edition of a guideline: how many passages are embedded, beside two peers.

A guideline of 2,000 paragraphs in 100 sections. The next edition is the same, has 1 % of
its paragraphs changed, or one section moved to the end. One stub embedder counts for all.
Each contender cuts with its own splitter at about the same size. LangChain (`index`,
incremental and scoped_full) and LlamaIndex (upserts) take part where they are installed:
`pip install langchain-core langchain-text-splitters llama-index-core`.
"""

import importlib.util
import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from tests.benchmarks.harness import running_stack

PARAGRAPHS, SECTION, CHANGED = 2_000, 20, 20
CHARACTERS = 1_000  # a passage of the peers; ours has 256 tokens at most
AT = datetime(2026, 1, 1, tzinfo=UTC)
WORDS = [
    "".join(random.Random(seed).choices("aeioubcdlmnprst", k=3 + seed % 8))
    for seed in range(3_000)
]


@dataclass
class Counter:
    """Counts what is embedded; the same vector for all."""

    embedded: int = 0

    def take(self, texts: list[str]) -> list[list[float]]:
        self.embedded += len(texts)
        return [[1.0, 0.0, 0.0, 0.0] for _ in texts]


Ingest = Callable[[str], int]  # one edition in; how many passages there are of it


def guideline() -> list[list[str]]:
    """Sections of paragraphs of five to a hundred and twenty words."""
    chosen = random.Random(11)
    return [
        [
            " ".join(chosen.choices(WORDS, k=chosen.choice((5, 15, 40, 80, 120)))) + "."
            for _ in range(SECTION)
        ]
        for _ in range(PARAGRAPHS // SECTION)
    ]


def written(sections: list[list[str]], order: list[int]) -> str:
    parts = ["# Guideline"]
    for place in order:
        parts += [f"## Section {place}", *sections[place]]
    return "\n\n".join(parts)


def editions() -> dict[str, str]:
    """The first edition, and what the next one may be."""
    sections, chosen = guideline(), random.Random(12)
    order = list(range(len(sections)))
    changed = [list(section) for section in sections]
    for place in chosen.sample(range(PARAGRAPHS), CHANGED):
        words = changed[place // SECTION][place % SECTION].split()
        words[len(words) // 2] = "changed"
        changed[place // SECTION][place % SECTION] = " ".join(words)
    return {
        "first": written(sections, order),
        "unchanged": written(sections, order),
        "1 % of paragraphs changed": written(changed, order),
        "a section moved": written(sections, [*order[:10], *order[11:], 10]),
    }


def ours(counter: Counter) -> Ingest:
    from ingestion import actions
    from ingestion.models import VersionChunk
    from tests.factories.embedder import CountingEmbedder
    from tests.factories.ingestion import make_document
    from tests.factories.people import AUTHOR

    class Stub(CountingEmbedder):
        def embed_passages(self, texts: Any) -> list[list[float]]:
            return counter.take(list(texts))

        def count_tokens(self, text: str) -> int:
            return len(text) // 4

    document, seen = make_document(), set[str]()

    def ingest(text: str) -> int:
        if text in seen:  # the very bytes are refused as a twin: a line more, then
            text += "\n"
        seen.add(text)
        version = actions.receive_version(
            document.id, filename="g.md", data=text.encode(), label="", by=AUTHOR, at=AT
        )
        done = actions.process_version(version.id, now=lambda: AT, embedder=Stub())
        assert done.status == "in_review", done.failure_code
        return VersionChunk.objects.filter(version=version.id).count()

    return ingest


def langchain(counter: Counter, cleanup: str) -> Ingest:
    from langchain_core.documents import Document
    from langchain_core.embeddings import Embeddings
    from langchain_core.indexing import InMemoryRecordManager, index
    from langchain_core.vectorstores import InMemoryVectorStore
    from langchain_text_splitters import RecursiveCharacterTextSplitter

    class Stub(Embeddings):
        def embed_documents(self, texts: list[str]) -> list[list[float]]:
            return counter.take(texts)

        def embed_query(self, text: str) -> list[float]:
            return [1.0, 0.0, 0.0, 0.0]

    records = InMemoryRecordManager("bench")
    records.create_schema()
    store = InMemoryVectorStore(Stub())
    splitter = RecursiveCharacterTextSplitter(chunk_size=CHARACTERS, chunk_overlap=100)

    def ingest(text: str) -> int:
        whole = Document(text, metadata={"source": "guideline"})
        parts = splitter.split_documents([whole])
        index(
            parts, records, store, cleanup=cleanup, source_id_key="source",
            key_encoder="sha256",
        )  # fmt: skip
        return len(parts)

    return ingest


def llamaindex(counter: Counter) -> Ingest:
    from llama_index.core import Document
    from llama_index.core.embeddings import MockEmbedding
    from llama_index.core.ingestion import DocstoreStrategy, IngestionPipeline
    from llama_index.core.node_parser import SentenceSplitter
    from llama_index.core.storage.docstore import SimpleDocumentStore
    from llama_index.core.vector_stores import SimpleVectorStore

    class Stub(MockEmbedding):
        def _get_text_embeddings(self, texts: list[str]) -> list[list[float]]:
            return counter.take(texts)

    pipeline = IngestionPipeline(
        transformations=[
            SentenceSplitter(chunk_size=CHARACTERS // 4, chunk_overlap=25),
            Stub(embed_dim=4),
        ],
        docstore=SimpleDocumentStore(),
        vector_store=SimpleVectorStore(),
        docstore_strategy=DocstoreStrategy.UPSERTS,
        disable_cache=True,
    )
    counted = SentenceSplitter(chunk_size=CHARACTERS // 4, chunk_overlap=25)

    def ingest(text: str) -> int:
        document = Document(text=text, id_="guideline")
        pipeline.run(documents=[document])
        return len(counted.get_nodes_from_documents([document]))

    return ingest


def contenders() -> dict[str, Callable[[Counter], Ingest]]:
    found: dict[str, Callable[[Counter], Ingest]] = {"ClinRAG": ours}
    if importlib.util.find_spec("langchain_core"):
        found["LangChain index, incremental"] = lambda c: langchain(c, "incremental")
        found["LangChain index, scoped_full"] = lambda c: langchain(c, "scoped_full")
    else:
        print("  LangChain takes no part: langchain-core is not installed")
    if importlib.util.find_spec("llama_index"):
        found["LlamaIndex, upserts"] = llamaindex
    else:
        print("  LlamaIndex takes no part: llama-index-core is not installed")
    return found


def main() -> None:
    with running_stack():
        print(f"\nA new edition of {PARAGRAPHS} paragraphs: passages embedded")
        measure()


def measure() -> None:
    texts = editions()
    first = texts.pop("first")
    for name, made in contenders().items():
        for what, text in texts.items():
            counter = Counter()
            ingest = made(counter)
            ingest(first)
            before = counter.embedded
            total = ingest(text)
            share = (counter.embedded - before) / total
            print(
                f"  {name:<32} {what:<28} {counter.embedded - before:>6} of {total:>6}"
                f"  {share:7.2%}"
            )
