"""The published log over HTTP: who may read what, what caches may keep, and proofs."""

import base64
import gzip
from hashlib import sha256

import pytest
from django.test import Client

from audit import offline
from audit.offline.cli import main as run_verifier
from clinrag.access.roles import Permission
from tests.integration.answering.clinic import point_at, running_clinic
from tests.integration.api.conftest import check_problem
from tests.integration.audit.many import fill_inbox
from tests.integration.audit.reader import entries_of, read_log, tile_path, tiles_of
from tests.snapshots import once

pytestmark = pytest.mark.django_db(databases=["default", "keys"])

FOR_EVER = "max-age=31536000, immutable"
ANYBODY = Client()


@pytest.fixture
def signed(db, settings, tmp_path):
    """The public key of a signed log of more than one tile."""

    def build():
        clinic = running_clinic(settings, tmp_path)
        fill_inbox(300)
        return clinic.sign()

    point_at(settings, tmp_path)
    return once("log of 300", build, folder=tmp_path)


@pytest.fixture
def auditor(make_app):
    return make_app(Permission.READ_LEDGER)


@pytest.fixture
def size(signed):
    return int(ANYBODY.get("/log/1/checkpoint").content.split(b"\n")[1])


def get(path, client=ANYBODY, **headers):
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return client.get(f"/log/1/{path}", headers=named)


def test_checkpoint_is_read_without_a_key_and_not_kept(signed):
    response = get("checkpoint")
    assert response["Content-Type"] == "text/plain; charset=utf-8"
    assert response["Cache-Control"] == "public, no-cache"
    assert "Vary" not in response
    assert offline.verify_checkpoint(response.content.decode(), signed).size > 300


def test_tiles_are_kept_for_ever_by_every_cache(signed):
    response = get("tile/0/000")
    assert len(response.content) == 8192
    assert response["Content-Type"] == "application/octet-stream"
    assert response["Cache-Control"] == f"public, {FOR_EVER}"
    assert "Vary" not in response
    assert "Set-Cookie" not in response
    assert not [name for name in response.headers if name.startswith("Access-Control")]


def test_what_is_not_there_yet_is_not_kept(signed, size):
    response = get(f"tile/0/001.p/{size - 256 + 1}")
    assert check_problem(response, 404, "resource_unknown")
    assert response["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    "path", ["/log/1/tile/0/0", "/log/01/checkpoint", "/log/1/", "/log/2/checkpoint",
             "/log/1/tile/0/000?x=1/..", "/log/99999/checkpoint", "/log/1/checkpoint/",
             "/log/0/checkpoint", "/log/1/tile/0/000%0a"],
)  # fmt: skip
def test_other_addresses_are_problems(signed, path):
    response = ANYBODY.get(path)
    if "?" in path:
        assert response.status_code == 200
    else:
        assert response.status_code == 404
        assert response["Content-Type"] == "application/problem+json"


def test_entity_tag_saves_the_body(signed):
    for path in ("checkpoint", "tile/0/000"):
        tag = get(path)["ETag"]
        again = get(path, If_None_Match=tag)
        assert (again.status_code, again.content, again["ETag"]) == (304, b"", tag)
        assert "Cache-Control" in again


def test_head_tells_the_same_without_the_body(signed):
    whole, head = get("tile/0/000"), ANYBODY.head("/log/1/tile/0/000")
    assert (head.status_code, head.content) == (200, b"")
    for name in ("Content-Length", "ETag", "Cache-Control", "Content-Type"):
        assert head[name] == whole[name]


def test_nothing_is_written_here(signed):
    check_problem(ANYBODY.post("/log/1/checkpoint"), 405, "method_not_allowed")


def test_entries_need_the_scope_to_read_the_ledger(signed, auditor, app):
    path = "tile/entries/000"
    check_problem(get(path), 401, "key_missing")
    check_problem(get(path, app.client), 403, "permission_missing")
    response = get(path, auditor.client)
    assert response["Cache-Control"] == f"private, {FOR_EVER}"
    assert len(entries_of(response.content)) == 256


def test_entries_are_public_when_the_operator_says_so(signed, settings):
    settings.CLINRAG_LOG_PUBLIC = "all"
    response = get("tile/entries/000")
    assert response["Cache-Control"] == f"public, {FOR_EVER}"
    assert response["Vary"] == "Accept-Encoding"


def test_nothing_is_public_when_the_operator_says_so(signed, settings, auditor):
    settings.CLINRAG_LOG_PUBLIC = "off"
    for path in ("checkpoint", "tile/0/000", "tile/entries/000"):
        check_problem(get(path), 401, "key_missing")
        assert get(path, auditor.client)["Cache-Control"].startswith("private, ")
    check_problem(ANYBODY.get("/log/shards"), 401, "key_missing")


