"""Whole official schedules, where they are available: installed by one command, then used in quotes."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest

import entrepot
from entrepot import cli
from entrepot.law.library import Library
from entrepot.model.quote import Quote
from official_files import DATA, needs

JAPAN = DATA / "jp" / "tariff_2026-07-09.csv.gz"
STATES = DATA / "us" / "hts_2026_revision_4.csv"
pytestmark = needs(JAPAN, STATES)


def installed(tmp_path_factory: pytest.TempPathFactory, pack: str, file: Path) -> Library:
    """The packs with an official schedule, installed without any option."""
    data = tmp_path_factory.mktemp(pack)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ENTREPOT_DATA", str(data))
        assert cli.main(["schedule", "add", pack, str(file), "--json"]) == 0
    return Library(data=data, cache=tmp_path_factory.mktemp("cache"))


@pytest.fixture(scope="module")
def japan(tmp_path_factory: pytest.TempPathFactory) -> Library:
    return installed(tmp_path_factory, "jp", JAPAN)


@pytest.fixture(scope="module")
def states(tmp_path_factory: pytest.TempPathFactory) -> Library:
    return installed(tmp_path_factory, "us", STATES)


def asked(house: Library, to: str, code: str, origin: str, amount: str, on: str, **line: Any) -> Quote:
    sale = {
        "ship_from": {"country": origin},
        "ship_to": {"country": to},
        "currency": {"JP": "JPY", "US": "USD"}[to],
        "buyer": {"kind": "business"},
        "channel": "trade",
        "transport": "sea",
        "shipping_cost": "0",
        "insurance_cost": "0",
        "lines": [{"hs_code": code, "amount": amount, "country_of_origin": origin, **line}],
    }
    return entrepot.quote(sale, on=dt.date.fromisoformat(on), packs=house)


def duty(quote: Quote) -> str | None:
    assert quote.best is not None
    return next(charge.amount for charge in quote.best.charges if charge.kind == "duty")


# Japan counts the value in whole thousands of yen and the duty in whole hundreds, both rounded down.
@pytest.mark.long
@pytest.mark.parametrize(
    ("code", "origin", "amount", "line", "owed"),
    [
        # 660199000 umbrellas: WTO 4.3 %, general 6.4 %; RCEP for goods of China 2.7 %.
        ("660199000", "CN", "50000", {}, "2100"),  # 4.3 % of 50,000 is 2,150
        ("660199000", "CN", "50000", {"proof_of_origin": "rcep"}, "1300"),  # 2.7 % is 1,350
        # 220421020 wine: WTO 15 % or 125 yen/l, whichever is lower, but at least 67 yen/l; free under the EU's.
        ("220421020", "FR", "30000", {"litres": "12"}, "1500"),  # 12 l at 125 yen, below 4,500
        ("220421020", "FR", "30000", {"litres": "240"}, "16000"),  # 15 % is 4,500, below 240 l at 67 yen: 16,080
        ("220421020", "FR", "30000", {"litres": "12", "proof_of_origin": "eu_jp"}, "0"),
    ],
)
def test_lines_that_only_the_schedule_has_are_quoted(
    japan: Library, code: str, origin: str, amount: str, line: dict[str, str], owed: str
) -> None:
    quote = asked(japan, "JP", code, origin, amount, "2026-08-01", **line)
    # Wine of at most 200,000 yen may come under the simplified tariff too, which has one rate of its own.
    ordinary = next(option for option in quote.options if option.id == "ordinary")
    assert next(charge.amount for charge in ordinary.charges if charge.kind == "duty") == owed
    assert [(each.id, each.kind, each.trust) for each in quote.law.layers] == [("2026-07-09", "schedule", "published")]


@pytest.mark.long
def test_a_quote_cites_the_schedule_with_its_vintage_and_trust(japan: Library) -> None:
    quote = asked(japan, "JP", "660199000", "CN", "50000", "2026-08-01")
    assert quote.best is not None
    cited = next(charge for charge in quote.best.charges if charge.kind == "duty").citations[0]
    assert (cited, quote.law.rows[cited].trust) == ("jp/2026-07-09/tariff.csv", "published")


@pytest.mark.long
def test_before_its_day_the_pack_alone_speaks(japan: Library) -> None:
    quote = asked(japan, "JP", "660199000", "CN", "50000", "2026-07-08")
    assert quote.law.layers == ()
    assert not any(row.startswith("jp/2026-07-09/") for row in quote.law.rows)


# 8211.92.90.30, kitchen knives of one rate: general 0.4 cents each + 6.1 %, free for goods of Korea (KR).
@pytest.mark.long
@pytest.mark.parametrize(
    ("origin", "line", "owed"),
    [
        ("TH", {"items": "100"}, "30.90"),  # 100 × 0.004 + 500.00 × 6.1 %
        ("KR", {"items": "100", "proof_of_origin": "kr_us"}, "0.00"),
    ],
)
def test_a_line_of_the_united_states(states: Library, origin: str, line: dict[str, str], owed: str) -> None:
    assert duty(asked(states, "US", "8211929030", origin, "500", "2026-03-01", **line)) == owed
