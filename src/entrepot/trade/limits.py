"""The limits of a person who imports at retail: for one order, and for a calendar year.

The amounts are rows of the pack of law. The account of a person's limit in the ledger starts at zero; what is reserved
or used is taken from it, down to a floor: the annual limit less what the buyer declares to have used elsewhere.
Customs keeps the account that counts. A node knows its own orders and what the buyer declares.
"""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Callable
from decimal import Decimal

import msgspec

from entrepot.law.compiled import Law
from entrepot.law.records import Condition, Regime
from entrepot.model.money import in_major
from entrepot.model.sources import PACK_TRUST, weakest
from entrepot.trade.ledger.entries import Posting
from entrepot.trade.match.documents import ImportList
from entrepot.trade.reasons import Reason

ALLOWED, FULL_TAX, NOT_ALLOWED = "allowed", "allowed_with_full_tax", "not_allowed"

#: The legal time of an economy, by which its days and years end; UTC for others. China has had one time, and no
#: summer time, since 1992.
LEGAL_TIME = {"CN": dt.timezone(dt.timedelta(hours=8))}

_KEYED_HASH = re.compile(r"[0-9a-f]{64}\Z")


class LimitRow(msgspec.Struct, frozen=True):
    """A row of law: its place in the packs, its sources and its trust."""

    row: str
    sources: tuple[str, ...]
    trust: str


class RetailLimits(msgspec.Struct, frozen=True, kw_only=True):
    """The limits of retail import, in minor units of `currency`, with the procedures that they open.

    `within`: the procedure for an order within the limits; `above`: that for one item above the single limit, with
    full duty and tax; empty if the law has none. `single`: None if the law has no single limit.
    """

    currency: str
    decimals: int
    annual: int
    annual_row: LimitRow
    single: int | None
    single_row: LimitRow | None
    one_item_row: LimitRow | None
    within: str
    above: str


class Usage(msgspec.Struct, frozen=True, kw_only=True):
    """What a person has taken of an annual limit, in minor units. `declared`: what the buyer has used elsewhere."""

    used: int = 0
    reserved: int = 0
    declared: int = 0


class LimitDecision(msgspec.Struct, frozen=True, kw_only=True):
    """Whether an order may be imported at retail. `regime`: the procedure; empty if none is open.

    `remaining`: what is left of the year before the order; `remaining_after`: after it, if it is allowed.
    """

    outcome: str
    regime: str
    remaining: int
    remaining_after: int
    reasons: tuple[Reason, ...]

    @property
    def trust(self) -> str:
        """The trust of the weakest row that decided."""
        return weakest(each.trust for each in self.reasons) or PACK_TRUST[-1]


def retail_limits(law: Law) -> RetailLimits | None:
    """The limits of retail import in a law; None if it has no annual limit of a person."""
    regimes = [each for each in law.regimes if _with(each, "annual")]
    within = next((each for each in regimes if not _with(each, "above")), None)
    if within is None:
        return None
    above = next((each for each in regimes if _with(each, "above") and _with(each, "single_item")), None)
    annual, single = _with(within, "annual"), _with(within, "at_most")
    one_item = _with(above, "single_item") if above else None
    assert annual is not None  # noqa: S101  # that is how the procedure was chosen
    return RetailLimits(
        currency=law.currency,
        decimals=law.decimals,
        annual=_minor(law, annual),
        annual_row=_row(law, annual),
        single=_minor(law, single) if single else None,
        single_row=_row(law, single) if single else None,
        one_item_row=_row(law, one_item) if one_item else None,
        within=within.id,
        above=above.id if above else "",
    )


def _with(regime: Regime, test: str) -> Condition | None:
    """The condition of a procedure that has a test and concerns every order."""
    for each in regime.conditions:
        if each.test == test and each.per == "consignment" and not each.goods and each.ship_from is None:
            return each
    return None


def _minor(law: Law, condition: Condition) -> int:
    if condition.currency != law.currency:
        raise ValueError(f"The limit {condition.id} is in {condition.currency}, not in {law.currency}.")
    minor: int = condition.amount_num * 10**law.decimals // condition.amount_den
    return minor


