"""All kinds of objects of this node, by the prefix of their ids."""

from __future__ import annotations

from entrepot.trade.customs import UNMATCHED
from entrepot.trade.declarations import DECLARATION
from entrepot.trade.objects import Kind
from entrepot.trade.offers import OFFER
from entrepot.trade.orders import ORDER
from entrepot.trade.payments.notices import KIND as NOTICE
from entrepot.trade.payments.state import KIND as PAYMENT
from entrepot.trade.returns import RETURN
from entrepot.trade.shipments import SHIPMENT

KINDS: dict[str, Kind] = {
    each.prefix: each for each in (DECLARATION, NOTICE, OFFER, ORDER, PAYMENT, RETURN, SHIPMENT, UNMATCHED)
}
