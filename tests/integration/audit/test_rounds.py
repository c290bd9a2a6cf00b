"""The anchoring process: what a round stores, and whom it waits for."""

import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event
from urllib.parse import quote

import pytest
from django.core.management import CommandError, call_command
from django.db import OperationalError, connection, connections

from audit import checkpoints, vouching
from audit.anchoring import rounds, timestamps
from audit.anchoring.configuration import Plan, plan
from audit.anchoring.crew import Crew
from audit.anchoring.folder import Folder
from audit.anchoring.rounds import Rounds
from audit.anchoring.timestamps import Authority
from audit.cosignatures import cosignatures_of
from audit.models import (
    Anchor,
    Checkpoint,
    Cosignature,
    QuorumMet,
    Timestamp,
    VoucherHealth,
)
from audit.notes import CheckpointText, Signer
from audit.outbound import Bounds
from audit.witnessing import cosignatures
from audit.witnessing.policy import Policy
from tests.conftest import REPOSITORY, ROLE_PASSWORD
from tests.factories.vouching import make_voucher_health
from tests.integration.anchoring.authority import (
    Certificates,
    LocalAuthority,
)
from tests.integration.anchoring.authority import (
    Mode as AuthorityMode,
)
from tests.integration.audit.test_changes import rotate
from tests.integration.witnessing.fake_witness import FakeWitness, Mode
from tests.logs import SmallLog

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "keys"])

BOUNDS = Bounds(seconds=3.0)


@dataclass
class World:
    """A ledger, two witnesses of which both must cosign, an authority, a folder."""

    log: object
    a: FakeWitness
    b: FakeWitness
    authority: LocalAuthority
    folder: Path
    policy_file: Path
    seconds: float = 60.0

    def plan(self) -> Plan:
        return Plan(
            Policy.read(self.policy_file),
            b"p" * 32,
            Authority(self.authority.url, (self.authority.certificates.root,)),
            (Folder(self.folder),),
        )

    def rounds(self) -> Rounds:
        return Rounds(self.plan(), seconds=self.seconds, stop=Event(), bounds=BOUNDS)

    def now(self):
        """The authority tells its own time, so this clock must be near it."""
        return datetime.now(UTC)

    def health(self, kind):
        (found,) = [each for each in vouching.state().health if each.kind == kind]
        return found


@pytest.fixture(scope="module")
def certificates(tmp_path_factory):
    return Certificates(tmp_path_factory.mktemp("certificates"))


@pytest.fixture
def world(log, tmp_path, certificates):
    (tmp_path / "anchors").mkdir()
    with (
        FakeWitness() as a,
        FakeWitness() as b,
        LocalAuthority(tmp_path / "tsa", certificates) as authority,
    ):
        policy = tmp_path / "policy"
        policy.write_text(
            f"log {log.vkey}\n"
            f"witness A {a.cosigner.verifier.vkey} {a.url}\n"
            f"witness B {b.cosigner.verifier.vkey} {b.url}\n"
            "group both all A B\nquorum both\n"
        )
        yield World(log, a, b, authority, tmp_path / "anchors", policy)


def counts():
    models = (Cosignature, QuorumMet, Timestamp, Anchor)
    return tuple(model.objects.count() for model in models)


def test_round_gathers_all_that_vouches_for_the_newest_checkpoint(world):
    world.log.fill(5)
    world.rounds().run_once(at=world.now())
    assert counts() == (2, 1, 1, 1)
    found = vouching.for_checkpoint(1, 5)
    note = checkpoints.latest().note
    roots = [world.authority.certificates.root]
    assert timestamps.verify_token(found.timestamps[0].token, note, roots=roots)
    anchored = (world.folder / found.anchors[0].locator).read_text()
    assert anchored == cosignatures.cosigned_note(1, 5)
    assert Policy.read(world.policy_file).is_met(anchored)
    token = world.folder / found.anchors[0].locator.replace(".note", ".tst")
    assert token.read_bytes() == found.timestamps[0].token
    assert openssl_verifies(world, token)
    state = vouching.state()
    assert {state.quorum.size, state.timestamp.size, state.anchor.size} == {5}
    assert not any(each.failing_since for each in state.health)


