"""The tests of a procedure's conditions: passed, failed, or not known."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import msgspec

from entrepot.engine.case import Case, CaseLine, Claim, ConditionState, Goods, Number, Values
from entrepot.engine.rules.currency import converted_limit
from entrepot.law.compiled import Memo
from entrepot.law.rates import MEASURES
from entrepot.law.records import Condition, Regime
from entrepot.model.rule_kinds import CONDITION_TESTS, require_same

LITRES = MEASURES.index("l")

#: A test of a condition on the lines that it concerns, by index; None: not known.
Test = Callable[[Case, Values, Condition, Sequence[int]], bool | None]


#: The tests that only the goods, their origin and the country they ship from decide.
BY_GOODS = frozenset({"listed", "unlisted", "goods_in", "goods_not_in", "origin_in", "ship_from_in", "asserted"})

#: Conditions of sales with more lines, or that assert more, are not cached: they are hardly ever repeated.
MAX_CACHED = 8

#: What decides which conditions concern a sale: the procedure, the country it ships from, what is asserted, the goods.
ConcernedBy = tuple[str, str, tuple[str, ...], Goods]


class Concerned(msgspec.Struct, frozen=True, gc=False):
    """A condition that concerns a sale: the lines, by index, and the rows of its list that say whether they are on it.

    `settled`: its state, where its test is one of BY_GOODS; None where amounts or parties decide.
    """

    condition: Condition
    lines: Sequence[int]
    rows: tuple[int, ...]
    settled: ConditionState | None


@dataclass(slots=True)
class _Derived:
    """What this module caches with a law: the conditions of a procedure that concern goods."""

    concerned: Memo[ConcernedBy, list[Concerned]] = field(default_factory=Memo)


def assess_conditions(case: Case, values: Values, regime: Regime, goods: Goods) -> list[ConditionState]:
    """The conditions of a procedure that concern this sale, each with its state. `goods`: those of the case."""
    return [
        each.settled or _assess_condition(case, values, each.condition, each.lines, each.rows)
        for each in _concerned(case, values, regime, goods)
    ]


def _assess_condition(
    case: Case, values: Values, condition: Condition, lines: Sequence[int], rows: tuple[int, ...]
) -> ConditionState:
    """The state of a condition on the lines that it concerns."""
    outcome = TESTS[condition.test](case, values, condition, lines)
    if outcome is None and condition.id not in case.sale.asserted:
        return ConditionState(condition, "assumed" if condition.assume else "asked", rows)
    return ConditionState(condition, "failed" if outcome is False else "passed", rows)


def _concerned(case: Case, values: Values, regime: Regime, goods: Goods) -> list[Concerned]:
    """The conditions of a procedure that concern the goods of a sale; cached by the goods."""
    key = (regime.id, case.sale.ship_from.country, case.sale.asserted, goods)
    memo = case.law.derived(_Derived).concerned
    found = memo.get(key)
    if found is None:
        found = []
        for condition in regime.conditions:
            if lines := _lines_concerned(case, condition):
                rows = _rows(case, condition, lines) if condition.column >= 0 else ()
                by_goods = condition.test in BY_GOODS
                settled = _assess_condition(case, values, condition, lines, rows) if by_goods else None
                found.append(Concerned(condition, lines, rows, settled))
        if len(goods) <= MAX_CACHED and len(case.sale.asserted) <= MAX_CACHED:
            memo.store(key, found)
    return found


def proof_state(case: Case, values: Values, claim: Claim) -> str:
    """The state of a treatment's proof of origin; also `passed` where the value is within the waiver of proof."""
    law = claim.law
    if law is None or claim.proof in {"passed", ""} or law.waiver_num < 0:
        return claim.proof
    bound = converted_limit(case, law.waiver_num, law.waiver_den, law.waiver_currency)
    within = bound is not None and values.total[law.waiver_value] * bound[1] <= bound[0]
    return "passed" if within else claim.proof


def _lines_concerned(case: Case, condition: Condition) -> Sequence[int]:
    """The lines that a condition concerns, by index."""
    if condition.ship_from is not None and not condition.ship_from.has(case.sale.ship_from.country):
        return ()
    if not condition.goods and condition.origin is None:
        return range(len(case.lines))
    return [
        i
        for i, line in enumerate(case.lines)
        if (not condition.goods or line.code.startswith(condition.goods))
        and (condition.origin is None or condition.origin.has(line.origin))
    ]


