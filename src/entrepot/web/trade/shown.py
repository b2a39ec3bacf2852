"""What the operations of trade answer: all types, for the document of the API."""

from __future__ import annotations

from typing import Literal

import msgspec

from entrepot.trade.webhooks import EventShown
from entrepot.web.trade import shapes
from entrepot.web.trade.booking_shapes import BOOKING_SHAPES
from entrepot.web.trade.delivery_shapes import DELIVERY_SHAPES
from entrepot.web.trade.learning_shapes import LEARNING_SHAPES
from entrepot.web.trade.market_shapes import MARKET_SHAPES
from entrepot.web.trade.money_shapes import MONEY_SHAPES
from entrepot.web.trade.programme_shapes import PROGRAMME_SHAPES
from entrepot.web.trade.statistics_shapes import STATISTICS_SHAPES


class EndpointShown(msgspec.Struct, kw_only=True):
    """An endpoint. `failing_since`: the first failure after the last success; `why`: why it was disabled."""

    object: Literal["webhook_endpoint"] = "webhook_endpoint"
    id: str
    created: str
    url: str
    kinds: tuple[str, ...]
    description: str
    status: Literal["enabled", "disabled"]
    failing_since: str | None
    why: str


class EndpointCreated(EndpointShown, kw_only=True):
    """An endpoint with its secret, which is not shown again. Webhooks are signed with it (Standard Webhooks)."""

    secret: str


class EndpointDeleted(msgspec.Struct, kw_only=True):
    """An endpoint that was deleted."""

    object: Literal["webhook_endpoint"] = "webhook_endpoint"
    id: str
    deleted: Literal[True] = True


class DeliveryShown(msgspec.Struct, kw_only=True):
    """An attempt to send an event. `status`: of the response, null without one; `detail`: its beginning, or why not."""

    object: Literal["webhook_delivery"] = "webhook_delivery"
    id: str
    created: str
    event: str
    type: str
    attempt: int
    ok: bool
    status: int | None
    milliseconds: int
    detail: str


#: All of them.
SHOWN = (
    shapes.OfferShown, shapes.OrderShown, shapes.CheckoutShown, shapes.CheckoutQuoted, shapes.PaymentShown,
    shapes.ShipmentShown, shapes.DeclarationShown, shapes.ReturnShown, shapes.UnmatchedShown, shapes.DocumentShown,
    EventShown, EndpointShown,
    EndpointCreated, EndpointDeleted, DeliveryShown, *BOOKING_SHAPES, *DELIVERY_SHAPES, *MARKET_SHAPES, *MONEY_SHAPES,
    *LEARNING_SHAPES, *PROGRAMME_SHAPES, *STATISTICS_SHAPES,
)  # fmt: skip
