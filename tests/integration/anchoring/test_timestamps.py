import random
import subprocess
from datetime import UTC, datetime, timedelta

import pytest
from rfc3161_client import _rust

from audit.anchoring import timestamps
from audit.anchoring.errors import AnchoringMisconfigured, TimestampInvalid
from audit.anchoring.timestamps import Authority
from audit.errors import VoucherUnreachable
from audit.outbound import Bounds
from tests.integration.anchoring.authority import (
    NOW,
    OTHER_POLICY,
    POLICY,
    Certificates,
    LocalAuthority,
    Mode,
    openssl,
)
from tests.logs import SmallLog

LOG = SmallLog()
NOTE = LOG.note(5)
BOUNDS = Bounds(seconds=2.0)


@pytest.fixture(scope="module")
def certificates(tmp_path_factory):
    return Certificates(tmp_path_factory.mktemp("certificates"))


@pytest.fixture
def local(tmp_path, certificates):
    with LocalAuthority(tmp_path / "tsa", certificates) as authority:
        yield authority


def ask(local, *, roots=None, policy=None, at=None, note=NOTE):
    trusted = roots or local.certificates
    authority = Authority(local.url, (trusted.root,), policy)
    at = at or datetime.now(UTC)
    return timestamps.request_token(authority, note, at=at, bounds=BOUNDS)


def holds_for_openssl(folder, token, note, certificates) -> bool:
    (folder / "token").write_bytes(token)
    (folder / "note").write_text(note)
    command = [
        *("openssl", "ts", "-verify", "-token_in", "-in", folder / "token"),
        *("-data", folder / "note", "-CAfile", certificates.root_path),
    ]
    done = subprocess.run(list(map(str, command)), capture_output=True, check=False)
    return done.returncode == 0


def test_token_is_over_the_note_for_us_and_for_openssl(tmp_path, local, certificates):
    token = ask(local)
    assert abs(token.gen_time - datetime.now(UTC)) < timedelta(minutes=1)
    assert holds_for_openssl(tmp_path, token.der, NOTE, certificates)
    assert not holds_for_openssl(tmp_path, token.der, LOG.note(6), certificates)
    roots = [certificates.root]
    assert timestamps.verify_token(token.der, NOTE, roots=roots) == token.gen_time
    with pytest.raises(TimestampInvalid, match="between messages"):
        timestamps.verify_token(token.der, LOG.note(6), roots=roots)


def test_query_asks_for_nonce_and_certificate_and_policy(tmp_path, local):
    for policy in (None, POLICY, OTHER_POLICY):
        ask(local, policy=policy)
        path = tmp_path / "query"
        path.write_bytes(local.queries[-1])
        said = openssl("ts", "-query", "-in", path, "-text")
        assert "Hash Algorithm: sha256" in said
        assert f"Policy OID: {policy or 'unspecified'}" in said
        assert "Certificate required: yes" in said
        assert "Nonce: 0x" in said


def test_token_under_another_policy_is_refused(local):
    local.mode = Mode.OK
    assert ask(local, policy=OTHER_POLICY)
    # Asked for none, the authority takes its own.
    token = ask(local)
    authority = Authority("", (local.certificates.root,), OTHER_POLICY)
    granted = timestamps._GRANTED + token.der
    response = timestamps._decode(b"\x30" + timestamps._length(len(granted)) + granted)
    with pytest.raises(TimestampInvalid, match="Policy"):
        timestamps._verify(response, NOTE, authority=authority, nonce=None)


LIES = {
    Mode.OTHER_MESSAGE: (TimestampInvalid, "Nonce mismatch"),
    Mode.OTHER_NONCE: (TimestampInvalid, "Nonce mismatch"),
    Mode.NO_NONCE: (TimestampInvalid, "Nonce mismatch"),
    Mode.OTHER_HASH: (TimestampInvalid, "not over a SHA-256"),
    Mode.REJECTED: (TimestampInvalid, "not GRANTED"),
    Mode.RUBBISH: (TimestampInvalid, "not a response"),
    Mode.EMPTY: (TimestampInvalid, "not a response"),
    Mode.HUGE: (VoucherUnreachable, "too much"),
    Mode.SLOW: (VoucherUnreachable, "Timeout"),
    Mode.ERROR: (VoucherUnreachable, "500"),
}


