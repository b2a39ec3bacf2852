"""The single and the annual limit of retail import: decisions from the law's rows, and the postings of the ledger."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from entrepot.app import library, quote_with_law
from entrepot.trade.ledger.entries import Insufficient, Posting, check_balanced, post
from entrepot.trade.limits import (
    ALLOWED,
    FULL_TAX,
    NOT_ALLOWED,
    LimitAccount,
    RetailLimits,
    Usage,
    count_used,
    decide,
    give_back_reserved,
    give_back_used,
    item_count,
    legal_day,
    reserve,
    retail_limits,
    taxable_value,
    use,
)
from match_documents import documents

#: Cai Guan Shui [2018] 49: CNY 5,000 for one order and 26,000 for a year since 2019-01-01; [2016] 18: 2,000 and 20,000.
SINGLE, ANNUAL = 500_000, 2_600_000
ACCOUNT = LimitAccount("CN", 2026, "ab" * 32, "CNY")


def limits(economy: str = "CN", day: str = "2026-03-01") -> RetailLimits:
    found = retail_limits(library().law(economy, dt.date.fromisoformat(day)))
    assert found is not None
    return found


def test_the_amounts_are_those_of_the_law_of_the_day() -> None:
    now, before = limits(), limits(day="2018-06-01")
    assert (now.single, now.annual, now.currency, now.within, now.above) == (
        SINGLE,
        ANNUAL,
        "CNY",
        "retail",
        "retail_above_limit",
    )
    assert (before.single, before.annual) == (200_000, 2_000_000)
    assert "cgs-2018-49" in now.annual_row.sources
    assert before.annual_row.sources == ("cgs-2016-18",)
    assert now.annual_row.row.startswith("cn/pack.toml")
    exampleland = limits("ZZ")
    assert (exampleland.single, exampleland.annual, exampleland.above) == (SINGLE, ANNUAL, "retail_single")


def test_a_law_without_an_annual_limit_of_a_person_has_no_limits() -> None:
    assert retail_limits(library().law("JP", dt.date(2026, 3, 1))) is None


# Value, items, usage -> outcome, what remains after it. From article 1 of Cai Guan Shui [2018] 49 as the pack has it.
DECISIONS = [
    (100_00, 3, Usage(), ALLOWED, ANNUAL - 100_00, ["limit.within"]),
    (SINGLE, 3, Usage(), ALLOWED, ANNUAL - SINGLE, ["limit.within"]),
    (SINGLE + 1, 1, Usage(), FULL_TAX, ANNUAL - SINGLE - 1, ["limit.one_item", "limit.within"]),
    (SINGLE + 1, 2, Usage(), NOT_ALLOWED, ANNUAL, ["limit.several_items"]),
    (100_00, 1, Usage(used=ANNUAL - 100_00), ALLOWED, 0, ["limit.within"]),
    (100_01, 1, Usage(used=ANNUAL - 100_00), NOT_ALLOWED, 100_00, ["limit.annual"]),
    (100_00, 1, Usage(used=1_000_000, reserved=1_000_000, declared=599_999), NOT_ALLOWED, 1, ["limit.annual"]),
    (100_00, 1, Usage(declared=ANNUAL + 1), NOT_ALLOWED, 0, ["limit.annual"]),
    (ANNUAL + 1, 1, Usage(), NOT_ALLOWED, ANNUAL, ["limit.annual"]),
    (ANNUAL + 1, 2, Usage(), NOT_ALLOWED, ANNUAL, ["limit.several_items", "limit.annual"]),
    (0, 1, Usage(), ALLOWED, ANNUAL, ["limit.within"]),
]


@pytest.mark.parametrize(("value", "items", "usage", "outcome", "after", "codes"), DECISIONS)
def test_decisions(value: int, items: int, usage: Usage, outcome: str, after: int, codes: list[str]) -> None:
    found = decide(limits(), value=value, items=items, usage=usage, year=2026)
    assert (found.outcome, found.remaining_after) == (outcome, after)
    assert [each.code for each in found.reasons] == codes
    assert found.trust == "published"
    assert found.regime == {ALLOWED: "retail", FULL_TAX: "retail_above_limit", NOT_ALLOWED: ""}[outcome]
    assert all(each.sources and each.where for each in found.reasons)


def test_the_sentence_says_what_remains() -> None:
    found = decide(limits(), value=30_000, items=1, usage=Usage(used=ANNUAL - 29_999), year=2026)
    assert found.reasons[0].message == (
        "The order is worth CNY 300.00, and CNY 299.99 of the annual limit of CNY 26000.00 remain in 2026. Order less, "
        "wait for the next year, or import it by the ordinary procedure."
    )


def test_an_order_without_items_or_below_nothing_is_a_fault_of_the_code() -> None:
    for value, items in ((-1, 1), (1, 0)):
        with pytest.raises(ValueError, match="no limit to decide"):
            decide(limits(), value=value, items=items, usage=Usage(), year=2026)


@given(st.integers(1, 3_000_000), st.integers(1, 3), st.integers(0, 3_000_000))
def test_the_decision_is_that_of_the_quote(value: int, quantity: int, declared: int) -> None:
    """Each procedure is open in the quote, which has a second road to the same law, exactly where it is decided."""
    sale = {
        "ship_from": {"country": "VN"},
        "ship_to": {"country": "CN"},
        "date": "2026-03-01",
        "currency": "CNY",
        "buyer": {"kind": "consumer", "year_to_date": f"{declared / 100:.2f}"},
        "channel": "ecommerce",
        "shipping_cost": "0",
        "insurance_cost": "0",
        "lines": [{"hs_code": "0901.21", "amount": f"{value / 100:.2f}", "quantity": str(quantity)}],
    }
    quote, law = quote_with_law(sale)
    found = retail_limits(law)
    assert found
    decision = decide(found, value=value, items=quantity, usage=Usage(declared=declared), year=2026)
    open_regimes = {
        option.regime for option in quote.options if option.regime.startswith("retail") and option.status != "closed"
    }
    assert open_regimes == ({decision.regime} if decision.regime else set())


def test_the_value_and_the_items_of_a_list() -> None:
    listed = documents(((Decimal(88), Decimal(1)), (Decimal("3.33333"), Decimal(3)))).list
    assert listed
    assert taxable_value(listed) == Decimal(88) + Decimal("9.99999") + Decimal("12.00")
    assert item_count(listed) == 4
    for quantity, items in (("1", 1), ("1.00000", 1), ("0.5", 2), ("2", 2), ("2.1", 3)):
        one_line = documents(((Decimal(88), Decimal(quantity)),)).list
        assert one_line
        assert item_count(one_line) == items


@pytest.mark.parametrize(
    ("time", "day"),
    [
        ("2026-12-31T15:59:59.999+00:00", "2026-12-31"),
        ("2026-12-31T16:00:00+00:00", "2027-01-01"),
        ("2027-01-01T00:30:00+07:00", "2027-01-01"),
        ("2026-12-31T23:30:00+07:00", "2027-01-01"),
    ],
)
def test_a_year_ends_by_the_time_of_china(time: str, day: str) -> None:
    assert str(legal_day("CN", dt.datetime.fromisoformat(time))) == day
    assert str(legal_day("ZZ", dt.datetime.fromisoformat(time))) == time[:10] if time.endswith("+00:00") else True


def test_a_time_without_a_zone_has_no_day() -> None:
    with pytest.raises(ValueError, match="zone"):
        legal_day("CN", dt.datetime(2026, 12, 31))  # noqa: DTZ001  # the fault that is tested


def test_the_account_takes_no_identity() -> None:
    for identity in ("11010519491231002X", "AB" * 32, "ab" * 33, ""):
        with pytest.raises(ValueError, match="keyed hash"):
            LimitAccount("CN", 2026, identity, "CNY")
    assert ACCOUNT.available == "limit/CN/2026/" + "ab" * 32
    assert ACCOUNT.unit == "limit:CNY"


def test_what_the_buyer_declares_raises_the_floor() -> None:
    law = limits()
    assert reserve(ACCOUNT, 5, law)[0] == Posting(ACCOUNT.available, "limit:CNY", -5, -ANNUAL)
    assert reserve(ACCOUNT, 5, law, declared=600_000)[0].floor == -2_000_000
    assert reserve(ACCOUNT, 5, law, declared=ANNUAL + 1)[0].floor == 0
    with pytest.raises(Insufficient) as refused:
        post({(ACCOUNT.available, ACCOUNT.unit): -1_900_000}, reserve(ACCOUNT, 100_001, law, declared=600_000))
    assert refused.value.available == 100_000


def test_a_release_in_another_year_counts_for_that_year() -> None:
    balances = post({}, reserve(ACCOUNT, 100, limits()))
    balances |= post(balances, use(ACCOUNT, 100, year=2027))
    then = LimitAccount("CN", 2027, "ab" * 32, "CNY")
    unit = ACCOUNT.unit
    assert balances == {
        (ACCOUNT.available, unit): 0,
        (ACCOUNT.reserved, unit): 0,
        (then.used, unit): 100,
        (then.available, unit): -100,
    }
    balances |= post(balances, give_back_used(then, 100))
    assert set(balances.values()) == {0}


def test_customs_may_release_another_value_than_was_reserved_even_above_the_limit() -> None:
    balances = post({}, reserve(ACCOUNT, ANNUAL, limits()))
    balances |= post(balances, use(ACCOUNT, ANNUAL, ANNUAL + 5))
    assert balances[ACCOUNT.available, ACCOUNT.unit] == -ANNUAL - 5
    assert balances[ACCOUNT.used, ACCOUNT.unit] == ANNUAL + 5
    assert balances[ACCOUNT.reserved, ACCOUNT.unit] == 0


def test_a_value_that_is_not_reserved_counts_even_above_the_limit() -> None:
    balances = post({}, count_used(ACCOUNT, ANNUAL + 1))
    assert ACCOUNT.usage(lambda *key: balances.get(key, 0), declared=7) == Usage(used=ANNUAL + 1, declared=7)
    assert balances[ACCOUNT.available, ACCOUNT.unit] == -ANNUAL - 1
    balances |= post(balances, give_back_used(ACCOUNT, ANNUAL + 1))
    assert set(balances.values()) == {0}


class Limit(RuleBasedStateMachine):
    """Orders of one person in any sequence, against a plain account of the same."""

    def __init__(self) -> None:
        super().__init__()
        self.law = limits()
        self.balances: dict[tuple[str, str], int] = {}
        self.reserved: list[int] = []
        self.used: list[int] = []
        self.declared = 0

    def _post(self, postings: tuple[Posting, ...]) -> None:
        check_balanced(postings)
        self.balances |= post(self.balances, postings)

    @rule(declared=st.integers(0, ANNUAL))
    def declare(self, declared: int) -> None:
        """The buyer declares another amount used elsewhere."""
        self.declared = declared

    @rule(value=st.integers(1, 1_000_000), items=st.integers(1, 2))
    def place(self, value: int, items: int) -> None:
        """An order is placed: the decision, the ledger and the plain account agree."""
        usage = ACCOUNT.usage(lambda *key: self.balances.get(key, 0), self.declared)
        decision = decide(self.law, value=value, items=items, usage=usage, year=2026)
        fits = sum(self.used) + sum(self.reserved) + self.declared + value <= ANNUAL
        assert (decision.outcome != NOT_ALLOWED) == (fits and (value <= SINGLE or items == 1))
        try:
            self._post(reserve(ACCOUNT, value, self.law, self.declared))
        except Insufficient:
            assert not fits
        else:
            assert fits
            self.reserved.append(value)

    @rule()
    def cancel(self) -> None:
        """A reserved order ends."""
        if self.reserved:
            self._post(give_back_reserved(ACCOUNT, self.reserved.pop()))
        else:
            with pytest.raises(Insufficient):
                self._post(give_back_reserved(ACCOUNT, 1))

    @rule()
    def release(self) -> None:
        """Customs releases a reserved order."""
        if self.reserved:
            self.used.append(self.reserved.pop())
            self._post(use(ACCOUNT, self.used[-1]))

    @rule()
    def give_back(self) -> None:
        """A return is approved."""
        if self.used:
            self._post(give_back_used(ACCOUNT, self.used.pop()))

    @invariant()
    def the_accounts_agree(self) -> None:
        """The three accounts are those of the plain account."""
        of = [
            self.balances.get((name, ACCOUNT.unit), 0) for name in (ACCOUNT.available, ACCOUNT.reserved, ACCOUNT.used)
        ]
        assert of == [-sum(self.reserved) - sum(self.used), sum(self.reserved), sum(self.used)]
        assert of[0] >= -ANNUAL


TestLimit = Limit.TestCase
