"""From a question and its evidence to the exact bytes a model gets.

Promises: pure. A template is named by its version and SHA-256; every passage is
numbered and fenced by a word derived from all of the content, which a document
cannot have guessed; `Prompt.in_prompt` is read back from the final bytes, not from
what was intended. Passages that do not fit the budget are left out whole, the last
first. What a passage says can therefore not change the rules above it.
"""

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

from jinja2 import StrictUndefined
from jinja2 import Template as CompiledTemplate
from jinja2.sandbox import SandboxedEnvironment

from clinrag.answering.errors import PromptTooSmall, TemplateUnknown
from clinrag.inference.types import EvidencePassage, Message, Role
from clinrag.retrieval.types import RetrievedPassage

TEMPLATE_DIRECTORY = Path(__file__).parent / "templates_data"
BYTES_PER_TOKEN = 3
_ROLES: tuple[Role, ...] = ("system", "user")
_FILE_NAME = re.compile(r"(?P<name>[a-z_]+)\.(?P<version>\d+)\.j2")


@dataclass(frozen=True, slots=True)
class Template:
    """One version of a template; `sha256` is that of its text."""

    name: str
    version: int
    text: str
    sha256: str

    @property
    def label(self) -> str:
        return f"{self.name}/{self.version}"


@dataclass(frozen=True, slots=True)
class Prompt:
    """What is sent: `text` is the JSON array of messages, `sha256` its hash."""

    template: Template
    messages: tuple[Message, ...]
    text: str
    sha256: str
    passages: tuple[EvidencePassage, ...]

    @property
    def in_prompt(self) -> frozenset[int]:
        return frozenset(passage.number for passage in self.passages)


def newest_template(name: str) -> Template:
    """The highest version of a template on disk; raises TemplateUnknown."""
    found = [template for template in all_templates() if template.name == name]
    if not found:
        raise TemplateUnknown
    return max(found, key=lambda template: template.version)


@cache
def all_templates() -> tuple[Template, ...]:
    """Every template file, by name and version."""
    paths = sorted(TEMPLATE_DIRECTORY.glob("*.j2"))
    return tuple(_read_template(path) for path in paths)


def build_prompt(
    template: Template,
    *,
    question: str,
    passages: Sequence[RetrievedPassage],
    budget_tokens: int,
) -> Prompt:
    """Renders as many of `passages`, best first, as fit into `budget_tokens`.

    Raises PromptTooSmall when there are passages and not even the first fits.
    """
    for count in range(len(passages), 0, -1):
        prompt = _render(template, question, passages[:count])
        if estimate_tokens(prompt.text) <= budget_tokens:
            return prompt
    raise PromptTooSmall


def estimate_tokens(text: str) -> int:
    """An upper estimate for Latin scripts: three bytes a token."""
    return len(text.encode()) // BYTES_PER_TOKEN + 1


def sha256_hex(text: str) -> str:
    """SHA-256 of a text's UTF-8 bytes, hexadecimal."""
    return hashlib.sha256(text.encode()).hexdigest()


def _read_template(path: Path) -> Template:
    match = _FILE_NAME.fullmatch(path.name)
    if match is None:
        raise TemplateUnknown
    text = path.read_text(encoding="utf-8")
    return Template(match["name"], int(match["version"]), text, sha256_hex(text))


def _render(
    template: Template, question: str, passages: Sequence[RetrievedPassage]
) -> Prompt:
    fence = _fence(question, passages)
    context: Mapping[str, object] = {
        "question": question,
        "passages": passages,
        "fence": fence,
    }
    messages = _messages(template.text, context)
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


def _fence(question: str, passages: Sequence[RetrievedPassage]) -> str:
    content = "\0".join([question, *(passage.text for passage in passages)])
    return sha256_hex(content)[:16]


def _passages_in(
    prompt_text: str, fence: str, passages: Sequence[RetrievedPassage]
) -> tuple[EvidencePassage, ...]:
    """The passages whose whole text stands between its fences in the final bytes."""
    content = "\n".join(message["content"] for message in json.loads(prompt_text))
    pattern = (
        rf"<<<passage (\d+) {fence}\n.*?\n---\n(.*?)\n{fence} end of passage \1>>>"
    )
    fenced = {int(m[1]): m[2] for m in re.finditer(pattern, content, re.DOTALL)}
    return tuple(
        evidence_of(number, passage)
        for number, passage in enumerate(passages, start=1)
        if fenced.get(number) == passage.text
    )


def evidence_of(number: int, passage: RetrievedPassage) -> EvidencePassage:
    """A retrieved passage under the number it has in the prompt."""
    return EvidencePassage(
        number=number,
        text=passage.text,
        title=passage.document_title,
        section_path=passage.section_path,
    )
