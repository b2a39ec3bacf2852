"""All kinds of objects of this node, by the prefix of their ids."""

from __future__ import annotations

from typing import Any

from entrepot.trade.acts import ACT
from entrepot.trade.booking.assets import ASSET
from entrepot.trade.booking.bookings import BOOKING
from entrepot.trade.booking.following import follow_booking
from entrepot.trade.courses.badge import BADGE
from entrepot.trade.courses.course import COURSE
from entrepot.trade.courses.enrolment import ENROLMENT
from entrepot.trade.courses.finishing import follow_enrolment
from entrepot.trade.customs import UNMATCHED
from entrepot.trade.declarations import DECLARATION
from entrepot.trade.delivery.deliveries import DELIVERY
from entrepot.trade.delivery.grants import GRANT
from entrepot.trade.delivery.workspaces import WORKSPACE
from entrepot.trade.following import follow_declaration, follow_delivery, follow_return, follow_shipment
from entrepot.trade.health.following import follow_visit
from entrepot.trade.health.practitioners import PRACTITIONER
from entrepot.trade.health.record import RECORD
from entrepot.trade.interventions import KIND as INTERVENTION
from entrepot.trade.ledger.events import Event
from entrepot.trade.next_steps import follow_order
from entrepot.trade.nodes import booking_states, catching_up, giving_back
from entrepot.trade.nodes.common_orders import COMMON_ORDER
from entrepot.trade.nodes.kept_lists import KEPT_LIST
from entrepot.trade.nodes.order_steps import follow_document
from entrepot.trade.nodes.owing import follow_payment
from entrepot.trade.nodes.own_keys import NODE_KEY
from entrepot.trade.nodes.peers import PEER
from entrepot.trade.nodes.records import NODE_MESSAGE
from entrepot.trade.nodes.settlement import SETTLEMENT
from entrepot.trade.objects import Kind
from entrepot.trade.offers import OFFER
from entrepot.trade.orders import ORDER
from entrepot.trade.papers.documents import DOCUMENT
from entrepot.trade.papers.keys import DOCUMENT_KEY
from entrepot.trade.payments.notices import KIND as NOTICE
from entrepot.trade.payments.payouts import KIND as PAYOUT
from entrepot.trade.payments.state import KIND as PAYMENT
from entrepot.trade.ports import Transaction
from entrepot.trade.programmes.programme import PROGRAMME
from entrepot.trade.returns import RETURN
from entrepot.trade.screening.register import REGISTER
from entrepot.trade.screening.results import SCREENING
from entrepot.trade.shipments import SHIPMENT
from entrepot.trade.transfers.leaving import LEAVING
from entrepot.trade.transfers.routes import ROUTE


def _follow_delivery(tx: Transaction, before: Any, after: Any, event: Event) -> None:
    follow_delivery(tx, before, after, event)
    follow_visit(tx, before, after, event)


def _follow_booking(tx: Transaction, before: Any, after: Any, event: Event) -> None:
    follow_booking(tx, before, after, event)
    booking_states.tell(tx, after, event)
    giving_back.follow(tx, before, after, event)


KINDS: dict[str, Kind] = {
    each.prefix: each
    for each in (
        ACT,
        ASSET,
        BOOKING._replace(follow=_follow_booking),
        BADGE,
        COMMON_ORDER,
        COURSE,
        DECLARATION._replace(follow=follow_declaration),
        DELIVERY._replace(follow=_follow_delivery),
        DOCUMENT._replace(follow=follow_document),
        DOCUMENT_KEY,
        ENROLMENT._replace(follow=follow_enrolment),
        GRANT,
        INTERVENTION,
        KEPT_LIST,
        NODE_KEY,
        NODE_MESSAGE,
        LEAVING,
        NOTICE,
        OFFER,
        ORDER._replace(follow=follow_order),
        PAYMENT._replace(follow=follow_payment),
        PAYOUT,
        PEER._replace(follow=catching_up.follow),
        PRACTITIONER,
        PROGRAMME,
        RECORD,
        REGISTER,
        RETURN._replace(follow=follow_return),
        ROUTE,
        SCREENING,
        SETTLEMENT,
        SHIPMENT._replace(follow=follow_shipment),
        UNMATCHED,
        WORKSPACE,
    )
}
