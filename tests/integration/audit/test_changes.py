"""The log's next key and next shard: how they come about, and what is refused."""

from uuid import uuid4

import pytest
from django.db import Error, transaction

from audit import (
    canonical,
    checkpoints,
    keychains,
    ledger,
    merkle,
    notes,
    queries,
    shards,
    verification,
)
from audit.actors import Actor, ActorKind
from audit.custody import authorizations
from audit.custody.authorizations import Action
from audit.errors import (
    ChangePending,
    HistoryRewritten,
    NotAuthorized,
    SequencerLeads,
    ShardRefused,
    SignerBusy,
    SignerStateMissing,
    SignerStateStale,
)
from audit.events import KeyRotated, ShardOpened, encode_fields
from audit.management.commands.verify_ledger import describe
from audit.models import Alarm, Checkpoint, Entry, Head, InboxEntry
from audit.notes import Signer
from audit.signing import changes, desk
from audit.signing.files import SignerFiles
from audit.signing.public_key import log_vkey
from audit.signing.reading import LogEnd
from audit.signing.shards import check_first_leaf
from audit.statements import opening_text, rotation_text, sign_together
from tests.conftest import as_role
from tests.integration.audit.conftest import ADA, ORIGIN
from tests.integration.audit.test_signer import ALL, rewrite_everything
from tests.tampering import tampering

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "keys"])

BEA = Actor(ActorKind.PERSON, "user:8", "Bea", "session")
COMMAND = Actor(ActorKind.SYSTEM, "command:test", "test", "shell")


def agreed(log, action, scope):
    asked = authorizations.request(
        action, scope=scope, reason="planned", by=ADA, at=log.tick()
    )
    return authorizations.approve(asked.id, by=BEA, at=log.tick()).id


def rotate(log, authorization_id=None):
    scope = changes.rotation_scope(log.files.read_key().verifier.name)
    return changes.rotate_key(
        log.files,
        authorization_id=authorization_id or agreed(log, Action.KEY_ROTATION, scope),
        by=COMMAND,
        at=log.tick(),
    )


def open_shard(log, *, after=1, held=None):
    agreement = agreed(log, Action.SHARD_OPENING, shards.opening_scope(after))
    return changes.open_shard(
        log.files, authorization_id=agreement, by=COMMAND, at=log.tick(), held=held
    )


def signers(note, *verifiers):
    return set(notes.Note.parse(note).verified(verifiers))


def all_notes(shard=1):
    rows = Checkpoint.objects.filter(shard=shard).order_by("size")
    return [(row.size, row.note) for row in rows]


# The next key ---------------------------------------------------------------------


def test_both_keys_sign_the_checkpoint_of_the_rotation_and_the_new_one_those_after(log):
    old = log.files.read_key().verifier
    log.fill(2)
    new = rotate(log)
    log.append()
    log.sign()
    log.fill(1)
    place = Entry.objects.get(type="log.key_rotated").index
    told = {size: signers(note, old, new) for size, note in all_notes()}
    assert told.pop(place + 1) == {old, new}
    assert {size: {old} if size <= place else {new} for size in told} == told
    assert len(told) == 3
    assert log.files.read_key().verifier == new
    assert log.files.vkey_path.read_text().strip() == new.vkey
    assert not log.files.next_key_path.exists(), "and the old key is nowhere"


def test_either_key_leads_to_the_whole_chain(log):
    keys = [log.files.read_key().verifier]
    for _ in range(2):
        log.fill(1)
        keys.append(rotate(log))
        log.sign()
    for known in keys:
        eras = keychains.eras(known, keychains.rotations())
        assert [era.verifier for era in eras] == keys
        assert keychains.newest_keys(known, before=10**6) == {ORIGIN: keys[-1]}


def test_rotation_without_two_people_leaves_no_key_behind(log):
    log.fill(1)
    asked = authorizations.request(
        Action.KEY_ROTATION,
        scope=changes.rotation_scope(ORIGIN),
        reason="planned",
        by=ADA,
        at=log.tick(),
    )
    with pytest.raises(NotAuthorized):
        rotate(log, asked.id)
    assert not log.files.next_key_path.exists()
    authorizations.approve(asked.id, by=BEA, at=log.tick())
    rotate(log, asked.id)
    with pytest.raises(ChangePending):
        rotate(log)


