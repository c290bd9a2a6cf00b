"""A frozen database is told of in time, and nothing is lost to it."""

import http.client
import json
import os
import socket
import subprocess
import sys
import time
from urllib.parse import quote

import psycopg
import pytest
from django.db import OperationalError, connection, connections
from django.utils import timezone

from audit.errors import LedgerUnavailable
from audit.models import ClosedQuery
from audit.sequencing import sequencer
from audit.verification.walk import verify
from clinrag.access.actions import issue_key
from clinrag.access.roles import Permission
from clinrag.answering.models import Answer
from clinrag.answering.sweeping import close_lost_answers
from clinrag.answering.tasks import SWEEPER
from clinrag.answering.types import Outcome
from clinrag.database.connection import PatientConnection
from tests.conftest import REPOSITORY, ROLE_PASSWORD
from tests.factories.people import MANAGER
from tests.freezing import freeze, frozen, thaw
from tests.integration.answering.clinic import (
    GOOD_OLD,
    QUESTION,
    ScriptedAnswerer,
    running_clinic,
)

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "keys"])


@pytest.fixture
def clinic(transactional_db, settings, tmp_path):
    return running_clinic(settings, tmp_path)


@pytest.fixture
def impatient(transactional_db):
    """Connections of this process give up within seconds; sets one's parameters."""
    kept = {alias: connections[alias].settings_dict["OPTIONS"] for alias in connections}

    def connect_with(**parameters):
        for alias, options in kept.items():
            connections[alias].settings_dict["OPTIONS"] = options | parameters
            connections[alias].close()

    connect_with(silence_seconds=1.0, connect_timeout=2)
    yield connect_with
    connect_with()


def select_one():
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        return cursor.fetchone()


def test_connection_gives_up_on_a_server_that_says_nothing(postgres, impatient):
    assert select_one() == (1,)
    assert isinstance(connection.connection, PatientConnection)
    with frozen(postgres):
        begun = time.monotonic()
        with pytest.raises(OperationalError):
            select_one()
        assert 0.9 < time.monotonic() - begun < 3
        assert connection.connection.closed
        connection.close()
        begun = time.monotonic()
        with pytest.raises(OperationalError):
            select_one()
        assert time.monotonic() - begun < 4
    connection.close()
    assert select_one() == (1,)


def test_pooled_connection_gives_up_and_is_replaced(postgres, impatient):
    pool = {"min_size": 1, "max_size": 2, "timeout": 2}
    impatient(
        silence_seconds=1.0,
        connect_timeout=2,
        pool=pool | {"connection_class": PatientConnection},
    )
    try:
        assert select_one() == (1,)
        with frozen(postgres), pytest.raises(OperationalError):
            select_one()
        connection.close()
        assert select_one() == (1,)
    finally:
        connection.close()
        connection.close_pool()


def test_connection_waits_for_a_server_that_is_slow_but_answers(impatient):
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_sleep(0.8)")
    assert not connection.connection.closed


def test_server_ends_a_statement_that_takes_too_long(impatient):
    impatient(options="-c statement_timeout=300", silence_seconds=5)
    with pytest.raises(OperationalError) as caught, connection.cursor() as cursor:
        cursor.execute("SELECT pg_sleep(10)")
    assert isinstance(caught.value.__cause__, psycopg.errors.QueryCanceled)
    assert select_one() == (1,)


def test_answer_is_withheld_and_closed_as_lost_when_the_server_freezes_meanwhile(
    postgres, clinic, impatient
):
    stopped = []

    def think(prompt):
        stopped.extend(freeze(postgres))
        return GOOD_OLD(prompt)

    clinic.serve(ScriptedAnswerer(think))
    begun = time.monotonic()
    try:
        with pytest.raises(LedgerUnavailable):
            clinic.ask()
        assert time.monotonic() - begun < 10
    finally:
        thaw(stopped)
    for alias in connections:
        connections[alias].close()
    assert Answer.objects.get().state == "open"
    sequencer.drain(at=clinic.now())
    assert close_lost_answers(before=clinic.now(), by=SWEEPER, at=clinic.now()) == 1
    clinic.serve(ScriptedAnswerer(GOOD_OLD))
    assert clinic.ask().outcome is Outcome.ANSWERED
    vkey = clinic.sign()
    assert ClosedQuery.objects.count() == 2
    assert verify(vkey=vkey, at=clinic.now()).ok


