"""The ways to get a draft: a model server, or sentences chosen from the passages.

Promises: both take a prompt and give a draft with what is needed to account for it.
Neither checks the draft; `grounding` does, for both alike.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from clinrag.answering.formats.types import Field, Format, Source
from clinrag.answering.prompts import Prompt
from clinrag.inference.client import ModelClient
from clinrag.inference.errors import ModelReturnedRubbish
from clinrag.inference.filling import fill
from clinrag.inference.structured import parse_draft
from clinrag.inference.types import (
    ENCOUNTER,
    Completion,
    CompletionRequest,
    DraftAnswer,
    FieldWish,
)
from ingestion.embedding import Embedder
from ingestion.embedding.types import identity_of

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
    def template(self) -> str | None:
        """The prompt template it works from by name; None for the format's own."""

    def draft(self, prompt: Prompt, *, question: str) -> Drafted:
        """Draft from the prompt; `question` has its abbreviations written out.

        Raises InferenceError when no output came at all.
        """


@dataclass(frozen=True, slots=True)
class ModelAnswerer:
    """Asks a model server for claims in the schema of the format."""

    client: ModelClient
    max_tokens: int = 800
    template: str | None = None
    allows_external: bool = False

    @property
    def name(self) -> str:
        return self.client.model

    def draft(self, prompt: Prompt, *, question: str) -> Drafted:  # noqa: ARG002
        return _drafted(self.client.complete(self._request(prompt)), prompt)

    async def adraft(self, prompt: Prompt, *, question: str) -> Drafted:  # noqa: ARG002
        """As `draft`, holding no thread."""
        return _drafted(await self.client.acomplete(self._request(prompt)), prompt)

    def _request(self, prompt: Prompt) -> CompletionRequest:
        return CompletionRequest(
            messages=prompt.messages,
            max_tokens=self.max_tokens,
            response_schema=prompt.brief.format.schema,
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
            draft=fill(
                [wish_of(field) for field in prompt.brief.format.fields],
                question=question,
                encounter=prompt.encounter,
                passages=prompt.passages,
                embed=self._embed,
            ),
            model=EXTRACTIVE,
            model_revision=None,
            parameters=(
                ("address_class", "builtin"),
                ("embedder", identity_of(self.embedder)),
            ),
        )

    @property
    def _embed(self) -> Callable[[list[str]], list[list[float]]]:
        return self.embedder.embed_passages


def read_draft(output: str, form: Format) -> DraftAnswer:
    """The draft that a model's text holds; raises ModelReturnedRubbish."""
    lowest = ENCOUNTER if form.takes_context else ENCOUNTER + 1
    return parse_draft(output, fields=form.field_names, lowest=lowest)


def wish_of(field: Field) -> FieldWish:
    """What the built-in answerer is told of a field."""
    return FieldWish(
        name=field.name,
        takes_encounter=field.takes(Source.CONTEXT),
        takes_passages=field.takes(Source.PASSAGE),
        headings=field.headings,
        speakers=field.speakers,
        cues=field.cues,
    )


def _drafted(completion: Completion, prompt: Prompt) -> Drafted:
    draft, fault = _read(completion.text, prompt.brief.format)
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


def _read(output: str, form: Format) -> tuple[DraftAnswer | None, str | None]:
    try:
        return read_draft(output, form), None
    except ModelReturnedRubbish as error:
        return None, error.code
