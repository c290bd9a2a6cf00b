"""Search only: the passages that would be evidence, without an answer.

Nothing is answered, so nothing is recorded; the question is kept nowhere. It is
screened as one that is asked: an embedder may be another machine.
"""

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from clinrag.access.roles import Permission
from clinrag.answering.policies import policy_for
from clinrag.answering.questions import (
    check_identifiers,
    check_question,
    find_collections,
)
from clinrag.answering.services import build_services
from clinrag.answering.types import Question
from clinrag.api.callers import known_caller
from clinrag.api.describing import PROBLEM_RESPONSES
from clinrag.api.permissions import any_of
from clinrag.api.routes import Route
from clinrag.api.serializers.retrievals import RetrievalSerializer, RetrieveSerializer
from clinrag.api.visibility import check_can_search
from clinrag.privacy.identifiers import screen
from clinrag.retrieval.search import retrieve
from clinrag.retrieval.types import RetrievalQuery


class Retrievals(Route):
    """Searching the text in force."""

    needs = {"POST": any_of(Permission.RETRIEVE)}

    @extend_schema(
        operation_id="retrieve",
        summary="Search the text in force",
        request=RetrieveSerializer,
        responses={200: RetrievalSerializer, **PROBLEM_RESPONSES},
    )
    def post(self, request: Request) -> Response:
        given = RetrieveSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        fields, at = given.validated_data, timezone.now()
        question = Question(
            text=fields["question"],
            collection_slugs=tuple(fields["collections"]),
            as_of=fields["as_of"],
            known_at=fields["known_at"],
        )
        services = build_services()
        check_can_search(known_caller(request), question.collection_slugs)
        check_question(question, policy=services.policy, at=at)
        screening = screen(question.text)
        collections = find_collections(question.collection_slugs)
        policy = policy_for(collections, default=services.policy)
        check_identifiers(screening, policy=policy)
        query = RetrievalQuery(
            text=screening.search_text,
            collection_ids=tuple(one.id for one in collections),
            language=collections[0].language,
            as_of=question.as_of or at,
            limit=fields["limit"],
            known_at=question.known_at,
        )
        found = retrieve(query, embedder=services.embedder)
        return Response(RetrievalSerializer(found).data)
