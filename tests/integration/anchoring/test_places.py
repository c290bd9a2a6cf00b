"""What both kinds of place promise, and what each promises alone."""

import stat
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import boto3
import pytest
from botocore.exceptions import ClientError
from moto.server import ThreadedMotoServer

from audit import durable_files
from audit.anchoring import bucket as bucket_module
from audit.anchoring.bucket import Bucket, BucketAddress
from audit.anchoring.errors import AnchorContradicts, AnchoringMisconfigured
from audit.anchoring.folder import Folder
from audit.anchoring.places import AnchorContent, parse_name
from audit.errors import VoucherUnreachable
from tests.logs import SmallLog

AT = datetime.now(UTC)
LOG = SmallLog()


@pytest.fixture(scope="module")
def s3_url():
    server = ThreadedMotoServer("127.0.0.1", 0)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def s3(s3_url, monkeypatch):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    client = boto3.client("s3", endpoint_url=s3_url)
    for name, locks in (("locked", True), ("open", False)):
        client.create_bucket(Bucket=name, ObjectLockEnabledForBucket=locks)
    return client


@pytest.fixture
def make_bucket(s3, s3_url):
    """Each test has a prefix of its own: what compliance holds nobody clears."""
    prefix = f"{uuid4()}/"

    def make(name="locked", **fields):
        return Bucket(BucketAddress(name, prefix, s3_url, **fields))

    return make


@pytest.fixture(params=["folder", "bucket"])
def place(request, tmp_path):
    if request.param == "folder":
        return Folder(tmp_path)
    return request.getfixturevalue("make_bucket")()


def content(size=5, *, log=LOG, token=b"token", line=""):
    return AnchorContent(1, size, log.note(size) + line, token)


def test_what_was_written_is_read_back(place):
    for size in (5, 9, 130):
        place.write(content(size), at=AT)
    found = sorted(place.read(), key=lambda anchor: anchor.size)
    assert [anchor.size for anchor in found] == [5, 9, 130]
    assert [anchor.note for anchor in found] == [LOG.note(size) for size in (5, 9, 130)]
    assert {anchor.shard for anchor in found} == {1}


def test_same_checkpoint_again_changes_nothing(place):
    first = place.write(content(), at=AT)
    again = content(line="— w.example AQIDBAUGBwg=\n", token=b"another")
    assert place.write(again, at=AT) == first
    assert [anchor.note for anchor in place.read()] == [LOG.note(5)]


def test_other_checkpoint_of_the_size_is_a_contradiction(place):
    place.write(content(), at=AT)
    with pytest.raises(AnchorContradicts, match="size 5"):
        place.write(content(log=LOG.forked()), at=AT)
    assert [anchor.note for anchor in place.read()] == [LOG.note(5)]


def test_anchor_without_a_token_is_an_anchor(place):
    place.write(content(token=None), at=AT)
    assert len(list(place.read())) == 1


def test_names_sort_as_the_log_grows():
    stems = [AnchorContent(1, size, "").stem for size in (9, 10, 1 << 40)]
    assert stems == sorted(stems)
    assert parse_name("0001-00000000000000000009.note") == (1, 9)
    for other in ("1-9.note", "0001-00000000000000000009.tst", "notes.txt", ""):
        assert parse_name(other) is None


# -- folder


def test_folder_keeps_note_and_token_read_only(tmp_path):
    Folder(tmp_path).write(content(), at=AT)
    names = sorted(path.name for path in tmp_path.iterdir())
    stem = "0001-00000000000000000005"
    assert names == [f"{stem}.note", f"{stem}.tst"]
    modes = {stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()}
    assert modes == {0o444}
    assert (tmp_path / f"{stem}.tst").read_bytes() == b"token"


def test_absent_folder_is_not_made(tmp_path):
    place = Folder(tmp_path / "unmounted")
    with pytest.raises(VoucherUnreachable):
        place.write(content(), at=AT)
    with pytest.raises(VoucherUnreachable):
        list(place.read())
    assert not (tmp_path / "unmounted").exists()


def test_interrupted_write_leaves_no_half_a_note(tmp_path, monkeypatch):
    """Whatever the crash leaves, the name is free for the whole note."""
    place = Folder(tmp_path)

    def crash(*_args):
        raise OSError

    for call in ("link", "fsync"):
        with monkeypatch.context() as patch:
            patch.setattr(durable_files.os, call, crash)
            with pytest.raises(VoucherUnreachable):
                place.write(content(token=None), at=AT)
        assert list(place.read()) == []
    place.write(content(token=None), at=AT)
    assert [anchor.note for anchor in place.read()] == [LOG.note(5)]


def test_other_files_in_the_folder_are_left_alone(tmp_path):
    (tmp_path / "README").write_text("ours")
    place = Folder(tmp_path)
    place.write(content(), at=AT)
    assert len(list(place.read())) == 1
    assert (tmp_path / "README").read_text() == "ours"


# -- bucket


def test_bucket_holds_what_it_is_given_against_everybody(s3, make_bucket):
    place = make_bucket(retain_days=30)
    key = place.write(content(), at=AT)
    for each in (key, key.replace(".note", ".tst")):
        head = s3.head_object(Bucket="locked", Key=each)
        assert head["ObjectLockMode"] == "COMPLIANCE"
        until = head["ObjectLockRetainUntilDate"]
        assert abs(until - AT - timedelta(days=30)) < timedelta(seconds=5)
        with pytest.raises(ClientError, match="AccessDenied"):
            s3.delete_object(Bucket="locked", Key=each, VersionId=head["VersionId"])


def test_bucket_without_object_lock_is_refused(make_bucket):
    with pytest.raises(AnchoringMisconfigured, match="no object lock"):
        make_bucket("open").write(content(), at=AT)
    assert list(make_bucket("open").read()) == []


def test_version_on_top_hides_nothing(s3, make_bucket):
    place = make_bucket()
    key = place.write(content(), at=AT)
    s3.put_object(Bucket="locked", Key=key, Body=LOG.forked().note(5).encode())
    notes = {anchor.note for anchor in place.read()}
    assert notes == {LOG.note(5), LOG.forked().note(5)}
    with pytest.raises(AnchorContradicts):
        place.write(content(), at=AT)


def test_delete_marker_hides_nothing(s3, make_bucket):
    place = make_bucket()
    key = place.write(content(), at=AT)
    s3.delete_object(Bucket="locked", Key=key)
    assert [anchor.note for anchor in place.read()] == [LOG.note(5)]


def test_server_that_drops_the_retention_is_found_out(make_bucket, monkeypatch):
    place = make_bucket()
    client = place._s3
    put = client.put_object

    def forgetful(**given):
        given = {k: v for k, v in given.items() if not k.startswith("ObjectLock")}
        return put(**given)

    monkeypatch.setattr(client, "put_object", forgetful)
    with pytest.raises(AnchoringMisconfigured, match="does not hold"):
        place.write(content(), at=AT)


def test_unreachable_bucket_is_told_without_its_credentials(s3_url, s3):
    for name, url in (("absent", s3_url), ("locked", "http://127.0.0.1:9")):
        place = Bucket(BucketAddress(name, "", url))
        with pytest.raises(VoucherUnreachable) as refusal:
            place.write(content(), at=AT)
        assert "test" not in str(refusal.value).lower().replace("timestamp", "")


def test_bucket_without_the_extra_is_a_clear_mistake(monkeypatch):
    monkeypatch.setattr(bucket_module, "boto3", None)
    with pytest.raises(AnchoringMisconfigured, match=r"clinrag\[s3\]"):
        Bucket(BucketAddress("locked"))
