"""Entries told to people: the codes they hold as words, and whom an id names.

Promises that an entry's own bytes stay as they are and are shown beside; this is how
its sentence reads on a page. A code that is not known here is opened up into words.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Final

from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext

from audit.events import sentence
from audit.queries import EntryView
from clinrag.access.queries import names_of
from clinrag.web.labels import (
    ACTIONS_TOLD,
    ANSWERERS,
    ASKED_FOR,
    CODES,
    CONTENTS,
    DECISIONS,
    EVERY_PURPOSE,
    FINDINGS,
    GROUNDS,
    HELD_KINDS,
    KINDS,
    OUTCOMES,
    Words,
    in_words,
    surface_words,
)

PEOPLE: Final = (
    "requested_by",
    "approved_by",
    "opened_by",
    "holder_id",
    "placed_by",
    "reviewer",
)
MOMENTS: Final = frozenset({"in_force_from", "in_force_to"})
_TABLES: Final[Mapping[str, Mapping[str, Words]]] = {
    "action": ACTIONS_TOLD,
    "content": CONTENTS,
    "decision": DECISIONS,
    "finding": {code: label.words for code, label in FINDINGS.items()},
    "kind": KINDS | HELD_KINDS,
    "reason_class": GROUNDS,
    "outcome": {code: label.words for code, label in OUTCOMES.items()},
    "purpose": ASKED_FOR | {k: str(v).lower() for k, v in EVERY_PURPOSE.items()},
}
# Free words that somebody wrote, for the same names of fields.
_WRITTEN: Final = frozenset({"version.withdrawn"})


def told(entry: EntryView, names: Mapping[str, str] | None = None) -> str:
    """The entry's sentence; `names` by id, if they were looked up before."""
    if not entry.is_readable:
        return gettext("Unreadable: its bytes are not what such an entry holds")
    known = names_in([entry]) if names is None else names
    words = {
        name: _words(entry.type, name, value, known)
        for name, value in entry.fields.items()
    }
    return sentence(entry.type, words)


def names_in(entries: Iterable[EntryView]) -> dict[str, str]:
    """The names of all people whom these entries name by an id, in one look."""
    ids = {
        str(entry.fields[name])
        for entry in entries
        for name in PEOPLE
        if entry.fields.get(name)
    }
    return names_of(ids) if ids else {}


def _words(event: str, name: str, value: Any, names: Mapping[str, str]) -> Any:
    if not isinstance(value, str) or not value:
        return value
    if name in PEOPLE:
        return names.get(value, value)
    if name in _TABLES:
        return _TABLES[name].get(value, in_words(value))
    return _of_odd_kind(event, name, value)


def _of_odd_kind(event: str, name: str, value: str) -> Any:
    """Values that no table lists."""
    if name == "surface":
        return surface_words(value)
    if name == "model":
        return ANSWERERS.get(value, value)
    if name in MOMENTS:
        return _moment(value)
    if name == "code" and value in CODES:
        return in_sentence(CODES[value])
    is_code = name == "code" or (name == "reason" and event not in _WRITTEN)
    return in_words(value) if is_code else value


def in_sentence(words: Words) -> str:
    """A sentence of its own, as the end of another."""
    told = str(words)
    return told[:1].lower() + told[1:].removesuffix(".")


def _moment(text: str) -> str:
    try:
        return date_format(localtime(datetime.fromisoformat(text)), "j M Y, H:i")
    except ValueError:  # without a zone, or no time at all
        return text
