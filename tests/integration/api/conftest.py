"""A clinic behind the interface: applications with keys, people with sessions."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import caches
from django.test import Client
from django.utils import timezone

from audit.actors import Actor, ActorKind
from clinrag.access.actions import create_user, issue_key
from clinrag.access.models import ApiKey, User
from clinrag.access.roles import Permission
from tests.integration.answering.clinic import (
    GOOD_OLD,
    QUESTION,
    Clinic,
    ScriptedAnswerer,
    running_clinic,
)

OPERATOR = Actor(ActorKind.PERSON, "user:900", "Ola Operator", "session")
PASSWORD = "correct horse battery"
STATE_CHANGES = (
    "/reviews",
    "/activation",
    "/withdrawal",
    "/embargo",
    "-decision",
    "/closing",
)
SIGNED = {"password": PASSWORD, "acknowledged": True}
PROBLEM = "application/problem+json"


@dataclass
class App:
    """An application, or a person's browser, that speaks JSON."""

    client: Client
    holder: ApiKey | User | None = None

    def get(self, path: str, query: dict | None = None, **headers: str) -> Any:
        return self.client.get(_full(path), query, headers=_named(headers))

    def post(self, path: str, body: Any = None, **headers: str | None) -> Any:
        return self.send("post", path, body, **headers)

    def send(
        self, verb: str, path: str, body: Any = None, **headers: str | None
    ) -> Any:
        """By any method; a header that is None is left out.

        Where a state changes, from whatever state it is in, unless If-Match is given;
        a decision is signed by somebody who knows that nothing was foreseen.
        """
        if path.endswith(STATE_CHANGES):
            headers = {"If_Match": "*", **headers}
        if path.endswith("/reviews") and isinstance(body, dict):
            body = SIGNED | body
        return getattr(self.client, verb)(
            _full(path),
            {} if body is None else body,
            content_type="application/json",
            headers=_named(
                {name: one for name, one in headers.items() if one is not None}
            ),
        )

    def upload(self, path: str, fields: dict, **headers: str) -> Any:
        return self.client.post(_full(path), fields, headers=_named(headers))

    def ask(self, text: Any = QUESTION, *, key: str | None = None, **fields: Any):
        body = {"question": text, "collections": ["pain"], **fields}
        headers = {} if key is None else {"Idempotency_Key": key}
        return self.post("answers", body, **headers)


def _full(path: str) -> str:
    return path if path.startswith("/") else f"/api/v1/{path}"


def _named(headers: dict[str, str]) -> dict[str, str]:
    return {name.replace("_", "-"): value for name, value in headers.items()}


def check_problem(response: Any, status: int, code: str) -> dict:
    """The problem's body, after looking at what all problems have in common."""
    body = response.json()
    assert (response.status_code, body["code"]) == (status, code)
    assert response["Content-Type"] == PROBLEM
    assert body["status"] == status
    assert body["type"] == "urn:clinrag:problem:" + code.replace("_", "-")
    assert body["request_id"] == response["X-Request-ID"]
    assert body["title"]
    assert body["detail"].endswith(".")
    return body


@pytest.fixture(autouse=True)
def _fresh_counts() -> None:
    caches["default"].clear()


@pytest.fixture
def make_app(db: None) -> Callable[..., App]:
    """An application whose key has these scopes."""

    def make_app(*scopes: str, name: str = "Ward app", **options: Any) -> App:
        key, plaintext = issue_key(
            name,
            scopes=scopes or [Permission.ASK, Permission.RETRIEVE],
            by=OPERATOR,
            at=timezone.now(),
            **options,
        )
        return App(Client(headers={"Authorization": f"Bearer {plaintext}"}), key)

    return make_app


@pytest.fixture
def make_person(db: None) -> Callable[..., App]:
    """A person with these roles who signed in."""

    def make_person(username: str, *roles: str, csrf: bool = False) -> App:
        user = create_user(
            username, password=PASSWORD, roles=roles, by=OPERATOR, at=timezone.now()
        )
        client = Client(enforce_csrf_checks=csrf)
        client.force_login(user)
        return App(client, user)

    return make_person


@pytest.fixture
def clinic(
    db: None, settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Clinic:
    """One edition in force, and an answerer that quotes it."""
    clinic = running_clinic(settings, tmp_path)
    clinic.serve(ScriptedAnswerer(GOOD_OLD))
    for module in ("asking", "views.retrievals"):
        monkeypatch.setattr(
            f"clinrag.api.{module}.build_services", lambda: clinic.services
        )
    return clinic


@pytest.fixture
def app(make_app: Callable[..., App]) -> App:
    """An application that may ask and search."""
    return make_app()


@pytest.fixture
def now() -> datetime:
    return timezone.now()
