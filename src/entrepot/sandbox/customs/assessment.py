"""What the office finds about a list: the match of its documents, the person's limits, and the taxes."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from functools import lru_cache
from typing import Any, NamedTuple

import msgspec

from entrepot.app import library, quote
from entrepot.connect.customs.cn import messages as m
from entrepot.connect.customs.cn.codes import countries
from entrepot.connect.customs.cn.matching import documents_of
from entrepot.model.errors import EntrepotError
from entrepot.sandbox.customs.desk import Desk
from entrepot.sandbox.customs.papers import StoredPaper
from entrepot.trade.limits import (
    NOT_ALLOWED,
    LimitDecision,
    RetailLimits,
    Usage,
    decide,
    item_count,
    retail_limits,
    taxable_value,
)
from entrepot.trade.match.compare import FAILED, NOT_CHECKABLE, Match, Settings, match
from entrepot.trade.match.documents import Documents, ImportList

#: The rule about goods whose membership of the list of goods is not known to the office: they pass, and it says so.
POSITIVE_LIST = "goods.positive_list"
#: Units of customs in which the law counts, and the field of a sale for each.
MEASURES = {"035": "net_mass_kg", "095": "litres", "011": "items", "025": "pairs"}
#: The amounts of a tax bill, by the kind of charge.
KINDS = {"duty": "duty", "vat": "vat", "excise": "excise"}

_TO_A_CONSUMER: dict[str, Any] = {
    "ship_to": {"country": "CN"},
    "currency": "CNY",
    "channel": "ecommerce",
    "buyer": {"kind": "consumer"},
}


class Papers(NamedTuple):
    """The stored papers of a list; None: it is not at customs."""

    order: StoredPaper | None
    payment: StoredPaper | None
    waybill: StoredPaper | None


class LineTax(msgspec.Struct, frozen=True):
    """The taxes on a line of the list, in fen. `value`: its taxable value."""

    number: int
    code: str
    value: int
    duty: int
    vat: int
    excise: int


class Unassessed(Exception):
    """The taxes on a list are not known; the text says why."""


def match_papers(desk: Desk, listed: m.Inventory, papers: Papers) -> Match:
    """Match the documents of a list, rule by rule."""
    return match(
        _documents(listed, papers),
        mask=lambda value: desk.person(value)[:12],
        settings=Settings(
            buyers_authenticated=desk.switches().buyers_authenticated,
            listed=positive_list(listed, desk.today()),
        ),
    )


def refusals(found: Match) -> list[str]:
    """Why a list is refused: each rule that failed, or whose documents are missing, without personal values."""
    refused = [f"{each.rule}: {each.says}" for each in found.rules if each.outcome == FAILED]
    refused += [
        f"{each.rule}: missing {', '.join(each.missing[:3])}"
        for each in found.rules
        if each.outcome == NOT_CHECKABLE and each.rule != POSITIVE_LIST
    ]
    return refused


def limits_of(day: dt.date) -> RetailLimits:
    """The limits of retail import in China on a day. Raises Unassessed."""
    try:
        found = retail_limits(library().law("CN", day))
    except EntrepotError as error:
        raise Unassessed(str(error)) from None
    if found is None:
        raise Unassessed(f"The law has no limits of retail import in China on {day}.")
    return found


def used(desk: Desk, person: str, year: int) -> int:
    """What a person has used of the annual limit, in fen, with what is under examination."""
    return int(desk.database.value("SELECT sum(amount) FROM account WHERE person = ? AND year = ?", person, year) or 0)


def decide_limit(desk: Desk, listed: m.Inventory, person: str) -> tuple[LimitDecision, int]:
    """Whether the person may import this list, by the office's own account, and its taxable value in fen."""
    neutral = _neutral(listed)
    value = fen(taxable_value(neutral) or Decimal(0))
    year = desk.today().year
    usage = Usage(used=used(desk, person, year))
    return decide(limits_of(desk.today()), value=value, items=item_count(neutral), usage=usage, year=year), value


def limit_code(decision: LimitDecision) -> str:
    """The authority's code for a list that a limit refuses; "" for one that it allows."""
    if decision.outcome != NOT_ALLOWED:
        return ""
    return "-621018" if any(each.code == "limit.annual" for each in decision.reasons) else "-621005"


