"""Long responses in pieces, so that memory does not grow with their length.

Promises the same bytes under ASGI and WSGI. Under ASGI Django would read a plain
iterator to its end before it sent anything, hence an asynchronous one there.
"""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Final

from asgiref.sync import sync_to_async
from django.core.handlers.asgi import ASGIRequest
from django.http import HttpRequest, StreamingHttpResponse

CHUNK: Final = 256 * 1024
# Many short lines go out together.
LINES: Final = 200


def stream(
    request: HttpRequest, pieces: Iterator[bytes], *, media_type: str, filename: str
) -> StreamingHttpResponse:
    """A download of what the iterator gives."""
    is_asynchronous = isinstance(request, ASGIRequest)
    content = _asynchronous(pieces) if is_asynchronous else pieces
    response = StreamingHttpResponse(content, content_type=media_type)
    response.headers["Content-Disposition"] = f'attachment; filename="{filename}"'
    return response


def file_chunks(path: Path) -> Iterator[bytes]:
    """A file, piece by piece."""
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            yield chunk


def together(lines: Iterator[str]) -> Iterator[bytes]:
    """Lines in UTF-8, some of them at a time."""
    held: list[str] = []
    for line in lines:
        held.append(line)
        if len(held) >= LINES:
            yield "".join(held).encode()
            held.clear()
    if held:
        yield "".join(held).encode()


async def _asynchronous(pieces: Iterator[bytes]) -> AsyncIterator[bytes]:
    while (piece := await sync_to_async(_next)(pieces)) is not None:
        yield piece


def _next(pieces: Iterator[bytes]) -> bytes | None:
    return next(pieces, None)
