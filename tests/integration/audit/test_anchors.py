"""Anchors held elsewhere against a database that somebody changed."""

from dataclasses import replace

import pytest

from audit import canonical, checkpoints, merkle
from audit.anchoring.comparison import compare
from audit.anchoring.folder import Folder
from audit.anchoring.places import AnchorContent
from audit.errors import VoucherUnreachable
from audit.events import encode_fields
from audit.merkle import Frontier, leaf_hash
from audit.models import Anchor, Entry
from audit.notes import Signer, encode_base64
from audit.statements import opening_text
from tests.factories.vouching import AT
from tests.integration.audit.test_changes import open_shard, rewrite_rightly
from tests.logs import SmallLog
from tests.tampering import tampering

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "keys"])


@pytest.fixture
def anchored(log, tmp_path):
    """A log of nine entries with anchors at three sizes, and rows about them."""
    folder = tmp_path / "anchors"
    folder.mkdir()
    log.place = Folder(folder)
    log.folder = folder
    for _ in range(3):
        log.fill(3)
        view = checkpoints.latest()
        content = AnchorContent(1, view.size, view.note)
        locator = log.place.write(content, at=AT)
        Anchor.objects.create(
            shard=1, size=view.size, place=log.place.name, locator=locator, at=AT
        )
    return log


def report(log):
    return compare([log.place], trusted=[log.files.read_key().verifier])


def contradiction(log):
    found = report(log).contradiction
    return found and (found.size, found.reason)


def test_anchors_of_an_honest_log_hold(anchored):
    found = report(anchored)
    assert (found.compared, found.holds, found.contradiction) == (3, True, None)
    anchored.fill(300)
    assert report(anchored).holds


def test_rewritten_log_with_new_checkpoints_is_found_at_the_first(anchored):
    """All history made anew by whoever has the log's key as well."""
    signer = anchored.files.read_key()
    bodies = [bytes(row.body) for row in Entry.objects.order_by("index")]
    bodies[4] = b"forged"
    with tampering("audit_entry", "audit_checkpoint", "audit_tile") as execute:
        execute(
            "UPDATE audit_entry SET body = %s, leaf_hash = %s WHERE index = 4",
            [b"forged", leaf_hash(b"forged")],
        )
        for size in (6, 9):
            root = merkle.root(map(leaf_hash, bodies[:size]))
            text = f"{signer.verifier.name}\n{size}\n{encode_base64(root)}\n"
            execute(
                "UPDATE audit_checkpoint SET root = %s, note = %s WHERE size = %s",
                [root, signer.sign(text), size],
            )
    assert contradiction(anchored) == (6, "checkpoint")


def test_rewritten_entries_under_old_checkpoints_are_found(anchored):
    with tampering("audit_entry") as execute:
        execute(
            "UPDATE audit_entry SET body = %s, leaf_hash = %s WHERE index = 7",
            [b"forged", leaf_hash(b"forged")],
        )
    assert contradiction(anchored) == (9, "tree")


def test_cut_tail_is_found(anchored):
    with tampering("audit_entry", "audit_checkpoint") as execute:
        execute("DELETE FROM audit_entry WHERE index >= 5")
        execute("DELETE FROM audit_checkpoint WHERE size > 5")
    assert contradiction(anchored) == (6, "shorter")


def test_forked_log_that_grew_past_the_anchor_is_found(anchored):
    """An old backup, and other entries since: no checkpoint row is left to compare."""
    bodies = [bytes(row.body) for row in Entry.objects.order_by("index")][:5]
    bodies += [b"x", b"y", b"z", b"u", b"v"]
    frontier = Frontier().extend(map(leaf_hash, bodies))
    with tampering("audit_entry", "audit_checkpoint", "audit_head") as execute:
        execute("DELETE FROM audit_checkpoint WHERE size > 5")
        execute("DELETE FROM audit_entry WHERE index >= 5")
        for index in range(5, 10):
            execute(
                "INSERT INTO audit_entry (index, entry_id, body, leaf_hash, type,"
                " actor_id) VALUES (%s, gen_random_uuid(), %s, %s, 'forged', '')",
                [index, bodies[index], leaf_hash(bodies[index])],
            )
        execute(
            "UPDATE audit_head SET size = 10, root = %s, frontier = %s",
            [frontier.root(), frontier.to_bytes()],
        )
    assert contradiction(anchored) == (6, "tree")


