"""An answer on its way to whoever asked, as one JSON object or as events.

Promises: no text leaves before its record is durable; before that ids, and that it goes
on. A client that left before the last part was sent is noted.
"""

import asyncio
from collections.abc import AsyncIterator, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from typing import Any, Final

from django.http import HttpResponse
from django.http.response import HttpResponseBase

from clinrag.answering.run import Run
from clinrag.answering.types import AnswerResult
from clinrag.api.asking import Asking
from clinrag.api.awaiting import when_left
from clinrag.api.proving import describe_proof_in_time
from clinrag.api.refusals import Refusal, refusal_of
from clinrag.api.responses import MEDIA_TYPE as PROBLEM
from clinrag.api.serializers.answers import (
    describe_answer,
)
from clinrag.api.sse import as_json, event, event_stream, signs_of_life
from clinrag.api.under_way import NOTHING, UnderWay, threads

LAST: Final = frozenset({"done", "error"})
PROOF_LOOKS_SECONDS: Final = 0.2
Told = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Delivery:
    """A question on record; `wait` is for how many seconds its proof is waited for."""

    asking: Asking
    request_id: str
    wait: int | None = None

    def abandon(self) -> None:
        """Nobody waits: answer it all the same, and note that nothing was sent."""
        UnderWay.begin(self.asking).left(sent=NOTHING)


@dataclass(frozen=True, slots=True)
class WholeDelivery(Delivery):
    """One JSON object when all is done."""

    async def respond(self) -> HttpResponseBase:
        under_way = UnderWay.begin(self.asking)
        try:
            result = await asyncio.shield(under_way.answered)
            told = await in_full(result, wait=self.wait)
        except asyncio.CancelledError:
            under_way.left(sent=NOTHING)
            raise
        except Exception as error:  # noqa: BLE001  # told as problem details
            return self._refused(refusal_of(error, request_id=self.request_id))
        response = self._shown(told)
        when_left(response, partial(under_way.left, sent=NOTHING))
        return response

    def _shown(self, told: Told) -> HttpResponse:
        return HttpResponse(
            as_json(told),
            status=HTTPStatus.CREATED.value,
            headers={"Location": f"/api/v1/answers/{told['id']}"},
            content_type="application/json",
        )

    def _refused(self, refusal: Refusal) -> HttpResponse:
        return HttpResponse(
            as_json(refusal.body),
            status=refusal.status.value,
            headers=refusal.headers,
            content_type=PROBLEM,
        )


@dataclass(frozen=True, slots=True)
class EventDelivery(Delivery):
    """Events as the answer comes about."""

    async def respond(self) -> HttpResponseBase:
        under_way, begun = UnderWay.begin(self.asking), asyncio.Event()

        def note() -> None:
            """Python runs nothing of a generator that was never begun, nor its end."""
            if not begun.is_set():
                under_way.left(sent=NOTHING)

        response = event_stream(self._events(under_way, begun))
        when_left(response, note)
        return response

    async def _events(
        self, under_way: UnderWay, begun: asyncio.Event
    ) -> AsyncIterator[bytes]:
        begun.set()
        sent, number = NOTHING, 0
        try:
            async for told in self._told(under_way):
                if isinstance(told, bytes):
                    yield told
                    continue
                number += 1
                yield self._written(*told, number=number)
                sent = told[0]
        finally:
            if sent not in LAST:
                under_way.left(sent=sent)

    def _written(self, name: str, data: Told, *, number: int) -> bytes:
        return event(name, data, number=number)

    async def _told(
        self, under_way: UnderWay
    ) -> AsyncIterator[tuple[str, Told] | bytes]:
        """Names and data of the events, and signs of life between them."""
        yield "accepted", {"answer_id": under_way.run.id}
        async for sign in signs_of_life(under_way.prepared):
            yield sign
        yield "sources", sources(under_way.run)
        async for sign in signs_of_life(under_way.answered):
            yield sign
        try:
            told = await in_full(under_way.answered.result(), wait=self.wait)
        except Exception as error:  # noqa: BLE001  # told as an event
            yield "error", refusal_of(error, request_id=self.request_id).body
            return
        for part in parts(told):
            yield part


async def repeated_events(told: Told) -> AsyncIterator[bytes]:
    """The events of an answer that an earlier request led to."""
    accepted = ("accepted", {"answer_id": told["id"]})
    for number, part in enumerate((accepted, *parts(told)), start=1):
        yield event(*part, number=number)


def parts(told: Told) -> Iterator[tuple[str, Told]]:
    """The events of a recorded answer: each claim, its verdict, then all of it."""
    for position, claim in enumerate(told["claims"], start=1):
        yield (
            "claim",
            {
                "position": position,
                "field": claim["field"],
                "text": claim["text"],
                "citations": _numbers(claim["citations"]),
                "context_citations": _numbers(claim["context_citations"]),
            },
        )
        yield "verdict", {"position": position, "verdict": claim["verdict"]}
    yield "done", told


def _numbers(citations: Iterable[Told]) -> list[int]:
    return [citation["number"] for citation in citations]


def sources(run: Run) -> Told:
    """Which passages were found, by id and hash: no text is on record yet."""
    return {
        "corpus_position": run.corpus_position,
        "passages": [
            {
                "number": number,
                "document_id": passage.document_id,
                "version_id": passage.version_id,
                "chunk_id": passage.chunk_id,
                "content_sha256": passage.content_sha256,
                "page": passage.page_from,
                "in_prompt": number in run.in_prompt,
            }
            for number, passage in enumerate(run.passages, start=1)
        ],
    }


async def in_full(result: AnswerResult, *, wait: int | None) -> Told:
    """An answer as it is sent whole, waiting for its proof without a thread."""
    told = describe_answer(result)
    if wait is None:
        return told | {"proof": None}
    look = partial(describe_proof_in_time, result.id, result.entry_id, 0)
    proof = await threads().run(look)
    for _ in range(int(wait / PROOF_LOOKS_SECONDS)):
        if proof is not None:
            break
        await asyncio.sleep(PROOF_LOOKS_SECONDS)  # another process signs
        proof = await threads().run(look)
    return told | {"proof": proof}
