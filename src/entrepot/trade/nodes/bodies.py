"""What the messages about an order of two nodes say. Each names the whole state of its part, not a change of it.

So a message that comes twice changes nothing, and one that comes late is known by its state to be behind.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from entrepot.trade.nodes.terms import OrderTerms, RefundTerms, Signature


class Body(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The body of a message."""


class Confirm(Body, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`order.confirm`: the importer's node has signed the terms and asks the exporter's to accept."""

    terms: OrderTerms
    signature: Signature


class Accepted(Body, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`order.accepted`: the exporter's node has reserved the goods and signed the same text."""

    digest: str
    signature: Signature


class Rejected(Body, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`order.rejected`: it does not accept. `reason`: a code; `values`: what the sentence of the code needs."""

    reason: str
    values: Mapping[str, str] = {}


class Cancel(Body, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`order.cancel`: the importer's node asks to cancel; `final`: its order has ended already."""

    reason: str
    final: bool


class Cancelled(Body, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`order.cancelled`: the exporter's node has cancelled."""

    reason: str


class CancelRefused(Body, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`order.cancel_refused`: it is too late for it."""

    reason: str


class Entry(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What an order changed in what the importer's node owes: `amount` in minor units, below 0 for a refund.

    `number`: the id of the event in the ledger of the importer's node; `at`: its time (RFC 3339).
    """

    number: str
    amount: int
    at: str


class Account(Body, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`order.account`: all entries of the order so far."""

    currency: str
    entries: tuple[Entry, ...]


class Contact(Body, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`order.contact`: to whom the parcel goes. Personal data: sent after the acceptance, for a parcel only."""

    name: str
    address: str
    telephone: str = ""
    district: str = ""


class GoodwillGiven(Body, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`order.goodwill`: the seller gives a part of the price back without a return, and its node has signed it."""

    terms: RefundTerms
    signature: Signature


class ShipmentPiece(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """So many pieces of a line, by its number in the terms."""

    line: int
    quantity: int


class ShipmentState(Body, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`shipment.state`: a parcel of the order as it is now. `shipment`: its id in the ledger of the exporter's node."""

    shipment: str
    status: str
    carrier: str
    waybill: str
    pieces: tuple[ShipmentPiece, ...]
    packages: int = 1
    gross_mass_kg: str = ""
    changed: str = ""
    proof: str = ""
    vehicle: str = ""
    voyage: str = ""
    transport_document: str = ""


class ReleaseState(Body, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`release.state`: what the customs of the importer's economy has decided. `declaration`: its id there."""

    declaration: str
    economy: str
    status: str
    at: str


class ReturnState(Body, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`return.state`: a return as it is now. `returned`: its id in the ledger of the importer's node."""

    returned: str
    status: str
    reason: str
    lines: tuple[ShipmentPiece, ...]


class ReturnReceived(Body, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`return.received`: the seller has the goods of a return back. `restocked`: they can be sold again."""

    returned: str
    restocked: bool
    at: str


class DeliveredDocument(Body, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`documents.deliver`: a document of the exporter as a credential (`vc+jwt`). Personal data may be in it.

    `document`: its id in the ledger of its node; `hash`: of its content, which is in the credential too.
    """

    document: str
    kind: str
    number: str
    date: str
    hash: str
    credential: str


class DeliveryState(Body, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`delivery.status`: the delivery of a service of the order as it is now.

    `delivery`: its id in the ledger of the exporter's node; `seconds`: how long its sessions were together.
    """

    delivery: str
    line: int
    kind: str
    service: str
    status: str
    starts: str = ""
    until: str = ""
    sessions: int = 0
    seconds: int = 0


class ServiceState(DeliveryState, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """`delivery.status`, version 2: the delivery of a service of the order as it is now, and what is paid back of it.

    As version 1; `refund_percent`: so many percent of what its line cost the buyer, by the terms of its seller.
    """

    refund_percent: int = 0

    def first(self) -> DeliveryState:
        """As a node that knows version 1 only reads it."""
        given = {name: getattr(self, name) for name in DeliveryState.__struct_fields__}
        return DeliveryState(**given)


def read_first(told: DeliveryState) -> ServiceState:
    """What version 1 says, as version 2: nothing is paid back of it.

    >>> read_first(DeliveryState(delivery="dl_1", line=1, kind="visit", service="consulting", status="ready")).line
    1
    """
    return ServiceState(**{name: getattr(told, name) for name in DeliveryState.__struct_fields__})


class CancelDelivery(Body, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`delivery.cancel`: the buyer asks to cancel a service of the order by the terms of its seller.

    `percent`: of the price of its line, what the buyer expects back at least: where the terms give less by now, such as
    because the message came late, the service goes on.
    """

    delivery: str
    line: int
    percent: int


class ObjectToDelivery(Body, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`delivery.object`: the buyer objects to a service of the order, or reports that its provider did not come.

    `reason`: `not_delivered`, `interrupted`, `not_as_described`, `wrong_data`, `other` or `provider_missing`.
    """

    delivery: str
    line: int
    reason: str


class AcceptDelivery(Body, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`delivery.accept`: the buyer accepts a service of the order that was delivered, before its term ends."""

    delivery: str
    line: int


class SoldTold(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """So many units of an offer, by its id at the node that tells it."""

    offer: str
    quantity: int


class BookingTold(Body, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """`booking.state`: a booking of the order as it is now. `booking`: its id in the ledger of the exporter's node.

    `used`: metered quantities by their unit (UN/ECE Recommendation 20), and `sold`: what they are sold as; `settled`:
    whether the seller has settled the deposit, of which it keeps `kept`, in minor units, for the `reason`, a code;
    `at`: when it was so (RFC 3339).
    """

    booking: str
    status: str
    at: str
    used: Mapping[str, str] = {}
    sold: tuple[SoldTold, ...] = ()
    settled: bool = False
    kept: int = 0
    reason: str = ""


class DeliveryGrant(Body, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`delivery.grant`: where the buyer uses a service. `link` opens it for whoever has it: it is in no ledger."""

    delivery: str
    line: int
    kind: str
    link: str
    since: str = ""
    until: str = ""
