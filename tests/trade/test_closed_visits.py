"""A link to a service of this node opens nothing once the exchange with the node of its buyer is closed here."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from entrepot.model.errors import TradeError
from entrepot.trade.delivery import commands, grants
from entrepot.trade.nodes import meeting, visitors
from entrepot.trade.nodes.peers import Peer
from trade.market import VISIT
from trade.two_nodes import TwoNodes


def _open_visit() -> tuple[TwoNodes, str]:
    """Two nodes, and a consultation that a visitor can enter."""
    nodes = TwoNodes()
    copy = nodes.mirror(nodes.vn.market.offer(VISIT))
    (order,) = nodes.cn.market.place({copy.id: 1})
    nodes.cn.market.pay(order)
    nodes.run()
    (number,) = nodes.vn.order().deliveries
    nodes.vn.books.run(lambda tx: visitors.consent(tx, number, "secret"))
    nodes.vn.books.run(lambda tx: commands.confirm_licence(tx, number, person="us_9"))
    return nodes, number


def _close(nodes: TwoNodes) -> Peer:
    what = {"delivery": ["out"]}
    return nodes.vn.books.run(partial(meeting.close, number=nodes.vn.peer, capabilities=what, by="us_1"))


def _end_agreement(nodes: TwoNodes) -> Peer:
    return nodes.vn.books.run(partial(meeting.close_ended, number=nodes.vn.peer, allowed=frozenset({"order"})))


def _suspend(nodes: TwoNodes) -> Peer:
    return nodes.vn.books.run(partial(meeting.suspend, number=nodes.vn.peer, why="A check", by="us_1"))


def _revoke(nodes: TwoNodes) -> Peer:
    return nodes.vn.books.run(partial(meeting.revoke, number=nodes.vn.peer, why="It ended", by="us_1"))


@pytest.mark.parametrize("close", [_close, _end_agreement, _suspend, _revoke])
def test_a_link_and_its_token_open_nothing_once_the_exchange_is_closed(close: Callable[[TwoNodes], Any]) -> None:
    nodes, number = _open_visit()
    books = nodes.vn.books
    token = books.run(lambda tx: visitors.enter(tx, number, "secret"))
    unused = books.run(lambda tx: visitors.enter(tx, number, "secret"))
    claims = books.run(lambda tx: grants.redeem(tx, token, "visit"))
    grant = books.read(claims.grant)
    grants.check_holder(books.read(grant.holder))  # who is in the room may stay
    close(nodes)
    for act in (visitors.enter, visitors.consent, visitors.visitor_of):
        with pytest.raises(TradeError) as error:
            books.run(partial(act, number=number, secret="secret"))
        assert error.value.code == "exchange_closed"
    # A token that was made before, and whoever is in the room.
    with pytest.raises(grants.Refusal) as refused:
        books.run(lambda tx: grants.redeem(tx, unused, "visit"))
    assert refused.value.code == "grant_revoked"
    with pytest.raises(grants.Refusal):
        grants.check_holder(books.read(grant.holder))


def test_the_link_opens_again_when_two_persons_open_the_capability() -> None:
    nodes, number = _open_visit()
    _close(nodes)
    for by in ("us_1", "us_2"):
        what = {"capabilities": {"delivery": ["out"]}}
        command = partial(meeting.decide, number=nodes.vn.peer, act=meeting.OPEN, what=what, by=by)
        nodes.vn.books.run(command)
    assert nodes.vn.books.run(lambda tx: visitors.enter(tx, number, "secret"))


def test_a_session_of_a_room_ends_where_its_node_changed_and_its_grant_is_closed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The socket process looks at the ids of objects that changed: the node of a visitor is one of them."""
    session_access = pytest.importorskip("entrepot.trade_app.services.session_access")
    nodes, number = _open_visit()
    books = nodes.vn.books
    entry = session_access.admit(books, books.run(lambda tx: visitors.enter(tx, number, "secret")), "visit")
    assert entry.holder == nodes.vn.peer
    assert session_access.is_open(books, entry.claims.grant)
    before = len(books.events(limit=100_000))
    _suspend(nodes)
    monkeypatch.setattr(session_access, "size", lambda: len(books.events(limit=100_000)))
    _position, changed = session_access.changes(books, before)
    assert entry.holder in changed
    assert not session_access.is_open(books, entry.claims.grant)
