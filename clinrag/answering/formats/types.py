"""What an answer is written as: its format, its house style, and what it is about.

Promises: frozen values, free of Django. A format or style is its text: `sha256` is over
it, and the same label always means the same text.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Source(StrEnum):
    """What a statement may rest on, one of the two and never both.

    `context`: the encounter as the caller told it. `passage`: an approved document.
    """

    CONTEXT = "context"
    PASSAGE = "passage"


@dataclass(frozen=True, slots=True)
class Field:
    """One part of a document, and what may stand in it.

    `asks` tells a model what belongs there. `headings`, `speakers` and `cues` tell the
    built-in answerer where to look: headings of a note, who speaks in a dialogue, and
    regular expressions of words, all in lower case.
    """

    name: str
    title: str
    asks: str
    sources: tuple[Source, ...]
    headings: tuple[str, ...] = ()
    speakers: tuple[str, ...] = ()
    cues: tuple[str, ...] = ()

    def takes(self, source: Source) -> bool:
        return source in self.sources


@dataclass(frozen=True, slots=True)
class Format:
    """One version of a format.

    `template` labels the prompt template; `schema` is the JSON Schema of a reply, one
    list of claims for each field; `renderer` a Jinja template of `media_type`. An empty
    field says `nothing` or `left_out`.
    """

    name: str
    version: int
    title: str
    purpose: str
    media_type: str
    template: str
    nothing: str
    left_out: str
    fields: tuple[Field, ...]
    schema: Mapping[str, object]
    renderer: str
    text: str
    sha256: str

    @property
    def label(self) -> str:
        return f"{self.name}/{self.version}"

    @property
    def field_names(self) -> tuple[str, ...]:
        return tuple(field.name for field in self.fields)

    @property
    def takes_context(self) -> bool:
        return any(field.takes(Source.CONTEXT) for field in self.fields)

    def field(self, name: str) -> Field:
        """Raises KeyError for a field it has not."""
        return {field.name: field for field in self.fields}[name]


@dataclass(frozen=True, slots=True)
class Style:
    """One version of a house style.

    `rules` are sentences for a model: tone, reading level, spelling, units. `order` and
    `upper_headings` are kept by the server, whoever drafted.
    """

    name: str
    version: int
    title: str
    rules: tuple[str, ...]
    upper_headings: bool
    order: Mapping[str, tuple[str, ...]]
    text: str
    sha256: str

    @property
    def label(self) -> str:
        return f"{self.name}/{self.version}"

    def ordered(self, form: Format) -> tuple[Field, ...]:
        """The fields as this house orders them; those it does not name come last."""
        places = {
            name: place for place, name in enumerate(self.order.get(form.name, ()))
        }
        return tuple(
            sorted(form.fields, key=lambda field: places.get(field.name, len(places)))
        )

    def heading(self, title: str) -> str:
        return title.upper() if self.upper_headings else title


@dataclass(frozen=True, slots=True)
class Brief:
    """What is to be written. `context` is the encounter, masked; empty without one."""

    format: Format
    style: Style
    context: str = ""
