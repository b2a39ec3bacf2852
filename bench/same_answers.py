"""Write the results of many drawn sales to a file, so that two versions of the code can be compared byte by byte.

    python bench/same_answers.py --sales 5000 --rows 20000 --seed 1 --out FILE

Run the same program twice, with the package of the old tree and with that of the new, and compare the files:

    PYTHONPATH=OLD/src python bench/same_answers.py --sales 5000 --rows 20000 --seed 1 --out old.jsonl
    PYTHONPATH=NEW/src python bench/same_answers.py --sales 5000 --rows 20000 --seed 1 --out new.jsonl
    cmp old.jsonl new.jsonl && echo same

Quotes are written in a form that is the same for the JSON of version 0.1.0 and of today (see `comparable`).

Both runs read the packs beside this program, or those of --packs. Where the files differ, `diff old.jsonl new.jsonl`
shows the lines: each has the number of its sale or row, and the sale stands before its answer.

What is drawn: sales into every pack, weighted to the edges of its law: one to four lines, goods and services, every
incoterm (DDP often), proofs, registrations, asserted conditions, the caller's rates, days on which a rule changes; one
sale in six has an odd input (a misspelt field, a wrong type, an unknown code, a negative amount). Tables: the same
sales as rows, with consignments of several rows, by `quote_table` with and without `explain`.

Only the public API is used (`entrepot.quote`, `entrepot.quote_table`), and `tests/slow/facts.py`, which reads the packs
by itself: so a tree whose modules have other names can be compared. The compiled law is stored in a new folder, so
that no run reads what another tree compiled; --cache FOLDER keeps it for the next run of the same tree.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import os
import random
import sys
import tempfile
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests"))

from slow import facts as known  # noqa: E402  # it lies beside the tests, where the path above finds it

TERMS = ("EXW", "FCA", "FAS", "FOB", "CFR", "CPT", "CIF", "CIP", "DAP", "DPU", "DDP", "DDP", "DDP")
TRANSPORTS = ("air", "sea", "post", "express", "road", "rail")
MEASURES = {
    "net_mass_kg": 2,
    "gross_mass_kg": 2,
    "litres": 2,
    "items": 0,
    "pairs": 0,
    "square_metres": 2,
    "alcohol_percent": 1,
    "cubic_metres": 3,
    "head": 0,
}
RATES = ("16.5%", "0%", "free", "5 %", "10 % + 2 USD/kg")
LISTS = ("buyer_tax_ids", "seller_registrations", "asserted")


class Draw:
    """Draws sales into the packs of a folder, the same for the same seed."""

    def __init__(self, packs: Path, seed: int) -> None:
        self.chance = random.Random(seed)
        self.facts = known.all_facts(packs)
        self.places = sorted(self.facts)
        self.headings = known.headings(packs)
        self.decimals = known.decimals_of(packs)
        self.under: dict[str, list[str]] = {}
        for code in self.headings:
            for length in (2, 4):
                self.under.setdefault(code[:length], []).append(code)

    def sale(self) -> dict[str, Any]:
        """One sale that reads as a sale."""
        facts, chance = self.facts[chance_of(self.chance, self.places)], self.chance
        service = chance.random() < 1 / 6
        sale = self._parties(facts, service)
        term = None if service else chance.choice((None, *TERMS))
        currency = chance.choice((facts.currency, facts.currency, *facts.foreign, "USD"))
        decimals = self.decimals[currency]
        total = self._total(facts, currency, decimals)
        many = chance.choice((1, 1, 1, 2, 2, 3, 4)) if total >= 4 else 1
        sale |= {"currency": currency, "exchange_rates": self._rates(facts, currency)}
        if term:
            sale["incoterm"] = term
        if not service:
            for name, most in (("shipping_cost", total // 6), ("insurance_cost", total // 50)):
                if chance.random() < 0.6:
                    sale[name] = major(chance.choice((0, chance.randint(0, most))), decimals)
        if chance.random() < 0.2:
            sale["discount_amount"] = major(chance.randint(1, max(1, total // 4)), decimals)
        cuts = sorted(chance.sample(range(1, total), many - 1))
        parts = [high - low for low, high in zip([0, *cuts], [*cuts, total], strict=True)]
        sale["lines"] = [self._line(facts, sale, service, major(part, decimals), i) for i, part in enumerate(parts)]
        return sale

    def _parties(self, facts: known.Facts, service: bool) -> dict[str, Any]:
        chance = self.chance
        day = known.FIRST + dt.timedelta(days=chance.randint(0, (known.LAST - known.FIRST).days))
        sale: dict[str, Any] = {
            "ship_from": {"country": chance.choice(facts.origins)},
            "ship_to": {"country": chance.choice(facts.economies)},
            "date": chance.choice((str(day), "2026-06-15", chance.choice(facts.days))),
        }
        if state := chance.choice(("", "", *facts.states, "QQ")):
            sale["ship_to"]["state"] = state
        buyer: dict[str, Any] = {}
        if kind := chance.choice(("", "consumer", "consumer", "business", "business")):
            buyer["kind"] = kind
        if chance.random() < 0.3:
            buyer["year_to_date"] = str(chance.randint(0, 30_000))
        if buyer:
            sale["buyer"] = buyer
        if channel := chance.choice(("", "", "ecommerce", "trade", "personal")):
            sale["channel"] = channel
        if transport := chance.choice(("", "", *(("digital",) if service else TRANSPORTS))):
            sale["transport"] = transport
        if chance.random() < 0.4:
            sale["seller"] = {"registrations": chance.sample(facts.registrations, 1)}
        if chance.random() < 0.4:
            sale["asserted"] = chance.sample(facts.conditions, min(len(facts.conditions), chance.randint(1, 4)))
        return sale

    def _total(self, facts: known.Facts, currency: str, decimals: int) -> int:
        """In minor units: at, about or anywhere near a limit of the law."""
        chance, unit = self.chance, 10**decimals
        usual = max(1, round(float(known.near(currency, "USD"))))
        if chance.random() < 0.5:
            amount, of = chance.choice(facts.limits).split()
            at = int(Decimal(amount) * (known.near(currency, of) if of != currency else 1) * unit)
            return max(1, chance.choice((at, at, at - 1, at + 1, at // 2, at * 2, at + at // 7)))
        return chance.randint(1, chance.choice((60, 300, 50_000)) * unit * usual)

    def _rates(self, facts: known.Facts, currency: str) -> dict[str, str]:
        found = {}
        for name in sorted({currency, "USD", *facts.foreign} - {facts.currency}):
            if self.chance.random() < 0.1:
                continue  # the reference rate is used, or the rate is missing
            rate = known.near(facts.currency, name) * self.chance.randint(80, 120) / 100
            found[name] = format(+rate.quantize(Decimal(1).scaleb(rate.adjusted() - 4)), "f")
        return found

    def _code(self, prefix: str) -> str:
        chance, code = self.chance, prefix
        if len(prefix) < 6 or prefix[:6] not in self.under.get(prefix[:4], ()):
            code = chance.choice(self.under.get(prefix[:4]) or self.under.get(prefix[:2]) or self.headings)
        how = chance.choice(("as", "as", "as", "short", "long"))
        code = code[:6] if how == "short" else code.ljust(10, chance.choice("0019")) if how == "long" else code
        code = code[: len(code) // 2 * 2][:10]
        dotted = f"{code[:4]}.{code[4:6]}" + (f".{code[6:]}" if code[6:] else "")
        return dotted if chance.random() < 0.2 else code

    def _goods(self, facts: known.Facts, sale: dict[str, Any]) -> dict[str, Any]:
        chance, ship_from = self.chance, sale["ship_from"]["country"]
        marked = chance.choice(([], [], facts.offers, facts.offers, facts.hits))
        if marked:
            treatment, prefix, origin, day = chance.choice(marked)
            if chance.random() < 0.75:
                sale["ship_from"]["country"] = origin
            if chance.random() < 0.5:
                sale["date"] = day
            proof = chance.choice((treatment, treatment, treatment, "", "none"))
        else:
            prefix = chance.choice(chance.choice((facts.rated, facts.rated, facts.prefixes, self.headings)))
            origin = chance.choice((ship_from, "", chance.choice(facts.origins)))
            proof = chance.choice(("", "none", chance.choice(facts.proofs)))
        found = {"hs_code": self._code(prefix), "country_of_origin": origin, "proof_of_origin": proof}
        return {name: value for name, value in found.items() if value}

    def _line(self, facts: known.Facts, sale: dict[str, Any], service: bool, amount: str, i: int) -> dict[str, Any]:
        chance = self.chance
        line: dict[str, Any] = {"reference": f"{chance.choice('abc')}{i}", "amount": amount}
        line |= {"service": chance.choice(facts.services)} if service else self._goods(facts, sale)
        if chance.random() < 0.5:
            line["quantity"] = str(chance.randint(1, 12))
        if not service and chance.random() < 0.75:
            for name, decimals in MEASURES.items():
                if chance.random() < 0.8:
                    line[name] = major(chance.randint(10**decimals, 90 * 10**decimals), decimals)
        if chance.random() < 0.1:
            line["tax_class"] = chance.choice((*facts.classes, "standard", "exempt", "zero", "reduced"))
        if chance.random() < 0.07:
            kinds = ("duty", "vat", "excise", "fee", "additional_duty", "income_tax", *facts.charges)
            line["rates"] = {chance.choice(kinds): chance.choice(RATES) for _ in range(chance.randint(1, 2))}
        return line

    def odd(self, sale: dict[str, Any]) -> dict[str, Any]:
        """The sale with one thing wrong, or unusual."""
        chance, line = self.chance, sale["lines"][-1]
        where, name, value = chance.choice(
            (
                (sale, "curency", "CNY"), (sale, "currency", "XXQ"), (sale, "currency", "usd"), (sale, "lines", []),
                (sale, "ship_to", {"country": "QQ"}), (sale, "ship_to", sale["ship_from"]), (sale, "ship_to", "CN"),
                (sale, "date", "2026-02-30"), (sale, "date", "1990-01-01"), (sale, "date", "2031-05-05"),
                (sale, "asserted", ["no_such_condition"]), (sale, "seller", {"registrations": ["eu_iosss"]}),
                (sale, "incoterm", "DDQ"), (sale, "transport", "boat"), (sale, "transport", "digital"),
                (sale, "channel", ""), (sale, "buyer", {"kind": "retailer"}), (sale, "shipping_cost", "1e9"),
                (sale, "shipping_cost", "-1"), (sale, "discount_amount", "999999999999"), (sale, "discount_amount", 1),
                (sale, "exchange_rates", {}), (sale, "exchange_rates", {"USD": "0"}), (sale, "insurance_cost", "0.001"),
                (line, "amount", "-5"), (line, "amount", "0"), (line, "amount", "12,5"), (line, "amount", 12.5),
                (line, "amount", "1.23456"), (line, "amount", "99999999999999"), (line, "hs_code", "9999.99"),
                (line, "hs_code", "12"), (line, "hs_code", "0901.21.00.00.11"), (line, "hs_code", "coffee"),
                (line, "hs_code", None), (line, "service", "no_such_service"), (line, "service", "software"),
                (line, "quantity", "0"), (line, "quantity", "1/3"), (line, "net_mass_kg", "abc"),
                (line, "country_of_origin", "ZQ"), (line, "proof_of_origin", "no_such_paper"),
                (line, "rates", {"duty": "7"}), (line, "rates", {"dutty": "7 %"}), (line, "tax_class", "no_class"),
                (line, "reference", "x" * 400), (line, "alcohol_percent", "140"),
            )
        )  # fmt: skip
        where[name] = value
        return sale


def chance_of(chance: random.Random, places: list[str]) -> str:
    """A pack; the invented one and the large ones more often."""
    return chance.choice((*places, *(["zz"] * 6), *(name for name in ("cn", "jp", "eu") if name in places)))


def major(minor: int, decimals: int) -> str:
    """Minor units as a decimal text of major units.

    >>> major(1234, 2), major(7, 0)
    ('12.34', '7')
    """
    return format(Decimal(minor).scaleb(-decimals), "f")


def answers(draw: Draw, many: int) -> Iterator[str]:
    """Each sale and its quote, or its error, as a line of JSON."""
    import entrepot

    for number in range(many):
        sale = draw.sale()
        if draw.chance.random() < 1 / 6:
            sale = draw.odd(sale)
        try:
            answer = comparable(entrepot.quote(sale, on=_no_day(sale)))
        except Exception as error:  # noqa: BLE001  # a fault of the code is an answer too: it must be the same
            answer = {"error": type(error).__name__, "says": str(error), "code": getattr(error, "code", None)}
            answer["param"] = getattr(error, "param", None)
        yield json.dumps({"sale": number, "asked": sale, "answer": answer}, ensure_ascii=False)


def comparable(quote: Any) -> dict[str, Any]:
    """All that a quote says, in a form that is the same for the JSON of version 0.1.0 and of today.

    Version 0.1.0 repeats each source where a row is cited, the best option in `best`, and the consignment's charges on
    each line; today rows and sources stand once, and `best` is an id. What is empty or null is left out.
    """
    whole = json.loads(quote.to_json("*") if hasattr(quote, "to_dict") else quote.to_json())
    rows: dict[str, Any] = whole["law"].pop("rows", {})
    sources: dict[str, Any] = whole["law"].pop("sources", {})
    best = whole.pop("best")
    whole.pop("best_conditional", None)
    options = _with_names(whole.pop("options"), rows, sources)
    for option in options:
        option["id"] = option["regime"]
        for line in option.get("lines", ()):
            line["charges"] = [{name: each.get(name) for name in ("id", "amount")} for each in line.get("charges", ())]
    for source in sources.values():
        source.pop("as_of", None)
    chosen = best["regime"] if isinstance(best, dict) else best
    return dict(_given({**whole, "best": chosen, "options": options, "rows": rows, "sources": sources}))


def _with_names(value: Any, rows: dict[str, Any], sources: dict[str, Any]) -> Any:
    """A part of a quote in which each citation is the name of its row; adds the rows and sources of version 0.1.0."""
    if isinstance(value, list):
        return [_with_names(each, rows, sources) for each in value]
    if not isinstance(value, dict):
        return value
    found = {name: _with_names(each, rows, sources) for name, each in value.items() if name != "citations"}
    names: dict[str, list[str]] = {}
    for each in value.get("citations", ()):
        if isinstance(each, str):
            names[each] = []
            continue
        cites = names.setdefault(each["row"], [])
        if each["source"] not in cites:
            cites.append(each["source"])
        rows[each["row"]] = {name: each[name] for name in ("since", "until", "trust")} | {"sources": cites}
        sources[each["source"]] = {
            name: each[name] for name in ("title", "authority", "number", "dated", "read", "url")
        }
    return {**found, "citations": list(names)}


def _given(value: Any) -> Any:
    """A value without what is null or empty; names in order."""
    if isinstance(value, list):
        return [_given(each) for each in value]
    if isinstance(value, dict):
        return {name: _given(value[name]) for name in sorted(value) if value[name] not in (None, [], {})}
    return value


def _no_day(sale: dict[str, Any]) -> dt.date | None:
    """A day for a sale without one: today's must not decide."""
    return None if "date" in sale else dt.date(2026, 6, 15)


