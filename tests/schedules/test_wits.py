"""Files of WITS and TRAINS: which of their figures are rates.

No file of theirs is at hand: the rows here are made by hand, with the columns that the help of WITS and public programs
that read such files name.
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from entrepot.model.errors import ScheduleError
from entrepot.schedules.formats.wits.reader import read
from entrepot.schedules.parsed import ParsedSchedule, ReadOptions
from entrepot.schedules.partners import economy_of, has_law_of

BULK = (
    "NomenCode,Reporter_ISO_N,Year,ProductCode,Sum_Of_Rates,Min_Rate,Max_Rate,SimpleAverage,Nbr_NA_Lines,"
    "Nbr_Free_Lines,Nbr_AVE_Lines,Nbr_Dutiable_Lines,TotalNoOfValidLines,TotalNoOfLines,EstCode\n"
)
PREFERENCES = (
    "NomenCode,Reporter_ISO_N,Year,ProductCode,Partner,Sum_Of_Rates,Min_Rate,Max_Rate,SimpleAverage,TotalNoOfLines,"
    "Nbr_Pref_Lines,Nbr_MFN_Lines,Nbr_NA_Lines,EstCode\n"
)
QUERY = (
    "Selected Nomen,Native Nomen,Reporter,Reporter Name,Product,Product Name,Partner,Partner Name,Tariff Year,"
    "Trade Year,Trade Source,DutyType,Simple Average,Weighted Average,Minimum Rate,Maximum Rate,Nbr of Total Lines\n"
)
MY = ReadOptions(pack="my")


def wits(folder: Path, text: str | bytes, asked: ReadOptions = MY) -> ParsedSchedule:
    path = folder / "job.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read([path], asked)


def rates(reading: ParsedSchedule) -> list[tuple[str, str, str]]:
    return [(row.goods, row.treatment, row.rate) for row in reading.rows]


def test_only_a_rate_common_to_every_line_becomes_a_row(tmp_path: Path) -> None:
    # The figures after the product: sum, lowest, highest, average; lines without a rate, free, estimated, dutiable,
    # valid, all; method.
    rows = [
        "H6,458,2024,010121,0,0.00,0.00,0.00,0,2,0,0,2,2,U2",  # all free
        "H6,458,2024,080430,30,15.00,15.00,15.00,0,0,0,2,2,2,U2",  # all 15 %
        "H6,458,2024,080440,20,5.00,15.00,10.00,0,0,0,2,2,2,U2",  # 5 and 15 %
        "H6,458,2024,080450,15,15.00,15.00,15.00,1,0,0,1,1,2,U2",  # 15 %, and a line without a percentage
        "H6,458,2024,080510,15,15.00,15.00,15.00,0,0,1,1,1,1,U2",  # a specific duty, estimated as 15 %
        "H6,458,2024,080520,7.5,,,7.50,0,0,0,1,1,1,U2",  # one line: its average is its rate
        "H6,458,2024,080530,7.5,,,7.50,0,0,0,3,3,3,U2",  # three lines, and only their average
        "H6,458,2024,080540,45,15.00,15.00,12.00,0,0,0,3,3,3,U2",  # figures that cannot be true together
        "H6,458,2024,0806,45,15.00,15.00,15.00,0,0,0,3,3,3,U2",  # a heading
    ]
    reading = wits(tmp_path, BULK + "\n".join(rows))
    assert rates(reading) == [
        ("010121", "mfn", "free"),
        ("080430", "mfn", "15 %"),
        ("080520", "mfn", "7.5 %"),
    ]
    listed = {each.goods: each.why for each in reading.unread}
    assert list(listed) == ["080440", "080450", "080510", "080530", "080540"]
    assert "its lines bear 5.00 to 15.00 %" in listed["080440"]
    assert "no rate that is a percentage" in listed["080450"]
    assert "estimates" in listed["080510"]
    assert reading.cells == 8
    assert any("1 (groups of goods" in note for note in reading.notes)


def test_a_year_applies_to_its_days_only(tmp_path: Path) -> None:
    row = "H5,458,2023,080430,15,15,15,15,0,0,0,1,1,1,\n"
    reading = wits(tmp_path, BULK + row)
    assert (reading.since, reading.until, reading.id) == (dt.date(2023, 1, 1), dt.date(2024, 1, 1), "wits-2023")
    assert (reading.trust, reading.treatments) == ("published", ())
    assert any("Harmonized System 2017" in note for note in reading.notes)
    given = ReadOptions(pack="my", since=dt.date(2023, 4, 1), id="mine")
    assert wits(tmp_path, BULK + row, given).since == dt.date(2023, 4, 1)
    assert wits(tmp_path, BULK + row, given).until is None
    two = BULK + row + row.replace("2023", "2024").replace("15,15,15,15", "10,10,10,10")
    reading = wits(tmp_path, two)
    found = [(row.rate, str(row.since), str(row.until)) for row in reading.rows]
    assert found == [("15 %", "2023-01-01", "2024-01-01"), ("10 %", "2024-01-01", "2025-01-01")]
    with pytest.raises(ScheduleError, match="several years"):
        wits(tmp_path, two, given)


def test_a_preference_is_read_if_exactly_one_agreement_matches(tmp_path: Path) -> None:
    # The columns behind the partner: sum, lowest, highest, average, lines; with preference, at MFN, without a rate.
    rows = [
        "H6,826,2024,080430,410,2,2.00,2.00,2.00,1,1,0,0,",  # Korea: an agreement of two
        "H6,826,2024,080440,410,3,0.00,3.00,1.50,2,1,1,0,",  # and a line that pays MFN
        "H6,826,2024,080450,410,0,0.00,0.00,0.00,2,2,0,0,U2",  # free needs no estimate
        "H6,826,2024,080510,410,4,4.00,4.00,4.00,1,1,0,0,U2",  # 4 %, perhaps estimated
        "H6,826,2024,080430,578,2,2.00,2.00,2.00,1,1,0,0,",  # Norway shares its agreement
        "H6,826,2024,080430,152,2,2.00,2.00,2.00,1,1,0,0,",  # Chile has one that the pack does not know
        "H6,826,2024,080430,N37,2,2.00,2.00,2.00,1,1,0,0,",  # a group
    ]
    reading = wits(tmp_path, PREFERENCES + "\n".join(rows), ReadOptions(pack="gb"))
    assert rates(reading) == [
        ("080430", "gb_kr", "2 %"),
        ("080450", "gb_kr", "free"),
    ]
    why = [each.why for each in [*reading.unread, *reading.not_in_pack]]
    for text, word in zip(why, ("no preference", "estimates", "with NO alone", "with CL alone", "N37"), strict=True):
        assert word in text


def test_an_advanced_query_names_its_duty_type(tmp_path: Path) -> None:
    rows = [
        "H6,H6,458,Malaysia,80430,Pineapples,000,World,2024,2024,CMT,MFN,15,15,15,15,2",  # a spreadsheet ate the nought
        "H6,H6,458,Malaysia,080440,Avocados,000,World,2024,2024,CMT,BND,25,25,25,25,2",
        "H6,H6,458,Malaysia,080440,Avocados,392,Japan,2024,2024,CMT,AHS,0,0,0,0,2",
        "H6,H6,458,Malaysia,080440,Avocados,392,Japan,2024,2024,CMT,XYZ,0,0,0,0,2",
    ]
    for text in (QUERY + "\n".join(rows), (QUERY + "\n".join(rows)).replace(",", "\t")):
        reading = wits(tmp_path, text)
        assert rates(reading) == [("080430", "mfn", "15 %")]
        assert any("2 (bound or effectively applied" in note for note in reading.notes)
        assert any("does not say whether estimates" in note for note in reading.notes)
        assert [each.why for each in reading.not_in_pack] == ["The duty type XYZ is not known."]


def test_an_estimate_of_the_api_is_not_a_rate(tmp_path: Path) -> None:
    head = "REPORTER,PARTNER,PRODUCTCODE,TIME_PERIOD,DATATYPE,TARIFFTYPE,OBS_VALUE,MIN_RATE,MAX_RATE,TOTALNOOFLINES\n"
    rows = ["458,000,080430,2024,Reported,MFN,15,15,15,2", "458,000,080440,2024,AveEstimated,MFN,15,15,15,2"]
    assert rates(wits(tmp_path, head + "\n".join(rows))) == [("080430", "mfn", "15 %")]


def test_two_different_rows_are_not_a_rate(tmp_path: Path) -> None:
    row = "H6,458,2024,080430,15,15,15,15,0,0,0,1,1,1,\n"
    assert rates(wits(tmp_path, BULK + row + row)) == [("080430", "mfn", "15 %")]
    reading = wits(tmp_path, BULK + row + row.replace("15,15,15,15", "9,9,9,9") + row)
    assert rates(reading) == []
    assert "job.csv:2 says another rate" in reading.unread[0].why


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "lacks the reporter"),
        ("a,b\n1,2\n", "lacks the reporter"),
        (BULK, "no row below the header"),
        (BULK + "H6,156,2024,080430,15,15,15,15,0,0,0,1,1,1,\n", 'tariff of CN, not of "my"'),
        (BULK + "H6,918,2024,080430,15,15,15,15,0,0,0,1,1,1,\n", 'tariff of 918, not of "my"'),
        (BULK + "H6,458,2024,080430,15,x,15,NaN,0,0,0,1,1,1,\n", '"NaN" is not a number.*"x" is not a number'),
        (BULK + "H6,458,24,080430,15,15,15,15,0,0,0,1,1,1,\n", '"24" is not a year'),
        (BULK + "H6,458,2024,080430\n", "more or fewer cells"),
        (BULK + 'H6,458,2024,"0804\n', "not CSV"),
        (b"PK\x03\x04", "ZIP"),
    ],
)
def test_a_file_that_is_not_from_wits_is_refused(text: str | bytes, says: str, tmp_path: Path) -> None:
    with pytest.raises(ScheduleError, match=rf"(?s){says}") as caught:
        wits(tmp_path, text)
    assert caught.value.file == "job.csv"


def test_economies_by_their_numeric_codes() -> None:
    # ISO 3166-1 numeric and alpha-3 codes.
    iso = {"156": "CN", "392": "JP", "458": "MY", "036": "AU", "36": "AU", "158": "TW", "840": "US", "KOR": "KR"}
    assert {code: economy_of(code) for code in iso} == iso
    assert [economy_of(code) for code in ("000", "WLD", "N37", "MY", "", "9999")] == [None] * 6
    assert has_law_of("eu", "DE")
    assert not has_law_of("eu", "MY")
    assert not has_law_of("eu", "AQ")


def test_the_european_union_reports_under_its_own_number(tmp_path: Path) -> None:
    row = "H6,918,2024,080430,15,15,15,15,0,0,0,1,1,1,\n"
    assert rates(wits(tmp_path, BULK + row, ReadOptions(pack="eu"))) == [("080430", "mfn", "15 %")]
