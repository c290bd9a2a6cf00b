"""Against RFC 6962's own recursive definition, written out naively.

`tests/integration/outside` compares the same with programs that others wrote.
"""

import os
from functools import cache
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit import merkle, offline
from audit.offline.merkle import check_consistency, check_inclusion
from audit.offline.sources import FolderSource
from audit.offline.tiles import TileProver
from tests.unit.audit.folder_logs import FolderLog

# Under mutation a tenth will do: what breaks at 1,100 leaves breaks before.
IS_MUTANT = "MUTANT_UNDER_TEST" in os.environ
LARGEST = 130 if IS_MUTANT else 1100
SOME_SIZES = [
    size
    for size in [*range(1, 40), 127, 128, 129, 255, 256, 257, 511, 1023, 1024, 1025]
    if size < LARGEST
] + [LARGEST]
LEAVES = [merkle.leaf_hash(str(number).encode()) for number in range(LARGEST)]
SUBTREE = cache(merkle.subtree_of(LEAVES))


def split(size):
    power = 1
    while power * 2 < size:
        power *= 2
    return power


@cache
def naive_root(start, end):
    if start == end:
        return sha256(b"").digest()
    if end - start == 1:
        return LEAVES[start]
    middle = start + split(end - start)
    pair = naive_root(start, middle) + naive_root(middle, end)
    return sha256(b"\x01" + pair).digest()


def naive_path(index, start, end):
    if end - start == 1:
        return []
    middle = start + split(end - start)
    if index < middle:
        return [*naive_path(index, start, middle), naive_root(middle, end)]
    return [*naive_path(index, middle, end), naive_root(start, middle)]


def naive_consistency(old, start, end, whole):
    if old == end:
        return [] if whole else [naive_root(start, end)]
    middle = start + split(end - start)
    if old <= middle:
        head = naive_consistency(old, start, middle, whole)
        return [*head, naive_root(middle, end)]
    return [*naive_consistency(old, middle, end, False), naive_root(start, middle)]


def test_root_equals_the_definition_for_every_size():
    frontier = merkle.Frontier()
    for size in range(LARGEST + 1):
        assert frontier.root() == naive_root(0, size)
        frontier = frontier.extend(LEAVES[size : size + 1])
    for size in (0, 1, 2, 3, 5, LARGEST):
        assert merkle.root(LEAVES[:size]) == naive_root(0, size)


def test_root_of_the_known_tree_of_rfc_6962_implementations():
    inputs = ["", "00", "10", "2021", "3031", "40414243"]
    inputs += ["5051525354555657", "606162636465666768696a6b6c6d6e6f"]
    leaves = [merkle.leaf_hash(bytes.fromhex(text)) for text in inputs]
    known = "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"
    assert merkle.root(leaves).hex() == known


def test_frontier_grows_the_same_in_one_step_and_in_many():
    frontier = merkle.Frontier()
    for size in range(min(300, LARGEST)):
        assert frontier == merkle.Frontier().extend(LEAVES[:size])
        assert merkle.Frontier.from_bytes(size, frontier.to_bytes()) == frontier
        frontier = frontier.extend([LEAVES[size]])


def test_frontier_refuses_bytes_when_they_are_of_another_size():
    with pytest.raises(ValueError, match=r"^not the frontier of a tree of this size$"):
        merkle.Frontier.from_bytes(3, b"\x00" * 32)


def test_inclusion_path_equals_the_definition_and_holds_for_every_leaf():
    for size in SOME_SIZES:
        root = naive_root(0, size)
        for index in range(size):
            path = merkle.inclusion_path(index, size, SUBTREE)
            assert list(path) == naive_path(index, 0, size)
            leaf = LEAVES[index]
            assert merkle.inclusion_holds(leaf, index, size, path=path, root=root)
            check_inclusion(leaf, index, size, path=path, root=root)


@pytest.mark.parametrize("size", [0, 1])
def test_nothing_extends_to_nothing_else(size):
    empty, other = merkle.EMPTY_ROOT, bytes(32)
    check_consistency((0, empty), (0, empty), path=[])
    for new in ((0, other), (0, empty)) if size else ((0, other),):
        with pytest.raises(offline.Rejected):
            check_consistency((0, empty) if not size else (1, other), new, path=[])


def test_consistency_path_equals_the_definition_and_holds_for_every_pair():
    for new in SOME_SIZES:
        for old in range(1, new + 1, 1 if new < 300 else 7):
            path = merkle.consistency_path(old, new, SUBTREE)
            assert list(path) == naive_consistency(old, 0, new, True)
            assert holds(old, new, path)
            check_consistency(
                (old, naive_root(0, old)), (new, naive_root(0, new)), path=path
            )


def holds(old, new, path):
    return merkle.consistency_holds(
        old, new, path=path, old_root=naive_root(0, old), new_root=naive_root(0, new)
    )


@st.composite
def spoiled(draw, path):
    """The path with a bit flipped, a hash missing, or one too many."""
    path = list(path)
    kind = draw(st.sampled_from(["flip", "drop", "add"] if path else ["add"]))
    place = draw(st.integers(0, max(len(path) - 1, 0)))
    if kind == "flip":
        path[place] = bytes([path[place][0] ^ 1]) + path[place][1:]
    elif kind == "drop":
        del path[place]
    else:
        path.insert(place, b"\x07" * 32)
    return path


