"""Sequencer and signer as the processes they are, each with its own role."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from urllib.parse import quote

import pytest
from django.db import connection, connections

from audit import queries, verification
from audit.custody.authorizations import Action
from audit.sequencing import sequencer
from audit.shards import opening_scope
from audit.signing import desk
from audit.signing.changes import rotation_scope
from tests.conftest import REPOSITORY, ROLE_PASSWORD
from tests.integration.audit.conftest import ADA, ORIGIN, collection_created
from tests.integration.audit.test_changes import agreed

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "keys"])


@pytest.fixture
def spawn(postgres, settings, log, tmp_path):
    """Start a management command with the rights of a role."""
    name = connections["default"].settings_dict["NAME"]
    keys = connections["keys"].settings_dict["NAME"]
    started = []

    def start(command, role):
        base = f"postgresql://{role}:{ROLE_PASSWORD}@/"
        host = f"?host={quote(str(postgres.sockets))}"
        environment = os.environ | {
            "DJANGO_SETTINGS_MODULE": "clinrag.settings",
            "DATABASE_URL": f"{base}{name}{host}",
            "CLINRAG_KEYS_DATABASE_URL": f"{base}{keys}{host}",
            "CLINRAG_SIGNER_DIR": str(settings.CLINRAG_SIGNER_DIR),
            "CLINRAG_LOG_ORIGIN": "clinrag.test/ledger",
            "CLINRAG_DEPLOYMENT_KEY_FILE": str(settings.CLINRAG_DEPLOYMENT_KEY_FILE),
        }
        process = subprocess.Popen(
            [sys.executable, "manage.py", *command.split()],
            cwd=REPOSITORY, env=environment, stderr=subprocess.PIPE,
            stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


def test_processes_sign_within_a_second_and_stop_when_asked(log, spawn):
    processes = [
        spawn("run_sequencer", "clinrag_sequencer"),
        spawn("run_signer", "clinrag_signer"),
    ]
    first = log.append()
    assert queries.wait_for_proof(first.entry_id, timeout_seconds=30)
    started = time.monotonic()
    receipt = log.append()
    assert queries.wait_for_proof(receipt.entry_id, timeout_seconds=10)
    assert time.monotonic() - started < 1.5
    for process in processes:
        process.send_signal(signal.SIGTERM)
        _, errors = process.communicate(timeout=10)
        assert process.returncode == 0, errors
    assert log.verify().ok


def test_sequencer_goes_on_when_it_was_killed_and_started_again(log, spawn):
    first = spawn("run_sequencer", "clinrag_sequencer")
    log.append()
    wait_until(lambda: queries.ledger_state().tree_size == 1)
    first.kill()
    first.wait()
    for _ in range(5):
        log.append()
    spawn("run_sequencer", "clinrag_sequencer")
    wait_until(lambda: queries.ledger_state().tree_size == 6)
    log.desk().sign_new(at=log.tick())
    assert log.verify().ok


def test_loops_survive_when_their_connections_are_cut(log):
    stop = threading.Event()
    with running(stop, log):
        log.append()
        wait_until(lambda: queries.ledger_state().signed_size == 1)
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        receipt = log.append()
        assert queries.wait_for_proof(receipt.entry_id, timeout_seconds=20)
    assert log.verify().ok


def test_two_sequencers_and_a_signer_keep_one_dense_log(log):
    stop = threading.Event()
    with running(stop, log, sequencers=2):
        receipts = [log.append(collection_created(n)) for n in range(50)]
        assert queries.wait_for_proof(receipts[-1].entry_id, timeout_seconds=20)
    report = log.verify()
    assert report.ok
    assert report.entries == 50
    assert ADA.name not in str(report)


@contextmanager
def running(stop, log, sequencers=1):
    failures = []

    def work(target, *arguments, **options):
        try:
            target(*arguments, **options)
        except BaseException as error:  # noqa: BLE001
            failures.append(error)
        finally:
            connections.close_all()

    threads = [
        threading.Thread(
            target=work, args=(sequencer.run, stop), kwargs={"now": lambda: log.at}
        )
        for _ in range(sequencers)
    ]
    threads.append(
        threading.Thread(
            target=work,
            args=(desk.run, stop),
            kwargs={"files": log.files, "now": lambda: log.at},
        )
    )
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stop.set()
        for thread in threads:
            thread.join(timeout=10)
    assert not any(thread.is_alive() for thread in threads)
    assert failures == []


def wait_until(condition, seconds=20):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "nothing happened in time"
        time.sleep(0.05)


def test_sequencer_says_which_role_lacks_what(log, spawn):
    process = spawn("run_sequencer", "clinrag_app")
    told = json.loads(process.stderr.readline())
    assert told["level"] == "critical"
    assert told["event"] == (
        "The sequencer's database role clinrag_app lacks DELETE on audit_inboxentry,"
        " INSERT on audit_entry, INSERT on audit_tile, INSERT on audit_shard,"
        " INSERT on audit_head, UPDATE on audit_head: run it as clinrag_sequencer, or give the rights in"
        " deploy/sql/grants.sql"
    )


def finished(process):
    """What a command printed, once it has ended well."""
    told, errors = process.communicate(timeout=60)
    assert process.returncode == 0, errors
    return told


@contextmanager
def appending(log):
    """Somebody writes all the while; yields what they got for it."""
    stop, receipts = threading.Event(), []

    def write():
        while not stop.is_set():
            receipts.append(log.append())
            time.sleep(0.02)
        connections.close_all()

    writer = threading.Thread(target=write)
    writer.start()
    try:
        yield receipts
    finally:
        stop.set()
        writer.join()


def change(log, spawn, command, action, scope):
    """Let two people agree and the command run, beside whoever writes."""
    agreement = agreed(log, action, scope)
    return finished(spawn(f"{command} --authorization {agreement}", "clinrag_app"))


def start_both(spawn):
    return [
        spawn("run_sequencer", "clinrag_sequencer"),
        spawn("run_signer", "clinrag_signer"),
    ]


def test_key_and_shard_change_while_entries_are_appended(log, spawn):
    keys, processes = [log.vkey], start_both(spawn)
    with appending(log) as receipts:
        wait_until(lambda: queries.ledger_state().signed_size > 5)
        scope = rotation_scope(ORIGIN)
        told = change(log, spawn, "rotate_log_key", Action.KEY_ROTATION, scope)
        keys.append(told.strip())
        wait_until(lambda: log.vkey == keys[-1])
        for process in processes:
            process.send_signal(signal.SIGTERM)
            finished(process)
        told = change(log, spawn, "open_shard", Action.SHARD_OPENING, opening_scope(1))
        start_both(spawn)
        wait_until(lambda: queries.ledger_state().shard == 2)
        written = len(receipts)
        wait_until(lambda: len(receipts) > written + 20)
    for receipt in (receipts[0], receipts[-1]):
        assert queries.wait_for_proof(receipt.entry_id, timeout_seconds=20)
    assert json.loads(told)["lost_from"] is None
    assert queries.alarms() == []
    for vkey in (*keys, log.vkey):
        assert verification.verify(vkey=vkey, at=log.at).failures == ()
    assert queries.ledger_state().first_index > len(receipts) // 4
