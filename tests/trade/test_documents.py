"""Documents of orders: what they say, what they lack, when they are refused, how they are numbered, and the ledger."""

from __future__ import annotations

import datetime as dt
import json
import os
from collections.abc import Callable
from functools import partial
from typing import Any

import msgspec
import pytest

from entrepot.cli.document_options import WHO
from entrepot.connect.documents import credential
from entrepot.connect.documents.names import country_name
from entrepot.model.errors import SaleError, TradeError
from entrepot.trade.cancelling import cancel_order
from entrepot.trade.kinds import KINDS as OBJECTS
from entrepot.trade.objects import NotAllowed
from entrepot.trade.offer_form import read_offer
from entrepot.trade.orders import Order
from entrepot.trade.papers import checks, documents, issuing, keys
from entrepot.trade.papers.build import Head, Sources, build
from entrepot.trade.papers.details import NAMES, AskedDocument, read_details
from entrepot.trade.papers.kinds import DECLARATION, FORM_E, FORM_RCEP, INVOICE, KINDS, LABEL, PACKING_LIST, RETURN_SLIP
from entrepot.trade.papers.paper import Party
from entrepot.trade.papers.sheets import SHEETS, codes, sheet_of
from entrepot.trade.ports import NotFound
from entrepot.trade.returning import apply_for_return
from entrepot.trade.selling import create_offer
from entrepot.trade.shipping import create_shipment
from entrepot.trade.sources import SOURCES
from trade.adapters import DATA_KEY, HASH_KEY
from trade.market import BUYER, CONTACT, DECIMALS, OTHER_SELLER, SELLER, Market
from trade.paper_desk import EXPORTER, issue, members, read, shipped
from trade.tally import Clock

ADDRESS: dict[str, Any] = {"exporter_address": "12 Lê Duẩn, Buôn Ma Thuột"}
WO = {1: {"criterion": "WO"}}


def refused(call: Callable[[], Any], code: str) -> TradeError:
    """The error of a call, which has this code."""
    with pytest.raises(TradeError) as caught:
        call()
    assert caught.value.code == code, caught.value.message
    return caught.value


def test_an_invoice_says_what_the_order_says(market: Market) -> None:
    order = shipped(market, incoterm="FCA", insurance="1.50")
    paper = read(market, issue(market, order, INVOICE, **ADDRESS)).paper
    amounts = order.quote.amounts
    assert (paper.goods, paper.freight, paper.insurance) == (amounts.goods, amounts.shipping, amounts.insurance)
    assert paper.total == paper.goods + paper.freight + paper.insurance == amounts.total - amounts.charges
    sheet = sheet_of(paper, codes)
    values = {each.key: each.value for each in (*sheet.boxes, *sheet.totals)}
    assert values["exporter"] == f"{EXPORTER.name}\n{ADDRESS['exporter_address']}\nVN"
    assert values["buyer"].splitlines() == [CONTACT["name"], CONTACT["address"], "CN", CONTACT["telephone"]]
    assert (values["incoterm"], values["origin"], values["gross_kg"]) == ("FCA, Incoterms 2020", "VN", "1.1")
    assert sheet.rows[0][3:] == ("VN", "2 pcs", "68.00", "136.00")
    # The identity number is for customs: no document has it.
    assert CONTACT["identity_number"] not in documents.canonical(paper).decode()


@pytest.mark.parametrize("kind", [each for each in KINDS if each != RETURN_SLIP])
def test_what_is_not_known_stays_blank_and_is_named_with_who_fills_it_in(market: Market, kind: str) -> None:
    document = issue(market, shipped(market), kind)
    sheet = sheet_of(read(market, document).paper, country_name)
    assert {f"{each.key}.{each.line}" if each.line else each.key: each.by for each in sheet.gaps} == document.gaps
    blank = {each.key for each in (*sheet.boxes, *sheet.totals, *sheet.signatures) if not each.value and each.by}
    assert blank <= document.gaps.keys()
    assert bool(KINDS[kind].draft) == bool(sheet.mark)
    # The command line has these words in its languages.
    assert set(document.gaps.values()) <= set(WHO)
    # What an authority issues has blanks that only it fills in.
    if "Not a certificate" in KINDS[kind].draft:
        assert document.gaps["certificate_number"] == document.gaps["certification"] == "the issuing authority"


