"""One sale at a time: `entrepot.quote`, and the package from PyPI that `bench/peer.py` calls."""

from __future__ import annotations

from typing import Any

import peer
import pyarrow as pa
from clock import Repeats
from engines import Laws


def quotes(sales: list[dict[str, Any]], times: int) -> dict[str, Any]:
    """Quotes a second of `entrepot.quote`, one process, one thread."""
    from clock import pace

    import entrepot

    def run() -> int:
        for sale in sales:
            entrepot.quote(sale)
        return len(sales)

    return dict(pace(run, Repeats(times, 1.0))._asdict())


def asked_of_peer(laws: Laws, sales: pa.Table, expected: pa.Table, times: int) -> dict[str, Any]:
    """The peer on ordinary imports into China that bear only what it knows: a percentage of duty, and VAT.

    Its rates are looked up for it. It reckons in floats; on how many sales it is a fen off is told.
    """
    kinds, cases, law = laws.tables.keys["kind"].to_pylist(), laws.tables.cases, laws.tables.wide
    rates = {name: cases[name].to_pylist() for name in ("num0", "vat", "excise0", "excise1", "weight0")}
    groups = dict(zip(*law.groups.to_pydict().values(), strict=True))
    places = {code: place for place, code in enumerate(law.codes)}
    rows, owed = [], []
    for sale, answer in zip(sales.to_pylist(), expected.to_pylist(), strict=True):
        if answer["regime"] != "ordinary" or answer["treatment"] != "mfn" or answer["at_least"]:
            continue
        kind = kinds[groups[sale["country_of_origin"]] * len(law.codes) + places[sale["hs_code"]]]
        duty, vat, *other = (each[kind] for each in rates.values())
        if any(other) or (duty and not answer["duties"]) or (vat and not answer["taxes"]):
            continue  # consumption tax, or too small to levy
        rows.append((float(sale["amount"]), duty / law.scale, vat / 100))
        owed.append((answer["duties"], answer["taxes"]))
    pace, answers = peer.pace(rows, Repeats(times, 1.0))
    gaps = [max(abs(a - b) for a, b in zip(*pair, strict=True)) for pair in zip(answers, owed, strict=True)]
    named = {"name": peer.NAME, "version": peer.VERSION, "sales": len(rows), "off": sum(map(bool, gaps))}
    return {**named, "most_off": max(gaps), **pace._asdict()}
