"""The command `nodes settle`: settle a month with another node, and record that it was paid."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from entrepot.cli import exit_codes
from entrepot.cli.nodes import find_peer, open_first, person
from entrepot.language.translate import _
from entrepot.model.money import in_major

if TYPE_CHECKING:
    from entrepot.trade.nodes.settlement import Settlement


def settle(arguments: Mapping[str, Any]) -> int:
    """Runs `entrepot nodes settle NODE`: by default the month before this one, in each currency that it has."""
    open_first()
    from entrepot.trade.nodes import settlement, settling
    from entrepot.trade_app.books import open_books
    from entrepot.trade_app.nodes import identity, orders

    by = person(arguments) if arguments["advance"] else ""
    peer, books = find_peer(arguments["node"]), open_books()
    first = dt.datetime.now(dt.UTC).date().replace(day=1)
    period = arguments["month"] or f"{first - dt.timedelta(days=1):%Y-%m}"
    currency = (arguments["currency"] or "").upper()
    settlement.check_period(period, currency or "XXX")
    currencies = [currency] if currency else settling.currencies_of(books, peer.id, period)
    found = [orders.settle(peer.id, period, each) for each in currencies]
    if reference := arguments["paid"]:
        # What is not agreed yet is refused, and says so.
        found = [settling.paid(books, identity.node(), each.id, reference) for each in found]
    if arguments["advance"]:
        found = [settling.advance(books, each.id, by) for each in found]
    if arguments["json"]:
        exit_codes.put_json({"object": "list", "data": [as_json(each) for each in found]})
        return exit_codes.SUCCESS
    if not found:
        exit_codes.put_text(_("Nothing is to be settled with {name} for {month}.").format(name=peer.name, month=period))
        exit_codes.put_text("\n")
    for one in found:
        exit_codes.put_text(_line(one, peer.name) + "\n")
        if one.advanced:
            says = _("{person} let the sellers be paid out before {name} has paid.")
            exit_codes.put_text("    " + says.format(person=one.advanced, name=peer.name) + "\n")
        for line in one.differences:
            here, there = (_amount(each, one.currency) or "-" for each in (line.here, line.there))
            exit_codes.put_text(f"    {line.order} {line.number}: {here} / {there}\n")
    return exit_codes.SUCCESS


def _by_seller(found: Settlement) -> dict[str, int]:
    """What can be paid out of a month, by seller."""
    totals: dict[str, int] = {}
    for whose, amount in found.released.items():
        seller = whose.partition("/")[0]
        totals[seller] = totals.get(seller, 0) + amount
    return totals


def as_json(found: Settlement) -> dict[str, Any]:
    """A settlement as JSON. Amounts are in major units: `owed` below 0 is what the other node owes."""
    places = _places(found.currency)
    return {
        "object": "settlement",
        "id": found.id,
        "status": found.status,
        "month": found.period,
        "currency": found.currency,
        "lines": found.count,
        "owed": in_major(found.owed, places),
        "digest": found.digest,
        "reference": found.reference,
        "sellers": {name: in_major(amount, places) for name, amount in _by_seller(found).items()},
        "advanced_by": found.advanced,
        "differences": [
            {
                "order": each.order,
                "number": each.number,
                "here": _amount(each.here, found.currency),
                "there": _amount(each.there, found.currency),
            }
            for each in found.differences
        ],
    }


def _line(found: Settlement, name: str) -> str:
    amount = f"{in_major(abs(found.owed), _places(found.currency))} {found.currency}"
    says = (
        _("{month}: this node owes {name} {amount} ({status}).")
        if found.owed >= 0
        else _("{month}: {name} owes this node {amount} ({status}).")
    )
    return says.format(month=found.period, name=name, amount=amount, status=found.status)


def _amount(amount: int | None, currency: str) -> str | None:
    """An amount in major units; None where a node has not the line."""
    return None if amount is None else in_major(amount, _places(currency))


def _places(currency: str) -> int:
    from entrepot.trade_app.quotes import NodeQuotes

    return NodeQuotes().decimals(currency) or 0
