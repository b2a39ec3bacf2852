"""Law changes exactly on its day: the day before has the old law, the day itself the new one."""

from __future__ import annotations

import datetime as dt
import shutil
from pathlib import Path
from typing import Any

import pytest

import entrepot
from entrepot.law.compile import compile_law
from entrepot.law.library import Library
from entrepot.law.read import dated_rows, validity
from entrepot.model.quote import Quote
from pack_edits import replace_in_file

PACKS = Path(__file__).resolve().parents[2] / "packs"
ONE = dt.timedelta(days=1)


@pytest.fixture(scope="module")
def library() -> Library:
    return Library(PACKS)


@pytest.fixture(scope="module")
def read_later(tmp_path_factory: pytest.TempPathFactory) -> Library:
    """Exampleland's law as if it had been read in 2031: more than a year after the reading no law is known."""
    packs = tmp_path_factory.mktemp("packs")
    (packs / "world").symlink_to(PACKS / "world")
    zz = Path(shutil.copytree(PACKS / "zz", packs / "zz"))
    replace_in_file(zz / "pack.toml", "read_on = 2026", "read_on = 2031")
    return Library(packs, tmp_path_factory.mktemp("cache"))


def sale(code: str, origin: str = "AU", **more: Any) -> dict[str, Any]:
    """Goods worth 1,000 to a business in Exampleland by sea, insurance and freight known to be nil."""
    line = {
        "hs_code": code,
        "amount": "1000.00",
        "country_of_origin": origin,
        "net_mass_kg": "10",
        **more.pop("line", {}),
    }
    common = {
        "ship_from": {"country": origin},
        "ship_to": {"country": "ZZ"},
        "currency": "ZZD",
        "buyer": {"kind": "business"},
    }
    costs = {"shipping_cost": "0", "insurance_cost": "0", "transport": "sea"}
    return {**common, **costs, "lines": [line], **more}


def charges(quote: Quote, regime: str) -> dict[str, str | None]:
    option = next(option for option in quote.options if option.regime == regime)
    return {charge.id: charge.amount for charge in option.charges}


def ordinary(on: str, code: str, origin: str = "AU", **more: Any) -> dict[str, str | None]:
    return charges(entrepot.quote(sale(code, origin, **more), on=dt.date.fromisoformat(on)), "ordinary")


# Tableware of porcelain at MFN 10 %. Until 2019 the customs value is FOB and half a percent (1,005.00), VAT 18 %;
# from 2020 CIF (1,000.00) and VAT 20 %.
@pytest.mark.parametrize(
    ("on", "duty", "vat"),
    [
        ("2019-12-31", "100.50", "198.99"),  # 1,005.00 × 10 %; 1,105.50 × 18 %
        ("2020-01-01", "100.00", "220.00"),  # 1,000.00 × 10 %; 1,100.00 × 20 %
    ],
)
def test_the_basis_of_valuation_and_a_tax_rate_change_on_new_years_day(on: str, duty: str, vat: str) -> None:
    found = ordinary(on, "69111000")
    assert (found["duty"], found["vat"]) == (duty, vat)


# Shoes of Viet Nam: safeguard 10 % from 2025-01-01 up to, not including, 2027-01-01.
@pytest.mark.parametrize(
    ("on", "safeguard"),
    [("2024-12-31", None), ("2025-01-01", "100.00"), ("2026-12-31", "100.00"), ("2027-01-01", None)],
)
def test_a_programme_begins_and_ends_on_its_days(on: str, safeguard: str | None) -> None:
    assert ordinary(on, "64039900", "VN", line={"pairs": "100"}).get("safeguard") == safeguard


# Roasted coffee at MFN 15 %; the provisional 10 % holds in 2026 alone.
@pytest.mark.parametrize(
    ("on", "duty"),
    [("2025-12-31", "150.00"), ("2026-01-01", "100.00"), ("2026-12-31", "100.00"), ("2027-01-01", "150.00")],
)
def test_a_provisional_rate_applies_in_its_year(on: str, duty: str) -> None:
    assert ordinary(on, "09012100")["duty"] == duty


# Tomatoes: 25 % from 1 June to 30 September of every year, both ends in; else 5 %.
@pytest.mark.parametrize("year", ["2021", "2024", "2030"])
@pytest.mark.parametrize(
    ("day", "duty"),
    [
        ("01-01", "50.00"),
        ("05-31", "50.00"),
        ("06-01", "250.00"),
        ("09-30", "250.00"),
        ("10-01", "50.00"),
        ("12-31", "50.00"),
        ("02-28", "50.00"),
    ],
)
def test_a_season_includes_its_first_and_last_day_in_every_year(
    year: str, day: str, duty: str, read_later: Library
) -> None:
    quote = entrepot.quote(sale("07020000"), on=dt.date.fromisoformat(f"{year}-{day}"), packs=read_later)
    assert charges(quote, "ordinary")["duty"] == duty


