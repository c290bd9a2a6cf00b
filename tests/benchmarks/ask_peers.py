"""The question-answering pipelines of peers, with stubs like those of `ask`.

Each searches twenty passages in its own store in memory, which is kinder to it than a
database, fills its prompt, and asks a model that replies at once. None of them checks or
records anything. They take part where they are installed:
`pip install langchain-core llama-index-core haystack-ai`.
"""

import importlib.util
import logging
from collections.abc import Callable

Ask = Callable[[], None]
WORDS = "Answer from the context.\n{context}\nQuestion: {question}"
PLACES = {
    "langchain_core": ("LangChain", "langchain-core"),
    "llama_index": ("LlamaIndex", "llama-index-core"),
    "haystack": ("Haystack", "haystack-ai"),
}


def peers(passages: list[str], question: str, reply: str) -> dict[str, Ask]:
    """One ask of each peer that is installed; says which are not."""
    made = {
        "langchain_core": langchain,
        "llama_index": llamaindex,
        "haystack": haystack,
    }
    found: dict[str, Ask] = {}
    for module, (name, package) in PLACES.items():
        if importlib.util.find_spec(module):
            found[name] = made[module](passages, question, reply)
        else:
            print(f"  {name} takes no part: {package} is not installed")
    return found


def langchain(passages: list[str], question: str, reply: str) -> Ask:
    from langchain_core.embeddings import DeterministicFakeEmbedding
    from langchain_core.language_models import FakeListChatModel
    from langchain_core.output_parsers import StrOutputParser
    from langchain_core.prompts import ChatPromptTemplate
    from langchain_core.runnables import RunnableLambda, RunnablePassthrough
    from langchain_core.vectorstores import InMemoryVectorStore

    store = InMemoryVectorStore(DeterministicFakeEmbedding(size=384))
    store.add_texts(passages)
    joined = RunnableLambda(lambda found: "\n\n".join(d.page_content for d in found))
    chain = (
        {
            "context": store.as_retriever(search_kwargs={"k": 8}) | joined,
            "question": RunnablePassthrough(),
        }
        | ChatPromptTemplate.from_template(WORDS)
        | FakeListChatModel(responses=[reply])
        | StrOutputParser()
    )

    def ask() -> None:
        if chain.invoke(question) != reply:
            raise SystemExit("LangChain did not answer")

    return ask


def llamaindex(passages: list[str], question: str, reply: str) -> Ask:
    from llama_index.core import Document, VectorStoreIndex
    from llama_index.core.embeddings import MockEmbedding
    from llama_index.core.llms import MockLLM

    index = VectorStoreIndex.from_documents(
        [Document(text=text) for text in passages],
        embed_model=MockEmbedding(embed_dim=384),
    )
    engine = index.as_query_engine(llm=MockLLM(max_tokens=64), similarity_top_k=8)

    def ask() -> None:
        if not str(engine.query(question)):
            raise SystemExit("LlamaIndex did not answer")

    return ask


def haystack(passages: list[str], question: str, reply: str) -> Ask:
    from haystack import Document, Pipeline, component
    from haystack.components.builders import PromptBuilder
    from haystack.components.retrievers.in_memory import InMemoryEmbeddingRetriever
    from haystack.document_stores.in_memory import InMemoryDocumentStore

    logging.getLogger("haystack").setLevel(logging.WARNING)
    vector = [1.0] + 383 * [0.0]

    @component
    class Model:
        @component.output_types(reply=str)
        def run(self, prompt: str) -> dict[str, str]:
            return {"reply": reply if prompt else ""}

    store = InMemoryDocumentStore()
    store.write_documents([Document(content=t, embedding=vector) for t in passages])
    template = (
        "{% for one in documents %}{{ one.content }}\n{% endfor %}"
        "Question: {{ question }}"
    )
    pipeline = Pipeline()
    pipeline.add_component("find", InMemoryEmbeddingRetriever(store, top_k=8))
    pipeline.add_component("prompt", PromptBuilder(template, required_variables="*"))
    pipeline.add_component("model", Model())
    pipeline.connect("find.documents", "prompt.documents")
    pipeline.connect("prompt.prompt", "model.prompt")
    asked = {"find": {"query_embedding": vector}, "prompt": {"question": question}}

    def ask() -> None:
        if pipeline.run(asked)["model"]["reply"] != reply:
            raise SystemExit("Haystack did not answer")

    return ask