def taxes(listed: m.Inventory, regime: str, on: dt.date) -> tuple[LineTax, ...]:
    """The taxes on each line under a procedure, by the rows of law. Raises Unassessed."""
    try:
        found = quote(_sale(listed, on))
    except EntrepotError as error:
        raise Unassessed(str(error)) from None
    option = next((each for each in found.options if each.regime == regime), None)
    if option is None:
        raise Unassessed(f"The law has no procedure {regime} for these goods.")
    kinds = {charge.id: KINDS.get(charge.kind, "duty") for charge in option.charges}
    totals = dict.fromkeys(KINDS.values(), 0)
    for charge in option.charges:
        totals[kinds[charge.id]] += _known(charge.amount, charge.id)
    lines = []
    for line, of_list in zip(option.lines, listed.lines, strict=True):
        amounts = dict.fromkeys(KINDS.values(), 0)
        for each in line.charges:
            amounts[kinds[each.id]] += _known(each.amount, each.id)
        lines.append(LineTax(of_list.gnum, of_list.gcode, _known(line.customs_value, "value"), **amounts))
    for kind, total in totals.items():
        # Charges are rounded for the list: the largest line takes the difference, so that the lines sum to the bill.
        at = max(range(len(lines)), key=lambda place: getattr(lines[place], kind))
        rest = total - sum(getattr(each, kind) for each in lines)
        lines[at] = msgspec.structs.replace(lines[at], **{kind: getattr(lines[at], kind) + rest})
    return tuple(lines)


def positive_list(listed: m.Inventory, on: dt.date) -> dict[str, bool]:
    """Which goods are on the list of goods for retail import, where the packs of law know it."""
    found = {line.gcode[:8]: _is_listed(line.gcode, on) for line in listed.lines}
    return {code: known for code, known in found.items() if known is not None}


@lru_cache(maxsize=4096)
def _is_listed(code: str, on: dt.date) -> bool | None:
    """Whether goods are on the list; None if it is not known. The procedure's condition in the law says it."""
    line = {"hs_code": code, "amount": "100", "quantity": "1"}
    try:
        options = quote(
            {**_TO_A_CONSUMER, "ship_from": {"country": "VN"}, "date": on.isoformat(), "lines": [line]}
        ).options
    except EntrepotError:
        return None
    states = {each.state for option in options for each in option.conditions if each.id == "positive_list"}
    return False if "failed" in states else True if "passed" in states else None


def fen(amount: Decimal) -> int:
    """An amount in yuan as fen, half up: values have up to five decimals."""
    return int((amount * 100).quantize(Decimal(1), rounding="ROUND_HALF_UP"))


def _neutral(listed: m.Inventory) -> ImportList:
    found = documents_of(None, None, None, listed).list
    assert found is not None  # noqa: S101  # a list was given
    return found


def _documents(listed: m.Inventory, papers: Papers) -> Documents:
    found = documents_of(
        papers.order.document if papers.order else None,
        papers.payment.document if papers.payment else None,
        papers.waybill.document if papers.waybill else None,
        listed,
    )
    receipts = {
        name: msgspec.structs.replace(getattr(found, name), receipt=paper.code)
        for name, paper in papers._asdict().items()
        if paper is not None
    }
    return msgspec.structs.replace(found, **receipts)


def _sale(listed: m.Inventory, on: dt.date) -> dict[str, Any]:
    """A list as a sale to a consumer, for the rows of law."""
    names = countries()
    origins = [names[line.country].iso if line.country in names else "" for line in listed.lines]
    lines = [
        {
            "reference": str(line.gnum),
            "hs_code": line.gcode,
            "amount": format(line.totalPrice, "f"),
            "quantity": format(line.qty, "f"),
            **({"country_of_origin": origin} if origin else {}),
            **({MEASURES[line.unit1]: format(line.qty1, "f")} if line.unit1 in MEASURES else {}),
        }
        for line, origin in zip(listed.lines, origins, strict=True)
    ]
    return {
        **_TO_A_CONSUMER,
        "ship_from": {"country": next(filter(None, origins), "HK")},
        "date": on.isoformat(),
        "shipping_cost": format(listed.head.freight, "f"),
        "insurance_cost": format(listed.head.insuredFee, "f"),
        "lines": lines,
    }


def _known(amount: str | None, name: str) -> int:
    if amount is None:
        raise Unassessed(f"The amount of {name} is not known.")
    return fen(Decimal(amount))
