"""Whether what an answer is written by was ever used, and with the same text.

Promises: templates, formats and house styles are looked up in one statement, once a
question: their rows never change, so what was found stored need not be stored again.
"""

from typing import Final

from django.db import connection

from clinrag.answering.errors import FormatChanged, TemplateChanged
from clinrag.answering.formats.storing import store_format, store_style
from clinrag.answering.formats.types import Brief, Format, Style
from clinrag.answering.template_files import Template
from clinrag.answering.templates import store_template

_STORED: Final = """
SELECT (SELECT sha256 FROM answering_answerformat WHERE (name, version) = (%s, %s)),
       (SELECT sha256 FROM answering_housestyle WHERE (name, version) = (%s, %s)),
       (SELECT sha256 FROM answering_prompttemplate WHERE (name, version) = (%s, %s))
"""
Stored = frozenset[str]


def check_definitions(brief: Brief, template: Template) -> Stored:
    """The hashes of those of them that are stored already.

    Raises FormatChanged or TemplateChanged if one was ever used with another text.
    """
    defined: tuple[Format | Style | Template, ...] = (
        brief.format,
        brief.style,
        template,
    )
    named = [part for one in defined for part in (one.name, one.version)]
    with connection.cursor() as cursor:
        cursor.execute(_STORED, named)
        found = cursor.fetchone()
    for one, sha256 in zip(defined, found, strict=True):
        if sha256 not in (None, one.sha256):
            raise TemplateChanged if one is template else FormatChanged
    return frozenset(sha256 for sha256 in found if sha256 is not None)


def keep_definitions(
    brief: Brief, template: Template | None, *, stored: Stored
) -> None:
    """Stores what is not among `stored`.

    Raises FormatChanged or TemplateChanged if it was stored meanwhile otherwise.
    """
    if template is not None and template.sha256 not in stored:
        store_template(template)
    if brief.format.sha256 not in stored:
        store_format(brief.format)
    if brief.style.sha256 not in stored:
        store_style(brief.style)
