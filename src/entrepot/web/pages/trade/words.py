"""The words of states and events, as the pages show them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from entrepot import app
from entrepot.language import translate
from entrepot.language.translate import N_, _, current_language
from entrepot.trade.reasons import SENTENCES, Reason

#: By the word of the API. Words that mean something else elsewhere (a quote is refused, a procedure closed, a check
#: failed) have a msgid of their own here: other languages have another word for them.
STATUSES = {
    "created": N_("new"),
    "requote": N_("new quote needed"),
    "awaiting_payment": N_("awaiting payment"),
    "requires_action": N_("the buyer has to confirm"),
    "authorized": N_("authorized"),
    "captured": N_("paid"),
    "paid": N_("paid"),
    "failed": N_("has failed"),
    "expired": N_("expired"),
    "deposit_returned": N_("paid, deposit given back"),
    "partially_refunded": N_("partly refunded"),
    "refunded": N_("refunded"),
    "disputed": N_("disputed"),
    "documents_sent": N_("documents sent to customs"),
    "documents_stored": N_("documents stored by customs"),
    "declared": N_("declared"),
    "held": N_("held by customs"),
    "refused": N_("was refused"),
    "assessed": N_("assessed by customs"),
    "returned_abroad": N_("sent back abroad"),
    "detained": N_("detained by customs"),
    "released": N_("released by customs"),
    "shipped": N_("shipped"),
    "in_transit": N_("in transit"),
    "delivery_failed": N_("delivery failed"),
    "delivering": N_("being delivered"),
    "delivered": N_("delivered"),
    "undeliverable": N_("undeliverable"),
    "lost": N_("lost"),
    "closed": N_("finished"),
    "cancel_asked": N_("cancellation asked"),
    "cancelled": N_("cancelled"),
    "return_asked": N_("return asked"),
    "returned": N_("returned"),
    "asked": N_("asked"),
    "received": N_("goods are back"),
    "approved": N_("approved by customs"),
    "completed": N_("completed"),
    "lapsed": N_("lapsed"),
    "withdrawn": N_("withdrawn"),
    "active": N_("active"),
    "paused": N_("paused"),
    "ended": N_("ended"),
    "enabled": N_("enabled"),
    "disabled": N_("disabled"),
    "waiting": N_("waiting"),
    "sent": N_("sent"),
    "dead": N_("given up"),
    "discarded": N_("discarded"),
    "requested": N_("requested"),
    "ready": N_("ready"),
    "started": N_("has begun"),
    "accepted": N_("accepted"),
    "objected": N_("objected to"),
    "no_show": N_("somebody did not come"),
}
#: What the states of a delivery of a service say that mean something else of an order.
DELIVERY_STATUSES = {"closed": N_("not allowed"), "waiting": N_("conditions are open")}
#: How a state looks: what is done, what waits, what is wrong.
_LOOKS = {
    "done": (
        "paid", "captured", "deposit_returned", "released", "delivered", "completed", "approved", "active", "enabled",
        "sent", "closed", "accepted",
    ),
    "failed": (
        "failed", "refused", "lapsed", "detained", "returned_abroad", "lost", "undeliverable", "disputed", "dead",
        "disabled", "objected", "no_show",
    ),
    "waiting": (
        "requote", "awaiting_payment", "requires_action", "held", "delivery_failed", "cancel_asked", "asked", "waiting",
        "requested", "in_transit",
    ),
}  # fmt: skip
#: The lines of an order, by the name of the event that changes them.
LINES = {
    "payment": N_("Payment"),
    "customs": N_("Customs"),
    "transport": N_("Transport"),
    "delivery": N_("Delivery of the service"),
    "return": N_("Return"),
}
#: What the other events of an order say.
EVENTS = {
    "order.placed": N_("The order was placed."),
    "order.requote_needed": N_("The quote is no longer valid: a new one must be accepted."),
    "order.requoted": N_("A new quote was accepted."),
    "order.cancel_asked": N_("Customs is asked to cancel the declaration."),
    "order.cancel_refused": N_("Customs does not cancel the declaration."),
    "order.cancelled": N_("The order was cancelled."),
    "order.matched": N_("Order, payment and waybill were compared."),
    "order.corrected": N_("The data of the order were corrected."),
    "order.service_cancellation": N_("The cancellation of a service was asked for or answered."),
    "order.service_objection": N_("The buyer objected to a service, or was answered."),
    "order.goodwill": N_("The seller gave a part of the price back to the buyer of another node."),
    "order.service_acceptance": N_("The buyer accepted a service, or was answered."),
    "order.contact_shown": N_("The seller was shown the address of the parcel."),
    "order.payment_data_given": N_("Customs was given the payment data."),
}
#: What some of them say of an order of another node for which nothing is declared.
EVENTS_OF_NODES = {
    "order.cancel_asked": N_("The other node is asked to cancel the order."),
    "order.cancel_refused": N_("The other node does not cancel the order."),
}
#: Why an order is cancelled or a piece comes back.
REASONS = {
    "goodwill": N_("as a gesture of goodwill"),
    "changed_mind": N_("I changed my mind"),
    "ordered_by_mistake": N_("ordered by mistake"),
    "booked_by_mistake": N_("booked by mistake"),
    "too_late": N_("it comes too late"),
    "not_available": N_("the goods are not available"),
    "wrong_price": N_("the price is wrong"),
    "exporter_rejected": N_("the other node did not accept it"),
    "exporter_cancelled": N_("cancelled by the seller at the other node"),
    "exporter_shipped": N_("the goods are on their way already"),
    "exporter_terms": N_("the seller's terms give no full refund now: cancel each service, or ask the seller"),
    "services_cancelled": N_("each of its services was cancelled"),
    "importer_cancelled": N_("cancelled by the buyer at the other node"),
    "transfer_refused": N_("the buyer's data may not go to the other economy"),
    "damaged": N_("damaged"),
    "wrong_goods": N_("other goods than ordered"),
    "not_as_described": N_("not as described"),
    "other": N_("another reason"),
    "not_paid": N_("not paid in time"),
    "used": N_("the goods came back used"),
    "incomplete": N_("parts are missing"),
    "customs": N_("customs has answered"),
    "arrived_late": N_("the goods came back too late"),
    "not_arrived": N_("the goods did not come back"),
    "other_system": N_("it answers another system"),
    "trial": N_("it answers a trial"),
    "repeated": N_("it repeats another answer"),
    "settled": N_("it was settled with customs"),
    "customs_refused": N_("Customs refused the cancellation."),
    "customs_released": N_("Customs released the goods before it decided on the cancellation."),
    "customs_closed": N_("Customs released the goods before it decided on the cancellation."),
    "customs_returned_abroad": N_("Customs sends the goods back abroad. What was paid is paid back."),
    "not_sent": N_("The message to customs was given up."),
}
#: How a service is delivered.
DELIVERY_KINDS = {
    "visit": N_("Consultation by video"),
    "course": N_("Online course"),
    "booking": N_("Booking"),
    "workspace": N_("Shared workspace"),
}
#: What the events of a delivery say.
DELIVERY_EVENTS = {
    "delivery.created": N_("The service was paid."),
    "delivery.condition_met": N_("A condition was met."),
    "delivery.consent_withdrawn": N_("The consent was withdrawn."),
    "delivery.moved": N_("The time was changed."),
    "delivery.named": N_("The person concerned was named."),
    "delivery.session_begun": N_("A session began."),
    "delivery.session_ended": N_("A session ended."),
    "delivery.used": N_("A use was recorded."),
    "delivery.delivered": N_("The service was delivered."),
    "delivery.accepted": N_("The service was accepted."),
    "delivery.objected": N_("The buyer objected."),
    "delivery.cancelled": N_("The service was cancelled."),
    "delivery.no_show": N_("Somebody did not come."),
}
#: Why a delivery ended, or is objected to.
DELIVERY_REASONS = {
    "not_delivered": N_("it was not delivered"),
    "interrupted": N_("it was interrupted"),
    "not_as_described": N_("not as described"),
    "wrong_data": N_("data are wrong"),
    "other": N_("another reason"),
    "buyer": N_("by the buyer"),
    "provider": N_("by the provider"),
    "operator": N_("decided by the operator of the platform"),
    "term": N_("nobody objected in time"),
    "buyer_missing": N_("the buyer did not come"),
    "provider_missing": N_("the provider did not come"),
    "nobody_came": N_("nobody came, and nobody reported within the term that it took place"),
    "order_cancelled": N_("the order was cancelled"),
}
#: What a seller does next, by the word of `trade.todo`.
TASKS = {
    "pack": N_("Pack the order"),
    "correct": N_("Correct the data"),
    "declare": N_("Answer customs"),
    "hand_over": N_("Hand over to the carrier"),
    "follow": N_("Follow the parcel"),
    "decide_return": N_("Decide the return"),
}
#: What customs reads of the goods.
GOODS = {
    "hs_code": N_("Tariff code (ten digits)"),
    "title_zh": N_("Name in Chinese"),
    "specification": N_("Specification: brand, size, packing"),
    "unit": N_("Unit of sale (UN/ECE Recommendation 20)"),
    "legal_unit": N_("Legal unit of customs (UN/ECE Recommendation 20)"),
}
#: The border crossing.
CROSSINGS = {
    "vehicle": N_("Vehicle or flight"),
    "voyage": N_("Voyage or trip"),
    "transport_document": N_("Transport document"),
    "shipment.crossing_named": N_("The border crossing was named."),
}
#: Why an order could not be declared.
FAULTS = {
    "declaration_code": N_("The tariff code needs ten digits."),
    "declaration_name": N_("The goods need a name in Chinese."),
    "declaration_unit": N_("The legal unit of customs, or the measure that it counts, is missing."),
    "declaration_mass": N_("The mass of the goods is missing."),
    "declaration_seller": N_("The operator has not entered your registration at customs."),
    "declaration_currency": N_("The order is not in CNY."),
    "declaration_identity": N_("The name or the identity number of the buyer is missing."),
    "country_without_code": N_("The country of origin is missing."),
}


#: Why an order needs somebody, by the code of the API.
ATTENTION = {
    "payment_failed": N_("The payment failed. The buyer can pay in another way."),
    "authorization_expired": N_("The authorization of the payment has expired. The buyer has to pay again."),
    "payment_disputed": N_("The buyer disputes the payment with its provider."),
    "capture_failed": N_(
        "The payment provider did not capture the authorized amount. The operator of the platform asks it again."
    ),
    "cancel_failed": N_(
        "The payment provider did not cancel the payment: the amount may stay reserved on the buyer's account. The "
        "operator of the platform asks again."
    ),
    "refund_failed": N_(
        "The payment provider refused a refund. The amount is still owed to the buyer; the operator of the platform "
        "asks again."
    ),
    "customs_refused": N_("Customs refused a document, or did not get it. The seller corrects it and declares again."),
    "customs_held": N_("Customs examines the list or inspects the goods."),
    "customs_detained": N_("Customs detains the goods."),
    "customs_returned_abroad": N_("Customs sends the goods back abroad. What was paid is paid back."),
    "delivery_failed": N_("The delivery failed. The carrier tries again."),
    "undeliverable": N_("The carrier cannot deliver the parcel."),
    "goods_came_back": N_("The parcel came back to the seller."),
    "goods_lost": N_("The carrier has lost the parcel."),
    "delivery_closed": N_(
        "A rule prohibits the service. It is not delivered: cancel it, and what was paid is paid back."
    ),
    "delivery_waiting": N_("A condition of the service is open: its page says which."),
    "delivery_objected": N_("The buyer objects to the service. The provider pays it back, or the operator decides."),
    "return_lapsed": N_("A return has lapsed: the goods did not come back in time."),
    "list_cancelled": N_("Customs has cancelled the list, and the goods are on their way or delivered."),
    "released_after_cancellation": N_(
        "Customs has released the goods of a cancelled order. The seller has the parcel sent back."
    ),
    "match_failed": N_(
        "Order, payment and waybill do not match, so the order is not declared. The seller corrects it."
    ),
    "message_given_up": N_("A message was given up. The operator of the platform sends it again or discards it."),
    "parcel_not_booked": N_("No parcel was booked. The seller enters a waybill."),
    "release_not_told": N_("The carrier was not told that customs has released the parcel."),
    "booking_not_cancelled": N_("The booking of the parcel was not cancelled at the carrier."),
}
#: Who a message is for, by its channel.
COUNTERPARTS = {
    "payments": N_("The payment provider"),
    "carrier": N_("The carrier"),
    "customs": N_("Customs"),
    "node": N_("The other node"),
    "node_order": N_("The other node"),
}


#: The lines of a statement.
STATEMENT_LINES = {
    "sale": N_("sale"),
    "shipping": N_("shipping"),
    "fee": N_("fee of the platform"),
    "refund": N_("refund to the buyer"),
    "fee_returned": N_("fee given back"),
    "deposit_kept": N_("deposit kept"),
    "dispute": N_("lost dispute"),
    "payout": N_("payout"),
    "payout_returned": N_("payout that came back"),
    "node_sales": N_("orders of other nodes, settled"),
    "adjustment": N_("adjustment"),
}


def status(word: str) -> str:
    """A state in the reader's language; a word that is not known, as it is."""
    return _(STATUSES[word]) if word in STATUSES else word.replace("_", " ")


