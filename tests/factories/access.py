"""One factory function for each table of people, keys and grants."""

import hashlib
from datetime import UTC, datetime
from itertools import count
from typing import Any
from uuid import uuid4

from clinrag.access.models import (
    ApiKey,
    CollectionGrant,
    IdempotencyRecord,
    SavedView,
    SignInThrottle,
    User,
)
from tests.factories.ingestion import make_collection

T0 = datetime(2026, 1, 1, tzinfo=UTC)
_numbers = count(1)


def digest(value: object) -> str:
    return hashlib.sha256(str(value).encode()).hexdigest()


def make_user(
    username: str = "", *, roles: tuple[str, ...] = (), **fields: Any
) -> User:
    name = username or f"person-{next(_numbers)}"
    return User.objects.create_user(
        name, password="only-for-tests", roles=list(roles), **fields
    )


def make_api_key(**fields: Any) -> ApiKey:
    number = next(_numbers)
    values = {
        "name": f"App {number}",
        "prefix": f"test-{number}",
        "key_sha256": digest(number),
        "scopes": ["ask"],
        "created_at": T0,
    }
    return ApiKey.objects.create(**(values | fields))


def make_collection_grant(user: User | None = None, **fields: Any) -> CollectionGrant:
    collection = fields.pop("collection", None) or make_collection(audience="granted")
    holder = {} if "key" in fields else {"user": user or make_user()}
    return CollectionGrant.objects.create(
        collection=collection, granted_at=T0, **holder, **fields
    )


def make_sign_in_throttle(**fields: Any) -> SignInThrottle:
    values = {"subject_digest": digest(next(_numbers)), "window_started_at": T0}
    return SignInThrottle.objects.create(**(values | fields))


def make_idempotency_record(**fields: Any) -> IdempotencyRecord:
    number = next(_numbers)
    values = {
        "actor_id": f"key:{number}",
        "key_digest": digest(-number),
        "body_digest": digest(number),
        "state": "running",
        "answer_id": uuid4(),
        "created_at": T0,
        "claimed_at": T0,
    }
    return IdempotencyRecord.objects.create(**(values | fields))


def make_saved_view(user: User | None = None, **fields: Any) -> SavedView:
    values = {"page": "documents", "name": "Mine", "query": "owner=me"}
    return SavedView.objects.create(
        user=user or make_user(), created_at=T0, **(values | fields)
    )