def test_key_left_over_from_a_crash_is_replaced(log):
    log.fill(1)
    left = log.files.create_next_key(ORIGIN).verifier
    assert rotate(log) != left
    log.sign()
    assert not Alarm.objects.exists()


def test_rotation_that_the_key_did_not_sign_changes_nothing_and_is_told(log):
    log.fill(1)
    key = log.files.read_key().verifier
    thief, other = Signer.generate(ORIGIN), Signer.generate(ORIGIN)
    text = rotation_text(key, thief.verifier)
    forged = KeyRotated(
        old_vkey=key.vkey,
        new_vkey=thief.verifier.vkey,
        statement=sign_together(text, [other, thief]),
        authorization_id="a",
        requested_by="user:7",
        approved_by="user:8",
    )
    log.append(forged)
    log.sequence()
    assert desk._tick(log.desk(), now=log.tick) is True
    assert checkpoints.latest().size == 2
    assert signers(checkpoints.latest().note, key, thief.verifier) == {key}
    assert [alarm.kind for alarm in queries.alarms()] == ["rotation_invalid"]
    log.fill(1)


@pytest.mark.parametrize("crash", ["before the key", "before publication"])
def test_rotation_is_finished_when_the_signer_crashed_in_it(log, monkeypatch, crash):
    log.fill(1)
    new = rotate(log)
    log.sequence()
    with monkeypatch.context() as patch:
        target = {
            "before the key": (SignerFiles, "_take_next_key"),
            "before publication": (checkpoints, "record"),
        }[crash]
        signer = log.desk()
        patch.setattr(*target, fail)
        with pytest.raises(Error):
            signer.sign_new(at=log.tick())
    log.sign()
    log.append()
    log.sign()
    assert log.files.read_key().verifier == new
    place = Entry.objects.get(type="log.key_rotated").index
    assert place + 1 in dict(all_notes())


def fail(*_args, **_options):
    raise Error


# One memory -----------------------------------------------------------------------


def test_second_signer_with_the_same_memory_cannot_write_it_back(log):
    log.fill(1)
    first, second = log.desk(), log.desk()
    log.append()
    log.sequence()
    first.sign_new(at=log.tick())
    state = log.files.read_state()
    log.append()
    log.sequence()
    with pytest.raises(SignerStateStale):
        second.sign_new(at=log.tick())
    assert log.files.read_state() == state
    assert first.sign_new(at=log.tick()).size == 3


def test_signer_on_a_stale_copy_of_the_disk_refuses(log, tmp_path):
    log.fill(1)
    copy = SignerFiles(tmp_path / "copy")
    copy.create_key(ORIGIN)
    for path in (log.files.key_path, log.files.state_path):
        (copy.directory / path.name).write_bytes(path.read_bytes())
    log.fill(1)
    assert desk._tick(desk.SigningDesk(copy), now=log.tick) is False
    assert queries.ledger_state().alarms == ("signer_state_stale",)
    log.fill(1)
    assert queries.ledger_state().alarms == ()


# The next shard -------------------------------------------------------------------


def test_planned_shard_goes_on_under_a_new_key_and_both_keys_say_so(log):
    log.fill(3)
    old = log.files.read_key().verifier
    opening = open_shard(log)
    waiting = [log.append() for _ in range(2)]
    assert log.sign().size > 2
    new = log.files.read_key().verifier
    first, second = shards.shards()
    assert (second.origin, second.vkey) == (f"{ORIGIN}/2", new.vkey)
    assert (
        second.first_index
        == opening.first_index
        == Entry.objects.get(type="log.shard_opened").index
    )
    assert (opening.lost_from, opening.lost_to) == (None, None)
    assert checkpoints.latest(shard=1).size == opening.recovered_size == 3
    assert signers(opening.handover, old, new) == {old, new}
    assert first.number == 1
    view = checkpoints.latest()
    said = notes.open_checkpoint(view.note, new)
    assert (view.shard, said.origin) == (2, f"{ORIGIN}/2")
    assert said.root == bytes(Head.objects.get().root)
    assert log.sequence() == 0
    assert [queries.entry(r.entry_id).index is not None for r in waiting] == [True] * 2
    log.fill(300)
    assert checkpoints.latest().size > 300


