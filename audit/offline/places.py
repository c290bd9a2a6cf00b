"""Opens what a user names on the command line: files, keys, logs, packages."""

from pathlib import Path
from typing import Final

from audit.offline.encoding import MAX_TEXT, read_text
from audit.offline.keys import PublicKey, read_vkey
from audit.offline.package import MANIFEST, MAX_MANIFEST, read_json
from audit.offline.policy import Policy, read_policy
from audit.offline.problems import Malformed, Missing
from audit.offline.sources import (
    FolderSource,
    InnerSource,
    Source,
    ZipSource,
    read_file,
)
from audit.offline.web import HttpSource

WEB: Final = ("http://", "https://")


def open_place(place: str) -> Source:
    """An address, a folder or a zip file; raises Problem."""
    if place.lower().startswith(WEB):
        return HttpSource(place)
    path = Path(place)
    try:
        if path.is_dir():
            return FolderSource(path)
        if path.is_file():
            return ZipSource(path)
    except (OSError, ValueError):
        pass
    raise Missing(f"there is no folder, zip file or address {place}", code="missing")


def open_log(place: str) -> Source:
    """A log's root; in an evidence package, the log that lies inside."""
    source = open_place(place)
    if isinstance(source, HttpSource):
        return source
    try:
        manifest = read_json(source.read(MANIFEST, limit=MAX_MANIFEST))
    except Missing:
        return source
    prefix = manifest.get("log")
    if not isinstance(prefix, str):
        raise Malformed("this package holds no log", code="package_without_log")
    return InnerSource(source, prefix)


def read_user_text(path: str) -> str:
    """A text file; raises Problem."""
    return read_text(read_file(Path(path), limit=MAX_TEXT))


def read_user_key(value: str) -> PublicKey:
    """A key as text, or `@file` that holds it; raises Problem."""
    return read_vkey(read_user_text(value[1:]) if value.startswith("@") else value)


def read_user_policy(path: str | None) -> Policy | None:
    """A policy file, if one is named. As octets, since its names may be of any kind."""
    if path is None:
        return None
    data = read_file(Path(path), limit=MAX_TEXT)
    return read_policy(data.decode("utf-8", "surrogateescape"))
