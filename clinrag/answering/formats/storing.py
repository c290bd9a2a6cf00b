"""Which formats and house styles were ever used, as rows that never change.

Promises: a row is written with the first answer that used its version, and the same
name and version always means the same text, which is read back by its hash. A
definition that was used is never edited on disk: whatever is to change, its title too,
gets the next number.
"""

from clinrag.answering.errors import FormatChanged
from clinrag.answering.formats.definitions import (
    format_from_text,
    plain_brief,
    style_from_text,
)
from clinrag.answering.formats.types import Brief, Format, Style
from clinrag.answering.models import AnswerFormat, HouseStyle
from clinrag.answering.template_files import sha256_hex


def store_format(form: Format) -> None:
    """Keeps it; raises FormatChanged if its version had another text."""
    _store(AnswerFormat, form)


def store_style(style: Style) -> None:
    """Keeps it; raises FormatChanged if its version had another text."""
    _store(HouseStyle, style)


def stored_brief(
    form: tuple[str, str], style: tuple[str, str], *, context: str
) -> Brief | None:
    """What an entry names by label and hash; None if it is not stored so.

    Entries older than formats name none: they are plain answers.
    """
    if not form[0]:
        return plain_brief()
    texts = _text(AnswerFormat, *form), _text(HouseStyle, *style)
    if texts[0] is None or texts[1] is None:
        return None
    return Brief(format_from_text(texts[0]), style_from_text(texts[1]), context)


def _store(
    kind: type[AnswerFormat] | type[HouseStyle], defined: Format | Style
) -> None:
    row, _ = kind.objects.get_or_create(
        name=defined.name,
        version=defined.version,
        defaults={"sha256": defined.sha256, "text": defined.text},
    )
    if row.sha256 != defined.sha256:
        raise FormatChanged


def _text(
    kind: type[AnswerFormat] | type[HouseStyle], label: str, sha256: str
) -> str | None:
    name, _, version = label.rpartition("/")
    rows = kind.objects.filter(name=name, version=int(version or 0))
    text = rows.values_list("text", flat=True).first()
    return text if text is not None and sha256_hex(text) == sha256 else None
