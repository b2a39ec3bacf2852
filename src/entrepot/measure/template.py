"""The reporting template of the Handbook on Measuring Digital Trade (2nd edition, IMF-OECD-UNCTAD-WTO, 2023) as rows.

The printed table was not seen: the logic of the rows is that of the definitions, and the numbers are data, so that they
can be renamed without other code. Amounts are lower bounds where something is not known: then the row says "at least".
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from entrepot.language.translate import N_


class Row(NamedTuple):
    """A row: its id in the template, its measure, what it is called, and the row whose part it is ("" for none)."""

    id: str
    measure: str
    name: str
    part_of: str = ""


ROWS: tuple[Row, ...] = (
    Row("1", "total", N_("Total digital trade")),
    Row("2", "ordered", N_("Digitally ordered trade")),
    Row("2.1", "ordered_goods", N_("Goods ordered digitally")),
    Row("2.1.a", "ordered_goods_dip", N_("Goods ordered digitally, by way of platforms"), "2.1"),
    Row("2.2", "ordered_services", N_("Services ordered digitally")),
    Row("2.2.a", "ordered_services_dip", N_("Services ordered digitally, by way of platforms"), "2.2"),
    Row("3", "delivered", N_("Digitally delivered services")),
    Row("3.a", "delivered_dip", N_("Digitally delivered services, by way of platforms"), "3"),
    Row("4", "both", N_("Ordered and delivered digitally (counted once)"), "2.2"),
    Row("A1", "dis", N_("For information: services of platforms (their fees)"), "4"),
    Row("A2", "deliverable", N_("For information: services that could be delivered digitally")),
)
MEASURES: tuple[str, ...] = tuple(each.measure for each in ROWS)
#: Sums that hold in each table, as (the sum, what is added, what is taken off).
IDENTITIES: tuple[tuple[str, tuple[str, ...], tuple[str, ...]], ...] = (
    ("total", ("ordered", "delivered"), ("both",)),
    ("ordered", ("ordered_goods", "ordered_services"), ()),
)
#: Rows that are a part of another one: (the part, the whole).
PARTS: tuple[tuple[str, str], ...] = (
    ("ordered_goods_dip", "ordered_goods"),
    ("ordered_services_dip", "ordered_services"),
    ("delivered_dip", "delivered"),
    ("both", "ordered_services"),
    ("both", "delivered"),
    ("dis", "both"),
)


class Answers(NamedTuple):
    """What is known of a transaction; None where it is not.

    `dip`: by way of a digital platform; `fee`: it is itself the fee of a platform.
    """

    service: bool
    ordered: bool | None
    delivered: bool | None
    dip: bool | None
    deliverable: bool | None
    fee: bool = False


def counted(answers: Answers) -> Mapping[str, bool | None]:
    """For each measure whether a transaction is in it: True, False, or None where the answers do not say it.

    >>> found = counted(Answers(service=True, ordered=True, delivered=None, dip=True, deliverable=True))
    >>> found["ordered"], found["delivered"], found["both"], found["total"]
    (True, None, None, True)
    """
    service, ordered, delivered, dip, deliverable, fee = answers
    delivered = delivered if service else False
    goods_ordered = False if service else ordered
    service_ordered = ordered if service else False
    return {
        "total": _either(ordered, delivered),
        "ordered": ordered,
        "ordered_goods": goods_ordered,
        "ordered_goods_dip": _all(goods_ordered, dip),
        "ordered_services": service_ordered,
        "ordered_services_dip": _all(service_ordered, dip),
        "delivered": delivered,
        "delivered_dip": _all(delivered, dip),
        "both": _all(service_ordered, delivered),
        "dis": fee,
        "deliverable": deliverable if service else False,
    }


def _all(one: bool | None, other: bool | None) -> bool | None:
    if one is False or other is False:
        return False
    return True if one and other else None


def _either(one: bool | None, other: bool | None) -> bool | None:
    if one or other:
        return True
    return False if one is False and other is False else None


def row_of(measure: str) -> Row:
    """The row of a measure. Raises KeyError.

    >>> row_of("both").id
    '4'
    """
    return _BY_MEASURE[measure]


_BY_MEASURE = {each.measure: each for each in ROWS}
