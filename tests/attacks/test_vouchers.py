"""Those outside who vouch for the log, when they lie, stall, forget or are lied to."""

import time
from datetime import UTC, datetime

import pytest

from audit.anchoring import timestamps
from audit.anchoring.errors import TimestampInvalid
from audit.anchoring.timestamps import Authority
from audit.errors import VoucherUnreachable
from audit.outbound import Bounds
from audit.witnessing import client
from audit.witnessing.errors import (
    CosignatureInvalid,
    WitnessContradicts,
    WitnessRefused,
)
from audit.witnessing.submissions import Submission
from tests.integration.anchoring.authority import Certificates, LocalAuthority
from tests.integration.anchoring.authority import Mode as Tsa
from tests.integration.witnessing.conftest import World
from tests.integration.witnessing.conftest import world as _world
from tests.integration.witnessing.fake_witness import FakeWitness, Mode
from tests.logs import SmallLog

BOUNDS = Bounds(seconds=0.6, reply_bytes=4096)
REFUSALS = (
    CosignatureInvalid,
    VoucherUnreachable,
    WitnessContradicts,
    WitnessRefused,
)
world = _world


def ask(fake, log, size, *, known=0):
    return client.ask(
        fake.witness, log.note(size), known_size=known, prove=log.proof,
        at=datetime.now(UTC), bounds=BOUNDS,
    )  # fmt: skip


@pytest.mark.parametrize(
    "mode", [mode for mode in Mode if mode not in {Mode.OK, Mode.FORGETFUL}]
)
def test_lying_or_slow_witness_gives_no_cosignature_and_costs_a_bounded_time(mode):
    log = SmallLog()
    with FakeWitness() as fake:
        assert ask(fake, log, 3).witness == fake.cosigner.verifier
        fake.mode = mode
        began = time.monotonic()
        with pytest.raises(REFUSALS):
            ask(fake, log, 5, known=3)
        assert time.monotonic() - began < 5
        fake.mode = Mode.OK
        assert ask(fake, log, 5, known=3).witness == fake.cosigner.verifier


def test_forgetful_witness_is_told_and_asked_again(caplog):
    """It cosigns; NOT caught by the client alone that it would cosign a fork as well."""
    log = SmallLog()
    with FakeWitness(mode=Mode.FORGETFUL) as fake:
        ask(fake, log, 3)
        assert ask(fake, log, 5, known=3).witness == fake.cosigner.verifier
        assert "A witness has forgotten" in caplog.text
        assert ask(fake, log.forked(), 5).witness == fake.cosigner.verifier


def test_our_witness_whose_memory_was_taken_cosigns_a_fork(world: World):
    """Stated plainly: a witness is its memory. With it, a fork is refused."""
    assert world.add(0, 5).status == 200
    fork = world.log.forked()
    body = Submission(5, fork.proof(5, 9), fork.note(9)).to_bytes()
    assert world.open().add_checkpoint(body).status == 422
    world.files.latest_path(world.log.origin).unlink()
    assert world.add(0, 9, log=fork).status == 200


def test_token_for_another_message_is_refused(tmp_path):
    certificates = Certificates(tmp_path / "certificates")
    roots = [certificates.root]
    log = SmallLog()
    with LocalAuthority(tmp_path / "tsa", certificates) as local:
        authority = Authority(local.url, (certificates.root,), None)
        token = timestamps.request_token(
            authority, log.note(5), at=datetime.now(UTC), bounds=BOUNDS
        )
        assert timestamps.verify_token(token.der, log.note(5), roots=roots)
        for note in (log.note(6), log.forked().note(5), log.note(5) + "\n"):
            with pytest.raises(TimestampInvalid):
                timestamps.verify_token(token.der, note, roots=roots)
        local.mode = Tsa.OTHER_MESSAGE
        with pytest.raises(TimestampInvalid):
            timestamps.request_token(
                authority, log.note(6), at=datetime.now(UTC), bounds=BOUNDS
            )
