"""Holds every request to the permissions its route names.

A route says `needs`: for each method the permissions of which one is enough. A
route without `needs` refuses everybody; one that is open says `OPEN`. A test
goes through all routes, so that none is open by omission. Only the published log says
by a setting that part of it is public.
"""

from collections.abc import Mapping
from typing import Final

from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.views import APIView

from clinrag.access.errors import KeyMissing, PermissionMissing
from clinrag.access.roles import Permission
from clinrag.api.callers import caller_of
from clinrag.api.errors import MethodNotAllowed

AnyOf = frozenset[Permission]
Needs = Mapping[str, AnyOf]

# On the views that anybody may call: health and the description of the interface.
OPEN: Final[Needs] = {}


def any_of(*permissions: Permission) -> AnyOf:
    """One of these is enough."""
    return frozenset(permissions)


class HasNamedPermission(BasePermission):
    """Refuses with 401 who is not known and with 403 who may not."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        needs: Needs | None = getattr(view, "needs", None)
        if needs is OPEN or getattr(view, "is_public", False):
            return True
        caller = caller_of(request)
        if caller is None:
            raise KeyMissing
        method = "GET" if request.method == "HEAD" else str(request.method)
        if needs is None or method not in needs:
            raise MethodNotAllowed
        if not caller.permissions & needs[method]:
            raise PermissionMissing
        return True