def openssl_verifies(world, token):
    """As audit/README.md tells an auditor to do it."""
    cut = subprocess.run(
        ["sed", "/^$/{n;q;}", token.with_suffix(".note")],
        capture_output=True, check=True,
    )  # fmt: skip
    message = world.folder.parent / "note"
    message.write_bytes(cut.stdout)
    roots = world.authority.certificates.root_path
    command = ["openssl", "ts", "-verify", "-token_in", "-in", token]
    command += ["-data", message, "-CAfile", roots]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def test_round_asks_nobody_when_the_log_has_not_grown(world):
    world.log.fill(5)
    at_work = world.rounds()
    for _ in range(3):
        at_work.run_once(at=world.now())
    assert counts() == (2, 1, 1, 1)
    assert len(world.a.submissions) == len(world.authority.queries) == 1
    world.log.fill(2)
    at_work.run_once(at=world.now())
    assert counts() == (4, 2, 2, 2)
    assert [each.old_size for each in world.a.submissions] == [0, 5]


def test_log_without_a_checkpoint_is_nothing_to_do(world):
    world.log.append()
    world.rounds().run_once(at=world.now())
    assert counts() == (0, 0, 0, 0)


@pytest.mark.parametrize("mode", [Mode.SLOW, Mode.TRICKLE, Mode.BROKEN, Mode.RUBBISH])
def test_witness_that_fails_holds_up_nobody(world, mode):
    world.log.fill(5)
    world.b.mode = mode
    began = time.monotonic()
    world.rounds().run_once(at=world.now())
    assert time.monotonic() - began < 15
    assert counts() == (1, 0, 1, 1)
    codes = {each.name: each.failure_code for each in vouching.state().health}
    assert codes["policy quorum, shard 1"] == "quorum_not_met"
    assert codes["witness B, shard 1"] in {"voucher_unreachable", "cosignature_invalid"}
    assert codes["witness A, shard 1"] == ""


def test_failing_voucher_rests_longer_each_time_and_comes_back(world):
    world.log.fill(5)
    world.b.mode = Mode.BROKEN
    at, at_work, asked = world.now(), world.rounds(), []
    for minute in range(16):
        at_work.run_once(at=at + timedelta(minutes=minute))
        asked.append(len(world.b.submissions))
    assert [minute for minute in range(1, 16) if asked[minute] > asked[minute - 1]] == [
        1, 3, 7, 15,
    ]  # fmt: skip
    (found,) = [e for e in vouching.state().health if e.name == "witness B, shard 1"]
    assert found.failing_since == at
    assert found.failed_at == at + timedelta(minutes=15)
    world.b.mode = Mode.OK
    at_work.run_once(at=at + timedelta(minutes=31))
    (found,) = [e for e in vouching.state().health if e.name == "witness B, shard 1"]
    assert (found.failing_since, found.failure_code) == (None, "voucher_unreachable")
    assert vouching.state().quorum.size == 5


def test_answer_that_comes_after_its_round_is_kept_by_a_later_one(world):
    world.log.fill(5)
    world.b.mode, world.b.delay = Mode.SLOW, 1.0
    patient = Bounds(seconds=5.0)
    crew = Crew(1, rest_seconds=60, stop=Event())
    newest, witness = checkpoints.latest(), world.plan().witnesses[1]
    slow = Rounds(world.plan(), seconds=60, stop=Event(), bounds=patient)._cosigning(
        witness, newest, world.now()
    )
    crew.run([slow], at=world.now(), seconds=0.1)
    assert Cosignature.objects.count() == 0
    crew.run([slow], at=world.now(), seconds=5)
    assert Cosignature.objects.count() == 1
    assert len(world.b.submissions) == 1


def test_refused_time_stamp_leaves_the_anchor_without_one(world):
    world.log.fill(5)
    world.authority.mode = AuthorityMode.OTHER_NONCE
    world.rounds().run_once(at=world.now())
    assert counts() == (2, 1, 0, 1)
    assert world.health("timestamp").failure_code == "timestamp_invalid"
    assert not list(world.folder.glob("*.tst"))


