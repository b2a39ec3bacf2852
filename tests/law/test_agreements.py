"""The tables of agreements: faults with their row and column, and what the world pack has."""

from __future__ import annotations

import csv
import shutil
from pathlib import Path

import pytest

from entrepot.law.check import check
from entrepot.law.library import Library
from entrepot.law.read import read_pack
from pack_edits import only_fault, replace_in_file

WORLD = Path(__file__).resolve().parents[2] / "packs/world"
#: Tables that the rows of agreements do not need; without them a copy is read faster.
OTHERS = ("headings.csv", "services.csv")


@pytest.fixture
def world(tmp_path: Path) -> Path:
    return Path(shutil.copytree(WORLD, tmp_path / "world", ignore=shutil.ignore_patterns(*OTHERS)))


CELLS = [
    ("agreements.csv", ",fta_chapter,signed", ",fta_chaptr,signed", "kind", "is not one of memorandum, fta_chapter"),
    ("agreements.csv", ",concluded,", ",agreed,", "state", "is not one of negotiated, concluded"),
    ("agreements.csv", "rcep,,2022-01-01", "rcepp,,2022-01-01", "parties_of", 'Did you mean "rcep"?'),
    ("agreements.csv", "depa-signed,published", "depa-sign,published", "cite", 'Did you mean "depa-signed"?'),
    ("agreements.csv", "2026-04-01,,wto-moratorium", "2026-03-31,,wto-moratorium", "since", "overlaps in time"),
    ("parties.csv", "depa,CL,", "depa_x,CL,", "agreement", 'Did you mean "depa"?'),
    ("parties.csv", "depa,CL,", "eu_kr_dta,CL,", "agreement", "never in force"),
    ("parties.csv", "depa,CL,", "depa,XX,", "economy", "is not an economy of the world pack"),
    ("parties.csv", "2021-11-23,,", "2021-11-23,2021-11-23,", "until", "first day on which the row no longer holds"),
    ("provisions.csv", "2.2,paperless,hard", "2.2,paperles,hard", "topic", 'Did you mean "paperless"?'),
    ("provisions.csv", "2.2,paperless,hard", "2.2,paperless,soft", "effect", "requires nothing"),
    ("provisions.csv", "2.5,e_invoicing,mixed,shows", "2.5,e_invoicing,mixed,opens", "condition", "which part"),
    ("provisions.csv", "hard,opens,documents,", "hard,opens,,", "capabilities", "Name the capabilities"),
    ("provisions.csv", "hard,opens,documents,", "hard,opens,papers,", "capabilities", "offer.read"),
    ("provisions.csv", "soft,shows,programmes,,,,,2016", "hard,opens,programmes,,,,,2016", "effect", "A memorandum"),
    ("reservations.csv", "12.14,KH", "12.41,KH", "article", "has no article"),
]  # fmt: skip


@pytest.mark.parametrize(("file", "old", "new", "column", "message"), CELLS)
def test_a_fault_has_its_row_and_column(world: Path, file: str, old: str, new: str, column: str, message: str) -> None:
    line = replace_in_file(world / file, old, new)
    pack = read_pack(world)
    fault = only_fault(check(pack, pack))
    assert (fault.file, fault.column) == (f"world/{file}", column)
    assert fault.row in (line, line - 1)  # an overlap is reported at the later of the two rows
    assert message in fault.message


def test_only_the_world_pack_has_agreements(tmp_path: Path, zz: Path) -> None:
    shutil.copy(WORLD / "parties.csv", zz / "parties.csv")
    assert "No such table" in only_fault(read_pack(zz).faults).message


@pytest.mark.parametrize(("day", "partners"), [("2019-12-25", 22), ("2021-09-30", 22), ("2023-10-10", 30)])
def test_the_partners_of_silk_road_are_as_many_as_were_published(day: str, partners: int) -> None:
    """Counts published by Economic Daily (2019-12-25) and at a press conference of China's government (2023-10)."""
    with (WORLD / "parties.csv").open(newline="") as stream:
        rows = [row for row in csv.DictReader(stream) if row["agreement"] == "silk_road_ecommerce"]
    others = {row["economy"] for row in rows if row["since"] <= day} - {"CN"}
    assert len(others) == partners
    assert all(row["partners"] == "CN" for row in rows if row["economy"] != "CN")


def test_thailand_is_not_a_partner_in_september_2021(library: Library) -> None:
    road = next(each for each in library.agreements().agreements if each.id == "silk_road_ecommerce")
    partners = {party.economy for party in road.parties if party.on("2021-09-30")}
    assert {"VN", "KH"} <= partners
    assert "TH" not in partners


def test_a_law_has_no_source_of_agreements(library: Library) -> None:
    """A quote loads its law: the sources of agreements are not in it."""
    import datetime as dt

    law = library.law("CN", dt.date(2026, 3, 1))
    assert "world/rcep-dates" in law.sources
    assert not any(name.startswith("world/silk-road") for name in law.sources)


def test_compiled_agreements_are_read_from_the_cache(tmp_path: Path) -> None:
    import datetime as dt

    library = Library(WORLD.parent, tmp_path)
    library.law("ZZ", dt.date(2026, 3, 1))
    assert not list(tmp_path.glob("*/agreements")), "a law needs no agreements"
    first = library.agreements()
    assert Library(WORLD.parent, tmp_path).agreements() == first
    assert list(tmp_path.glob("*/agreements"))
