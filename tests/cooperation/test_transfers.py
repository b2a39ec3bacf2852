"""Decisions on data that leave, by the rows of the packs: on both sides of each date and number.

The expected outcomes are those of the acts as they are cited in the packs: China's provisions of 22 March 2024, what
held before them (assessment from 100,000 persons), Viet Nam's law of 2026, Thailand's notifications, the Union's list.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from entrepot.cooperation.transfers import Decision, Facts, decide
from entrepot.law.library import Library
from entrepot.law.records import TransferRule
from entrepot.model.data_words import DATA_CATEGORIES, EXPORTERS, TRANSFER_GROUNDS
from entrepot.model.errors import TradeError

LIBRARY = Library()
TODAY = "2026-03-01"


def rules(economy: str) -> tuple[TransferRule, ...]:
    return LIBRARY.law(economy, dt.date(2026, 3, 1)).transfers


def decided(
    origin: str, destination: str, category: str = "ordinary", ground: str = "consent", **more: Any
) -> Decision:
    values: dict[str, object] = {"on": TODAY, **more}
    for name in ("on", "first"):
        if isinstance(values.get(name), str):
            values[name] = dt.date.fromisoformat(str(values[name]))
    facts = Facts(origin=origin, destination=destination, category=category, ground=ground, **values)  # type: ignore[arg-type]
    return decide(rules(origin), facts)


def outcome(*words: str, **more: Any) -> str:
    return decided(*words, **more).outcome


def test_china_before_and_since_the_provisions_of_2024() -> None:
    # Before: assessment from 100,000 persons; a standard contract below, also for a contract with the person.
    before, since = "2024-03-21", "2024-03-22"
    assert outcome("CN", "VN", on=before, people=99_999) == "mechanism"
    assert outcome("CN", "VN", on=before, people=100_000) == "assessment"
    assert outcome("CN", "VN", ground="contract", on=before, people=1) == "mechanism"
    # Since: nothing below 100,000, a standard contract up to a million, assessment from a million.
    assert outcome("CN", "VN", on=since, people=99_999) == "free"
    assert outcome("CN", "VN", on=since, people=100_000) == "mechanism"
    assert outcome("CN", "VN", on=since, people=999_999) == "mechanism"
    assert outcome("CN", "VN", on=since, people=1_000_000) == "assessment"
    assert outcome("CN", "VN", ground="contract", on=since, people=5_000_000) == "free"


def test_china_sensitive_important_and_critical() -> None:
    assert outcome("CN", "VN", "sensitive", people=9_999) == "mechanism"
    assert outcome("CN", "VN", "sensitive", people=10_000) == "assessment"
    assert outcome("CN", "VN", "sensitive", "emergency", people=10_000) == "free"
    assert outcome("CN", "VN", "important", "contract", people=1) == "assessment"
    assert outcome("CN", "VN", exporter="critical", people=1) == "assessment"
    assert outcome("CN", "VN", "none") == "free"


def test_before_any_rule_and_without_a_row_the_answer_is_unknown() -> None:
    assert outcome("CN", "VN", on="2022-08-31", people=1) == "unknown"
    made = decided("PH", "CN")
    assert (made.outcome, made.allowed, made.reason.code) == ("unknown", False, "transfer.unknown")


def test_an_unknown_number_of_persons_is_taken_as_the_strictest() -> None:
    made = decided("CN", "VN")
    assert (made.outcome, made.allowed, made.assumed) == ("assessment", False, ("people",))


def test_a_recorded_mechanism_makes_it_lawful_and_another_does_not() -> None:
    held = frozenset({"standard_contract"})
    made = decided("CN", "VN", "sensitive", people=5, held=held)
    assert (made.allowed, made.held, made.most) == (True, "standard_contract", 9_999)
    assert not decided("CN", "VN", "sensitive", people=10_000, held=held).allowed
    assert decided("CN", "VN", "sensitive", people=5).mechanisms == ("standard_contract", "certification")


def test_viet_nam_dossier_within_sixty_days_of_the_first_transfer() -> None:
    first = decided("VN", "CN", "sensitive")
    assert (first.allowed, first.outcome, first.due) == (True, "mechanism", dt.date(2026, 4, 30))  # 1 March + 60 days
    last = decided("VN", "CN", on="2026-04-30", first=TODAY)
    late = decided("VN", "CN", on="2026-05-01", first=TODAY)
    assert (last.allowed, late.allowed, late.reason.code) == (True, False, "transfer.late")
    assert decided("VN", "CN", on="2026-05-01", first=TODAY, held=frozenset({"impact_assessment"})).allowed
    assert outcome("VN", "CN", ground="own_request") == "free"


def test_viet_nam_the_law_and_the_decree_before() -> None:
    assert decided("VN", "CN", on="2025-12-31").rules[0].id == "dossier_2023"
    assert decided("VN", "CN", on="2026-01-01").rules[0].id == "dossier"
    assert outcome("VN", "CN", on="2023-06-30") == "unknown"


def test_thailand_since_the_notifications() -> None:
    assert outcome("TH", "CN", ground="contract") == "free"
    assert outcome("TH", "CN", ground="transit") == "free"
    assert outcome("TH", "CN", ground="legal_duty") == "mechanism"
    assert outcome("TH", "CN", ground="legal_duty", on="2024-03-23") == "unknown"


@pytest.mark.parametrize(
    ("destination", "on", "expected"),
    [
        ("BR", "2026-01-25", "mechanism"),
        ("BR", "2026-01-26", "free"),
        ("GB", "2026-03-01", "free"),
        ("JP", "2026-03-01", "free"),
        ("JP", "2019-01-22", "mechanism"),
        ("US", "2026-03-01", "mechanism"),
        ("FR", "2026-03-01", "free"),
        ("NO", "2026-03-01", "free"),
        *((each, "2026-03-01", "mechanism") for each in ("CN", "VN", "TH", "KH", "LA")),
    ],
)
def test_the_list_of_the_union(destination: str, on: str, expected: str) -> None:
    assert outcome("DE", destination, on=on) == expected


def test_cambodia_laos_and_singapore() -> None:
    assert outcome("KH", "CN", on="2025-09-30") == "free"
    assert outcome("KH", "CN") == "unknown"
    assert outcome("LA", "CN", ground="contract") == "unknown"
    assert outcome("LA", "CN", ground="consent") == "mechanism"
    assert decided("SG", "VN").mechanisms == ("enforceable_obligations", "certification", "group_rules")


def test_a_forbidding_rule_goes_before_all_others() -> None:
    # Exampleland is invented: its Data Act lets no important data leave.
    assert outcome("ZZ", "CN", "important") == "forbidden"
    assert not decided("ZZ", "CN", "important", held=frozenset({"legal_opinion"})).allowed


def test_words_that_are_not_known() -> None:
    with pytest.raises(TradeError) as error:
        decided("CN", "VN", "sensitiv")
    assert (error.value.code, error.value.param, error.value.near) == ("transfer_word", "category", "sensitive")


@given(
    origin=st.sampled_from(["CN", "VN", "TH", "KH", "LA", "SG", "DE", "US", "ZZ", "PH"]),
    category=st.sampled_from(DATA_CATEGORIES),
    ground=st.sampled_from(TRANSFER_GROUNDS),
    exporter=st.sampled_from(EXPORTERS),
    people=st.integers(1, 2_000_000),
    day=st.dates(dt.date(2018, 1, 1), dt.date(2027, 1, 1)),
)
def test_what_is_allowed_rests_on_a_row_and_more_persons_never_make_it_freer(
    origin: str, category: str, ground: str, exporter: str, people: int, day: dt.date
) -> None:
    words = {"exporter": exporter, "on": day.isoformat()}
    fewer = decided(origin, "MM", category, ground, people=people, **words)
    more = decided(origin, "MM", category, ground, people=people + 1, **words)
    unsaid = decided(origin, "MM", category, ground, **words)
    assert not fewer.allowed or fewer.rules
    assert fewer.allowed >= more.allowed >= unsaid.allowed