@given(st.data(), st.integers(1, LARGEST))
def test_inclusion_fails_when_the_path_is_spoiled(data, size):
    index = data.draw(st.integers(0, size - 1))
    path = data.draw(spoiled(merkle.inclusion_path(index, size, SUBTREE)))
    root = naive_root(0, size)
    assert not merkle.inclusion_holds(LEAVES[index], index, size, path=path, root=root)


@given(st.data(), st.integers(2, LARGEST))
def test_inclusion_fails_when_the_index_is_another(data, size):
    index = data.draw(st.integers(0, size - 1))
    other = data.draw(st.integers(-1, size + 1).filter(lambda value: value != index))
    path = merkle.inclusion_path(index, size, SUBTREE)
    root = naive_root(0, size)
    assert not merkle.inclusion_holds(LEAVES[index], other, size, path=path, root=root)


@given(st.data(), st.integers(2, LARGEST))
def test_consistency_fails_when_the_path_is_spoiled(data, new):
    old = data.draw(st.integers(1, new - 1))
    path = data.draw(spoiled(merkle.consistency_path(old, new, SUBTREE)))
    assert not holds(old, new, path)


def test_consistency_treats_the_ends_as_rfc_9162_says():
    root, empty = naive_root(0, 5), merkle.EMPTY_ROOT
    for old, new, old_root, expected in [
        (0, 5, empty, True),
        (5, 5, root, True),
        (0, 5, root, False),
        (5, 5, empty, False),
        (6, 5, root, False),
        (0, 0, empty, False),
        (0, 0, root, False),
    ]:
        found = merkle.consistency_holds(
            old, new, path=(), old_root=old_root, new_root=root
        )
        assert found is expected


@pytest.mark.parametrize(("index", "size"), [(0, 0), (5, 5), (-1, 5)])
def test_inclusion_path_refuses_when_there_is_no_such_leaf(index, size):
    with pytest.raises(IndexError, match=r"^no such leaf in a tree of this size$"):
        merkle.inclusion_path(index, size, SUBTREE)


@pytest.mark.parametrize(("old", "new"), [(0, 5), (6, 5)])
def test_consistency_path_refuses_when_there_is_nothing_to_prove(old, new):
    with pytest.raises(IndexError, match=r"^no consistency proof between these"):
        merkle.consistency_path(old, new, SUBTREE)


def test_offline_tree_agrees_for_every_size():
    tree = offline.Tree()
    for size in range(LARGEST):
        assert (tree.size, tree.root()) == (size, naive_root(0, size))
        tree.add([LEAVES[size]])


@pytest.mark.parametrize("size", [1, 255, 256, 257, 600, LARGEST])
def test_offline_makes_the_same_proofs_out_of_tiles(size, tmp_path):
    entries = [str(number).encode() for number in range(size)]
    log = FolderLog(entries)
    tree = log.tree
    prover = TileProver(FolderSource(log.write(tmp_path)), size)
    assert prover.root(0) == merkle.EMPTY_ROOT
    for index in range(0, size, 1 + size // 40):
        assert prover.root(index + 1) == tree.mth(0, index + 1)
        assert prover.inclusion(index) == tree.path(index, 0, size)
        path = prover.consistency(index + 1)
        assert path == tree.proof(index + 1, size)
    for wrong in (-1, size):
        with pytest.raises(offline.Malformed):
            prover.inclusion(wrong)
    for wrong in (0, size + 1):
        with pytest.raises(offline.Malformed):
            prover.consistency(wrong)


def test_subtrees_in_memory_are_those_of_the_definition():
    subtree = merkle.subtree_of(LEAVES[:9])
    for start, end in [(0, 9), (0, 8), (8, 9), (2, 5), (3, 3)]:
        assert subtree(start, end) == naive_root(start, end)


def test_nothing_extends_nothing_and_only_nothing():
    empty = merkle.EMPTY_ROOT
    told = {"path": (), "old_root": empty, "new_root": empty}
    assert merkle.consistency_holds(0, 0, **told)
    assert not merkle.consistency_holds(0, 0, **told | {"path": (empty,)})
    assert not merkle.consistency_holds(0, 5, **told | {"path": (empty,)})


def test_a_proof_without_a_hash_shows_no_growth():
    for old in range(1, 9):
        assert not holds(old, old + 1, ())
        with pytest.raises(offline.Rejected):
            check_consistency(
                (old, naive_root(0, old)), (old + 1, naive_root(0, old + 1)), path=[]
            )


@pytest.mark.parametrize("size", [1, 2, 3, 4, 7, 8, 9])
def test_the_leaf_behind_the_last_is_in_no_tree(size):
    root = naive_root(0, size)
    for index in range(size):
        path = merkle.inclusion_path(index, size, SUBTREE)
        told = {"path": path, "root": root}
        assert not merkle.inclusion_holds(LEAVES[index], size, size, **told)
        with pytest.raises(offline.Rejected):
            check_inclusion(LEAVES[index], size, size, **told)
