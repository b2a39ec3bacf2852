"""choose: which treatment is best for each line, and which regime for the consignment?"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from entrepot.case import Case, Claim, Held, Owed, Values
from entrepot.pack.law import Condition, Regime

#: What a line would pay under one claim; None where it is not known.
Cost = int | None


def claim_status(case: Case, values: Values, claim: Claim) -> str:
    """Whether a treatment is open to a line: by its proof, or by a value under which none is asked for."""
    if claim.law is None:
        return "open"
    proof = "passed" if claim.proof != "passed" and _waived(case, values, claim) else claim.proof
    if "failed" in (proof, claim.direct):
        return "closed"
    return "conditional" if "asked" in (proof, claim.direct) else "open"


def _waived(case: Case, values: Values, claim: Claim) -> bool:
    law = claim.law
    assert law is not None
    rate = case.rates_to.get(law.waiver_currency)
    if law.waiver_num < 0 or rate is None:
        return False
    return values.total[law.waiver_value] * law.waiver_den * rate[1] <= law.waiver_num * rate[0]


def wanted(regime: Regime, claims: Sequence[Claim]) -> list[int]:
    """The claims of a line that a regime admits, by index."""
    if regime.treatments == "none" or not claims:
        return []
    if regime.treatments == "mfn":
        return [0]
    first = 1 if regime.treatments == "preferences" else 0
    return list(range(first, len(claims)))


def pick(admitted: Sequence[int], statuses: Sequence[str], costs: Mapping[int, tuple[Cost, Cost]]) -> int:
    """The open claim that costs a line least; between equals the first. Without an open one, the first admitted; -1 for none."""
    best = -1
    for index in admitted:
        price = costs[index][1]
        if statuses[index] != "open" or price is None:
            continue
        least = costs[best][1] if best >= 0 else None
        if least is None or price < least:
            best = index
    return best if best >= 0 else (admitted[0] if admitted else -1)


def cost(case: Case, owed: Sequence[Owed], i: int) -> Cost:
    """What one line pays and does not recover; None where a duty or VAT is not known."""
    total = 0
    for each in owed:
        amount = each.amounts[i]
        if amount is None:
            if each.charge.kind in ("duty", "vat"):
                return None
        elif counts(case, each):
            total += amount
    return total


def counts(case: Case, owed: Owed) -> bool:
    """Whether a charge bears on the choice: the buyer pays it and does not get it back."""
    if owed.charge.charged_to != "buyer":
        return False
    return case.buyer == "consumer" or owed.charge.recoverable != "yes"


def refused(owed: Sequence[Owed]) -> bool:
    """Whether a regime cannot be assessed: a duty or VAT it needs is not known."""
    return any(each.total is None and each.charge.kind in ("duty", "vat") for each in owed)


def conditions(case: Case, values: Values, regime: Regime) -> list[Held]:
    """The conditions of a regime that concern this sale, each with its state."""
    held = []
    for condition in regime.conditions:
        if _concerns(case, condition):
            state = _TESTS[condition.test](case, values, condition)
            rows = _listed_rows(case, condition) if condition.column >= 0 else ()
            if state is None:
                asserted = condition.id in case.sale.asserted
                state_name = "passed" if asserted else "assumed" if condition.assume else "asked"
            else:
                state_name = "passed" if state else "failed"
            held.append(Held(condition, state_name, rows))
    return held


def fits(case: Case, regime: Regime) -> str:
    """Whether the sale is one that the regime is for: "" or what does not fit, `transport?` where that is not known."""
    if regime.buyer and case.buyer not in regime.buyer:
        return "buyer"
    if regime.channel and case.channel not in regime.channel:
        return "channel"
    if regime.transport and case.transport not in regime.transport:
        return "transport" if case.transport else "transport?"
    return ""


def status(fit: str, held: Sequence[Held], prohibited: bool, unknown: bool) -> str:
    """The status of a regime by itself, before mandatory regimes close others."""
    states = [each.state for each in held]
    if fit not in ("", "transport?") or prohibited or unknown or "failed" in states:
        return "closed"
    return "conditional" if "asked" in states else "open"


def closed_by_mandatory(regimes: Sequence[Regime], statuses: Sequence[str]) -> dict[int, Regime]:
    """Which regimes a mandatory open one closes: index -> the one that closes it."""
    found: dict[int, Regime] = {}
    for regime, state in zip(regimes, statuses, strict=True):
        if regime.mandatory and state == "open":
            for index, other in enumerate(regimes):
                if other.id in regime.closes and other.id != regime.id:
                    found.setdefault(index, regime)
    return found


def best(statuses: Sequence[str], costs: Sequence[Cost]) -> int:
    """The open regime that costs least; between equals the first; -1 where none is open."""
    found = -1
    for index, (state, price) in enumerate(zip(statuses, costs, strict=True)):
        if state != "open" or price is None:
            continue
        least = costs[found] if found >= 0 else None
        if least is None or price < least:
            found = index
    return found


def _concerns(case: Case, condition: Condition) -> bool:
    if condition.goods and not any(line.code.startswith(condition.goods) for line in case.lines):
        return False
    if condition.origin is not None and not any(condition.origin.has(line.origin) for line in case.lines):
        return False
    return condition.ship_from is None or condition.ship_from.has(case.sale.ship_from.country)


def _limit(case: Case, condition: Condition) -> tuple[int, int] | None:
    rate = case.rates_to.get(condition.currency)
    return None if rate is None else (condition.amount_num * rate[0], condition.amount_den * rate[1])


def _bound(holds: Callable[[int, int], bool]) -> Callable[[Case, Values, Condition], bool | None]:
    def test(case: Case, values: Values, condition: Condition) -> bool | None:
        limit = _limit(case, condition)
        if limit is None:
            return None
        num, den = limit
        if condition.per == "consignment":
            return holds(values.total[condition.value] * den, num)
        parts = values.by_name[condition.value]
        if condition.per == "line":
            return all(holds(part * den, num) for part in parts)
        pairs = zip(parts, case.lines, strict=True)
        return all(holds(part * line.quantity[1] * den, num * line.quantity[0]) for part, line in pairs)

    return test


def _annual(case: Case, values: Values, condition: Condition) -> bool | None:
    limit = _limit(case, condition)
    if limit is None:
        return None
    num, den = limit
    now = values.total[condition.value]
    spent = case.sale.buyer.year_to_date
    if spent is None:
        # Not known, but this sale alone may be too much already.
        return False if now * den > num else None
    top, bottom = spent.as_integer_ratio()
    whole = now * bottom + top * 10**case.law.decimals
    return whole * den <= num * bottom


def _single(case: Case, values: Values, condition: Condition) -> bool | None:
    return len(case.lines) == 1 and case.lines[0].quantity == (1, 1)


def _several(case: Case, values: Values, condition: Condition) -> bool | None:
    return not _single(case, values, condition)


def _registered(case: Case, values: Values, condition: Condition) -> bool | None:
    return condition.name in case.sale.seller.registrations


def _unregistered(case: Case, values: Values, condition: Condition) -> bool | None:
    return condition.name not in case.sale.seller.registrations


def _listed_rows(case: Case, condition: Condition) -> tuple[int, ...]:
    """The rows of a list that say of each line whether it is on it."""
    groups = [case.law.group(condition.column, line.row) for line in case.lines]
    return tuple(group[0].basis for group in groups if group)


def _membership(wanted_member: str) -> Callable[[Case, Values, Condition], bool | None]:
    def test(case: Case, values: Values, condition: Condition) -> bool | None:
        column = condition.column
        absent = "no" if column >= 0 and case.law.columns[column].complete else "unknown"
        found = set()
        for line in case.lines:
            group = case.law.group(column, line.row) if column >= 0 else ()
            found.add(group[0].name if group else absent)
        other = "no" if wanted_member == "yes" else "yes"
        return False if other in found else None if "unknown" in found else True

    return test


def _goods_in(case: Case, values: Values, condition: Condition) -> bool | None:
    return all(line.code.startswith(condition.goods_in) for line in case.lines)


def _goods_not_in(case: Case, values: Values, condition: Condition) -> bool | None:
    return not any(line.code.startswith(condition.goods_in) for line in case.lines)


def _origin_in(case: Case, values: Values, condition: Condition) -> bool | None:
    return condition.economies is None or all(condition.economies.has(line.origin) for line in case.lines)


def _ship_from_in(case: Case, values: Values, condition: Condition) -> bool | None:
    return condition.economies is None or condition.economies.has(case.sale.ship_from.country)


def _asserted(case: Case, values: Values, condition: Condition) -> bool | None:
    return None


_TESTS: dict[str, Callable[[Case, Values, Condition], bool | None]] = {
    "at_most": _bound(lambda left, right: left <= right),
    "below": _bound(lambda left, right: left < right),
    "at_least": _bound(lambda left, right: left >= right),
    "above": _bound(lambda left, right: left > right),
    "annual": _annual,
    "single_item": _single,
    "several_items": _several,
    "registered": _registered,
    "unregistered": _unregistered,
    "listed": _membership("yes"),
    "unlisted": _membership("no"),
    "goods_in": _goods_in,
    "goods_not_in": _goods_not_in,
    "origin_in": _origin_in,
    "ship_from_in": _ship_from_in,
    "asserted": _asserted,
}
