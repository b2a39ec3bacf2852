"""`entrepot compare`: a table under the law as it is and under an overlay, as a page, as files and as a chart."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from entrepot import app
from entrepot.cli import comparison_page
from entrepot.cli.wrap import cell_len
from entrepot.language import catalogue
from pack_layers import layer

pytest.importorskip("pyarrow")

Run = Callable[..., Any]
FIXED = ("--on", "2026-06-01", "--set", "ship_to_country=ZZ", "--set", "currency=ZZD", "--set", "buyer_kind=business")
#: Coffee of France: customs value 1,000; provisional 10 % of it is 100.00, at 4 % it is 40.00; VAT of 5 % on 1,100.00
#: is 55.00, on 1,040.00 it is 52.00; entry fee 10, statistical fee 1: landed 1,166.00, then 1,103.00, which is 63.00
#: or 5.4 % less. Coffee of Viet Nam with its proof pays 5 % under the agreement before: 50.00 and 52.50, landed
#: 1,113.50, so 10.50 less. The code of the third has three digits.
TABLE = """consignment,hs_code,amount,ship_from_country,proof_of_origin,shipping_cost,insurance_cost,transport
A,0901.21,1000,FR,,0,0,sea
B,0901.21,1000,VN,zz_fta,0,0,sea
C,691,10,AU,,0,0,sea
"""


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a table and an overlay: roasted coffee at 4 %."""
    (tmp_path / "in.csv").write_text(TABLE)
    layer(tmp_path / "four", 'kind = "overlay"\ntrust = "unchecked"', tariff="goods,treatment,rate\n090121,mfn,4 %")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def words(*more: str) -> list[str]:
    return ["compare", "in.csv", "--overlay", "four", *FIXED, *more]


def test_the_page_shows_changes_and_rows_not_compared(entrepot: Run, here: Path) -> None:
    ended = entrepot(*words())
    assert (ended.code, ended.err) == (0, "")
    said = ended.out.replace("\xa0", " ")
    for line in (
        "   duties         150.00     80.00  −70.00  −46.7 %",
        "   landed cost  2,279.50  2,206.00  −73.50   −3.2 %",
        "   09 · FR · ordinary/mfn                       1  1,166.00  −63.00  −5.4 %",
        "   09 · VN · ordinary/zz_fta → ordinary/mfn     1  1,113.50  −10.50  −0.9 %",
        "   ordinary/zz_fta → ordinary/mfn     1      1",
        " Not compared, and not in the sums above  1 · 33.3 %",
        "   invalid_hs_code 1",
    ):
        assert line in said.splitlines()
    assert "Static comparison: the same sales at the same prices" in said
    assert [path.name for path in here.iterdir() if path.name.startswith(".")] == []


def test_the_notes_of_the_page_and_of_the_comparison_are_the_same() -> None:
    from entrepot.batch.compare.result import NOTES

    assert comparison_page.NOTES == NOTES


@pytest.mark.parametrize("language", list(catalogue.LANGUAGES))
@pytest.mark.parametrize("width", [60, 80, 120])
def test_no_line_is_wider_than_the_window(
    entrepot: Run, here: Path, monkeypatch: pytest.MonkeyPatch, language: str, width: int
) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    ended = entrepot(*words("--lang", language))
    longest = max(ended.out.splitlines(), key=cell_len)
    assert cell_len(longest) <= width, longest


def test_the_largest_changes_come_first_and_the_rest_is_counted(entrepot: Run, here: Path) -> None:
    origins = ["AU", "BR", "CA", "CH", "DE", "GB", "ID", "IN", "IT", "JP"]
    head = TABLE.splitlines()[0]
    rows = [f"{place},0901.21,{1000 + 100 * place},{origin},,0,0,sea" for place, origin in enumerate(origins)]
    (here / "in.csv").write_text("\n".join([head, *rows]) + "\n")
    ended = entrepot(*words("--by", "origin"))
    shown = [line.split()[0] for line in ended.out.splitlines() if line.split()[:1] and line.split()[0] in origins]
    assert shown == origins[:1:-1]  # all pay 6 % less duty, so the dearest change most
    assert "… and 2 more: --to FILE contains all." in ended.out


def test_json_and_files_have_the_same_figures(entrepot: Run, here: Path) -> None:
    ended = entrepot(*words("--json", "--to", "out.json", "--each", "each.jsonl"))
    body = json.loads(ended.out)
    assert body == json.loads((here / "out.json").read_text())
    assert (body["object"], body["rows"], body["by"]) == ("comparison", 3, ["chapter", "origin", "way"])
    total = next(each for each in body["totals"] if each["out_currency"])
    assert total["landed"] == {"before": "2279.50", "after": "2206.00", "change": "-73.50", "percent": "-3.22"}
    (move,) = body["moves"]
    assert (move["treatment"], move["treatment_after"], move["rows"]) == ("zz_fta", "mfn", 1)
    assert body["not_compared"] == [{"fault": "invalid_hs_code", "fault_after": "invalid_hs_code", "rows": 1}]
    rows = [json.loads(line) for line in (here / "each.jsonl").read_text().splitlines()]
    assert [(row["landed"], row["landed_after"]) for row in rows] == [
        ("1166.00", "1103.00"),
        ("1113.50", "1103.00"),
        (None, None),
    ]


