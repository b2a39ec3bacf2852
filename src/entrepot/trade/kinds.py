"""All kinds of objects of this node, by the prefix of their ids."""

from __future__ import annotations

from entrepot.trade.customs import UNMATCHED
from entrepot.trade.declarations import DECLARATION
from entrepot.trade.following import follow_declaration, follow_return, follow_shipment
from entrepot.trade.next_steps import follow_order
from entrepot.trade.objects import Kind
from entrepot.trade.offers import OFFER
from entrepot.trade.orders import ORDER
from entrepot.trade.papers.documents import DOCUMENT
from entrepot.trade.papers.keys import DOCUMENT_KEY
from entrepot.trade.payments.notices import KIND as NOTICE
from entrepot.trade.payments.payouts import KIND as PAYOUT
from entrepot.trade.payments.state import KIND as PAYMENT
from entrepot.trade.returns import RETURN
from entrepot.trade.shipments import SHIPMENT

KINDS: dict[str, Kind] = {
    each.prefix: each
    for each in (
        DECLARATION._replace(follow=follow_declaration),
        DOCUMENT,
        DOCUMENT_KEY,
        NOTICE,
        OFFER,
        ORDER._replace(follow=follow_order),
        PAYMENT,
        PAYOUT,
        RETURN._replace(follow=follow_return),
        SHIPMENT._replace(follow=follow_shipment),
        UNMATCHED,
    )
}
