"""The prompt templates on disk, by name and version.

Promises: pure; a template is named by its version and the SHA-256 of its text. Does not
render, and does not know which were ever used.
"""

import hashlib
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from clinrag.answering.errors import TemplateUnknown

TEMPLATE_DIRECTORY = Path(__file__).parent / "templates_data"
_FILE_NAME = re.compile(r"(?P<name>[a-z_]+)\.(?P<version>\d+)\.j2")


@dataclass(frozen=True, slots=True)
class Template:
    """One version of a template; `sha256` is that of its text."""

    name: str
    version: int
    text: str
    sha256: str

    @property
    def label(self) -> str:
        return f"{self.name}/{self.version}"


def newest_template(name: str) -> Template:
    """The highest version of a template on disk; raises TemplateUnknown."""
    found = [template for template in all_templates() if template.name == name]
    if not found:
        raise TemplateUnknown
    return max(found, key=lambda template: template.version)


def template_labelled(label: str) -> Template:
    """The template on disk of this label, as "note/1"; raises TemplateUnknown."""
    found = (template for template in all_templates() if template.label == label)
    template = next(found, None)
    if template is None:
        raise TemplateUnknown
    return template


@cache
def all_templates() -> tuple[Template, ...]:
    """Every template file, by name and version."""
    paths = sorted(TEMPLATE_DIRECTORY.glob("*.j2"))
    return tuple(_read_template(path) for path in paths)


def sha256_hex(text: str) -> str:
    """SHA-256 of a text's UTF-8 bytes, hexadecimal."""
    return hashlib.sha256(text.encode()).hexdigest()


def _read_template(path: Path) -> Template:
    match = _FILE_NAME.fullmatch(path.name)
    if match is None:
        raise TemplateUnknown
    text = path.read_text(encoding="utf-8")
    return Template(match["name"], int(match["version"]), text, sha256_hex(text))
