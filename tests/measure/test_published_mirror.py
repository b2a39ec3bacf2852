"""What two nodes have published is asked over the message, compared, and divided as far as the figures say it."""

from __future__ import annotations

import os
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from entrepot.cli import measure_mirror
from entrepot.measure.disclosure import Controlled
from entrepot.measure.lines import LedgerLine, Party
from entrepot.measure.mirror import Side
from entrepot.measure.mirror import mirror as mirror_of_lines
from entrepot.measure.periods import neighbours
from entrepot.measure.published_mirror import REASONS, Cell, Known, Tables, compare_published
from entrepot.measure.template import MEASURES
from entrepot.measure.transactions import FLOWS
from entrepot.model.errors import TradeError
from entrepot.model.money import in_minor
from entrepot.trade.kinds import KINDS
from entrepot.trade.nodes.delivering import PeerRefused, ask
from entrepot.trade.nodes.memory import Pair
from entrepot.trade.nodes.statistics_messages import STATISTICS_TABLE, PublishedCell, TableAsked
from entrepot.trade.nodes.types import TYPES
from entrepot.trade_app.nodes import mirror, officers, operating, statistics
from entrepot.trade_app.statistics import synthetic, vintages
from entrepot.trade_app.statistics.making import make
from trade.tally import Clock

ASKED = TableAsked(period="2025", currency="CNY")
LINES = list(synthetic.draw(3_000, year=2025))


def publish(folder: Path, reporter: str, *valuations: str) -> None:
    """Export tables of the drawn year, as `measure export` does."""
    for valuation in valuations:
        vintages.keep(folder, vintage(reporter, valuation))


@cache
def vintage(reporter: str, valuation: str) -> vintages.Vintage:
    made = make(LINES, reporter, "2025", "CNY", lambda _c, _d: None, 2, valuation=valuation)
    return vintages.vintage_of(made.observations(), valuation, "2026-02-01T10:00:00+00:00")


@pytest.fixture
def folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Path]:
    """The data folders of two nodes; that of Viet Nam is the one of this process."""
    found = {economy: tmp_path / economy for economy in ("VN", "CN")}
    monkeypatch.setenv("ENTREPOT_DATA", str(found["VN"]))
    return found


def published(economy: str, partner: str, folders: dict[str, Path], monkeypatch: pytest.MonkeyPatch) -> Any:
    with monkeypatch.context() as other:
        other.setenv("ENTREPOT_DATA", str(folders[economy]))
        return statistics.published(ASKED, economy, partner)


def asked(pair: Pair, body: TableAsked, folders: dict[str, Path], monkeypatch: pytest.MonkeyPatch) -> Any:
    """Viet Nam's node asks China's."""
    answers = {
        STATISTICS_TABLE.name: lambda _body, peer: published("CN", peer.economy, folders, monkeypatch),
    }
    to = pair.left.transport.to
    assert to is not None
    pair.left.transport.to = to._replace(node=to.node._replace(services=answers))
    return ask(pair.left.post, pair.left.peer, STATISTICS_TABLE, body)


def opened(**given: Any) -> Pair:
    return Pair.open(KINDS, now=Clock(), random=os.urandom, types=TYPES, **given)


