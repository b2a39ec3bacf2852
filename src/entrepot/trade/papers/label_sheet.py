"""The text of a label in Chinese for prepackaged food that is imported (GB 7718), as far as its elements are known.

The elements are those that pages name for imported food under GB 7718-2011 (until GB 7718-2025 takes effect on
2027-03-16): name, ingredients, net content, dates, storage, country of origin, and the agent, importer or distributor
in China. The standard itself was not read. Nutrition (GB 28050) and the wording are the importer's task.
"""

from __future__ import annotations

from decimal import Decimal

from entrepot.trade.papers.kinds import KINDS
from entrepot.trade.papers.paper import Paper, PaperLine, plain
from entrepot.trade.papers.sheet import (
    EXPORTER,
    IMPORTER,
    PRODUCER,
    Box,
    Names,
    Sheet,
    country,
    line_text,
    party_text,
    written_day,
)

CHINESE = "zh"


def label_sheet(paper: Paper, names: Names) -> Sheet:
    """The text of the labels, the goods one after another."""
    boxes: list[Box] = []
    for line in paper.lines:
        boxes += _label(paper, line, names)
    return Sheet(
        title="中文标签 Label in Chinese",
        number=paper.number,
        date=written_day(paper.date, CHINESE),
        boxes=tuple(boxes),
        mark=KINDS[paper.kind].draft,
        language=CHINESE,
    )


def _label(paper: Paper, line: PaperLine, names: Names) -> list[Box]:
    goods, more = line.goods, line.more
    prefix = f"line{line.number}_" if len(paper.lines) > 1 else ""
    found = [
        ("name", "食品名称", goods.titles.get(CHINESE, ""), EXPORTER),
        ("ingredients", "配料表", more.get("ingredients", ""), PRODUCER),
        ("net_content", "净含量", _net(line), EXPORTER),
        ("specification", "规格", goods.specification, ""),
        ("origin", "原产国(地区)", country(line.origin, names, CHINESE), EXPORTER),
        ("produced", "生产日期", written_day(more.get("produced", ""), CHINESE), PRODUCER),
        ("shelf_life", "保质期", more.get("shelf_life") or written_day(more.get("best_before", ""), CHINESE), PRODUCER),
        ("storage", "贮存条件", more.get("storage", ""), PRODUCER),
        ("agent", "境内代理商、进口商或经销者的名称、地址和联系方式", _agent(paper, names), IMPORTER),
        ("producer", "生产者", party_text(paper.party("producer"), names, CHINESE), ""),
        ("registration", "境外生产企业在华注册编号", line_text(line, "producer_registration", "cn_food"), PRODUCER),
        ("batch", "批号", more.get("batch", ""), ""),
        ("nutrition", "营养成分表 (GB 28050)", "", IMPORTER),
    ]
    return [
        Box(key=prefix + key, label=label, value=value, by=by, language=CHINESE, wide=key in ("name", "agent"))
        for key, label, value, by in found
    ]


def _agent(paper: Paper, names: Names) -> str:
    """The agent in China. An incomplete one is left out: the label needs name, address and contact."""
    agent = paper.party("agent")
    return party_text(agent, names, CHINESE) if agent.name and agent.address and agent.telephone else ""


def _net(line: PaperLine) -> str:
    """The net content of one piece: in grams below one kilogram; in millilitres below one litre.

    >>> from entrepot.trade.offers import Goods
    >>> def of(**measures):
    ...     return _net(PaperLine(number=1, goods=Goods(titles={}, measures=measures), quantity=1, price=1, amount=1))
    >>> of(net_mass_kg="0.5"), of(net_mass_kg="3"), of(litres="0.75"), of()
    ('500克', '3千克', '750毫升', '')
    """
    measures = line.goods.measures
    for name, small, large in (("litres", "毫升", "升"), ("net_mass_kg", "克", "千克")):
        if name in measures:
            value = Decimal(measures[name])
            return f"{plain(value)}{large}" if value >= 1 else f"{plain(value * 1000)}{small}"
    return ""