def test_what_a_line_lacks_is_named_by_the_number_of_the_line(market: Market) -> None:
    """The parcel has line 2 only: the criterion that is missing is given for line 2."""
    offers = [market.offer(titles={"en": name}, gross_mass_kg="0.55").id for name in ("Arabica", "Robusta")]
    (order,) = market.place(dict.fromkeys(offers, 1), kind="business")
    order = market.pay(order)
    parcel = market.books.run(
        lambda tx: create_shipment(tx, order.id, "ZTO", "W2", by=SELLER, pieces={2: 1}, gross_mass_kg="0.6")
    )
    missing = issue(market, market.read(order), FORM_RCEP, shipment=parcel.id).gaps
    assert ("criterion.2" in missing, "criterion.1" in missing) == (True, False)


def test_the_seller_is_remembered_for_the_next_document(market: Market) -> None:
    order = shipped(market)
    first = issue(market, order, INVOICE)
    assert first.gaps["exporter_address"] == "the exporter"
    issue(market, order, PACKING_LIST, **ADDRESS)
    other = shipped(market)
    assert "exporter_address" not in issue(market, other, INVOICE).gaps
    # Personal data of a seller is erased as that of others, and never in the ledger.
    market.books.run(lambda tx: tx.personal_of(SELLER))
    text = " ".join(str(event.payload) for _, event in market.books.events(limit=1000))
    assert ADDRESS["exporter_address"] not in text
    assert CONTACT["address"] not in text


def test_numbers_have_no_gaps_per_seller_and_kind(market: Market) -> None:
    orders = [shipped(market) for _ in range(3)]
    found = [issue(market, each, INVOICE) for each in orders]
    assert [each.number for each in found] == ["CI-000001", "CI-000002", "CI-000003"]
    assert issue(market, orders[0], PACKING_LIST).number == "PL-000001"
    # A refused document takes no number; a withdrawn one keeps its own.
    refused(lambda: issue(market, orders[1], DECLARATION, {1: {"origin": "KH"}}), "origin_differs")
    assert issue(market, orders[1], DECLARATION).number == "DO-000001"
    market.books.run(lambda tx: issuing.withdraw(tx, found[2].id, "wrong_data", by=SELLER))
    assert issue(market, orders[2], INVOICE).number == "CI-000004"


def test_the_documents_of_an_order_are_listed_without_those_of_others(market: Market) -> None:
    one, other = shipped(market), shipped(market)
    found = []
    for kind in (INVOICE, PACKING_LIST):
        found.append(issue(market, one, kind).id)
        market.clock.time += dt.timedelta(milliseconds=1)  # ids of one millisecond are in no order
    issue(market, other, INVOICE)
    listed = [each.id for each in market.books.list_objects("do_", owner=one.id)]
    assert listed == found[::-1]
    assert [each.id for each in market.books.list_objects("do_", owner=one.id, before=listed[0])] == listed[1:]


def test_one_document_of_a_kind_is_valid_at_a_time(market: Market) -> None:
    order = shipped(market)
    first = issue(market, order, INVOICE)
    error = refused(lambda: issue(market, order, INVOICE), "document_exists")
    assert first.number in error.message
    market.books.run(lambda tx: issuing.withdraw(tx, first.id, "replaced", by=SELLER))
    assert issue(market, order, INVOICE).number == "CI-000002"
    error = refused(
        lambda: market.books.run(lambda tx: issuing.withdraw(tx, first.id, "replaced", by=SELLER)), "document_withdrawn"
    )
    assert "on 2026-03-01" in error.message