def _bound(holds: Callable[[int, int], bool]) -> Test:
    def test(case: Case, values: Values, condition: Condition, lines: Sequence[int]) -> bool | None:
        def within(tested: int, units: Number = (1, 1)) -> bool | None:
            bound = converted_limit(case, condition.amount_num, condition.amount_den, condition.currency, units)
            return None if bound is None else holds(tested * bound[1], bound[0])

        if condition.per == "consignment":
            return within(values.total[condition.value])
        parts = values.by_name[condition.value]
        each = [within(parts[i], case.lines[i].quantity if condition.per == "item" else (1, 1)) for i in lines]
        return None if None in each else all(each)

    return test


def _annual(case: Case, values: Values, condition: Condition, lines: Sequence[int]) -> bool | None:
    bound = converted_limit(case, condition.amount_num, condition.amount_den, condition.currency)
    if bound is None:
        return None
    num, den = bound
    now = values.total[condition.value]
    spent = case.sale.buyer.year_to_date
    if spent is None:
        # Earlier purchases are not known, but this sale alone may exceed the limit.
        return False if now * den > num else None
    top, bottom = spent.as_integer_ratio()
    return bool((now * bottom + top * 10**case.law.decimals) * den <= num * bottom)


def _single(case: Case, values: Values, condition: Condition, lines: Sequence[int]) -> bool | None:
    return len(case.lines) == 1 and case.lines[0].quantity == (1, 1)


def _at_most_one_litre(case: Case, values: Values, condition: Condition, lines: Sequence[int]) -> bool | None:
    given = [case.lines[i].measures[LITRES] for i in lines]
    if any(litres is not None and litres[0] > litres[1] for litres in given):
        return False
    return None if None in given else True


def _registered(case: Case, values: Values, condition: Condition, lines: Sequence[int]) -> bool | None:
    if condition.name in case.assumed_schemes:
        return None
    return condition.name in case.registrations


def _not(test: Test) -> Test:
    def opposite(case: Case, values: Values, condition: Condition, lines: Sequence[int]) -> bool | None:
        outcome = test(case, values, condition, lines)
        return None if outcome is None else not outcome

    return opposite


def _member(case: Case, condition: Condition, line: CaseLine) -> str:
    """Whether goods are on the condition's list: yes, no or unknown."""
    column = condition.column
    group = case.law.group(column, line.row) if column >= 0 else ()
    if group:
        return group[0].name
    return "no" if column >= 0 and case.law.columns[column].complete else "unknown"


def _rows(case: Case, condition: Condition, lines: Sequence[int]) -> tuple[int, ...]:
    """The rows of a list that say of each line whether it is on it."""
    groups = [case.law.group(condition.column, case.lines[i].row) for i in lines]
    return tuple(group[0].basis for group in groups if group)


def _membership(other: str) -> Test:
    """A test that every line is on the list, or that none is; `other`: the membership that fails."""

    def test(case: Case, values: Values, condition: Condition, lines: Sequence[int]) -> bool | None:
        found = {_member(case, condition, case.lines[i]) for i in lines}
        return False if other in found else None if "unknown" in found else True

    return test


def _goods_in(case: Case, values: Values, condition: Condition, lines: Sequence[int]) -> bool | None:
    return all(case.lines[i].code.startswith(condition.goods_in) for i in lines)


def _goods_not_in(case: Case, values: Values, condition: Condition, lines: Sequence[int]) -> bool | None:
    return not any(case.lines[i].code.startswith(condition.goods_in) for i in lines)


def _origin_in(case: Case, values: Values, condition: Condition, lines: Sequence[int]) -> bool | None:
    return condition.economies is None or all(condition.economies.has(case.lines[i].origin) for i in lines)


def _ship_from_in(case: Case, values: Values, condition: Condition, lines: Sequence[int]) -> bool | None:
    return condition.economies is None or condition.economies.has(case.sale.ship_from.country)


def _unknowable(case: Case, values: Values, condition: Condition, lines: Sequence[int]) -> bool | None:
    return None


#: The function of each kind of test in `rule_kinds.CONDITION_TESTS`.
TESTS: dict[str, Test] = {
    "at_most": _bound(lambda left, right: left <= right),
    "below": _bound(lambda left, right: left < right),
    "at_least": _bound(lambda left, right: left >= right),
    "above": _bound(lambda left, right: left > right),
    "annual": _annual,
    "single_item": _single,
    "several_items": _not(_single),
    "at_most_one_litre": _at_most_one_litre,
    "registered": _registered,
    "unregistered": _not(_registered),
    "listed": _membership("no"),
    "unlisted": _membership("yes"),
    "goods_in": _goods_in,
    "goods_not_in": _goods_not_in,
    "origin_in": _origin_in,
    "ship_from_in": _ship_from_in,
    "asserted": _unknowable,
}
require_same(CONDITION_TESTS, TESTS, "rules.conditions.TESTS")
