"""Where evidence lies: a folder, a zip, a place inside one; read under a limit."""

import io
import os
import zipfile

import pytest

from audit.offline.places import read_user_authorization
from audit.offline.problems import Malformed, Missing, Problem, Unreadable
from audit.offline.sources import FolderSource, InnerSource, ZipSource, read_file
from tests.unit.audit.folder_logs import FolderLog, Key, some_entries

FILES = {"a": b"first", "d/b": b"second", "d/e/c": b"third", "dd/b": b"fourth"}


def folder(root):
    for name, data in FILES.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(data)
    return FolderSource(root)


def archive(root):
    with zipfile.ZipFile(root / "it.zip", "w", zipfile.ZIP_DEFLATED) as packed:
        packed.mkdir("d")
        for name, data in FILES.items():
            packed.writestr(name, data)
    return ZipSource(root / "it.zip")


def spoiled_zip(root, old, new, data=b"content"):
    """A zip whose only member is spoiled where these bytes are, at every place."""
    path = root / "it.zip"
    with zipfile.ZipFile(path, "w") as packed:
        packed.writestr("x", data)
    assert old in path.read_bytes()
    path.write_bytes(path.read_bytes().replace(old, new))
    return ZipSource(path)


def told(call, kind=Problem):
    with pytest.raises(kind) as refusal:
        call()
    assert type(refusal.value) is kind or kind is Problem
    return refusal.value.code, str(refusal.value)


@pytest.fixture(params=[folder, archive])
def source(request, tmp_path):
    return request.param(tmp_path)


def test_what_lies_there_is_listed_and_read_by_its_names(source):
    assert set(source.names()) == set(FILES)
    for name, data in FILES.items():
        assert source.read(name, limit=100) == data


def test_what_lies_inside_is_listed_and_read_by_the_rest_of_its_names(source):
    inner = InnerSource(source, "d/")
    assert set(inner.names()) == {"b", "e/c"}
    assert {name: inner.read(name, limit=100) for name in inner.names()} == {
        "b": b"second",
        "e/c": b"third",
    }
    assert told(lambda: inner.read("a", limit=9), Missing)[0] == "missing"


@pytest.mark.parametrize("name", ["none", "d/none", "d/e/none"])
def test_what_is_missing_is_told_by_its_whole_name(source, name):
    refusal = told(lambda: source.read(name, limit=9), Missing)
    assert refusal == ("missing", f"{name} is missing")


def test_the_limit_is_the_most_that_is_given(source):
    assert source.read("d/b", limit=6) == b"second"
    assert told(lambda: source.read("d/b", limit=5), Malformed) == (
        "too_large", "this is larger than it may be",
    )  # fmt: skip


@pytest.mark.parametrize("name", ["", "/a", "..", "d/../a", "d\\b", "a\x00", "x" * 501])
def test_a_name_that_leads_elsewhere_is_refused(source, name):
    refusal = told(lambda: source.read(name, limit=9), Malformed)
    assert refusal == ("name_unsafe", "a name that leads elsewhere")


def test_the_longest_name_is_looked_for(tmp_path):
    name = "x" * 500
    assert told(lambda: archive(tmp_path).read(name, limit=9))[0] == "missing"
    found = told(lambda: FolderSource(tmp_path).read(name, limit=9), Unreadable)
    assert found == ("unreadable", f"{name} could not be read (OSError)")


@pytest.mark.parametrize("place", ["d", "d/e"])
def test_a_link_to_a_folder_elsewhere_is_not_followed_at_any_depth(tmp_path, place):
    """Nor is one to a file; what a link names inside is another spelling of it."""
    (tmp_path / "out" / "e").mkdir(parents=True)
    (tmp_path / "out" / "e" / "c").write_bytes(b"secret")
    (tmp_path / "out" / "c").write_bytes(b"secret")
    (tmp_path / "in").mkdir()
    within = folder(tmp_path / "in")
    (tmp_path / "in" / place).rename(tmp_path / "moved")
    (tmp_path / "in" / place).symlink_to(tmp_path / "out")
    refusal = told(lambda: within.read("d/e/c", limit=9), Unreadable)
    assert refusal == ("link", "a link leads out of the folder")