def test_shard_is_refused_unless_signer_and_sequencer_stand_still(log, postgres):
    log.fill(1)
    with log.files.alone(), pytest.raises(SignerBusy):
        open_shard(log)
    with as_role(postgres, "clinrag_sequencer") as other:
        other.execute("SELECT pg_advisory_lock(%s)", [shards.SEQUENCER_LOCK])
        with pytest.raises(SequencerLeads):
            open_shard(log)
    assert open_shard(log).shard == 2


def test_shard_opened_twice_is_refused(log):
    log.fill(1)
    open_shard(log)
    with pytest.raises(ChangePending):
        open_shard(log)


def test_log_goes_on_after_a_restore_and_names_what_is_lost(log):
    log.fill(2)
    backup = [bytes(entry.body) for entry in Entry.objects.order_by("index")]
    log.fill(3)
    held = checkpoints.latest().note
    with tampering(*ALL) as execute:
        execute("DELETE FROM audit_checkpoint WHERE size > 2")
        rewrite_everything(execute, backup)
    with pytest.raises(HistoryRewritten):
        log.desk().sign_new(at=log.tick())
    opening = open_shard(log)
    assert opening.predecessor_note == held
    assert (opening.recovered_size, opening.first_index) == (2, 5)
    assert (opening.lost_from, opening.lost_to) == (2, 5)
    log.append()
    assert log.sign()
    assert Entry.objects.order_by("index").values_list("index", flat=True)[2] == 5
    assert checkpoints.latest(shard=1).note == held, "put back by the signer"


def test_entries_under_a_note_of_another_tree_count_as_lost(log):
    """A genuine note of a small tree, beside a size and a root that were never signed."""
    log.fill(1)
    genuine = checkpoints.latest().note
    log.fill(5)
    bodies = [bytes(entry.body) for entry in Entry.objects.order_by("index")][:5]
    bodies[1] = bodies[1].replace(b"cardiology", b"cardiologx")
    with tampering(*ALL) as execute:
        execute("DELETE FROM audit_checkpoint WHERE size > 1")
        rewrite_everything(execute, bodies)
        execute(
            "INSERT INTO audit_checkpoint (shard, size, root, note, signed_at)"
            " SELECT 1, 5, root, %s, now() FROM audit_head",
            [genuine],
        )
    opening = open_shard(log)
    assert (opening.recovered_size, opening.lost_from, opening.lost_to) == (5, 1, 6)


def test_entries_written_between_restore_and_alarm_are_committed_to(log):
    log.fill(2)
    backup = [bytes(entry.body) for entry in Entry.objects.order_by("index")]
    log.fill(1)
    with tampering(*ALL) as execute:
        execute("DELETE FROM audit_checkpoint WHERE size > 2")
        rewrite_everything(execute, backup)
    for _ in range(4):
        log.append()
    log.sequence()
    root = bytes(Head.objects.get().root).hex()
    opening = open_shard(log)
    assert (opening.recovered_size, opening.recovered_root) == (6, root)
    assert (opening.lost_from, opening.lost_to, opening.first_index) == (2, 3, 6)
    assert log.sign()


def test_lost_memory_is_refused_and_a_shard_after_a_held_note_goes_on(log):
    log.fill(3)
    old = log.files.read_key().verifier
    held = checkpoints.latest().note
    for path in log.files.directory.iterdir():
        path.unlink()
    log.append()
    log.sequence()
    log.files.create_key(ORIGIN)
    with pytest.raises(SignerStateMissing):
        log.desk().sign_new(at=log.tick())
    log.files.key_path.unlink()
    with pytest.raises(ShardRefused):
        open_shard(log)
    opening = open_shard(log, held=changes.HeldNote(held, old.vkey))
    assert opening.lost_from is None
    new = log.files.read_next_key().verifier
    assert signers(opening.handover, old, new) == {new}
    assert log.sign()
    assert log.files.read_key().verifier == new
    log.fill(2)


