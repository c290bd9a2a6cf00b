"""Reading a model's text as a draft answer, strictly.

Promises: what does not follow the schema is refused whole; nothing is repaired,
guessed or filled in. Allowed around the JSON: one Markdown fence, and before it the
thinking that some models print. Does not check that a citation is true.
"""

import json
import re
from collections.abc import Sequence
from typing import Any

from clinrag.inference.errors import ModelReturnedRubbish
from clinrag.inference.types import ENCOUNTER, DraftAnswer, DraftCitation, DraftClaim

MAX_CLAIMS = 40
MAX_CITATIONS = 10

_THINKING = re.compile(r"\A\s*<think>.*?</think>", re.DOTALL)
_FENCE = re.compile(r"\A```(?:json)?[ \t]*\n(?P<inside>.*)\n?```\Z", re.DOTALL)


def parse_draft(
    text: str, *, fields: Sequence[str] = ("claims",), lowest: int = 1
) -> DraftAnswer:
    """Return the draft answer that the text holds: a list of claims for each field.

    `lowest` is the smallest number that may be cited, ENCOUNTER where there can be one.
    Raises ModelReturnedRubbish, with the first fault and none of the text.
    """
    told = _object(_loads(_unwrapped(text)), {"abstained", *fields})
    claims = tuple(
        _claim(item, name)
        for name in fields
        for item in _list(told[name], longest=MAX_CLAIMS)
    )
    if any(cited.passage_number < lowest for one in claims for cited in one.citations):
        raise ModelReturnedRubbish("passage_not_a_number")
    abstained = told["abstained"]
    if not isinstance(abstained, bool):
        raise ModelReturnedRubbish("abstained_not_boolean")
    if abstained == bool(claims):
        raise ModelReturnedRubbish("claims_against_abstained")
    return DraftAnswer(claims=claims, abstained=abstained)


def _unwrapped(text: str) -> str:
    stripped = _THINKING.sub("", text).strip()
    fence = _FENCE.match(stripped)
    return fence["inside"] if fence else stripped


def _loads(text: str) -> object:
    try:
        return json.loads(
            text, object_pairs_hook=_unique, parse_constant=_refuse_constant
        )
    except (ValueError, RecursionError):
        pass
    # Outside the handler: the parser's exception quotes the text.
    raise ModelReturnedRubbish("not_json")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise ModelReturnedRubbish("name_repeated")
    return fields


def _refuse_constant(_: str) -> float:
    raise ModelReturnedRubbish("not_json")


def _claim(item: object, field: str) -> DraftClaim:
    fields = _object(item, {"text", "citations"})
    citations = _list(fields["citations"], longest=MAX_CITATIONS)
    return DraftClaim(
        text=_text(fields["text"]),
        citations=tuple(_citation(citation) for citation in citations),
        field=field,
    )


def _citation(item: object) -> DraftCitation:
    fields = _object(item, {"passage", "quote"})
    number = fields["passage"]
    if isinstance(number, bool) or not isinstance(number, int) or number < ENCOUNTER:
        raise ModelReturnedRubbish("passage_not_a_number")
    return DraftCitation(passage_number=number, quote=_text(fields["quote"]))


def _object(item: object, names: set[str]) -> dict[str, Any]:
    if not isinstance(item, dict) or item.keys() != names:
        raise ModelReturnedRubbish("fields_differ")
    return item


def _list(item: object, *, longest: int) -> list[Any]:
    if not isinstance(item, list) or len(item) > longest:
        raise ModelReturnedRubbish("list_differs")
    return item


def _text(item: object) -> str:
    if not isinstance(item, str) or not item.strip():
        raise ModelReturnedRubbish("text_missing")
    return item.strip()
