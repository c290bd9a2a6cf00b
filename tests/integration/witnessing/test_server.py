import http.client
import os
import signal
import socket
import subprocess
import sys
import threading
import time

import pytest

from audit.cosignatures import cosignatures_of
from audit.notes import Verifier
from audit.witnessing.errors import WitnessStateInvalid
from audit.witnessing.state import WitnessFiles, origin_hash
from tests.logs import SmallLog


def connect(server):
    host, port = server.server_address
    return http.client.HTTPConnection(host, port, timeout=5)


def call(connection, method, path, body=None, **headers):
    connection.request(method, path, body, headers)
    answer = connection.getresponse()
    return answer.status, answer.read()


def raw(server, data, *, wait=0.0):
    """What comes back for these bytes, until the server hangs up."""
    with socket.create_connection(server.server_address, timeout=5) as sock:
        sock.sendall(data)
        time.sleep(wait)
        got = b""
        while piece := sock.recv(65536):
            got += piece
        return got


def test_checkpoint_is_cosigned_over_one_connection(world, server):
    connection = connect(server)
    status, body = call(connection, "POST", "/add-checkpoint", world.submission(0, 5))
    assert status == 200
    note = world.log.note(5) + body.decode()
    assert cosignatures_of(note, [world.files.read_key().verifier])
    kept = f"/{origin_hash(world.log.origin)}/checkpoint"
    assert call(connection, "GET", kept) == (200, note.encode())
    status, body = call(connection, "POST", "/add-checkpoint", world.submission(0, 6))
    assert (status, body) == (409, b"5\n")


def test_key_is_served(world, server):
    status, body = call(connect(server), "GET", "/vkey")
    assert status == 200
    assert Verifier.from_vkey(body.decode()) == world.files.read_key().verifier


def test_other_places_and_verbs_are_refused(world, server):
    body = world.submission(0, 5)
    assert call(connect(server), "POST", "/other", body)[0] == 404
    assert call(connect(server), "GET", "/add-checkpoint")[0] == 404
    assert call(connect(server), "PUT", "/add-checkpoint", body)[0] == 501
    assert call(connect(server), "GET", f"/{'0' * 64}/checkpoint")[0] == 404
    assert call(connect(server), "GET", "/../logs")[0] == 404
    assert call(connect(server), "POST", "/add-checkpoint", body)[0] == 200


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ("", 411),
        ("Content-Length: 99999999\r\n", 413),
        ("Content-Length: 70000\r\n", 413),
        ("Content-Length: -1\r\n", 411),
        ("Content-Length: 1\r\nContent-Length: 2\r\n", 411),
        ("Content-Length: 1\r\nTransfer-Encoding: chunked\r\n", 411),
        ("Transfer-Encoding: chunked\r\n", 411),
    ],
)
def test_body_without_an_honest_length_is_refused_unread(server, headers, status):
    request = f"POST /add-checkpoint HTTP/1.1\r\nHost: w\r\n{headers}\r\n"
    assert raw(server, request.encode()).startswith(f"HTTP/1.1 {status} ".encode())


def test_body_that_never_comes_ends_the_connection(world, server):
    head = "POST /add-checkpoint HTTP/1.1\r\nHost: w\r\nContent-Length: 500\r\n\r\nold"
    began = time.monotonic()
    assert raw(server, head.encode()) == b""
    assert time.monotonic() - began < 3
    assert world.add(0, 5).status == 200


def test_sender_of_a_byte_now_and_then_is_cut_off(server):
    began = time.monotonic()
    with socket.create_connection(server.server_address, timeout=5) as sock:
        sock.settimeout(0.1)
        while time.monotonic() < began + 10 and not is_closed(sock):
            pass
    assert time.monotonic() - began < 4


def is_closed(sock):
    """Whether the other side hung up, found out by sending a byte more."""
    try:
        sock.sendall(b"a")
        return sock.recv(1) == b""
    except TimeoutError:
        return False
    except OSError:
        return True


def test_silent_strangers_do_not_keep_others_out_for_long(world, server):
    strangers = [socket.create_connection(server.server_address) for _ in range(12)]
    deadline = time.monotonic() + 5
    while True:
        try:
            body = world.submission(0, 5)
            status, _ = call(connect(server), "POST", "/add-checkpoint", body)
            break
        except OSError:
            assert time.monotonic() < deadline
            time.sleep(0.1)
    assert status == 200
    for stranger in strangers:
        stranger.close()


def test_expect_continue_is_answered_at_once(world, server):
    body = world.submission(0, 5)
    head = f"POST /add-checkpoint HTTP/1.1\r\nHost: w\r\nExpect: 100-continue\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    with socket.create_connection(server.server_address, timeout=5) as sock:
        sock.sendall(head.encode())
        assert b" 100 " in sock.recv(65536)
        sock.sendall(body)
        assert b" 200 " in sock.recv(65536)


