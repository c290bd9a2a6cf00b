"""The fake answers as the real witness does, for all that it does answer."""

from datetime import UTC, datetime

import httpx
import pytest

from audit.cosignatures import cosignatures_of
from audit.witnessing import policy
from tests.integration.witnessing.fake_witness import FakeWitness, Mode

STEPS = [(0, 5), (5, 9), (0, 9), (3, 12), (9, 9), (9, 130), (129, 140)]


def answers(witness: policy.Witness, world) -> list[tuple[object, ...]]:
    return [answer(witness, world, old, new) for old, new in STEPS]


def answer(witness, world, old, new):
    body = world.submission(old, new)
    got = httpx.post(f"{witness.url}/add-checkpoint", content=body, trust_env=False)
    said = got.text
    if got.status_code == 200:
        (found,) = cosignatures_of(world.log.note(new) + said, [witness.key])
        assert abs((found.at - datetime.now(UTC)).total_seconds()) < 5
        said = said.count("\n")
    return got.status_code, got.headers["content-type"], said


def test_fake_behaves_as_the_real_witness(world, known):
    with FakeWitness() as fake:
        assert answers(fake.witness, world) == answers(known, world)


@pytest.mark.parametrize(
    ("mode", "old", "new", "forked"),
    [
        (Mode.INCONSISTENT, 5, 9, True),
        (Mode.INCONSISTENT, 5, 5, True),
        (Mode.UNKNOWN, 0, 9, False),
        (Mode.FORBIDDEN, 0, 9, False),
    ],
)
def test_fake_refuses_with_the_words_of_the_real_one(
    world, known, mode, old, new, forked
):
    world.add(0, 5)
    log = (
        world.log.forked()
        if forked
        else type(world.log)(
            world.log.origin if mode is Mode.FORBIDDEN else "log.example/two"
        )
    )
    body = world.submission(old, new, log=log)
    with FakeWitness(mode=mode) as fake:
        statuses = {
            httpx.post(
                f"{url}/add-checkpoint", content=body, trust_env=False
            ).status_code
            for url in (known.url, fake.url)
        }
    assert len(statuses) == 1
