"""What people name on a page, as the scope that custody knows.

Promises that an answer is named by its id on pages and by its question's entry in the
ledger, so that question and answer go or stay together.
"""

from uuid import UUID

from audit.custody.errors import ScopeInvalid
from audit.custody.scopes import Scope, ScopeKind
from clinrag.answering.errors import UnknownAnswer
from clinrag.answering.queries import answer_view


def question_scope(answer_id: UUID) -> Scope:
    """An answer with its question. Raises ScopeInvalid if there is none."""
    try:
        row = answer_view(answer_id).row
    except UnknownAnswer as error:
        raise ScopeInvalid from error
    return Scope(ScopeKind.QUESTION, row.query_entry_id)
