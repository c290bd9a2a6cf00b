"""The store returns what was put, or nothing."""

import hashlib
from concurrent.futures import ThreadPoolExecutor

import pytest

from ingestion.errors import ContentDamaged, ContentNotFound
from ingestion.storage import ContentStore

DATA = b"a guideline"
SHA256 = hashlib.sha256(DATA).hexdigest()


@pytest.fixture
def store(tmp_path):
    return ContentStore(tmp_path / "with space" / "content")


def test_store_gives_back_what_was_put_twice(store):
    assert store.put(DATA) == store.put(DATA) == SHA256
    assert store.get(SHA256) == DATA


def test_store_lays_files_out_by_their_checksum(store, tmp_path):
    store.put(DATA)

    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert files == [
        tmp_path / "with space" / "content" / SHA256[:2] / SHA256[2:4] / SHA256
    ]


def test_store_refuses_to_read_when_the_file_was_changed(store, tmp_path):
    store.put(DATA)
    (path,) = (path for path in tmp_path.rglob(SHA256))
    path.write_bytes(b"another guideline")

    with pytest.raises(ContentDamaged):
        store.get(SHA256)


def test_store_mends_a_damaged_file_when_the_right_bytes_come_again(store, tmp_path):
    store.put(DATA)
    (path,) = (path for path in tmp_path.rglob(SHA256))
    path.write_bytes(b"")

    store.put(DATA)

    assert store.get(SHA256) == DATA


@pytest.mark.parametrize("name", ["0" * 64, "../../etc/passwd", "", SHA256.upper()])
def test_store_knows_nothing_under_other_names(store, name):
    store.put(DATA)

    with pytest.raises(ContentNotFound):
        store.get(name)


def test_store_holds_one_file_when_many_put_at_once(store, tmp_path):
    with ThreadPoolExecutor(8) as pool:
        names = set(pool.map(store.put, [DATA] * 40))

    assert names == {SHA256}
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == [SHA256]
