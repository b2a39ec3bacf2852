"""What an earlier table held back: nobody computes it from a later one, and it is released once it protects nothing."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from entrepot.cli import measure
from entrepot.measure.disclosure import FEW, USUAL, Before, Controlled, control
from entrepot.measure.earlier import Earlier, History, record_of, still_held
from entrepot.measure.tables import CellKey, Figure, Table
from entrepot.trade_app.statistics import synthetic
from measure.test_commands import NOTHING
from measure.test_disclosure import MANY
from measure.test_products import Reader as ProductReader
from measure.test_products import is_protected, made

NONE = History()
KH, TH, CN = (CellKey("exports", each, "S1", "ordered_goods") for each in ("KH", "TH", "CN"))


def published(table: Table, history: History = NONE, agreed: tuple[str, ...] = ()) -> tuple[Controlled, Any]:
    """A table of FOB, as it is published after what was before. Returns it, and its record."""
    same = {key for key, value in history.values.items() if key in table.figures and table.figures[key].value == value}
    held = {key for each in history.tables for key in each.held}
    known = Before(same - held, history.values.keys() - same - held)
    found = control(table, USUAL, agreed, known)
    still = still_held(table, "FOB", found, history, USUAL, agreed)
    record = record_of(table, found, still.own, still.older)
    return control(table, USUAL, agreed, known, still.own | still.others), record


def history(table: Table, found: Controlled, record: Any, valuation: str = "FOB") -> History:
    values = {key: each.value for key, each in table.figures.items() if each.value}
    return History((Earlier(valuation, found.held_back.keys(), record),), values if valuation == "FOB" else {})


#: Cambodia has one trader; Thailand is held back with it.
BEFORE = {("goods", "CN", "09"): {name: amount * 9 for name, amount in MANY.items()},
          ("goods", "TH", "09"): MANY, ("goods", "KH", "09"): {"og_1": 500}}  # fmt: skip
#: Late reports: of Cambodia there are four traders now, Thailand and China are as they were.
AFTER = {**BEFORE, ("goods", "KH", "09"): {"og_1": 500, "og_2": 200, "og_3": 200, "og_4": 200}}


def read(old: Table, old_shown: Mapping[CellKey, Figure], new: Table, new_shown: Mapping[CellKey, Figure]) -> Any:
    """Between which values a reader of both tables knows Cambodia's old figure: Thailand and China did not change."""
    unchanged = {key: figure for key, figure in new_shown.items() if key.partner in ("TH", "CN")}
    assert all(old.figures[key].value == figure.value for key, figure in unchanged.items())
    return ProductReader(old, {**old_shown, **unchanged}).between(KH)


def test_a_revised_table_does_not_show_what_the_one_before_protected() -> None:
    old, new = made(BEFORE), made(AFTER)
    first, record = published(old)
    assert (first.held_back[KH], TH in first.held_back, CN in first.figures) == (FEW, True, True)
    # Controlled alone, the new table publishes Thailand: then the old total less China and Thailand is Cambodia's 500.
    alone = control(new).figures
    assert read(old, first.figures, new, alone) == (Fraction(500), Fraction(500))
    second, later = published(new, history(old, first, record))
    assert TH in second.held_back
    assert is_protected(old, KH, read(old, first.figures, new, second.figures))
    # A third table still owes it: what was protected is in its record, though Cambodia has four traders now.
    third, _record = published(new, history(new, second, later))
    assert TH in third.held_back


def test_what_was_revised_enough_is_released() -> None:
    old = made(BEFORE)
    first, record = published(old)
    # Thailand has 1,200; a tenth more is another figure. Cambodia: 500, and 1,100 now.
    new = made({**AFTER, ("goods", "TH", "09"): {**MANY, "og_1": 520}})
    assert new.figures[TH].value == 1_320
    assert not published(new, history(old, first, record))[0].held_back
    less = made({**AFTER, ("goods", "TH", "09"): {**MANY, "og_1": 519}})
    assert TH in published(less, history(old, first, record))[0].held_back