def flat(sale: dict[str, Any], consignment: str) -> Iterator[dict[str, str]]:
    """A sale as rows of a table, a line each."""
    head: dict[str, str] = {"consignment": consignment} if consignment else {}
    for name, value in sale.items():
        if name in ("asserted", "lines"):
            continue
        if not isinstance(value, dict):
            head[name] = str(value)
            continue
        for inner, cell in value.items():
            head[f"{name}_{inner}"] = " ".join(cell) if isinstance(cell, list) else str(cell)
    if "asserted" in sale:
        head["asserted"] = " ".join(sale["asserted"])
    for line in sale["lines"]:
        rates = {f"rates_{name}": rate for name, rate in line.get("rates", {}).items()}
        yield head | {name: str(value) for name, value in line.items() if name != "rates"} | rates


def table_answers(draw: Draw, many: int) -> Iterator[str]:
    """The answers to the rows of a table as lines of JSON: first plain, then with `explain`."""
    import pyarrow as pa

    import entrepot

    rows: list[dict[str, str]] = []
    while len(rows) < many:
        sale = draw.sale()
        rows += flat(sale, f"c{len(rows)}" if len(sale["lines"]) > 1 and draw.chance.random() < 0.7 else "")
    rows = rows[:many]
    for row in rows:
        if draw.chance.random() < 0.03:
            name = draw.chance.choice(("hs_code", "amount", "currency", "ship_to_country", "date", "incoterm"))
            row[name] = draw.chance.choice(("", "?", "12", "-1", "QQ", "2026-02-30"))
    names = sorted({name for row in rows for name in row})
    table = pa.table({name: pa.array([row.get(name) for row in rows], pa.string()) for name in names})
    for explain in (False, True):
        answer = entrepot.quote_table(table, explain=explain)
        for number, row in enumerate(answer.to_pylist()):
            yield json.dumps({"row": number, "explain": explain, **row}, ensure_ascii=False, default=str)


