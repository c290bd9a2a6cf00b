"""A part of the log is checked alone, and shown to be under a checkpoint."""

import io

import pytest
from django.core.management import CommandError, call_command

from audit import checkpoints
from audit.models import Entry, Tile
from audit.verification import Range
from tests.integration.audit.conftest import query_received
from tests.integration.audit.many import fill_inbox
from tests.integration.audit.test_verification import tamper
from tests.tampering import tampering

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "keys"])


@pytest.fixture
def long(log):
    """600 entries under two checkpoints, with sealed content at 300."""
    fill_inbox(300)
    log.sign()
    log.append(query_received(), question="sealed")
    fill_inbox(299)
    log.sign()
    return log


def found(log, first, end, **options):
    report = log.verify(only=Range(first, end), **options)
    return {(failure.layer, failure.index) for failure in report.failures}


@pytest.mark.parametrize(
    ("first", "end"), [(0, 1), (0, 600), (1, 599), (255, 257), (256, 512), (599, 600)]
)
def test_an_untouched_range_holds(long, first, end):
    report = long.verify(only=Range(first, end))
    assert report.ok
    assert (report.entries, report.only) == (end - first, Range(first, end))
    assert report.root == checkpoints.latest().root.hex()


def test_what_is_sealed_in_the_range_is_checked(long):
    tamper("DELETE FROM audit_payload")
    assert found(long, 290, 310) == {("payload", 300)}
    assert found(long, 301, 600) == set()


def test_a_forged_entry_is_named_by_ranges_that_hold_it(long):
    body = bytes(Entry.objects.get(index=400).body).replace(b"size", b"sise")
    tamper(
        "UPDATE audit_entry SET body = %s, leaf_hash = sha256('\\x00'::bytea || %s)"
        " WHERE index = 400",
        body, body,
    )  # fmt: skip
    assert ("checkpoint", 390) in found(long, 390, 410)
    assert ("tile", 256) in found(long, 256, 512)


def test_a_spoilt_tile_makes_the_range_unproved_and_not_wrongly_proved(long):
    tamper("UPDATE audit_tile SET hashes = set_byte(hashes, 0, 1)")
    assert found(long, 300, 310) == {("checkpoint", 300)}
    assert Tile.objects.count() == 2


def test_a_range_is_held_against_a_checkpoint_kept_elsewhere(long):
    first = checkpoints.latest().note
    assert found(long, 0, 600, held_checkpoint=first) == set()
    long.append()
    long.sign()
    assert found(long, 500, 601) == set()
    beyond = found(long, 500, 601, held_checkpoint=first)
    assert beyond == {("held checkpoint", 500)}


def test_a_missing_entry_in_the_range_is_named(long):
    tamper("DELETE FROM audit_entry WHERE index = 305")
    assert ("index", 305) in found(long, 300, 310)


def test_an_id_of_the_range_that_was_used_before_is_named(long):
    with tampering("audit_entry") as execute:
        execute(
            "UPDATE audit_entry SET entry_id ="
            " (SELECT entry_id FROM audit_entry WHERE index = 3) WHERE index = 305"
        )
    assert ("entry", 305) in found(long, 300, 310)
    assert found(long, 0, 300) == set()


def test_without_a_checkpoint_no_range_holds(log):
    fill_inbox(3)
    log.sequence()
    assert found(log, 0, 3) == {("checkpoint", 0)}


def test_an_empty_range_is_refused(long):
    with pytest.raises(ValueError, match="empty"):
        long.verify(only=Range(3, 3))
    for arguments in (["--from", "3"], ["--to", "3"], ["--from", "3", "--to", "3"]):
        with pytest.raises(CommandError):
            call_command("verify_ledger", *arguments)


def test_command_checks_a_range_and_tells_its_progress(long):
    out, err = io.StringIO(), io.StringIO()
    arguments = ["--from", "200", "--to", "500", "--progress"]
    call_command("verify_ledger", *arguments, stdout=out, stderr=err)
    assert "The range from 200 to 499 holds" in out.getvalue()
    assert "100 % entry 300 of 300" in err.getvalue()


def test_progress_goes_up_to_all_and_can_end_the_verification(long):
    told = []
    long.verify(on_progress=told.append)
    entries = [one for one in told if one.layer == "entry"]
    assert entries[-1].done == entries[-1].total == 600

    class Enough(Exception):
        pass

    def stop(_progress):
        raise Enough

    with pytest.raises(Enough):
        long.verify(on_progress=stop)
