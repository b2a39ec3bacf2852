"""Adds a kind of rule of each sort, as the how-to describes; compares a table with single quotes under such a law.

Run as a program of its own (`python tests/added_kinds.py FOLDER`), for the types of the API are made of the list of
kinds when `entrepot` is imported. Prints for each sort how many rows the kernel answered, and how many answers differ.
"""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Callable, Sequence
from decimal import Decimal
from importlib import import_module
from pathlib import Path
from typing import Any, Literal

from entrepot.model import rule_kinds

PACKS = Path(__file__).resolve().parents[1] / "packs"
ROWS = 240
LAW = 'since = 2010-01-01\ncite = "customs-act"\ntrust = "official"\n'
CHARGE = '\n[[charge]]\nregime = ["ordinary", "retail"]\nname = "Town levy"\nbase = ["goods"]\nrate = "3 %"\n' + LAW
CONDITION = '\n[[condition]]\nid = "even"\nregime = ["ordinary"]\nsays = "An even number of pieces."\n' + LAW


def add() -> None:
    """Adds a charge kind and a transport (types too), then what the engine has functions for."""
    rule_kinds.CHARGE_KINDS["levy"] = rule_kinds.ChargeKind("fees")
    rule_kinds.TRANSPORTS = (*rule_kinds.TRANSPORTS, "drone")
    types: dict[str, Any] = vars(rule_kinds)
    types["ChargeKindName"] = Literal["duty", "additional_duty", "excise", "vat", "income_tax", "fee", "levy"]
    types["Transport"] = Literal["air", "sea", "post", "express", "road", "rail", "digital", "drone"]

    from entrepot.engine.case import Case, Claim, Values
    from entrepot.engine.flow import choose
    from entrepot.engine.rules import conditions
    from entrepot.engine.rules import reasons as say
    from entrepot.law.records import Condition

    describe: Any = import_module("entrepot.engine.flow.describe")

    def even(case: Case, values: Values, condition: Condition, lines: Sequence[int]) -> bool | None:
        return all(case.lines[i].quantity[0] % 2 == 0 for i in lines)

    def first_preference(claims: Sequence[Claim]) -> list[int]:
        return list(range(min(2, len(claims))))

    rule_kinds.CONDITION_TESTS["even_pieces"] = rule_kinds.ConditionTest("flag", counts_pieces=True)
    conditions.TESTS["even_pieces"] = even
    rule_kinds.TREATMENT_MODES["first_preference"] = rule_kinds.TreatmentMode()
    choose.ADMITTED["first_preference"] = first_preference
    rule_kinds.REASONS["date.weekend"] = rule_kinds.SINGLE_QUOTE_ONLY
    say.SENTENCES["date.weekend"] = "{date} is a weekend."
    amounts = describe._amounts

    def with_weekend(case: Case, places: int) -> None:
        amounts(case, places)
        if case.on.weekday() > 4 and case.sale.ship_from.country == "FR":
            case.reasons.append(say.reason("date.weekend", "date", date=str(case.on)))

    describe._amounts = with_weekend


def row(number: int) -> dict[str, str]:
    """A row of the table; the sale that it says is the same for every law."""
    codes = ("6911.10", "4901.99", "0901.21", "6109.10", "8517.13", "2203.00", "3304.99")
    found = {
        "ship_from_country": ("FR", "VN", "KH", "BR")[number % 4],
        "ship_to_country": "ZZ",
        "date": ("2026-03-02", "2026-03-07")[number % 3 == 0],
        "currency": "ZZD",
        "hs_code": codes[number % 7],
        "amount": f"{20 + number * 37 % 900}.{number % 100:02}",
        "quantity": str(1 + number % 5),
        "net_mass_kg": str(1 + number % 9),
        "litres": str(1 + number % 3),
        "buyer_kind": ("consumer", "business")[number % 2],
        "channel": ("trade", "ecommerce", "trade")[number % 3],
        "proof_of_origin": ("zz_fta", "none", "gsp")[number % 3],
    }
    if number % 5:
        found["transport"] = ("sea", "drone", "road", "drone")[number % 4]
    return found


