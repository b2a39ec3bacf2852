"""What a seller is owed, and the statement of a month: computed from the ledger, and equal to it to the cent.

Months are those of UTC. The statement of a month that has ended is the same whenever it is made.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec

from entrepot.model.money import in_major
from entrepot.trade import accounts
from entrepot.trade.accounts import Share
from entrepot.trade.ledger.events import Event
from entrepot.trade.objects import NotAllowed
from entrepot.trade.ports import Books

#: What a line of a statement may be. `node_sales`: orders of other nodes, once a month was settled; `adjustment`: any
#: other posting to the account.
LINE_KINDS = (
    "sale",
    "shipping",
    "fee",
    "refund",
    "fee_returned",
    "deposit_kept",
    "dispute",
    "payout",
    "payout_returned",
    "node_sales",
    "adjustment",
)
#: The kinds of events that change what a seller is owed.
EVENT_KINDS = (
    "payment.captured",
    "payment.deposit_kept",
    "payment.refund_requested",
    "payment.dispute_lost",
    "payout.created",
    "payout.failed",
    "common.entries",
    "settlement.paid",
    "settlement.advanced",
)
#: For each of these events, the sign of its shares, and what each kind of share is called in a statement.
_NAMES: Mapping[str, tuple[int, Mapping[str, str]]] = {
    "payment.captured": (1, {"goods": "sale", "shipping": "shipping", "fee": "fee"}),
    "payment.deposit_kept": (1, {"deposit": "deposit_kept"}),
    "payment.refund_requested": (
        -1,
        {"deposit": "refund", "goods": "refund", "shipping": "refund", "fee": "fee_returned"},
    ),
    "payment.dispute_lost": (-1, {"goods": "dispute"}),
}
_OTHER = {
    "payout.created": "payout",
    "payout.failed": "payout_returned",
    **dict.fromkeys(("common.entries", "settlement.paid", "settlement.advanced"), "node_sales"),
}
_MONTH = re.compile(r"(20[0-9]{2})-(0[1-9]|1[0-2])\Z")
PAGE = 1000


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """A line of a statement: an amount added to what the seller is owed, in minor units. `about`: the object."""

    time: str
    event: str
    position: int
    kind: str
    about: str
    amount: int


class Taxes(msgspec.Struct, frozen=True, kw_only=True):
    """Duties and taxes that buyers paid with the seller's sales. They are owed to `account`, never to the seller."""

    account: str
    collected: int
    returned: int

    @property
    def owed(self) -> int:
        """What is owed for the month."""
        return self.collected - self.returned


#: Other nodes that are looked through for what a seller is owed.
MAX_NODES = 1000


class Statement(msgspec.Struct, frozen=True, kw_only=True):
    """The statement of a seller for a month and a currency, in minor units.

    `totals`: the sum of each kind of line; `closing` = `opening` + all lines; `events`: how many of the ledger's events
    it rests on, up to the end of the month.
    """

    seller: str
    currency: str
    month: str
    opening: int
    lines: tuple[Line, ...]
    totals: Mapping[str, int]
    closing: int
    taxes: tuple[Taxes, ...]
    events: int


def balances_of(books: Books, seller: str) -> dict[str, int]:
    """What a seller is owed, by currency; nothing for one in which it is owed nothing."""
    found = books.balances_in([accounts.seller(seller)]).items()
    return {unit: amount for (_account, unit), amount in found if amount}


def unsettled_of(books: Books, seller: str) -> dict[str, int]:
    """What a seller is owed for orders of other nodes, which have not paid their settlement yet, by currency."""
    found: dict[str, int] = {}
    for (_account, unit), amount in books.balances_in(unsettled_names(books, [seller])).items():
        found[unit] = found.get(unit, 0) + amount
    return {unit: amount for unit, amount in found.items() if amount}


def unsettled_names(books: Books, sellers: Iterable[str]) -> list[str]:
    """The accounts of what sellers are owed for orders of other nodes."""
    nodes = ["", *(each.id for each in books.list_objects("pn_", limit=MAX_NODES))]
    return [accounts.unsettled(seller, node) for seller in sellers for node in nodes]


def statement(books: Books, seller: str, currency: str, month: str) -> Statement:
    """The statement of a month (`2026-03`). Raises NotAllowed for what is not a month.

    Also raises it if the events do not sum to the balance of the ledger: a posting that no line explains would show.
    """
    _, end = bounds(month)
    events = seller_events(books)
    found = make([each for each in events if each[1].time < end], seller, currency, month)
    later = sum(line.amount for each in events if each[1].time >= end for line in _lines(*each, seller, currency))
    balance = books.balance(accounts.seller(seller), currency)
    if found.closing + later != balance:
        raise NotAllowed(
            "statement_differs",
            "The events of {seller} sum to {sum} {currency}; its balance in the ledger is {balance}.",
            seller=seller,
            sum=found.closing + later,
            currency=currency,
            balance=balance,
        )
    return found


