"""The zip is read by zip programs of others, and survives being cut off anywhere."""

import subprocess
from hashlib import sha256
from zipfile import ZipFile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.exports.archive import BODY, NAMES, Archive

MEMBERS = st.dictionaries(
    st.from_regex(r"[a-z0-9]{1,8}(/[a-z0-9.]{1,12})?", fullmatch=True),
    st.binary(max_size=300),
    max_size=12,
)


def read(path):
    with ZipFile(path) as found:
        assert found.testzip() is None
        return {name: found.read(name) for name in found.namelist()}


@given(members=MEMBERS)
def test_members_are_read_back_by_zipfile(tmp_path_factory, members):
    folder = tmp_path_factory.mktemp("zip")
    with Archive(folder / "draft") as made:
        for name, data in members.items():
            made.add(name, data)
        names = list(made.spooled(NAMES))
        made.finish(folder / "made.zip")
    assert read(folder / "made.zip") == members
    assert names == [f"{sha256(d).hexdigest()} {n}" for n, d in members.items()]


def test_same_members_give_the_same_bytes(tmp_path):
    for name in ("one", "two"):
        with Archive(tmp_path / name) as made:
            made.add("a", b"x" * 1000)
            made.finish(tmp_path / f"{name}.zip")
    assert (tmp_path / "one.zip").read_bytes() == (tmp_path / "two.zip").read_bytes()


@pytest.mark.parametrize("torn", [0, 1, 37])
def test_archive_goes_on_from_the_place_that_was_kept(tmp_path, torn):
    with Archive(tmp_path / "draft", spools=("more",)) as made:
        made.add("kept", b"kept")
        made.spool("more", b"kept\n")
        kept = made.positions()
        made.add("lost", b"lost" * torn)
        made.spool("more", b"lost\n")
    with Archive(tmp_path / "draft", spools=("more",)) as made:
        assert made.holds(kept)
        made.rewind(kept)
        made.add("new", b"new")
        assert list(made.spooled("more")) == ["kept"]
        made.finish(tmp_path / "made.zip")
    assert read(tmp_path / "made.zip") == {"kept": b"kept", "new": b"new"}
    assert not (tmp_path / "draft").exists()


def test_archive_notices_that_its_files_are_shorter_than_what_was_kept(tmp_path):
    with Archive(tmp_path / "draft") as made:
        made.add("kept", b"kept")
        kept = made.positions()
    (tmp_path / "draft" / BODY).write_bytes(b"")
    with Archive(tmp_path / "draft") as made:
        assert not made.holds(kept)


def test_large_file_is_added_in_pieces_and_told_by_its_hash(tmp_path):
    source = tmp_path / "source"
    source.write_bytes(bytes(range(256)) * 20_000)
    with Archive(tmp_path / "draft") as made:
        digest = made.add_file("large", source)
        made.finish(tmp_path / "made.zip")
    assert digest == sha256(source.read_bytes()).hexdigest()
    assert read(tmp_path / "made.zip")["large"] == source.read_bytes()


def test_many_members_are_read_by_unzip_and_zipfile(tmp_path):
    with Archive(tmp_path / "draft") as made:
        for number in range(70_000):
            made.add(f"m/{number}", b"")
        made.finish(tmp_path / "made.zip")
    with ZipFile(tmp_path / "made.zip") as found:
        assert len(found.namelist()) == 70_000
    subprocess.run(
        ["unzip", "-tq", tmp_path / "made.zip"], check=True, capture_output=True
    )


def test_offsets_beyond_4_gib_stand_in_the_zip64_part(tmp_path):
    with Archive(tmp_path / "draft") as made:
        made.add("first", b"first")
        body = made._files[BODY]
        body.seek(2**32 + 7)  # a hole: 4 GiB on paper, nothing on the disk
        made.add("far", b"far")
        made.finish(tmp_path / "made.zip")
    assert read(tmp_path / "made.zip") == {"first": b"first", "far": b"far"}


def test_files_are_private(tmp_path):
    with Archive(tmp_path / "draft") as made:
        made.add("a", b"a")
        assert (tmp_path / "draft").stat().st_mode & 0o777 == 0o700
        for file in (tmp_path / "draft").iterdir():
            assert file.stat().st_mode & 0o777 == 0o600
        made.finish(tmp_path / "made.zip")
    assert (tmp_path / "made.zip").stat().st_mode & 0o777 == 0o600
