"""Commodity documents of the UK Trade Tariff: their countries and days, the rows they become, and what is listed."""

from __future__ import annotations

import csv
import datetime as dt
import json
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from entrepot.law.grammar import read_rate
from entrepot.model.errors import ScheduleError
from entrepot.schedules.formats.gb.reader import SERVICES, read
from entrepot.schedules.parsed import ParsedSchedule, ReadOptions
from entrepot.schedules.partners import beneficiaries
from uk_documents import (
    DATA,
    DOCUMENTS,
    GB,
    ROOT,
    SINCE,
    as_json_api,
    document_path,
    make_document,
    needs_documents,
    read_changed,
    rows,
    write_document,
)


def test_a_printed_duty_that_contradicts_the_components_is_not_a_rate(tmp_path: Path) -> None:
    for words in ("9.00 %", "8.00 % + 1.00 GBP / kg", "8.00 GBP / kg", "9.00 % per bottle", ""):
        reading = read_changed(tmp_path, duty_expression={"base": words})
        assert [row.rate for row in reading.rows] == [f"text:{words or 'no rate is printed'}"]
        assert "its components say 8 %" in reading.unread[0].why
    assert read_changed(tmp_path, duty_expression={"base": "8.00 % ad valorem"}).rows[0].rate == "8 %"


@needs_documents
def test_tomatoes() -> None:
    reading = read([document_path("0702000007")], GB)
    assert reading.codes == ("0702000007",)
    assert reading.names == {"0702000007": {"en": "Cherry tomatoes"}}
    assert (reading.trust, reading.since) == ("official", SINCE)
    # The document prints the last day, 2021-05-14: the row holds no longer on the day after.
    assert rows(reading, "mfn") == [("8 %", "", "", "2021-01-01", "2021-05-15")]
    assert rows(reading, "eu_gb") == [("free", "", "", "2021-01-01", "")]
    assert rows(reading, "ca_gb") == [
        ("free", "", "", "2021-01-01", "2021-04-01"),
        ("unknown", "", "", "2021-04-01", ""),
    ]
    assert rows(reading, "gb_sg")[0] == ("5.8 %", "", "", "2021-01-01", "2021-04-01")
    assert rows(reading, "ch_gb") == [("free", "", "part", "2021-01-01", "2021-04-01")]
    assert "quota 050922" in next(row.note for row in reading.rows if row.treatment == "ch_gb")
    assert rows(reading, "gb_no") == [
        ("free", "IS", "", "2021-01-01", ""),
        ("free", "LI", "part", "2021-01-01", "2021-04-01"),
    ]
    assert rows(reading, "gb_tr") == [("free", "", "", "2021-01-20", "")]
    # As of Canada above, what follows a measure that ended is not known.
    assert rows(reading, "gb_ua") == [
        ("free", "", "", "2021-01-01", "2021-04-01"),
        ("unknown", "", "", "2021-04-01", ""),
    ]
    # Preferences and quotas of an area with which the pack has no agreement, or Canada's for goods that come back, are
    # listed; none is kept under another agreement. Of 50 measures 4 are controls, 12 are rows, the rest are listed.
    assert not reading.unread
    assert len(reading.not_in_pack) == 50 - 4 - 12 - 1  # and one is the class of VAT
    left = {each.why.partition(" programme of ")[2].split(" ")[0] for each in reading.not_in_pack}
    assert {"CL", "MX", "PE", "1033", "1006", "MA"} <= left
    assert not rows(reading, "cptpp")
    assert "cptpp" not in reading.treatments  # Chile's preference may be under it: absence means nothing
    assert {"mfn", "eu_gb", "gb_jp", "ldc"} <= set(reading.treatments)


@needs_documents
def test_the_least_developed_countries_are_those_in_the_document() -> None:
    (row,) = [row for row in read([document_path("0702000007")], GB).rows if row.treatment == "ldc"]
    areas = json.loads((DATA / "uk" / "geographical_areas.json").read_text())
    group = next(area for area in areas if area["id"] == "2005")
    assert row.origin.split() == sorted(child["id"] for child in group["children_geographical_areas"])
    assert len(row.origin.split()) == 47


@needs_documents
def test_a_duty_by_entry_price_remains_text() -> None:
    reading = read([document_path("0809400500")], GB)
    (row,) = [row for row in reading.rows if row.treatment == "mfn"]
    assert row.goods == "08094005"
    prices = ["52.60", "51.50", "50.50", "49.40", "48.40", "0.00"]
    duties = ["14.40 %", *(f"14.40 % + {more} EUR / 100 kg" for more in ("1.10", "2.10", "3.20", "4.20", "29.80"))]
    steps = [f"import price of at least {p} EUR / 100 kg: {d}" for p, d in zip(prices, duties, strict=True)]
    assert row.rate == f"text:{'; '.join(steps)}"
    assert (str(row.since), str(row.until)) == ("2021-06-01", "2021-10-01")
    assert [each.why for each in reading.unread] == ["Kept as text: the duty turns on its conditions."]