def make(events: Sequence[tuple[int, Event]], seller: str, currency: str, month: str) -> Statement:
    """The statement of a month from all events before its end, with their positions."""
    begin, _ = bounds(month)
    opening, lines, mine = 0, [], 0
    collected: dict[str, int] = {}
    returned: dict[str, int] = {}
    for position, event in events:
        found = _lines(position, event, seller, currency)
        mine += bool(found)
        if event.time < begin:
            opening += sum(each.amount for each in found)
            continue
        lines += found
        for share in _shares(event, currency):
            if share.kind == "tax" and share.seller == seller:
                side = returned if event.kind == "payment.refund_requested" else collected
                side[share.account] = side.get(share.account, 0) + share.amount
    totals: dict[str, int] = {}
    for each in lines:
        totals[each.kind] = totals.get(each.kind, 0) + each.amount
    return Statement(
        seller=seller,
        currency=currency,
        month=month,
        opening=opening,
        lines=tuple(lines),
        totals={kind: totals[kind] for kind in LINE_KINDS if kind in totals},
        closing=opening + sum(totals.values()),
        taxes=tuple(
            Taxes(account=account, collected=collected.get(account, 0), returned=returned.get(account, 0))
            for account in sorted({*collected, *returned})
        ),
        events=mine,
    )


def _lines(position: int, event: Event, seller: str, currency: str) -> list[Line]:
    """The lines of an event for a seller. Their sum is what the event posts to the seller's account."""
    account = accounts.seller(seller)
    posted = [each.amount for each in event.postings if (each.account, each.unit) == (account, currency)]
    if not posted:
        return []
    sign, names = _NAMES.get(event.kind, (1, {}))
    amounts: dict[str, int] = {}
    for share in _shares(event, currency):
        if share.account == account:
            name = names.get(share.kind, "adjustment")
            amounts[name] = amounts.get(name, 0) + sign * share.amount
    rest = sum(posted) - sum(amounts.values())
    if rest:
        name = _OTHER.get(event.kind, "adjustment")
        amounts[name] = amounts.get(name, 0) + rest
    return [
        Line(time=event.time, event=event.id, position=position, kind=kind, about=event.stream, amount=amount)
        for kind, amount in amounts.items()
        if amount
    ]


def _shares(event: Event, currency: str) -> list[Share]:
    """The shares of an event in a currency: all of an event are in one, that of its postings."""
    if event.kind not in _NAMES or not any(each.unit == currency for each in event.postings):
        return []
    return msgspec.convert(event.payload.get("shares", []), list[Share])


def seller_events(books: Books) -> list[tuple[int, Event]]:
    """The events that may change what sellers are owed, in order."""
    found: list[tuple[int, Event]] = []
    for kind in EVENT_KINDS:
        after = 0
        while page := books.events(after=after, limit=PAGE, kind=kind):
            found += page
            after = page[-1][0]
    return sorted(found, key=lambda each: each[0])


def bounds(month: str) -> tuple[str, str]:
    """The first time of a month, and the first after it, as in events. Raises NotAllowed.

    >>> bounds("2026-12")
    ('2026-12-01T00:00:00.000Z', '2027-01-01T00:00:00.000Z')
    """
    found = _MONTH.match(month)
    if not found:
        raise NotAllowed("month_invalid", "{month!r} is not a month. Write it as 2026-03.", "month", month=month)
    first = dt.date(int(found[1]), int(found[2]), 1)
    following = (first + dt.timedelta(days=31)).replace(day=1)
    return f"{first}T00:00:00.000Z", f"{following}T00:00:00.000Z"


def as_json(found: Statement) -> dict[str, Any]:
    """The statement as the API shows it, in minor units."""
    taxes = [{**msgspec.to_builtins(each), "owed": each.owed} for each in found.taxes]
    return {"object": "statement", **msgspec.to_builtins(found), "taxes": taxes}


def as_csv(found: Statement, decimals: int) -> str:
    """The statement as a table with the balance after each line; amounts in major units.

    The rows of taxes stand apart: they change no balance.
    """
    balance = found.opening
    rows: list[Sequence[str]] = [
        ("time", "kind", "about", "event", "amount", "balance", "currency"),
        (bounds(found.month)[0], "opening", found.seller, "", "", in_major(balance, decimals), found.currency),
    ]
    for each in found.lines:
        balance += each.amount
        amounts = in_major(each.amount, decimals), in_major(balance, decimals)
        rows.append((each.time, each.kind, each.about, each.event, *amounts, found.currency))
    end = bounds(found.month)[1]
    rows.append((end, "closing", found.seller, "", "", in_major(found.closing, decimals), found.currency))
    for tax in found.taxes:
        rows += [
            (end, f"tax_{kind}", tax.account, "", in_major(amount, decimals), "", found.currency)
            for kind, amount in (("collected", tax.collected), ("returned", -tax.returned), ("owed", tax.owed))
        ]
    return "".join(",".join(_cell(each) for each in row) + "\r\n" for row in rows)


def _cell(text: str) -> str:
    """A cell of a CSV file (RFC 4180)."""
    return '"' + text.replace('"', '""') + '"' if any(sign in text for sign in ',"\r\n') else text