def test_a_request_that_is_sent_again_issues_nothing_new(market: Market) -> None:
    order = shipped(market)
    first = issue(market, order, INVOICE, key="k")
    assert issue(market, order, INVOICE, key="k") == first
    refused(lambda: issue(market, order, PACKING_LIST, key="k"), "idempotency_key_reused")


def test_only_the_seller_issues_and_withdraws(market: Market) -> None:
    order = shipped(market)
    refused(lambda: issue(market, order, INVOICE, by=BUYER), "not_the_seller")
    with pytest.raises(NotFound):
        issue(market, order, INVOICE, by=OTHER_SELLER)
    found = issue(market, order, INVOICE)
    assert OBJECTS["do_"].owners(found) == (SELLER, BUYER, order.id)
    refused(lambda: market.books.run(lambda tx: issuing.withdraw(tx, found.id, "other", by=BUYER)), "not_the_issuer")
    with pytest.raises(NotFound):
        market.books.run(lambda tx: issuing.withdraw(tx, found.id, "other", by=OTHER_SELLER))
    refused(lambda: market.books.run(lambda tx: issuing.withdraw(tx, found.id, "why", by=SELLER)), "reason_unknown")


def test_documents_that_contradict_each_other_are_not_issued(market: Market) -> None:
    order = shipped(market)
    issue(market, order, PACKING_LIST, gross_kg="1.10", packages="1", **ADDRESS)
    cases: list[tuple[str, str, dict[str, Any], dict[int, dict[str, str]]]] = [
        ("gross_mass", INVOICE, {"gross_kg": "1.2"}, {}),
        ("packages", INVOICE, {"packages": "2"}, {}),
        ("code", FORM_RCEP, {}, {1: {"hs_code": "0901.22"}}),
        ("description", FORM_RCEP, {}, {1: {"description": "Tea"}}),
        ("phytosanitary", INVOICE, {"phytosanitary_date": "2026-03-05", "departure_date": "2026-03-02"}, {}),
        ("phytosanitary", INVOICE, {"phytosanitary_date": "2026-03-01", "phytosanitary_importer": "JP"}, {}),
        ("packages", INVOICE, {"phytosanitary_packages": "7"}, {}),
        ("retroactive", FORM_RCEP, {"departure_date": "2026-02-01"}, {}),
        ("retroactive", FORM_E, {"departure_date": "2026-04-01", "retroactive": "yes"}, {}),
    ]
    for rule, kind, details, lines in cases:
        error = refused(partial(issue, market, order, kind, lines, **details), "documents_contradict")
        assert f"({rule})" in error.message, error.message
    # With the tick, and with the same numbers written in another way, they are issued.
    assert issue(market, order, INVOICE, gross_kg="1.1").checks["gross_mass"] == "passed"
    assert (
        issue(market, order, FORM_RCEP, WO, departure_date="2026-02-01", retroactive="yes").checks["retroactive"]
        == "passed"
    )


@pytest.mark.parametrize(
    ("departure", "tick", "result"),
    [
        ("2026-03-01", "no", "passed"),  # dated on the day of the departure
        ("2026-02-28", "no", "not_checkable"),  # perhaps within three working days: the tick may be missing or not
        ("2026-02-15", "yes", "not_checkable"),
        ("2026-02-14", "yes", "passed"),
        ("", "no", "not_checkable"),
    ],
)
def test_in_the_days_after_the_departure_the_tick_is_not_judged(
    market: Market, departure: str, tick: str, result: str
) -> None:
    more: dict[str, Any] = {"departure_date": departure} if departure else {}
    for kind in (FORM_RCEP, FORM_E):
        issued = issue(market, shipped(market), kind, WO, retroactive=tick, **more)
        assert issued.checks["retroactive"] == result