def test_entries_are_compressed_for_who_accepts_it(signed, auditor):
    path = "tile/entries/000"
    plain = get(path, auditor.client, Accept_Encoding="identity, gzip;q=0")
    packed = get(path, auditor.client, Accept_Encoding="br, gzip;q=0.5")
    assert "Content-Encoding" not in plain
    assert packed["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.content) == plain.content
    assert packed["ETag"] != plain["ETag"]
    assert "Accept-Encoding" in packed["Vary"]
    assert int(packed["Content-Length"]) == len(packed.content) < len(plain.content)


def test_a_reader_of_the_specification_verifies_the_log(signed, auditor, size):
    found, _root, entries = read_log(lambda path: get(path, auditor.client).content)
    assert (found, len(entries)) == (size, size)


def test_offline_verifier_accepts_a_copy_of_what_is_served(
    signed, auditor, size, tmp_path
):
    paths = ["checkpoint"]
    for level, number, width in tiles_of(size):
        kinds = [str(level), "entries"] if level == 0 else [str(level)]
        paths += [tile_path(kind, number, width) for kind in kinds]
    for path in paths:
        file = tmp_path / "copy" / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(get(path, auditor.client).content)
    command = ["fsck", str(tmp_path / "copy"), "--vkey", signed, "--entries"]
    assert run_verifier(command) == 0


def test_readers_without_a_key_are_counted_by_address(signed, settings):
    settings.CLINRAG_LOG_REQUESTS_PER_MINUTE = 3
    for _ in range(3):
        response = get("checkpoint")
        assert response.status_code == 200
    assert response["RateLimit"].startswith('"minute";r=0')
    check_problem(get("checkpoint"), 429, "rate_exceeded")
    elsewhere = ANYBODY.get("/log/1/checkpoint", REMOTE_ADDR="192.0.2.7")
    assert elsewhere.status_code == 200


def test_limit_by_address_is_not_passed_by_a_header(signed, settings):
    settings.CLINRAG_LOG_REQUESTS_PER_MINUTE = 3

    def status(forwarded):
        headers = {"X-Forwarded-For": forwarded}
        return ANYBODY.get("/log/1/checkpoint", headers=headers).status_code

    assert [status(f"192.0.2.{n}") for n in range(4)] == [200, 200, 200, 429]
    settings.CLINRAG_TRUSTED_PROXIES = 1
    spoofed = [status(f"198.51.100.{n}, 203.0.113.9") for n in range(4)]
    assert spoofed == [200, 200, 200, 429]
    assert status("203.0.113.9, 203.0.113.10") == 200


def test_shards_are_listed(signed, size):
    response = ANYBODY.get("/log/shards")
    assert response["Cache-Control"] == "public, no-cache"
    (shard,) = response.json()["items"]
    assert (shard["number"], shard["first_index"], shard["size"]) == (1, 0, size)


@pytest.mark.parametrize("path", ["/log", "/log/"])
def test_root_of_the_log_leads_to_its_shards(signed, settings, path):
    response = ANYBODY.get(path)
    assert (response.status_code, response["Location"]) == (302, "/log/shards")
    settings.CLINRAG_LOG_PUBLIC = "off"
    check_problem(ANYBODY.get(path), 401, "key_missing")


def answered(app, clinic):
    answer = app.ask(key="one").json()
    clinic.vkey = clinic.sign()
    return answer["id"]


def test_proof_and_entry_are_all_that_the_offline_verifier_needs(app, clinic, tmp_path):
    answer_id = answered(app, clinic)
    proof = app.get(f"answers/{answer_id}/proof", Accept="text/plain")
    entry = app.get(f"answers/{answer_id}/entry")
    assert proof["Content-Type"] == "text/plain; charset=utf-8"
    assert proof["Vary"].startswith("Accept")
    assert proof.content.startswith(b"c2sp.org/tlog-proof@v1\nindex ")
    assert entry["Content-Type"] == "application/octet-stream"
    (tmp_path / "p").write_bytes(proof.content)
    (tmp_path / "e").write_bytes(entry.content)
    command = ["proof", str(tmp_path / "p"), str(tmp_path / "e"), "--vkey", clinic.vkey]
    assert run_verifier(command) == 0
    (tmp_path / "e").write_bytes(entry.content.replace(b"answer", b"answes", 1))
    assert run_verifier(command) == 1


def test_proof_is_json_for_who_wants_nothing_else(app, clinic):
    answer_id = answered(app, clinic)
    for accept in ("*/*", "application/json", "text/html", "text/plain;q=0.5, */*"):
        proof = app.get(f"answers/{answer_id}/proof", Accept=accept)
        assert proof["Content-Type"] == "application/json"
    body = proof.json()
    leaf = base64.b64decode(body["entry"])
    assert sha256(b"\x00" + leaf).hexdigest() == body["leaf_hash"]
    assert (body["shard"], body["leaf_index"]) == (1, body["index"])
    assert body["checkpoint"].startswith(body["origin"] + "\n")


def test_proof_waits_no_longer_than_it_was_asked_to(app, clinic):
    answer_id = app.ask(key="one").json()["id"]
    path = f"answers/{answer_id}/proof"
    check_problem(app.get(path, Prefer="wait=1"), 409, "not_yet_sequenced")
    clinic.sign()
    response = app.get(path, Prefer="respond-async, wait=2")
    assert (response.status_code, response["Preference-Applied"]) == (200, "wait=2")


def test_other_peoples_proofs_are_unknown(app, clinic, make_app):
    answer_id = answered(app, clinic)
    other = make_app(Permission.ASK, name="Another app")
    for what in ("proof", "entry"):
        check_problem(other.get(f"answers/{answer_id}/{what}"), 404, "unknown_answer")
        auditor = make_app(Permission.READ_LEDGER, name=f"Auditor of {what}")
        assert auditor.get(f"answers/{answer_id}/{what}").status_code == 200


@pytest.fixture
def three_notes(clinic, app):
    """Checkpoints of three sizes."""
    sizes = []
    for count in (5, 300, 7):
        fill_inbox(count)
        clinic.vkey = clinic.sign()
        sizes.append(int(ANYBODY.get("/log/1/checkpoint").content.split(b"\n")[1]))
    return sizes


def test_growth_between_any_two_checkpoints_is_proved(clinic, app, three_notes):
    for old in three_notes:
        for new in three_notes:
            response = app.get("ledger/consistency", {"from": old, "to": new})
            if old > new:
                check_problem(response, 422, "sizes_reversed")
                continue
            proof = response.json()
            offline.verify_consistency(
                proof["old_checkpoint"],
                proof["new_checkpoint"],
                clinic.vkey,
                path=[bytes.fromhex(step) for step in proof["path"]],
            )


def test_growth_as_text_is_what_a_witness_takes(app, three_notes):
    old, _, new = three_notes
    query = {"from": old, "to": new}
    text = app.get("ledger/consistency", query, Accept="text/plain").content.decode()
    proof = app.get("ledger/consistency", query).json()
    head, _, note = text.partition("\n\n")
    first, *steps = head.split("\n")
    assert first == f"old {old}"
    assert [base64.b64decode(step).hex() for step in steps] == proof["path"]
    assert note == proof["new_checkpoint"]


def test_growth_is_proved_from_a_size_whose_checkpoint_is_lost(app, three_notes):
    old, new = three_notes[0] + 1, three_notes[2]
    proof = app.get("ledger/consistency", {"from": old, "to": new}).json()
    assert proof["old_checkpoint"] is None
    assert proof["new_checkpoint"]
    whole = app.get("ledger/consistency", {"from": 0, "to": new}).json()
    assert (whole["path"], whole["old_root"]) == ([], sha256(b"").hexdigest())


def test_growth_beyond_what_is_signed_is_unknown(app, three_notes):
    newest = three_notes[2]
    beyond = {"from": 1, "to": newest + 1}
    check_problem(app.get("ledger/consistency", beyond), 404, "size_not_signed")
    other = {"from": 1, "to": newest, "shard": 2}
    check_problem(app.get("ledger/consistency", other), 404, "shard_unknown")
    for query in ({"from": 1}, {"from": -1, "to": 1}, {"from": "x", "to": 1},
                  {"from": 1, "to": 2**63}, {"from": 1, "to": 2, "size": 3}):  # fmt: skip
        check_problem(app.get("ledger/consistency", query), 422, "fields_invalid")


def test_checkpoints_are_listed_newest_first_and_go_on(app, three_notes):
    first = app.get("ledger/checkpoints", {"limit": 2}).json()
    assert [one["size"] for one in first["items"]] == three_notes[:0:-1]
    fill_inbox(1)
    rest = app.get("ledger/checkpoints", {"limit": 2, "cursor": first["next"]}).json()
    assert [one["size"] for one in rest["items"]] == three_notes[:1]
    assert rest["next"] is None
    assert app.get("ledger/checkpoints", {"shard": 2}).json()["items"] == []
    check_problem(
        app.get("ledger/checkpoints", {"cursor": "made-up"}), 400, "cursor_invalid"
    )


def test_clinicians_without_the_scope_see_no_checkpoints(clinic, make_app, three_notes):
    other = make_app(Permission.RETRIEVE, name="Search only")
    for path in ("ledger/checkpoints", "ledger/consistency"):
        check_problem(other.get(path), 403, "permission_missing")