def test_a_node_asks_what_the_other_published_and_compares(
    folders: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(folders["VN"], "VN", "FOB")
    publish(folders["CN"], "CN", "FOB", "CIF")
    pair = opened()
    theirs = asked(pair, ASKED, folders, monkeypatch)
    assert [each.valuation for each in theirs.tables] == ["FOB", "CIF"]
    ours = published("VN", theirs.reporter, folders, monkeypatch)
    peer = msgspec.structs.replace(pair.left.books.read(pair.left.peer), economy="CN")
    found = mirror.mirror_of(peer, mirror.Answers(ours, theirs))
    assert found["compared"]
    (vn_cn, cn_vn) = found["flows"]
    assert (vn_cn["exporter"], vn_cn["importer"], len(vn_cn["rows"])) == ("VN", "CN", 11)
    row = next(each for each in vn_cn["rows"] if each["measure"] == "ordered_goods")
    # Both drew the same orders: what differs is the carriage, a twentieth of the price (rounded down).
    sold = [each for each in LINES if (each.seller.economy, each.buyer.economy, each.service) == ("VN", "CN", False)]
    assert row["why"] == "held_back" or row["reasons"] == [
        {"reason": "cif_fob", "amount": f"-{sum(each.freight or 0 for each in sold) / 100:.2f}"}
    ]
    for each in (*vn_cn["rows"], *cn_vn["rows"]):
        assert (each["gap"] is None) == bool(each["why"])
    assert any("VN has published: FOB" in line for line in measure_mirror.published_lines(found))


def test_nothing_is_compared_where_nothing_was_published(
    folders: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(folders["VN"], "VN", "FOB")
    theirs = asked(opened(), ASKED, folders, monkeypatch)
    assert theirs.tables == ()
    ours = published("VN", "CN", folders, monkeypatch)
    peer = _peer(theirs.reporter)
    found = mirror.mirror_of(peer, mirror.Answers(ours, theirs))
    assert (found["compared"], [each["rows"] for each in found["flows"]]) == (False, [[], []])
    assert any("Nothing was compared" in line for line in measure_mirror.published_lines(found))


def _peer(economy: str) -> Any:
    pair = opened()
    return msgspec.structs.replace(pair.left.books.read(pair.left.peer), economy=economy)


def test_without_the_capability_nothing_is_answered(folders: dict[str, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    pair = opened(capabilities=("quote",))
    with pytest.raises((TradeError, PeerRefused), match="capability"):
        asked(pair, ASKED, folders, monkeypatch)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"reporter": "TH"}, "'TH' 'VN' '2025' 'CNY'"),
        ({"period": "2024"}, "'CN' 'VN' '2024' 'CNY'"),
        ({"valuation": "\x1b[2J"}, r"'\x1b[2J'"),
        ({"cell": {"value": "1e9"}}, "'1e9'"),
        ({"cell": {"flow": "both"}}, "both"),
        ({"cell": {"measure": "x"}}, " 'x' "),
        ({"cell": {"status": "Z"}}, "exports"),
    ],
)
def test_an_answer_that_was_not_asked_is_refused(
    change: dict[str, Any], said: str, folders: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(folders["CN"], "CN", "FOB")
    theirs = published("CN", "VN", folders, monkeypatch)
    ours = published("VN", "CN", folders, monkeypatch)
    if cell := change.pop("cell", None):
        bad = msgspec.structs.replace(PublishedCell(flow="exports", measure="total", value="1"), **cell)
        table = msgspec.structs.replace(theirs.tables[0], cells=(bad,))
        change = {"tables": (table,)}
    if "valuation" in change:
        change = {"tables": (msgspec.structs.replace(theirs.tables[0], **change),)}
    with pytest.raises(TradeError, match="which was not asked") as found:
        mirror.mirror_of(_peer("CN"), mirror.Answers(ours, msgspec.structs.replace(theirs, **change)))
    assert said in str(found.value)


def test_a_period_that_is_none_is_refused() -> None:
    with pytest.raises(TradeError, match="is not a period"):
        statistics.published(TableAsked(period="../25", currency="CNY"), "CN", "VN")
    with pytest.raises(TradeError, match="is not a currency"):
        statistics.published(TableAsked(period="2025", currency="../"), "CN", "VN")


def test_the_reasons_of_published_figures_add_up() -> None:
    ours = {"FOB": {("exports", "total"): Cell(10_000)}}
    theirs = {"FOB": {("imports", "total"): Cell(9_000)}, "CIF": {("imports", "total"): Cell(10_400)}}
    found = compare_published(ours, theirs)[0]
    # 100.00 - 104.00 = -4.00: of it the carriage is 90.00 - 104.00 = -14.00, and 10.00 are not explained.
    assert (found.gap, found.reasons, found.at_least) == (-400, {"cif_fob": -1_400, "unexplained": 1_000}, False)
    # A sale of which one valuation is not known is no carriage: 100.00 - 104.00 is not explained.
    unsure = {**theirs, "FOB": {("imports", "total"): Cell(1_000, at_least=True)}}
    assert compare_published(ours, unsure)[0].reasons == {"unexplained": -400}
    held = {"CIF": {("imports", "total"): Cell(None, "Q")}}
    assert (compare_published(ours, held)[0].why, compare_published(ours, {"CIF": {}})[0].why) == (
        "held_back",
        "not_known",
    )
    assert compare_published(ours, {}) == ()


CELLS = st.builds(Cell, st.none() | st.integers(0, 50), st.just("A"), st.sampled_from([False, False, False, True]))
SIDE = st.fixed_dictionaries(
    {}, optional={each: st.dictionaries(st.sampled_from([(f, m) for f in FLOWS for m in MEASURES]), CELLS)
                  for each in ("FOB", "CIF", "price")}
)  # fmt: skip


@given(*(st.tuples(SIDE, SIDE) for _ in range(4)))
def test_all_reasons_add_up_and_none_exceeds_what_is_left(now: Any, before: Any, after: Any, earlier: Any) -> None:
    for found in compare_published(now[0], now[1], Known(before, after, earlier)):
        if found.gap is None:
            assert not found.reasons
            continue
        assert sum(found.reasons.values()) == found.gap == (found.exports or 0) - (found.imports or 0)
        left = found.gap - found.reasons.get("cif_fob", 0)
        for name in REASONS[1:]:
            part = found.reasons.get(name, 0)
            assert 0 <= part <= left or left <= part <= 0
            left -= part


def tables(lines: list[LedgerLine], economy: str, partner: str, period: str) -> Tables:
    """What an economy would publish of its trade with a partner, if nothing had to be held back."""
    found: dict[str, Any] = {}
    for valuation in ("FOB", "CIF"):
        made = make(lines, economy, period, "CNY", lambda _c, _d: None, 2, valuation=valuation)
        whole = made._replace(controlled=Controlled(made.table.figures, {}))
        cells = statistics.cells_of(vintages.vintage_of(whole.observations(), valuation, ""), partner)
        found[valuation] = {
            (each.flow, each.measure): Cell(
                in_minor(Decimal(each.value), 2) if each.value else None, each.status, each.at_least
            )
            for each in cells
        }
    return found


def sale(number: int, **given: Any) -> LedgerLine:
    """Goods of 100.00 from Viet Nam to China with a carriage of 5.00, ordered in January."""
    return LedgerLine(**{
        "id": f"or_{number}:1", "match": str(number), "price": 10_000, "freight": 500, "insurance": 0,
        "currency": "CNY",
        "valuation": "FOB", "seller": Party("VN"), "buyer": Party("CN", "S1M"), "order_channel": "digital",
        "delivery_channel": "physical", "platform": "none", "ordered": "2026-01-20", "shipped": "2026-01-25",
        "released": "2026-01-28", "seller_id": "a", "buyer_id": "b", **given,
    })  # fmt: skip


def compared(exports: list[LedgerLine], imports: list[LedgerLine], measure: str, period: str) -> tuple[Any, Any]:
    """The reasons of a measure by what was published, and those by the lines themselves."""
    sides = {each: (tables(exports, "VN", "CN", each), tables(imports, "CN", "VN", each))
             for each in (period, *neighbours(period))}  # fmt: skip
    before, after = (sides[each] for each in neighbours(period))
    rows = compare_published(*sides[period], Known(before, after))
    rate: Any = lambda _currency, _day: None  # noqa: E731
    lines = mirror_of_lines(Side("VN", exports, rate), Side("CN", imports, rate), period, "CNY", measure=measure)
    return next(each.reasons for each in rows if each.measure == measure), lines.reasons


def test_what_arrives_in_the_next_month_is_named_as_time() -> None:
    # Of three sales the second is released in February: the tables of both months show it, as the lines do. In February
    # Viet Nam sells to Thailand only: of a month in which it recorded nothing, nothing is known.
    other = sale(4, buyer=Party("TH"), shipped="2026-02-10")
    both = [sale(1), sale(2, released="2026-02-03"), sale(3), other]
    published, by_lines = compared(both, both, "ordered_goods", "2026-01")
    # The carriage of the two that arrived: 2 × 5.00. The third one: 100.00.
    assert published == by_lines == {"cif_fob": -1_000, "time": 10_000}
    # In February the importer counts it at 105.00: the lines put all of it down to time, the tables know its carriage.
    published, by_lines = compared(both, both, "ordered_goods", "2026-02")
    assert (published, by_lines) == ({"cif_fob": -500, "time": -10_000}, {"time": -10_500})


def test_what_is_counted_in_another_row_is_named_as_classification() -> None:
    # The exporter does not say that the second sale is by way of a platform; the importer says that it is.
    exports = [sale(1), sale(2)]
    imports = [sale(1), sale(2, platform="pn_1")]
    published, by_lines = compared(exports, imports, "ordered_goods_dip", "2026-01")
    assert published == {"cif_fob": -500, "classification": -10_000}
    assert by_lines == {"classification": -10_500}


def test_what_one_side_only_reports_is_named_and_the_rest_is_not_explained() -> None:
    published, by_lines = compared([sale(1)], [sale(9, seller=Party("TH"))], "ordered_goods", "2026-01")
    # China's table has no row of Viet Nam: so it has recorded nothing from there.
    assert published == by_lines == {"coverage": 10_000}
    exports, imports = {"FOB": {("exports", "total"): Cell(100)}}, {"FOB": {("imports", "total"): Cell(0)}}
    assert compare_published(exports, imports)[0].reasons == {"coverage": 100}
    unsure = {"FOB": {("imports", "total"): Cell(0, at_least=True)}}
    assert compare_published(exports, unsure)[0].reasons == {"unexplained": 100}
    some = {"FOB": {("imports", "total"): Cell(1)}}
    assert compare_published(exports, some)[0].reasons == {"unexplained": 99}


def test_what_this_node_revised_since_the_other_table_is_named() -> None:
    # 100 when the importer published 98; 12 came back since, of which the importer knew nothing.
    old, new = ({"FOB": {("exports", "total"): Cell(each)}} for each in (100, 88))
    imports = {"FOB": {("imports", "total"): Cell(98)}}
    assert compare_published(new, imports, Known(earlier=(old, {})))[0].reasons == {"revised": -10}
    assert compare_published(new, imports)[0].reasons == {"unexplained": -10}
    other = {"price": old["FOB"]}
    assert compare_published(new, imports, Known(earlier=(other, {})))[0].reasons == {"unexplained": -10}


def test_the_table_as_it_was_is_read_from_the_vintages(folders: dict[str, Path]) -> None:
    first = vintage("VN", "FOB")
    key = next(each for each, value in first.values.items() if value)
    later = msgspec.structs.replace(first, made="2026-06-01T00:00:00+00:00", values={**first.values, key: "1.00"})
    for each in (first, later):
        vintages.keep(folders["VN"], each)
    at = [
        vintages.last_until(folders["VN"], "VN", "2025", "CNY", moment)
        for moment in ("2026-01-31T23:59:59+00:00", "2026-05-31T23:59:59+02:00", "2026-06-01T00:00:00+00:00")
    ]
    assert at == [[], [first], [later]]


def test_the_neighbouring_periods_are_asked_only_where_a_gap_is_left(
    folders: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    # Orders are not compared one by one: that is closed.
    peer = msgspec.structs.replace(_peer("CN"), capabilities={"statistics": {"in": True, "out": True}})
    other = sale(4, buyer=Party("TH"), shipped="2026-02-10")
    sold = [sale(1), sale(2, released="2026-02-03"), sale(3), other]
    for economy in ("VN", "CN"):
        for month in ("2026-01", "2026-02"):
            for valuation in ("FOB", "CIF"):
                made = make(sold, economy, month, "CNY", lambda _c, _d: None, 2, valuation=valuation, agreed=["a", "b"])
                kept = vintages.vintage_of(made.observations(), valuation, "2026-03-01T10:00:00+00:00")
                vintages.keep(folders[economy], kept)
    periods = []

    def answer(_peer: Any, _kind: Any, asked: TableAsked) -> Any:
        periods.append(asked.period)
        with monkeypatch.context() as there:
            there.setenv("ENTREPOT_DATA", str(folders["CN"]))
            return statistics.published(asked, "CN", "VN")

    monkeypatch.setenv("ENTREPOT_PLATFORM_ECONOMY", "VN")
    monkeypatch.setattr(officers, "find", lambda _number: peer)
    monkeypatch.setattr(operating, "ask", answer)
    found = mirror.mirror_with("pn_1", "2026-01", "CNY")
    row = next(each for each in found["flows"][0]["rows"] if each["measure"] == "ordered_goods")
    assert row["reasons"] == [{"reason": "cif_fob", "amount": "-10.00"}, {"reason": "time", "amount": "100.00"}]
    assert periods == ["2026-01", "2025-12", "2026-02"]
    shown = "\n".join(measure_mirror.published_lines(found))
    assert "another period, at most" in shown
    assert "revised here" not in shown
    assert found["orders"]["why"] == "closed"

    # The time that another node names is read as far as it is one.
    def named(*asked: Any) -> Any:
        made = "2026-03-01T10:00:00.000000+00:00:00.0000 and more"
        told = answer(*asked)
        return msgspec.structs.replace(
            told, tables=tuple(msgspec.structs.replace(each, made=made) for each in told.tables)
        )

    monkeypatch.setattr(operating, "ask", named)
    assert mirror.mirror_with("pn_1", "2026-01", "CNY")["compared"]
    monkeypatch.setattr(operating, "ask", answer)
    periods.clear()
    assert not mirror.mirror_with("pn_1", "2025-12", "CNY")["compared"]
    assert periods == ["2025-12"]
