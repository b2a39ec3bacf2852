"""Payouts and statements of a seller, as the API shows them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Literal

import msgspec

from entrepot.model.money import in_major
from entrepot.trade.payments.payouts import Payout
from entrepot.trade.payments.statements import Statement


class PayoutShown(msgspec.Struct, kw_only=True):
    """A payout. `status`: requested, in_transit, paid or failed; `reference`: at the provider; `error`: why failed."""

    object: Literal["payout"] = "payout"
    id: str
    created: str
    status: str
    seller: str
    provider: str
    currency: str
    amount: str
    reference: str
    error: str


class TaxesShown(msgspec.Struct, kw_only=True):
    """Duties and taxes that buyers paid with the seller's sales: owed to `account`, never to the seller."""

    account: str
    collected: str
    returned: str
    owed: str


class StatementLineShown(msgspec.Struct, kw_only=True):
    """A line: an amount added to what the seller is owed. `number`: from 1; `about`: its object; `event`: its event."""

    number: int
    time: str
    kind: str
    about: str
    event: str
    amount: str


class StatementShown(msgspec.Struct, kw_only=True):
    """A statement of a month and a currency, without its lines: `closing` is `opening` and all of them.

    `totals`: the sum of each kind of line; `count`: how many lines there are.
    """

    object: Literal["statement"] = "statement"
    seller: str
    month: str
    currency: str
    opening: str
    closing: str
    totals: Mapping[str, str]
    taxes: tuple[TaxesShown, ...]
    count: int


class StatementRead(StatementShown, kw_only=True):
    """A statement with a page of its lines."""

    has_more: bool
    lines: tuple[StatementLineShown, ...]


def show_payout(payout: Payout, decimals: Callable[[str], int | None]) -> PayoutShown:
    """A payout, without the account to which it goes."""
    return PayoutShown(
        id=payout.id,
        created=payout.created,
        status=payout.status,
        seller=payout.seller,
        provider=payout.provider,
        currency=payout.currency,
        amount=in_major(payout.amount, decimals(payout.currency) or 0),
        reference=payout.reference,
        error=payout.error,
    )


def show_statement(found: Statement, decimals: Callable[[str], int | None]) -> StatementShown:
    """A statement."""
    places = decimals(found.currency) or 0
    return StatementShown(
        seller=found.seller,
        month=found.month,
        currency=found.currency,
        opening=in_major(found.opening, places),
        closing=in_major(found.closing, places),
        totals={kind: in_major(amount, places) for kind, amount in found.totals.items()},
        taxes=tuple(
            TaxesShown(
                account=each.account,
                collected=in_major(each.collected, places),
                returned=in_major(each.returned, places),
                owed=in_major(each.owed, places),
            )
            for each in found.taxes
        ),
        count=len(found.lines),
    )


def read_statement(found: Statement, after: int, limit: int, decimals: Callable[[str], int | None]) -> StatementRead:
    """A statement with its lines after a number."""
    places = decimals(found.currency) or 0
    lines = tuple(
        StatementLineShown(
            number=number,
            time=each.time,
            kind=each.kind,
            about=each.about,
            event=each.event,
            amount=in_major(each.amount, places),
        )
        for number, each in enumerate(found.lines[after : after + limit], after + 1)
    )
    shown = msgspec.structs.asdict(show_statement(found, decimals))
    return StatementRead(**shown, has_more=len(found.lines) > after + limit, lines=lines)


#: All of them.
MONEY_SHAPES = (PayoutShown, StatementShown, StatementRead)
