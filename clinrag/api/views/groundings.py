"""Check only: claims that somebody else drafted, against text of the corpus.

Nothing is searched for and no model is asked. What may not be read is reported as not
there. The check is on record before it is told; the claims are sealed beside it.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from clinrag.access.roles import Permission
from clinrag.answering.claims import (
    GivenCitation,
    GivenClaim,
    Source,
    check_given,
)
from clinrag.api.callers import Caller, known_caller
from clinrag.api.describing import PROBLEM_RESPONSES
from clinrag.api.permissions import any_of
from clinrag.api.routes import Route
from clinrag.api.serializers.groundings import GroundingSerializer, GroundSerializer
from clinrag.api.visibility import visible_version


class Groundings(Route):
    """Holding claims to the text they cite."""

    needs = {"POST": any_of(Permission.RETRIEVE)}

    @extend_schema(
        operation_id="ground",
        summary="Check claims against the text they cite",
        request=GroundSerializer,
        responses={200: GroundingSerializer, **PROBLEM_RESPONSES},
    )
    def post(self, request: Request) -> Response:
        given = GroundSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        fields, at = given.validated_data, timezone.now()
        caller = known_caller(request)
        checked = check_given(
            tuple(_claim(one) for one in fields["claims"]),
            sources=[_source(one, caller, at=at) for one in fields["sources"]],
            by=caller.actor,
            at=at,
        )
        return Response(GroundingSerializer(checked).data)


def _source(given: Mapping[str, Any], caller: Caller, *, at: datetime) -> Source:
    version = visible_version(caller, given["version_id"], at=at)
    return Source(version, given["char_start"], given["char_end"])


def _claim(given: Mapping[str, Any]) -> GivenClaim:
    cited = (
        GivenCitation(one["source_number"], one["quote"]) for one in given["citations"]
    )
    return GivenClaim(given["text"], tuple(cited))