def _row(law: Law, condition: Condition) -> LimitRow:
    basis = law.bases[condition.basis]
    return LimitRow(basis.where, basis.cites, PACK_TRUST[basis.trust])


def decide(limits: RetailLimits, *, value: int, items: int, usage: Usage, year: int) -> LimitDecision:
    """Whether an order may be imported at retail, and what remains. `value`: its taxable value: goods and carriage.

    `items`: how many items it has. Above the single limit an order of exactly one item may still be imported, with full
    duty and tax, and counts for the year. Above the annual limit none may.
    """
    if value < 0 or items < 1:
        raise ValueError(f"An order of {value} with {items} items has no limit to decide.")
    remaining = max(limits.annual - usage.used - usage.reserved - usage.declared, 0)
    large = limits.single is not None and value > limits.single
    one_item = large and bool(limits.above) and items == 1
    reasons = []
    if large and not one_item:
        reasons.append(("limit.several_items" if limits.above else "limit.single", limits.single_row))
    if value > remaining:
        reasons.append(("limit.annual", limits.annual_row))
    if reasons:
        outcome, regime = NOT_ALLOWED, ""
    elif one_item:
        outcome, regime = FULL_TAX, limits.above
        reasons = [("limit.one_item", limits.one_item_row), ("limit.within", limits.annual_row)]
    else:
        outcome, regime = ALLOWED, limits.within
        reasons = [("limit.within", limits.annual_row)]
    after = remaining - (value if regime else 0)
    values = {
        "currency": limits.currency,
        "value": in_major(value, limits.decimals),
        "single": in_major(limits.single or 0, limits.decimals),
        "annual": in_major(limits.annual, limits.decimals),
        "remaining": in_major(after, limits.decimals),
        "items": str(items),
        "year": str(year),
    }
    told = tuple(Reason(code, values, row.sources, row.trust, row.row) for code, row in reasons if row)
    return LimitDecision(outcome=outcome, regime=regime, remaining=remaining, remaining_after=after, reasons=told)


def taxable_value(listed: ImportList) -> Decimal | None:
    """The taxable value that a list declares: goods, freight and insurance; None if a field is missing."""
    parts = (listed.freight, listed.insurance, *(line.total for line in listed.lines))
    stated = [each for each in parts if each is not None]
    return sum(stated, Decimal()) if listed.lines and len(stated) == len(parts) else None


def item_count(listed: ImportList) -> int:
    """How many items a list has: 1 only for one line with the quantity 1, as in the rule of one item.

    >>> from entrepot.trade.match.documents import ListLine
    >>> [item_count(ImportList(lines=(ListLine(quantity=Decimal(each)),))) for each in ("1", "0.5", "3")]
    [1, 2, 3]
    """
    if len(listed.lines) == 1 and listed.lines[0].quantity == 1:
        return 1
    return max(2, math.ceil(sum((line.quantity or Decimal() for line in listed.lines), Decimal())))


def legal_day(economy: str, time: dt.datetime) -> dt.date:
    """The day of a time by the legal time of an economy. Raises ValueError for a time without a zone.

    >>> legal_day("CN", dt.datetime(2026, 12, 31, 16, tzinfo=dt.UTC)).isoformat()
    '2027-01-01'
    """
    if time.tzinfo is None:
        raise ValueError("A time needs a zone to have a day.")
    return time.astimezone(LEGAL_TIME.get(economy, dt.UTC)).date()


def end_of_day(economy: str, day: dt.date) -> dt.datetime:
    """When a day ends by the legal time of an economy, in UTC.

    >>> end_of_day("CN", dt.date(2026, 12, 31)).isoformat()
    '2026-12-31T16:00:00+00:00'
    """
    following = dt.datetime.combine(day + dt.timedelta(days=1), dt.time(), LEGAL_TIME.get(economy, dt.UTC))
    return following.astimezone(dt.UTC)