def delivery_status(word: str) -> str:
    """A state of a delivery of a service in the reader's language."""
    return _(DELIVERY_STATUSES[word]) if word in DELIVERY_STATUSES else status(word)


def delivery_kind(word: str) -> str:
    """How a service is delivered, in the reader's language."""
    return _(DELIVERY_KINDS[word]) if word in DELIVERY_KINDS else word


def delivery_event(kind: str) -> str:
    """What an event of a delivery says, in the reader's language."""
    return _(DELIVERY_EVENTS[kind]) if kind in DELIVERY_EVENTS else kind


def delivery_reason(word: str) -> str:
    """Why a delivery ended or is objected to, in the reader's language."""
    return _(DELIVERY_REASONS[word]) if word in DELIVERY_REASONS else word


def look(word: str) -> str:
    """The look of a state: a class of its chip."""
    return next((name for name, words in _LOOKS.items() if word in words), "")


def reason(word: str) -> str:
    """A reason in the reader's language."""
    return _(REASONS[word]) if word in REASONS else word


def crossing(word: str) -> str:
    """A field of the border crossing in the reader's language."""
    return _(CROSSINGS[word])


def reason_text(reason: Reason) -> str:
    """The sentence of a reason in the reader's language."""
    return _(SENTENCES[reason.code]).format(**reason.values)


