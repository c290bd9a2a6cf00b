"""The interface in OpenAI's words: their clients work unchanged, with a key of ours.

A collection is a model, `clinrag:<collection>`. Everything behind it is the same: the
permission, the record, the checks.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from clinrag.access.grants import open_collections
from clinrag.access.idempotency import check_key
from clinrag.access.roles import Permission
from clinrag.answering.types import AnswerResult, Question
from clinrag.api import chat
from clinrag.api.asking import Asked, Asking, answer, ask
from clinrag.api.awaiting import Awaited, is_awaited
from clinrag.api.callers import Caller, known_caller
from clinrag.api.chat_deliveries import ChatDelivery, ChatStream
from clinrag.api.describing import ACTS_FOR, IDEMPOTENCY_KEY
from clinrag.api.permissions import any_of
from clinrag.api.refusals import respond
from clinrag.api.responses import request_id_of
from clinrag.api.routes import Route
from clinrag.api.serializers.answers import (
    describe_answer,
)
from clinrag.api.serializers.chat import (
    ChatAskSerializer,
    ChatModelSerializer,
    ChatModelsSerializer,
    ChatSerializer,
)
from clinrag.api.sse import MEDIA_TYPE as EVENTS
from clinrag.api.visibility import check_can_search
from ingestion.errors import CollectionNotFound
from ingestion.queries import CollectionView, collections

_ERROR: Final = OpenApiResponse(OpenApiTypes.OBJECT, description="As OpenAI's.")
ERRORS: Final[Mapping[Any, Any]] = {
    (status, "application/json"): _ERROR for status in ("4XX", "5XX")
}


class ChatRoute(Route):
    """Errors as OpenAI's clients read them."""

    def get_exception_handler(self) -> Callable[..., Response]:
        return _respond


class ChatCompletions(ChatRoute):
    """Asking."""

    needs = {"POST": any_of(Permission.ASK)}

    @extend_schema(
        operation_id="complete_chat",
        summary="Ask in OpenAI's words",
        description=(
            "The last message is the question; instructions and earlier turns are not "
            "looked at, settings of a model have no meaning. With `stream` the text "
            "comes when it is on record. The answer with its claims and citations is "
            "in `clinrag`, of a stream in its last chunk."
        ),
        parameters=[IDEMPOTENCY_KEY, ACTS_FOR],
        request=ChatAskSerializer,
        responses={
            (200, "application/json"): ChatSerializer,
            (200, EVENTS): OpenApiTypes.STR,
            **ERRORS,
        },
    )
    def post(self, request: Request) -> HttpResponseBase:
        caller = known_caller(request)
        given = ChatAskSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        chat.check_can_be_had(given.initial_data)
        question = _question(given.validated_data, caller)
        check_can_search(caller, question.collection_slugs)
        key = request.headers.get("Idempotency-Key")
        asked = ask(
            question, caller=caller, key=None if key is None else check_key(key)
        )
        return _delivered(request, asked, given.validated_data)


class ChatModels(ChatRoute):
    """What may be asked."""

    needs = {"GET": any_of(Permission.ASK)}

    @extend_schema(
        operation_id="list_chat_models",
        summary="Collections under the names of models",
        responses={200: ChatModelsSerializer, **ERRORS},
    )
    def get(self, request: Request) -> Response:
        open_to = _open_to(known_caller(request))
        return Response({"object": "list", "data": [_model(one) for one in open_to]})


class OneChatModel(ChatRoute):
    """One of them."""

    needs = {"GET": any_of(Permission.ASK)}

    @extend_schema(
        operation_id="get_chat_model",
        summary="A collection under the name of a model",
        responses={200: ChatModelSerializer, **ERRORS},
    )
    def get(self, request: Request, name: str) -> Response:
        slugs = chat.collections_of(name)
        for one in _open_to(known_caller(request)):
            if slugs == (one.slug,):
                return Response(_model(one))
        raise CollectionNotFound


def _open_to(caller: Caller) -> tuple[CollectionView, ...]:
    """Those that the caller may ask, which may be fewer than he may look at."""
    return open_collections(caller.holder, among=collections())


def _question(given: Mapping[str, Any], caller: Caller) -> Question:
    return Question(
        text=chat.question_of(given["messages"]),
        collection_slugs=chat.collections_of(given["model"]),
        app=caller.actor.name,
    )


def _delivered(
    request: Request, asked: Asking | Asked, given: Mapping[str, Any]
) -> HttpResponseBase:
    if isinstance(asked, Asking) and is_awaited(request):
        kind = ChatStream if given["stream"] else ChatDelivery
        return Awaited(
            kind(
                asked,
                request_id=request_id_of(request),
                model=given["model"],
                created=int(asked.run.started_at.timestamp()),
            )
        )
    if isinstance(asked, Asking):
        return _at_once(answer(asked), given)
    response = _at_once(asked.result, given)
    response.headers["Idempotency-Replayed"] = "true"
    return response


def _at_once(result: AnswerResult, given: Mapping[str, Any]) -> HttpResponse:
    """What was answered before, or where nothing can be awaited."""
    told, created = describe_answer(result), int(result.created_at.timestamp())
    if not given["stream"]:
        return Response(chat.completion(told, model=given["model"], created=created))
    first = chat.opening(str(result.id), model=given["model"], created=created)
    others = chat.rest(told, model=given["model"], created=created)
    return HttpResponse(b"".join((first, *others)), content_type=EVENTS)


def _model(collection: CollectionView) -> dict[str, object]:
    return {
        "id": chat.model_name(collection.slug),
        "object": "model",
        "created": int(collection.created_at.timestamp()),
        "owned_by": chat.OWNER,
    }


def _respond(error: Exception, context: Mapping[str, Any]) -> Response:
    response = respond(error, context)
    response.data = chat.error_body(response.data)
    response.content_type = "application/json"
    return response