def test_witness_that_cannot_remember_says_so_and_cosigns_nothing(world, server):
    call(connect(server), "POST", "/add-checkpoint", world.submission(0, 5))
    path = world.files.latest_path(world.log.origin)
    kept = path.read_text()
    path.write_text("rubbish")
    status, body = call(
        connect(server), "POST", "/add-checkpoint", world.submission(5, 6)
    )
    assert (status, body) == (500, b"the witness cannot remember\n")
    path.write_text(kept)
    status, _ = call(connect(server), "POST", "/add-checkpoint", world.submission(5, 6))
    assert status == 200


def test_one_log_does_not_wait_for_another(world, server, monkeypatch):
    """The lock is each log's own: a disk that hangs for one stops that one."""
    other = SmallLog("log.example/two")
    witness = world.follow(world.log.vkey, other.vkey)
    entered, go_on = threading.Event(), threading.Event()
    write = WitnessFiles.write_latest

    def slow(files, origin, note):
        if origin == world.log.origin:
            entered.set()
            go_on.wait(5)
        write(files, origin, note)

    monkeypatch.setattr(WitnessFiles, "write_latest", slow)
    thread = threading.Thread(
        target=witness.add_checkpoint, args=(world.submission(0, 5),)
    )
    thread.start()
    entered.wait(5)
    assert witness.add_checkpoint(world.submission(0, 5, log=other)).status == 200
    go_on.set()
    thread.join()


# -- as a program


MODULE = ("-m", "audit.witnessing")
COMMAND = ("manage.py", "run_witness")


def start(directory, *arguments, program=MODULE):
    return subprocess.Popen(
        [sys.executable, *program, str(directory), *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={"PATH": os.environ["PATH"]},
    )


@pytest.mark.parametrize("program", [MODULE, COMMAND])
def test_program_needs_no_database_and_no_variable(tmp_path, program):
    log = SmallLog()
    made = start(tmp_path, "--create-key", "witness.example/p", program=program)
    made = made.communicate(timeout=30)
    vkey = made[0].strip()
    (tmp_path / "logs").write_text(f"{log.vkey}\n")
    process = start(tmp_path, "--listen", "127.0.0.1:0", program=program)
    try:
        assert process.stdout.readline().strip() == vkey
        address = process.stdout.readline().strip().removeprefix("http://")
        connection = http.client.HTTPConnection(address, timeout=5)
        assert call(connection, "GET", "/vkey") == (200, f"{vkey}\n".encode())
        again = start(tmp_path, "--listen", "127.0.0.1:0")
        assert "another witness" in again.communicate(timeout=30)[1]
        assert again.returncode == 2
        assert call(connection, "GET", "/vkey")[0] == 200
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0
    finally:
        process.kill()


def test_program_loads_no_django():
    script = "import sys, audit.witnessing.__main__; sys.exit('django' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0


def test_witness_killed_at_any_moment_never_forgets(tmp_path):
    """What was answered is remembered, however the process ended."""
    log = SmallLog()
    files = WitnessFiles(tmp_path)
    files.create_key("witness.example/k")
    files.logs_path.write_text(f"{log.vkey}\n")
    size = 0
    for round_number in range(6):
        process = start(tmp_path, "--listen", "127.0.0.1:0")
        try:
            process.stdout.readline()
            address = process.stdout.readline().strip().removeprefix("http://")
            kill = threading.Timer(0.02 * round_number, process.kill)
            kill.start()
            size = submit_until_it_dies(log, address, size)
        finally:
            process.kill()
            process.wait(10)
            process.stderr.close()
            process.stdout.close()
        kept = files.read_latest(log.origin)
        remembered = int(kept.split("\n")[1]) if kept else 0
        # One more may have been written without its answer having got out.
        assert remembered in {size, size + 1}
        size = remembered


def submit_until_it_dies(log, address, size):
    from audit.witnessing.submissions import Submission

    connection = http.client.HTTPConnection(address, timeout=5)
    while size < 199:
        note, proof = log.note(size + 1), log.proof(size, size + 1)
        body = Submission(size, proof, note).to_bytes()
        try:
            status, _ = call(connection, "POST", "/add-checkpoint", body)
        except (OSError, http.client.HTTPException):
            return size
        assert status == 200
        size += 1
    return size


def test_state_needs_its_file_of_logs(tmp_path):
    with pytest.raises(WitnessStateInvalid, match="no file"):
        WitnessFiles(tmp_path).read_logs()
