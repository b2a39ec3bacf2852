"""Assess a sale by every regime of the importer's pack, slowly and from the files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from .charges import Refused, Result, Run
from .lookups import are_all, parts_of
from .open_facts import candidates, lines_of, rank, together
from .read import Fault, Row, load_all
from .sale import Case, Sale, read_sale, split, valuation, value_lines
from .treat import base_treatment, choose, passed_over
from .ways import close_by_mandate, prohibited, status

KINDS = {
    "duty": "duties",
    "additional_duty": "duties",
    "excise": "taxes",
    "vat": "taxes",
    "income_tax": "taxes",
    "fee": "fees",
}
NOTHING: Row = {
    "status": "closed",
    "charges": None,
    "subtotals": None,
    "landed": None,
    "recoverable": None,
    "treatments": None,
    "lines": None,
}


def buyer_total(result: Result) -> int:
    """What the buyer bears of the charges."""
    return sum(result.total(charge["id"]) for charge in result.stack if charge.get("charged_to", "buyer") == "buyer")


def is_borne(charge: Row) -> bool:
    """Whether the buyer pays a charge."""
    return bool(charge.get("charged_to", "buyer") == "buyer")


def option(case: Case, chosen: list[str], result: Result, left_over: int = 0) -> Row:
    """The figures of a regime."""
    subtotals = {
        "goods": case.value("goods") + left_over,
        "shipping": case.value("freight"),
        "insurance": case.value("insurance"),
        "duties": 0,
        "taxes": 0,
        "fees": 0,
    }
    recoverable = 0
    for charge in result.stack:
        amount = result.total(charge["id"])
        if charge.get("charged_to", "buyer") != "buyer":
            continue
        subtotals[KINDS[charge["kind"]]] += amount
        if case.sale.buyer == "business" and charge.get("recoverable") == "yes":
            recoverable += amount
    lines = [
        {
            "reference": line.raw.get("reference"),
            "goods": case.values[i].goods,
            "freight": case.values[i].freight,
            "insurance": case.values[i].insurance,
            "cif": case.values[i].cif,
            "customs_value": case.values[i].customs_value,
            "treatment": chosen[i],
            "charges": {key: amounts[i] for key, amounts in result.lines.items()},
        }
        for i, line in enumerate(case.sale.lines)
    ]
    return {
        "status": "open",
        "charges": dict(result.totals),
        "least": dict(result.least_totals),
        "without_highest": {
            KINDS[charge["kind"]]
            for charge in result.stack
            if case.sale.incoterm != "DDP" and is_borne(charge) and result.lacks_highest(charge["id"])
        },
        "subtotals": subtotals,
        "landed": sum(subtotals.values()),
        "recoverable": recoverable,
        "treatments": chosen,
        "lines": lines,
    }


def ruled(rule: Row, regime: Row) -> Row:
    """The rule of valuation in a regime, which may have a basis of its own."""
    return {**rule, "basis": regime.get("value_basis") or rule["basis"]}


def priced(sale: Sale, regime: Row, rule: Row, amount: int) -> Row | int | None:
    """The figures of a regime with the goods priced at an amount in all; None where the amount is no price.

    Where a duty or tax is not known, the amount with all charges that are known.
    """
    prices = split(amount, [line.price for line in sale.lines], [line.rank for line in sale.lines])
    try:
        case = Case(sale, value_lines(sale, prices, ruled(rule, regime), regime.get("value_factor", "")))
    except Fault:
        return None
    try:
        chosen, result, all_open = choose(case, regime)
    except Refused:
        untreated = sale.services or regime.get("treatments") == "none"
        base = ["none" if untreated else base_treatment(case, line) for line in sale.lines]
        return amount + buyer_total(Run(case, regime["id"], base, lenient=True).go())
    return {"case": case, "chosen": chosen, "result": result, "open": all_open, "price": amount + buyer_total(result)}


def greatest(amount: int, holds: Callable[[int], bool]) -> int | None:
    """The greatest whole number up to an amount that holds.

    What holds is nearly, not wholly, all that lies under a limit: a jump of the law may put an island above it. The
    search halves, then looks for an island in 16 parts of what lies above, then at the 16 numbers above one by one.
    """
    if holds(amount):
        return amount
    low = next((start for start in (0, 1, amount // 4, amount // 2, amount * 3 // 4) if holds(start)), None)
    if low is None:
        return None
    while True:
        high = amount
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if holds(middle) else (low, middle)
        above = sorted({low + (amount - low) * part // 16 for part in range(1, 16)} | set(range(low + 1, low + 17)))
        island = next((x for x in reversed(above) if low < x < amount and holds(x)), None)
        if island is None:
            return low
        low = island


def backwards(sale: Sale, regime: Row, rule: Row) -> tuple[Row | None, int]:
    """Solve a price with the import charges inside; what a rounding leaves over comes second.

    There is none where a greater price may be one, for all that is known of its charges.
    """
    amount = sum(line.price for line in sale.lines)
    tried: dict[int, Row | int | None] = {}

    def holds(x: int) -> bool:
        if x not in tried:
            tried[x] = priced(sale, regime, rule, x)
        found = tried[x]
        return isinstance(found, dict) and int(found["price"]) <= amount

    best = greatest(amount, holds)
    if best is None or any(x > best and isinstance(found, int) and found <= amount for x, found in tried.items()):
        return None, 0
    found = tried[best]
    return (found, amount - int(found["price"])) if isinstance(found, dict) else (None, 0)


def forwards(sale: Sale, regime: Row, rule: Row) -> tuple[Row | None, Case]:
    """The figures of a regime at the prices of the sale."""
    prices = [line.price for line in sale.lines]
    case = Case(sale, value_lines(sale, prices, ruled(rule, regime), regime.get("value_factor", "")))
    try:
        chosen, result, all_open = choose(case, regime)
    except Refused:
        return None, case
    return {"case": case, "chosen": chosen, "result": result, "open": all_open}, case


def way(sale: Sale, regime: Row, rule: Row) -> Row:
    """One regime: its figures and whether it is open by itself."""
    left_over = 0
    found, case = forwards(sale, regime, rule)
    if sale.incoterm == "DDP" and not sale.is_open():
        found, left_over = backwards(sale, regime, rule)
    if found is None:
        return dict(NOTHING)
    case = found["case"]
    figures = option(case, found["chosen"], found["result"], left_over)
    figures["passed_over"] = passed_over(case, regime, found["chosen"])
    figures["status"] = status(case, regime)
    if not found["open"] and figures["status"] == "open":
        figures["status"] = "conditional"
    carried = sum(figures["subtotals"][key] for key in ("goods", "shipping", "insurance"))
    figures["cost"] = figures["landed"] - figures["recoverable"] - (carried if sale.incoterm == "DDP" else 0)
    return figures


def one_candidate(sale: Sale) -> Row:
    """Every regime of a sale that leaves no code open, in minor units; none where it asks for an open fact."""
    of = "services" if sale.services else "goods"
    regimes = [row for row in sale.pack.entries("regime", sale.day) if row.get("of", "goods") == of]
    rule = valuation(sale)
    found: dict[str, Row] = {}
    for regime in regimes:
        # Inside a customs territory there is no import.
        stop = rule is None or sale.ship_from in sale.pack.economies
        figures = dict(NOTHING) if stop or rule is None else way(sale, regime, rule)
        if sale.is_open():
            return {}
        if regime["id"] not in found or found[regime["id"]]["status"] == "closed":
            found[regime["id"]] = figures
    statuses = {key: figures["status"] for key, figures in found.items()}
    close_by_mandate(regimes, statuses)
    for key, figures in found.items():
        figures["status"] = statuses[key]
    return found


def assess(raw: dict[str, Any], packs: Path) -> dict[str, Any]:
    """Every regime of a sale in minor units of the currency of the answer, and the best of them.

    Where facts are open, the figures are those of the candidates together (see `open_facts`).
    """
    sale = read_sale(raw, load_all(packs))
    if len(sale.places) > 1 and are_all(sale) and sale.places[0] not in parts_of(sale):
        raise Fault("ship_to.state", "no such part")
    found = list(candidates(sale, one_candidate))
    regimes = together([regimes for _, regimes in found], ddp=sale.incoterm == "DDP")
    facts = [facts for facts, _ in found]
    ways_open = [
        key for key, figures in regimes.items() if figures["status"] == "open" and figures["costs"][0] is not None
    ]
    best = min(ways_open, key=lambda key: rank(regimes[key]), default=None)
    is_import = valuation(sale) is not None and sale.ship_from not in sale.pack.economies and bool(regimes)
    return {
        "prohibited": is_import and all(prohibited(each, None) for _, each in lines_of(sale)),
        "currency": sale.currency,
        "decimals": sale.minor,
        "best": best,
        "regimes": regimes,
        "facts": facts,
        "candidates": [each for _, each in found],
    }