def told_in_full(told):
    return encode_fields(ShardOpened(**told))


def forged_opening(log, *, signer=None, agreement=None, **changed):
    """An opening by whoever can write entries and be two people, at the right place."""
    state, waiting = log.files.read_state(), log.files.create_next_key(f"{ORIGIN}/2")
    waiting = signer or waiting
    scope = shards.opening_scope(changed.get("shard", 2) - 1)
    used = agreement or agreed(log, Action.SHARD_OPENING, scope)
    told = {
        "shard": 2,
        "origin": f"{ORIGIN}/2",
        "vkey": waiting.verifier.vkey,
        "first_index": Head.objects.get().size,
        "predecessor_note": state.note,
        "predecessor_vkey": log.files.read_key().verifier.vkey,
        "recovered_size": state.frontier.size,
        "recovered_root": state.frontier.root().hex(),
        "handover": "",
        "authorization_id": str(used),
        "requested_by": "user:7",
        "approved_by": "user:8",
    } | changed
    text = opening_text(waiting.verifier, told_in_full(told))
    handover = {"handover": sign_together(text, [waiting])}
    event = ShardOpened(**told | handover | changed)
    with transaction.atomic():
        if agreement is None:
            authorizations.claim(
                used, action=Action.SHARD_OPENING, scope=scope, by=ADA, at=log.tick()
            )
        ledger.append(event, by=ADA, at=log.tick())
    log.sequence()


def test_signer_signs_the_shard_of_a_rightful_opening(log):
    log.fill(3)
    forged_opening(log)
    assert desk._tick(log.desk(), now=log.tick) is True


@pytest.mark.parametrize(
    "changed",
    [
        {"predecessor_note": "another\n"},
        {"requested_by": "user:8"},
        {"approved_by": ""},
        {"hash": "sha-512"},
        {"recovered_size": 2},
        {"recovered_root": "00" * 32},
        {"signer": Signer.generate(f"{ORIGIN}/2")},
        {"origin": ORIGIN},
    ],
    ids=lambda changed: next(iter(changed)),
)
def test_signer_refuses_a_shard_whose_opening_is_not_by_its_rules(log, changed):
    log.fill(3)
    forged_opening(log, **changed)
    state = log.files.read_state()
    assert desk._tick(log.desk(), now=log.tick) is False
    assert log.files.read_state() == state
    assert queries.ledger_state().alarms == ("shard_refused",)


def altered(body, **changed):
    """The body of an opening with other fields, and the handover that it had."""
    document = canonical.decode_object(body)
    return canonical.encode(document | {"fields": document["fields"] | changed})


def with_a_loss(body):
    """What whoever has the database makes of a planned opening that waits."""
    first = Entry.objects.get(index=0)
    root = merkle.Frontier().extend([bytes(first.leaf_hash)]).root().hex()
    return altered(body, recovered_size=1, recovered_root=root, lost_from=1, lost_to=4)


def waiting_row():
    rows = InboxEntry.objects.order_by("arrival")
    return next(row for row in rows if shards.read_opening(bytes(row.body)))


def test_signer_refuses_a_loss_that_was_declared_after_the_keys_signed(log):
    log.fill(4)
    open_shard(log)
    body, place = bytes(waiting_row().body), LogEnd(2, 4, 1, b"")
    state, waiting = log.files.read_state(), log.files.read_next_key()
    check_first_leaf(body, end=place, state=state, waiting=waiting)
    with pytest.raises(ShardRefused):
        check_first_leaf(with_a_loss(body), end=place, state=state, waiting=waiting)


