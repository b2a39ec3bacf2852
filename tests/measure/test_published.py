"""Published statistics: what is read of a file, and rankings whose figures are those of the publisher's file."""

import csv
import hashlib
from typing import Any

import pytest

from entrepot.language.economies import by_three_letters
from entrepot.measure.published import BOTH, DELIVERABLE, Published, check_claim, ranking, read
from entrepot.model.errors import TradeError
from official_files import DATA, needs

HEADER = "area,area_label,indicator,unit,year,value,unit_mult,status\n"
EXP, IMP = "UNCTAD_DE_DIG_SERVTRADE_ANN_EXP", "UNCTAD_DE_DIG_SERVTRADE_ANN_IMP"
ABOUT = {"id": "u", "title": "UNCTAD", "publisher": "UNCTAD", "vintage": "2024", "sha256": ""}
HELD = DATA / "stats" / "unctad_digitally_deliverable_services_2010_2023.csv"


def small(*rows: str, header: str = HEADER) -> Published:
    return read([header, *(f"{row}\n" for row in rows)], by_three_letters(), "file.csv", **ABOUT)


def test_aggregates_are_left_out_and_an_empty_value_is_unknown() -> None:
    found = small(
        f"WLD,World,{EXP},USD,2023,900,6,A",
        f"CHN,China,{EXP},USD,2023,20,6,A",
        f'VNM,"Viet Nam, Socialist Republic of",{EXP},USD,2023,30,6,A',
        f"KHM,Cambodia,{EXP},USD,2023,,6,O",
    )
    assert (found.left_out, found.definition) == (("WLD",), DELIVERABLE)
    ranked = ranking(found, 2023)
    assert [(each.rank, each.area) for each in ranked.places] == [(1, "VNM"), (2, "CHN")]
    assert ranked.missing == ("KHM",)


def test_the_sum_needs_both_values_and_equal_ones_share_a_place() -> None:
    found = small(
        f"CHN,China,{EXP},USD,2023,20,6,A",
        f"CHN,China,{IMP},USD,2023,10,6,A",
        f"VNM,V,{EXP},USD,2023,30,6,A",
        f"THA,T,{EXP},USD,2023,15,6,A",
        f"THA,T,{IMP},USD,2023,15,6,A",
    )
    ranked = ranking(found, 2023, BOTH)
    assert [(each.rank, each.area) for each in ranked.places] == [(1, "CHN"), (1, "THA")]
    assert ranked.missing == ("VNM",)


@pytest.mark.parametrize(
    ("header", "row", "says"),
    [
        (HEADER.replace("value", "obs_value"), "", 'no column "value".*area_label.*Needed are.*obs_value'),
        (HEADER, f"CHN,China,{EXP},USD,23,1,6,A", 'row 2: "23" is not a value of year'),
        (HEADER, f"CHN,China,{EXP},USD,2023,1e,6,A", 'row 2: "1e" is not a value of value'),
        (HEADER, f"CHN,China,{EXP},USD,2023,NaN,6,A", '"NaN" is not a value'),
        (HEADER, f"CHN,China,{EXP}", 'row 2: "" is not a value of year'),
        (HEADER, "CHN", 'row 2: "" is not a value of indicator'),
        (HEADER, f"CHN,China,{EXP},USD,2023,1e999999,6,A", "is not a value of value"),
        (HEADER, "CHN,China,exports,USD,2023,1,6,A", "Give --definition"),
        (HEADER, "CHN,China,OTHER,USD,2023,1,6,A", '"OTHER" is not a value of indicator'),
        (HEADER, f"WLD,World,{EXP},USD,2023,1,6,A", "at least one economy"),
    ],
)
def test_a_file_that_differs_is_refused_with_what_is_needed(header: str, row: str, says: str) -> None:
    with pytest.raises(TradeError, match=says.split(".*", maxsplit=1)[0]):
        small(row, header=header)


