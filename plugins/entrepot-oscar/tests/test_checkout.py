"""The landed price at the checkout: what is charged, what is shown, and what stops."""

from __future__ import annotations

import copy
from decimal import Decimal
from typing import Any

import pytest
from django.test import override_settings

from conftest import DETAILS, Buyer
from entrepot_oscar.models import Handover, NodeOffer
from node_double import QUOTE, NodeDouble


def test_duties_and_taxes_are_surcharges_of_the_order(node: NodeDouble, buyer: Buyer) -> None:
    buyer.fill(coffee=2)
    page = buyer.to_preview()
    landed = page.context["landed"]
    # The tax of the double is 10 %: of 2 x 68.00, without carriage.
    assert (landed.state, landed.taxes, landed.duties, landed.total) == ("exact", Decimal("13.60"), 0, "149.60")
    text = page.content.decode()
    assert "Import taxes" in text
    assert "Import duties" not in text
    assert "On delivery, customs collects 3.00 CNY (duty)." in text
    assert "Retail import" in text
    assert "The buyer stays within CNY 26,000 in the calendar year." in text
    order = buyer.place(page).context["order"]
    assert order.total_incl_tax == Decimal("149.60")
    assert [(each.code, each.incl_tax) for each in order.surcharges.all()] == [("entrepot-taxes", Decimal("13.60"))]
    handover = Handover.objects.get(order=order)
    assert handover.request["items"] == [{"offer": "of_1", "quantity": 2}]
    assert handover.request["quotes"] == [{"id": "qt_0", "hash": "h"}]
    assert handover.request["total"] == "149.60"
    assert handover.request["contact"]["identity_number"] == DETAILS["identity_number"]
    assert handover.request["contact"]["address"] == "Road 1, Hangzhou"
    assert handover.pieces == [["of_1", order.lines.get().pk, 2]]


def test_an_offer_is_made_once_for_a_product_at_a_price(node: NodeDouble, buyer: Buyer) -> None:
    buyer.buy(coffee=1)
    buyer.buy(coffee=3)
    assert len(node.offers) == 1
    (made,) = node.offers.values()
    assert (made["hs_code"], made["country_of_origin"], made["price"], made["ship_from"]) == (
        "0901.21", "VN", "68.00", "VN",
    )  # fmt: skip
    assert made["measures"] == {"net_mass_kg": "0.5"}
    assert "stock" not in made
    record = buyer.products["coffee"].stockrecords.get()
    record.price = Decimal("70.00")
    record.save()
    buyer.buy(coffee=1)
    assert [each["price"] for each in node.offers.values()] == ["68.00", "70.00"]
    assert NodeOffer.objects.count() == 2


def test_the_landed_price_is_asked_once_for_all_pages_and_again_when_the_order_is_placed(
    node: NodeDouble, buyer: Buyer
) -> None:
    buyer.fill(coffee=1)
    page = buyer.to_preview()
    asked = [body for path, body in node.bodies if path == "/v1/checkouts"]
    # Once for the price, once to check the buyer's data.
    assert [bool(each.get("contact")) for each in asked] == [False, True]
    buyer.place(page)
    assert [path for path, _ in node.bodies].count("/v1/checkouts") == 3


def test_a_price_that_changed_is_shown_before_it_is_ordered(
    node: NodeDouble, buyer: Buyer, monkeypatch: pytest.MonkeyPatch
) -> None:
    buyer.fill(coffee=1)
    page = buyer.to_preview()
    monkeypatch.setattr("node_double.TAX", Decimal("0.20"))
    answer = buyer.place(page)
    assert "Duties and taxes have changed" in answer.content.decode()
    assert not Handover.objects.exists()
    assert buyer.place(answer).context["order"].total_incl_tax == Decimal("81.60")


