"""The one gateway to a model server that speaks the OpenAI chat format.

Promises: a call ends within its total time, whatever the server does; it reads at
most so many bytes, follows no redirect and no proxy; it is repeated only where the
server cannot have begun an answer; and no error, log line or exception chain holds
words of a prompt or a reply. Outside this site goes nothing unless the request allows
it. Does not judge the answer and never changes a prompt.
"""

import asyncio
import random
import ssl
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from http import HTTPStatus

import httpx

from clinrag.inference.addresses import Destination, destination_of
from clinrag.inference.breaker import CircuitBreaker
from clinrag.inference.errors import (
    InferenceError,
    ModelAddressForbidden,
    ModelRejected,
    ModelReturnedRubbish,
    ModelTimeout,
    ModelUnavailable,
    ReplyFormatUnknown,
)
from clinrag.inference.formats_taken import FormatsTaken
from clinrag.inference.places import Places
from clinrag.inference.types import Completion, CompletionRequest
from clinrag.inference.wire import (
    REPLY_FORMATS,
    EventReader,
    Reply,
    ReplyFormat,
    check_complete,
    longest_reply,
    read_whole,
    request_body,
    sent_parameters,
)

# The server said "not now", or a proxy before it did: no answer was begun.
_PASSING = {
    HTTPStatus.TOO_MANY_REQUESTS,
    HTTPStatus.BAD_GATEWAY,
    HTTPStatus.SERVICE_UNAVAILABLE,
    HTTPStatus.GATEWAY_TIMEOUT,
}
# What servers answer to a response format they do not know.
_NOT_UNDERSTOOD = {
    HTTPStatus.BAD_REQUEST,
    HTTPStatus.UNPROCESSABLE_ENTITY,
    HTTPStatus.NOT_IMPLEMENTED,
}


@dataclass(frozen=True, slots=True)
class ClientLimits:
    """How long, how much, how often; times in seconds, sizes in bytes.

    `waiting_seconds` for a place among the `concurrency`; the other times begin after.
    """

    waiting_seconds: float = 120.0
    connect_seconds: float = 5.0
    silence_seconds: float = 60.0
    total_seconds: float = 120.0
    reply_bytes: int = 2_000_000
    attempts: int = 3
    first_pause_seconds: float = 0.5
    longest_pause_seconds: float = 10.0
    concurrency: int = 64
    failures_in_a_row: int = 5
    rest_seconds: float = 30.0


class _NotNow(Exception):
    """The call may be repeated; `pause` is what the server asked for, if it did."""

    def __init__(self, detail: str, pause: float | None = None) -> None:
        super().__init__(detail)
        self.detail = detail
        self.pause = pause


class _Unreachable(_NotNow):
    """Nothing listens at this address."""


@dataclass(frozen=True, slots=True)
class _Call:
    """One call under way: what is sent, where to, and what was said."""

    body: Mapping[str, object]
    destination: Destination
    reply: Reply


