"""From a question and its evidence to the exact bytes a model gets.

Promises: pure. A template is named by its version and SHA-256; every passage is
numbered and fenced by a word derived from all of the content, which a document
cannot have guessed; `Prompt.in_prompt` is read back from the final bytes, not from
what was intended. Passages that do not fit the budget are left out whole, the last
first. What a passage says can therefore not change the rules above it.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache

from jinja2 import StrictUndefined
from jinja2 import Template as CompiledTemplate
from jinja2.sandbox import SandboxedEnvironment

from clinrag.answering.errors import PromptTooSmall
from clinrag.answering.formats.definitions import plain_brief
from clinrag.answering.formats.types import Brief
from clinrag.answering.template_files import (
    Template,
    all_templates,
    newest_template,
    sha256_hex,
)
from clinrag.inference.types import ENCOUNTER, EvidencePassage, Message, Role
from clinrag.retrieval.types import RetrievedPassage

__all__ = [
    "Prompt",
    "Template",
    "all_templates",
    "build_prompt",
    "newest_template",
    "sha256_hex",
]

BYTES_PER_TOKEN = 3
_ROLES: tuple[Role, ...] = ("system", "user")


@dataclass(frozen=True, slots=True)
class Prompt:
    """What is sent: `text` is the JSON array of messages, `sha256` its hash.

    `encounter` is what the caller told of one, if the brief holds any.
    """

    template: Template
    messages: tuple[Message, ...]
    text: str
    sha256: str
    passages: tuple[EvidencePassage, ...]
    brief: Brief
    encounter: EvidencePassage | None = None

    @property
    def evidence(self) -> tuple[EvidencePassage, ...]:
        """All that a claim may quote: the encounter, then the passages."""
        told = () if self.encounter is None else (self.encounter,)
        return *told, *self.passages

    @property
    def in_prompt(self) -> frozenset[int]:
        return frozenset(passage.number for passage in self.passages)


def build_prompt(
    template: Template,
    *,
    question: str,
    passages: Sequence[RetrievedPassage],
    budget_tokens: int,
    brief: Brief | None = None,
) -> Prompt:
    """Renders as many of `passages`, best first, as fit into `budget_tokens`.

    Without a brief it is the plain answer. Raises PromptTooSmall when not even the
    first passage fits; of an encounter, which stands there whole, when it alone does
    not.
    """
    brief = brief or plain_brief()
    for count in range(len(passages), -1 if brief.context else 0, -1):
        prompt = _render(template, question, passages[:count], brief)
        if estimate_tokens(prompt.text) <= budget_tokens:
            return prompt
    raise PromptTooSmall


def estimate_tokens(text: str) -> int:
    """An upper estimate for Latin scripts: three bytes a token."""
    return len(text.encode()) // BYTES_PER_TOKEN + 1


def _render(
    template: Template,
    question: str,
    passages: Sequence[RetrievedPassage],
    brief: Brief,
) -> Prompt:
    fence = _fence(question, passages, brief.context)
    named: Mapping[str, object] = {
        "question": question,
        "passages": passages,
        "fence": fence,
        "context": brief.context,
        "format": brief.format,
        "style": brief.style,
    }
    messages = _messages(template.text, named)
    text = json.dumps(
        [{"role": m.role, "content": m.content} for m in messages],
        ensure_ascii=False,
        separators=(",", ":"),
    )
    return Prompt(
        template=template,
        messages=messages,
        text=text,
        sha256=sha256_hex(text),
        passages=_passages_in(text, fence, passages),
        brief=brief,
        encounter=_encounter_in(text, fence, brief.context),
    )


def _messages(template_text: str, context: Mapping[str, object]) -> tuple[Message, ...]:
    """One message a block: nothing rendered can open a block of its own."""
    compiled = _compiled(template_text)
    return tuple(
        Message(role, "".join(block(compiled.new_context(dict(context)))).strip())
        for role in _ROLES
        if (block := compiled.blocks.get(role))
    )


@lru_cache(maxsize=32)
def _compiled(template_text: str) -> CompiledTemplate:
    return _environment().from_string(template_text)


@cache
def _environment() -> SandboxedEnvironment:
    environment = SandboxedEnvironment(
        undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters["on_one_line"] = lambda value: " ".join(str(value).split())
    return environment


def _fence(question: str, passages: Sequence[RetrievedPassage], told: str) -> str:
    context = [told] if told else []
    content = "\0".join([question, *(one.text for one in passages), *context])
    return sha256_hex(content)[:16]


def _passages_in(
    prompt_text: str, fence: str, passages: Sequence[RetrievedPassage]
) -> tuple[EvidencePassage, ...]:
    """The passages whose whole text stands between its fences in the final bytes."""
    content = _content(prompt_text)
    pattern = (
        rf"<<<passage (\d+) {fence}\n.*?\n---\n(.*?)\n{fence} end of passage \1>>>"
    )
    fenced = {int(m[1]): m[2] for m in re.finditer(pattern, content, re.DOTALL)}
    return tuple(
        evidence_of(number, passage)
        for number, passage in enumerate(passages, start=1)
        if fenced.get(number) == passage.text
    )


def _encounter_in(prompt_text: str, fence: str, told: str) -> EvidencePassage | None:
    """The encounter, if the whole of it stands between its fences in the bytes."""
    fenced = f"<<<encounter {fence}\n{told}\n{fence} end of encounter>>>"
    if not told or fenced not in _content(prompt_text):
        return None
    return EvidencePassage(ENCOUNTER, told)


def _content(prompt_text: str) -> str:
    return "\n".join(message["content"] for message in json.loads(prompt_text))


def evidence_of(number: int, passage: RetrievedPassage) -> EvidencePassage:
    """A retrieved passage under the number it has in the prompt."""
    return EvidencePassage(
        number=number,
        text=passage.text,
        title=passage.document_title,
        section_path=passage.section_path,
    )
