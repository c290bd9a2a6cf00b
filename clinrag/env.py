"""Typed readers of environment variables that fail loudly, with a hint.

Every variable ClinRAG reads is read here and stands in `deploy/env.sample`.
No reader ever prints a value: it may be a secret.
"""

import os
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar
from urllib.parse import parse_qsl, unquote, urlsplit

T = TypeVar("T")
TRUE = frozenset({"1", "true", "yes", "on"})
FALSE = frozenset({"0", "false", "no", "off", ""})


class BadSetting(Exception):
    """An environment variable is missing or cannot be read."""


def text(name: str, default: str | None = None) -> str:
    value = os.environ.get(name)
    if value:
        return value
    if default is None:
        raise BadSetting(f"Set {name}; deploy/env.sample says what belongs there.")
    return default


def flag(name: str, *, default: bool) -> bool:
    value = os.environ.get(name)
    if value is None:
        return default
    if value.lower() in TRUE:
        return True
    if value.lower() in FALSE:
        return False
    raise BadSetting(f"{name} is neither yes nor no: use 1 or 0.")


def integer(name: str, default: int, *, at_least: int = 0) -> int:
    return _number(name, default, int, at_least=at_least)


def decimal(name: str, default: float, *, at_least: float = 0.0) -> float:
    return _number(name, default, float, at_least=at_least)


def one_of(name: str, default: str, *, choices: tuple[str, ...]) -> str:
    value = text(name, default)
    if value not in choices:
        raise BadSetting(f"{name} must be one of {', '.join(choices)}.")
    return value


def words(name: str, default: str = "") -> list[str]:
    """A list, separated by commas."""
    return [word.strip() for word in text(name, default).split(",") if word.strip()]


def path(name: str, default: Path) -> Path:
    return Path(text(name, str(default))).expanduser().resolve()


def load_file(file: Path) -> None:
    """Read `NAME=value` lines into the environment; what is set already wins.

    The local set-up writes such a file for its owner, so that commands in a second
    terminal find the running servers. A file others may read or write is refused.
    """
    if not file.is_file():
        return
    if file.stat().st_mode & 0o077:
        raise BadSetting(f"{file} must be readable by its owner only (chmod 600).")
    for line in file.read_text(encoding="utf-8").splitlines():
        name, separator, value = line.strip().partition("=")
        if separator and not name.startswith("#"):
            os.environ.setdefault(name, value)


def database(name: str, default: str = "") -> dict[str, object]:
    """A PostgreSQL address (RFC 3986 URI, as libpq writes them) as Django's dict.

    A socket folder goes into the query: `postgresql:///clinrag?host=/run/pg`.
    """
    parts = urlsplit(text(name, default))
    if parts.scheme not in {"postgres", "postgresql"}:
        raise BadSetting(
            f"{name} must begin with postgresql:// (nothing else is kept)."
        )
    options = dict(parse_qsl(parts.query))
    host = options.pop("host", None) or parts.hostname or ""
    port = options.pop("port", None) or parts.port or ""
    return {
        "ENGINE": "clinrag.database",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": host,
        "PORT": str(port),
        "OPTIONS": dict(options),
    }


def _number(name: str, default: T, kind: Callable[[str], T], *, at_least: float) -> T:
    value = os.environ.get(name)
    if not value:
        return default
    try:
        number = kind(value)
    except ValueError:
        raise BadSetting(f"{name} is not a number.") from None
    if number < at_least:  # type: ignore[operator]  # int or float, by the two callers
        raise BadSetting(f"{name} must be at least {at_least}.")
    return number
