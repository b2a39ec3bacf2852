"""When the tax on released lists is paid: on the 31st to 45th day after the release, and which days suffice.

The collector (platform, seller or carrier) pays for the buyer. If goods were returned, or a list was cancelled or
changed, within 30 days after the release, that is settled first. Published: GACC Announcement 194 of 2018, and 26 of
2016 before it. Days are those of legal time; they are not extended for holidays.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

import msgspec

from entrepot.trade.return_rules import ARRIVE_DAYS

#: The first and the last day after the release on which the tax is paid.
FIRST_DAY, LAST_DAY = 31, 45
#: The source of these days, an id of `trade.sources`, and its trust.
SOURCE, TRUST = "gacc-2018-194", "published"

NOT_YET, WAITING, PAYABLE, OVERDUE, NOTHING = "not_yet", "waiting_for_return", "payable", "overdue", "nothing"


class ReleasedList(msgspec.Struct, frozen=True, kw_only=True):
    """A released list whose tax is not paid. `tax`: in minor units, without goods that were back in time.

    `return_open`: a return is applied for, and the goods are not back yet.
    """

    number: str
    released_on: dt.date
    tax: int
    return_open: bool = False


class TaxPayment(msgspec.Struct, frozen=True, kw_only=True):
    """The lists whose tax is paid on a day, the earliest last day first.

    `pay_by`: the earliest last day; `overdue`: the lists whose last day has passed.
    """

    day: dt.date
    lists: tuple[str, ...]
    amount: int
    pay_by: dt.date | None
    overdue: tuple[str, ...]


def payment_window(released_on: dt.date) -> tuple[dt.date, dt.date]:
    """The first and the last day on which the tax on a list is paid.

    >>> [day.isoformat() for day in payment_window(dt.date(2026, 3, 1))]
    ['2026-04-01', '2026-04-15']
    """
    return released_on + dt.timedelta(FIRST_DAY), released_on + dt.timedelta(LAST_DAY)


def tax_state(released: ReleasedList, on: dt.date) -> str:
    """Whether the tax on a list is payable on a day: not yet, waiting for a return, payable, overdue, or nothing."""
    opens, closes = payment_window(released.released_on)
    if released.tax == 0:
        return NOTHING
    # Goods under way may be back until the day that is also the last one to pay.
    if released.return_open and on <= released.released_on + dt.timedelta(ARRIVE_DAYS):
        return WAITING
    return NOT_YET if on < opens else PAYABLE if on <= closes else OVERDUE


def tax_payment(lists: Iterable[ReleasedList], on: dt.date) -> TaxPayment:
    """What is paid on a day: every list that is payable or overdue.

    >>> lists = [ReleasedList(number=f"L{day}", released_on=dt.date(2026, 3, day), tax=910) for day in (1, 10, 20)]
    >>> due = tax_payment(lists, dt.date(2026, 4, 15))
    >>> due.lists, due.amount, due.pay_by.isoformat()
    (('L1', 'L10'), 1820, '2026-04-15')
    """
    states = [(each, tax_state(each, on)) for each in lists]
    due = sorted(
        (each for each, state in states if state in (PAYABLE, OVERDUE)),
        key=lambda each: (each.released_on, each.number),
    )
    return TaxPayment(
        day=on,
        lists=tuple(each.number for each in due),
        amount=sum(each.tax for each in due),
        pay_by=payment_window(due[0].released_on)[1] if due else None,
        overdue=tuple(each.number for each in due if tax_state(each, on) == OVERDUE),
    )


def payment_days(lists: Iterable[ReleasedList]) -> tuple[dt.date, ...]:
    """The fewest days on which all lists can be paid in time.

    A window has 15 days, so one payment a month is not enough for lists that are released all month.

    >>> lists = [ReleasedList(number=str(day), released_on=dt.date(2026, 3, day), tax=1) for day in range(1, 32)]
    >>> [day.isoformat() for day in payment_days(lists)]
    ['2026-04-15', '2026-04-30', '2026-05-15']
    """
    days: list[dt.date] = []
    for each in sorted((each for each in lists if each.tax), key=lambda each: each.released_on):
        opens, closes = payment_window(each.released_on)
        if not days or days[-1] < opens:
            days.append(closes)
    return tuple(days)
