"""What one node has asked another about an order, as the API shows it with the order."""

from __future__ import annotations

from typing import Literal

import msgspec

from entrepot.model.money import in_major
from entrepot.trade.service_requests import Goodwill, ServiceAcceptance, ServiceCancellation, ServiceObjection


class ServiceCancellationShown(msgspec.Struct, kw_only=True):
    """That the buyer asked another node to cancel a service. `delivery`: its id there; `line`: of the order.

    `refund_percent`: of its price, what is paid back at least while it is asked, then what the seller's terms give.
    `reason`: why it is refused: begun, less (they give less by now), ended, not_known (the other node does not know the
    message), peer_revoked or not_delivered; else empty.
    """

    delivery: str
    line: int
    status: Literal["asked", "refused", "cancelled"]
    refund_percent: int
    reason: str


class ServiceObjectionShown(msgspec.Struct, kw_only=True):
    """That the buyer objected to a service of another node. `delivery`: its id there; `line`: of the order.

    `status`: `told` once that node has recorded it: its operator decides. `why`: it is refused: late, early, not_over,
    not_known (the other node does not know the message), peer_revoked or not_delivered; else empty.
    """

    delivery: str
    line: int
    status: Literal["asked", "refused", "told"]
    reason: str
    why: str


class ServiceAcceptanceShown(msgspec.Struct, kw_only=True):
    """That the buyer accepted a service of another node. `delivery`: its id there; `line`: of the order.

    `status`: `accepted` once that node has recorded it. `why`: it is refused: not_over, ended, not_known (the other
    node does not know the message: it is accepted when its term ends), peer_revoked or not_delivered; else empty.
    """

    delivery: str
    line: int
    status: Literal["accepted", "asked", "refused"]
    why: str


class GoodwillShown(msgspec.Struct, kw_only=True):
    """What the seller gives back of the price across nodes without a return, in the currency of the order.

    `status`: `paid` once the buyer's node has paid `amount_paid` of it back, less where less was left. `why`: it is
    refused: nothing_left, not_known (the other node does not know the message), peer_revoked or not_delivered; else
    empty.
    """

    id: str
    amount: str
    amount_paid: str
    reason: str
    status: Literal["asked", "paid", "refused"]
    why: str


def show_cancellation(delivery: str, found: ServiceCancellation) -> ServiceCancellationShown:
    """The cancellation of a service of another node. `delivery`: its id there."""
    return ServiceCancellationShown(
        delivery=delivery,
        line=found.line,
        status=found.status,  # type: ignore[arg-type]  # one of these words
        refund_percent=found.percent,
        reason=found.reason,
    )


def show_objection(delivery: str, found: ServiceObjection) -> ServiceObjectionShown:
    """The objection to a service of another node. `delivery`: its id there."""
    return ServiceObjectionShown(
        delivery=delivery,
        line=found.line,
        status=found.status,  # type: ignore[arg-type]  # one of these words
        reason=found.reason,
        why=found.why,
    )


def show_acceptance(delivery: str, found: ServiceAcceptance) -> ServiceAcceptanceShown:
    """The acceptance of a service of another node. `delivery`: its id there."""
    return ServiceAcceptanceShown(
        delivery=delivery,
        line=found.line,
        status=found.status,  # type: ignore[arg-type]  # one of these words
        why=found.why,
    )


def show_goodwill(number: str, found: Goodwill, places: int) -> GoodwillShown:
    """What the seller gives back. `places`: decimals of the currency of the order."""
    return GoodwillShown(
        id=number,
        amount=in_major(found.amount, places),
        amount_paid=in_major(found.paid, places),
        reason=found.reason,
        status=found.status,  # type: ignore[arg-type]  # one of these words
        why=found.why,
    )
