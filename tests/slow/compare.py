"""Compare the engine's quote of a sale with the slow oracle's answer, to the minor unit."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

from .assess import assess
from .open_facts import TooMany
from .read import Fault

PACKS = Path(__file__).resolve().parent.parent.parent / "packs"
#: What the compared sales left open, by the name of the fact.
SEEN: Counter[str] = Counter()
#: The lowest and the highest amount, in minor units.
Span = tuple[int | None, int | None]
SUBTOTALS = ("goods", "shipping", "insurance", "duties", "taxes", "fees")


def engine(sale: dict[str, Any]) -> dict[str, Any] | None:
    """The engine's quote as JSON would have it, or None where it finds the sale faulty."""
    import entrepot

    try:
        found = entrepot.quote(sale).to_dict("*")
    except (entrepot.SaleError, entrepot.LawError):
        return None
    return found


def minor(amount: str | None, decimals: int) -> int | None:
    """Decimal text in minor units."""
    if amount is None:
        return None
    scaled = Decimal(amount).scaleb(decimals)
    assert scaled == int(scaled), f"{amount} is finer than the minor unit"
    return int(scaled)


def ends(record: dict[str, Any], name: str, decimals: int) -> Span:
    """The lowest and the highest amount of a figure of the engine."""
    amount = minor(record.get(name), decimals)
    if amount is not None:
        return amount, amount
    return minor(record.get(f"{name}_low"), decimals), minor(record.get(f"{name}_high"), decimals)


def option_figures(option: dict[str, Any], decimals: int) -> dict[str, Any]:
    """What is compared of an option of the engine, in the terms of the slow oracle."""
    landed = ends(option, "amount_landed", decimals)
    if landed[0] is None:
        return {"status": option["status"], "landed": (None, None)}
    charges: dict[str, Span] = {}
    for charge in option.get("charges", ()):
        assert charge["id"] not in charges, f"{charge['id']} is charged twice"
        charges[charge["id"]] = ends(charge, "amount", decimals)
    return {
        "status": option["status"],
        "landed": landed,
        "recoverable": ends(option, "amount_recoverable", decimals),
        "charges": {key: amounts for key, amounts in charges.items() if amounts != (0, 0)},
        "subtotals": {key: ends(option["amount_subtotals"], key, decimals) for key in SUBTOTALS},
        "treatments": [(line.get("treatment") or {"id": "none"})["id"] for line in option.get("lines", ())],
    }


def slow_figures(option: dict[str, Any]) -> dict[str, Any]:
    """What is compared of a regime of the slow oracle."""
    if option["landed"][0] is None:
        return {"status": option["status"], "landed": (None, None)}
    return {
        "status": option["status"],
        "landed": option["landed"],
        "recoverable": option["recoverable"],
        "charges": {key: amounts for key, amounts in option["charges"].items() if amounts != (0, 0)},
        "subtotals": option["subtotals"],
        "treatments": option["treatments"],
    }


def without_highest(figures: dict[str, Any]) -> dict[str, Any]:
    """The figures of a regime that some candidate does not know: of charges and subtotals only the lowest count."""
    lowest = {
        name: {key: low for key, (low, _) in figures.get(name, {}).items() if low} for name in ("charges", "subtotals")
    }
    return {**figures, **lowest}


def differences(fast: dict[str, Any], slow: dict[str, Any], decimals: int) -> Iterator[tuple[str, Any, Any]]:
    """Where an option of the engine is not the regime of the slow oracle: a field, and both figures."""
    one, two = option_figures(fast, decimals), slow_figures(slow)
    if slow.get("refused"):
        one, two = without_highest(one), without_highest(two)
    if two.get("treatments") is None:
        one.pop("treatments", None)
        two.pop("treatments", None)
    for key in sorted({*one, *two}):
        if one.get(key) != two.get(key):
            yield key, one.get(key), two.get(key)


def candidate_differences(option: dict[str, Any], regime: str, slow: dict[str, Any]) -> Iterator[tuple[str, Any, Any]]:
    """Where the candidates of a sale whose one open fact is a short code or a place have other landed amounts."""
    facts = {name for each in slow["facts"] for name in each}
    listed = option.get("candidates") or []
    if len(facts) != 1 or not listed or len({each["settles"] for each in listed}) != 1:
        return
    ((kind, _),) = facts
    if kind not in ("code", "place"):
        return
    theirs = {
        facts_of.popitem()[1].rpartition("-")[2]: found[regime]["landed"] if found[regime].get("alone", True) else None
        for facts_of, found in zip(map(dict, slow["facts"]), slow["candidates"], strict=True)
    }
    # The lines that the law does not have are under the short code here, and have no value to write there.
    values = {each["value"] for each in listed}
    short = next((value for value in theirs if value not in values), "")
    mine = {each["value"] or short: minor(each["amount_landed"], slow["decimals"]) for each in listed}
    for value, amount in mine.items():
        if value not in theirs or theirs[value] != amount:
            yield f"candidate {value}", amount, theirs.get(value)
    if set(mine.values()) != set(theirs.values()):
        yield "candidates", mine, theirs


def compare(sale: dict[str, Any]) -> list[str]:
    """Every difference between engine and oracle; a regime that one of them does not list counts as closed."""
    quote = engine(sale)
    try:
        slow = assess(sale, PACKS)
    except TooMany:  # the engine assesses not all combinations either
        SEEN["too many candidates"] += 1
        return []
    except Fault as fault:
        return [] if quote is None else [f"only the slow oracle finds a fault: {fault}"]
    if quote is None:
        return ["only the engine finds a fault"]
    SEEN.update({name for each in slow["facts"] for name, _ in each} or {"no open fact"})
    best = quote["best"]
    wrong = [] if best == slow["best"] else [f"best: engine {best}, slow oracle {slow['best']}"]
    if quote["currency"] != slow["currency"]:
        wrong.append(f"currency: engine {quote['currency']}, slow oracle {slow['currency']}")
    told = [each["code"] for each in quote["assessment"]["reasons"]][:1] == ["goods.prohibited"]
    if told != slow["prohibited"]:
        wrong.append(f"prohibited: engine {told}, slow oracle {slow['prohibited']}")
    fast = {option["regime"]: option for option in quote["options"]}
    for regime in sorted({*fast, *slow["regimes"]}):
        one = fast.get(regime, {"status": "closed"})
        two = slow["regimes"].get(regime, {"status": "closed", "landed": (None, None)})
        found = [*differences(one, two, slow["decimals"]), *candidate_differences(one, regime, slow)]
        wrong += [f"{regime}.{key}: engine {mine}, slow oracle {theirs}" for key, mine, theirs in found]
    return wrong
