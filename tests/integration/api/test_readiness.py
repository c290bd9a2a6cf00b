"""`/readyz` answers when the checks behind it do not."""

import asyncio
import json

from clinrag.api.readiness import LATE, ReadyInTime

READYZ = {"type": "http", "path": "/readyz"}


class Checks:
    """An application that answers once `thaw` is set, and counts who asked."""

    def __init__(self):
        self.thaw = asyncio.Event()
        self.asked = 0

    async def __call__(self, scope, receive, send):
        self.asked += 1
        await self.thaw.wait()
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": scope["path"].encode()})


async def get(app, scope):
    said = []

    async def send(message):
        said.append(message)

    await app(scope, None, send)
    return said


def test_readyz_passes_the_checks_on_when_they_answer():
    async def probe():
        checks = Checks()
        checks.thaw.set()
        return await get(ReadyInTime(checks, seconds=5), READYZ)

    start, body = asyncio.run(probe())

    assert (start["status"], body["body"]) == (200, b"/readyz")


def test_readyz_says_not_ready_when_a_check_hangs_and_asks_it_once():
    async def probe():
        checks = Checks()
        app = ReadyInTime(checks, seconds=0.05)
        return [await get(app, READYZ) for _ in range(3)], checks.asked

    replies, asked = asyncio.run(probe())

    assert replies == [list(LATE)] * 3
    assert asked == 1
    assert json.loads(LATE[1]["body"])["status"] == "not_ready"


def test_readyz_recovers_when_the_check_comes_back():
    async def probe():
        checks = Checks()
        app = ReadyInTime(checks, seconds=0.05)
        late = await get(app, READYZ)
        checks.thaw.set()
        return late, await get(app, READYZ)

    late, (start, _) = asyncio.run(probe())

    assert late == list(LATE)
    assert start["status"] == 200


def test_other_paths_wait_as_long_as_they_take():
    async def ask():
        checks = Checks()
        app = ReadyInTime(checks, seconds=0.01)
        asyncio.get_running_loop().call_later(0.1, checks.thaw.set)
        return await get(app, {"type": "http", "path": "/api/v1/answers"})

    start, _ = asyncio.run(ask())

    assert start["status"] == 200