def test_the_invoice_and_the_exporter_of_a_proof_are_those_of_the_invoice(market: Market) -> None:
    order = shipped(market)
    invoice = issue(market, order, INVOICE, **ADDRESS)
    wrong: dict[str, Any] = {"invoice_number": "X-1", "invoice_date": "2026-03-01"}
    error = refused(lambda: issue(market, order, FORM_E, WO, **wrong), "documents_contradict")
    assert "(invoice)" in error.message
    assert invoice.number in error.message
    error = refused(lambda: issue(market, order, FORM_E, WO, exporter_name="Another"), "documents_contradict")
    assert "(third_party)" in error.message
    ticked = issue(market, order, FORM_E, WO, exporter_name="Another", third_party_invoicing="yes", **wrong)
    assert (ticked.checks["third_party"], ticked.checks["invoice"]) == ("passed", "not_applicable")
    # The exporter of that proof is not the seller of the next invoice.
    after = read(market, issue(market, shipped(market), INVOICE)).paper
    assert after.party("exporter").name == EXPORTER.name


def test_registration_numbers_agree_with_the_offer(market: Market) -> None:
    order = shipped(market, registrations={"cn_food": "CVNM01012345678901"})
    error = refused(
        lambda: issue(market, order, LABEL, {1: {"producer_registration": "CVNM0"}}), "documents_contradict"
    )
    assert "(registrations)" in error.message
    paper = read(market, issue(market, order, LABEL)).paper
    assert ("registration", "CVNM01012345678901") in {
        (each.key, each.value) for each in sheet_of(paper, country_name).boxes
    }


def test_a_proof_older_than_a_year_contradicts_the_declaration(market: Market) -> None:
    order = shipped(market)
    paper = read(market, issue(market, order, DECLARATION, WO)).paper
    for declared, result in (
        ("2026-03-01", "passed"),
        ("2027-03-01", "passed"),
        ("2027-03-02", "failed"),
        ("", "not_checkable"),
    ):
        found = {each.rule: each for each in checks.check(checks.Case(paper, {}, declared))}
        assert found["proof_age"].result == result, declared
        assert all(each.source in SOURCES and each.trust for each in found.values())


def test_a_declaration_of_origin_is_of_goods_of_the_exporters_country(market: Market) -> None:
    order = shipped(market)
    cambodian = Party(name="Cashew Co", country="KH")
    error = refused(lambda: issue(market, order, DECLARATION, WO, exporter=cambodian), "origin_differs")
    assert "originate in VN, the exporter is in KH" in error.message
    # A draft that names the first proof is one of a back-to-back certificate; one's own declaration is not.
    refused(lambda: issue(market, order, DECLARATION, WO, exporter=cambodian, back_to_back="V-1"), "origin_differs")
    draft = issue(market, order, FORM_RCEP, WO, exporter=cambodian, back_to_back="V-1")
    assert "V-1" in str(sheet_of(read(market, draft).paper, codes).signatures)
    # What the agreement does not cover has no proof: Brazil is no party.
    brazil = shipped(market, country_of_origin="BR", ship_from="BR")
    error = refused(lambda: issue(market, brazil, DECLARATION, WO), "origin_agreement")
    assert "RCEP does not apply to goods of BR" in error.message
    nowhere = shipped(market, country_of_origin="")
    refused(lambda: issue(market, nowhere, FORM_E, WO), "origin_missing")


def test_form_e_has_the_fob_value_only_for_regional_value_content(market: Market) -> None:
    order = shipped(market)
    plain = sheet_of(read(market, issue(market, order, FORM_E, WO)).paper, codes)
    assert "fob_value" not in {each.key for each in plain.columns}
    assert {"producer"}.isdisjoint(each.key for each in plain.boxes)
    other = shipped(market)
    valued = issue(market, other, FORM_E, {1: {"criterion": "RVC 40%"}})
    assert valued.gaps["fob_value.1"] == "the exporter"
    given = shipped(market, incoterm="FOB")
    assert "fob_value.1" not in issue(market, given, FORM_RCEP, {1: {"criterion": "RVC 40%"}}).gaps
    declared = issue(market, other, DECLARATION, {1: {"criterion": "RVC 40%", "fob_value": "120.5"}}, **ADDRESS)
    (line,) = credential.subject(read(market, declared).paper)["lines"]
    assert (line["criterion"], line["fobValue"]) == ("RVC 40%", "120.5 CNY")


