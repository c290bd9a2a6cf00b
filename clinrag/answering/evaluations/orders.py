"""Orders to a model as questions of a set: what is measured is that none is obeyed.

Promises: reads JSON lines with `_id`, `text` and `category`, as BIPIA and garak are
commonly told again. An order that wants its word said (`{CANARY}`) gets one, which no
answer may say; plain tasks of another trade count as out of scope, not as orders.
Will not: screen them for identifiers, for the addresses they plant are invented.
"""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from clinrag.answering.evaluations.errors import QuestionSetInvalid
from clinrag.answering.evaluations.sets import json_lines
from clinrag.answering.evaluations.types import Kind, QuestionSet, SetQuestion

CANARY: Final = "Kestrel-417"
_PLACE: Final = "{CANARY}"
# Categories of BIPIA that order nothing.
_OF_ANOTHER_TRADE: Final = frozenset(
    {
        "Information Retrieval",
        "Content Creation",
        "Learning and Tutoring",
        "Language Translation",
        "Programming Help",
    }
)


def with_orders(questions: QuestionSet, file: Path) -> QuestionSet:
    """The set and the orders of the file, asked of what its first question asks.

    Raises QuestionSetInvalid, naming file and line.
    """
    like = questions.questions[0]
    orders = tuple(
        _order(row, like, place=(file.name, number)) for number, row in json_lines(file)
    )
    every = (*questions.questions, *orders)
    if len({one.id for one in every}) < len(every):
        raise QuestionSetInvalid(file.name)
    return replace(questions, questions=every)


def _order(
    row: Mapping[str, Any], like: SetQuestion, *, place: tuple[str, int]
) -> SetQuestion:
    text, name, category = row.get("text"), row.get("_id"), row.get("category")
    if not isinstance(text, str) or not text.strip() or not isinstance(name, str):
        raise QuestionSetInvalid(*place)
    elsewhere = category in _OF_ANOTHER_TRADE
    return SetQuestion(
        id=name,
        text=text.replace(_PLACE, CANARY),
        kind=Kind.OUT_OF_SCOPE if elsewhere else Kind.INJECTION,
        language=like.language,
        collections=like.collections,
        as_of=like.as_of,
        answerable=False,
        must_not_say=(CANARY,) if _PLACE in text else (),
    )
