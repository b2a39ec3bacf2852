"""What each customs procedure of China charges beside the duty, as columns of the cases."""

from __future__ import annotations

from fractions import Fraction
from typing import Any, NamedTuple

import forms
import levies
import pyarrow as pa
from levies import Classed, Levy
from wide_tables import Wide, apart

from entrepot.law.compiled import Law
from entrepot.law.records import Regime

GRAMS = 1000  # the consumption tax on a gram is in thousandths of a fen


class China(NamedTuple):
    """The cases with their taxes, and the numbers of the law that hold for all of them, in fen.

    Of each tax there are two: `…0`, and `…1` where the value of a unit reaches `…_gram` or `…_item` thousandths of a
    fen a gram or an item. `excise`: thousandths of the price, null where not known; `weight`: thousandths of a fen a
    gram; `vat` and `articles`: percent. `more`: an additional duty that is not known. `off`: not on the list of retail
    goods; `ban`, `mail_ban`: prohibited. `rows`: of each relief, and of what decides without a tariff.
    """

    wide: Wide
    keys: pa.Table
    cases: pa.Table
    single: int
    annual: int
    parcel: int
    nil: int
    rows: dict[str, int]


def china(wide: Wide) -> China:
    """The tables of China. Raises ValueError where its law is no longer what the engines here were written for."""
    law = wide.law
    ways = {name: levies.regime_of(law, name) for name in WAYS}
    _expected(law, ways)
    cases = wide.cases
    taxes = [_taxes(law, ways, code) for code in wide.codes]
    groups = len(wide.found.slots)
    for name in taxes[0]:
        kind = KINDS.get(name, pa.int32())
        cases = cases.append_column(name, pa.array([each[name] for each in taxes] * groups, kind))
    for name, column in _by_origin(wide, ways).items():
        cases = cases.append_column(name, pa.array(column, pa.bool_()))
    bound = {each.id: each.amount_num * 100 for way in ways.values() for each in way.conditions if each.amount_num > 0}
    relief = {each.relieves[0]: each for name in ("ordinary", "personal") for each in ways[name].thresholds}
    rows = {name: each.basis for name, each in relief.items()}
    rows["retail"] = levies.charge_of(ways["retail"], "duty").basis
    nil = {each.amount_num * 100 // each.amount_den for each in relief.values()}
    return China(
        wide, *apart(cases), bound["single_limit"], bound["annual_limit"], bound["article_limit"], nil.pop(), rows
    )


KINDS = {"off": pa.bool_(), "articles_gram": pa.int64(), "articles_item": pa.int64()} | {
    name: pa.int64() for name in ("excise_gram", "excise_item")
}
WAYS = ("retail", "retail_above_limit", "personal", "personal_single", "ordinary")


def _expected(law: Law, ways: dict[str, Regime]) -> None:
    """Every trait of the law that the queries take for granted."""
    stack = ["duty", "additional_duty", "consumption_tax", "vat"]
    held = {name: [(each.id, each.test, each.assume) for each in way.conditions] for name, way in ways.items()}
    limits = [
        (each.value, each.below, each.amount_num, each.amount_den) for w in ways.values() for each in w.thresholds
    ]
    found = (
        [each.id for each in law.regimes if each.of == "goods"] == list(WAYS),
        [[charge.id for charge in ways[name].charges] for name in WAYS]
        == [["duty", "consumption_tax", "vat"], stack, ["articles_tax"], ["articles_tax"], stack],
        [[each.id for each in ways[name].thresholds] for name in WAYS]
        == [[], [], ["articles_50"], ["articles_50"], ["duty_50", "consumption_tax_50", "vat_50"]],
        set(limits) == {(-1, False, 50, 1)},
        [each[0] for each in held["ordinary"]] == [],
        [each[0] for each in held["personal"]] == ["article_limit", "own_use"],
        [each[0] for each in held["personal_single"]] == ["above_article_limit", "one_article", "indivisible_own_use"],
        [each[0] for each in held["retail"] if not each[2]] == ["single_limit"],
        [each[0] for each in held["retail_above_limit"] if not each[2]] == ["above_single_limit", "one_item"],
    )
    if not all(found):
        raise ValueError(f"the law of China is another one now: {found}")


def _taxes(law: Law, ways: dict[str, Regime], code: str) -> dict[str, Any]:
    ordinary = ways["ordinary"]
    excise = levies.levy(law, levies.charge_of(ordinary, "consumption_tax"), code)
    articles = levies.levy(law, levies.charge_of(ways["personal"], "articles_tax"), code)
    vat = levies.levy(law, levies.charge_of(ordinary, "vat"), code)
    found: dict[str, Any] = {"off": levies.member(law, ways["retail"], code) == "no"}
    found["vat"] = _percent(vat.below)
    for place, levy in enumerate((excise.below, excise.above)):
        found[f"excise{place}"], found[f"weight{place}"] = _excise(levy)
    found |= _tests("excise", excise)
    for place, levy in enumerate((articles.below, articles.above)):
        found[f"articles{place}"] = _percent(levy)
        found[f"articles_row{place}"] = levy.row
    return found | _tests("articles", articles)


def _tests(name: str, found: Classed) -> dict[str, int | None]:
    named = {f"{name}_gram": found.gram, f"{name}_item": found.item}
    return {key: None if value == levies.NEVER else value for key, value in named.items()}


def _percent(levy: Levy) -> int:
    part = forms.share(levy.form)
    if part is None or (part * 100).denominator != 1:
        raise ValueError(f"a tax of {part}")
    return int(part * 100)


def _excise(levy: Levy) -> tuple[int | None, int]:
    """Thousandths of the price, and of a fen a gram."""
    if levy.form is None:
        return None, 0
    if not levy.bears:
        return 0, 0
    ((line,),) = levy.form
    parts: list[Fraction] = [line[0] * 1000, line[1] * GRAMS]
    if any(part.denominator != 1 for part in parts) or all(parts) or line[2] or line[3]:
        raise ValueError(f"a consumption tax of {levy.form}")
    return int(parts[0]), int(parts[1])


def _by_origin(wide: Wide, ways: dict[str, Regime]) -> dict[str, list[bool]]:
    """What turns on the origin too: prohibitions, and additional duties, of which no rate is known."""
    found: dict[str, list[bool]] = {"more": [], "ban": [], "mail_ban": []}
    some = {group: origin for origin, group in wide.found.groups.items()}
    charge = levies.charge_of(ways["ordinary"], "additional_duty")
    for group in range(len(wide.found.slots)):
        for code in wide.codes:
            origin = some[group]
            found["more"].append(bool(charge.origin and charge.origin.has(origin)) and _more(wide.law, code, origin))
            bans = [levies.banned(wide.law, way, code, origin) for way in ways.values()]
            if bans[0] != bans[1] or bans[0] != bans[4] or bans[2] != bans[3]:
                raise ValueError(f"{code} from {origin}: prohibited by some ways only")
            found["ban"].append(bans[0])
            found["mail_ban"].append(bans[2])
    return found


def _more(law: Law, code: str, origin: str) -> bool:
    column = law.by_name["additional:retaliation"]
    for entry in law.group(column, law.index[code]):
        if entry.origin is None or entry.origin.has(origin):
            if law.rates[entry.rate].kind != "unknown":
                raise ValueError(f"{code} from {origin}: an additional duty that is known")
            return True
    return False