def test_loss_declared_in_a_planned_opening_is_found(log):
    key = log.vkey
    log.fill(4)
    open_shard(log)
    row = waiting_row()
    body = with_a_loss(bytes(row.body))
    with tampering(*ALL, "audit_inboxentry") as execute:
        execute(
            "UPDATE audit_inboxentry SET body = %s, leaf_hash = %s WHERE arrival = %s",
            [body, merkle.leaf_hash(body), row.arrival],
        )
        execute("DELETE FROM audit_entry WHERE index >= 1")
        execute("DELETE FROM audit_checkpoint WHERE size > 1")
    log.sign()
    report = verified(log, key)
    assert ("shard", 4) in {(f.layer, f.index) for f in report.failures}
    assert report.lost == ()


def test_opening_that_does_not_fit_the_end_is_an_ordinary_entry(log):
    log.fill(3)
    forged_opening(log, first_index=2)
    assert Head.objects.get().shard == 1
    assert log.sign().size == 7, "with the three entries about the agreement"
    assert not InboxEntry.objects.exists()


def approved_only(log):
    return {"agreement": agreed(log, Action.SHARD_OPENING, shards.opening_scope(1))}


@pytest.mark.parametrize(
    "changed",
    [
        {"authorization_id": "a"},
        {"authorization_id": str(uuid4())},
        approved_only,
        {"shard": 32767},
        {"handover": ""},
        {"vkey": "x"},
        {"vkey": Signer.generate(f"{ORIGIN}/2").verifier.vkey},
    ],
    ids=[
        "no id", "nobody", "not used up", "far shard", "no handover", "no key", "key",
    ],
)  # fmt: skip
def test_opening_that_nobody_may_make_is_an_ordinary_entry_and_named(log, changed):
    log.fill(3)
    key = log.vkey
    forged_opening(log, **(changed(log) if callable(changed) else changed))
    assert Head.objects.get().shard == 1
    assert desk._tick(log.desk(), now=log.tick) is True
    assert not Alarm.objects.exists()
    index = Entry.objects.get(type="log.shard_opened").index
    assert ("shard", index) in {(f.layer, f.index) for f in verified(log, key).failures}
    log.files.next_key_path.unlink()
    assert open_shard(log).shard == 2
    assert log.sign()


def test_opening_at_the_place_of_an_empty_shard_is_an_ordinary_entry(log):
    log.fill(1)
    with tampering("audit_head", "audit_entry") as execute:
        execute("DELETE FROM audit_entry")
        execute(
            "UPDATE audit_head SET size = 0, frontier = '', root = %s",
            [merkle.EMPTY_ROOT],
        )
    forged_opening(log, first_index=0)
    assert Head.objects.get().shard == 1
    assert Entry.objects.get(type="log.shard_opened").index == 0


def test_log_goes_on_past_a_shard_that_the_signer_refused(log):
    log.fill(3)
    forged_opening(log, predecessor_note="another\n")
    assert desk._tick(log.desk(), now=log.tick) is False
    log.files.next_key_path.unlink()
    opening = open_shard(log, after=2)
    assert (opening.shard, opening.recovered_size, opening.lost_from) == (3, 3, None)
    assert log.sign()
    log.fill(2)
    assert checkpoints.latest().shard == 3


# Verification ---------------------------------------------------------------------


def verified(log, vkey):
    return verification.verify(vkey=vkey, at=log.at)


def test_verification_follows_the_keys_from_any_of_them(log):
    keys = [log.vkey]
    for _ in range(2):
        log.fill(1)
        keys.append(rotate(log).vkey)
        log.append()
        log.sign()
    log.fill(1)
    for key in keys:
        assert verified(log, key).failures == ()
    assert not verified(log, Signer.generate(ORIGIN).verifier.vkey).ok


@pytest.mark.parametrize("known", ["oldest", "newest"])
def test_deployment_that_knows_one_key_knows_each_shards_newest(log, settings, known):
    settings.CLINRAG_SIGNER_PUBLIC_KEY = log.vkey if known == "oldest" else ""
    log.fill(1)
    last = rotate(log).vkey
    assert log_vkey(), "known, and not yet the new one, which has signed nothing"
    assert log_vkey() != last
    log.sign()
    open_shard(log)
    assert log_vkey() == last
    log.sign()
    rotate(log)
    log.sign()
    assert log_vkey() == log_vkey(origin=f"{ORIGIN}/2") == log.vkey
    assert log_vkey(origin=ORIGIN) == last
    assert log_vkey(origin="another") is None
    assert verification.verify(at=log.at).failures == ()