def test_a_trader_that_agrees_later_releases_what_protected_it() -> None:
    table = made(BEFORE)
    first, record = published(table)
    for valuation in ("FOB", "CIF"):
        before = history(table, first, record, valuation)
        assert not published(table, before, ("og_1",))[0].held_back
        # Another one has nothing to agree to.
        assert published(table, before, ("og_2",))[0].held_back.keys() >= {KH, TH}


def test_another_valuation_holds_back_only_what_it_needs_itself() -> None:
    old, new = made(BEFORE), made(AFTER)
    first, record = published(old)
    # CIF was published first, with one trader in Cambodia; now FOB, with four: both figures stay held back.
    fob, of_fob = published(new, history(old, first, record, "CIF"))
    assert fob.held_back.keys() >= {KH, TH}
    # But FOB does not need that itself, so CIF, once it is published again, does not take it over.
    assert not of_fob.figures
    assert not still_held(new, "CIF", control(new), history(new, fob, of_fob), USUAL).others
    # A vintage without a record obliges another valuation as a whole, as before there were records.
    unknown = History((Earlier("CIF", first.held_back.keys()),))
    assert published(new, unknown)[0].held_back.keys() >= {KH, TH}
    assert not published(new, History((Earlier("FOB", first.held_back.keys()),)))[0].held_back


amounts = st.dictionaries(st.sampled_from(["og_1", "og_2", "og_3", "og_4"]), st.integers(1, 900), min_size=1)


@settings(max_examples=30, deadline=None)
@given(st.fixed_dictionaries(dict.fromkeys(("CN", "TH", "KH"), amounts)), amounts)
def test_no_late_report_shows_what_was_protected(traders: dict[str, dict[str, int]], late: dict[str, int]) -> None:
    before = {("goods", place, "09"): who for place, who in traders.items()}
    whole = {name: traders["KH"].get(name, 0) + late.get(name, 0) for name in {*traders["KH"], *late}}
    old, new = made(before), made({**before, ("goods", "KH", "09"): whole})
    first, record = published(old)
    second, _record = published(new, history(old, first, record))
    if first.held_back.get(KH) in (None, "complement"):
        return
    assert is_protected(old, KH, read(old, first.figures, new, second.figures))


def lines(path: Path, count: int = 700) -> str:
    path.write_bytes(b"".join(msgspec.json.encode(each) + b"\n" for each in synthetic.draw(count, year=2025)))
    return str(path)


def statuses(path: Path) -> dict[tuple[str, ...], str]:
    with path.open(newline="") as file:
        return {tuple(row.values())[:9]: row["OBS_STATUS"] for row in csv.DictReader(file)}


def test_an_agreement_that_was_forgotten_holds_nothing_back_for_ever(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ENTREPOT_DATA", str(tmp_path / "data"))
    given = {**NOTHING, "period": "2025", "reporter": "VN", "lines": lines(tmp_path / "lines.jsonl")}
    sizes = []
    for at, (valuation, agreed) in enumerate(
        [("FOB", []), ("CIF", []), ("FOB", ["node-VN"]), ("CIF", ["node-VN"]), ("FOB", ["node-VN"])]
    ):
        file = tmp_path / f"{at}.csv"
        assert measure.export({**given, "valuation": valuation, "agreed": agreed, "to": str(file)}) == 0
        fees = [status for key, status in statuses(file).items() if key[5] == "DIS" and key[2:5] == ("W1", "S1", "C")]
        sizes.append((fees, sum(status == "Q" for status in statuses(file).values())))
    # The platform is the only one with fees. Once it agrees they are published, in both valuations.
    assert [fees for fees, _held in sizes[:2]] == [["Q"], ["Q"]]
    assert [fees for fees, _held in sizes[3:]] == [["A"], ["A"]]
    assert sizes[4][1] < sizes[0][1]
    # What is kept of it is for this node alone.
    files = list((tmp_path / "data").rglob("*.held"))
    assert files
    assert all(each.stat().st_mode & 0o77 == 0 for each in files)
