"""The values that travel to a model server or the built-in answerer, and back.

Promises: frozen, comparable values. They hold patient text (question, prompt,
answer) and so must never be logged.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

ENCOUNTER = 0  # the number of the encounter in a prompt; passages begin at 1

Role = Literal["system", "user", "assistant"]
AddressClass = Literal["builtin", "local", "private", "external"]


@dataclass(frozen=True, slots=True)
class Message:
    """One turn of a prompt."""

    role: Role
    content: str


@dataclass(frozen=True, slots=True)
class CompletionRequest:
    """What to send to a model server.

    `response_schema` is a JSON Schema object that the reply should follow; the
    client asks for it in the strictest way the server understands. Unless
    `allows_external`, nothing is sent to an address outside this site.
    """

    messages: tuple[Message, ...]
    max_tokens: int = 800
    temperature: float = 0.0
    seed: int | None = 0
    response_schema: Mapping[str, object] | None = None
    allows_external: bool = False


@dataclass(frozen=True, slots=True)
class Completion:
    """What a model server replied, and what it was really asked.

    `parameters` are the settings sent, as strings in the order of their names.
    `model` is the model that the server says it used. `model_revision` is None
    when the server tells none. Token counts are None when it counts none.
    """

    text: str
    model: str
    model_revision: str | None
    parameters: tuple[tuple[str, str], ...]
    prompt_tokens: int | None
    completion_tokens: int | None
    finish_reason: str
    latency_ms: int
    address_class: AddressClass


@dataclass(frozen=True, slots=True)
class EvidencePassage:
    """A numbered passage as it stands in a prompt (`number` starts at 1).

    The encounter that a caller tells has the number ENCOUNTER.
    `title` and `section_path` tell what the text is about; quotes come from
    `text` only.
    """

    number: int
    text: str
    title: str = ""
    section_path: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FieldWish:
    """A field to be filled by choosing: what it takes, and where to look for it.

    `headings` are those of a note and `speakers` those of a dialogue, in lower case;
    `cues` regular expressions of words in lower case.
    """

    name: str
    takes_encounter: bool
    takes_passages: bool
    headings: tuple[str, ...] = ()
    speakers: tuple[str, ...] = ()
    cues: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DraftCitation:
    """The passage a claim rests on and the words it quotes from it."""

    passage_number: int
    quote: str


@dataclass(frozen=True, slots=True)
class DraftClaim:
    """One sentence of a draft answer with its citations, and the field it is for."""

    text: str
    citations: tuple[DraftCitation, ...]
    field: str = "claims"


@dataclass(frozen=True, slots=True)
class DraftAnswer:
    """An answer not yet checked: claims in reading order, or an abstention.

    `abstained` and claims exclude each other.
    """

    claims: tuple[DraftClaim, ...]
    abstained: bool
