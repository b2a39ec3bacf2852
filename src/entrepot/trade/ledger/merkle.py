"""The Merkle tree of the ledger, as RFC 9162 defines it (section 2.1): its root and proofs that anyone can check.

An inclusion proof shows that an event is in a tree, a consistency proof that one tree is the beginning of another.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from typing import NamedTuple, Protocol

#: The root of a tree without leaves: the hash of nothing.
EMPTY_ROOT = sha256().digest()
HASH_BYTES = 32
#: Full subtrees of 2^8, 2^16, 2^24 … leaves are stored, so that a proof reads at most 256 hashes of each level.
STORED_LEVELS = 8


class Node(NamedTuple):
    """The hash of a full subtree of 2^`level` leaves, the `place`-th of its level from 0."""

    level: int
    place: int
    hash: bytes


def leaf_hash(content: bytes) -> bytes:
    """The hash of a leaf."""
    return sha256(b"\0" + content).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of a node over two others."""
    return sha256(b"\1" + left + right).digest()


def tree_hash(hashes: Sequence[bytes]) -> bytes:
    """The root over leaf hashes.

    >>> tree_hash([]).hex()[:16], tree_hash([leaf_hash(b"")]).hex()[:16]
    ('e3b0c44298fc1c14', '6e340b9cffb37a98')
    """
    frontier = Frontier()
    for each in hashes:
        frontier.add(each)
    return frontier.root()


class Frontier:
    """The full subtrees of a tree, from left to right: what an append and the root need of it.

    `size`: the number of leaves. `hashes`: one for each bit of `size` that is 1, the largest subtree first.
    """

    __slots__ = ("hashes", "size")

    def __init__(self, size: int = 0, hashes: Sequence[bytes] = ()) -> None:
        if len(hashes) != size.bit_count():
            raise ValueError(f"A tree of {size} leaves has {size.bit_count()} full subtrees, not {len(hashes)}.")
        self.size, self.hashes = size, list(hashes)

    @classmethod
    def decode(cls, size: int, content: bytes) -> Frontier:
        """A frontier from its bytes. Raises ValueError if they do not belong to a tree of this size."""
        if len(content) % HASH_BYTES:
            raise ValueError(f"{len(content)} bytes are not whole hashes.")
        return cls(size, [content[at : at + HASH_BYTES] for at in range(0, len(content), HASH_BYTES)])

    def encode(self) -> bytes:
        """The hashes, one after the other."""
        return b"".join(self.hashes)

    def add(self, leaf: bytes) -> list[Node]:
        """Append a leaf hash. Returns the subtrees that it completes and that are stored."""
        hashes, found, level, place = self.hashes, [], 0, self.size
        while place & 1:
            leaf = sha256(b"\1" + hashes.pop() + leaf).digest()
            place >>= 1
            level += 1
            if level % STORED_LEVELS == 0:
                found.append(Node(level, place, leaf))
        hashes.append(leaf)
        self.size += 1
        return found

    def root(self) -> bytes:
        """The root of the tree."""
        if not self.hashes:
            return EMPTY_ROOT
        *others, root = self.hashes
        for each in reversed(others):
            root = node_hash(each, root)
        return root


class Hashes(Protocol):
    """Where proofs read hashes: the leaves (level 0) and the stored levels of full subtrees."""

    def hashes(self, level: int, start: int, end: int) -> Sequence[bytes]:
        """The hashes of a level from `start` up to, not including, `end`."""


def subtree_hash(source: Hashes, start: int, end: int) -> bytes:
    """The root over the leaves from `start` up to, not including, `end`: a subtree that RFC 9162 forms."""
    size = end - start
    if size & (size - 1):
        middle = start + _split(size)
        return node_hash(subtree_hash(source, start, middle), subtree_hash(source, middle, end))
    level = (size.bit_length() - 1) // STORED_LEVELS * STORED_LEVELS
    return tree_hash(source.hashes(level, start >> level, end >> level))


def inclusion_proof(source: Hashes, index: int, size: int) -> list[bytes]:
    """The proof that leaf `index` (from 0) is in the tree of `size` leaves (RFC 9162, section 2.1.3.1)."""
    _check_place(index, size)
    return _path(source, index, 0, size)


def consistency_proof(source: Hashes, first: int, second: int) -> list[bytes]:
    """The proof that the tree of `first` leaves is the beginning of that of `second` (RFC 9162, section 2.1.4.1)."""
    if not 0 <= first <= second:
        raise ValueError(f"There is no proof from {first} to {second} leaves.")
    if first in (0, second):
        return []
    return _subproof(source, first, 0, second, whole=True)


def root_from_inclusion(leaf: bytes, index: int, size: int, proof: Sequence[bytes]) -> bytes | None:
    """The root to which an inclusion proof leads (RFC 9162, section 2.1.3.2). None if the proof is malformed."""
    if not 0 <= index < size:
        return None
    place, last, root = index, size - 1, leaf
    for each in proof:
        if last == 0:
            return None
        if place & 1 or place == last:
            root = node_hash(each, root)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            root = node_hash(root, each)
        place, last = place >> 1, last >> 1
    return root if last == 0 else None


def is_included(leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> bool:
    """Whether a proof shows that a leaf is in the tree with this root."""
    return root_from_inclusion(leaf, index, size, proof) == root


def is_consistent(first: int, first_root: bytes, second: int, second_root: bytes, proof: Sequence[bytes]) -> bool:
    """Whether a proof shows that one tree is the beginning of another (RFC 9162, section 2.1.4.2)."""
    if not 0 <= first <= second:
        return False
    if first == second:
        return first_root == second_root and not proof
    if first == 0:
        return first_root == EMPTY_ROOT and not proof
    path = list(proof) if first & (first - 1) else [first_root, *proof]
    if not path:
        return False
    place, last = first - 1, second - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    old = new = path[0]
    for each in path[1:]:
        if last == 0:
            return False
        if place & 1 or place == last:
            old, new = node_hash(each, old), node_hash(each, new)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            new = node_hash(new, each)
        place, last = place >> 1, last >> 1
    return (old, new, last) == (first_root, second_root, 0)


def _split(size: int) -> int:
    """The largest power of two below `size`."""
    return 1 << ((size - 1).bit_length() - 1)


def _check_place(index: int, size: int) -> None:
    if not 0 <= index < size:
        raise ValueError(f"Leaf {index} is not in a tree of {size} leaves.")


def _path(source: Hashes, index: int, start: int, end: int) -> list[bytes]:
    if end - start == 1:
        return []
    middle = start + _split(end - start)
    if index < middle:
        return [*_path(source, index, start, middle), subtree_hash(source, middle, end)]
    return [*_path(source, index, middle, end), subtree_hash(source, start, middle)]


def _subproof(source: Hashes, first: int, start: int, end: int, *, whole: bool) -> list[bytes]:
    if first == end:
        return [] if whole else [subtree_hash(source, start, end)]
    middle = start + _split(end - start)
    if first <= middle:
        return [*_subproof(source, first, start, middle, whole=whole), subtree_hash(source, middle, end)]
    return [*_subproof(source, first, middle, end, whole=False), subtree_hash(source, start, middle)]
