"""What handlers of messages call that is not pure, by name (`Node.services`). Each part adds its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from entrepot.connect.signing_keys import SigningKey
from entrepot.trade.nodes.checkpoints import CheckpointShown
from entrepot.trade.ports import NotFound
from entrepot.trade_app import ledger
from entrepot.trade_app.books import open_database, open_trade_keys


def services(economy: str, address: str, keys: Callable[[], Sequence[SigningKey]]) -> Mapping[str, Callable[..., Any]]:
    """The services of the node of an economy at an address. `keys`: with which it signs now, the newest last."""
    open_database()
    # After the database is open: the command line opens it itself, and these need its tables.
    from entrepot.trade_app.nodes import offers, order_mirror, order_services, statistics, times  # noqa: PLC0415

    return {
        "checkpoint": show_checkpoint,
        "ledger_key": ledger_key,
        **offers.services(economy),
        **statistics.services(economy),
        **order_mirror.services(economy),
        **times.services(),
        **order_services.services(economy, address, keys),
    }


def show_checkpoint(size: int) -> CheckpointShown:
    """The newest checkpoint of this node's ledger, with the proof that it continues the one of a size."""
    note, key = ledger.checkpoint(at_least=ledger.MAX_AGE)
    newest = int(ledger.describe(note, key)["size"])
    try:
        proof = ledger.prove_consistency(size, newest) if 0 < size < newest else []
    except NotFound:
        proof = []
    return CheckpointShown(note=note, proof=tuple(each.hex() for each in proof))


def ledger_key() -> str:
    """The public key of this node's checkpoints."""
    return open_trade_keys().signer.verifier().text()
