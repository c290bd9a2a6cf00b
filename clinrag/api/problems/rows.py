"""What a row of the table of problems is, and how rows for several classes are made."""

from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

SOON: Final = 1
LATER: Final = 5


@dataclass(frozen=True, slots=True)
class Problem:
    """How one class of error is told over HTTP; `retry_after` in seconds."""

    status: HTTPStatus
    title: str
    retry_after: int | None = None


def rows(
    status: HTTPStatus,
    title: str,
    *classes: type[Exception],
    retry_after: int | None = None,
) -> dict[type[Exception], Problem]:
    return dict.fromkeys(classes, Problem(status, title, retry_after))
