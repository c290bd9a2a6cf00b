"""Who is looking, and which permission a page needs.

Promises: every page but those to sign in names the permissions that open it, on
the view itself (`permissions`), where a test can read them. Will not: let a page
through because nobody named one.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec, cast

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase
from django.utils.cache import add_never_cache_headers

from audit.actors import Actor
from clinrag.access.actors import actor_of_user
from clinrag.access.models import User
from clinrag.access.roles import STEWARD_PERMISSIONS, Permission

Arguments = ParamSpec("Arguments")
View = Callable[Concatenate[HttpRequest, Arguments], HttpResponseBase]

# Whoever works on texts, audits them, or may search them, reads them; which
# editions they see is for `visibility` to say.
STEWARDS = tuple(sorted(STEWARD_PERMISSIONS))
READERS = (*STEWARDS, Permission.ASK, Permission.RETRIEVE)


def person_of(request: HttpRequest) -> User:
    """The signed-in person; raises PermissionDenied for nobody."""
    user: Any = request.user
    if not isinstance(user, User) or not user.is_active:
        raise PermissionDenied
    return user


def actor_of(request: HttpRequest) -> Actor:
    """The signed-in person as the ledger names them."""
    return actor_of_user(person_of(request), "session")


def may(request: HttpRequest, permission: Permission) -> bool:
    """Whether the signed-in person has this permission; nobody has none."""
    user: Any = request.user
    return isinstance(user, User) and user.may(permission)


def page(
    *permissions: Permission,
) -> Callable[[View[Arguments]], View[Arguments]]:
    """Open a view to signed-in people who hold any one of these permissions.

    Without any, to everybody who signed in. Others are sent to sign in, or, when
    they have, refused with PermissionDenied. No copy is kept on the way: what one
    person read is not shown to the next at the same screen.
    """

    def guard(view: View[Arguments]) -> View[Arguments]:
        @wraps(view)
        def guarded(
            request: HttpRequest, *args: Arguments.args, **kwargs: Arguments.kwargs
        ) -> HttpResponseBase:
            if not request.user.is_authenticated:
                return redirect_to_login(request.get_full_path())
            person = person_of(request)
            if permissions and not person.permissions.intersection(permissions):
                raise PermissionDenied
            response = view(request, *args, **kwargs)
            add_never_cache_headers(response)
            return response

        guarded.permissions = permissions  # type: ignore[attr-defined]
        return cast("View[Arguments]", guarded)

    return guard