# -- the web server as it is run


@pytest.fixture
def web(postgres, clinic, settings, valkey, tmp_path):
    """The port of a web server over the test's databases, with the rights of its role."""
    port = free_port()
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "clinrag.settings",
        "DATABASE_URL": address(postgres, "default"),
        "CLINRAG_KEYS_DATABASE_URL": address(postgres, "keys"),
        "CLINRAG_DEPLOYMENT_KEY_FILE": str(settings.CLINRAG_DEPLOYMENT_KEY_FILE),
        "CLINRAG_SIGNER_DIR": str(settings.CLINRAG_SIGNER_DIR),
        "CLINRAG_STORAGE_DIR": str(settings.CLINRAG_STORAGE_DIR),
        "REDIS_URL": valkey.url,
    }
    log = (tmp_path / "web.log").open("w")
    process = subprocess.Popen(
        [sys.executable, "-m", "uvicorn", "clinrag.asgi:application",
         "--port", str(port), "--log-level", "warning"],
        cwd=REPOSITORY, env=environment, stderr=log, stdout=log,
    )  # fmt: skip
    try:
        wait_until(lambda: answers(port), seconds=60)
        yield port
    finally:
        process.kill()
        process.wait()
        log.close()


def address(postgres, alias):
    name = connections[alias].settings_dict["NAME"]
    host = quote(str(postgres.sockets))
    return f"postgresql://clinrag_app:{ROLE_PASSWORD}@/{name}?host={host}"


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def request(port, method, path, body=None, **headers):
    """Status, body, and how many seconds it took."""
    begun = time.monotonic()
    http_connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        sent = None if body is None else json.dumps(body)
        kind = {"Content-Type": "application/json"} if body else {}
        http_connection.request(method, path, sent, kind | headers)
        reply = http_connection.getresponse()
        return reply.status, json.loads(reply.read()), time.monotonic() - begun
    finally:
        http_connection.close()


def answers(port):
    try:
        return request(port, "GET", "/livez")[0] == 200
    except OSError:
        return False


def wait_until(condition, *, seconds):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "nothing happened in time"
        time.sleep(0.1)


def ready_to_record(port):
    """Whether readiness knows both databases again; no sequencer runs here."""
    checks = request(port, "GET", "/readyz")[1]["checks"]
    named = ("database", "keys_database", "ledger")
    return [checks.get(name) for name in named] == ["ok"] * 3


def test_web_server_tells_of_a_frozen_database_in_time_and_recovers(postgres, web):
    scopes = [Permission.ASK]
    _, key = issue_key("Ward", scopes=scopes, by=MANAGER, at=timezone.now())
    asked = {"question": QUESTION, "collections": ["pain"]}

    def ask(**headers):
        bearer = {"Authorization": f"Bearer {key}"}
        return request(web, "POST", "/api/v1/answers", asked, **bearer, **headers)

    status, answer, _ = ask()
    assert (status, answer["outcome"], ready_to_record(web)) == (201, "answered", True)
    with frozen(postgres):
        for headers in ({}, {"Idempotency-Key": "one"}):
            status, problem, seconds = ask(**headers)
            assert status == 503
            assert problem["code"] in {"database_away", "ledger_unavailable"}
            assert seconds < 10
        status, ready, seconds = request(web, "GET", "/readyz")
        assert (status, ready["status"], seconds < 8) == (503, "not_ready", True)
        status, _, seconds = request(web, "GET", "/livez")
        assert (status, seconds < 1) == (200, True)
    wait_until(lambda: ready_to_record(web), seconds=30)
    status, answer, _ = ask(**{"Idempotency-Key": "one"})
    assert (status, answer["outcome"]) == (201, "answered")
    assert Answer.objects.filter(state="released").count() == 2
