"""What two nodes have published is asked over the message, compared, and divided as far as the figures say it."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
import pytest

from entrepot.cli import measure_mirror
from entrepot.measure.published_mirror import Cell, compare_published
from entrepot.model.errors import TradeError
from entrepot.trade.kinds import KINDS
from entrepot.trade.nodes.delivering import PeerRefused, ask
from entrepot.trade.nodes.memory import Pair
from entrepot.trade.nodes.statistics_messages import STATISTICS_TABLE, PublishedCell, TableAsked
from entrepot.trade.nodes.types import TYPES
from entrepot.trade_app.nodes import mirror, statistics
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
    found = mirror.mirror_of(peer, ours, theirs)
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
    found = mirror.mirror_of(peer, ours, theirs)
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
        mirror.mirror_of(_peer("CN"), ours, msgspec.structs.replace(theirs, **change))
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
