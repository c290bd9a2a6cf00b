"""What is said to a question that waited for its turn in vain.

It is said in front of the middleware, which would need a thread and a connection.
"""

from django.http import HttpRequest, HttpResponse

from clinrag.api import chat
from clinrag.api.errors import TooManyAsked
from clinrag.api.refusals import refusal_of
from clinrag.api.request_id import HEADER, choose_request_id
from clinrag.api.responses import MEDIA_TYPE
from clinrag.api.sse import as_json

IN_WORDS_OF_OPENAI = "/v1/"


def too_many_asked(request: HttpRequest) -> HttpResponse:
    """The refusal, in the shape that the clients of the address read."""
    request_id = choose_request_id(request.headers.get(HEADER))
    refusal = refusal_of(TooManyAsked(), request_id=request_id)
    body, media_type = refusal.body, MEDIA_TYPE
    if request.path.startswith(IN_WORDS_OF_OPENAI):
        body, media_type = chat.error_body(body), "application/json"
    return HttpResponse(
        as_json(body),
        status=refusal.status.value,
        headers=refusal.headers | {HEADER: request_id, "Cache-Control": "no-store"},
        content_type=media_type,
    )