@needs_documents
def test_duties_by_producer_become_one_text() -> None:
    reading = read([document_path("1516209821")], GB)
    found = {extra.programme: extra for extra in reading.extras}
    assert set(found) == {"anti_dumping", "countervailing"}
    for extra, amount in ((found["anti_dumping"], "144.10"), (found["countervailing"], "198.33")):
        assert (extra.origin, str(extra.since), extra.until) == ("CA", "2021-01-01", None)
        assert all(f"{code}: " in extra.rate for code in ("B107", "B108", "B999", "C114"))
        assert f"B999: {amount} GBP / 1000 kg/biodiesel" in extra.rate
    assert rows(reading, "mfn") == [("10.9 %", "", "", "2021-01-01", "")]
    assert rows(reading, "provisional") == [("free", "", "part", "2021-01-01", "")]  # for ships, with a document
    assert not reading.classes  # VAT of nil and of 20 %, by a code that the goods decide
    assert sum("choice of rates of VAT" in each.why for each in reading.unread) == 2


@needs_documents
def test_an_additional_duty_without_a_charge_in_the_pack_is_reported() -> None:
    charges = (ROOT / "packs" / "gb" / "pack.toml").read_text()
    for name, programmes in (("1516209821", ("anti_dumping", "countervailing")), ("0702000007", ())):
        told = [note for note in read([document_path(name)], GB).notes if "quotes leave these duties out" in note]
        missing = [each for each in programmes if f'"additional:{each}"' not in charges]
        assert bool(told) == bool(missing)
        assert all(each in told[0] for each in missing)


@needs_documents
def test_a_document_of_another_day_is_reported() -> None:
    # The duty on tomatoes of 8 % is printed with its last day, 2021-05-14: the document is of a day before.
    for since, count in ((dt.date(2021, 2, 1), 0), (dt.date(2026, 7, 1), 1)):
        notes = read([document_path("0702000007")], ReadOptions(pack="gb", since=since)).notes
        assert len([note for note in notes if "had ended before" in note and "0702000007" in note]) == count


@needs_documents
def test_a_safeguard_applies_to_the_members_of_its_group() -> None:
    # The document does not name them: without the list of groups it is not known whom the duty strikes.
    alone = {extra.programme: extra for extra in read([document_path("7202118000")], GB).extras}
    assert (alone["safeguard"].origin, alone["safeguard"].rate.partition(":")[0]) == ("", "text")
    areas = DATA / "uk" / "geographical_areas.json"
    found = {extra.programme: extra for extra in read([document_path("7202118000"), areas], GB).extras}
    # Of the 132 members of the group 8 are no economies: the European Union, the high seas, stores, places not
    # specified, Ceuta and Melilla.
    assert (found["safeguard"].rate, len(found["safeguard"].origin.split())) == ("25 %", 132 - 8)
    assert (found["additional"].rate, found["additional"].origin) == ("25 %", "US")
    assert found["anti_dumping"].origin == "!CA US"


@needs_documents
def test_quotas_apply_to_a_part_of_the_line() -> None:
    reading = read([document_path("7202118000")], GB)
    assert sorted(rows(reading, "mfn")) == [
        ("2.7 %", "", "", "1999-01-01", ""),
        ("20 %", "", "part", "2021-01-01", ""),
    ]
    assert reading.codes == ("72021180",)


@needs_documents
def test_the_vat_class_has_the_printed_rate() -> None:
    with (ROOT / "packs" / "gb" / "taxes.csv").open(newline="") as file:
        rates = {(row["tax"], row["class"]): read_rate(row["rate"]) for row in csv.DictReader(file)}
    met = set()
    for path in DOCUMENTS:
        content = json.loads(path.read_text())
        bases = [m["duty_expression"]["base"] for m in content["import_measures"] if m["vat"]]
        for each in read([path], GB).classes:
            if each.tax == "vat":
                (base,) = bases
                rate = rates["vat", each.name]
                assert Fraction(rate.num if rate.kind == "share" else 0, rate.den) * 100 == Fraction(base.split()[0])
                met.add(each.name)
    assert met == {"zero", "standard"}


@needs_documents
def test_goods_that_bear_excise_are_classified() -> None:
    reading = read([document_path("0103921100")], GB)
    assert [(each.tax, each.name) for each in reading.classes] == [("vat", "zero"), ("excise", "standard")]
    assert "X611" in reading.classes[1].note
    assert reading.units == {"01039211": "p/st"}


@needs_documents
def test_a_control_is_not_a_duty_regardless_of_its_type() -> None:
    # These test documents call a certificate for plants 103 and a control of organic goods 105, of the series B.
    for name, mfn in (("0103921100", "35.1 EUR/100kg"), ("7202999000", "2.7 %")):
        reading = read([document_path(name)], GB)
        assert [row.rate for row in reading.rows if row.treatment == "mfn" and not row.scope] == [mfn]


@needs_documents
def test_two_documents_of_one_commodity_must_agree(tmp_path: Path) -> None:
    both = [document_path("7202118000"), document_path("7202999000")]  # the second file is of 7202118000, too
    assert len(read(both, GB).rows) == 3
    content = json.loads(both[0].read_text())
    duty = next(m for m in content["import_measures"] if m["duty_expression"]["base"] == "2.70 %")
    duty["duty_expression"]["base"], duty["measure_components"][0]["duty_amount"] = "2.80 %", 2.8
    with pytest.raises(ScheduleError, match="of 7202118000 and differ"):
        read([both[0], write_document(tmp_path, content)], GB)


