"""The words of states and events, as the pages show them."""

from __future__ import annotations

from collections.abc import Mapping

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
}
#: How a state looks: what is done, what waits, what is wrong.
_LOOKS = {
    "done": (
        "paid", "captured", "released", "delivered", "completed", "approved", "active", "enabled", "sent", "closed",
    ),
    "failed": (
        "failed", "refused", "lapsed", "detained", "returned_abroad", "lost", "undeliverable", "disputed", "dead",
        "disabled",
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
    "return": N_("Return"),
}
#: What the other events of an order say.
EVENTS = {
    "order.placed": N_("The order was placed."),
    "order.requote_needed": N_("The quote does not hold any more: a new one must be accepted."),
    "order.requoted": N_("A new quote was accepted."),
    "order.cancel_asked": N_("Customs is asked to cancel the declaration."),
    "order.cancel_refused": N_("Customs does not cancel the declaration."),
    "order.cancelled": N_("The order was cancelled."),
    "order.matched": N_("Order, payment and waybill were compared."),
    "order.corrected": N_("The data of the order were corrected."),
    "order.contact_shown": N_("The seller was shown to whom the parcel goes."),
    "order.payment_data_given": N_("Customs was given the payment data."),
}
#: Why an order is cancelled or a piece comes back.
REASONS = {
    "changed_mind": N_("I changed my mind"),
    "ordered_by_mistake": N_("ordered by mistake"),
    "too_late": N_("it comes too late"),
    "not_available": N_("the goods are not available"),
    "wrong_price": N_("the price is wrong"),
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
    "capture_failed": N_("The provider did not take the authorized amount. The operator of the platform asks again."),
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
}


#: The lines of a statement.
STATEMENT_LINES = {
    "sale": N_("sale"),
    "shipping": N_("shipping"),
    "fee": N_("fee of the platform"),
    "refund": N_("refund to the buyer"),
    "fee_returned": N_("fee given back"),
    "dispute": N_("lost dispute"),
    "payout": N_("payout"),
    "payout_returned": N_("payout that came back"),
    "adjustment": N_("adjustment"),
}


def status(word: str) -> str:
    """A state in the reader's language; a word that is not known, as it is."""
    return _(STATUSES[word]) if word in STATUSES else word.replace("_", " ")


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
    """A time of the ledger as it is shown.

    >>> moment("2026-03-01T08:00:00.000Z")
    '2026-03-01 08:00 UTC'
    """
    return f"{time[:10]} {time[11:16]} UTC"
