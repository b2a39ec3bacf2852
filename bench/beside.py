"""Entrepot, plain Python and a package from PyPI on the same sales to China. Their results are compared first."""

from __future__ import annotations

from typing import Any, NamedTuple

import clock
import peer
import plain
from clock import Repeats, Wrong
from draws import DAY, ROUTES, drawn

from entrepot.law.library import Library


class Asked(NamedTuple):
    """A sale that all can answer: as Entrepot takes it, its code, its fen, and duty, consumption tax and VAT of it."""

    sale: dict[str, Any]
    code: str
    fen: int
    owed: tuple[int, int, int]


def beside(library: Library, many: int, repeats: Repeats, with_peer: bool) -> dict[str, Any]:
    """The drawn sales to China that plain Python can answer, answered by each."""
    import entrepot

    tables = plain.load(library.folder / "cn", DAY.isoformat())
    asked = _both_answer(tables, drawn(ROUTES[0], library, many))
    sales, pairs = [each.sale for each in asked], [(each.code, each.fen) for each in asked]

    def quotes() -> int:
        for sale in sales:
            entrepot.quote(sale)
        return len(sales)

    def plainly() -> int:
        for code, fen in pairs:
            plain.charges(tables, code, fen)
        return len(pairs)

    print(
        f"\nBeside other ways, on the {len(asked)} of {many} sales to China that plain Python can answer; answers equal"
    )
    clock.heading()
    found: dict[str, Any] = {"sales": len(asked)}
    found["entrepot"] = clock.told("Entrepot", clock.pace(quotes, repeats))._asdict()
    found["plain"] = clock.told("plain Python", clock.pace(plainly, repeats))._asdict()
    print("    plain Python: one way in, MFN, percentages, three numbers out; no treatments, conditions, permits,")
    print("    sources or formulas, no reading of a sale, nothing said about what it assumes")
    return found | ({"peer": _peer(tables, asked, repeats)} if with_peer else {})


def _both_answer(tables: plain.Tables, sales: list[dict[str, Any]]) -> list[Asked]:
    """The sales that both can answer. Raises Wrong where the answers are not equal."""
    import entrepot

    found = []
    for sale in sales:
        line = sale["lines"][0]
        code, fen = line["hs_code"], _fen(line["amount"])
        answer = plain.charges(tables, code, fen)
        option = next((each for each in entrepot.quote(sale).options if each.regime == "ordinary"), None)
        treatment = option.lines[0].treatment if option else None
        if answer is None or option is None or treatment is None or treatment.id != "mfn":
            continue  # a rate that is no percentage, or a lower duty than MFN, of which plain Python knows nothing
        owed = {charge.id: None if charge.amount is None else _fen(charge.amount) for charge in option.charges}
        own = tuple(owed.get(name, 0) for name in ("duty", "consumption_tax", "vat"))
        if own != answer:
            raise Wrong(f"{sale}: Entrepot {own}, plain Python {answer}")
        found.append(Asked(sale, code, fen, answer))
    return found


def _fen(text: str) -> int:
    yuan, _, fen = text.partition(".")
    return int(yuan) * 100 + int(fen or 0)


def _peer(tables: plain.Tables, asked: list[Asked], repeats: Repeats) -> dict[str, Any]:
    """The peer, on those that bear only what it knows: no consumption tax, nothing too small to levy."""
    rows, owed = [], []
    for each in asked:
        duty, excise, vat = (table[each.code] for table in tables)
        if not excise[0] and (each.owed[0] or not duty[0]) and (each.owed[2] or not vat[0]):
            rows.append((each.fen / 100, duty[0] / duty[1], vat[0] / vat[1]))
            owed.append((each.owed[0], each.owed[2]))
    pace, answers = peer.pace(rows, repeats)
    gaps = [max(abs(a - b) for a, b in zip(*pair, strict=True)) for pair in zip(answers, owed, strict=True)]
    if max(gaps) > 1:
        raise Wrong(f"{peer.NAME}: {max(gaps)} fen off")
    off = sum(map(bool, gaps))
    clock.told(f"{peer.NAME} {peer.VERSION}", pace)
    print(
        f"    {peer.LICENCE}, from PyPI, on {len(rows)} sales without consumption tax, none relieved for being small."
    )
    print("    It has no schedule: the rates of duty and VAT were looked up for it before. It reckons in floats;")
    print(f"    {off} of its answers are a fen off")
    named = {"name": peer.NAME, "version": peer.VERSION, "sales": len(rows), "a_fen_off": off}
    return {**named, **pace._asdict()}