class ModelClient:
    """A model behind a base URL such as `http://127.0.0.1:8080/v1`.

    Safe to share between threads and event loops: the count of calls under way and of
    failures is one. So is what it remembers of the schemas the server did not take.
    """

    def __init__(
        self,
        base_url: str,
        *,
        model: str,
        api_key: str | None = None,
        limits: ClientLimits | None = None,
    ) -> None:
        self._base_url = base_url
        self._model = model
        self._api_key = api_key
        self._limits = limits or ClientLimits()
        self._places = Places(self._limits.concurrency)
        self._breaker = CircuitBreaker(
            threshold=self._limits.failures_in_a_row,
            rest_seconds=self._limits.rest_seconds,
            clock=time.monotonic,
        )
        self._tls = ssl.create_default_context()
        self._taken = FormatsTaken()

    @property
    def model(self) -> str:
        return self._model

    def complete(self, request: CompletionRequest) -> Completion:
        """As `acomplete`, for a thread without an event loop, which it blocks."""
        return asyncio.run(self.acomplete(request))

    async def acomplete(self, request: CompletionRequest) -> Completion:
        """Ask for one completion, in the best format the server knows.

        Raises ModelUnavailable, ModelTimeout, ModelRejected, ModelReturnedRubbish,
        ModelAddressRefused or ModelAddressForbidden.
        """
        schema = request.response_schema
        if schema is None:
            return await self._complete(request, REPLY_FORMATS)
        formats = self._taken.worth_trying(schema)
        completion = await self._complete(request, formats)
        self._taken.remember(schema, dict(completion.parameters)["response_format"])
        return completion

    async def acomplete_in(
        self, reply_format: ReplyFormat, request: CompletionRequest
    ) -> Completion:
        """As `acomplete`, in this format alone; raises ReplyFormatUnknown too."""
        return await self._complete(request, (reply_format,))

    async def _complete(
        self, request: CompletionRequest, formats: Sequence[ReplyFormat]
    ) -> Completion:
        self._breaker.check()
        async with self._place():
            # Not before: time spent in our own line is no fault of the server.
            started = time.monotonic()
            deadline = started + self._limits.total_seconds
            call = await self._watched(request, formats, deadline)
        return self._completion(call, started)

    @asynccontextmanager
    async def _place(self) -> AsyncIterator[None]:
        """Hold one of the places; tells the circuit breaker nothing."""
        async with AsyncExitStack() as held:
            place = self._places.one(seconds=self._limits.waiting_seconds)
            try:
                await held.enter_async_context(place)
            except TimeoutError:
                raise ModelUnavailable("too_many_calls") from None
            yield

    async def _watched(
        self,
        request: CompletionRequest,
        formats: Sequence[ReplyFormat],
        deadline: float,
    ) -> _Call:
        """Call, and tell the circuit breaker what the server is worth."""
        try:
            call = await self._call_in_best_format(request, formats, deadline)
        except (ModelUnavailable, ModelTimeout):
            self._breaker.failed()
            raise
        except ModelAddressForbidden:
            raise  # nothing was sent: nobody knows what the server is worth
        except InferenceError:
            self._breaker.succeeded()
            raise
        self._breaker.succeeded()
        return call

    async def _call_in_best_format(
        self,
        request: CompletionRequest,
        formats: Sequence[ReplyFormat],
        deadline: float,
    ) -> _Call:
        """Step down from JSON Schema to JSON to text as the server refuses them."""
        *better, last = formats
        for reply_format in better:
            try:
                return await self._call_with_retries(request, reply_format, deadline)
            except ReplyFormatUnknown:
                continue
        return await self._call_with_retries(request, last, deadline)

    async def _call_with_retries(
        self, request: CompletionRequest, reply_format: ReplyFormat, deadline: float
    ) -> _Call:
        body = request_body(request, model=self._model, reply_format=reply_format)
        for attempt in range(1, self._limits.attempts + 1):
            try:
                return await self._call_once(body, request, deadline)
            except _NotNow as refusal:
                detail, asked = refusal.detail, refusal.pause
            pause = self._pause(attempt, asked)
            if attempt == self._limits.attempts or time.monotonic() + pause > deadline:
                break
            await asyncio.sleep(pause)
        raise ModelUnavailable(detail)

    def _pause(self, attempt: int, asked: float | None) -> float:
        """Return how long to wait: as asked, or doubling, with jitter, and capped."""
        pause = self._limits.first_pause_seconds * 2.0 ** (attempt - 1)
        spread = pause * (0.5 + random.random())  # noqa: S311
        return min(max(asked or 0.0, spread), self._limits.longest_pause_seconds)

    async def _call_once(
        self, body: Mapping[str, object], request: CompletionRequest, deadline: float
    ) -> _Call:
        seconds = min(self._limits.connect_seconds, deadline - time.monotonic())
        destination = await destination_of(self._base_url, seconds=seconds)
        # Its addresses are those that are connected to: a name that leads elsewhere a
        # moment later leads nowhere.
        if destination.place == "external" and not request.allows_external:
            raise ModelAddressForbidden
        call = _Call(body, destination, Reply(longest=longest_reply(request)))
        try:
            async with asyncio.timeout(deadline - time.monotonic()):
                await self._try_addresses(call)
        except TimeoutError:
            raise ModelTimeout("total") from None
        return call

    async def _try_addresses(self, call: _Call) -> None:
        """Connect to the first address that answers."""
        *others, last = call.destination.addresses
        for address in others:
            try:
                return await self._exchange(call, address)
            except _Unreachable:
                continue
        return await self._exchange(call, last)

    async def _exchange(self, call: _Call, address: str) -> None:
        try:
            return await self._post(call, _url(call.destination, address))
        except httpx.HTTPError as error:
            failure = _failure_of(error)
        # Outside the handler: httpx's exception holds the request, and so the prompt.
        raise failure

    async def _post(self, call: _Call, url: str) -> None:
        async with (
            self._http() as http,
            http.stream(
                "POST",
                url,
                json=dict(call.body),
                headers=self._headers(call.destination),
                extensions={"sni_hostname": call.destination.host},
            ) as response,
        ):
            _check_status(response, asked="response_format" in call.body)
            await self._read(response, call.reply)

    def _http(self) -> httpx.AsyncClient:
        timeout = httpx.Timeout(
            self._limits.silence_seconds, connect=self._limits.connect_seconds
        )
        return httpx.AsyncClient(
            timeout=timeout, verify=self._tls, trust_env=False, follow_redirects=False
        )

    def _headers(self, destination: Destination) -> dict[str, str]:
        headers = {"Host": destination.host_header, "Accept-Encoding": "identity"}
        if self._api_key:
            headers["Authorization"] = f"Bearer {self._api_key}"
        return headers

    async def _read(self, response: httpx.Response, reply: Reply) -> None:
        media_type = response.headers.get("content-type", "").partition(";")[0]
        chunks = self._limited(response)
        if media_type == "text/event-stream":
            await _read_events(chunks, EventReader(reply))
        else:
            read_whole(b"".join([chunk async for chunk in chunks]), reply)
        check_complete(reply)

    async def _limited(self, response: httpx.Response) -> AsyncIterator[bytes]:
        """Yield the body as sent; refuse one that is compressed or too long."""
        if response.headers.get("content-encoding", "identity") != "identity":
            raise ModelReturnedRubbish("encoded")
        read = 0
        async for chunk in response.aiter_raw():
            read += len(chunk)
            if read > self._limits.reply_bytes:
                raise ModelReturnedRubbish("too_large")
            yield chunk

    def _completion(self, call: _Call, started: float) -> Completion:
        reply = call.reply
        return Completion(
            text=reply.text,
            model=reply.model or self._model,
            model_revision=reply.revision,
            parameters=sent_parameters(call.body),
            prompt_tokens=reply.prompt_tokens,
            completion_tokens=reply.completion_tokens,
            finish_reason=reply.finish_reason or "",
            latency_ms=round((time.monotonic() - started) * 1000),
            address_class=call.destination.place,
        )


