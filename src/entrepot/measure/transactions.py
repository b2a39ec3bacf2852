"""From lines of the ledger to transactions between residents: the sale, and the platform's fee as a service of its own.

A transaction has the period of its original: what came back later is taken off there, so a period of the past is
revised. A fee runs between the platform's economy and the payer's: of a domestic sale by way of a foreign platform only
the fee crosses the border.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from entrepot.measure.lines import CIF, DIGITAL, FOB, NETWORK, NO_PLATFORM, LedgerLine, Party
from entrepot.measure.products import PLATFORM_FEE, is_deliverable
from entrepot.measure.template import Answers

EXPORTS, IMPORTS = FLOWS = ("exports", "imports")
#: The price as it was charged.
PRICE = "price"
#: The whole economy, and the world, as in the code lists of SDMX.
TOTAL_ECONOMY, WORLD = "S1", "W1"
#: All products together, as SDMX writes a total.
ALL_PRODUCTS = "_T"
#: A partner or a sector that is not known. What has no partner may be a domestic sale: it is counted nowhere, and makes
#: each figure that it could be a part of "at least".
UNKNOWN = ""


class Transaction(NamedTuple):
    """What one resident sold to another one, as a reporter counts it.

    `trader`, `counterpart`: whose figures it is made of, never published; `day`: in whose period it counts (ISO);
    `amount`: in minor units of `currency`, less what came back; None where it is not known.
    """

    line: str
    reporter: str
    partner: str
    flow: str
    sector: str
    day: str
    product: str
    answers: Answers
    currency: str
    amount: int | None
    trader: str
    counterpart: str = ""


def transactions_of(lines: Iterable[LedgerLine], reporter: str, *, valuation: str = FOB) -> Iterator[Transaction]:
    """The transactions of lines that cross the border of an economy.

    `valuation`: of goods. FOB; CIF, which is used for imports only; or PRICE: as charged, whatever it contains.
    """
    for line in lines:
        yield from _sale(line, reporter, valuation)
        yield from _fee(line, reporter)


def _sale(line: LedgerLine, reporter: str, valuation: str) -> Iterator[Transaction]:
    platform = None if not line.platform else line.platform != NO_PLATFORM
    answers = Answers(
        service=line.service,
        ordered=_is(line.order_channel, DIGITAL),
        delivered=_is(line.delivery_channel, NETWORK),
        dip=platform,
        deliverable=is_deliverable(line.ebops) if line.service else False,
    )
    for flow, own, partner in _crossings(line.seller, line.buyer, reporter):
        traders = (line.seller_id, line.buyer_id)
        trader, counterpart = traders if flow == EXPORTS else traders[::-1]
        yield Transaction(
            line=line.id,
            reporter=reporter,
            partner=partner,
            flow=flow,
            sector=own.sector,
            day=day_of(line, flow),
            product=line.product,
            answers=answers,
            currency=line.currency,
            amount=value_of(line, FOB if flow == EXPORTS and valuation == CIF else valuation),
            trader=trader,
            counterpart=counterpart,
        )


def _fee(line: LedgerLine, reporter: str) -> Iterator[Transaction]:
    back = sum(each.fee for each in line.taken)
    for fee in line.fees:
        seller = fee.payer == "seller"
        payer_id = line.seller_id if seller else line.buyer_id
        for flow, own, partner in _crossings(line.operator, line.seller if seller else line.buyer, reporter):
            yield Transaction(
                line=f"{line.id}:fee",
                reporter=reporter,
                partner=partner,
                flow=flow,
                sector=own.sector,
                day=line.ordered,
                product=PLATFORM_FEE,
                # By convention of the Handbook the service of a platform is ordered and delivered digitally.
                answers=FEE_ANSWERS,
                currency=line.currency,
                amount=fee.amount - back,
                trader=line.platform if flow == EXPORTS else payer_id,
                counterpart=payer_id if flow == EXPORTS else line.platform,
            )
        back = 0


#: A fee is no sale by way of a platform: the platform sells it itself.
FEE_ANSWERS = Answers(service=True, ordered=True, delivered=True, dip=False, deliverable=True, fee=True)


def _crossings(seller: Party, buyer: Party, reporter: str) -> list[tuple[str, Party, str]]:
    """The flows of a sale that crosses the border of the reporter, or may: the domestic party, and the partner.

    >>> _crossings(Party("VN"), Party("CN", "S1M"), "CN")
    [('imports', Party(economy='CN', sector='S1M'), 'VN')]
    >>> _crossings(Party("VN"), Party("VN"), "VN"), [flow for flow, _, _ in _crossings(Party(), Party(), "VN")]
    ([], ['exports', 'imports'])
    """
    found = []
    if seller.economy in (reporter, UNKNOWN) and buyer.economy != reporter and (seller.economy or not buyer.economy):
        found.append((EXPORTS, seller, buyer.economy))
    if buyer.economy in (reporter, UNKNOWN) and seller.economy != reporter and (buyer.economy or not seller.economy):
        found.append((IMPORTS, buyer, seller.economy))
    return found


def _is(value: str, wanted: str) -> bool | None:
    return value == wanted if value else None


def value_of(line: LedgerLine, valuation: str) -> int | None:
    """What a line is worth at a valuation, less what came back; None where that cannot be known.

    >>> line = LedgerLine(id="or_1:1", price=6800, freight=1200, insurance=0, valuation="FOB")
    >>> value_of(line, "FOB"), value_of(line, "CIF")
    (6800, 8000)
    >>> value_of(LedgerLine(id="or_1:1", price=8000, valuation="CIF"), "FOB") is None
    True
    """
    if line.price is None:
        return None
    back = sum(each.amount for each in line.taken)
    if line.service:
        return line.price - back
    if valuation == PRICE:
        return line.price - back
    if valuation == CIF:
        if line.valuation == CIF:
            return line.price - back
        if line.freight is None or line.insurance is None or not line.valuation:
            return None
        return line.price + line.freight + line.insurance - back - sum(each.freight for each in line.taken)
    return line.price - back if line.valuation == FOB else None


def day_of(line: LedgerLine, flow: str) -> str:
    """The day that puts a line into a period.

    Goods: exports when they are shipped, imports when customs releases them or they arrive; services when they were
    delivered. What is not known is dated by the order, until the ledger knows it: then the period is revised.
    """
    if line.service:
        return line.delivered or line.ordered
    if flow == EXPORTS:
        return line.shipped or line.ordered
    return line.released or line.delivered or line.ordered