def test_a_season_on_the_leap_day(read_later: Library) -> None:
    quote = entrepot.quote(sale("07020000"), on=dt.date(2028, 2, 29), packs=read_later)
    assert charges(quote, "ordinary")["duty"] == "50.00"


# Laos leaves the least developed countries on 2026-11-24: coffee free, then MFN 8 %.
@pytest.mark.parametrize(("on", "duty"), [("2026-11-23", "0.00"), ("2026-11-24", "80.00")])
def test_a_membership_ends_on_its_day(on: str, duty: str) -> None:
    assert ordinary(on, "09011100", "LA", line={"proof_of_origin": "ldc_certificate"})["duty"] == duty


# The generalised preference lapsed on 2021-01-01, though its rate (2 %) stays printed; MFN is 8 %.
@pytest.mark.parametrize(("on", "duty"), [("2020-12-31", "20.00"), ("2021-01-01", "80.00")])
def test_a_lapsed_programme_grants_nothing_although_its_rate_is_still_printed(on: str, duty: str) -> None:
    assert ordinary(on, "09011100", "BR", line={"proof_of_origin": "form_a"})["duty"] == duty


# The statistical fee of 0.2 % becomes 0.1 % on 2022-01-01; it is rounded down to a whole unit: 2 and 1.
@pytest.mark.parametrize(("on", "fee"), [("2021-12-31", "2.00"), ("2022-01-01", "1.00")])
def test_a_charge_is_succeeded_by_one_with_the_same_id(on: str, fee: str) -> None:
    assert ordinary(on, "69111000")["statistical_fee"] == fee


# Pork of China is prohibited from 2024-01-01 up to 2026-01-01.
@pytest.mark.parametrize(
    ("on", "closed"), [("2023-12-31", False), ("2024-01-01", True), ("2025-12-31", True), ("2026-01-01", False)]
)
def test_a_prohibition_applies_from_its_first_day_to_its_last(on: str, closed: bool) -> None:
    quote = entrepot.quote(sale("02032900", "CN"), on=dt.date.fromisoformat(on))
    assert (quote.options[0].status == "closed") is closed


@pytest.mark.parametrize(("on", "there"), [("2023-12-31", False), ("2024-01-01", True)])
def test_a_regime_exists_from_its_first_day(on: str, there: bool) -> None:
    quote = entrepot.quote(sale("69111000"), on=dt.date.fromisoformat(on))
    assert ("vendor" in {option.regime for option in quote.options}) is there


def test_a_quote_names_the_period_without_a_change() -> None:
    """In 2026 the changes are those of 01-01, the seasons, and the agreement of India and Great Britain (07-15)."""
    quote = entrepot.quote(sale("69111000"), on=dt.date(2026, 8, 1))
    assert (quote.law.since, quote.law.until) == ("2026-07-15", "2026-10-01")
    assert quote.law.date == "2026-08-01"


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(path.name, marks=[] if path.name in ("cn", "jp") else pytest.mark.long)
        for path in sorted(PACKS.iterdir())
        if path.is_dir() and path.name != "world"
    ],
)
def test_at_every_change_of_law_one_period_ends_and_the_next_begins(name: str, library: Library) -> None:
    pack, world = library.pack(name), library.pack("world")
    # Rules of data transfers carry their days with them: they end no period of the law of goods.
    rows = dated_rows(pack, without=("transfers",))
    changes = sorted({day for dated in rows for day in validity(dated) if day and day.year > 1900})
    for day in [changes[0], *changes[-4:]]:
        eve, new = compile_law(pack, world, day - ONE), compile_law(pack, world, day)
        assert eve.until == str(day) == new.since


def test_law_read_on_the_leap_day_is_assumed_until_the_last_of_february(tmp_path: Path) -> None:
    (tmp_path / "world").symlink_to(PACKS / "world")
    zz = Path(shutil.copytree(PACKS / "zz", tmp_path / "zz"))
    replace_in_file(zz / "pack.toml", "read_on = 2026-11-24", "read_on = 2028-02-29")
    packs = Library(tmp_path, tmp_path / "cache")
    last, later = (entrepot.quote(sale("07020000"), on=dt.date(2029, *day), packs=packs) for day in ((2, 28), (3, 1)))
    assert "law.outdated" not in [each.code for each in last.assessment.reasons]
    (fault,) = later.assessment.reasons
    assert (fault.code, fault.values["latest"]) == ("law.outdated", "2029-02-28")
