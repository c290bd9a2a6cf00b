"""Who may call: keys, sessions, and nobody else."""

from datetime import timedelta

import pytest
from django.middleware.csrf import get_token
from django.test import Client, RequestFactory

from clinrag.access.actions import revoke_key
from clinrag.access.models import ApiKey
from tests.integration.api.conftest import OPERATOR, App, check_problem

pytestmark = pytest.mark.django_db


def test_collections_are_listed_when_the_key_is_good(app) -> None:
    response = app.get("collections")
    assert response.status_code == 200
    assert response.json() == {"items": []}
    assert response["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    ("header", "code"),
    [
        (None, "key_missing"),
        ("Bearer", "key_unknown"),
        ("Bearer clr_aaaaaaaa_" + "A" * 43, "key_unknown"),
        ("Bearer \x00", "key_unknown"),
        ("Basic bWFyYTptYXJh", "key_unknown"),
    ],
)
def test_caller_is_refused_when_the_key_is_missing_or_wrong(header, code) -> None:
    headers = {} if header is None else {"Authorization": header}
    response = App(Client(headers=headers)).get("collections")
    check_problem(response, 401, code)
    assert response["WWW-Authenticate"].startswith("Bearer")


def test_caller_is_refused_when_the_key_is_revoked(app, now) -> None:
    assert app.get("collections").status_code == 200
    revoke_key(app.holder.pk, by=OPERATOR, at=now)
    check_problem(app.get("collections"), 401, "key_revoked")


def test_caller_is_refused_when_the_key_is_expired(app, now) -> None:
    ApiKey.objects.update(expires_at=now - timedelta(seconds=1))
    check_problem(app.get("collections"), 401, "key_expired")


def test_caller_is_refused_when_the_scope_is_missing(make_app) -> None:
    body = {"collection": "x", "title": "y"}
    check_problem(make_app("ask").post("documents", body), 403, "permission_missing")
    check_problem(
        make_app("ingest").post("documents", body), 404, "collection_not_found"
    )


def test_person_needs_the_token_of_our_pages_to_change_something(make_person) -> None:
    app = make_person("mara", "knowledge_manager", csrf=True)
    assert app.get("collections").status_code == 200
    body = {"collection": "x", "title": "y"}
    check_problem(app.post("documents", body), 403, "csrf_failed")
    page = RequestFactory().get("/")
    token = get_token(page)
    app.client.cookies["csrftoken"] = page.META["CSRF_COOKIE"]
    response = app.post("documents", body, X_CSRFToken=token)
    check_problem(response, 404, "collection_not_found")


def test_person_is_refused_when_deactivated(make_person) -> None:
    app = make_person("mara", "clinician")
    assert app.get("collections").status_code == 200
    app.holder.is_active = False
    app.holder.save()
    check_problem(app.get("collections"), 401, "key_missing")


def test_wrong_key_is_not_saved_by_a_session(make_person) -> None:
    app = make_person("mara", "clinician")
    response = app.get("collections", Authorization="Bearer nonsense")
    check_problem(response, 401, "key_unknown")


def test_end_user_is_taken_only_as_an_opaque_id(app) -> None:
    assert app.get("collections", X_On_Behalf_Of="nurse-17").status_code == 200
    response = app.get("collections", X_On_Behalf_Of="Nora Nurse")
    check_problem(response, 400, "header_invalid")


def test_requests_are_counted_per_key(make_app, settings) -> None:
    settings.API_REQUESTS_PER_MINUTE = 2
    app, other = make_app(), make_app()
    first = app.get("collections")
    assert first["RateLimit-Policy"] == '"minute";q=2;w=60'
    assert first["RateLimit"].startswith('"minute";r=1;t=')
    app.get("collections")
    response = app.get("collections")
    check_problem(response, 429, "rate_exceeded")
    assert 1 <= int(response["Retry-After"]) <= 60
    assert other.get("collections").status_code == 200


def test_requests_pass_when_the_cache_is_away(app, settings) -> None:
    settings.API_REQUESTS_PER_MINUTE = 1
    settings.CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": "redis://127.0.0.1:1/0",
        }
    }
    for _ in range(2):
        response = app.get("collections")
        assert response.status_code == 200
        assert "RateLimit" not in response


@pytest.mark.parametrize("path", ["/api/v1/nowhere", "/api/", "/api/v2/answers"])
def test_unknown_address_is_a_problem(app, path: str) -> None:
    response = app.get(path)
    check_problem(response, 404, "not_found")
    assert "Content-Security-Policy" in response


def test_wrong_method_is_a_problem_that_names_the_right_ones(app) -> None:
    response = app.client.delete("/api/v1/answers")
    check_problem(response, 405, "method_not_allowed")
    assert "POST" in response["Allow"]
    check_problem(app.client.options("/api/v1/answers"), 405, "method_not_allowed")


def test_host_that_is_not_ours_is_a_problem(app) -> None:
    response = app.client.get("/api/v1/collections", headers={"Host": "evil.example"})
    check_problem(response, 400, "bad_request")


@pytest.mark.parametrize(
    ("offered", "kept"),
    [
        ("abc-123", True),
        ("x" * 64, True),
        ("x" * 65, False),
        ("a b", False),
        ("", False),
    ],
)
def test_request_id_is_kept_when_it_is_plain(app, offered: str, kept: bool) -> None:
    given = app.get("collections", X_Request_ID=offered)["X-Request-ID"]
    assert (given == offered) is kept
    assert given
