"""The verifier's tree is the writer's: same roots, same tiles, grown in any pieces."""

from hashlib import sha256

from hypothesis import given, settings
from hypothesis import strategies as st

from audit import merkle
from audit.verification.tree import DerivedTree, blocks

LEAVES = [sha256(str(number).encode()).digest() for number in range(70_000)]
SIZES = st.integers(0, 1100) | st.sampled_from([65_535, 65_536, 65_537, 70_000])


def grow(tree, leaves, piece):
    tiles = []
    for start in range(0, len(leaves), piece):
        tree.add(leaves[start : start + piece])
        tiles += tree.take_full_tiles()
    return tiles


@settings(deadline=None, max_examples=40)
@given(SIZES, st.integers(1, 5000))
def test_root_and_tiles_are_those_of_the_specification(size, piece):
    tree = DerivedTree()
    tiles = grow(tree, LEAVES[:size], piece)
    assert (tree.size, tree.root()) == (size, merkle.root(LEAVES[:size]))
    assert len(tiles) == size // 256 + size // 65_536
    for tile in tiles:
        hashes = [tile.hashes[at : at + 32] for at in range(0, 8192, 32)]
        assert merkle.root(hashes) == tile.root
        first, width = tile.number * 256 ** (tile.level + 1), 256**tile.level
        assert hashes[0] == merkle.root(LEAVES[first : first + width])


@settings(deadline=None, max_examples=40)
@given(st.data())
def test_a_middle_between_given_subtrees_has_the_same_root_and_its_own_tiles(data):
    size = data.draw(st.integers(1, 5000))
    start = data.draw(st.integers(0, size - 1))
    end = data.draw(st.integers(start + 1, size))
    tree = DerivedTree()
    for left, right in blocks(0, start):
        tree.push((right - left).bit_length() - 1, merkle.root(LEAVES[left:right]))
    tiles = grow(tree, LEAVES[start:end], data.draw(st.integers(1, 700)))
    for left, right in blocks(end, size):
        tree.push((right - left).bit_length() - 1, merkle.root(LEAVES[left:right]))
    assert (tree.size, tree.root()) == (size, merkle.root(LEAVES[:size]))
    whole = {number for number in range(20) if start <= number * 256 <= end - 256}
    assert {tile.number for tile in tiles if tile.level == 0} == whole
    for tile in tiles:
        assert tile.level == 0
        leaves = LEAVES[tile.number * 256 : tile.number * 256 + 256]
        assert tile.hashes == b"".join(leaves)
