"""Whose body may be longer than an ordinary upload: theirs who may upload.

Asked before any of the body is read. The view asks again, with everything else it
checks; this only decides whether the disk is at somebody's disposal.
"""

from io import BytesIO

from asgiref.sync import sync_to_async
from django.contrib.auth import get_user
from django.contrib.sessions.middleware import SessionMiddleware
from django.core.handlers.asgi import ASGIRequest
from django.db import DatabaseError, close_old_connections
from django.http import HttpRequest, HttpResponse
from django.urls import Resolver404, resolve
from django.utils import timezone

from clinrag.access.authentication import authenticate_key
from clinrag.access.errors import AccessError
from clinrag.access.models import User
from clinrag.access.roles import Permission
from clinrag.api.bodies import Scope

DOORS = frozenset({"web:upload", "api:versions"})


async def may_send_a_file(scope: Scope) -> bool:
    """Whether the address takes files, and the caller may send it any."""
    return await sync_to_async(_may_send_a_file)(scope)


def _may_send_a_file(scope: Scope) -> bool:
    request = ASGIRequest(scope, BytesIO())
    try:
        at_a_door = resolve(request.path_info).view_name in DOORS
        return at_a_door and Permission.INGEST in _permissions(request)
    except (Resolver404, AccessError, DatabaseError):
        return False
    finally:
        close_old_connections()  # no request ends here that would close them


def _permissions(request: HttpRequest) -> frozenset[Permission]:
    header = request.headers.get("Authorization")
    if header is not None:
        plaintext = header.strip().partition(" ")[2].strip()
        return authenticate_key(plaintext, at=timezone.now()).permissions
    SessionMiddleware(lambda _: HttpResponse()).process_request(request)
    user = get_user(request)
    return user.permissions if isinstance(user, User) else frozenset()