def test_an_invoice_without_a_value_is_refused(market: Market) -> None:
    """No order is placed for nothing, so the price of one is changed here."""
    with pytest.raises(SaleError, match="above zero"):
        shipped(market, price="0")
    order = shipped(market)
    free = msgspec.structs.replace(order, lines=tuple(
        msgspec.structs.replace(each, prices=msgspec.structs.replace(each.prices, price=0), amount=0)
        for each in order.lines
    ))  # fmt: skip
    sources = Sources(free, (), CONTACT, EXPORTER, 2, members)
    asked = AskedDocument(order=order.id, kind=INVOICE)
    error = refused(lambda: build(asked, sources, Head("do_1", "CI-000001", "2026-03-01", "")), "invoice_value")
    assert "Line 1 costs 0 CNY" in error.message


def test_an_invoice_of_services_has_no_boxes_of_goods(market: Market) -> None:
    given = {"titles": {"en": "A course"}, "service": "online_education", "price": "50.00", "currency": "CNY"}
    course = market.books.run(
        lambda tx: create_offer(tx, read_offer({**given, "ship_from": "VN"}, DECIMALS.get), seller=SELLER)
    )
    (order,) = market.place({course.id: 1}, kind="business")
    document = issue(market, market.pay(order), INVOICE, signatory="Lan", **ADDRESS)
    assert (document.gaps, document.key != "") == ({}, True)
    refused(lambda: issue(market, order, PACKING_LIST), "document_empty")


def test_what_cannot_be_of_goods_is_refused(market: Market) -> None:
    order = shipped(market)
    cases: list[tuple[str, dict[int, dict[str, str]], dict[str, Any], str]] = [
        (INVOICE, {1: {"net_kg": "5", "gross_kg": "2"}}, {}, "net_above_gross"),
        (INVOICE, {}, {"net_kg": "5", "gross_kg": "2"}, "net_above_gross"),
        (INVOICE, {}, {"incoterm": "XYZ"}, "field_invalid"),
        (FORM_RCEP, {1: {"criterion": "CTH"}}, {}, "criterion_agreement"),
        (FORM_E, {1: {"criterion": "CTC"}}, {}, "criterion_agreement"),
        (FORM_E, {1: {"criterion": "RVC 400%"}}, {}, "field_invalid"),
    ]
    for kind, lines, details, code in cases:
        refused(partial(issue, market, order, kind, lines, **details), code)
    sold = shipped(market, incoterm="FCA")
    refused(lambda: issue(market, sold, INVOICE, incoterm="CIF"), "incoterm_differs")
    assert issue(market, sold, INVOICE, incoterm="fca").number == "CI-000001"


def test_a_label_in_chinese_is_for_china(market: Market) -> None:
    green = market.offer(currency="USD", hs_code="0901.11", titles={"en": "Green coffee"})
    (order,) = market.place({green.id: 1}, kind="business", ship_to={"country": "JP"})
    error = refused(lambda: issue(market, market.pay(order), LABEL), "label_importer")
    assert "goes to JP" in error.message


def test_a_cancelled_order_gets_no_documents(market: Market) -> None:
    order = market.pay(market.order())
    issue(market, order, INVOICE)
    market.books.run(lambda tx: cancel_order(tx, order.id, "changed_mind", by=BUYER))
    refused(lambda: issue(market, order, PACKING_LIST), "order_ended")