def test_a_basket_that_becomes_several_orders_pays_its_carriage_once(
    node: NodeDouble, buyer: Buyer, monkeypatch: pytest.MonkeyPatch
) -> None:
    from oscar.apps.shipping.methods import FixedPrice
    from oscar.apps.shipping.repository import Repository

    method = FixedPrice(charge_excl_tax=Decimal("10.00"), charge_incl_tax=Decimal("10.00"))
    method.code, method.name = "fixed", "Fixed"
    monkeypatch.setattr(Repository, "get_available_shipping_methods", lambda *_given, **_more: [method])
    node.divided = True
    order = buyer.buy(coffee=1, tea=1)
    handover = Handover.objects.get(order=order)
    prices = [node.offers[each["offer"]] for each in handover.request["items"]]
    # 10.00 x 68 / 98 = 6.93, rounded down, and the rest.
    assert [each["shipping"] for each in prices] == ["6.93", "3.07"]
    # 10 % of 74.93 and of 33.07: 7.49 and 3.31.
    assert order.total_incl_tax == Decimal("118.80") == Decimal(handover.request["total"])
    assert len(handover.request["quotes"]) == 2


def test_a_discount_is_in_the_price_of_the_offers_to_the_cent(node: NodeDouble, buyer: Buyer) -> None:
    from oscar.core.loading import get_model

    everything = get_model("offer", "Range").objects.create(name="all", includes_all_products=True)
    condition = get_model("offer", "Condition").objects.create(range=everything, type="Count", value=1)
    benefit = get_model("offer", "Benefit").objects.create(range=everything, type="Absolute", value=Decimal("10.00"))
    get_model("offer", "ConditionalOffer").objects.create(
        name="ten off", condition=condition, benefit=benefit, max_basket_applications=1
    )
    order = buyer.buy(coffee=3)
    sold = sorted((each["price"], item["quantity"]) for item in Handover.objects.get(order=order).request["items"]
                  for each in [node.offers[item["offer"]]])  # fmt: skip
    # 204.00 - 10.00 = 194.00 = 64.66 + 2 x 64.67
    assert sold == [("64.66", 1), ("64.67", 2)]
    assert order.basket_total_incl_tax == Decimal("194.00")


def test_a_product_without_a_tariff_code_stops_and_says_why(node: NodeDouble, buyer: Buyer) -> None:
    buyer.fill(box=1)
    page = buyer.to_preview()
    assert page.request["PATH_INFO"] == "/basket/"
    assert "“Box” has no tariff_code" in page.content.decode()
    assert node.calls == []


@override_settings(ENTREPOT_WITHOUT_DUTIES="continue")
def test_the_shop_may_sell_without_duties_and_keeps_the_reason(node: NodeDouble, buyer: Buyer) -> None:
    buyer.fill(box=1)
    page = buyer.to_preview()
    text = page.content.decode()
    assert "The total does not include import duties, taxes and fees." in text
    order = buyer.place(page).context["order"]
    assert order.total_incl_tax == Decimal("10.00")
    assert not order.surcharges.exists()
    assert not Handover.objects.exists()
    note = order.notes.get().message
    assert note.startswith("Sold without duties and taxes")
    assert "“Box” has no tariff_code" in note


def ranged() -> dict[str, Any]:
    """The quote with charges from CNY 12.00 to 15.00."""
    quote = copy.deepcopy(QUOTE)
    best = next(each for each in quote["options"] if each["id"] == quote["best"])
    best |= {"amount_charges": None, "amount_charges_low": "12.00", "amount_charges_high": "15.00"}
    return quote


@pytest.mark.parametrize("goes_on", [True, False])
def test_a_range_is_shown_and_not_charged(node: NodeDouble, buyer: Buyer, goes_on: bool) -> None:
    node.refuse["/v1/checkouts"] = ("quote_not_exact", "The quote is not exact.", "quotes")
    node.quote = ranged()
    buyer.fill(coffee=2)
    with override_settings(ENTREPOT_WITHOUT_DUTIES="continue" if goes_on else "stop"):
        page = buyer.to_preview()
        text = page.content.decode()
        assert "The quote is not exact." in text
        if goes_on:
            assert "between 12.00 and 15.00 CNY. They are not in the total." in text
            assert page.context["order_total"].incl_tax == Decimal("136.00")
        else:
            assert page.request["PATH_INFO"] == "/basket/"
    sale = next(body for path, body in node.bodies if path == "/v1/quotes")
    assert sale["lines"][0] == {
        "hs_code": "0901.21", "country_of_origin": "VN", "net_mass_kg": "1.0", "reference": "coffee", "quantity": "2",
        "amount": "136.00",
    }  # fmt: skip