def main() -> int:
    """Draws, asks and writes."""
    parser = argparse.ArgumentParser(description="Write the answers to drawn sales, to compare two trees.")
    parser.add_argument("--sales", type=int, default=5_000, help="single quotes (5000)")
    parser.add_argument("--rows", type=int, default=20_000, help="rows of a table (20000; 0: no table)")
    parser.add_argument("--seed", type=int, default=1, help="another seed draws other sales (1)")
    parser.add_argument("--out", type=Path, required=True, metavar="FILE", help="a JSON object a line")
    parser.add_argument("--packs", type=Path, default=ROOT / "packs", help="the packs (those beside this program)")
    parser.add_argument("--cache", type=Path, help="a folder for the compiled law, kept (a new one, deleted after)")
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        os.environ |= {
            "ENTREPOT_PACKS": str(wanted.packs.resolve()),
            "ENTREPOT_CACHE": str((wanted.cache or Path(folder) / "cache").resolve()),
            "ENTREPOT_DATA": str(Path(folder) / "data"),
            "ENTREPOT_LANG": "en",
        }
        draw = Draw(wanted.packs.resolve(), wanted.seed)
        with wanted.out.open("w", encoding="utf-8") as file:
            for line in answers(draw, wanted.sales):
                file.write(line + "\n")
            if wanted.rows:
                for line in table_answers(draw, wanted.rows):
                    file.write(line + "\n")
    import entrepot

    print(f"{wanted.sales} sales and {wanted.rows} rows answered by {entrepot.__file__}: {wanted.out}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
