"""The order goes to the node once, however often it is sent and whatever the node does meanwhile."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.test import override_settings
from django.utils import timezone

from conftest import DETAILS, Buyer, states
from entrepot_oscar.models import Handover, Job, NodeLine, NodeOffer
from entrepot_oscar.offers import UNUSED
from entrepot_oscar.work import LONGEST, Done, tidy, work
from node_double import NodeDouble


@pytest.fixture(autouse=True)
def late(monkeypatch: pytest.MonkeyPatch) -> None:
    """A job that failed is not due again before a test says so, however long the test takes."""
    monkeypatch.setattr("entrepot_oscar.work.FIRST", LONGEST)


def due_again(order: Any) -> None:
    """The pause before another attempt is over."""
    Job.objects.filter(order=order, state=Job.WAITING).update(due=timezone.now())


def test_an_order_is_placed_paid_and_read_and_the_buyer_is_forgotten(node: NodeDouble, buyer: Buyer) -> None:
    order = buyer.buy(coffee=2, tea=1)
    assert states(order) == ("waiting", ["place waiting"], [])
    assert work() == Done(1, 0, 0, 1)
    assert work() == Done(1, 0, 0, 1)
    assert states(order) == ("paid", ["place done", "pay done"], ["created"])
    (path, means) = next(each for each in node.bodies if each[0].endswith("/pay"))
    assert path == "/v1/orders/or_1/pay"
    assert (means["provider"], means["currency"], means["capture"]) == ("sandbox", "CNY", "automatic")
    assert means["payer"] == {**DETAILS, "identity_type": "1"}
    lines = [(each.number, each.line.product.slug, each.quantity) for each in NodeLine.objects.all()]
    assert lines == [(1, "coffee", 2), (2, "tea", 1)]
    assert "contact" not in Handover.objects.get(order=order).request
    order.refresh_from_db()
    assert order.status == "Handed over"
    assert work() == Done()


@pytest.mark.parametrize("faults", [[0], [503, 0, 429], [0, 0, 0, 0]])
def test_a_node_that_is_down_gets_the_order_later_and_once(node: NodeDouble, buyer: Buyer, faults: list[int]) -> None:
    order = buyer.buy(coffee=1)
    node.down = list(faults)
    for tries in range(1, len(faults) + 1):
        assert work() == Done(0, 1, 0, 0)
        job = Job.objects.get(order=order)
        assert job.attempts == tries
        assert job.due > timezone.now() + dt.timedelta(seconds=1)
        assert job.says
        assert work() == Done()  # it is not due
        due_again(order)
    assert work() == Done(1, 0, 0, 1)
    assert list(node.orders) == ["or_1"]


def test_an_order_whose_answer_was_lost_is_not_placed_twice(
    node: NodeDouble, buyer: Buyer, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = buyer.buy(coffee=1)
    answer = node.answer

    def lost(request: Any) -> Any:
        answer(request)
        node.down = [0]
        return answer(request)

    with monkeypatch.context() as patched:
        patched.setattr(node, "answer", lost)
        assert work() == Done(0, 1, 0, 0)
    assert list(node.orders) == ["or_1"]
    node.down = []
    due_again(order)
    work()
    work()
    assert list(node.orders) == ["or_1"]
    assert list(node.payments) == ["py_1"]
    assert states(order) == ("paid", ["place done", "pay done"], ["created"])


def test_a_job_that_fails_by_an_error_of_the_program_waits_and_the_others_go_on(
    node: NodeDouble, buyer: Buyer, caplog: pytest.LogCaptureFixture
) -> None:
    first, second = buyer.buy(coffee=1), buyer.buy(tea=1)
    Handover.objects.filter(order=first).update(pieces=[["of_9", 1]])  # a row that cannot be read
    assert work() == Done(1, 1, 0, 1)
    waiting = Job.objects.get(order=first)
    assert (waiting.state, waiting.attempts) == (Job.WAITING, 1)
    assert waiting.due > timezone.now()
    assert "ValueError" in waiting.says
    assert "failed" in caplog.text
    work()
    assert states(second)[0] == "paid"


def test_a_job_belongs_to_one_worker(node: NodeDouble, buyer: Buyer) -> None:
    from entrepot_oscar.work import _due

    buyer.buy(coffee=1)
    assert len(_due()) == 1
    assert _due() == []  # until its lease ends
    Job.objects.update(due=timezone.now() - dt.timedelta(seconds=1))
    assert len(_due()) == 1


def test_what_the_node_refuses_needs_somebody_and_says_why(node: NodeDouble, buyer: Buyer) -> None:
    order = buyer.buy(coffee=1)
    node.refuse["/v1/orders"] = ("limit_annual", "The annual limit of the buyer has CNY 1.00 left.", "items")
    assert work() == Done(0, 0, 1, 0)
    assert states(order) == ("refused", ["place refused"], [])
    order.refresh_from_db()
    assert order.status == "Needs attention"
    assert "The annual limit of the buyer has CNY 1.00 left." in order.notes.get().message
    assert "contact" not in Handover.objects.get(order=order).request
    assert work() == Done()


def test_an_order_that_is_divided_is_paid_in_parts(node: NodeDouble, buyer: Buyer) -> None:
    node.divided = True
    order = buyer.buy(coffee=1, tea=2)
    work()
    work()
    assert states(order) == ("paid", ["place done", "pay done", "pay done"], ["created", "created"])
    assert [each["order"] for each in node.payments.values()] == ["or_1", "or_2"]


def means(_order: Any) -> dict[str, Any]:
    """Means of a shop of its own."""
    return {"provider": "stripe", "method": "pm_1", "currency": "EUR", "payer": {"name": "X"}}


@override_settings(ENTREPOT_PAYMENT_MEANS="test_handover.means")
def test_the_shop_may_name_the_means_of_payment_itself(
    node: NodeDouble, buyer: Buyer, monkeypatch: pytest.MonkeyPatch
) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "test_handover", sys.modules[__name__])
    buyer.buy(coffee=1)
    work()
    work()
    body = next(body for path, body in node.bodies if path.endswith("/pay"))
    assert body == {"provider": "stripe", "method": "pm_1", "currency": "EUR", "payer": {"name": "X"}}


def test_an_order_that_cannot_be_queued_is_not_placed_in_the_shop_either(
    node: NodeDouble, buyer: Buyer, monkeypatch: pytest.MonkeyPatch
) -> None:
    from oscar.core.loading import get_model

    def fail(*_given: Any) -> None:
        raise RuntimeError("the disk is full")

    monkeypatch.setattr("entrepot_oscar.checkout.mixins.queue_handover", fail)
    buyer.fill(coffee=1)
    answer = buyer.place(buyer.to_preview())
    assert "A problem occurred while placing this order" in answer.content.decode()
    assert not get_model("order", "Order").objects.exists()
    assert not Job.objects.exists()


def test_offers_that_nobody_was_shown_are_ended_and_made_again_when_needed(node: NodeDouble, buyer: Buyer) -> None:
    buyer.buy(coffee=1)
    old = timezone.now() - UNUSED - dt.timedelta(days=1)
    NodeOffer.objects.update(used=old)
    assert tidy() == 0  # the order waits for it
    work()
    work()
    node.down = [503]
    assert tidy() == 0  # another time
    assert tidy() == 1
    assert node.offers["of_1"]["status"] == "ended"
    assert tidy() == 0
    from django.core.cache import cache

    cache.clear()
    buyer.buy(coffee=1)
    assert [each["status"] for each in node.offers.values()] == ["ended", "active"]
    assert NodeOffer.objects.get().generation == 2


@pytest.mark.parametrize(("country", "state"), [("US", "CA"), ("SG", "")])
def test_the_order_names_the_place_that_was_quoted(country: str, state: str) -> None:
    from types import SimpleNamespace

    from entrepot_oscar.handover import _asked
    from entrepot_oscar.landed import EXACT, Landed

    lines = dict.fromkeys(("line1", "line2", "line3", "line4", "postcode", "phone_number"), "")
    address = SimpleNamespace(country_id=country, state=" CA ", name="Ann", **lines)
    assert _asked(Landed(EXACT), address, {})["ship_to"] == {"country": country, "state": state}
