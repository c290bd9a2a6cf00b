"""Both wrappers keep the same promises; the transit one against a real socket."""

import logging
import time
import uuid

import pytest

from audit.errors import DeploymentKeyMissing, LedgerUnavailable, PayloadCorrupt
from audit.sealing import FileWrapper, TransitWrapper, Wrapped
from audit.sealing.wrappers import MovingWrapper
from tests.fake_transit import FakeTransit

KEY = b"k" * 32
KEY_ID, OTHER_ID = uuid.UUID(int=1), uuid.UUID(int=2)


@pytest.fixture
def engine():
    with FakeTransit() as running:
        yield running


@pytest.fixture
def transit(engine, tmp_path):
    token = tmp_path / "token"
    token.write_text(engine.token + "\n")
    token.chmod(0o600)
    return TransitWrapper(engine.url, "transit", "clinrag", token, 0.5)


@pytest.fixture(params=["file", "transit"])
def wrapper(request, transit):
    return transit if request.param == "transit" else FileWrapper((b"d" * 32,))


def test_wrapper_opens_what_it_wrapped_under_the_same_id_only(wrapper):
    wrapped = wrapper.wrap(KEY, key_id=KEY_ID)
    assert KEY not in wrapped.data
    assert wrapped.name == wrapper.newest_name()
    assert wrapper.unwrap(wrapped, key_id=KEY_ID) == KEY
    with pytest.raises(PayloadCorrupt):
        wrapper.unwrap(wrapped, key_id=OTHER_ID)


@pytest.mark.parametrize(
    "data", [b"", b"x", b"\xff", b"vault:v1:AAAA", b"a:b", b"a:b:c"]
)
def test_wrapper_refuses_what_it_did_not_wrap(wrapper, data):
    name = wrapper.wrap(KEY, key_id=KEY_ID).name
    with pytest.raises((PayloadCorrupt, DeploymentKeyMissing)):
        wrapper.unwrap(Wrapped(name, data), key_id=KEY_ID)


def test_wrapper_asks_for_the_key_when_the_name_is_not_its_own(wrapper):
    wrapped = Wrapped("unknown", wrapper.wrap(KEY, key_id=KEY_ID).data)
    with pytest.raises(DeploymentKeyMissing):
        wrapper.unwrap(wrapped, key_id=KEY_ID)


def test_transit_binds_the_id_even_when_its_key_is_not_derived(engine, transit):
    engine.is_derived = False
    wrapped = transit.wrap(KEY, key_id=KEY_ID)
    assert transit.unwrap(wrapped, key_id=KEY_ID) == KEY
    with pytest.raises(PayloadCorrupt):
        transit.unwrap(wrapped, key_id=OTHER_ID)


def test_transit_key_opens_after_a_rotation_until_the_engine_forbids_it(
    engine, transit
):
    wrapped = transit.wrap(KEY, key_id=KEY_ID)
    engine.rotate()
    assert transit.newest_name() != wrapped.name
    assert transit.unwrap(wrapped, key_id=KEY_ID) == KEY
    engine.oldest_version = 2
    with pytest.raises(DeploymentKeyMissing):
        transit.unwrap(wrapped, key_id=KEY_ID)


def sealed_up(engine, transit):
    engine.is_sealed = True


def token_revoked(engine, transit):
    engine.token = "another"


def key_gone(engine, transit):
    engine.key = "another"


def slow(engine, transit):
    engine.pause_seconds = 2.0


def rubbish(engine, transit):
    engine.raw_reply = (200, b"<html>clinrag s.secret-token</html>")


def no_data(engine, transit):
    engine.raw_reply = (200, b'{"data": null}')


def huge(engine, transit):
    engine.raw_reply = (200, b" " * 70_000)


def redirected(engine, transit):
    engine.raw_reply = (307, b"")


def stopped(engine, transit):
    engine._server.shutdown()
    engine._server.server_close()


def token_missing(engine, transit):
    transit.token_file.unlink()


def token_open_to_others(engine, transit):
    transit.token_file.chmod(0o644)


def token_empty(engine, transit):
    transit.token_file.write_text("\n")


FAULTS = [
    sealed_up, token_revoked, key_gone, slow, rubbish, no_data, huge, redirected,
    stopped, token_missing, token_open_to_others, token_empty,
]  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS)
def test_transit_fails_closed_and_shows_no_secret(engine, transit, caplog, fault):
    caplog.set_level(logging.DEBUG)
    wrapped = transit.wrap(KEY, key_id=KEY_ID)
    caplog.clear()
    fault(engine, transit)
    before = time.monotonic()
    with pytest.raises(LedgerUnavailable) as writing:
        transit.wrap(KEY, key_id=KEY_ID)
    with pytest.raises(DeploymentKeyMissing) as reading:
        transit.unwrap(wrapped, key_id=KEY_ID)
    assert time.monotonic() - before < 2.0
    told = str(writing.value) + str(reading.value) + caplog.text
    for secret in ("secret-token", wrapped.data.decode(), "a2tr", "not found"):
        assert secret not in told


def test_keys_of_the_file_still_open_after_the_move_to_an_engine(
    transit, tmp_path, settings
):
    from audit.management.commands.ledger_keys import create_deployment_key

    settings.CLINRAG_DEPLOYMENT_KEY_FILE = tmp_path / "deployment.key"
    from_file = create_deployment_key(settings.CLINRAG_DEPLOYMENT_KEY_FILE)
    old = from_file.wrap(KEY, key_id=KEY_ID)
    moving = MovingWrapper(transit, transit)
    new = moving.wrap(KEY, key_id=KEY_ID)
    assert new.name.startswith("transit:transit/clinrag:v1")
    for wrapped in (old, new):
        assert moving.unwrap(wrapped, key_id=KEY_ID) == KEY