def test_witness_that_saw_another_log_is_an_alarm(world, caplog):
    world.log.fill(5)
    world.b.mode = Mode.INCONSISTENT
    world.rounds().run_once(at=world.now())
    codes = {each.name: each.failure_code for each in vouching.state().health}
    assert codes["witness B, shard 1"] == "witness_contradicts"
    assert "The log is contradicted" in caplog.messages


def test_anchor_that_holds_another_checkpoint_is_an_alarm(world, caplog):
    world.log.fill(5)
    other = SmallLog().note(5)
    (world.folder / "0001-00000000000000000005.note").write_text(other)
    world.rounds().run_once(at=world.now())
    assert counts() == (2, 1, 1, 0)
    assert world.health("anchor").failure_code == "anchor_contradicts"
    assert "The log is contradicted" in caplog.messages


def test_policy_of_another_log_is_never_met(world):
    world.log.fill(5)
    text = world.policy_file.read_text()
    world.policy_file.write_text(text.replace(world.log.vkey, SmallLog().vkey))
    world.rounds().run_once(at=world.now())
    assert counts() == (2, 0, 1, 1)
    assert world.health("policy").failure_code == "note_invalid"


def test_health_of_who_is_asked_no_more_is_dropped(world):
    make_voucher_health("witness Z, shard 1", failing_since=world.now())
    make_voucher_health("witness A, shard 1", failing_since=world.now())
    world.rounds().run_once(at=world.now())
    names = set(VoucherHealth.objects.values_list("name", flat=True))
    assert names == {"witness A, shard 1"}


def test_closed_shard_is_vouched_for_beside_the_open_one(world):
    """The last checkpoint of a shard is worth as much when another one is open."""
    world.log.fill(5)
    second = SmallLog("clinrag.test/ledger/2")
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO audit_shard (number, origin, vkey, hash, first_index,"
            " opened_at, predecessor_note) VALUES (2, %s, '', 'sha-256', 5, now(), '')",
            [second.origin],
        )
    said = CheckpointText.from_text(second.text(1))
    checkpoints.record(said, second.note(1), at=world.now(), shard=2)
    world.rounds().run_once(at=world.now())
    assert sorted(Cosignature.objects.values_list("shard", "size")) == [
        (1, 5), (1, 5), (2, 1), (2, 1),
    ]  # fmt: skip
    assert Anchor.objects.count() == 2


def test_database_that_is_away_ends_no_process(world, monkeypatch):
    world.log.fill(5)
    at_work = world.rounds()

    def away():
        raise OperationalError

    with monkeypatch.context() as patch:
        patch.setattr(rounds, "_newest", away)
        assert rounds._tick(at_work, at=world.now()) is False
    assert rounds._tick(at_work, at=world.now()) is True
    assert counts() == (2, 1, 1, 1)


def test_cosignature_comes_from_the_witness_the_policy_names(world):
    world.log.fill(5)
    world.b.mode = Mode.OTHER_KEY
    world.rounds().run_once(at=world.now())
    note = cosignatures.cosigned_note(1, 5)
    keys = [world.a.cosigner.verifier, world.b.cosigner.verifier]
    assert [each.witness for each in cosignatures_of(note, keys)] == keys[:1]


# -- settings and processes


@pytest.fixture
def configured(world, settings):
    settings.CLINRAG_WITNESS_POLICY = str(world.policy_file)
    settings.CLINRAG_TIMESTAMP_URL = world.authority.url
    settings.CLINRAG_TIMESTAMP_ROOTS = str(world.authority.certificates.root_path)
    settings.CLINRAG_ANCHOR_FOLDER = str(world.folder)
    return world


def test_plan_is_read_from_the_settings(configured):
    found = plan()
    assert [witness.name for witness in found.witnesses] == ["A", "B"]
    assert found.authority.roots == (configured.authority.certificates.root,)
    assert [place.name for place in found.places] == [f"folder {configured.folder}"]


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("CLINRAG_WITNESS_POLICY", "/absent", "policy"),
        ("CLINRAG_OWN_WITNESSES", ["rubbish"], "policy"),
        ("CLINRAG_TIMESTAMP_ROOTS", "", "without its roots"),
        ("CLINRAG_TIMESTAMP_ROOTS", "/absent", "root certificates"),
        ("CLINRAG_TIMESTAMP_POLICY", "rubbish", "policy of the authority"),
    ],
)
def test_settings_that_do_not_fit_together_stop_the_command(
    configured, settings, name, value, said
):
    setattr(settings, name, value)
    with pytest.raises(CommandError, match=said):
        call_command("run_anchoring")