@pytest.mark.parametrize("name", ["out.csv", "out.csv.gz", "out.jsonl", "out.parquet", "out.arrow"])
def test_the_groups_are_written_in_any_format(entrepot: Run, here: Path, name: str) -> None:
    from entrepot.batch.formats.readers import open_source
    from entrepot.batch.run.paths import parse_location

    ended = entrepot(*words("--to", name, "--by", "chapter, way"))
    assert f"{name} was written." in ended.out
    source = open_source(here / name, parse_location(name, None).kind)
    rows = [row for batch in source.batches() for row in batch.to_pylist()]
    assert [str(row["level"]) for row in rows] == ["total", "total", "group", "group", "group"]
    assert {float(row["landed_change"]) for row in rows if row["landed_change"]} == {-73.5, -63.0, -10.5}


def test_a_chart_is_reproducible_and_names_its_overlay(entrepot: Run, here: Path) -> None:
    pytest.importorskip("matplotlib")
    for name in ("one.svg", "two.svg"):
        assert entrepot(*words("--chart", name, "--quiet")).out == ""
    drawn = (here / "one.svg").read_bytes()
    assert drawn == (here / "two.svg").read_bytes()
    root = ET.fromstring(drawn)
    assert root.tag.endswith("svg")
    assert b"What if: four" in drawn  # its title; the letters are drawn as shapes
    assert b"<dc:date>" not in drawn


def test_the_texts_of_a_chart_do_not_overlap(here: Path) -> None:
    """Laid out by matplotlib itself: the boxes of all texts are apart and inside the picture."""
    mpl = pytest.importorskip("matplotlib")
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.text import Text

    from entrepot.batch.compare import chart
    from entrepot.batch.compare.run import CompareJob, compare_file
    from entrepot.batch.run.paths import parse_location

    head = TABLE.splitlines()[0]
    origins = ["AU", "BR", "CA", "CH", "DE", "GB", "ID", "IN", "IT", "JP", "KR", "MY", "NZ", "PH"]
    rows = [f"{place},0901.21,{10**place},{origin},,0,0,sea" for place, origin in enumerate(origins)]
    (here / "in.csv").write_text("\n".join([head, "x,0901.21,1000,VN,zz_fta,0,0,sea", *rows]) + "\n")
    fixed = {"ship_to_country": "ZZ", "currency": "ZZD", "buyer_kind": "business", "date": "2026-06-01"}
    by = ("chapter", "heading", "origin", "destination", "way")
    job = CompareJob(source=parse_location("in.csv", None), constants=fixed, by=by)
    found = compare_file(job, app.comparison_contexts([Path("four")]), lambda _rows, _share: None)
    with mpl.rc_context(chart.STYLE):
        figure = chart.build_figure(found)
        FigureCanvasAgg(figure)
        figure.draw_without_rendering()
        texts = [each for each in figure.findobj(Text) if each.get_text().strip() and each.get_visible()]
        boxes = [(each.get_text(), each.get_window_extent().padded(-1)) for each in texts]
    whole = figure.bbox
    assert len(boxes) > 30
    for place, (text, box) in enumerate(boxes):
        assert whole.x0 <= box.x0 < box.x1 <= whole.x1, text
        assert whole.y0 <= box.y0 < box.y1 <= whole.y1, text
        for other, at in boxes[place + 1 :]:
            assert not box.overlaps(at), (text, other)


def test_without_matplotlib_the_error_says_how_to_install_it(
    entrepot: Run, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    ended = entrepot(*words("--chart", "out.svg"))
    assert ended.code == 2
    assert "Install entrepot[chart]" in ended.err


@pytest.mark.parametrize(
    ("typed", "code", "says"),
    [
        (["compare"], 2, "IN"),
        (["compare", "in.csv"], 2, "--overlay is required"),
        (["compare", "in.csv", "--overlay", "none"], 5, "none does not exist"),
        (["compare", "none.csv", "--overlay", "four"], 2, "does not exist"),
        (words("--by", "chaptre"), 3, 'Did you mean "chapter"'),
        (words("--chart", "out.png"), 2, "its name must end in .svg"),
        (words("--to", "out.xls"), 3, "does not show a format"),
        (words("--to", "-"), 3, "name a file"),
        (words("--to", "in.csv"), 3, "is the input itself"),
        (words("--to", "out.csv", "--each", "out.csv"), 3, "name two files"),
        (words("--to", "none/out.csv"), 2, "does not exist. Create it first"),
        (words("--map", "hs_code"), 2, "--map must have the form"),
    ],
)
def test_errors_are_one_sentence(entrepot: Run, here: Path, typed: list[str], code: int, says: str) -> None:
    ended = entrepot(*typed)
    assert ended.code == code, ended.err
    assert says in ended.err
    assert sorted(path.name for path in here.iterdir()) == ["four", "in.csv"]


def test_an_error_in_an_overlay_names_its_row(entrepot: Run, here: Path) -> None:
    (here / "four" / "tariff.csv").write_text(
        "goods,treatment,rate,since,cite,trust\n0901,mfn,much,2026-01-01,schedule,official\n"
    )
    ended = entrepot(*words("--to", "out.csv"))
    assert ended.code == 1
    assert "four/tariff.csv:2 [rate]" in ended.err
    assert not (here / "out.csv").exists()


def test_a_table_without_comparable_rows_has_an_exit_code(entrepot: Run, here: Path) -> None:
    (here / "in.csv").write_text("\n".join(TABLE.splitlines()[::3]) + "\n")
    ended = entrepot(*words())
    assert ended.code == 4
    assert "100.0" in ended.out
    (here / "in.csv").write_text(TABLE.splitlines()[0] + "\n")
    ended = entrepot(*words("--chart", "none.svg"))
    assert ended.code == 0
    assert "0 rows" in ended.out
