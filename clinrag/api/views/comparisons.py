"""What changed between two editions."""

from uuid import UUID

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from clinrag.access.roles import Permission
from clinrag.api.callers import known_caller
from clinrag.api.describing import PROBLEM_RESPONSES
from clinrag.api.permissions import any_of
from clinrag.api.routes import Route
from clinrag.api.serializers.comparisons import ComparisonSerializer
from clinrag.api.views.versions import STEWARDS
from clinrag.api.visibility import visible_version
from ingestion.queries.comparing import comparison


class Comparison(Route):
    """What changed from an older version to this one."""

    needs = {"GET": STEWARDS | any_of(Permission.RETRIEVE)}

    @extend_schema(
        operation_id="compare_versions",
        summary="Compare a version with an older one",
        responses={200: ComparisonSerializer, **PROBLEM_RESPONSES},
    )
    def get(self, request: Request, version_id: UUID, older_id: UUID) -> Response:
        caller, at = known_caller(request), timezone.now()
        for one in (older_id, version_id):
            visible_version(caller, one, at=at)
        found = comparison(older_id, version_id)
        ids = {"older_id": older_id, "version_id": version_id}
        return Response(ComparisonSerializer({**ids, "sections": found.sections}).data)
