"""Rows changed by a superuser who has switched every guard off.

`verify_ledger` derives everything again and names layer and index. The signer keeps a
frontier and reads no old entry again, so it does not see these; an outsider's `fsck`
does, from the published files alone, since the entries no longer give the signed root.
"""

import pytest

from audit import disclosure, sealing
from audit.errors import LedgerCorrupt, PayloadCorrupt
from audit.merkle import leaf_hash
from audit.models import Entry, Payload
from tests.attacks.history import bodies, filled, layers, places, sealed_indices
from tests.attacks.publishing import publish
from tests.integration.audit.conftest import ADA

PLACE = 7  # in the full tile
IN_TAIL = 280


@pytest.mark.parametrize("index", [PLACE, IN_TAIL])
@pytest.mark.parametrize("fits", [False, True], ids=["hash left", "hash fitted"])
def test_changed_byte_of_an_entry_is_found(
    log, superuser, auditor, tmp_path, index, fits
):
    filled(log)
    assert log.verify().ok
    assert auditor.fsck(publish(tmp_path / "before"))["holds"]
    body = bodies()[index].replace(b'"surface":"test"', b'"surface":"Test"')
    superuser.execute(
        "UPDATE audit_entry SET body = %s, leaf_hash = coalesce(%s, leaf_hash)"
        " WHERE index = %s",
        [body, leaf_hash(body) if fits else None, index],
    )
    report = log.verify()
    assert {"checkpoint", "head"} <= layers(report)
    assert places(report, "leaf") == ([] if fits else [index])
    found = auditor.fsck(publish(tmp_path / "after"))
    # In a bundle that is not full, nothing above the leaf says whose fault it is.
    named = not fits or index == PLACE
    assert not found["holds"]
    assert (found["layer"], found["index"]) == (
        ("leaf", index) if named else ("checkpoint", 256)
    )
    log.append()
    assert log.sign() is not None  # the signer does not look back


def test_changed_ciphertext_is_found_and_not_shown(log, superuser):
    filled(log)
    index = sealed_indices()[0]
    entry_id = Entry.objects.get(index=index).entry_id
    assert log.verify().ok
    superuser.execute(
        "UPDATE audit_payload SET ciphertext = set_byte(ciphertext, 40,"
        " get_byte(ciphertext, 40) # 1) WHERE entry_id = %s",
        [entry_id],
    )
    report = log.verify()
    assert (layers(report), places(report, "payload")) == ({"payload"}, [index])
    with pytest.raises(PayloadCorrupt):
        read(log, entry_id)


def read(log, entry_id):
    return disclosure.read_sealed(
        [entry_id], by=ADA, at=log.tick(), purpose="audit_review", surface="test"
    )


def test_swapped_payloads_are_found_and_not_shown(log, superuser):
    filled(log)
    indices = sealed_indices()
    one, other = (Entry.objects.get(index=i).entry_id for i in indices)
    assert read(log, one)[one]["question"].startswith("first")
    superuser.execute(
        "UPDATE audit_payload AS mine SET ciphertext = its.ciphertext,"
        " key_id = its.key_id FROM audit_payload AS its"
        " WHERE mine.entry_id <> its.entry_id"
        " AND mine.entry_id IN (%(one)s, %(other)s)"
        " AND its.entry_id IN (%(one)s, %(other)s)",
        {"one": one, "other": other},
    )
    report = log.verify()
    assert layers(report) == {"payload", "key"}
    assert places(report, "payload") == places(report, "key") == indices
    with pytest.raises(PayloadCorrupt):
        read(log, one)


def test_other_text_under_the_same_key_is_found_and_not_shown(log, superuser):
    """By an attacker who has the deployment key and database `keys` as well."""
    filled(log)
    index = sealed_indices()[0]
    entry = Entry.objects.get(index=index)
    key = data_key(entry.entry_id)
    bound_to = bytes(entry.body)
    forged = sealing.seal({"question": "harmless"}, key=key, bound_to=bound_to)
    superuser.execute(
        "UPDATE audit_payload SET ciphertext = %s WHERE entry_id = %s",
        [forged.ciphertext, entry.entry_id],
    )
    report = log.verify()
    assert (layers(report), places(report, "payload")) == ({"payload"}, [index])
    with pytest.raises(PayloadCorrupt):
        read(log, entry.entry_id)


def data_key(entry_id):
    key_id = Payload.objects.get(entry_id=entry_id).key_id
    return sealing.open_data_keys([key_id], wrapped_by=sealing.key_wrapper())[key_id]


@pytest.mark.parametrize("index", [PLACE, IN_TAIL])
def test_deleted_row_in_the_middle_is_found(log, superuser, auditor, tmp_path, index):
    filled(log)
    folder = publish(tmp_path / "log")
    assert log.verify().ok
    superuser.execute("DELETE FROM audit_entry WHERE index = %s", [index])
    report = log.verify()
    assert index in places(report, "index")
    # What is left is not published: a log with a hole is not handed out.
    with pytest.raises(LedgerCorrupt):
        publish(tmp_path / "hole")
    # And one who serves the files himself and closes the gap is found too.
    number, place = divmod(index, 256)
    width = "" if number == 0 else ".p/44"
    bundle = folder / f"tile/entries/{number:03d}{width}"
    bundle.write_bytes(without_entry(bundle.read_bytes(), place))
    found = auditor.fsck(folder)
    assert (found["holds"], found["layer"]) == (False, "bundle")


def without_entry(bundle, place):
    at = 0
    for _ in range(place):
        at += 2 + int.from_bytes(bundle[at : at + 2], "big")
    end = at + 2 + int.from_bytes(bundle[at : at + 2], "big")
    return bundle[:at] + bundle[end:]


@pytest.mark.parametrize("pair", [(PLACE, 8), (PLACE, IN_TAIL)])
def test_two_swapped_entries_are_found(log, superuser, auditor, tmp_path, pair):
    filled(log)
    assert log.verify().ok
    swap(superuser, *pair)
    report = log.verify()
    assert {"checkpoint", "head", "tile"} <= layers(report)
    found = auditor.fsck(publish(tmp_path / "log"))
    assert (found["holds"], found["layer"], found["index"]) == (False, "leaf", pair[0])


def swap(superuser, one, other):
    superuser.execute(
        "CREATE TEMP TABLE pair AS SELECT * FROM audit_entry WHERE index IN (%s, %s)",
        [one, other],
    )
    superuser.execute("DELETE FROM audit_entry WHERE index IN (%s, %s)", [one, other])
    superuser.execute("UPDATE pair SET index = %s - index", [one + other])
    superuser.execute("INSERT INTO audit_entry SELECT * FROM pair")


def test_forged_old_entry_is_found(log, superuser, auditor, tmp_path):
    """Its hash, its columns and every tile above it made to fit, the head left."""
    held = filled(log)
    body = bodies()[PLACE].replace(b'"purpose":"size"', b'"purpose":"care"')
    superuser.execute(
        "UPDATE audit_entry SET body = %s, leaf_hash = %s WHERE index = %s",
        [body, leaf_hash(body), PLACE],
    )
    superuser.execute(
        "UPDATE audit_tile SET hashes = overlay(hashes placing %s::bytea from %s)"
        " WHERE level = 0 AND number = 0",
        [leaf_hash(body), 1 + 32 * PLACE],
    )
    report = log.verify(held_checkpoint=held)
    assert {"checkpoint", "held checkpoint", "head"} <= layers(report)
    assert places(report, "tile") == [0]  # its root no longer fits
    found = auditor.fsck(publish(tmp_path / "log"))
    assert (found["holds"], found["layer"]) == (False, "tile")