def restored_to_seven(log):
    with tampering("audit_entry", "audit_checkpoint", "audit_head") as execute:
        execute("DELETE FROM audit_checkpoint WHERE size > 7")
        execute("UPDATE audit_entry SET index = index + 100")
        rewrite_rightly(execute, 7)


def test_entries_that_a_restore_is_known_to_have_lost_are_no_contradiction(anchored):
    key = anchored.files.read_key().verifier
    restored_to_seven(anchored)
    opening = open_shard(anchored)
    anchored.sign()
    assert (opening.lost_from, opening.lost_to) == (6, 9), "of seven, six were signed"
    found = compare([anchored.place], trusted=[key])
    assert (found.compared, found.lost, found.contradiction) == (3, 1, None)


def test_loss_that_only_the_shards_row_tells_is_a_contradiction(anchored):
    restored_to_seven(anchored)
    with tampering("audit_shard") as execute:
        execute(
            "INSERT INTO audit_shard (number, origin, vkey, hash, first_index,"
            " opened_at, predecessor_note, lost_from, lost_to)"
            " VALUES (2, 'x', '', 'sha-256', 9, now(), '', 7, 9)"
        )
    assert contradiction(anchored) == (9, "shorter")


def test_loss_that_no_trusted_key_signed_is_a_contradiction(anchored):
    restored_to_seven(anchored)
    opening = open_shard(anchored)
    anchored.sequence()
    thief = Signer.generate(opening.origin)
    forged = replace(opening, vkey=thief.verifier.vkey, handover="")
    text = opening_text(thief.verifier, encode_fields(forged))
    forged = replace(forged, handover=thief.sign(text))
    body = bytes(Entry.objects.get(type="log.shard_opened").body)
    told = canonical.decode_object(body) | {"fields": encode_fields(forged)}
    found = compare([anchored.place], trusted=[anchored.files.read_key().verifier])
    assert found.lost == 1
    with tampering("audit_entry") as execute:
        execute(
            "UPDATE audit_entry SET body = %s, leaf_hash = %s WHERE index = 9",
            [canonical.encode(told), leaf_hash(canonical.encode(told))],
        )
    assert contradiction(anchored) == (9, "shorter")


def test_anchor_of_a_shard_nobody_knows_is_a_contradiction(anchored):
    note = (anchored.folder / "0001-00000000000000000003.note").read_text()
    anchored.place.write(AnchorContent(2, 3, note), at=AT)
    assert report(anchored).contradiction.reason == "shorter"


def test_files_nobody_signed_prove_nothing(anchored):
    anchored.place.write(AnchorContent(1, 4, SmallLog().note(4)), at=AT)
    note = (anchored.folder / "0001-00000000000000000003.note").read_text()
    anchored.place.write(AnchorContent(1, 5, note), at=AT)
    (anchored.folder / "0001-00000000000000000007.note").write_bytes(b"\xff\x00")
    found = report(anchored)
    assert (found.compared, found.contradiction, len(found.unusable)) == (3, None, 3)
    assert not found.holds


def test_anchor_that_is_gone_is_missed(anchored):
    (anchored.folder / "0001-00000000000000000006.note").unlink()
    found = report(anchored)
    assert (found.compared, found.contradiction) == (2, None)
    assert found.missing == (f"{anchored.place.name}: 0001-00000000000000000006.note",)


def test_place_that_cannot_be_read_is_no_place_without_anchors(anchored):
    with pytest.raises(VoucherUnreachable):
        compare([Folder(anchored.folder / "absent")], trusted=[])
