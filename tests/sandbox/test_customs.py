"""The sandbox customs office over HTTP: receipts, match, limits, decisions, returns, tax, repetition, restart."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

pytest.importorskip("django", reason="the server is not installed")

from lxml import etree
from msgspec.structs import replace

from china_messages import needs_schema, official_schema
from entrepot.connect.customs.cn import compose, write
from entrepot.connect.customs.cn.answers import MessageReturn
from entrepot.connect.customs.cn.messages import TaxBill, TaxBillStatus
from sandbox_process import until
from sandbox_trader import PARTIES, Trader, parcel, sending


def test_the_three_papers_are_stored(trader: Trader) -> None:
    sent = parcel()
    trader.three(sent)
    for number in (sent.order, sent.payment, sent.waybill):
        assert trader.until_code(number, "120") == ["2", "3", "120"]


def test_a_list_that_matches_is_released_with_its_tax_bill(trader: Trader) -> None:
    sent = parcel()
    assert trader.declare(sent, "800") == ["2", "3", "120", "399", "800"]
    number = trader.list_number(sent.own)
    assert (len(number), number[:4], number[8]) == (18, "2992", "I")
    (bill,) = until(lambda: trader.bills(number))
    assert isinstance(bill, TaxBill)
    # Within the limits the duty is 0 and the VAT 70 % of 13 % of goods, freight and insurance: 111.00 * 0.091 = 10.101.
    assert (bill.head.customsTax, bill.head.valueAddedTax, bill.head.consumptionTax) == (
        Decimal(0),
        Decimal("10.10"),
        Decimal(0),
    )
    assert (bill.lines[0].taxPrice, bill.head.status) == (Decimal("111.00"), "1")
    assert trader.used(sent) == 11_100


def test_a_released_list_is_closed_when_the_parcel_is_delivered(trader: Trader) -> None:
    sent = parcel()
    trader.declare(sent, "800")
    trader.give(compose.delivered(sent, PARTIES, sending(), sent.paid_at))
    assert trader.until_code(sent.own, "899")[-2:] == ["800", "899"]
    assert trader.codes(sent.waybill)[-3:] == ["2", "3", "120"]


@needs_schema
def test_every_answer_is_valid_by_the_schema_of_the_authority(trader: Trader) -> None:
    sent = parcel()
    trader.declare(sent, "800")
    trader.send(b"<no/>")
    until(lambda: [each for each in trader.heard if isinstance(each, MessageReturn)])
    for _, body in list(trader.inbox.received):
        official_schema().assertValid(etree.fromstring(body))


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"payment": {"paid": Decimal("121.11")}}, "amount.payment"),
        ({"waybill": {"gross_weight": Decimal("1.3")}}, "weight.gross"),
        ({"waybill": {"freight": Decimal("9.99")}}, "amount.freight"),
        ({"list": {"buyer": "other"}}, "person.buyer"),
    ],
)
def test_a_list_whose_documents_differ_is_refused_with_the_rule(
    trader: Trader, changes: dict[str, dict[str, Any]], rule: str
) -> None:
    sent = parcel()
    makers = {"order": compose.order, "payment": compose.payment, "waybill": compose.waybill, "list": compose.listed}
    for name, make in makers.items():
        change = changes.get(name, {})
        if change == {"buyer": "other"}:
            change = {"buyer": replace(sent.buyer, name="王芳")}
        trader.give(make(replace(sent, **change), PARTIES, sending()))
    assert trader.until_code(sent.own, "100") == ["2", "3", "100"]
    (info,) = [
        each.returnInfo
        for each in trader.heard
        if getattr(each, "copNo", "") == sent.own and each.returnStatus == "100"
    ]
    assert rule in info
    assert sent.buyer.name not in info
    assert trader.used(sent) == 0
    # The officer finds it among the lists, with what the rule compared, and nothing to decide.
    newest = trader.office.get("/control/lists?limit=1").json()["data"][0]
    shown = trader.office.get(f"/control/lists/{newest['number']}").json()
    assert (shown["order_number"], shown["state"], shown["possible"]) == (sent.order, "100", [])
    assert [each["outcome"] for each in shown["match"]["rules"] if each["rule"] == rule] == ["failed"]
    assert [each["code"] for each in shown["receipts"]] == ["2", "3", "100"]


def test_another_payer_is_refused_unless_the_platform_identifies_buyers(trader: Trader) -> None:
    sent = parcel()
    other = replace(sent, payer=replace(parcel().payer, name="王芳"))
    assert trader.declare(other, "100")[-1] == "100"
    trader.office.switch(buyers_authenticated=True)
    trader.give(compose.listed(other, PARTIES, sending()))
    assert trader.until_code(sent.own, "800")[-1] == "800"


def test_a_list_before_its_papers_is_refused_and_may_be_sent_again(trader: Trader) -> None:
    sent = parcel()
    trader.give(compose.listed(sent, PARTIES, sending()))
    assert trader.until_code(sent.own, "100") == ["2", "3", "100"]
    assert trader.declare(sent, "800")[-1] == "800"


def test_the_single_limit_is_checked_by_the_office(trader: Trader) -> None:
    # 2 * 2495 + 10 + 1 = 5001 is above CNY 5,000, and there are two items.
    several = parcel("2495.00")
    assert trader.declare(several, "-621005") == ["2", "3", "-621005"]
    # One item above the limit is allowed, with full duty and tax, and counts: 6000 + 11 = 6011.
    one = parcel("6000.00", "1")
    assert trader.declare(one, "800")[-1] == "800"
    assert trader.used(one) == 601_100
    (bill,) = until(lambda: trader.bills(trader.list_number(one.own)))
    # Coffee of 0901.21: duty 15 % of 6011.00 (MFN); VAT 13 % of 6011.00 + 901.65: 898.6445.
    assert (bill.head.customsTax, bill.head.valueAddedTax) == (Decimal("901.65"), Decimal("898.64"))


def test_the_annual_limit_is_kept_for_each_person(trader: Trader) -> None:
    person = parcel().buyer

    def bought(price: str) -> Any:
        return parcel(price, "1", buyer=person, payer=person)

    for _ in range(5):
        trader.declare(bought("4989.00"), "800")  # 4989 + 11 = 5000
    # 5 * 5000 + 1000.01 is above 26,000; 1000.00 is not.
    above = bought("989.01")
    assert trader.declare(above, "-621018") == ["2", "3", "-621018"]
    assert trader.declare(bought("989.00"), "800")[-1] == "800"
    assert trader.used(above) == 2_600_000
    assert trader.declare(bought("0.01"), "-621018")[-1] == "-621018"


def test_a_list_that_is_held_takes_its_part_of_the_limit(trader: Trader) -> None:
    trader.office.switch(mode="examine")
    sent = parcel()
    assert trader.declare(sent, "300") == ["2", "3", "120", "300"]
    assert trader.used(sent) == 11_100
    assert trader.decide(sent, "refuse").status_code == 409
    assert trader.decide(sent, "refuse", "品名不符").json()["state"] == "100"
    trader.until_code(sent.own, "100")
    assert trader.used(sent) == 0


@pytest.mark.parametrize(
    ("mode", "steps", "expected"),
    [
        ("inspect", ["release"], ["500", "399", "800"]),
        ("inspect", ["send_back"], ["500", "700"]),
        ("inspect", ["detain", "send_back"], ["500", "599", "700"]),
        ("examine", ["inspect", "release"], ["300", "500", "399", "800"]),
        ("assess", ["inspect", "release"], ["399", "500", "800"]),
        ("detain", ["release"], ["599", "399", "800"]),
        ("refuse", [], ["100"]),
    ],
)
def test_decisions_follow_each_other_as_the_authority_has_them(
    trader: Trader, mode: str, steps: list[str], expected: list[str]
) -> None:
    sent = parcel()
    trader.office.switch(by_order={sent.order: mode})
    trader.declare(sent, expected[0])
    for step in steps:
        answer = trader.decide(sent, step, "reason")
        assert answer.status_code == 200, answer.text
    assert trader.until_code(sent.own, expected[-1])[3:] == expected
    assert trader.used(sent) == (11_100 if expected[-1] == "800" else 0)


def test_a_released_list_is_never_released_again(trader: Trader) -> None:
    sent = parcel()
    trader.declare(sent, "800")
    for decision in ("release", "refuse", "send_back", "inspect", "fly"):
        assert trader.decide(sent, decision, "reason").status_code == 409
    # The order cannot be declared by another list.
    trader.give(compose.listed(replace(sent, own="OTHER"), PARTIES, sending()))
    assert trader.until_code("OTHER", "-621004") == ["2", "3", "-621004"]
    assert trader.codes(sent.own).count("800") == 1


def test_a_message_that_comes_twice_is_answered_twice_with_the_same(trader: Trader) -> None:
    sent = parcel()
    trader.three(sent)
    content = trader.give(compose.listed(sent, PARTIES, sending()))
    first = trader.until_code(sent.own, "800")
    trader.send(content)
    second = until(lambda: each if (each := trader.codes(sent.own)).count("800") > 1 else None)
    assert sorted(set(second)) == sorted(set(first))
    assert len({each.returnTime for each in trader.heard if getattr(each, "copNo", "") == sent.own}) == len(first)
    assert trader.used(sent) == 11_100


def test_a_record_number_is_not_used_for_another_document(trader: Trader) -> None:
    sent, other, how = parcel(), parcel(), sending()
    trader.give(compose.order(sent, PARTIES, how))
    trader.give(compose.order(other, PARTIES, how))
    assert trader.until_code(other.order, "-301008") == ["-301008"]


def test_papers_change_only_until_a_list_uses_them(trader: Trader) -> None:
    sent = parcel()
    trader.three(sent)
    trader.give(compose.order(replace(sent, consignee=replace(sent.consignee, name="赵六")), PARTIES, sending()))
    assert trader.until_code(sent.order, "-301010")[-1] == "-301010"
    unknown = parcel()
    trader.give(compose.payment(unknown, PARTIES, sending(change=True)))
    assert trader.until_code(unknown.payment, "-401006") == ["2", "3", "-401006"]
    trader.give(compose.order(sent, PARTIES, sending(change=True)))
    until(lambda: trader.codes(sent.order).count("120") == 2)
    trader.give(compose.listed(sent, PARTIES, sending()))
    trader.until_code(sent.own, "800")
    trader.give(compose.waybill(sent, PARTIES, sending(change=True)))
    assert trader.until_code(sent.waybill, "-504016")[-1] == "-504016"
    trader.give(compose.listed(sent, PARTIES, sending(change=True)))
    assert trader.until_code(sent.own, "-621012")[-1] == "-621012"


def test_what_was_refused_is_corrected_by_a_change(trader: Trader) -> None:
    sent = parcel()
    wrong = write(compose.order(sent, PARTIES, sending()))
    trader.send(wrong.replace(b"<ceb:goodsValue>100.00", b"<ceb:goodsValue>100.01"))
    assert trader.until_code(sent.order, "-301008") == ["-301008"]
    trader.give(compose.order(sent, PARTIES, sending(change=True)))
    assert trader.until_code(sent.order, "120") == ["-301008", "2", "3", "120"]


def test_every_nth_list_is_held(trader: Trader) -> None:
    trader.office.switch(hold_every=2)
    lists = [parcel() for _ in range(4)]
    for each in lists:
        trader.declare(each, "120")
    until(lambda: sum(trader.codes(each.own)[-1] in ("500", "800") for each in lists) == 4)
    assert sorted(trader.codes(each.own)[-1] for each in lists) == ["500", "500", "800", "800"]


def test_a_list_that_is_not_released_is_cancelled(trader: Trader) -> None:
    trader.office.switch(mode="assess")
    sent = parcel()
    trader.declare(sent, "399")
    trader.cancel(sent, "C1")
    assert trader.until_code("C1", "399") == ["2", "3", "120", "399"]
    assert trader.used(sent) == 0
    statuses = until(lambda: each if len(each := trader.bills(trader.list_number(sent.own))) == 2 else None)
    assert [each.head.status for each in statuses] == ["1", "3"]
    # Another list for the same order may follow, once.
    trader.office.switch(mode="release")
    trader.give(compose.listed(replace(sent, own="SECOND"), PARTIES, sending()))
    assert trader.until_code("SECOND", "800")[-1] == "800"
    trader.cancel(replace(sent, own="SECOND"), "C2")
    assert trader.until_code("C2", "-623005") == ["2", "3", "-623005"]
    trader.cancel(sent, "C3", "999999999999999999")
    assert trader.until_code("C3", "-623003") == ["2", "3", "-623003"]


def test_a_return_gives_the_limit_and_the_tax_back(trader: Trader) -> None:
    sent = parcel("50.00", "3")
    trader.declare(sent, "800")
    assert trader.used(sent) == 16_100  # 150 + 10 + 1
    trader.give_back(sent, "R1", {1: Decimal(1)})
    assert trader.until_code("R1", "399") == ["2", "3", "120", "399"]
    # One third of 161.00 is 53.67; 107.33 stays.
    assert trader.used(sent) == 10_733
    number = trader.list_number(sent.own)
    bills = until(lambda: each if len(each := trader.bills(number)) == 3 else None)
    # 161.00 * 0.091 = 14.651: 14.65, of which a third, 4.88, is not levied any more.
    assert [(each.head.status, getattr(each.head, "valueAddedTax", None)) for each in bills] == [
        ("1", Decimal("14.65")),
        ("3", None),
        ("1", Decimal("9.77")),
    ]
    trader.give_back(sent, "R2", {1: Decimal(3)})
    assert trader.until_code("R2", "100")[-1] == "100"
    trader.give_back(sent, "R3", {1: Decimal(2)})
    trader.until_code("R3", "399")
    assert trader.used(sent) == 0
    last = until(lambda: each if len(each := trader.bills(number)) == 4 else None)
    assert (type(last[-1]), last[-1].head.status) == (TaxBillStatus, "3")


def test_a_return_comes_in_time_or_not_at_all(trader: Trader) -> None:
    trader.office.switch(close="never", applications="examine")
    early, late = parcel(), parcel()
    for each in (early, late):
        trader.declare(each, "800")  # on 2 March: 30 days are until 1 April, 45 until 16 April
    trader.office.switch(day="2026-04-01")
    trader.give_back(early, "D30", {1: Decimal(2)})
    assert trader.until_code("D30", "120")[-1] == "120"
    trader.office.switch(day="2026-04-02")
    trader.give_back(late, "D31", {1: Decimal(2)})
    assert trader.until_code("D31", "100") == ["2", "3", "100"]
    # While a return is open, the tax is not collected; that of the other list is, from day 31 on.
    trader.office.post("/control/calendar")
    paid = until(lambda: [each for each in trader.bills(trader.list_number(late.own)) if each.head.status == "2"])
    assert len(paid[0].head.entDutyNo or "") == 19
    assert [each.head.status for each in trader.bills(trader.list_number(early.own))] == ["1"]
    # On day 46 the goods are not back: the return lapses, and the tax is collected.
    trader.office.switch(day="2026-04-17")
    trader.office.post("/control/calendar")
    assert trader.until_code("D30", "100")[-1] == "100"
    trader.office.post("/control/calendar")
    until(lambda: [each.head.status for each in trader.bills(trader.list_number(early.own))] == ["1", "2"])
    assert trader.used(early) == 11_100


def test_direct_purchases_wait_for_the_entry_list_if_that_is_switched(trader: Trader) -> None:
    from entrepot.connect.customs.cn import Message
    from entrepot.connect.customs.cn.documents import DeliveryHead, DeliveryList
    from entrepot.connect.customs.cn.messages import Delivery

    trader.office.switch(entry_lists="required")
    sent = parcel()
    trader.declare(sent, "399")
    assert trader.decide(sent, "release").json()["state"] == "399"
    inspected = parcel()
    trader.office.switch(by_order={inspected.order: "inspect"})
    trader.declare(inspected, "500")
    assert trader.decide(inspected, "release").json()["state"] == "800"  # what is inspected is there
    how = sending()
    order = compose.order(sent, PARTIES, how)
    head = DeliveryHead(
        guid=how.guid, appType="1", appTime="20261126120000", appStatus="2", customsCode="2992", copNo="E1",
        operatorCode="330198O001", operatorName="示例场所", ieFlag="I", trafMode="5", trafNo="VN-1", voyageNo="VN501",
        billNo="73800000001", logisticsCode="330198L001", logisticsName="示例物流",
    )  # fmt: skip
    entry = Delivery(head, (DeliveryList(gnum=1, logisticsNo=sent.waybill),))
    trader.give(Message(guid=how.guid, documents=(entry,), transfer=order.transfer))
    assert trader.until_code("E1", "399") == ["2", "3", "120", "399"]
    assert trader.until_code(sent.own, "800")[-1] == "800"