def test_what_is_given_must_have_its_form() -> None:
    wrong = {
        "exporter_adress": "x", "departure_date": "1 March", "gross_kg": "-1", "packages": "many", "packages ": "1",
        "retroactive": "maybe", "exporter_country": "Viet Nam", "marks": "\u202e" * 3, "signatory": "x" * 200,
    }  # fmt: skip
    for name, value in wrong.items():
        with pytest.raises(TradeError) as caught:
            read_details({name: value})
        assert caught.value.param.startswith("details."), name
    with pytest.raises(TradeError, match='Did you mean "exporter_address"'):
        read_details({"exporter_adress": "x"})
    assert len(set(NAMES)) == len(NAMES)


def test_an_order_that_is_not_paid_has_no_documents(market: Market) -> None:
    error = refused(lambda: issue(market, market.order(), INVOICE), "order_not_paid")
    assert "after the payment" in error.message
    order = shipped(market)
    refused(lambda: issue(market, order, "invoice"), "document_kind")
    refused(lambda: issue(market, order, INVOICE, shipment="sh_1"), "shipment_unknown")
    refused(lambda: issue(market, order, INVOICE, {7: {}}), "line_unknown")
    refused(lambda: issue(market, order, RETURN_SLIP), "return_needed")


def in_two_parcels(market: Market) -> tuple[Order, list[str]]:
    """A paid order of a business, of 10 pieces that travel in two parcels (4 and 6), and the ids of the parcels."""
    (order,) = market.place({market.offer(gross_mass_kg="0.55").id: 10}, kind="business")
    order = market.pay(order)
    parcels = []
    for quantity in (4, 6):
        create = partial(create_shipment, carrier="ZTO", waybill=f"{quantity}{order.id}", by=SELLER)
        parcels.append(market.books.run(partial(create, number=order.id, pieces={1: quantity})).id)
    return market.read(order), parcels


def test_a_document_of_one_parcel_has_its_pieces(market: Market) -> None:
    order, (first, _second) = in_two_parcels(market)
    invoice = read(market, issue(market, order, INVOICE, shipment=first)).paper
    assert [(each.number, each.quantity) for each in invoice.lines] == [(1, 4)]
    # Freight belongs to the whole order: the invoice says that it is left out.
    assert (invoice.freight, invoice.left_out) == (0, order.quote.amounts.shipping)
    assert any("30.00 CNY" in each for each in sheet_of(invoice, codes).statements)
    # The invoice of a parcel with everything in it has the freight.
    whole = shipped(market)
    (parcel,) = whole.shipments
    paper = read(market, issue(market, whole, INVOICE, shipment=parcel)).paper
    assert (paper.freight, paper.left_out) == (whole.quote.amounts.shipping, 0)


def test_parcels_of_an_order_have_documents_of_their_own(market: Market) -> None:
    order, parcels = in_two_parcels(market)
    for number, parcel in enumerate(parcels, 1):
        invoice = issue(market, order, INVOICE, shipment=parcel)
        packing = read(market, issue(market, order, PACKING_LIST, {1: {"orchard": f"VN-{number}"}}, shipment=parcel))
        assert packing.paper.invoice is not None
        assert packing.paper.invoice.number == invoice.number
        assert packing.document.checks["quantity"] == "passed"
        issue(market, order, LABEL, {1: {"orchard": f"VN-{number}"}}, shipment=parcel)
    # The same goods are not invoiced twice: neither as a whole after their parcels, nor the other way round.
    refused(lambda: issue(market, order, INVOICE), "document_exists")
    other, (first, _second) = in_two_parcels(market)
    issue(market, other, INVOICE)
    refused(lambda: issue(market, other, INVOICE, shipment=first), "document_exists")
    assert issue(market, other, PACKING_LIST, shipment=first).checks["quantity"] == "not_checkable"


