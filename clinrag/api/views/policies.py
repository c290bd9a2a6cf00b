"""How strictly a collection is answered from: reading it and setting it.

An administrator is bound by no grant: whoever sets a policy need not be able to read
what it guards.
"""

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from clinrag.access.roles import Permission
from clinrag.answering.policies import (
    PolicyView,
    effective_terms,
    policy_of,
    set_policy,
)
from clinrag.answering.policy import GroundingPolicy, IdentifierPolicy, PolicyTerms
from clinrag.answering.services import default_policy
from clinrag.api import etags
from clinrag.api.callers import known_caller
from clinrag.api.describing import IF_MATCH, PROBLEM_RESPONSES
from clinrag.api.permissions import any_of
from clinrag.api.routes import Route
from clinrag.api.serializers.policies import (
    EffectivePolicySerializer,
    NewPolicySerializer,
    PolicySerializer,
    TermsSerializer,
)
from clinrag.api.views.corpus import READERS
from clinrag.api.visibility import visible_collection
from ingestion.queries import CollectionView, collection_by_slug


class CollectionPolicy(Route):
    """The answering policy of one collection."""

    needs = {
        "GET": READERS | {Permission.ADMINISTER},
        "PUT": any_of(Permission.ADMINISTER),
    }

    @extend_schema(
        operation_id="get_answering_policy",
        summary="Read how strictly a collection is answered from",
        responses={200: EffectivePolicySerializer, **PROBLEM_RESPONSES},
    )
    def get(self, request: Request, slug: str) -> Response:
        collection = _seen(request, slug)
        found = policy_of(collection, default=default_policy())
        return _reply(found, collection)

    @extend_schema(
        operation_id="set_answering_policy",
        summary="Set how strictly a collection is answered from",
        description=(
            "For questions from now on; earlier answers stay as they are. A term that"
            " becomes less strict needs a reason, and is shown to auditors."
        ),
        parameters=[IF_MATCH],
        request=NewPolicySerializer,
        responses={200: EffectivePolicySerializer, **PROBLEM_RESPONSES},
    )
    def put(self, request: Request, slug: str) -> Response:
        caller, collection = known_caller(request), _seen(request, slug)
        found = policy_of(collection, default=default_policy())
        etags.require_if_match(request, found)
        given = NewPolicySerializer(data=request.data)
        given.is_valid(raise_exception=True)
        told = dict(given.validated_data)
        reason = told.pop("reason")
        made = set_policy(
            collection,
            terms=_terms(**told),
            seen=found.number,
            default=default_policy(),
            reason=reason,
            by=caller.actor,
            at=timezone.now(),
        )
        return _reply(made, collection)


def _seen(request: Request, slug: str) -> CollectionView:
    caller = known_caller(request)
    if caller.may(Permission.ADMINISTER):
        return collection_by_slug(slug)
    return visible_collection(caller, slug)


def _terms(*, grounding: str, identifiers: str, external_models: bool) -> PolicyTerms:
    return PolicyTerms(
        GroundingPolicy(grounding), IdentifierPolicy(identifiers), external_models
    )


def _reply(found: PolicyView, collection: CollectionView) -> Response:
    headers = {"ETag": etags.etag_of(found)}
    effective = effective_terms(collection, default=default_policy())
    shown = PolicySerializer(found).data
    told = TermsSerializer(effective).data
    return Response({**shown, "effective": told}, headers=headers)