class LimitAccount(msgspec.Struct, frozen=True):
    """The accounts of a person's annual limit. `keyed_hash`: the HMAC of the identity, never the identity."""

    economy: str
    year: int
    keyed_hash: str
    currency: str

    def __post_init__(self) -> None:
        if not _KEYED_HASH.match(self.keyed_hash):
            raise ValueError("The account of a limit needs a keyed hash of 64 hexadecimal digits, not an identity.")

    @property
    def unit(self) -> str:
        """The unit of its postings, whole minor units."""
        return f"limit:{self.currency}"

    @property
    def available(self) -> str:
        """The account from which is taken: 0 at the start of the year, down to its floor."""
        return f"limit/{self.economy}/{self.year}/{self.keyed_hash}"

    @property
    def reserved(self) -> str:
        """The account of what is reserved for orders."""
        return f"{self.available}/reserved"

    @property
    def used(self) -> str:
        """The account of what customs has released."""
        return f"{self.available}/used"

    def usage(self, balance: Callable[[str, str], int], declared: int = 0) -> Usage:
        """What the person has taken, by a function that gives the balance of an account in a unit.

        >>> account = LimitAccount("CN", 2026, "0" * 64, "CNY")
        >>> account.usage(lambda name, unit: 9100 if name == account.used else 0)
        Usage(used=9100, reserved=0, declared=0)
        """
        return Usage(used=balance(self.used, self.unit), reserved=balance(self.reserved, self.unit), declared=declared)

    def floor(self, limits: RetailLimits, declared: int) -> int:
        """The floor of `available`: the annual limit less what the buyer declares.

        >>> LimitAccount("CN", 2026, "0" * 64, "CNY").available
        'limit/CN/2026/0000000000000000000000000000000000000000000000000000000000000000'
        """
        return -max(limits.annual - declared, 0)


def reserve(account: LimitAccount, value: int, limits: RetailLimits, declared: int = 0) -> tuple[Posting, ...]:
    """Postings when an order is placed. The ledger refuses them (Insufficient) where the limit would be exceeded."""
    return (
        Posting(account.available, account.unit, -value, account.floor(limits, declared)),
        Posting(account.reserved, account.unit, value),
    )


def give_back_reserved(account: LimitAccount, value: int) -> tuple[Posting, ...]:
    """Postings when a reserved order ends: not paid, cancelled, refused by customs, or its cancellation approved."""
    return (
        Posting(account.available, account.unit, value),
        Posting(account.reserved, account.unit, -value, 0),
    )


def use(
    account: LimitAccount, reserved: int, value: int | None = None, *, year: int | None = None
) -> tuple[Posting, ...]:
    """Postings when customs releases the list: what was reserved becomes used.

    `value`: the taxable value by customs, if it is another than was reserved. `year`: that of the release, if it is
    another: the value then counts for it. Nothing is refused here: customs has decided.
    """
    taken = reserved if value is None else value
    then = account if year is None else msgspec.structs.replace(account, year=year)
    moved = Posting(account.reserved, account.unit, -reserved, 0), Posting(then.used, account.unit, taken)
    if then == account and taken == reserved:
        return moved
    if then == account:
        return (*moved, Posting(account.available, account.unit, reserved - taken))
    back = Posting(account.available, account.unit, reserved), Posting(then.available, account.unit, -taken)
    return (*moved, *back)


def count_used(account: LimitAccount, value: int) -> tuple[Posting, ...]:
    """Postings when a value counts that is not reserved: nothing is refused, because the goods are in the country.

    For a list that customs releases after it had refused it, and for a return that was approved and did not arrive.
    """
    return (
        Posting(account.available, account.unit, -value),
        Posting(account.used, account.unit, value),
    )


def give_back_used(account: LimitAccount, value: int) -> tuple[Posting, ...]:
    """Postings when a return is approved: the year in which the value was used gets it back."""
    return (
        Posting(account.available, account.unit, value),
        Posting(account.used, account.unit, -value, 0),
    )
