"""The accounts of money, and the postings of each move. A balance is what the node owes the owner of the account.

So what a provider or a bank holds for the node is negative there, and the balances of all accounts of a currency sum
to zero. Accounts:

| account | what its balance is |
|---|---|
| `buyer/or_…` | received from the buyer of an order and not yet shared out, or to be refunded; never below 0 |
| `seller/og_…` | owed to a seller; below 0 where a refund or a dispute exceeds what is owed |
| `unsettled/og_…/pn_…` | owed to a seller for orders of another node, once that node has paid its settlement |
| `unsettled/og_…` | the same for all other nodes, as it was posted before each had an account of its own |
| `node/pn_…` | owed to another node for its sellers; below 0 what it owes for ours |
| `platform/fees` | the platform's fees |
| `platform/provider_fees` | what providers charged, below 0 |
| `customs/CN` | duties and taxes collected for the customs of an economy |
| `collected/CN` | what the customs of an economy has collected: paid by the guarantor, to be settled with its bank |
| `taxes/CN` | taxes that a seller collects under a registration of its own, for the tax authority of an economy |
| `carrier/NAME` | freight owed to a carrier |
| `provider/NAME` | what a provider holds for the node, below 0 |
| `disputed/py_…` | what a provider took back for an open dispute, below 0 |
| `deposit/bk_…` | the deposit of a booking, held until it is given back or kept; never below 0 |
| `payout/po_…` | a payout that is on its way |
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

import msgspec

from entrepot.model.money import split
from entrepot.trade.ledger.entries import Posting
from entrepot.trade.objects import NotAllowed

PLATFORM_FEES = "platform/fees"
PROVIDER_FEES = "platform/provider_fees"
#: What a share may be for. Shares of `tax` name the seller whose goods are taxed, those of `deposit` whose asset it is.
SHARE_KINDS = ("goods", "shipping", "fee", "tax", "deposit")
_OWNER = re.compile(
    r"(seller/og_[0-9a-z]{1,40}|node/pn_[0-9a-z]{1,40}|platform/fees|(customs|taxes)/[A-Z]{2}|deposit/bk_[0-9a-z]{1,40}|"
    r"carrier/[A-Za-z0-9_.-]{1,40})\Z"
)


class Share(msgspec.Struct, frozen=True, omit_defaults=True):
    """A part of a payment: `amount` is added to `account`. `kind`: goods, shipping, fee or tax.

    A fee has two shares: it is taken from the seller (below 0) and added to the platform. `seller`: for taxes and
    freight, the seller on whose goods they are.
    """

    kind: str
    account: str
    amount: int
    seller: str = ""


def buyer(order: str) -> str:
    """The account of the buyer of an order."""
    return f"buyer/{order}"


def seller(organization: str) -> str:
    """The account of a seller: an organization, or another node that sells for its own.

    >>> seller("og_1"), seller("pn_1")
    ('seller/og_1', 'node/pn_1')
    """
    return f"node/{organization}" if organization.startswith("pn_") else f"seller/{organization}"


def unsettled(organization: str, node: str = "") -> str:
    """What a seller is owed for orders of another node, from the payment of the buyer to that of the settlement.

    Without a node: what was posted before each had an account of its own.

    >>> unsettled("og_1", "pn_1"), unsettled("og_1")
    ('unsettled/og_1/pn_1', 'unsettled/og_1')
    """
    return f"unsettled/{organization}/{node}" if node else f"unsettled/{organization}"


def customs(economy: str) -> str:
    """The account of the customs of an economy."""
    return f"customs/{economy}"


def collected(economy: str) -> str:
    """What the customs of an economy has collected."""
    return f"collected/{economy}"


def taxes(economy: str) -> str:
    """The account of the tax authority of an economy."""
    return f"taxes/{economy}"


def carrier(name: str) -> str:
    """The account of a carrier."""
    return f"carrier/{name}"


def provider(name: str) -> str:
    """What a provider of payments holds for the node."""
    return f"provider/{name}"


def disputed(payment: str) -> str:
    """What a provider took back for a dispute."""
    return f"disputed/{payment}"


def deposit(booking: str) -> str:
    """The deposit of a booking."""
    return f"deposit/{booking}"


def payout(number: str) -> str:
    """A payout on its way."""
    return f"payout/{number}"


def sale_shares(
    organization: str,
    goods: int,
    *,
    fee: int = 0,
    shipping: int = 0,
    carried_by: str = "",
    duties_and_taxes: int = 0,
    economy: str = "",
) -> tuple[Share, ...]:
    """The shares of a sale by one seller: goods less the platform's fee, freight, duties and taxes.

    Freight is owed to the carrier `carried_by`; without one, to the seller, who pays it. Parts of nothing are left out.

    >>> shares = sale_shares("og_1", 10000, fee=500, duties_and_taxes=910, economy="CN")
    >>> [(each.account, each.amount) for each in shares]
    [('seller/og_1', 10000), ('seller/og_1', -500), ('platform/fees', 500), ('customs/CN', 910)]
    """
    mine = seller(organization)
    found = (
        Share("goods", mine, goods),
        Share("fee", mine, -fee),
        Share("fee", PLATFORM_FEES, fee),
        Share("shipping", carrier(carried_by), shipping, organization)
        if carried_by
        else Share("shipping", mine, shipping),
        Share("tax", customs(economy), duties_and_taxes, organization),
    )
    return tuple(each for each in found if each.amount)


def check_shares(shares: Sequence[Share], amount: int) -> None:
    """Raise NotAllowed unless shares sum to an amount and each account may have its share.

    >>> check_shares([Share("goods", "seller/og_1", 99)], 100)
    Traceback (most recent call last):
    entrepot.trade.objects.NotAllowed: The shares sum to 99 instead of 100.
    """
    for each in shares:
        if each.kind not in SHARE_KINDS:
            raise NotAllowed("shares_differ", "{kind!r} is not a kind of share.", kind=each.kind)
        if not _OWNER.match(each.account):
            raise NotAllowed("shares_differ", "{account!r} cannot have a share of a payment.", account=each.account)
        if each.kind != "fee" and each.amount <= 0:
            raise NotAllowed(
                "shares_differ",
                "The share of {account} is {amount}. It must be more than 0.",
                account=each.account,
                amount=each.amount,
            )
    fees = sum(each.amount for each in shares if each.kind == "fee")
    if fees:
        raise NotAllowed("shares_differ", "The shares of fees sum to {total} instead of 0.", total=fees)
    total = sum(each.amount for each in shares)
    if total != amount:
        raise NotAllowed("shares_differ", "The shares sum to {total} instead of {amount}.", total=total, amount=amount)


def part_of(shares: Sequence[Share], amount: int) -> tuple[Share, ...]:
    """The shares of a part of a payment, in proportion, the largest remainders first. No part exceeds its share.

    >>> [each.amount for each in part_of(sale_shares("og_1", 10000, fee=501, duties_and_taxes=910, economy="CN"), 5455)]
    [5000, -250, 250, 455]
    """
    whole = sum(each.amount for each in shares)
    if amount == whole:
        return tuple(shares)
    others = iter(split(amount, [each.amount for each in shares if each.kind != "fee"]))
    found = []
    for each in shares:
        # The two shares of a fee are rounded alike, so that they still sum to zero.
        fee = abs(each.amount) * amount // whole if each.kind == "fee" else 0
        found.append((fee if each.amount > 0 else -fee) if each.kind == "fee" else next(others))
    parts = zip(shares, found, strict=True)
    return tuple(msgspec.structs.replace(each, amount=part) for each, part in parts if part)


def less(shares: Iterable[Share], taken: Iterable[Share]) -> tuple[Share, ...]:
    """Shares without those that were taken already."""
    return merged([*shares, *(msgspec.structs.replace(each, amount=-each.amount) for each in taken)])


def postings(shares: Iterable[Share], unit: str, sign: int = 1) -> tuple[Posting, ...]:
    """The postings of shares: one for each account. `sign`: -1 takes them back."""
    found: dict[str, int] = {}
    for each in shares:
        found[each.account] = found.get(each.account, 0) + sign * each.amount
    return tuple(Posting(account, unit, amount) for account, amount in found.items() if amount)


def merged(shares: Iterable[Share]) -> tuple[Share, ...]:
    """Shares with those of one kind, account and seller added up; parts of nothing are left out."""
    found: dict[tuple[str, str, str], int] = {}
    for each in shares:
        key = (each.kind, each.account, each.seller)
        found[key] = found.get(key, 0) + each.amount
    return tuple(Share(kind, account, amount, owner) for (kind, account, owner), amount in found.items() if amount)