def test_nothing_to_do_is_said_at_once(db):
    with pytest.raises(CommandError, match="CLINRAG_WITNESS_POLICY"):
        call_command("run_anchoring")


def test_verify_anchors_ends_with_one_when_an_anchor_contradicts(configured, capsys):
    log = configured.log
    log.fill(5)
    configured.rounds().run_once(at=configured.now())
    call_command("verify_anchors", vkey=[log.vkey])
    assert "1 anchors compared" in capsys.readouterr().out
    signer = log.files.read_key()
    forged = signer.sign(CheckpointText(signer.verifier.name, 5, bytes(32)).to_text())
    path = configured.folder / "0001-00000000000000000005.note"
    path.unlink()
    path.write_text(forged)
    with pytest.raises(SystemExit) as ended:
        call_command("verify_anchors", vkey=[log.vkey])
    assert ended.value.code == 1
    assert "CONTRADICTION (checkpoint) at shard 1, size 5" in capsys.readouterr().out


def test_process_vouches_with_its_own_role_and_outlives_its_connections(
    configured, postgres
):
    process = start_anchoring(configured, postgres)
    try:
        configured.log.fill(5)
        wait_until(lambda: counts() == (2, 1, 1, 1), process)
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE usename = 'clinrag_anchor'"
            )
            assert cursor.rowcount >= 1
        configured.log.fill(3)
        wait_until(lambda: counts() == (4, 2, 2, 2), process)
        process.send_signal(signal.SIGTERM)
        assert process.wait(15) == 0
    finally:
        process.kill()
        process.communicate()


def wait_until(is_so, process):
    end = time.monotonic() + 40
    while not is_so():
        assert time.monotonic() < end
        assert process.poll() is None, process.stderr.read()
        time.sleep(0.1)


def start_anchoring(world, postgres):
    name = connections["default"].settings_dict["NAME"]
    host = quote(str(postgres.sockets))
    base = f"postgresql://clinrag_anchor:{ROLE_PASSWORD}@/{name}?host={host}"
    root = world.authority.certificates.root_path
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "clinrag.settings",
        "DATABASE_URL": base,
        "CLINRAG_WITNESS_POLICY": str(world.policy_file),
        "CLINRAG_TIMESTAMP_URL": world.authority.url,
        "CLINRAG_TIMESTAMP_ROOTS": str(root),
        "CLINRAG_ANCHOR_FOLDER": str(world.folder),
        "CLINRAG_ANCHORING_SECONDS": "0.2",
    }
    return subprocess.Popen(
        [sys.executable, "manage.py", "run_anchoring"],
        cwd=REPOSITORY, env=environment, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


@pytest.mark.parametrize("given", ["first", "last"])
def test_verify_anchors_follows_the_changes_of_a_key(configured, capsys, given):
    log = configured.log
    keys = {"first": log.vkey}
    log.fill(5)
    configured.rounds().run_once(at=configured.now())
    keys["last"] = rotate(log).vkey
    log.sign()
    log.fill(2)
    log.sign()
    for row in Checkpoint.objects.filter(size__gt=5):
        name = f"0001-{row.size:020d}.note"
        (configured.folder / name).write_text(row.note, encoding="utf-8")
    anchors = len(list(configured.folder.glob("*.note")))
    assert anchors > 2
    call_command("verify_anchors", vkey=[keys[given]])
    assert f"{anchors} anchors compared" in capsys.readouterr().out
    stranger = Signer.generate(log.files.read_key().verifier.name).verifier.vkey
    with pytest.raises(SystemExit):
        call_command("verify_anchors", vkey=[stranger])
    assert "0 anchors compared" in capsys.readouterr().out
