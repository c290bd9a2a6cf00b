"""The formats and house styles on disk, and reading them back from what was stored.

Promises: pure. A definition is one text that holds everything it does: fields, schema,
renderer, and the hash of its prompt template; its SHA-256 changes with any of them. A
published file is never edited: add the next version.
"""

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from clinrag.answering.errors import UnknownFormat, UnknownStyle
from clinrag.answering.formats.types import Brief, Field, Format, Source, Style
from clinrag.answering.template_files import sha256_hex, template_labelled

PLAIN = "plain_answer"
NEUTRAL = "neutral"
_DATA = Path(__file__).parent / "data"
_Defined = TypeVar("_Defined", Format, Style)


@cache
def all_formats() -> tuple[Format, ...]:
    """Every format on disk, by name and version."""
    paths = sorted((_DATA / "formats").glob("*.*.json"))
    plain = (path for path in paths if not path.name.endswith(".schema.json"))
    return tuple(format_from_text(_bundle(path)) for path in plain)


@cache
def all_styles() -> tuple[Style, ...]:
    """Every house style on disk, by name and version."""
    paths = sorted((_DATA / "styles").glob("*.json"))
    return tuple(style_from_text(_compact(_loaded(path))) for path in paths)


def find_format(asked: str) -> Format:
    """The format of a label or the newest of a name; empty means the plain answer.

    Raises UnknownFormat.
    """
    found = _found(asked or PLAIN, all_formats())
    if found is None:
        raise UnknownFormat
    return found


def find_style(asked: str) -> Style:
    """The style of a label or the newest of a name; empty means the neutral one.

    Raises UnknownStyle.
    """
    found = _found(asked or NEUTRAL, all_styles())
    if found is None:
        raise UnknownStyle
    return found


def newest_formats() -> tuple[Format, ...]:
    """The newest version of each format, the plain answer first."""
    newest = {one.name: one for one in _by_version(all_formats())}
    return tuple(sorted(newest.values(), key=lambda one: (one.name != PLAIN, one.name)))


def newest_styles() -> tuple[Style, ...]:
    """The newest version of each style, the neutral one first."""
    newest = {one.name: one for one in _by_version(all_styles())}
    return tuple(
        sorted(newest.values(), key=lambda one: (one.name != NEUTRAL, one.name))
    )


@cache
def plain_brief() -> Brief:
    """The plain answer in the neutral style: meant when nothing else is asked for."""
    return Brief(find_format(PLAIN), find_style(NEUTRAL))


def format_from_text(text: str) -> Format:
    """A format from its stored text; raises KeyError or ValueError if it is none."""
    bundle = json.loads(text)
    told = bundle["definition"]
    return Format(
        name=told["name"],
        version=told["version"],
        title=told["title"],
        purpose=told["purpose"],
        media_type=told["media_type"],
        template=told["template"],
        nothing=told["empty"]["nothing"],
        left_out=told["empty"]["left_out"],
        fields=tuple(_field(one) for one in told["fields"]),
        schema=bundle["schema"],
        renderer=bundle["renderer"],
        text=text,
        sha256=sha256_hex(text),
    )


def style_from_text(text: str) -> Style:
    """A style from its stored text; raises KeyError or ValueError if it is none."""
    told = json.loads(text)
    asked = (told[part] for part in ("tone", "reading_level", "spelling", "units"))
    return Style(
        name=told["name"],
        version=told["version"],
        title=told["title"],
        rules=tuple(sentence for sentence in asked if sentence),
        upper_headings=told["headings"]["case"] == "upper",
        order={
            name: tuple(fields) for name, fields in told["headings"]["order"].items()
        },
        text=text,
        sha256=sha256_hex(text),
    )


def _field(told: Mapping[str, Any]) -> Field:
    return Field(
        name=told["name"],
        title=told["title"],
        asks=told["asks"],
        sources=tuple(Source(one) for one in told["sources"]),
        headings=tuple(told.get("headings", ())),
        speakers=tuple(told.get("speakers", ())),
        cues=tuple(told.get("cues", ())),
    )


def _bundle(path: Path) -> str:
    """All that a format is, as the one text that is hashed and stored."""
    told = _loaded(path)
    renderer = _DATA / "renderers" / f"{told['renderer'].replace('/', '.')}.j2"
    return _compact(
        {
            "definition": told,
            "schema": _loaded(path.with_suffix(".schema.json")),
            "renderer": renderer.read_text(encoding="utf-8"),
            "template_sha256": template_labelled(told["template"]).sha256,
        }
    )


def _loaded(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def _compact(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def _found(asked: str, among: tuple[_Defined, ...]) -> _Defined | None:
    named = [one for one in _by_version(among) if asked in (one.name, one.label)]
    return named[-1] if named else None


def _by_version(among: tuple[_Defined, ...]) -> list[_Defined]:
    return sorted(among, key=lambda one: (one.name, one.version))
