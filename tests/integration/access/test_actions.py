"""Accounts, keys and grants: each change leaves its entry."""

from datetime import timedelta

import pytest

from clinrag.access.actions import (
    create_user,
    grant_collection,
    issue_key,
    revoke_key,
)
from clinrag.access.authentication import authenticate_key
from clinrag.access.errors import (
    AccessError,
    KeyExpired,
    KeyExpiryPast,
    KeyNameInvalid,
    KeyRevoked,
    KeyRevokedBefore,
    KeyUnknown,
    PasswordTooWeak,
    RoleUnknown,
    ScopeUnknown,
    UserExists,
    UserNameInvalid,
)
from clinrag.access.grants import may_use
from clinrag.access.models import ApiKey, CollectionGrant, User
from tests.factories.ingestion import make_collection
from tests.integration.access.conftest import NOW, OPERATOR, PASSWORD, recorded

SECOND = timedelta(seconds=1)


def test_user_is_created_with_entry(person) -> None:
    user = person("mara", "reviewer", "compliance_officer")
    assert user.roles == ["reviewer", "compliance_officer"]
    assert user.is_staff
    assert not user.is_superuser
    assert recorded() == [
        {
            "type": "access.user_created",
            "user_id": f"user:{user.pk}",
            "username": "mara",
            "roles": ["reviewer", "compliance_officer"],
        }
    ]


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"username": "Taken"}, UserExists),
        ({"username": "taken"}, UserExists),
        ({"username": ""}, UserNameInvalid),
        ({"username": "a b"}, UserNameInvalid),
        ({"password": "short"}, PasswordTooWeak),
        ({"password": "password1234"}, PasswordTooWeak),
        ({"roles": ["king"]}, RoleUnknown),
    ],
)
def test_user_is_refused_without_trace_when_something_is_wrong(
    person, changes: dict, error: type[AccessError]
) -> None:
    person("taken")
    allowed = {"username": "free", "password": PASSWORD, "roles": ["clinician"]}
    with pytest.raises(error):
        create_user(**(allowed | changes), by=OPERATOR, at=NOW)
    assert User.objects.count() == len(recorded()) == 1
    create_user(**allowed, by=OPERATOR, at=NOW)


@pytest.mark.django_db
def test_key_authenticates_and_only_its_digest_is_kept() -> None:
    key, plaintext = issue_key("Ward app", scopes=["ask"], by=OPERATOR, at=NOW)
    assert authenticate_key(plaintext, at=NOW) == key
    kept = ApiKey.objects.values().get()
    assert plaintext not in str(kept)
    assert plaintext not in str(recorded())
    assert recorded()[0] == {
        "type": "access.key_issued",
        "key_id": f"key:{key.pk}",
        "name": "Ward app",
        "scopes": ["ask"],
        "collections": [],
        "expires_at": None,
    }


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"name": ""}, KeyNameInvalid),
        ({"name": "x" * 121}, KeyNameInvalid),
        ({"name": "a\nb"}, KeyNameInvalid),
        ({"scopes": []}, ScopeUnknown),
        ({"scopes": ["ask", "everything"]}, ScopeUnknown),
        ({"expires_at": NOW}, KeyExpiryPast),
    ],
)
def test_key_is_refused_when_something_is_wrong(
    changes: dict, error: type[AccessError]
) -> None:
    allowed = {"name": "Ward app", "scopes": ["ask"], "expires_at": NOW + SECOND}
    with pytest.raises(error):
        issue_key(**(allowed | changes), by=OPERATOR, at=NOW)
    assert not ApiKey.objects.exists()
    issue_key(**allowed, by=OPERATOR, at=NOW)


@pytest.mark.django_db
def test_key_is_refused_when_expired() -> None:
    expires_at = NOW + SECOND
    _, plaintext = issue_key(
        "App", scopes=["ask"], expires_at=expires_at, by=OPERATOR, at=NOW
    )
    authenticate_key(plaintext, at=NOW)
    with pytest.raises(KeyExpired):
        authenticate_key(plaintext, at=expires_at)


@pytest.mark.django_db
def test_key_is_refused_when_revoked_and_revoked_once() -> None:
    key, plaintext = issue_key("App", scopes=["ask"], by=OPERATOR, at=NOW)
    revoke_key(key.pk, by=OPERATOR, at=NOW)
    with pytest.raises(KeyRevoked):
        authenticate_key(plaintext, at=NOW)
    with pytest.raises(KeyRevokedBefore):
        revoke_key(key.pk, by=OPERATOR, at=NOW)
    assert [one["type"] for one in recorded()] == [
        "access.key_issued",
        "access.key_revoked",
    ]


@pytest.mark.django_db
def test_key_is_unknown_when_prefix_fits_and_secret_does_not() -> None:
    _, plaintext = issue_key("App", scopes=["ask"], by=OPERATOR, at=NOW)
    wrong = plaintext[:-1] + ("A" if plaintext[-1] != "A" else "B")
    for text in (wrong, "", "clr_", "Bearer", plaintext + "x"):
        with pytest.raises(KeyUnknown):
            authenticate_key(text, at=NOW)


@pytest.mark.django_db
def test_last_use_is_noted_at_most_once_a_minute() -> None:
    key, plaintext = issue_key("App", scopes=["ask"], by=OPERATOR, at=NOW)
    seen = []
    for seconds in (0, 30, 59, 60, 61):
        authenticate_key(plaintext, at=NOW + seconds * SECOND)
        key.refresh_from_db()
        seen.append((key.last_used_at - NOW).seconds)
    assert seen == [0, 0, 0, 60, 60]


@pytest.mark.django_db
def test_collection_is_closed_until_granted() -> None:
    collection = make_collection(audience="granted")
    key, _ = issue_key("App", scopes=["ask"], by=OPERATOR, at=NOW)
    assert not may_use(key, collection=collection)
    for _ in range(2):
        grant_collection(collection.id, to=key, by=OPERATOR, at=NOW)
    assert may_use(key, collection=collection)
    assert CollectionGrant.objects.count() == 1
    assert recorded()[1:] == [
        {
            "type": "access.collection_granted",
            "collection_id": str(collection.id),
            "holder_id": f"key:{key.pk}",
        }
    ]


def test_collection_is_granted_to_a_person_alone(person) -> None:
    collection = make_collection(audience="granted")
    mara, other = person("mara"), person("other")
    grant_collection(collection.id, to=mara, by=OPERATOR, at=NOW)
    assert may_use(mara, collection=collection)
    assert not may_use(other, collection=collection)
    assert may_use(other, collection=make_collection())


@pytest.mark.django_db
def test_key_uses_only_the_collections_it_names() -> None:
    named, other = make_collection(audience="granted"), make_collection()
    key, _ = issue_key(
        "App", scopes=["ask"], collections=[named.slug], by=OPERATOR, at=NOW
    )
    assert may_use(key, collection=named)
    assert not may_use(key, collection=other)


def test_permissions_end_when_the_account_is_deactivated(person) -> None:
    user = person("mara", "clinician")
    assert user.may("ask")
    user.is_active = False
    assert user.permissions == frozenset()