@needs_documents
@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: f"{path.parts[-3]}-{path.stem}")
def test_both_forms_of_a_document_give_the_same_schedule(path: Path, tmp_path: Path) -> None:
    content = json.loads(path.read_text())
    # Some controls bear the number of a duty's type in these documents; a resource of one number has one name.
    content["import_measures"] = [
        each for each in content["import_measures"] if each["measure_type"]["measure_type_series_id"] != "B"
    ]
    path = write_document(tmp_path, content, path.name)
    (tmp_path / "api").mkdir()
    other = write_document(tmp_path / "api", as_json_api(content), path.name)

    def said(reading: ParsedSchedule) -> tuple[Any, ...]:
        # The words of an area differ from measure to measure in these documents; a resource has one name.
        left = [(each.row, each.goods, each.column, each.text) for each in reading.unread]
        return reading.rows, reading.extras, reading.classes, reading.units, reading.names, reading.cells, left

    assert said(read([other], GB)) == said(read([path], GB))


def test_northern_ireland_is_not_great_britain(tmp_path: Path) -> None:
    path = write_document(tmp_path, make_document(meta={"duty_calculator": {"source": "xi"}}))
    with pytest.raises(ScheduleError, match=r'Northern Ireland.*pack "eu", not "gb"'):
        read([path], GB)
    reading = read([path], ReadOptions(pack="eu", since=SINCE))
    assert (reading.trust, [row.rate for row in reading.rows]) == ("published", ["8 %"])
    with pytest.raises(ScheduleError, match="Great Britain"):
        read([write_document(tmp_path, make_document())], ReadOptions(pack="eu", since=SINCE))
    assert SERVICES == {"uk": ("gb", "official"), "xi": ("eu", "published")}


def test_excluded_origins_are_named(tmp_path: Path) -> None:
    out = [{"id": "NO"}, {"id": "QU"}, {"id": "CH"}]
    assert [row.origin for row in read_changed(tmp_path, excluded_countries=out).rows] == ["!CH NO"]
    group = {"id": "1013", "children_geographical_areas": [{"id": "FR"}, {"id": "DE"}, {"id": "EU"}]}
    reading = read_changed(tmp_path, geographical_area=group, excluded_countries=[{"id": "FR"}])
    assert [row.origin for row in reading.rows] == ["DE"]
    for unknown in ("1013", "EU"):  # a group is left out and who is in it is not said: no row for everybody
        reading = read_changed(tmp_path, excluded_countries=[{"id": unknown}])
        assert (reading.rows, len(reading.unread)) == ([], 1)
    groups = write_document(
        tmp_path, [{"id": "1013", "children_geographical_areas": [{"id": "FR"}, {"id": "EU"}]}], "areas.json"
    )
    path = write_document(tmp_path, make_document(excluded_countries=[{"id": "1013"}]))
    assert [row.origin for row in read([path, groups], GB).rows] == ["!FR"]


def test_with_a_group_without_members_no_treatment_is_complete(tmp_path: Path) -> None:
    preference = {"id": "142", "description": "Tariff preference", "measure_type_series_id": "C"}
    reading = read_changed(tmp_path, measure_type=preference, geographical_area={"id": "4999", "description": "Some"})
    assert (reading.rows, reading.treatments) == ([], ("mfn", "provisional"))
    japan = read_changed(tmp_path, measure_type=preference, geographical_area={"id": "JP"})
    assert [(row.treatment, row.origin) for row in japan.rows] == [("gb_jp", "")]
    assert set(japan.treatments) == {"mfn", "provisional", *beneficiaries("gb", SINCE)}


def test_rates_by_additional_code_are_not_a_rate_of_the_line(tmp_path: Path) -> None:
    content = make_document(additional_code={"code": "2500", "description": "Medicine"})
    other = json.loads(json.dumps(content["import_measures"][0])) | {"id": 2, "duty_expression": {"base": "0.00 %"}}
    other["additional_code"] = {"code": "2501", "description": "Other"}
    other["measure_components"][0]["duty_amount"] = 0
    content["import_measures"].append(other)
    (row,) = read([write_document(tmp_path, content)], GB).rows
    assert (row.scope, row.rate) == ("part", "text:8 %; free")
    assert "2500 Medicine" in row.note
    assert "2501 Other" in row.note


def test_a_line_with_two_duties_is_refused(tmp_path: Path) -> None:
    content = make_document()
    content["import_measures"].append(content["import_measures"][0] | {"id": 2, "duty_expression": {"base": "x 8"}})
    content["import_measures"].append(make_document()["import_measures"][0] | {"id": 3, "measure_components": []})
    reading = read([write_document(tmp_path, content)], GB)
    assert [row.rate for row in reading.rows] == ["text:8 %; 8.00 %"]
    assert any("several rates" in each.why for each in reading.unread)
