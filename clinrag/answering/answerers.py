"""The ways to get a draft: a model server, or sentences chosen from the passages.

Promises: both take a prompt and give a draft with what is needed to account for it.
Neither checks the draft; `grounding` does, for both alike.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from clinrag.answering.prompts import Prompt
from clinrag.inference.client import ModelClient
from clinrag.inference.errors import ModelReturnedRubbish
from clinrag.inference.extractive import extract
from clinrag.inference.structured import ANSWER_SCHEMA, parse_draft
from clinrag.inference.types import Completion, CompletionRequest, DraftAnswer
from ingestion.embedding import Embedder

EXTRACTIVE = "extractive"


@dataclass(frozen=True, slots=True)
class Drafted:
    """A draft and where it came from; `output` is the model's text, if it wrote any.

    `draft` is None when the output could not be read; `fault` then names why.
    """

    draft: DraftAnswer | None
    model: str
    model_revision: str | None
    parameters: tuple[tuple[str, str], ...]
    output: str | None = None
    fault: str | None = None


class Answerer(Protocol):
    """Anything that drafts an answer from a prompt."""

    @property
    def name(self) -> str:
        """How the record calls it, before it has told more."""

    @property
    def template(self) -> str:
        """The name of the prompt template it works from."""

    def draft(self, prompt: Prompt, *, question: str) -> Drafted:
        """Draft from the prompt; `question` has its abbreviations written out.

        Raises InferenceError when no output came at all.
        """


@dataclass(frozen=True, slots=True)
class ModelAnswerer:
    """Asks a model server for claims in the answer schema."""

    client: ModelClient
    max_tokens: int = 800
    template: str = "plain_answer"
    allows_external: bool = False

    @property
    def name(self) -> str:
        return self.client.model

    def draft(self, prompt: Prompt, *, question: str) -> Drafted:  # noqa: ARG002
        return _drafted(self.client.complete(self._request(prompt)))

    async def adraft(self, prompt: Prompt, *, question: str) -> Drafted:  # noqa: ARG002
        """As `draft`, holding no thread."""
        return _drafted(await self.client.acomplete(self._request(prompt)))

    def _request(self, prompt: Prompt) -> CompletionRequest:
        return CompletionRequest(
            messages=prompt.messages,
            max_tokens=self.max_tokens,
            response_schema=ANSWER_SCHEMA,
            allows_external=self.allows_external,
        )


@dataclass(frozen=True, slots=True)
class ExtractiveAnswerer:
    """Chooses sentences from the passages in the prompt; calls no one."""

    embedder: Embedder
    name: str = EXTRACTIVE
    template: str = "extractive_evidence"

    def draft(self, prompt: Prompt, *, question: str) -> Drafted:
        return Drafted(
            draft=extract(question, prompt.passages, embed=self._embed),
            model=EXTRACTIVE,
            model_revision=None,
            parameters=(("address_class", "builtin"),),
        )

    @property
    def _embed(self) -> Callable[[list[str]], list[list[float]]]:
        return self.embedder.embed_passages


def _drafted(completion: Completion) -> Drafted:
    draft, fault = _read(completion.text)
    return Drafted(
        draft=draft,
        model=completion.model,
        model_revision=completion.model_revision,
        parameters=(
            *completion.parameters,
            ("address_class", completion.address_class),
            ("finish_reason", completion.finish_reason),
        ),
        output=completion.text,
        fault=fault,
    )


def _read(output: str) -> tuple[DraftAnswer | None, str | None]:
    try:
        return parse_draft(output), None
    except ModelReturnedRubbish as error:
        return None, error.code