def test_verification_names_a_change_of_key_that_both_did_not_sign(log):
    log.fill(1)
    thief, other = Signer.generate(ORIGIN), Signer.generate(ORIGIN)
    log.append(
        KeyRotated(
            old_vkey=other.verifier.vkey,
            new_vkey=thief.verifier.vkey,
            statement=sign_together(
                rotation_text(other.verifier, thief.verifier), [other, thief]
            ),
            authorization_id="a",
            requested_by="user:7",
            approved_by="user:8",
        )
    )
    log.sign()
    assert [(f.layer, f.index) for f in log.verify().failures] == [("entry", 1)]


def test_verification_refuses_a_checkpoint_by_a_key_after_its_time(log, tmp_path):
    old = log.files.read_key()
    log.fill(1)
    rotate(log)
    log.sign()
    log.fill(1)
    last = Checkpoint.objects.order_by("-size").first()
    with tampering("audit_checkpoint") as execute:
        execute(
            "UPDATE audit_checkpoint SET note = %s WHERE size = %s",
            [old.sign(notes.Note.parse(last.note).text), last.size],
        )
    assert ("signature", last.size) in {
        (f.layer, f.index) for f in verified(log, old.verifier.vkey).failures
    }


def test_verification_walks_all_shards_from_the_key_of_either(log):
    first = log.vkey
    log.fill(3)
    open_shard(log)
    log.append()
    log.sign()
    log.fill(300)
    for key in (first, log.vkey):
        report = verified(log, key)
        assert report.failures == ()
        assert report.lost == ()
    assert report.entries == Entry.objects.count()


def restored(log):
    log.fill(2)
    backup = [bytes(entry.body) for entry in Entry.objects.order_by("index")]
    log.fill(3)
    with tampering(*ALL) as execute:
        execute("DELETE FROM audit_checkpoint WHERE size > 2")
        execute("UPDATE audit_entry SET index = index + 100")
        rewrite_rightly(execute, 2)
    return backup


def rewrite_rightly(execute, size):
    """What a restored backup has: the first entries as they were."""
    execute("DELETE FROM audit_entry WHERE index >= %s", [100 + size])
    execute("UPDATE audit_entry SET index = index - 100")
    frontier = merkle.Frontier().extend(
        bytes(value)
        for value in Entry.objects.order_by("index").values_list("leaf_hash", flat=True)
    )
    execute(
        "UPDATE audit_head SET size = %s, root = %s, frontier = %s",
        [frontier.size, frontier.root(), frontier.to_bytes()],
    )


def test_verification_reports_a_declared_loss_and_holds(log):
    key = log.vkey
    restored(log)
    assert not desk._tick(log.desk(), now=log.tick)
    assert not verified(log, key).ok
    open_shard(log)
    log.append()
    log.sign()
    report = verified(log, key)
    assert report.failures == ()
    assert [(loss.shard, loss.first, loss.end) for loss in report.lost] == [(2, 2, 5)]
    assert any("DECLARED LOST entries 2 to 4" in line for line in describe(report))


def test_verification_fails_when_more_is_gone_than_was_declared(log):
    key = log.vkey
    restored(log)
    open_shard(log)
    log.append()
    log.sign()
    with tampering("audit_entry") as execute:
        execute("DELETE FROM audit_entry WHERE index = 1")
    assert not verified(log, key).ok


def test_verification_fails_when_a_loss_is_not_declared(log):
    log.fill(3)
    key = log.vkey
    forged_opening(log, first_index=7)
    desk._tick(log.desk(), now=log.tick)
    assert "entries 3 to 6 are missing" in {
        f.message for f in verified(log, key).failures
    }
