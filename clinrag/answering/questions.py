"""Which questions may be asked at all.

Promises: raises before anything is recorded; the errors hold no words of the
question. Whether the asker may read a collection is decided at the edge.
"""

import unicodedata
from datetime import datetime

from audit.sealing import check_reference
from clinrag.answering.errors import (
    CollectionsDisagree,
    ContextNotTaken,
    ContextNotText,
    ContextTooLong,
    IdentifiersInQuestion,
    NoCollectionNamed,
    QuestionEmpty,
    QuestionInFuture,
    QuestionNotText,
    QuestionTooLong,
    UnknownCollection,
)
from clinrag.answering.formats.definitions import find_format, find_style
from clinrag.answering.formats.types import Brief
from clinrag.answering.policy import IdentifierPolicy, Policy
from clinrag.answering.types import Question
from clinrag.privacy.types import Screening
from ingestion import queries as corpus

_WHITE_SPACE = "\t\n\r"


def check_question(question: Question, *, policy: Policy, at: datetime) -> None:
    """Raises a QuestionInvalid, or SubjectReferenceInvalid, that says what is wrong."""
    if not question.text.strip():
        raise QuestionEmpty
    if len(question.text) > policy.longest_question:
        raise QuestionTooLong
    if not _is_text(question.text):
        raise QuestionNotText
    if any(moment > at for moment in (question.as_of, question.known_at) if moment):
        raise QuestionInFuture
    for subject in question.subjects:
        check_reference(subject)


def find_brief(question: Question, *, policy: Policy) -> Brief:
    """What is to be written, before its encounter is screened.

    Raises UnknownFormat, UnknownStyle, ContextNotTaken, ContextTooLong or
    ContextNotText.
    """
    brief = Brief(find_format(question.format), find_style(question.style))
    if not question.context:
        return brief
    if not brief.format.takes_context:
        raise ContextNotTaken
    if len(question.context) > policy.longest_context:
        raise ContextTooLong
    if not _is_text(question.context):
        raise ContextNotText
    return brief


def check_identifiers(screening: Screening, *, policy: Policy) -> None:
    """Raises IdentifiersInQuestion where policy refuses what it could mask.

    For a search, which leaves no record; a question asked is refused on record.
    """
    if screening.findings and policy.identifiers is IdentifierPolicy.REFUSE:
        raise IdentifiersInQuestion


def find_collections(slugs: tuple[str, ...]) -> tuple[corpus.CollectionView, ...]:
    """The collections asked; raises UnknownCollection or a QuestionInvalid."""
    if not slugs:
        raise NoCollectionNamed
    named = corpus.collections_named(slugs)
    if not set(slugs) <= named.keys():
        raise UnknownCollection
    found = tuple(named[slug] for slug in dict.fromkeys(slugs))
    if len({collection.language for collection in found}) > 1:
        raise CollectionsDisagree
    return found


def _is_text(text: str) -> bool:
    """Has a letter, no control characters, and nothing PostgreSQL cannot keep."""
    unfit = any(
        unicodedata.category(char) in {"Cc", "Cs", "Cn"} and char not in _WHITE_SPACE
        for char in text
    )
    return not unfit and any(char.isalpha() for char in text)
