"""The Merkle tree against published roots and proofs, and against RFC 9162's recursive definitions."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from entrepot.trade.ledger import merkle

#: The reference inputs of Certificate Transparency, and the root of the first 0 to 8 of them:
#: github.com/transparency-dev/merkle, testonly/constants.go.
INPUTS = [
    bytes.fromhex(each)
    for each in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f")
]
ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
#: Proofs in the tree of 8, published with them.
INCLUSION = {
    0: [
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ],
    5: [
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ],
}
CONSISTENCY = {
    2: [
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ],
    6: [
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ],
}


class Stored:
    """The leaves, and the stored levels, of a tree."""

    def __init__(self, contents: Sequence[bytes]) -> None:
        self.levels: dict[int, list[bytes]] = {0: []}
        self.frontier = merkle.Frontier()
        for each in contents:
            leaf = merkle.leaf_hash(each)
            self.levels[0].append(leaf)
            for node in self.frontier.add(leaf):
                row = self.levels.setdefault(node.level, [])
                assert len(row) == node.place
                row.append(node.hash)

    def hashes(self, level: int, start: int, end: int) -> Sequence[bytes]:
        """Hashes of a level; at most 256 are asked for."""
        assert end - start <= 2**merkle.STORED_LEVELS
        found = self.levels[level][start:end]
        assert len(found) == end - start
        return found


def contents(size: int) -> list[bytes]:
    return [f"event {number}".encode() for number in range(size)]


def mth(entries: Sequence[bytes]) -> bytes:
    """RFC 9162, section 2.1.1, word for word."""
    if not entries:
        return sha256().digest()
    if len(entries) == 1:
        return sha256(b"\0" + entries[0]).digest()
    k = 1
    while k * 2 < len(entries):
        k *= 2
    return sha256(b"\1" + mth(entries[:k]) + mth(entries[k:])).digest()


def test_roots_and_proofs_are_the_published_ones() -> None:
    for size, root in enumerate(ROOTS):
        assert Stored(INPUTS[:size]).frontier.root().hex() == root
    tree = Stored(INPUTS)
    for index, proof in INCLUSION.items():
        assert [each.hex() for each in merkle.inclusion_proof(tree, index, 8)] == proof
    for first, proof in CONSISTENCY.items():
        assert [each.hex() for each in merkle.consistency_proof(tree, first, 8)] == proof


@given(st.integers(0, 700))
def test_roots_are_those_of_the_definition(size: int) -> None:
    tree = Stored(contents(size))
    assert tree.frontier.root() == mth(contents(size))
    assert merkle.tree_hash(tree.levels[0]) == mth(contents(size))
    again = merkle.Frontier.decode(size, tree.frontier.encode())
    assert again.root() == mth(contents(size))


@given(st.integers(1, 700), st.data())
def test_an_inclusion_proof_proves_its_leaf_and_nothing_else(size: int, data: st.DataObject) -> None:
    tree, root = Stored(contents(size)), mth(contents(size))
    index = data.draw(st.integers(0, size - 1))
    proof = merkle.inclusion_proof(tree, index, size)
    leaf = tree.levels[0][index]
    assert merkle.is_included(leaf, index, size, proof, root)
    assert not merkle.is_included(merkle.leaf_hash(b"other"), index, size, proof, root)
    assert not merkle.is_included(leaf, index, size, [*proof, bytes(32)], root)
    assert not merkle.is_included(leaf, size, size, proof, root)
    assert not merkle.is_included(leaf, -1, size, proof, root)
    if proof:
        other = data.draw(st.integers(0, size - 1).filter(lambda each: each != index))
        assert not merkle.is_included(leaf, other, size, proof, root)
        assert not merkle.is_included(leaf, index, size, proof[:-1], root)
        flipped = [bytes([proof[0][0] ^ 1]) + proof[0][1:], *proof[1:]]
        assert not merkle.is_included(leaf, index, size, flipped, root)


@given(st.integers(0, 700), st.data())
def test_a_consistency_proof_proves_its_two_trees_and_nothing_else(second: int, data: st.DataObject) -> None:
    first = data.draw(st.integers(0, second))
    tree = Stored(contents(second))
    old, new = mth(contents(first)), mth(contents(second))
    proof = merkle.consistency_proof(tree, first, second)
    assert merkle.is_consistent(first, old, second, new, proof)
    wrong = merkle.leaf_hash(b"other")
    assert not merkle.is_consistent(first, wrong, second, new, proof)
    assert not merkle.is_consistent(second + 1, old, second, new, proof)
    assert not merkle.is_consistent(first, old, second, new, [*proof, bytes(32)])
    if first != 0:
        assert not merkle.is_consistent(first, old, second, wrong, proof)
    if proof:
        assert not merkle.is_consistent(first, old, second, new, proof[:-1])


def test_proofs_of_a_large_tree_read_the_stored_levels() -> None:
    size = 70_000
    tree = Stored(contents(size))
    assert set(tree.levels) == {0, 8, 16}
    root = tree.frontier.root()
    for index in (0, 65_535, 65_536, 69_999):
        proof = merkle.inclusion_proof(tree, index, size)
        assert merkle.is_included(tree.levels[0][index], index, size, proof, root)
    proof = merkle.consistency_proof(tree, 65_537, size)
    assert merkle.is_consistent(65_537, mth(contents(65_537)), size, root, proof)


def test_what_is_outside_of_a_tree_has_no_proof() -> None:
    tree = Stored(INPUTS)
    for index, size in ((8, 8), (-1, 8), (0, 0)):
        with pytest.raises(ValueError, match="not in a tree"):
            merkle.inclusion_proof(tree, index, size)
    with pytest.raises(ValueError, match="no proof"):
        merkle.consistency_proof(tree, 9, 8)
    with pytest.raises(ValueError, match="full subtrees"):
        merkle.Frontier(3, [bytes(32)])
    with pytest.raises(ValueError, match="whole hashes"):
        merkle.Frontier.decode(1, bytes(31))
