import time
from datetime import UTC, datetime

import pytest

from audit.cosignatures import cosignatures_of
from audit.errors import VoucherUnreachable
from audit.outbound import Bounds
from audit.witnessing import client
from audit.witnessing.errors import (
    CosignatureInvalid,
    WitnessContradicts,
    WitnessRefused,
)
from audit.witnessing.policy import Witness
from tests.integration.witnessing.fake_witness import FakeWitness, Mode
from tests.logs import SmallLog

BOUNDS = Bounds(seconds=1.0, reply_bytes=4096)


def ask(witness, log, size, *, known=0):
    return client.ask(
        witness,
        log.note(size),
        known_size=known,
        prove=log.proof,
        at=datetime.now(UTC),
        bounds=BOUNDS,
    )


def test_cosignature_is_brought_back(world, known):
    found = ask(known, world.log, 5)
    assert found.witness == known.key
    assert cosignatures_of(world.log.note(5) + found.line, [known.key]) == (found,)
    assert ask(known, world.log, 9, known=5).witness == known.key
    assert ask(known, world.log, 9, known=9).witness == known.key


@pytest.mark.parametrize("believed", [0, 2, 5, 8, 9])
def test_size_of_the_witness_is_adopted(world, known, believed):
    ask(known, world.log, 5)
    assert ask(known, world.log, 9, known=believed).witness == known.key


def test_fork_and_smaller_log_are_told_from_failures(world, known):
    ask(known, world.log, 9)
    for size in (5, 9, 12):
        with pytest.raises(WitnessContradicts):
            ask(known, world.log.forked(), size)
    with pytest.raises(WitnessRefused, match="404"):
        ask(known, SmallLog("log.example/two"), 5)
    with pytest.raises(WitnessRefused, match="403"):
        ask(known, SmallLog(world.log.origin), 12)
    assert ask(known, world.log, 12).witness == known.key


def test_witness_that_forgets_is_asked_again_from_its_size(caplog):
    with FakeWitness() as fake:
        log = SmallLog()
        ask(fake.witness, log, 5)
        fake.mode = Mode.FORGETFUL
        assert ask(fake.witness, log, 9, known=5).witness == fake.cosigner.verifier
    assert [each.old_size for each in fake.submissions] == [0, 5, 0]
    assert "A witness has forgotten" in caplog.messages


LIES = {
    Mode.CONFLICT: WitnessRefused,
    Mode.AHEAD: WitnessContradicts,
    Mode.CONFLICT_PLAIN: WitnessRefused,
    Mode.CONFLICT_RUBBISH: WitnessRefused,
    Mode.OTHER_ROOT: WitnessContradicts,
    Mode.OTHER_ROOT_BARE: WitnessContradicts,
    Mode.INCONSISTENT: WitnessContradicts,
    Mode.UNKNOWN: WitnessRefused,
    Mode.FORBIDDEN: WitnessRefused,
    Mode.BROKEN: VoucherUnreachable,
    Mode.SLOW: VoucherUnreachable,
    Mode.TRICKLE: VoucherUnreachable,
    Mode.HUGE: VoucherUnreachable,
    Mode.ZIPPED: CosignatureInvalid,
    Mode.REDIRECT: VoucherUnreachable,
    Mode.RUBBISH: CosignatureInvalid,
    Mode.BINARY: CosignatureInvalid,
    Mode.NOTHING: CosignatureInvalid,
    Mode.OTHER_KEY: CosignatureInvalid,
    Mode.OTHER_SIZE: CosignatureInvalid,
    Mode.MORE_TEXT: CosignatureInvalid,
    Mode.EARLY: CosignatureInvalid,
    Mode.ZERO: CosignatureInvalid,
    Mode.HANGS_UP: VoucherUnreachable,
}


@pytest.mark.parametrize("mode", LIES)
def test_misbehaving_witness_costs_two_short_calls_at_most(mode):
    with FakeWitness() as fake:
        log = SmallLog()
        assert ask(fake.witness, log, 5)
        fake.mode, fake.submissions = mode, []
        began = time.monotonic()
        with pytest.raises(LIES[mode]):
            ask(fake.witness, log, 9, known=5)
        assert time.monotonic() - began < 2 * BOUNDS.seconds + 1
        assert len(fake.submissions) <= 2


@pytest.mark.parametrize(
    "mode",
    [
        Mode.OTHER_ROOT,
        Mode.OTHER_ROOT_BARE,
        Mode.CONFLICT_PLAIN,
        Mode.CONFLICT_RUBBISH,
        Mode.INCONSISTENT,
    ],
)
def test_refusal_at_the_same_size_is_another_root_when_no_other_size_is_named(mode):
    """What tlog-witness 1.0.0 answers with 409, the text since July 2026 with 422."""
    with FakeWitness() as fake:
        log = SmallLog()
        assert ask(fake.witness, log, 9)
        fake.mode, fake.submissions = mode, []
        with pytest.raises(WitnessContradicts):
            ask(fake.witness, log, 9, known=9)
        assert len(fake.submissions) == 1


def test_conflict_at_the_same_size_is_no_alarm_when_another_size_is_named():
    with FakeWitness() as fake:
        log = SmallLog()
        assert ask(fake.witness, log, 5)
        assert ask(fake.witness, log, 9, known=9).witness == fake.cosigner.verifier
    assert [each.old_size for each in fake.submissions] == [0, 9, 5]


def test_every_misbehaviour_has_its_test():
    assert set(LIES) == set(Mode) - {Mode.OK, Mode.FORGETFUL}


@pytest.mark.parametrize(
    "url", [None, "ftp://w.example", "http://", "http://[", "x" * 9]
)
def test_address_of_no_use_is_unreachable(url):
    with FakeWitness() as fake, pytest.raises(VoucherUnreachable):
        ask(Witness("w", fake.cosigner.verifier, url), SmallLog(), 5)


def test_dead_witness_is_unreachable():
    with FakeWitness() as fake:
        dead = fake.witness
    with pytest.raises(VoucherUnreachable):
        ask(dead, SmallLog(), 5)


def test_proxy_of_the_environment_is_not_used(world, known, monkeypatch):
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert ask(known, world.log, 5).witness == known.key
