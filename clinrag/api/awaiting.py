"""Answers that take seconds, without a thread or a connection that waits for them.

A view runs in a thread, behind the middleware, as all do. One whose answer will take
long returns `Awaited` instead: the thread ends, its connections are given back, and the
rest is awaited on the event loop. The headers set on `Awaited` meet those of the end.
"""

import asyncio
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any, Protocol

from asgiref.sync import ThreadSensitiveContext, sync_to_async
from django.core.exceptions import RequestDataTooBig
from django.core.handlers.asgi import ASGIHandler, ASGIRequest
from django.http import HttpResponse, UnreadablePostError
from django.http.response import HttpResponseBase

from clinrag.api.bodies import Receive, Scope
from clinrag.database.threads import give_connections_back

# In the scope of requests whose views may return `Awaited`.
AWAITS = "clinrag.awaits"
# On responses: what to do when the client leaves while they are sent.
LEFT = "clinrag_left"
# Of the placeholder, not of what comes in its place.
OF_THE_BODY = frozenset({"content-type", "content-length"})


class Rest(Protocol):
    """What is left to do; one of the two is called, on the event loop."""

    async def respond(self) -> HttpResponseBase:
        """The response, after however long it takes."""

    def abandon(self) -> None:
        """Nobody waits for it any more."""


class Awaited(HttpResponse):
    """Stands for the response that the rest gives, once it is awaited on the loop."""

    def __init__(self, rest: Rest) -> None:
        super().__init__(status=202)
        self.rest = rest

    async def end(self) -> HttpResponseBase:
        """The response itself, with the headers that were set on this one."""
        response = await self.rest.respond()
        for name, value in self.headers.items():
            if name.lower() not in OF_THE_BODY:
                response.headers[name] = value
        response.cookies.update(self.cookies)
        return response


class AwaitingHandler(ASGIHandler):
    """Django's, for which views may return `Awaited` at the addresses in `paths`.

    At most `at_once` of those requests are in their thread at the same time. The others
    wait for so many `seconds`, then `refuse` says what they get instead.
    """

    def __init__(
        self,
        *,
        paths: frozenset[str],
        at_once: int,
        seconds: float,
        refuse: Callable[[ASGIRequest], HttpResponseBase],
    ) -> None:
        super().__init__()
        self._paths = paths
        self._turns = asyncio.Semaphore(at_once)
        self._seconds = seconds
        self._refuse = refuse

    async def __call__(  # type: ignore[override]  # the scope is a dict
        self, scope: Scope, receive: Receive, send: Any
    ) -> None:
        if self._may_take_long(scope):
            # Without Django's thread for each request, which lives as long as it.
            await self.handle({**scope, AWAITS: True}, receive, send)
        else:
            await super().__call__(dict(scope), receive, send)

    async def get_response_async(self, request: ASGIRequest) -> HttpResponseBase:  # type: ignore[override]
        """As in Django, then the end of a response that has to be awaited."""
        if not self._may_take_long(request.scope):
            return await super().get_response_async(request)
        # Whoever leaves in the line leaves the line; only what has begun goes on.
        try:
            async with asyncio.timeout(self._seconds):
                await self._turns.acquire()
        except TimeoutError:
            return self._refuse(request)
        return await self._in_turn(request)

    async def _in_turn(self, request: ASGIRequest) -> HttpResponseBase:
        _keep_body(request)
        begun = asyncio.ensure_future(self._begin(request))
        try:
            response = await asyncio.shield(begun)
        except asyncio.CancelledError:
            begun.add_done_callback(_abandon)  # what is on record has to come to an end
            raise
        return await response.end() if isinstance(response, Awaited) else response

    async def _begin(self, request: ASGIRequest) -> HttpResponseBase:
        try:
            async with ThreadSensitiveContext():
                try:
                    return await super().get_response_async(request)
                finally:
                    await sync_to_async(give_connections_back)()
        finally:
            self._turns.release()

    async def send_response(self, response: HttpResponseBase, send: Any) -> None:
        """As in Django; a client that left meanwhile is told of (`when_left`)."""
        try:
            await super().send_response(response, send)
        except asyncio.CancelledError:
            getattr(response, LEFT, _nothing)()
            raise

    def _may_take_long(self, scope: Mapping[str, Any]) -> bool:
        return scope.get("method") == "POST" and scope.get("path") in self._paths


def when_left(response: HttpResponseBase, note: Callable[[], None]) -> None:
    """Have `note` called if the client leaves while the response is being sent."""
    setattr(response, LEFT, note)


def is_awaited(request: object) -> bool:
    """Whether the server in front can wait: not under WSGI."""
    return bool(getattr(request, "scope", {}).get(AWAITS))


def _keep_body(request: ASGIRequest) -> None:
    """Read it while it can be: Django closes the file when the client leaves."""
    with suppress(RequestDataTooBig, UnreadablePostError):  # the view meets them again
        _ = request.body


def _nothing() -> None:
    """Nobody wanted to know."""


def _abandon(begun: asyncio.Future[HttpResponseBase]) -> None:
    if begun.cancelled() or begun.exception() is not None:
        return
    response = begun.result()
    if isinstance(response, Awaited):
        response.rest.abandon()
