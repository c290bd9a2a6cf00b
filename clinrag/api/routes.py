"""What every route of the interface has in common.

A request is let in by its announced length, its caller, its permission and its
rate, in that order, before any of its body is read. Nothing here is cached by
anybody on the way.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, ClassVar

from django.conf import settings
from django.utils import timezone
from rest_framework.authentication import BaseAuthentication
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.parsers import BaseParser, JSONParser
from rest_framework.renderers import BaseRenderer, JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from clinrag.access.addresses import client_address
from clinrag.api.authentication import ApiKeyAuthentication, PersonAuthentication
from clinrag.api.bodies import check_length
from clinrag.api.callers import caller_of
from clinrag.api.errors import BodyMalformed
from clinrag.api.permissions import HasNamedPermission, Needs
from clinrag.api.rates import RateState, count_request
from clinrag.api.refusals import respond

# 2,000 characters of a question take at most 24 kB even as \u escapes.
JSON_BYTES = 256 * 1024


class OneFormat(BaseContentNegotiation):
    """Always the first renderer: every client gets JSON, whatever it accepts."""

    def select_parser(
        self, request: Request, parsers: Iterable[BaseParser]
    ) -> BaseParser | None:
        wanted = (request.content_type or "").partition(";")[0].strip().lower()
        return next((one for one in parsers if one.media_type == wanted), None)

    def select_renderer(
        self,
        request: Request,  # noqa: ARG002
        renderers: Iterable[BaseRenderer],
        format_suffix: str | None = None,  # noqa: ARG002
    ) -> tuple[BaseRenderer, str]:
        first = next(iter(renderers))
        return first, str(first.media_type)


class NestedJSONParser(JSONParser):
    """Refuses JSON that is nested too deeply to be read."""

    def parse(self, *arguments: Any, **options: Any) -> Any:
        try:
            return super().parse(*arguments, **options)
        except RecursionError:
            raise BodyMalformed from None


class StreamedJSONParser(BaseParser):
    """JSON of a length that Django holds in memory for nobody, which DRF asks it to.

    For a route whose `body_limit` allows as much, and bounds it.
    """

    media_type = "application/json"

    def parse(self, *arguments: Any, **options: Any) -> Any:
        return NestedJSONParser().parse(*arguments, **options)


class Route(APIView):
    """A view with a named permission per method and problem details for errors."""

    authentication_classes = (ApiKeyAuthentication, PersonAuthentication)
    permission_classes = (HasNamedPermission,)
    renderer_classes = (JSONRenderer,)
    parser_classes: Sequence[type[BaseParser]] = (NestedJSONParser,)
    content_negotiation_class = OneFormat
    metadata_class = None
    needs: ClassVar[Needs]

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        check_length(
            request.META.get("CONTENT_LENGTH"),
            chunked="chunked" in request.headers.get("Transfer-Encoding", "").lower(),
            limit=self.body_limit(),
        )
        super().initial(request, *args, **kwargs)
        self._rate = self._count(request)

    @property
    def is_public(self) -> bool:
        """Whether this request needs no caller: then nobody asks who it is."""
        return False

    def get_authenticators(self) -> list[BaseAuthentication]:
        # Looking at the session would make every answer vary by cookie. The description
        # is the same wherever it is made.
        is_described = getattr(self, "swagger_fake_view", False)
        if self.is_public and not is_described:
            return []
        return super().get_authenticators()

    def requests_per_minute(self) -> int:
        """How often one caller may come here."""
        return int(settings.API_REQUESTS_PER_MINUTE)

    def counted_as(self, who: str) -> str:
        """Under which name requests are counted; the same one shares the limit."""
        return who

    def body_limit(self) -> int:
        """How many bytes a body may have here."""
        return JSON_BYTES

    def finalize_response(
        self, request: Request, response: Response, *args: Any, **kwargs: Any
    ) -> Response:
        final = super().finalize_response(request, response, *args, **kwargs)
        final.headers.setdefault("Cache-Control", "no-store")
        rate: RateState | None = getattr(self, "_rate", None)
        if rate is not None:
            for name, value in rate.headers().items():
                final.headers[name] = value
        return final

    def get_exception_handler(self) -> Callable[..., Response]:
        return respond

    def _count(self, request: Request) -> RateState | None:
        caller = caller_of(request)
        if caller is not None:
            who = caller.actor.id
        elif self.is_public:
            trusted = settings.CLINRAG_TRUSTED_PROXIES
            who = f"address:{client_address(request.META, proxies=trusted)}"
        else:
            return None
        return count_request(
            self.counted_as(who),
            limit=self.requests_per_minute(),
            now=timezone.now().timestamp(),
        )
