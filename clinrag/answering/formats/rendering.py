"""From checked claims to the document: its format's words around its statements.

Promises: pure; sandboxed, and what a renderer names must exist. A statement goes in
whole, as it was checked, and can neither end its line nor make a heading, a link or an
element of HTML: in Markdown what could is escaped, and reads the same. All else are the
format's own fixed words.
"""

import re
from collections.abc import Mapping, Sequence
from functools import cache, lru_cache
from typing import Final

from jinja2 import StrictUndefined, Template
from jinja2.sandbox import ImmutableSandboxedEnvironment

from clinrag.answering.formats.types import Format, Style
from clinrag.answering.types import AnswerField, Claim, Verdict

NOT_SUPPORTED: Final = "(not supported by the text it cites)"
MARKDOWN: Final = "text/markdown"
_ENTITIES: Final = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
_SPECIAL: Final = re.compile(r"[\\`*_{}\[\]()#+!|~]|^(?:[-=]|\d+[.)])")


def render(
    form: Format, style: Style, fields: Sequence[AnswerField], claims: Sequence[Claim]
) -> str:
    """The document as text of the format's media type."""
    by_name = {field.name: field for field in fields}
    sections = [
        _section(style.heading(field.title), by_name[field.name], claims, form)
        for field in style.ordered(form)
    ]
    title = style.heading(form.title)
    return _compiled(form.renderer).render(title=title, sections=sections).strip()


def statement(text: str, media_type: str) -> str:
    """A statement on one line, as it stands in text of this type."""
    line = " ".join(text.split())
    if media_type != MARKDOWN:
        return line
    escaped = _SPECIAL.sub(lambda found: _backslashed(found[0]), line)
    return "".join(_ENTITIES.get(char, char) for char in escaped)


def marks(claim: Claim) -> str:
    """The numbers of what it rests on: [1] a document, [C1] the encounter."""
    said = "".join(f"[{one.number}]" for one in claim.citations)
    told = "".join(f"[C{one.number}]" for one in claim.context_citations)
    shown = f"{said}{told}"
    return shown if claim.verdict is Verdict.SUPPORTED else f"{shown} {NOT_SUPPORTED}"


def _section(
    heading: str, field: AnswerField, claims: Sequence[Claim], form: Format
) -> Mapping[str, object]:
    told = [
        {
            "text": statement(claims[place - 1].text, form.media_type),
            "marks": marks(claims[place - 1]),
        }
        for place in field.claims
    ]
    return {"title": heading, "claims": told, "empty": field.empty}


def _backslashed(found: str) -> str:
    return f"{found[:-1]}\\{found[-1]}"


@lru_cache(maxsize=32)
def _compiled(text: str) -> Template:
    return _environment().from_string(text)


@cache
def _environment() -> ImmutableSandboxedEnvironment:
    return ImmutableSandboxedEnvironment(
        undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
