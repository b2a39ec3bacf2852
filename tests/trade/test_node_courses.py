"""A course of a seller of one node for the buyer of another: opened by a link, its result told as states."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest

from entrepot.trade.courses import course, enrolment
from entrepot.trade.courses.enrolment import Evidence
from entrepot.trade.nodes import visitors
from entrepot.trade.nodes.services import link_of
from entrepot.trade.ports import NotFound
from trade.market import BUYER, SELLER
from trade.two_nodes import TwoNodes

FIELDS = {"title": "Roasting", "summary": "", "language": "en", "source": "pages", "pass_percent": "80"}
OFFER = {
    "titles": {"en": "Course"}, "service": "online_education", "ship_from": "VN", "price": "300.00", "currency": "CNY",
}  # fmt: skip


def test_a_course_is_bought_learned_and_told_and_the_seller_is_owed() -> None:
    nodes = TwoNodes()
    books = nodes.vn.books
    made = books.run(lambda tx: course.create(tx, course.read_fields(FIELDS), seller=SELLER))
    made = books.run(lambda tx: course.publish(tx, made.id, "aa", seller=SELLER))
    offer = nodes.vn.market.offer({**OFFER, "delivery": {"kind": "course", "resource": made.id, "days": 90}})
    copy = nodes.mirror(offer)
    (order,) = nodes.cn.market.place({copy.id: 2}, contact={"name": "张伟"})
    nodes.cn.market.pay(order)
    nodes.run()
    assert nodes.cn.common().status == "accepted"
    (number,) = nodes.vn.order().deliveries
    link = nodes.cn.books.run(lambda tx: link_of(tx, order.id, number, by=BUYER))["link"]
    assert link == f"https://vn.example/en/visitors/{number}/secret/"
    delivery = books.run(lambda tx: visitors.visitor_of(tx, number, "secret"))
    assert (delivery.kind, delivery.quantity, delivery.buyer) == ("course", 2, nodes.vn.peer)
    key = books.run(lambda tx: visitors.key_of(tx, number, "secret"))
    assert books.run(lambda tx: visitors.visitor_with(tx, number, key)) == delivery
    for wrong in ("", "secret", key[:-1] + ("0" if key[-1] != "0" else "1")):
        with pytest.raises(NotFound):
            books.run(partial(visitors.visitor_with, number=number, key=wrong))
    for seat in (1, 2):
        _complete(nodes, made, delivery, seat)
    nodes.run()
    told = nodes.cn.common().deliveries[number]
    assert (told.kind, told.status) == ("course", "delivered")
    assert nodes.cn.order().status == "delivered"
    # Two seats at 300.00 and nothing carried.
    assert nodes.cn.owed() == 60_000 == -nodes.vn.owed()


def _complete(nodes: TwoNodes, made: Any, delivery: Any, seat: int) -> None:
    """A learner of a seat passes: the ledger knows neither name nor account."""
    learner = visitors.learner(delivery.id, seat)
    place = {"delivery": delivery.id, "order": delivery.order, "owners": list(delivery.owners)}
    run = nodes.vn.books.run
    found = run(lambda tx: enrolment.enrol(tx, made, place, enrolment.learner_of(tx, learner), seats=2))
    assert found.seat == seat
    said = Evidence(
        item="li_1", given="90", maximum="100", percent="90", statements=3, chain="c", activity="Completed",
        grading="FullyGraded",
    )  # fmt: skip
    assert run(lambda tx: enrolment.score(tx, found.id, said, decides=True)).status == "completed"
