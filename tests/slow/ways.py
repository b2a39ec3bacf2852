"""Whether a regime is open: its own marks, its conditions, and what is prohibited."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from operator import ge, gt, le, lt
from typing import Any

from .read import NoRate, Row, admits, covers, names
from .sale import Case, Sale

CHECKS: dict[str, Callable[[Fraction, Fraction], bool]] = {"at_most": le, "below": lt, "at_least": ge, "above": gt}


def touches(case: Case, row: Row) -> list[int]:
    """The lines that a condition is about."""
    if not admits(row.get("ship_from"), case.sale.ship_from):
        return []
    return [
        i
        for i, line in enumerate(case.sale.lines)
        if admits(row.get("origin"), line.origin)
        and (not names(row.get("goods")) or all(covers(row["goods"], code) for code in line.leaves))
    ]


def value_test(case: Case, test: Row, lines: list[int]) -> bool:
    """A test of a value of the consignment, of each line, or of one unit."""
    check, text = next((CHECKS[key], test[key]) for key in CHECKS if key in test)
    per = test.get("per", "consignment")
    if per == "consignment":
        return check(Fraction(case.value(test["value"])), case.sale.limit(text))
    for i in lines:
        units = case.sale.lines[i].quantity if per == "item" else Fraction(1)
        if not check(Fraction(case.values[i].of(test["value"])), case.sale.limit(text, units)):
            return False
    return True


def list_member(case: Case, name: str, code: str) -> str:
    """Whether goods are on a list: yes, no or unknown."""
    rows = case.sale.pack.longest("lists", code, {"list": name}, case.sale.day)
    if rows:
        return str(rows[0]["member"])
    return "no" if case.sale.pack.complete("lists", name) else "unknown"


def list_test(case: Case, name: str, wanted: str, lines: list[int]) -> bool | None:
    """Whether every line is, or is not, on a list; None where that is not known."""
    answers = []
    for i in lines:
        found = {list_member(case, name, code) for code in case.sale.lines[i].leaves}
        answers.append(found.pop() if len(found) == 1 else "unknown")
    if any(answer not in (wanted, "unknown") for answer in answers):
        return False
    return None if "unknown" in answers else True


def passes(case: Case, test: Row, lines: list[int]) -> bool | None:
    """The outcome of a condition's test; None is unknown."""
    sale = case.sale
    if test.get("asserted"):
        return None
    for name in ("registered", "unregistered"):
        if name in test and any(scheme in sale.assumed for scheme in names(test[name])):
            return None
    if "annual" in test:
        if sale.year_to_date is None:
            # What was bought before is not known, but this sale alone may be too much already.
            return False if case.value(test["value"]) > sale.limit(test["annual"]) else None
        return sale.year_to_date + case.value(test["value"]) <= sale.limit(test["annual"])
    if "at_most_one_litre" in test:
        given = [sale.lines[i].measures["l"] for i in lines]
        if any(litres is not None and litres > 1 for litres in given):
            return False
        return None if None in given else True
    if "value" in test:
        return value_test(case, test, lines)
    if "listed" in test:
        return list_test(case, test["listed"], "yes", lines)
    if "unlisted" in test:
        return list_test(case, test["unlisted"], "no", lines)
    (name, wanted), *more = test.items()
    if more:
        raise ValueError(f"{test} is not one test")
    return plain_test(case, name, wanted, lines)


def plain_test(case: Case, name: str, wanted: Any, lines: list[int]) -> bool:
    """A test whose outcome the sale always decides."""
    sale = case.sale
    codes = [code for i in lines for code in sale.lines[i].leaves]
    single = len(sale.lines) == 1 and sale.lines[0].quantity == 1
    outcomes: dict[str, Callable[[], bool]] = {
        "single_item": lambda: single,
        "several_items": lambda: not single,
        "registered": lambda: any(scheme in sale.registrations for scheme in names(wanted)),
        "unregistered": lambda: not any(scheme in sale.registrations for scheme in names(wanted)),
        "goods_in": lambda: all(covers(wanted, code) for code in codes),
        "goods_not_in": lambda: not any(covers(wanted, code) for code in codes),
        "origin_in": lambda: all(admits(wanted, sale.lines[i].origin) for i in lines),
        "ship_from_in": lambda: admits(wanted, sale.ship_from),
    }
    return outcomes[name]()


def prohibited(sale: Sale, regime: str | None) -> bool:
    """Whether a prohibition closes a regime to the sale; without a regime, whether one closes all of them.

    That is one which names none (docs/reference/packs.md).
    """
    for row in sale.pack.rows("permits", sale.day):
        if row["kind"] != "prohibition" or (regime is None and row.get("regime")):
            continue
        if not (
            (regime is None or admits(row.get("regime"), regime))
            and admits(row.get("ship_from"), sale.ship_from)
            and admits(row.get("ship_to"), sale.places[-1].partition("-")[0])
            and admits(row.get("buyer"), sale.buyer)
        ):
            continue
        for line in sale.lines:
            on_goods = not row.get("goods") or all(covers(row["goods"], code) for code in line.leaves)
            if on_goods and admits(row.get("origin"), line.origin):
                return True
    return False


def status(case: Case, regime: Row) -> str:
    """open, conditional or closed, before mandatory regimes and refusals."""
    sale = case.sale
    if not (admits(regime.get("buyer"), sale.buyer) and admits(regime.get("channel"), sale.channel)):
        return "closed"
    if sale.transport is not None and not admits(regime.get("transport"), sale.transport):
        return "closed"
    if prohibited(sale, regime["id"]):
        return "closed"
    found = "open"
    for row in sale.pack.entries("condition", sale.day):
        if not admits(row.get("regime"), regime["id"]):
            continue
        lines = touches(case, row)
        if not lines:
            continue
        try:
            outcome = passes(case, row["test"], lines)
        except NoRate:
            outcome = None
        if outcome is None and row["id"] in sale.asserted:
            outcome = True
        if outcome is False:
            return "closed"
        if outcome is None and row.get("unknown", "ask") == "ask":
            found = "conditional"
    return found


def close_by_mandate(regimes: list[Row], statuses: dict[str, str]) -> None:
    """Close what mandatory regimes that are open name, in the order of the file."""
    for regime in regimes:
        if regime.get("mandatory") and statuses[regime["id"]] == "open":
            for other in names(regime.get("closes")):
                if other in statuses and other != regime["id"]:
                    statuses[other] = "closed"
