"""Opens what a user names on the command line: files, keys, logs, packages."""

import os
import re
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
# RFC 9110, 11.4: a scheme, a space, and credentials, here without control characters.
_AUTHORIZATION: Final = re.compile(r"[A-Za-z][A-Za-z0-9-]* [\x21-\x7e][\x20-\x7e]*")
_LONGEST_AUTHORIZATION: Final = 8_192


def open_place(place: str, *, authorization: str | None = None) -> Source:
    """An address, a folder or a zip file; raises Problem."""
    if place.lower().startswith(WEB):
        return HttpSource(place, authorization=authorization)
    path = Path(place)
    try:
        if path.is_dir():
            return FolderSource(path)
        if path.is_file():
            return ZipSource(path)
    except (OSError, ValueError):
        pass
    raise Missing(f"there is no folder, zip file or address {place}", code="missing")


def open_log(place: str, *, authorization: str | None = None) -> Source:
    """A log's root; in an evidence package, the log that lies inside."""
    source = open_place(place, authorization=authorization)
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


def read_user_authorization(file: str | None, variable: str | None) -> str | None:
    """The value of an Authorization header, out of a file or the environment.

    Raises Problem, which never tells what was read.
    """
    if file is not None:
        said = read_user_text(file)
    elif variable is not None:
        said = os.environ.get(variable, "")
    else:
        return None
    said = said.rstrip("\r\n")
    if len(said) > _LONGEST_AUTHORIZATION or not _AUTHORIZATION.fullmatch(said):
        raise Malformed(
            "no authorization in the form `Bearer KEY`", code="authorization_malformed"
        )
    return said


def read_user_policy(path: str | None) -> Policy | None:
    """A policy file, if one is named. As octets, since its names may be of any kind."""
    if path is None:
        return None
    data = read_file(Path(path), limit=MAX_TEXT)
    return read_policy(data.decode("utf-8", "surrogateescape"))