def test_two_values_of_one_year_and_two_units_are_refused() -> None:
    row = f"CHN,China,{EXP},USD,2023,1,6,A"
    with pytest.raises(TradeError, match="two values of CHN"):
        small(row, row)
    with pytest.raises(TradeError, match="one unit"):
        small(row, f"VNM,V,{EXP},EUR,2023,1,6,A")


def test_a_year_without_values_names_those_that_have_some() -> None:
    with pytest.raises(TradeError, match=r"no values for 1999\. It has: 2023"):
        ranking(small(f"CHN,China,{EXP},USD,2023,1,6,A"), 1999)


def held() -> Published:
    content = HELD.read_bytes()
    about = {**ABOUT, "sha256": hashlib.sha256(content).hexdigest()}
    return read(content.decode().splitlines(keepends=True), by_three_letters(), HELD.name, **about)


@needs(HELD)
def test_the_ranking_of_the_held_file_is_that_computed_from_its_rows() -> None:
    found = held()
    assert found.left_out == ("SSF", "WLD")
    with HELD.open(encoding="utf-8", newline="") as file:
        rows = [each for each in csv.DictReader(file) if each["year"] == "2023" and each["indicator"] == EXP]
    rows = [each for each in rows if each["value"] and each["area"] not in ("SSF", "WLD")]
    rows.sort(key=lambda each: -float(each["value"]))
    assert [each.area for each in ranking(found, 2023).places] == [each["area"] for each in rows]
    # As computed elsewhere from the same file: China is sixth by exports, and seventh by the sum of both.
    first = [each.area for each in ranking(found, 2023).places[:10]]
    assert first == ["USA", "GBR", "IRL", "IND", "DEU", "CHN", "NLD", "SGP", "FRA", "LUX"]
    both = ranking(found, 2023, BOTH).of("CHN")
    assert both is not None
    assert (both.rank, round(both.value)) == (7, 387_583)


@needs(HELD)
def test_the_claim_that_china_is_among_the_first_ten_is_answered_with_figures() -> None:
    claim = check_claim(held(), "CHN", 10, (2020, 2021, 2023))
    assert [place.rank for _, flow, place, _ in claim.answers if flow == BOTH and place] == [6, 5, 7]
    assert all(holds for _, _, _, holds in claim.answers)


def test_the_page_shows_a_year_in_which_no_economy_has_both_values(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("django", reason="the server is not installed")
    from entrepot.trade_app.statistics import comparing
    from entrepot.web.pages.trade import statistics

    found = small(f"CHN,China,{EXP},USD,2023,20,6,A")
    monkeypatch.setattr(comparing, "list_published", lambda: [found])
    monkeypatch.setattr(comparing, "find_published", lambda _set_id: found)
    shown = statistics._ranking({"set": "", "year": "", "flow": BOTH, "area": ""}, [])
    assert (shown["year"], shown["places"], shown["missing"], shown["area"]) == (2023, [], 1, "CHN")


def test_the_page_answers_for_each_year_whether_an_economy_is_among_the_first() -> None:
    pytest.importorskip("django", reason="the server is not installed")
    from entrepot.web.pages.trade import statistics

    areas = ("AUT", "BEL", "BGR", "CYP", "CZE", "DEU", "DNK", "ESP", "EST", "FIN")
    rows = [f"{area},,{EXP},USD,2023,{100 - number},6,A" for number, area in enumerate(areas)]
    found = small(*rows, f"CHN,,{EXP},USD,2022,7,6,A", f"CHN,,{EXP},USD,2023,5,6,A", f"VNM,V,{EXP},USD,2022,,6,O")
    notes: list[Any] = []
    shown = statistics._over_years(found, "CHN", "exports", notes)["points"]
    # In 2023 ten others are before it.
    assert shown == [(2022, "7", 1, "yes"), (2023, "5", 11, "no")]
    unknown = statistics._over_years(found, "VNM", "exports", notes)["points"]
    assert unknown == [(2022, "not known", "—", "not known"), (2023, "not known", "—", "not known")]
    assert notes == []
    assert statistics._over_years(found, "XXX", "exports", notes)["points"] == []
    assert "no economy" in notes[0].text
