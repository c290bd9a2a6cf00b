"""An answer on its way to a client of OpenAI's chat completions.

The same way as any other (`deliveries`), in other words (`chat`): the events that hold
text are one, at the end, when all is on record.
"""

from dataclasses import dataclass

from django.http import HttpResponse

from clinrag.api import chat
from clinrag.api.deliveries import EventDelivery, Told, WholeDelivery
from clinrag.api.refusals import Refusal
from clinrag.api.sse import as_json

JSON = "application/json"
# The official client would ask again, which is another question on record.
ONCE = {"X-Should-Retry": "false"}


@dataclass(frozen=True, slots=True)
class ChatDelivery(WholeDelivery):
    """One `chat.completion`; `created` in Unix seconds."""

    model: str = ""
    created: int = 0

    def _shown(self, told: Told) -> HttpResponse:
        body = chat.completion(told, model=self.model, created=self.created)
        return HttpResponse(as_json(body), content_type=JSON)

    def _refused(self, refusal: Refusal) -> HttpResponse:
        return HttpResponse(
            as_json(chat.error_body(refusal.body)),
            status=refusal.status.value,
            headers=refusal.headers | ONCE,
            content_type=JSON,
        )


@dataclass(frozen=True, slots=True)
class ChatStream(EventDelivery):
    """Chunks; of the events of the interface those that say something in them."""

    model: str = ""
    created: int = 0

    def _written(self, name: str, data: Told, *, number: int) -> bytes:  # noqa: ARG002
        if name == "accepted":
            answer_id = str(data["answer_id"])
            return chat.opening(answer_id, model=self.model, created=self.created)
        if name == "done":
            chunks = chat.rest(data, model=self.model, created=self.created)
            return b"".join(chunks)
        return chat.error_event(data) if name == "error" else b""
