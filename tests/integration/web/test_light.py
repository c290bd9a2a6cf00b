"""The light's sentence: who vouches, since when, and what speaks against the log."""

from datetime import UTC, datetime, timedelta

import pytest

from audit.models import Alarm, Anchor, Cosignature, QuorumMet, Timestamp, VoucherHealth
from clinrag.web.integrity import light_of
from clinrag.web.vouchers import vouchers_of

pytestmark = pytest.mark.django_db

AT = datetime(2026, 11, 23, 12, tzinfo=UTC)
PLACE = {"shard": 1, "size": 9}


def vouched(minutes):
    at = AT - timedelta(minutes=minutes)
    QuorumMet.objects.create(**PLACE, policy_sha256=b"p", at=at)
    for name in ("lake.example", "hill.example"):
        Cosignature.objects.create(
            **PLACE, witness=name, key_hash=name.encode(), at=at, line="-"
        )
    Timestamp.objects.create(**PLACE, authority="tsa", token=b"t", gen_time=at)
    for place in ("folder", "bucket"):
        Anchor.objects.create(**PLACE, place=place, locator="9", at=at)


def failing(code, *, minutes):
    since = AT - timedelta(minutes=minutes)
    VoucherHealth.objects.create(
        name="witness lake, shard 1",
        kind="witness",
        failing_since=since,
        failed_at=since,
        failure_code=code,
    )


def test_sentence_names_witnesses_stamp_and_anchors_with_their_age():
    vouched(4)
    assert vouchers_of(at=AT).sentence == (
        "Witnessed by hill.example and lake.example, 4\xa0minutes ago;"
        " time-stamped 4\xa0minutes ago; anchored in 2 places, 4\xa0minutes ago."
    )


def test_sentence_says_that_nobody_vouches():
    assert "Nobody else vouches" in vouchers_of(at=AT).sentence


def test_witness_that_is_slow_for_a_moment_is_not_told():
    failing("voucher_unreachable", minutes=3)
    assert vouchers_of(at=AT).failing == ()


def test_witness_that_is_silent_for_long_is_named():
    failing("voucher_unreachable", minutes=40)
    (complaint,) = vouchers_of(at=AT).failing
    assert complaint.startswith("Witness lake: ")


def test_contradiction_turns_the_light_at_once():
    failing("witness_contradicts", minutes=0)
    assert light_of(at=AT).tone == "bad"


def test_alarm_comes_first():
    failing("witness_contradicts", minutes=0)
    Alarm.objects.create(
        kind="history_rewritten", detail="", tree_size=99, raised_at=AT
    )
    light = light_of(at=AT)
    assert (light.tone, light.title) == ("bad", "An alarm stands")
    assert light.alarms == (
        "The log is smaller than, or contradicts, what has been signed.",
    )