@pytest.mark.parametrize("goes_on", [True, False])
@pytest.mark.parametrize("fault", [0, 503, 429])
def test_a_node_that_does_not_answer(node: NodeDouble, buyer: Buyer, goes_on: bool, fault: int) -> None:
    buyer.fill(coffee=1)
    node.down = [fault] * 50
    with override_settings(ENTREPOT_WITHOUT_DUTIES="continue" if goes_on else "stop"):
        page = buyer.to_preview()
    assert "Import duties and taxes cannot be calculated at the moment." in page.content.decode()
    assert page.request["PATH_INFO"] == ("/checkout/preview/" if goes_on else "/basket/")
    # It is asked again: nothing of a fault is kept.
    node.down = []
    assert buyer.to_preview().context["landed"].state == "exact"


def test_within_the_country_nothing_is_asked(node: NodeDouble, buyer: Buyer) -> None:
    buyer.fill(coffee=1)
    page = buyer.to_preview(country="VN")
    assert page.request["PATH_INFO"] == "/checkout/preview/"
    assert "Import" not in page.content.decode()
    order = buyer.place(page).context["order"]
    assert order.total_incl_tax == Decimal("68.00")
    assert node.calls == []
    assert not Handover.objects.exists()
    assert not order.notes.exists()


def test_what_the_node_refuses_of_the_buyer_is_said_at_the_field(node: NodeDouble, buyer: Buyer) -> None:
    buyer.fill(coffee=1)
    buyer.browser.post("/checkout/", {"username": "buyer@buyer.example", "options": "anonymous"})
    from conftest import ADDRESS

    page = buyer.browser.post("/checkout/shipping-address/", ADDRESS, follow=True)
    assert page.request["PATH_INFO"] == "/checkout/import-details/"
    assert page.context["form"].initial["name"] == "Buyer Example"
    node.refuse["/v1/checkouts"] = (
        "identity_invalid",
        "It is not that of an identity card.",
        "contact.identity_number",
    )
    wrong = buyer.browser.post("/checkout/import-details/", {**DETAILS, "identity_number": "1"})
    assert wrong.context["form"].errors == {"identity_number": ["It is not that of an identity card."]}
    del node.refuse["/v1/checkouts"]
    empty = buyer.browser.post("/checkout/import-details/", {"name": "Buyer"})
    assert set(empty.context["form"].errors) == {"telephone", "identity_number"}
    # The preview cannot be reached without them.
    assert buyer.browser.get("/checkout/preview/", follow=True).request["PATH_INFO"] == "/checkout/import-details/"


def test_without_an_identity_only_name_and_telephone_are_asked(node: NodeDouble, buyer: Buyer) -> None:
    node.identity = False
    buyer.fill(coffee=1)
    page = buyer.to_preview({"name": "Buyer Example", "telephone": "1"})
    contact = Handover.objects.get(order=buyer.place(page).context["order"]).request["contact"]
    assert "identity_number" not in contact
    assert "identity_type" not in contact


def test_conditions_that_the_shop_vouches_for_are_asserted_where_they_are_asked(
    node: NodeDouble, buyer: Buyer, monkeypatch: pytest.MonkeyPatch
) -> None:
    node.quote = QUOTE
    buyer.fill(coffee=1)

    answer = node.answer

    def first_refused(request: Any) -> Any:
        body = request.content
        node.refuse.pop("/v1/checkouts", None)
        if request.url.path == "/v1/checkouts" and b"positive_list" not in body:
            node.refuse["/v1/checkouts"] = ("assertions_missing", "It needs assertions.", "assertions")
        return answer(request)

    monkeypatch.setattr(node, "answer", first_refused)
    with override_settings(ENTREPOT_ASSERTIONS=["other_goods", "positive_list"]):
        page = buyer.to_preview()
        assert page.context["landed"].assertions == ("positive_list",)
        order = buyer.place(page).context["order"]
    assert Handover.objects.get(order=order).request["assertions"] == ["positive_list"]
