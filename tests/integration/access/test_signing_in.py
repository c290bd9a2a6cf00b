"""Signing in: one door, throttled and recorded."""

from datetime import timedelta

import pytest
from django.contrib.auth import authenticate
from django.test import RequestFactory

from clinrag.access.backends import address_of
from clinrag.access.errors import SignInFailed, SignInLocked
from clinrag.access.models import SignInThrottle
from clinrag.access.signing_in import sign_in
from clinrag.access.throttling import ALLOWED_FAILURES, LOCK
from tests.integration.access.conftest import NOW, PASSWORD, recorded

HOME, ELSEWHERE = "192.0.2.1", "192.0.2.2"


def attempt(username="mara", password=PASSWORD, address=HOME, at=NOW):
    return sign_in(username, password=password, address=address, at=at)


def fail(times: int, **options) -> None:
    for _ in range(times):
        with pytest.raises(SignInFailed):
            attempt(password="wrong", **options)


def test_sign_in_succeeds_and_is_recorded(person) -> None:
    user = person()
    assert attempt() == user
    assert recorded()[-1] == {
        "type": "access.sign_in_succeeded",
        "user_id": f"user:{user.pk}",
        "username": "mara",
    }


def test_sign_in_fails_alike_when_name_or_password_is_wrong(person) -> None:
    user = person()
    fail(1)
    fail(1, username="hunter2-typed-into-the-wrong-field")
    aimed, unknown = recorded()[-2:]
    assert aimed["user_id"] == f"user:{user.pk}"
    assert unknown["user_id"] is None
    assert "hunter2" not in str(recorded())
    assert "hunter2" not in str(list(SignInThrottle.objects.values()))


def test_sign_in_fails_when_the_account_is_deactivated(person) -> None:
    user = person()
    user.is_active = False
    user.save()
    with pytest.raises(SignInFailed):
        attempt()


def test_name_is_locked_for_that_address_when_it_failed_too_often(person) -> None:
    person()
    fail(ALLOWED_FAILURES)
    entries = len(recorded())
    with pytest.raises(SignInLocked):
        attempt()
    assert len(recorded()) == entries
    assert attempt(address=ELSEWHERE)
    with pytest.raises(SignInLocked):
        attempt(at=NOW + LOCK - timedelta(seconds=1))
    assert attempt(at=NOW + LOCK)


def test_failures_are_forgotten_when_a_sign_in_succeeds(person) -> None:
    person()
    for _ in range(2):
        fail(ALLOWED_FAILURES - 1)
        assert attempt()


def test_failures_are_forgotten_when_the_window_is_over(person) -> None:
    person()
    fail(ALLOWED_FAILURES - 1)
    fail(1, at=NOW + timedelta(minutes=16))
    assert attempt(at=NOW + timedelta(minutes=16))


def test_lock_by_address_is_not_passed_by_a_header_when_no_proxy_is_trusted(
    settings,
) -> None:
    spoofed = {"X-Forwarded-For": "203.0.113.9, 203.0.113.10"}
    request = RequestFactory().post("/login", REMOTE_ADDR=HOME, headers=spoofed)
    assert address_of(request) == HOME
    settings.CLINRAG_TRUSTED_PROXIES = 1
    assert address_of(request) == "203.0.113.10"


def test_django_signs_in_through_the_throttled_door(person, settings) -> None:
    settings.AUTHENTICATION_BACKENDS = ["clinrag.access.backends.ThrottledBackend"]
    user = person()
    request = RequestFactory().post("/login", REMOTE_ADDR=HOME)
    assert authenticate(request, username="mara", password=PASSWORD) == user
    for _ in range(ALLOWED_FAILURES):
        assert authenticate(request, username="mara", password="wrong") is None
    assert authenticate(request, username="mara", password=PASSWORD) is None