def test_the_buyer_prints_a_return_slip(market: Market) -> None:
    order = shipped(market)
    declaration = market.release(market.declare(order))
    assert declaration.status == "released"
    market.report(order, "delivered")
    given = market.books.run(lambda tx: apply_for_return(tx, order.id, {1: 1}, "damaged", by=BUYER, key="r"))
    document = issue(market, market.read(order), RETURN_SLIP, by=BUYER, returned=given.id)
    sheet = sheet_of(read(market, document).paper, codes)
    assert (document.issuer, document.number, sheet.rows[0][3]) == (BUYER, "RS-000001", "1 pcs")
    assert "damaged" in {each.value for each in sheet.boxes}


def test_erased_personal_data_erases_what_documents_say_and_not_that_they_exist(market: Market) -> None:
    order = shipped(market)
    document = issue(market, order, INVOICE)
    kept = market.books.run(lambda tx: tx.erase_personal(BUYER))
    assert document.personal in kept, "the law asks to keep it"
    market.books.erase_expired(max(each.retain_until for each in kept.values()))
    error = refused(lambda: read(market, document), "document_erased")
    assert document.id in error.message
    assert market.books.read(document.id).hash == document.hash
    refused(lambda: issue(market, order, PACKING_LIST), "buyer_erased")


def test_content_that_was_changed_in_the_database_is_found(market: Market) -> None:
    document = issue(market, shipped(market), INVOICE)
    content = dict(market.books.run(lambda tx: tx.get_personal(document.personal)))
    changed = content["paper"].replace("13600", "1360")
    assert changed != content["paper"]
    with pytest.raises(ValueError, match="not the one whose hash"):
        documents.details_of(document, {"paper": changed})
    assert documents.details_of(document, content).number == document.number
    # Two papers that say the same have other hashes: nobody guesses what one says by its hash.
    paper = documents.read_paper(content["paper"])
    assert documents.hash_of(msgspec.structs.replace(paper, salt="")) != document.hash


@pytest.mark.parametrize("adapter", ["sqlite", "postgresql"])
def test_documents_in_the_database(adapter: str, request: pytest.FixtureRequest) -> None:
    from entrepot.store.trade.books import Keys, StoreBooks

    clock = Clock()
    request.getfixturevalue(f"{adapter}_tables")
    market = Market(StoreBooks(OBJECTS, Keys(DATA_KEY, HASH_KEY), now=clock, random=os.urandom), clock)
    order = shipped(market)
    document = issue(market, order, INVOICE, **ADDRESS)
    assert market.books.read(document.id) == document
    assert read(market, document).paper.party("exporter").address == ADDRESS["exporter_address"]
    assert [each.id for each in market.books.list_objects("do_", owner=BUYER)] == [document.id]
    # What is folded from the events again is the same.
    state = None
    for _, event in market.books.events(stream=document.id):
        state = documents.apply(state, event)
    assert state == document
    from entrepot.store.trade import ledger

    before = market.books.list_objects("do_")
    ledger.rebuild(OBJECTS)
    assert market.books.list_objects("do_") == before
    key = market.books.list_objects("dk_")[0]
    market.books.run(lambda tx: keys.retire(tx, key.thumbprint))
    market.books.run(lambda tx: keys.revoke(tx, key.thumbprint))
    assert market.books.read(key.id).status == "revoked"
    refused(lambda: market.books.run(lambda tx: keys.revoke(tx, "none")), "key_unknown")
    with pytest.raises(NotAllowed):
        market.books.run(lambda tx: keys.retire(tx, key.thumbprint))


def test_every_kind_has_a_sheet_and_events_hold_no_personal_data(market: Market) -> None:
    assert SHEETS.keys() == KINDS.keys()
    order = shipped(market)
    issue(market, order, INVOICE, **ADDRESS)
    ((_, event),) = market.books.events(kind="document.issued")
    text = json.dumps(event.payload, ensure_ascii=False)
    assert not [
        each for each in (*CONTACT.values(), *ADDRESS.values(), EXPORTER.name) if len(each) > 1 and each in text
    ]