def test_a_link_inside_is_a_link(tmp_path):
    within = folder(tmp_path)
    (tmp_path / "d" / "link").symlink_to(tmp_path / "a")
    refusal = told(lambda: within.read("d/link", limit=9), Unreadable)
    assert refusal == ("link", "d/link is a link")
    (tmp_path / "d" / "inside").symlink_to(tmp_path / "dd")
    assert within.read("d/inside/b", limit=9) == b"fourth"


def test_a_link_in_a_circle_is_told_by_the_name_that_was_asked_for(tmp_path):
    (tmp_path / "round").symlink_to(tmp_path / "round")
    refusal = told(lambda: FolderSource(tmp_path).read("round/x", limit=9), Unreadable)
    assert refusal in {
        ("link", "round/x is a link"),
        ("unreadable", "round/x could not be read (RuntimeError)"),
    }


def test_a_folder_or_a_pipe_is_no_file(tmp_path):
    within = folder(tmp_path)
    os.mkfifo(tmp_path / "d" / "pipe")
    for name in ("d/e", "d/pipe"):
        code, sentence = told(lambda name=name: within.read(name, limit=9))
        assert code in {"missing", "unreadable"}
        assert sentence.startswith(name)
    assert told(lambda: within.read("d/pipe", limit=9), Missing) == (
        "missing", "d/pipe is no file",
    )  # fmt: skip


def test_what_a_user_names_may_be_a_link(run, tmp_path):
    log = FolderLog(some_entries(3))
    log.write(tmp_path / "log")
    (tmp_path / "key").write_text(log.key.vkey)
    (tmp_path / "link").symlink_to(tmp_path / "key")
    (tmp_path / "log-link").symlink_to(tmp_path / "log")
    assert run("fsck", tmp_path / "log-link", "--vkey", f"@{tmp_path / 'link'}")[
        "holds"
    ]


def test_a_member_that_does_not_unpack_is_told_by_its_name(tmp_path):
    wrong = spoiled_zip(tmp_path, b"content", b"contemt")
    assert told(lambda: wrong.read("x", limit=9), Unreadable) == (
        "unreadable", "x could not be read (BadZipFile)",
    )  # fmt: skip


