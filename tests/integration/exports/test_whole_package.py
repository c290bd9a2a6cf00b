"""One package of a log to which everything has happened, checked by others' programs.

Two shards and a key that changed; tokens of a time-stamp authority and cosignatures of
two of our witnesses, as their servers give them; an answer that was erased, and a block
that was pruned. It is checked by the verifier inside it alone and by `openssl ts`.
"""

import json
import subprocess
import threading
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from threading import Event
from zipfile import ZipFile

import pytest

from audit import shards
from audit.anchoring.configuration import Plan
from audit.anchoring.rounds import Rounds
from audit.anchoring.timestamps import Authority
from audit.cosignatures import Cosigner
from audit.custody import authorizations, erasure, retention
from audit.custody.erasure import ErasureState, ReasonClass
from audit.custody.scopes import Scope, ScopeKind
from audit.exports.records import State
from audit.models import Entry
from audit.notes import Signer
from audit.outbound import Bounds
from audit.witnessing.policy import Policy
from audit.witnessing.server import ServerLimits, WitnessServer
from audit.witnessing.state import WitnessFiles
from audit.witnessing.witness import Witness
from tests.integration.anchoring.authority import Certificates, LocalAuthority
from tests.integration.audit.conftest import ADA, ORIGIN
from tests.integration.audit.test_changes import open_shard, rotate
from tests.integration.audit.test_retention import BLOCK, approved, old_log, prune
from tests.integration.exports.conftest import BOB

__all__ = ["old_log"]
pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "keys"])

LIMITS = ServerLimits(connections=4, silence_seconds=5.0, request_seconds=5.0)


@contextmanager
def witness(folder, name, vkeys):
    """A witness of ours over a directory of its own; its key and its address."""
    files = WitnessFiles(folder)
    files.create_key(f"witness.example/{name}")
    files.logs_path.write_text("".join(f"{vkey}\n" for vkey in vkeys))
    at_work = Witness(files, logs=files.read_logs(), now=lambda: datetime.now(UTC))
    server = WitnessServer(("127.0.0.1", 0), at_work, limits=LIMITS)
    stop = Event()
    thread = threading.Thread(target=server.run, args=(stop,))
    thread.start()
    try:
        yield files.read_key().verifier.vkey, server.url
    finally:
        stop.set()
        thread.join()


def policy_text(vkeys, witnesses, *, quorum="all"):
    lines = [f"log {vkey}" for vkey in vkeys]
    lines += [f"witness {name} {vkey} {url}" for name, (vkey, url) in witnesses.items()]
    lines += [f"group quorum-of {quorum} {' '.join(witnesses)}", "quorum quorum-of"]
    return "".join(f"{line}\n" for line in lines)


@pytest.fixture
def certificates(tmp_path):
    return Certificates(tmp_path / "certificates")


@pytest.fixture
def whole(old_log, office, tmp_path, certificates):
    """The log as the module says it, with the policy under which it was cosigned."""
    first_key = old_log.vkey
    rotate(old_log)
    old_log.fill(1)
    second_key = old_log.vkey
    kept, erased = office.answer(), office.answer()
    old_log.sign()
    prune(old_log, approved(old_log))
    old_log.sign()
    opening = open_shard(old_log)
    erase(office, erased)
    later = office.answer()
    old_log.sign()
    with ExitStack() as running:
        vkeys = [second_key, old_log.vkey]
        witnesses = {
            name: running.enter_context(witness(tmp_path / name, name, vkeys))
            for name in ("w1", "w2")
        }
        authority = running.enter_context(
            LocalAuthority(tmp_path / "tsa", certificates)
        )
        policy = tmp_path / "policy"
        policy.write_text(policy_text(vkeys, witnesses))
        plan = Plan(
            Policy.read(policy),
            b"p" * 32,
            Authority(authority.url, (certificates.root,)),
        )
        rounds = Rounds(plan, seconds=60.0, stop=Event(), bounds=Bounds(seconds=9.0))
        rounds.run_once(at=datetime.now(UTC))
        rounds.close()
    office.workshop = replace(
        office.workshop, vkey=first_key, policy=policy.read_text()
    )
    return {
        "first_key": first_key,
        "policy": policy,
        "witnesses": witnesses,
        "vkeys": vkeys,
        "opening": opening,
        "answers": {"kept": kept, "erased": erased, "later": later},
    }


