"""What people name, on a page or over REST, as the scope that custody knows.

Promises that people name an answer by its id, which here becomes its question's entry
in the ledger, so that question and answer go or stay together.
"""

from uuid import UUID

from audit.custody.errors import AnswerUnknown, EditionUnknown
from audit.custody.scopes import Scope, ScopeKind
from clinrag.answering.errors import UnknownAnswer
from clinrag.answering.queries import answer_view
from ingestion.errors import VersionNotFound
from ingestion.queries import version


def question_scope(answer_id: UUID) -> Scope:
    """An answer with its question. Raises AnswerUnknown."""
    try:
        row = answer_view(answer_id).row
    except UnknownAnswer as error:
        raise AnswerUnknown from error
    return Scope(ScopeKind.QUESTION, row.query_entry_id)


def version_scope(version_id: UUID) -> Scope:
    """An edition, with the answers that read it. Raises EditionUnknown."""
    try:
        version(version_id)
    except VersionNotFound as error:
        raise EditionUnknown from error
    return Scope(ScopeKind.VERSION, version_id)
