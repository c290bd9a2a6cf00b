"""The commands, as scripts use them."""

import io
import json

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from clinrag.access.authentication import authenticate_key
from clinrag.access.errors import KeyRevoked
from clinrag.access.models import ApiKey, CollectionGrant, User
from tests.factories.ingestion import make_collection

pytestmark = pytest.mark.django_db


def run(*arguments: str) -> dict:
    out = io.StringIO()
    call_command(*arguments, "--json", stdout=out)
    return json.loads(out.getvalue())


def test_create_user_makes_a_password_when_none_is_given() -> None:
    made = run("create_user", "mara", "--role", "reviewer", "--name", "Mara M")
    user = User.objects.get(pk=made["id"])
    assert user.check_password(made["password"])
    assert user.display_name == "Mara M"


def test_create_user_shows_no_password_when_it_was_given(monkeypatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("correct horse battery\n"))
    made = run("create_user", "mara", "--role", "reviewer", "--password-stdin")
    assert "password" not in made
    assert User.objects.get().check_password("correct horse battery")


def test_create_user_says_why_when_refused() -> None:
    run("create_user", "mara", "--role", "reviewer")
    with pytest.raises(CommandError, match="exists already"):
        run("create_user", "mara", "--role", "reviewer")


def test_key_works_until_revoked_by_its_prefix() -> None:
    made = run("issue_key", "App", "--scope", "ask", "--expires", "2999-01-01")
    authenticate_key(made["key"], at=timezone.now())
    run("revoke_key", made["prefix"])
    with pytest.raises(KeyRevoked):
        authenticate_key(made["key"], at=timezone.now())


@pytest.mark.parametrize("expires", ["soon", "2020-01-01", "2020-13-01"])
def test_issue_key_says_why_when_refused(expires: str) -> None:
    with pytest.raises(CommandError):
        run("issue_key", "App", "--scope", "ask", "--expires", expires)
    assert not ApiKey.objects.exists()


def test_grant_collection_opens_it() -> None:
    collection = make_collection(audience="granted")
    made = run("issue_key", "App", "--scope", "ask")
    run("grant_collection", collection.slug, "--key", made["prefix"])
    assert CollectionGrant.objects.get().collection_id == collection.id
    with pytest.raises(CommandError, match="no such collection"):
        run("grant_collection", "nowhere", "--key", made["prefix"])


@pytest.mark.django_db(databases=["default", "keys"])
def test_grant_roles_applies_twice() -> None:
    assert run("grant_roles") == run("grant_roles") == {"granted": ["default", "keys"]}
