"""One factory function for each table of answers."""

import hashlib
from datetime import UTC, datetime
from itertools import count
from typing import Any
from uuid import uuid4

from clinrag.answering.models import Answer, AnswerPassage, Citation, PromptTemplate

T0 = datetime(2026, 1, 1, tzinfo=UTC)
_numbers = count(1)


def make_prompt_template(**fields: Any) -> PromptTemplate:
    number = next(_numbers)
    text = str(fields.get("text", f"Template {number}"))
    values = {
        "name": f"template-{number}",
        "version": 1,
        "sha256": hashlib.sha256(text.encode()).hexdigest(),
        "text": text,
    }
    return PromptTemplate.objects.create(**(values | fields))


def make_answer(**fields: Any) -> Answer:
    """An open answer unless told otherwise."""
    values = {
        "query_entry_id": uuid4(),
        "actor_id": "key:1",
        "collections": ["general"],
        "as_of": T0,
        "created_at": T0,
    }
    return Answer.objects.create(**(values | fields))


def make_citation(answer: Answer | None = None, **fields: Any) -> Citation:
    values = {
        "number": 1,
        "claim_position": 0,
        "verdict": "supported",
        "document_id": uuid4(),
        "version_id": uuid4(),
        "chunk_id": uuid4(),
        "content_sha256": "0" * 64,
        "char_start": 0,
        "char_end": 10,
    }
    return Citation.objects.create(answer=answer or make_answer(), **(values | fields))


def make_answer_passage(answer: Answer | None = None, **fields: Any) -> AnswerPassage:
    values = {
        "rank": 1,
        "version_chunk_id": 1,
        "chunk_id": uuid4(),
        "content_sha256": "0" * 64,
        "version_id": uuid4(),
        "score": "0.5",
        "in_prompt": True,
        "cited": False,
    }
    return AnswerPassage.objects.create(
        answer=answer or make_answer(), **(values | fields)
    )
