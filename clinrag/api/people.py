"""People who decide: a key, whatever its scopes, asks for and decides nothing here.

Promises the refusal before anything is looked up. Whether requester and decider are two
is for `audit.custody` to say.
"""

from rest_framework.request import Request

from audit.actors import Actor, ActorKind
from audit.custody.authorizations import Action
from audit.errors import DeciderIsNotAPerson
from clinrag.access.deciding import may_decide
from clinrag.access.errors import PermissionMissing
from clinrag.api.callers import known_caller


def is_person(request: Request) -> bool:
    """Whether a person who signed in is calling."""
    return known_caller(request).actor.kind is ActorKind.PERSON


def person(request: Request) -> Actor:
    """The person who is calling. Raises KeyMissing, DeciderIsNotAPerson."""
    if not is_person(request):
        raise DeciderIsNotAPerson
    return known_caller(request).actor


def decider(request: Request, action: Action) -> Actor:
    """The person who is calling, if this is his to ask for and to decide.

    Raises KeyMissing, DeciderIsNotAPerson, PermissionMissing.
    """
    found = person(request)
    if not may_decide(action, known_caller(request).permissions):
        raise PermissionMissing
    return found
