"""The words of messages to other systems, for the operator: their channels and topics, and why one was not sent."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from entrepot.connect.mail.topics import TOPICS as MAILS
from entrepot.language.translate import N_, _
from entrepot.trade.outbox import Message
from entrepot.web.pages.trade.words import COUNTERPARTS, moment

#: Who a message is for, by its channel.
CHANNELS: Mapping[str, str] = {
    **COUNTERPARTS,
    "email": N_("E-mail"),
    "webhook": "Webhooks",
    "ucp": N_("Shopping platform (UCP)"),
}
#: What a message says, by its channel and topic. The topics of e-mails are their subjects, those of webhooks the types
#: of events, which developers know by their codes.
TOPICS: Mapping[tuple[str, str], str] = {
    ("payments", "authorize"): N_("Begin a payment"),
    ("payments", "capture"): N_("Capture the authorized amount"),
    ("payments", "cancel"): N_("Cancel the payment"),
    ("payments", "refund"): N_("Refund"),
    ("payments", "payout"): N_("Payout"),
    ("carrier", "book"): N_("Book a parcel"),
    ("carrier", "clear"): N_("Customs has released the parcel"),
    ("carrier", "cancel"): N_("Cancel the booking of the parcel"),
    ("customs", "declare"): N_("Declare an order"),
    ("customs", "order"): N_("Order"),
    ("customs", "payment"): N_("Payment"),
    ("customs", "waybill"): N_("Waybill"),
    ("customs", "list"): N_("Customs list"),
    ("customs", "waybill_status"): N_("State of the waybill"),
    ("customs", "cancellation"): N_("Cancel the declaration"),
    ("customs", "return"): N_("Return"),
    ("customs", "payment_data"): N_("Payment data that customs asked for"),
    ("ucp", "order"): N_("State of the order"),
}
#: The types of messages between nodes, as their names in the protocol.
NODE_MESSAGES: Mapping[str, str] = {
    "node.challenge": N_("Proof of the key"),
    "checkpoint.read": N_("Checkpoint of the ledger"),
    "checkpoint.fork": N_("Two checkpoints that differ"),
    "offer.list": N_("List of offers"),
    "offer.query": N_("Search for offers"),
    "quote.request": N_("Price of an offer"),
    "statistics.table": N_("Table of statistics"),
    "time.free": N_("Free times"),
    "time.hold": N_("Hold a time"),
    "time.give_back": N_("Give back a time that was held"),
    "asset.free": N_("Free times of an asset"),
    "asset.hold": N_("Hold a time of an asset"),
    "statistics.orders": N_("Orders for statistics"),
    "order.confirm": N_("Confirm an order"),
    "order.accepted": N_("Order accepted"),
    "order.rejected": N_("Order not accepted"),
    "order.cancel": N_("Cancel an order"),
    "order.cancelled": N_("Order cancelled"),
    "order.cancel_refused": N_("Order not cancelled"),
    "order.account": N_("Payment of an order"),
    "order.goodwill": N_("Part of the price given back"),
    "order.contact": N_("Address of the buyer"),
    "shipment.state": N_("State of a parcel"),
    "release.state": N_("Answer of customs"),
    "return.state": N_("State of a return"),
    "return.received": N_("Goods of a return are back"),
    "documents.deliver": N_("Documents of an order"),
    "delivery.status": N_("State of a service"),
    "delivery.grant": N_("Access to a service"),
    "delivery.cancel": N_("Cancel a service"),
    "delivery.object": N_("Objection to a service"),
    "delivery.accept": N_("Acceptance of a service"),
    "booking.state": N_("State of a booking"),
    "settlement.statement": N_("Statement of the month"),
}
#: The numbers by which an answer of customs names what it answers.
NUMBERS: Mapping[str, str] = {
    "own": N_("our number"),
    "list": N_("number of the list"),
    "pre": N_("number before acceptance"),
    "waybill": N_("Waybill"),
    "order": N_("Order"),
    "bill": N_("Tax bill"),
    "message": N_("Message"),
}
#: The reasons that are stored most often, in English, as the channels write them.
REASONS = (
    N_("The provider {name} is not set up. Set ENTREPOT_PAYMENTS."),
    N_("{name} has not answered yet that it knows {number}."),
    N_("{name} is not there any more."),
    N_("{number} waits for a check by the operator of this node."),
    N_("Customs has not told the number of the list yet."),
    N_("The server could not send it: {why}. The error was logged."),
    N_("The endpoint was deleted."),
    N_("The endpoint is disabled."),
    N_("It answered {status}."),
    N_("{name} did not answer: {why}"),
    N_("The server for e-mails did not accept it: {why}."),
    N_("The carrier refuses: {why}"),
)


def channel(word: str) -> str:
    """Who a message is for, in the reader's language; a word that is not known, as it is.

    >>> channel("customs"), channel("fax")
    ('Customs', 'fax')
    """
    return _(CHANNELS[word]) if word in CHANNELS else word


def topic(channel: str, word: str) -> str:
    """What a message says, in the reader's language; a word that is not known, as it is.

    >>> topic("carrier", "book"), topic("email", "account.reset"), topic("webhook", "order.placed")
    ('Book a parcel', 'Choose a new password', 'order.placed')
    """
    if (channel, word) in TOPICS:
        return _(TOPICS[channel, word])
    if channel == "email" and word in MAILS:
        # Its subject with the values is personal: what they stand for is left out.
        return re.sub(r"\{\w+\}", "…", _(MAILS[word].subject))
    return message_type(word) if channel == "node" else word


def message_type(name: str) -> str:
    """What a type of message between nodes is called; a name that is not known, as it is.

    >>> message_type("offer.list"), message_type("weather.today")
    ('List of offers', 'weather.today')
    """
    return _(NODE_MESSAGES[name]) if name in NODE_MESSAGES else name


def number(name: str) -> str:
    """What a number of an answer of customs is called; a name that is not known, as it is."""
    return _(NUMBERS[name]) if name in NUMBERS else name


def reason(text: str) -> str:
    """Why a message was not sent, in the reader's language where its sentence is known; else as it is stored.

    >>> reason("It answered 503."), reason("Connection refused")
    ('It answered 503.', 'Connection refused')
    """
    for template, pattern in _patterns():
        if found := pattern.fullmatch(text):
            return _(template).format(**found.groupdict())
    return text


def shown(message: Message) -> dict[str, Any]:
    """A row of a list of messages. What a message says is not shown: it may be personal."""
    return {
        "message": message,
        "channel": channel(message.channel),
        "topic": topic(message.channel, message.topic),
        "due": moment(message.due.isoformat()),
        "reason": reason(message.reason),
    }


@lru_cache(maxsize=1)
def _patterns() -> tuple[tuple[str, re.Pattern[str]], ...]:
    """Each template with a pattern that finds its values."""
    return tuple(
        (each, re.compile(re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>.+?)", re.escape(each)), re.DOTALL)) for each in REASONS
    )
