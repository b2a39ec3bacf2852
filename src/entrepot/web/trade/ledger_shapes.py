"""The shapes of `/v1/ledger`."""

from __future__ import annotations

import msgspec

from entrepot.trade.ledger.proofs import Proof


class Checkpoint(msgspec.Struct):
    """A signed checkpoint of the ledger: the number of events and the root of their Merkle tree (RFC 9162).

    `note`: the signed text (C2SP signed note and checkpoint); `key`: the public key. Store both: with them you can
    check later that the ledger only grew. `root`: hexadecimal digits.
    """

    object: str
    origin: str
    size: int
    root: str
    note: str
    key: str


class ConsistencyProof(msgspec.Struct):
    """The proof that the ledger of `first` events is the beginning of that of `second`, in hexadecimal digits."""

    object: str
    first: int
    second: int
    proof: list[str]


LEDGER_SHAPES = (Checkpoint, ConsistencyProof, Proof)