def sale(said: dict[str, str]) -> dict[str, Any]:
    """The sale of a row."""
    line = {name: said[name] for name in ("hs_code", "amount", "quantity", "net_mass_kg", "litres", "proof_of_origin")}
    whole: dict[str, Any] = {name: said[name] for name in ("date", "currency", "channel", "transport") if name in said}
    whole |= {"ship_from": {"country": said["ship_from_country"]}, "ship_to": {"country": said["ship_to_country"]}}
    return whole | {"buyer": {"kind": said["buyer_kind"]}, "lines": [line]}


def main(folder: Path) -> None:
    """A law for each sort of kind."""
    add()
    laws: dict[str, Callable[[str], str]] = {
        "none": lambda text: text,
        "charge kind": lambda text: text + CHARGE + 'id = "town_levy"\nkind = "levy"\n',
        "transport": lambda text: text + CHARGE + 'id = "air_fee"\nkind = "fee"\ntransport = ["drone"]\n',
        "condition test": lambda text: text + CONDITION + "test = { even_pieces = true }\n",
        "treatment mode": lambda text: text.replace('treatments = "all"', 'treatments = "first_preference"', 1),
    }
    found = {}
    for sort, change in laws.items():
        packs = folder / sort.replace(" ", "_")
        for name in ("world", "zz"):
            shutil.copytree(PACKS / name, packs / name)
        law = packs / "zz" / "pack.toml"
        law.write_text(change(law.read_text()))
        found[sort] = answers(packs)
    print(json.dumps(found))


def answers(packs: Path) -> dict[str, Any]:
    """How the table's answers under some packs compare with single quotes."""
    import pyarrow as pa

    import entrepot
    from entrepot.law.library import Library

    compiled: Any = import_module("entrepot.batch.assess.compiled")
    library, looped = Library(packs, packs / "cache"), compiled._assess_in_loop
    fast: list[int] = []

    def counted(*given: Any) -> Any:
        mask, found = looped(*given)
        fast.extend(number for number, told in enumerate(mask.tolist()) if told)
        return mask, found

    compiled._assess_in_loop = counted
    # Where the loops are not compiled yet, this waits for them: else all rows would be assessed one by one.
    import_module("entrepot.batch.assess.compile_beside").can_use_loops = lambda: True  # type: ignore[attr-defined]
    try:
        rows = [row(number) for number in range(ROWS)]
        names = sorted({name for each in rows for name in each})
        table = pa.table({name: pa.array([each.get(name) for each in rows], pa.string()) for name in names})
        told = entrepot.quote_table(table, packs=library, explain=True).to_pylist()
    finally:
        compiled._assess_in_loop = looped
    quotes = [entrepot.quote(sale(each), packs=library) for each in rows]
    differ = [number for number in range(ROWS) if said(told[number]) != of_quote(quotes[number])]
    reasons = {reason.code for quote in quotes for reason in quote.assessment.reasons}
    kinds = {charge.kind for quote in quotes if quote.best for charge in quote.best.charges}
    weekend = [at for at in fast if any(each.code == "date.weekend" for each in quotes[at].assessment.reasons)]
    landed = [None if quote.best is None else quote.best.amount_landed for quote in quotes]
    return {
        "kernel": len(fast), "differ": differ, "reasons": sorted(reasons), "kinds": sorted(kinds), "landed": landed,
        "kernel_weekend": len(weekend),
    }  # fmt: skip


def said(row: dict[str, Any]) -> list[Any]:
    """What a row of a table says."""
    money = [None if row[name] is None else Decimal(row[name]) for name in ("duties", "taxes", "fees", "landed")]
    fault = row["fault"] or ""
    return [row["regime"], row["treatment"], row["status"], row["outcome"], *money, fault, row["reasons"]]


def of_quote(quote: Any) -> list[Any]:
    """The same of a single quote."""
    best, reasons = quote.best, sorted({each.code for each in quote.assessment.reasons})
    if best is None:
        states = {each.status for each in quote.options}
        status = "conditional" if "conditional" in states else "closed"
        fault = quote.assessment.reasons[0].code
        return [None, None, status, "refused", None, None, None, None, fault, [fault]]
    sums = best.amount_subtotals
    money = [Decimal(each) for each in (sums.duties, sums.taxes, sums.fees, best.amount_landed)]
    treatment = best.lines[0].treatment
    named = None if treatment is None else treatment.id
    return [best.regime, named, best.status, quote.assessment.outcome, *money, "", reasons]


if __name__ == "__main__":
    main(Path(sys.argv[1]))
