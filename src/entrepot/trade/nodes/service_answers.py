"""What a buyer says of a service that another node delivers, as the order keeps it, and what that node answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from entrepot.trade.nodes.peers import Peer
from entrepot.trade.nodes.service_cancelling import order_of
from entrepot.trade.orders import Order
from entrepot.trade.ports import Transaction

ASKED: Final = "asked"
REFUSED: Final = "refused"


@dataclass(frozen=True, slots=True)
class ServiceAnswers:
    """One kind of what a buyer says of a service: an acceptance, an objection.

    `event`: that keeps it; `kept`: the attribute of the order with the last one of each delivery; `done`: the status
    once the other node has recorded it; `refusals`: why it may not.
    """

    event: str
    kept: str
    done: str
    refusals: tuple[str, ...]

    def said(self, order: Order, delivery: str) -> Any:
        """The last one of a delivery; None without any."""
        return getattr(order, self.kept).get(delivery)

    def record(self, tx: Transaction, number: str, delivery: str, given: msgspec.Struct) -> None:
        """Record it in the order."""
        tx.append(number, self.event, {"delivery": delivery, **msgspec.to_builtins(given)})

    def refuse(self, tx: Transaction, number: str, delivery: str, why: str) -> None:
        """Record that the other node does not record it. `why`: one of the refusals."""
        asked = self.said(tx.get(number), delivery)
        self.record(tx, number, delivery, msgspec.structs.replace(asked, status=REFUSED, why=why))

    def answered(self, tx: Transaction, peer: Peer, record: Any, answer: Mapping[str, Any]) -> None:  # noqa: ARG002  # as MessageType
        """What the other node answers: it has recorded it, or says why not."""
        order, delivery = order_of(tx, record)
        asked = self.said(order, delivery) if order is not None else None
        if order is None or asked is None or asked.status == self.done:
            return
        if answer.get("status") == self.done:
            self.record(tx, order.id, delivery, msgspec.structs.replace(asked, status=self.done, why=""))
        else:
            why = answer.get("why")
            self.refuse(tx, order.id, delivery, why if why in self.refusals else "not_over")

    def failed(self, tx: Transaction, peer: Peer, record: Any, code: str, why: str) -> None:  # noqa: ARG002  # as MessageType
        """What follows where the other node did not take the message, or refuses it: its term goes on."""
        order, delivery = order_of(tx, record)
        asked = self.said(order, delivery) if order is not None else None
        if order is not None and asked is not None and asked.status == ASKED:
            self.refuse(tx, order.id, delivery, "peer_revoked" if code == "peer_revoked" else "not_delivered")