@pytest.mark.parametrize("mode", LIES)
def test_lying_or_broken_authority_is_refused(local, mode):
    assert ask(local)
    error, reason = LIES[mode]
    local.mode = mode
    with pytest.raises(error, match=reason):
        ask(local)


def test_every_lie_has_its_test():
    assert set(LIES) == set(Mode) - {Mode.OK}


def test_token_for_another_message_with_our_nonce_is_refused(local, monkeypatch):
    """The authority signs another digest under the nonce it was sent."""
    reply = local.answer

    def swap(query: bytes) -> bytes:
        digest = timestamps.sha256(NOTE.encode()).digest()
        assert digest in query
        return reply(query.replace(digest, bytes(32)))

    monkeypatch.setattr(local, "answer", swap)
    with pytest.raises(TimestampInvalid, match="between messages"):
        ask(local)


def test_authority_below_another_root_is_refused(tmp_path, local):
    stranger = Certificates(tmp_path / "stranger")
    with pytest.raises(TimestampInvalid, match="certificate"):
        ask(local, roots=stranger)
    assert ask(local)


@pytest.mark.parametrize("days", [(-10, -1), (1, 10)])
def test_certificate_that_was_not_valid_is_refused(tmp_path, days):
    start, end = (NOW + timedelta(days=each) for each in days)
    wrong = Certificates(tmp_path / "wrong", valid_from=start, valid_to=end)
    with (
        LocalAuthority(tmp_path / "tsa", wrong) as authority,
        pytest.raises(TimestampInvalid, match="certificate"),
    ):
        ask(authority)


@pytest.mark.parametrize("hours", [-2, 2])
def test_time_far_from_ours_is_refused(local, hours):
    with pytest.raises(TimestampInvalid, match="clock"):
        ask(local, at=datetime.now(UTC) + timedelta(hours=hours))


def test_damaged_token_is_refused_and_crashes_nothing(local, certificates):
    token = ask(local).der
    chance = random.Random(5)
    refused = 0
    for _ in range(600):
        damaged = bytearray(token)
        for _ in range(chance.choice((1, 1, 4))):
            damaged[chance.randrange(len(damaged))] = chance.randrange(256)
        if chance.random() < 0.2:
            del damaged[chance.randrange(len(damaged)) :]
        try:
            timestamps.verify_token(bytes(damaged), NOTE, roots=[certificates.root])
        except TimestampInvalid:
            refused += 1
    # What no signature covers may change: certificates carried along, encodings.
    assert refused > 500


def test_long_policies_are_asked_for_in_proper_lengths():
    oid = "2.999." + ".".join(["1234567890"] * 9)
    query = timestamps.TimestampRequestBuilder().data(b"x").build()
    longer = _rust.parse_timestamp_request(
        timestamps._with_policy(query.as_bytes(), oid)
    )
    assert longer.policy.dotted_string == oid
    assert longer.nonce == query.nonce
    assert longer.message_imprint.message == query.message_imprint.message


def test_settings_that_are_no_certificates_or_policy_are_refused(
    tmp_path, certificates
):
    assert timestamps.read_roots(certificates.root_path) == (certificates.root,)
    (tmp_path / "rubbish").write_text("rubbish")
    for path in (tmp_path / "rubbish", tmp_path / "absent", tmp_path):
        with pytest.raises(AnchoringMisconfigured):
            timestamps.read_roots(path)
    timestamps.check_policy(OTHER_POLICY)
    with pytest.raises(AnchoringMisconfigured):
        timestamps.check_policy("policy")