def attention(code: str) -> str:
    """Why an order needs somebody, in the reader's language."""
    return _(ATTENTION[code]) if code in ATTENTION else code.replace("_", " ")


def title(titles: Mapping[str, str]) -> str:
    """A title in the reader's language, else in English, else in any.

    >>> title({"vi": "Cà phê", "en": "Coffee"})
    'Coffee'
    """
    return titles.get(current_language()) or titles.get("en") or next(iter(titles.values()), "")


def moment(time: str) -> str:
    """A time of the ledger as it is shown: the date in the reader's format, the time in UTC.

    >>> moment("2026-03-01T08:00:00.000Z")
    'Mar 1, 2026 08:00 UTC'
    >>> moment("2026-03-01")
    'Mar 1, 2026'
    """
    return f"{translate.day(time[:10])} {time[11:16]} UTC" if time[10:] else translate.day(time)


def local(time: str | dt.datetime, zone: dt.tzinfo) -> str:
    """A moment as the clocks of a zone show it, with their offset.

    >>> local("2026-03-02T01:00:00+00:00", dt.timezone(dt.timedelta(hours=7)))
    'Mar 2, 2026 08:00 +07:00'
    """
    moment = dt.datetime.fromisoformat(time) if isinstance(time, str) else time
    shown = moment.astimezone(zone)
    return f"{translate.day(shown.date().isoformat())} {shown:%H:%M} {shown.isoformat()[-6:]}"


def service(code: str) -> str:
    """The name of a kind of service; empty without one."""
    name = app.library().world.services.get(code)
    return translate.pack_text(name) if name is not None else code.replace("_", " ")
