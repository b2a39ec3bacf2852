"""What the ledger says of the goals of a programme: orders, sellers, time to release, people trained, items done.

Only this node's ledger is read: what another node counts is not in it. Orders count from their placing on the days of
the programme, cancelled ones not. A learner counts once, by the keyed hash of the person.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from statistics import median
from typing import NamedTuple

from entrepot.trade.courses.enrolment import Enrolment
from entrepot.trade.ids import new_id
from entrepot.trade.orders import Order
from entrepot.trade.programmes.programme import Programme


class Measured(NamedTuple):
    """An indicator as measured. `value`: None where nothing can be measured yet; `target`: None without a goal."""

    indicator: str
    value: int | None
    target: int | None

    @property
    def reached(self) -> bool | None:
        """Whether the goal is reached; None without a goal or a value.

        >>> Measured("orders", 12, 10).reached, Measured("release_hours", 30, 24).reached
        (True, False)
        >>> Measured("orders", 3, None).reached
        """
        if self.value is None or self.target is None:
            return None
        return self.value <= self.target if self.indicator == "release_hours" else self.value >= self.target


def id_range(programme: Programme, prefix: str) -> tuple[str, str]:
    """The ids of the objects that were created on the days of a programme (UTC): from the first to before the second.

    >>> days = {"starts": "2026-03-01", "ends": "2026-03-01", "field": "industry_promotion"}
    >>> one = Programme(id="pg_1", status="running", organization="og_1", created="", title="", economies=(), **days)
    >>> id_range(one, "or_")
    ('or_019ca6b1dc0070008000000000000000', 'or_019cabd8380070008000000000000000')
    """
    first = dt.datetime.combine(dt.date.fromisoformat(programme.starts), dt.time(), dt.UTC)
    after = dt.datetime.combine(dt.date.fromisoformat(programme.ends), dt.time(), dt.UTC) + dt.timedelta(days=1)
    return new_id(prefix, first, bytes(8)), new_id(prefix, after, bytes(8))


def counts(programme: Programme, order: Order, pavilion_of: Mapping[str, str]) -> bool:
    """Whether an order counts for a programme. `pavilion_of`: by the id of an offer, the pavilion in which it is."""
    if order.state == "cancelled":
        return False
    if programme.pavilions and not any(pavilion_of.get(line.offer) in programme.pavilions for line in order.lines):
        return False
    if programme.warehouses and order.warehouse not in programme.warehouses:
        return False
    if programme.pavilions or programme.warehouses:
        return True
    partners = set(programme.economies)
    origins = {line.goods.ship_from for line in order.lines} & partners
    return order.ship_to.country in partners and bool(origins - {order.ship_to.country})


def measure(
    programme: Programme,
    orders: Iterable[Order],
    enrolments: Iterable[Enrolment],
    release_hours: Mapping[str, float],
) -> tuple[Measured, ...]:
    """Every indicator of a programme, measured.

    `orders`: those that count; `enrolments`: of the days of the programme; `release_hours`: by the id of an order, the
    hours from its declaration to its release.
    """
    found = list(orders)
    hours = [release_hours[order.id] for order in found if order.id in release_hours]
    trained = {
        each.learner
        for each in enrolments
        if each.completed and (not programme.courses or each.course in programme.courses)
    }
    values: dict[str, int | None] = {
        "orders": len(found),
        "sellers": len({order.seller for order in found}),
        "release_hours": round(median(hours)) if hours else None,
        "people_trained": len(trained),
        "items_done": programme.items_done if programme.items else None,
    }
    targets = {goal.indicator: goal.target for goal in programme.goals}
    return tuple(Measured(name, value, targets.get(name)) for name, value in values.items())