def _url(destination: Destination, address: str) -> str:
    host = f"[{address}]" if ":" in address else address
    path = f"{destination.path}/chat/completions"
    return f"{destination.scheme}://{host}:{destination.port}{path}"


def _failure_of(error: httpx.HTTPError) -> Exception:
    if isinstance(error, httpx.ConnectError | httpx.ConnectTimeout):
        return _Unreachable("connect_failed")
    if isinstance(error, httpx.TimeoutException):
        return ModelTimeout("silence")
    return ModelUnavailable("connection_broken")


def _check_status(response: httpx.Response, *, asked: bool) -> None:
    """Raise unless the status is 200; `asked` for a response format or not."""
    status = response.status_code
    if status == HTTPStatus.OK:
        return
    detail = f"status_{status}"
    if status in _PASSING:
        raise _NotNow(detail, _retry_after(response))
    if status in _NOT_UNDERSTOOD and asked:
        raise ReplyFormatUnknown(detail)
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        raise ModelUnavailable(detail)
    raise ModelRejected(detail)


def _retry_after(response: httpx.Response) -> float | None:
    """Read Retry-After (RFC 9110, 10.2.3): seconds, or a date against theirs."""
    value = response.headers.get("retry-after", "")
    if value.isdecimal():
        return float(value)
    try:
        until = parsedate_to_datetime(value)
        now = parsedate_to_datetime(response.headers.get("date", ""))
        return max(0.0, (until - now).total_seconds())
    except (TypeError, ValueError):
        return None


async def _read_events(chunks: AsyncIterator[bytes], events: EventReader) -> None:
    """Read until the stream says it is done; its end alone does not count."""
    async for chunk in chunks:
        if events.take(chunk):
            return
