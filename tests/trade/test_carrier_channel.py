"""What is asked of the carrier is done once, also where the process ended before it recorded the answer."""

from __future__ import annotations

import pytest

from entrepot.trade.carrier_memory import MemoryCarrier
from entrepot.trade.outbox import Message, Refused
from entrepot.trade_app import carrier_channel
from trade.market import Market


@pytest.fixture
def carriage(market: Market) -> carrier_channel.Carriage:
    """A carriage with a parcel that was booked."""
    return carrier_channel.Carriage(market.books, MemoryCarrier())


def _booked(market: Market, carriage: carrier_channel.Carriage) -> str:
    (order,) = market.place({market.offer(net_mass_kg="0.5", gross_mass_kg="0.6").id: 1})
    market.pay(order)
    found = carrier_channel.book(carriage, order.id, key="book")
    assert found is not None
    return found.id


def _send(market: Market, carriage: carrier_channel.Carriage, topic: str, shipment: str) -> None:
    market.books.run(lambda tx: tx.send("carrier", topic, {"shipment": shipment}, key=f"{shipment}/{topic}"))
    (message,) = [each for each in market.books.outbox.listed(channel="carrier") if each.topic == topic]
    carrier_channel.send(carriage, message)
    _again(carriage, message)


def _again(carriage: carrier_channel.Carriage, message: Message) -> None:
    """The answer was lost: it is sent again, and again after the parcel went on."""
    carrier_channel.send(carriage, message)
    assert isinstance(carriage.carrier, MemoryCarrier)
    carriage.carrier.advance()
    carrier_channel.send(carriage, message)


def test_a_release_that_was_reported_is_not_refused_when_it_is_reported_again(
    market: Market, carriage: carrier_channel.Carriage
) -> None:
    shipment = _booked(market, carriage)
    _send(market, carriage, "clear", shipment)
    assert market.books.read(shipment).status == "delivered"


def test_a_booking_that_was_cancelled_is_cancelled_when_it_is_asked_for_again(
    market: Market, carriage: carrier_channel.Carriage
) -> None:
    shipment = _booked(market, carriage)
    _send(market, carriage, "cancel", shipment)
    assert market.books.read(shipment).status == "cancelled"


def test_a_parcel_that_was_picked_up_is_not_cancelled(market: Market, carriage: carrier_channel.Carriage) -> None:
    shipment = _booked(market, carriage)
    assert isinstance(carriage.carrier, MemoryCarrier)
    carriage.carrier.pick_up(market.books.read(shipment).waybill)
    with pytest.raises(Refused, match="The carrier refuses"):
        _send(market, carriage, "cancel", shipment)
