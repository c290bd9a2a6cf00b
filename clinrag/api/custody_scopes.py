"""What a hold or an erasure applies to, as REST callers name it.

Promises that a scope has exactly the fields its kind needs, and that a person's
reference, an answer and a document's version become what custody knows them by.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from audit import queries
from audit.custody.errors import ScopeInvalid
from audit.custody.scopes import Scope, ScopeKind
from clinrag.answering.scopes import question_scope, version_scope

FIELDS: Final[Mapping[ScopeKind, frozenset[str]]] = {
    ScopeKind.SUBJECT: frozenset({"subject"}),
    ScopeKind.QUESTION: frozenset({"answer_id"}),
    ScopeKind.ENTRY: frozenset({"entry_id"}),
    ScopeKind.VERSION: frozenset({"version_id"}),
    ScopeKind.TIME: frozenset({"since", "until"}),
    ScopeKind.EVERYTHING: frozenset(),
}
_NAMED: Final = frozenset().union(*FIELDS.values())


def scope_of(asked: Mapping[str, Any], *, of_subject: Callable[[str], Scope]) -> Scope:
    """The scope; `of_subject` says how a person is looked up.

    Raises ScopeInvalid, AnswerUnknown, EditionUnknown, EntryUnknown, SubjectUnknown,
    SubjectReferenceInvalid.
    """
    kind = ScopeKind(asked["kind"])
    given = {name: asked[name] for name in _NAMED if asked.get(name) is not None}
    needed = FIELDS[kind]
    is_span = kind is ScopeKind.TIME and bool(given) and set(given) <= needed
    if set(given) != needed and not is_span:
        raise ScopeInvalid
    if kind is ScopeKind.SUBJECT:
        return of_subject(given["subject"])
    return _READERS[kind](given)


def _entry(entry_id: UUID) -> Scope:
    return Scope(ScopeKind.ENTRY, queries.entry(entry_id).id)


def _span(given: Mapping[str, datetime]) -> Scope:
    ends = given.get("since"), given.get("until")
    return Scope(ScopeKind.TIME, since=ends[0], until=ends[1])


_READERS: Final[Mapping[ScopeKind, Callable[[Mapping[str, Any]], Scope]]] = {
    ScopeKind.QUESTION: lambda given: question_scope(given["answer_id"]),
    ScopeKind.ENTRY: lambda given: _entry(given["entry_id"]),
    ScopeKind.VERSION: lambda given: version_scope(given["version_id"]),
    ScopeKind.TIME: _span,
    ScopeKind.EVERYTHING: lambda _: Scope(ScopeKind.EVERYTHING),
}