def test_a_member_that_is_encrypted_is_told_by_its_name(tmp_path):
    """The flag in the member's own header and in the directory."""
    path = tmp_path / "it.zip"
    with zipfile.ZipFile(path, "w") as packed:
        packed.writestr("x", b"content")
    data = bytearray(path.read_bytes())
    data[6] |= 1
    data[data.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(data)
    assert told(lambda: ZipSource(path).read("x", limit=9), Unreadable) == (
        "unreadable", "x could not be read (RuntimeError)",
    )  # fmt: skip


def test_a_member_is_not_unpacked_beyond_the_limit(tmp_path):
    """Its last byte is spoiled: who unpacked to the end would have found that."""
    long = spoiled_zip(tmp_path, b"end", b"and", bytes(300_000) + b"end")
    assert told(lambda: long.read("x", limit=300_003))[0] == "unreadable"
    assert told(lambda: long.read("x", limit=100), Malformed)[0] == "too_large"


class Dripping(io.FileIO):
    """A file that gives three bytes at a time, as a file may, and counts them."""

    given = 0

    def read(self, size=-1, /):
        data = super().read(min(size, 3) if size >= 0 else -1)
        Dripping.given += len(data)
        return data


@pytest.mark.parametrize(("size", "limit"), [(0, 0), (1, 1), (10, 10), (10, 99)])
def test_a_file_that_comes_in_pieces_is_read_to_its_end(
    tmp_path, monkeypatch, size, limit
):
    (tmp_path / "x").write_bytes(bytes(range(size)))
    monkeypatch.setattr(
        "audit.offline.sources.os.fdopen", lambda at, *_, **__: Dripping(at)
    )
    assert read_file(tmp_path / "x", limit=limit) == bytes(range(size))


def test_of_a_file_no_more_than_a_byte_beyond_the_limit_is_read(tmp_path, monkeypatch):
    (tmp_path / "x").write_bytes(bytes(1000))
    monkeypatch.setattr(
        "audit.offline.sources.os.fdopen", lambda at, *_, **__: Dripping(at)
    )
    Dripping.given = 0
    assert told(lambda: read_file(tmp_path / "x", limit=10))[0] == "too_large"
    assert Dripping.given == 11


def test_a_file_is_called_by_its_own_name_when_it_has_no_other(tmp_path):
    refusal = told(lambda: read_file(tmp_path / "none"), Missing)
    assert refusal == ("missing", "none is missing")


class TestPlaces:
    """What is named on the command line."""

    @pytest.fixture
    def given(self, tmp_path):
        log = FolderLog(some_entries(3))
        return (log.write(tmp_path / "log"), "--vkey", log.key.vkey)

    def test_a_place_where_nothing_lies_is_told(self, run, tmp_path):
        place = tmp_path / "away"
        found = run("fsck", place, "--vkey", Key("x").vkey)
        assert (found["status"], found["code"]) == (3, "missing")
        assert found["message"] == f"there is no folder, zip file or address {place}"

    def test_a_text_is_read_up_to_its_limit(self, run, given, tmp_path):
        (tmp_path / "held").write_bytes(b"x" * 2_000_001)
        found = run("fsck", *given, "--held", tmp_path / "held")
        assert (found["status"], found["code"]) == (2, "too_large")
        assert found["message"] == "this is larger than it may be"
        (tmp_path / "held").write_bytes(b"x" * 2_000_000)
        found = run("fsck", *given, "--held", tmp_path / "held")
        assert found["code"] == "note_malformed"

    def test_a_policy_is_read_up_to_its_limit(self, run, given, tmp_path):
        (tmp_path / "policy").write_bytes(b"#" * 2_000_001)
        found = run("fsck", *given, "--policy", tmp_path / "policy")
        assert (found["status"], found["code"]) == (2, "too_large")

    def test_why_an_authorization_is_none_is_told(self, run, tmp_path, monkeypatch):
        (tmp_path / "secret").write_text("s3cret")
        address = ("http://127.0.0.1:1/", "--vkey", Key("x").vkey)
        found = run("fsck", *address, "--authorization-file", tmp_path / "secret")
        assert found["message"] == "no authorization in the form `Bearer KEY`"

    @pytest.mark.parametrize("end", ["", "\n", "\r\n", "\n\r\n"])
    def test_of_an_authorization_only_the_end_of_its_line_is_cut(self, tmp_path, end):
        for written in ("Bearer sX", "Bearer s "):
            (tmp_path / "secret").write_text(written + end, newline="")
            said = read_user_authorization(str(tmp_path / "secret"), None)
            assert said == written

    def test_a_policy_s_names_are_octets_of_any_kind(self, run, tmp_path):
        witness = Key("w.example", kind=4)
        log = FolderLog(some_entries(3), witnesses=(witness,))
        given = (log.write(tmp_path / "log"), "--vkey", log.key.vkey)
        line = f" {witness.vkey}\nquorum ".encode()
        for name, known in ((b"a\xff", "a\udcff"), ("ä".encode(), "ä")):
            text = b"witness " + name + line + name + b"\n"
            (tmp_path / "policy").write_bytes(text)
            found = run("fsck", *given, "--policy", tmp_path / "policy")
            assert found["cosigned"] == {known: 1_700_000_000}