def question_of(answer):
    rows = Entry.objects.filter(type="query.received", index__gte=BLOCK)
    return next(one for one in rows if answer.encode() in bytes(one.body))


def erase(office, answer):
    office.log.sequence()
    asked = erasure.request(
        Scope(ScopeKind.QUESTION, question_of(answer).entry_id),
        reason_class=ReasonClass.SUBJECT_REQUEST,
        reason="Letter of the 5th",
        by=ADA,
        at=office.log.tick(),
    )
    authorizations.approve(asked.id, by=BOB, at=office.log.tick())
    done = erasure.execute(asked.id, by=BOB, at=office.log.tick())
    assert done.state is ErasureState.DONE


def verify(file, vkey, *arguments):
    """By the verifier in the package, with no path of this project and no database."""
    program = file.parent / "verifier.pyz"
    program.write_bytes(ZipFile(file).read("verifier.pyz"))
    command = ["python3", "-I", program, "export", file, "--vkey", vkey, *arguments]
    return subprocess.run(command, check=False, capture_output=True, text=True, cwd="/")


def test_package_of_a_log_to_which_everything_happened_is_checked_by_others(
    office, whole, certificates, tmp_path
):
    end = Entry.objects.latest("index").index
    built = office.build("entries", "disclosed", first="0", last=str(end))
    assert (built.state, built.failure_code) == (State.BUILT, "")
    file = office.file(built)
    manifest = json.loads(ZipFile(file).read("manifest.json"))

    # Everything is in it: both shards, what is left of the pruned one, the erased one.
    members = {one["index"]: one for one in manifest["entries"]}
    assert sorted(members) == list(range(BLOCK, end + 1))
    assert retention.pruned_blocks() == [(0, BLOCK)]
    second = whole["opening"].first_index
    assert {one["shard"] for index, one in members.items() if index < second} == {1}
    assert {one["shard"] for index, one in members.items() if index >= second} == {2}
    assert len(shards.shards()) == 2
    shown = {
        name: "disclosed" in members[question_of(answer).index]
        for name, answer in whole["answers"].items()
    }
    assert shown == {"kept": True, "erased": False, "later": True}
    assert len(manifest["checkpoints"]) == len(manifest["timestamps"]) == 2

    check_by_the_verifier_inside(file, built, whole, tmp_path)
    check_tokens_by_openssl(file, manifest, certificates, tmp_path)


def check_by_the_verifier_inside(file, built, whole, tmp_path):
    """From the very first key alone, with the policy and the manifest's hash."""
    sealed = ("--manifest-sha256", built.manifest_sha256)
    with_policy = ("--policy", str(whole["policy"]))
    checked = verify(file, whole["first_key"], *sealed, *with_policy)
    assert checked.returncode == 0, checked.stdout + checked.stderr
    stranger = Cosigner.generate("witness.example/stranger").verifier.vkey
    third = whole["witnesses"] | {"w3": (stranger, "")}
    other = tmp_path / "other-policy"
    other.write_text(policy_text(whole["vkeys"], third))
    refused = verify(file, whole["first_key"], "--policy", str(other))
    assert refused.returncode == 1, refused.stdout + refused.stderr
    strange = Signer.generate(ORIGIN).verifier.vkey
    unknown = verify(file, strange)
    assert unknown.returncode == 1, unknown.stdout + unknown.stderr


def check_tokens_by_openssl(file, manifest, certificates, tmp_path):
    with ZipFile(file) as archive:
        archive.extractall(tmp_path / "unpacked")
    root = tmp_path / "unpacked"
    for number, one in enumerate(manifest["timestamps"]):
        other = manifest["timestamps"][number - 1]["over"]
        for over, holds in ((one["over"], True), (other, False)):
            done = subprocess.run(
                [
                    *("openssl", "ts", "-verify", "-token_in"),
                    *("-in", root / one["token"], "-data", root / over),
                    *("-CAfile", certificates.root_path),
                ],
                check=False,
                capture_output=True,
            )
            assert (done.returncode == 0) is holds, done.stderr
