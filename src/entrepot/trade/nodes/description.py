"""What a node says of itself at `/.well-known/entrepot`: signed with each of its keys, and valid for some days."""

from __future__ import annotations

import datetime as dt
from typing import Any, Final

import msgspec

from entrepot.trade.ledger.events import check_value

#: How long a description holds.
VALID: Final = dt.timedelta(days=7)
#: Bytes of a description that is fetched.
MAX_BYTES: Final = 64 << 10
PATH: Final = "/.well-known/entrepot"
#: Where messages are sent, below the address of a node.
MESSAGES: Final = "/nodes/messages"
SCHEMAS: Final = "/nodes/schemas"


class Endorsement(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The signature of the key before over a new one (`endorsed`). `signature`: base64url."""

    by: str
    previous_until: str
    signature: str


class DescribedKey(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """A key of a node. `thumbprint`: RFC 7638; `until`: "" while its end is not known."""

    thumbprint: str
    jwk: dict[str, str]
    since: str
    until: str = ""
    endorsement: Endorsement | None = None


class Description(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a node says of itself.

    `messages`: the versions of each type that it knows; `ledger_key`: the public key of its checkpoints (C2SP signed
    note); `capabilities`: those that it has, not those that are open to somebody.
    """

    object: str
    version: int
    economy: str
    name: str
    operator: str
    did: str
    address: str
    keys: tuple[DescribedKey, ...]
    capabilities: tuple[str, ...]
    messages: dict[str, tuple[int, ...]]
    ledger_key: str
    issued: str
    expires: str


_ENCODER: Final = msgspec.json.Encoder(order="sorted")


def canonical(value: Any) -> bytes:
    """A value as canonical JSON (RFC 8785). Raises ValueError for what has none.

    >>> canonical({"b": 1, "a": "é"}).decode()
    '{"a":"é","b":1}'
    """
    plain = msgspec.to_builtins(value)
    check_value(plain)
    return _ENCODER.encode(plain)


def endorsed(did: str, key: DescribedKey, previous_until: str) -> bytes:
    """What the key before signs to endorse a new one."""
    return canonical(
        {
            "purpose": "entrepot-node-key",
            "did": did,
            "thumbprint": key.thumbprint,
            "since": key.since,
            "previous_until": previous_until,
        }
    )
