"""Reading question sets: files of JSON lines, dated questions, golden questions.

Promises: a set is read whole or not at all. A folder holds `questions.jsonl` or
`version_questions.jsonl`, and, where the questions are asked of editions that are no
part of this deployment, `index.jsonl` (see `editions`). A line of `questions.jsonl`:

| member | |
|---|---|
| `id`, `question` | what it is called, what is asked (no patient in it) |
| `kind` | `plain` (default), `injection`, `out_of_scope` |
| `language` | `en` by default; which of the folder's editions are asked |
| `collections` | short names; needed unless the folder has editions |
| `as_of` | a day or a moment; default: now |
| `answerable` | default true; false: nothing in force answers it |
| `sources` | a list of `document`, `version`, `text`: title, label, literal words |
| `facts`, `must_not_say` | lists of literal words |
| `dose` | an amount as it should be stated, with its unit |

Will not: take a question that seems to identify a person; a test needs no patient.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from clinrag.answering.evaluations.errors import QuestionSetInvalid
from clinrag.answering.evaluations.types import Kind, QuestionSet, SetQuestion, Source
from clinrag.answering.foresight.golden import golden_questions
from clinrag.answering.foresight_states import Expects
from clinrag.answering.quantities import quantities
from clinrag.privacy.identifiers import screen
from ingestion.queries import collection_by_slug

QUESTIONS: Final = "questions.jsonl"
DATED: Final = "version_questions.jsonl"
INDEX: Final = "index.jsonl"
MEMBERS: Final = frozenset(
    (
        *("id", "question", "kind", "language", "collections", "as_of", "answerable"),
        *("sources", "facts", "must_not_say", "dose"),
    )
)
Reader = Callable[[Mapping[str, Any]], SetQuestion]


def read_folder(folder: Path) -> QuestionSet:
    """A folder's set; raises QuestionSetInvalid, naming file and line."""
    path, reader = folder / QUESTIONS, _question
    if not path.is_file():
        path, reader = folder / DATED, _dated
    questions = tuple(_read(path, reader))
    if not questions or len({one.id for one in questions}) < len(questions):
        raise QuestionSetInvalid(path.name)
    has_editions = (folder / INDEX).is_file()
    if not has_editions and not all(one.collections for one in questions):
        raise QuestionSetInvalid(path.name)
    return QuestionSet(folder.name, questions, folder if has_editions else None)


def golden_set(slug: str) -> QuestionSet:
    """The golden questions of a collection; raises CollectionNotFound."""
    collection = collection_by_slug(slug)
    questions = tuple(
        SetQuestion(
            id=str(one.id),
            text=one.text,
            language=collection.language,
            collections=(collection.slug,),
            answerable=one.expects is Expects.PASSAGE,
            sources=(Source(text=one.quotation),) if one.quotation else (),
        )
        for one in golden_questions(collection.slug)
    )
    if not questions:
        raise QuestionSetInvalid(slug)
    return QuestionSet(f"golden:{collection.slug}", questions)


def json_lines(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """Each line's number and object; raises QuestionSetInvalid."""
    if not path.is_file():
        raise QuestionSetInvalid(path.name)
    with path.open(encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            try:
                row = json.loads(line)
            except ValueError:
                raise QuestionSetInvalid(path.name, number) from None
            if not isinstance(row, dict):
                raise QuestionSetInvalid(path.name, number)
            yield number, row


def _read(path: Path, reader: Reader) -> Iterator[SetQuestion]:
    for number, row in json_lines(path):
        try:
            question = reader(row)
        except (KeyError, TypeError, ValueError):
            raise QuestionSetInvalid(path.name, number) from None
        if not _is_sound(question):
            raise QuestionSetInvalid(path.name, number)
        yield question


def _is_sound(question: SetQuestion) -> bool:
    """Whether it can be judged: no empty words, which stand in every text."""
    words = (question.text, *question.facts, *question.must_not_say)
    names_nothing = any(one == Source() for one in question.sources)
    if not all(one.strip() for one in words) or names_nothing:
        return False
    if question.dose and not quantities(question.dose):
        return False
    return not screen(question.text).findings


def _question(row: Mapping[str, Any]) -> SetQuestion:
    if not set(row) <= MEMBERS:
        raise ValueError
    return SetQuestion(
        id=_text(row["id"]),
        text=_text(row["question"]),
        kind=Kind(row.get("kind", Kind.PLAIN)),
        language=_text(row.get("language", "en")),
        collections=_texts(row.get("collections")),
        as_of=_moment(row.get("as_of")),
        answerable=bool(row.get("answerable", True)),
        sources=tuple(_source(one) for one in row.get("sources") or ()),
        facts=_texts(row.get("facts")),
        must_not_say=_texts(row.get("must_not_say")),
        dose=_text(row.get("dose") or ""),
    )


def _source(row: Mapping[str, Any]) -> Source:
    return Source(**{name: _text(value or "") for name, value in row.items()})


def _dated(row: Mapping[str, Any]) -> SetQuestion:
    """A line of `version_questions.jsonl`: one document, one quotation of it."""
    answerable = bool(row["answerable"])
    source = Source(document=row["doc_id"], text=row["evidence"] or "")
    forbidden = row["must_not_say"]
    return SetQuestion(
        id=_text(row["_id"]),
        text=_text(row["question"]),
        language=_text(row["lang"]),
        as_of=_moment(row["as_of"]),
        answerable=answerable,
        sources=(source,) if answerable else (),
        must_not_say=(forbidden,) if forbidden else (),
    )


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value


def _texts(values: object) -> tuple[str, ...]:
    if not isinstance(values, list | None):
        raise TypeError
    return tuple(_text(one) for one in values or ())


def _moment(written: str | None) -> datetime | None:
    """A day is its first moment; what tells no zone is in UTC."""
    if written is None:
        return None
    moment = datetime.fromisoformat(written)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
