"""What answers can be written as; nothing about anybody."""

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from clinrag.access.roles import Permission
from clinrag.answering.formats.definitions import newest_formats, newest_styles
from clinrag.api.describing import PROBLEM_RESPONSES
from clinrag.api.permissions import any_of
from clinrag.api.routes import Route
from clinrag.api.serializers.formats import FormatsSerializer, StylesSerializer

ASKERS = any_of(Permission.ASK, Permission.READ_LEDGER)


class Formats(Route):
    """The formats a question can ask for."""

    needs = {"GET": ASKERS}

    @extend_schema(
        operation_id="list_formats",
        summary="List what an answer can be written as",
        responses={200: FormatsSerializer, **PROBLEM_RESPONSES},
    )
    def get(self, request: Request) -> Response:
        del request
        return Response(FormatsSerializer({"items": newest_formats()}).data)


class Styles(Route):
    """The house styles a question can ask for."""

    needs = {"GET": ASKERS}

    @extend_schema(
        operation_id="list_styles",
        summary="List house styles",
        responses={200: StylesSerializer, **PROBLEM_RESPONSES},
    )
    def get(self, request: Request) -> Response:
        del request
        return Response(StylesSerializer({"items": newest_styles()}).data)
