"""Cancellation and return of goods imported at retail: who may apply, until when, with which message, for what.

Before customs releases a list, its cancellation is applied for (CEB623); after that, the return of all or some of its
goods (CEB625). Periods are counted in days of legal time, from the day after the release; they are not extended for
holidays, so that the last day is never too late.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction

import msgspec

from entrepot.model.money import half_up
from entrepot.trade.match.documents import ListLine
from entrepot.trade.reasons import Reason

#: Days after the release in which a return is applied for, and in which the goods are back.
APPLY_DAYS, ARRIVE_DAYS = 30, 45
CANCELLATION, RETURN = "cancellation", "return"
#: Who may apply to customs. A buyer asks the seller.
APPLICANTS = {
    CANCELLATION: ("seller", "domestic_agent", "broker"),
    RETURN: ("domestic_agent", "broker"),
}

_NOTICE = (("gacc-2020-45",), "published", "")
_SPECIFICATION = (("ceb-202205",), "official", "3.11, 3.13")
_READING = (("own-reading",), "unchecked", "")

#: For the state of the list at customs ("" before it is declared): whether something can be asked now, the application
#: that it needs, the reason, and the basis of that. A released list is decided by its dates.
_BY_STATE = {
    "": (True, "", "reversal.not_declared", _READING),
    "refused": (True, "", "reversal.not_accepted", _SPECIFICATION),
    "failed": (True, "", "reversal.not_accepted", _READING),
    "to_send": (False, "", "reversal.wait", _READING),
    "sent": (False, "", "reversal.wait", _SPECIFICATION),
    "stored": (True, CANCELLATION, "reversal.cancellation", _SPECIFICATION),
    "held": (True, CANCELLATION, "reversal.cancellation", _SPECIFICATION),
    "assessed": (True, CANCELLATION, "reversal.cancellation", _SPECIFICATION),
    "detained": (False, "", "reversal.detained", _READING),
    "returned_abroad": (False, "", "reversal.returned_abroad", _READING),
}
RELEASED = ("released", "closed")


class Reversal(msgspec.Struct, frozen=True, kw_only=True):
    """Whether an order can be cancelled or returned now. `application`: to customs; empty if none is needed.

    `apply_by`, `arrive_by`: the last days of a return.
    """

    allowed: bool
    application: str
    reasons: tuple[Reason, ...]
    apply_by: dt.date | None = None
    arrive_by: dt.date | None = None


class Arrival(msgspec.Struct, frozen=True, kw_only=True):
    """What follows from a return so far. `state`: waiting, in_time or late.

    Only in time no tax is levied on the goods, and the annual limit is given back.
    """

    state: str
    arrive_by: dt.date
    reasons: tuple[Reason, ...]


class ReturnLine(msgspec.Struct, frozen=True, kw_only=True):
    """A line of a return: that of the list with the same number, and the quantity that comes back."""

    number: int
    code: str
    name: str
    unit: str
    quantity: Decimal


def decide_reversal(state: str, *, on: dt.date, released_on: dt.date | None = None, applicant: str = "") -> Reversal:
    """Whether an order can be cancelled or returned on a day, and how. `state`: of its list at customs.

    `released_on`: the day of the release, for a released list; `applicant`: who would apply to customs, if known.

    >>> found = decide_reversal("released", on=dt.date(2026, 3, 31), released_on=dt.date(2026, 3, 1))
    >>> found.allowed, found.application, found.apply_by.isoformat(), found.arrive_by.isoformat()
    (True, 'return', '2026-03-31', '2026-04-15')
    >>> decide_reversal("stored", on=dt.date(2026, 3, 1), applicant="buyer").reasons[0].code
    'reversal.applicant'
    """
    if state in RELEASED:
        if released_on is None:
            raise ValueError("A released list has a day of release: give released_on.")
        found = _decide_return(released_on, on)
    else:
        allowed, application, code, basis = _BY_STATE[state]
        found = Reversal(allowed=allowed, application=application, reasons=(_reason(code, basis),))
    if found.allowed and found.application and applicant and applicant not in APPLICANTS[found.application]:
        values = {
            "applicant": applicant.replace("_", " "),
            "application": found.application,
            "allowed": ", ".join(APPLICANTS[found.application]).replace("_", " "),
        }
        basis = _NOTICE if found.application == RETURN else _SPECIFICATION
        return msgspec.structs.replace(found, allowed=False, reasons=(_reason("reversal.applicant", basis, **values),))
    return found


def _decide_return(released_on: dt.date, on: dt.date) -> Reversal:
    apply_by, arrive_by = _last_days(released_on)
    values = {"released": str(released_on), "day": str(on), "apply_by": str(apply_by), "arrive_by": str(arrive_by)}
    code = "return.open" if on <= apply_by else "return.applied_late"
    return Reversal(
        allowed=on <= apply_by,
        application=RETURN,
        reasons=(_reason(code, _NOTICE, **values),),
        apply_by=apply_by,
        arrive_by=arrive_by,
    )


def decide_arrival(released_on: dt.date, *, on: dt.date, arrived_on: dt.date | None) -> Arrival:
    """What follows from a return that was applied for in time. `arrived_on`: the day the goods were back, if they are.

    >>> decide_arrival(dt.date(2026, 3, 1), on=dt.date(2026, 4, 16), arrived_on=None).state
    'late'
    """
    _, arrive_by = _last_days(released_on)
    if arrived_on is None:
        state, code = ("waiting", "return.waiting") if on <= arrive_by else ("late", "return.arrived_late")
    else:
        state, code = ("in_time", "return.in_time") if arrived_on <= arrive_by else ("late", "return.arrived_late")
    return Arrival(state=state, arrive_by=arrive_by, reasons=(_reason(code, _NOTICE, arrive_by=str(arrive_by)),))


def check_return_lines(
    lines: Sequence[ReturnLine], listed: Sequence[ListLine], returned: Mapping[int, Decimal]
) -> tuple[Reason, ...]:
    """What is wrong with the lines of a return; nothing if it can be applied for.

    `returned`: by line number, the quantities of other returns that are approved or under way.
    """
    return tuple(_line_faults(lines, {line.number: line for line in listed}, returned))


def _line_faults(
    lines: Sequence[ReturnLine], listed: Mapping[int | None, ListLine], returned: Mapping[int, Decimal]
) -> Iterator[Reason]:
    if not lines:
        yield _reason("return.no_lines", _SPECIFICATION)
    seen = set()
    for line in lines:
        number = str(line.number)
        if line.number in seen:
            yield _reason("return.repeated_line", _SPECIFICATION, number=number)
        seen.add(line.number)
        original = listed.get(line.number)
        if original is None:
            known = ", ".join(str(each) for each in listed)
            yield _reason("return.unknown_line", _SPECIFICATION, number=number, known=known)
            continue
        for field in ("code", "name", "unit"):
            given, known = getattr(line, field), getattr(original, field)
            if given != known:
                values = {"number": number, "field": field, "given": given, "listed": known or "-"}
                yield _reason("return.other_goods", _SPECIFICATION, **values)
        left = (original.quantity or Decimal()) - returned.get(line.number, Decimal())
        if not 0 < line.quantity <= left:
            values = {"number": number, "given": format(line.quantity, "f"), "left": format(max(left, Decimal()), "f")}
            yield _reason("return.quantity", _SPECIFICATION, **values)


def returned_share(amount: int, listed: Decimal, before: Decimal, now: Decimal) -> int:
    """The part of a line's amount (its value, or a tax) that a return of some of its quantity gives back.

    `before`: the quantity that was returned before. The parts of all returns of a line sum to its amount: each is the
    rounded share of all that is returned so far, less what was given back. No text says how customs rounds.

    >>> [returned_share(100, Decimal(3), Decimal(before), Decimal(1)) for before in range(3)]
    [33, 34, 33]
    """
    if before < 0 or now <= 0 or before + now > listed:
        raise ValueError(f"{now} of {listed} cannot be returned after {before}.")

    def given_back(quantity: Decimal) -> int:
        share = Fraction(quantity) / Fraction(listed) * amount
        return half_up(share.numerator, share.denominator)

    return given_back(before + now) - given_back(before)


def _last_days(released_on: dt.date) -> tuple[dt.date, dt.date]:
    return released_on + dt.timedelta(APPLY_DAYS), released_on + dt.timedelta(ARRIVE_DAYS)


def _reason(code: str, basis: tuple[tuple[str, ...], str, str], **values: str) -> Reason:
    sources, trust, where = basis
    return Reason(code, values, sources, trust, where)
