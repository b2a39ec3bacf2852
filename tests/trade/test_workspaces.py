"""Workspaces: seats, guests and their ends, in the ledger."""

from __future__ import annotations

import datetime as dt
from typing import Any

import msgspec
import pytest

from entrepot.model.errors import TradeError
from entrepot.trade.delivery import commands, grants, workspaces
from entrepot.trade.delivery.workspaces import Workspace
from entrepot.trade.ledger.events import timestamp
from entrepot.trade.ports import NotFound
from trade.market import BUYER, OTHER_BUYER, SELLER, Market

OFFER = {
    "titles": {"en": "Office seat"},
    "service": "collaborative_office",
    "ship_from": "VN",
    "price": "10.00",
    "currency": "CNY",
    "delivery": {"kind": "workspace", "days": 30},
}


@pytest.fixture
def market() -> Market:
    return Market()


def opened(market: Market) -> Workspace:
    """A workspace with two seats."""
    offer = market.offer(OFFER)
    (order,) = market.place({offer.id: 2}, contact={"name": "张伟"})
    (number,) = market.pay(order).deliveries
    return market.books.run(lambda tx: workspaces.open_workspace(tx, number, by=BUYER))


def seat(market: Market, workspace: Workspace, person: str) -> Any:
    return market.books.run(lambda tx: workspaces.take_seat(tx, workspace.id, person, by=BUYER))


def test_seats_are_taken_given_up_and_taken_again(market: Market) -> None:
    workspace = opened(market)
    assert (workspace.places, workspace.quota) == (2, 2 * workspaces.SEAT_BYTES)
    first, again = seat(market, workspace, "us_1"), seat(market, workspace, "us_1")
    assert first.id == again.id
    seat(market, workspace, "us_2")
    with pytest.raises(TradeError) as full:
        seat(market, workspace, "us_3")
    assert full.value.code == "no_free_seat"
    delivery = market.books.read(workspace.delivery)
    assert (delivery.status, delivery.used) == ("started", {"IE": "2"})
    market.books.run(lambda tx: workspaces.free_seat(tx, workspace.id, "us_1", by=BUYER))
    assert seat(market, workspace, "us_3").role == "editor"
    with pytest.raises(TradeError) as revoked:
        market.books.run(lambda tx: grants.make_token(tx, first.id, "workspace"))
    assert revoked.value.code == "grant_revoked"


def test_a_guest_has_one_document_until_its_link_is_removed(market: Market) -> None:
    workspace = opened(market)

    def invite(tx: Any) -> Any:
        holder = workspaces.guest_holder(tx, "secret")
        return workspaces.invite_guest(
            tx, workspace.id, "tx_1", "reader", holder=holder, until="2099-01-01T00:00:00.000Z", by=BUYER
        )

    grant = market.books.run(invite)
    # The link does not last longer than what was bought.
    assert (grant.what, grant.role, grant.until) == ("tx_1", "reader", market.books.read(workspace.delivery).until)
    assert market.books.run(lambda tx: workspaces.guest_grant(tx, grant.id, "secret")).id == grant.id
    with pytest.raises(NotFound):
        market.books.run(lambda tx: workspaces.guest_grant(tx, grant.id, "another"))
    assert "secret" not in msgspec.json.encode([event for _at, event in market.books.events(limit=500)]).decode()
    market.books.run(lambda tx: workspaces.remove_guest(tx, workspace.id, grant.id, by=BUYER))
    with pytest.raises(TradeError) as closed:
        market.books.run(lambda tx: workspaces.guest_grant(tx, grant.id, "secret"))
    assert closed.value.code == "grant_revoked"


def test_the_link_of_a_guest_expires(market: Market) -> None:
    workspace = opened(market)
    until = timestamp(market.clock() + dt.timedelta(days=2))

    def invite(tx: Any) -> Any:
        holder = workspaces.guest_holder(tx, "secret")
        return workspaces.invite_guest(tx, workspace.id, "tx_1", "reader", holder=holder, until=until, by=BUYER)

    grant = market.books.run(invite)
    assert grant.until == until
    market.clock.pass_days(1)
    assert market.books.run(lambda tx: workspaces.guest_grant(tx, grant.id, "secret")).id == grant.id
    market.clock.pass_days(1)
    with pytest.raises(TradeError) as expired:
        market.books.run(lambda tx: workspaces.guest_grant(tx, grant.id, "secret"))
    assert expired.value.code == "grant_expired"


@pytest.mark.parametrize("by", [SELLER, OTHER_BUYER])
def test_others_find_no_workspace(market: Market, by: str) -> None:
    workspace = opened(market)
    for command in (
        lambda tx: workspaces.open_workspace(tx, workspace.delivery, by=by),
        lambda tx: workspaces.take_seat(tx, workspace.id, "us_9", by=by),
        lambda tx: workspaces.free_seat(tx, workspace.id, "us_1", by=by),
    ):
        with pytest.raises(NotFound):
            market.books.run(command)


def test_nobody_enters_when_the_delivery_is_cancelled(market: Market) -> None:
    workspace = opened(market)
    market.books.run(lambda tx: commands.cancel(tx, workspace.delivery, by=SELLER))
    with pytest.raises(grants.Refusal):
        seat(market, workspace, "us_1")
