"""Downloads that are sent piece by piece, whatever their length.

Promises flat memory under ASGI, where Django would read a plain iterator to its end
before it sent anything, and under WSGI alike.
"""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Final

from asgiref.sync import sync_to_async
from django.core.handlers.asgi import ASGIRequest
from django.http import HttpRequest, StreamingHttpResponse

PIECE: Final = 256 * 1024
LINES: Final = 200


def send(
    request: HttpRequest, pieces: Iterator[bytes], *, media_type: str, filename: str
) -> StreamingHttpResponse:
    """The pieces as a file to keep."""
    parallel = isinstance(request, ASGIRequest)
    content = _awaited(pieces) if parallel else pieces
    response = StreamingHttpResponse(content, content_type=media_type)
    response.headers["Content-Disposition"] = f'attachment; filename="{filename}"'
    return response


def pieces_of(path: Path) -> Iterator[bytes]:
    """A file's bytes."""
    with path.open("rb") as file:
        yield from iter(lambda: file.read(PIECE), b"")


def joined(lines: Iterator[str]) -> Iterator[bytes]:
    """Short lines, many at a time."""
    waiting: list[str] = []
    for line in lines:
        waiting.append(line)
        if len(waiting) == LINES:
            yield "".join(waiting).encode()
            waiting = []
    yield "".join(waiting).encode()


async def _awaited(pieces: Iterator[bytes]) -> AsyncIterator[bytes]:
    following = sync_to_async(lambda: next(pieces, None))
    while (piece := await following()) is not None:
        yield piece
