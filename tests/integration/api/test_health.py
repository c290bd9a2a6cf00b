"""Alive and ready, and what makes a server not ready."""

from datetime import timedelta
from http import HTTPStatus

import pytest
from django.db import connection
from django.test import Client

from audit.models import Alarm
from clinrag.api.views import health
from tests.integration.answering.clinic import open_clinic

pytestmark = pytest.mark.django_db(databases=["default", "keys"])


@pytest.fixture
def quiet(db, settings, tmp_path, monkeypatch):
    """A ledger whose entries are all signed; the clock stands where it does."""
    clinic = open_clinic(settings, tmp_path)
    clinic.sign()
    monkeypatch.setattr(health.timezone, "now", lambda: clinic.now.at)
    return clinic


def ready() -> tuple[int, set[str]]:
    """Status, and the names of the checks that failed."""
    response = Client().get("/readyz")
    checks = response.json()["checks"]
    return response.status_code, {n for n, found in checks.items() if found != "ok"}


def test_process_is_alive_without_asking_anybody(settings) -> None:
    response = Client().get("/livez")
    assert (response.status_code, response.json()) == (200, {"status": "alive"})
    assert response["Cache-Control"] == "no-store"


def test_server_is_ready_when_every_check_holds(quiet) -> None:
    assert ready() == (200, set())


def test_server_is_not_ready_when_the_ledger_cannot_record(quiet, settings) -> None:
    settings.CLINRAG_INBOX_LIMIT = 0
    assert ready() == (503, {"ledger"})
    settings.CLINRAG_INBOX_LIMIT = 1000
    settings.CLINRAG_DEPLOYMENT_KEY_FILE = quiet.signer_files.directory / "gone"
    assert ready() == (503, {"ledger"})


def test_server_is_not_ready_when_the_sequencer_lags(quiet) -> None:
    quiet.put_in_force("# A\n\nText of some length.\n", "one")
    assert ready() == (200, set())
    quiet.now.at += timedelta(minutes=2)
    assert ready() == (503, {"sequencer"})


def test_server_is_not_ready_when_the_signer_lags(quiet) -> None:
    from audit.sequencing import sequencer

    quiet.put_in_force("# A\n\nText of some length.\n", "one")
    sequencer.drain(at=quiet.now())
    assert ready() == (200, set())
    quiet.now.at += timedelta(minutes=2)
    assert ready() == (503, {"signer"})
    quiet.sign()
    assert ready() == (200, set())


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        ("history_rewritten", 503),
        ("signer_state_stale", 503),
        ("signer_state_missing", 503),
        ("signer_state_unwritten", 503),
        ("shard_refused", 503),
        ("rotation_invalid", 200),
    ],
)
def test_server_is_not_ready_while_the_signer_refuses(
    quiet, settings, kind, status
) -> None:
    Alarm.objects.create(kind=kind, detail="", tree_size=10**6, raised_at=quiet.now.at)
    failed = {"alarms"} if status == HTTPStatus.SERVICE_UNAVAILABLE else set()
    assert ready() == (status, failed)
    settings.CLINRAG_READY_DESPITE_ALARMS = True
    assert ready() == (200, set())


def test_server_is_not_ready_when_the_cache_is_away(quiet, settings) -> None:
    settings.CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": "redis://127.0.0.1:1/0",
        }
    }
    assert ready() == (503, {"cache"})


def test_server_is_not_ready_when_a_migration_is_missing(quiet) -> None:
    health._migrated.clear()
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'access'")
    assert ready() == (503, {"migrations"})
    health._migrated.clear()


def test_server_says_nothing_about_addresses_when_not_ready(quiet, monkeypatch) -> None:
    def broken() -> None:
        raise RuntimeError("password=secret host=10.0.0.1")

    monkeypatch.setitem(health.CHECKS, "database", broken)
    response = Client().get("/readyz")
    assert response.status_code == 503
    assert "secret" not in response.content.decode()
    assert response.json()["checks"]["database"] == "failed"
