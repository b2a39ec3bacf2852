"""The grammar of the labels before rates: the goods, quota, partners or season of a rate in Japan's schedule."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from lark import Lark, Transformer, UnexpectedInput
from lark.exceptions import VisitError

from entrepot.model.errors import in_quotes

GRAMMAR = r"""
    start: season | OUTSIDE -> outside | REST -> rest | WTO_QUOTA -> wto_quota | (whom | WORDS)+ -> words
    season: "毎年" NUMBER "月" NUMBER "日から" YEAR NUMBER "月" (NUMBER | LAST) "日までに輸入されるもの"
    whom: "(" ECONOMY ((AND) ECONOMY)* "に対する待遇)" | OTHERS
    OUTSIDE.5: "関税割当数量以外のもの"
    REST.5: /その他のもの$/
    OTHERS.5: "(他の締約国に対する待遇)"
    WTO_QUOTA.5: /世界貿易機関設立協定の日本国の譲許表における関税割当て$/
    ECONOMY: "オーストラリア" | "カナダ" | "チリ" | "ニュージーランド" | "ベトナム" | "マレーシア"
    AND: "及び" | "、"
    YEAR: "同年" | "翌年"
    LAST: "末"
    NUMBER: /\d+/
    WORDS.-1: /((?!\([^()]*に対する待遇\)).)+/
"""
ECONOMIES = {
    "オーストラリア": "AU",
    "カナダ": "CA",
    "チリ": "CL",
    "ニュージーランド": "NZ",
    "ベトナム": "VN",
    "マレーシア": "MY",
}
#: Words of a rate that requires a licence within a quantity.
_QUOTA = ("関税割当数量以内", "向けの関税割当て", "特恵輸入対象", "関税割当ての証明書")


@dataclass(frozen=True, slots=True)
class Label:
    """The scope of a rate.

    `kind`: `all` (no label), `season`, `partners`, `quota`, `wto_quota`, `outside` (of the quota), `rest` (everything
    that no earlier line of the cell covers) or `goods` (in words). `partners`: economies, with `others` for those that
    no other line of the cell names.
    """

    kind: str
    partners: frozenset[str] = frozenset()
    season: str = ""


class _Reader(Transformer[Any, Any]):
    """Converts the tree to a label."""

    def start(self, found: list[Any]) -> Label:
        return Label("season", season=str(found[0]))

    def outside(self, _found: list[Any]) -> Label:
        return Label("outside")

    def rest(self, _found: list[Any]) -> Label:
        return Label("rest")

    def wto_quota(self, _found: list[Any]) -> Label:
        return Label("wto_quota")

    def words(self, found: list[Any]) -> Label:
        partners = frozenset[str]().union(*(each for each in found if isinstance(each, frozenset)))
        words = "".join(each for each in found if isinstance(each, str))
        if not words:
            return Label("partners", partners)
        return Label("quota" if any(each in words for each in _QUOTA) else "goods", partners)

    def whom(self, found: list[Any]) -> frozenset[str]:
        return frozenset("others" if each.type == "OTHERS" else ECONOMIES[each] for each in found if each.type != "AND")

    def season(self, found: list[Any]) -> str:
        month, day, _year, until, last = found
        ends = int(last) if last != "末" else 29
        return f"{int(month):02d}-{int(day):02d}..{int(until):02d}-{ends:02d}"


@lru_cache(maxsize=1)
def _parser() -> Lark:
    return Lark(GRAMMAR, parser="lalr", transformer=_Reader())


@lru_cache(maxsize=2048)
def read_label(text: str) -> Label:
    """Read a label, with half-width brackets as in a statement of `jp.rates`. Raises ValueError if it is not one.

    >>> read_label("毎年11月1日から翌年2月末日までに輸入されるもの").season
    '11-01..02-29'
    >>> read_label("関税割当数量以内のもの(チリに対する待遇)")
    Label(kind='quota', partners=frozenset({'CL'}), season='')
    >>> read_label("くらげ").kind, read_label("その他のもの").kind
    ('goods', 'rest')
    """
    if not text:
        return Label("all")
    try:
        return _parser().parse(text)  # type: ignore[return-value]  # the transformer yields a label, not a tree
    except (UnexpectedInput, VisitError) as error:
        raise ValueError(f"the label {in_quotes(text)} cannot be read: {error}") from None
