"""The match of order, payment voucher, waybill and import list, rule by rule."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from entrepot.model.sources import PACK_TRUST
from entrepot.trade.ledger.events import check_value
from entrepot.trade.match.compare import (
    FAILED,
    NOT_APPLICABLE,
    NOT_CHECKABLE,
    PASSED,
    Match,
    keyed_hash,
    match,
)
from entrepot.trade.match.documents import ELEMENTS, PERSONAL, Documents, ImportList, ListLine, Order, OrderLine
from entrepot.trade.match.rules import RULES, Equal
from entrepot.trade.sources import SOURCES
from match_documents import BONDED, BUYER, CONSIGNEE, DIRECT, SETTINGS, consistent, documents

hashed = keyed_hash(b"a key of the tests")
CENT = Decimal("0.01")


def matched(found: Documents, **settings: Any) -> Match:
    return match(found, mask=hashed, settings=msgspec.structs.replace(SETTINGS, **settings))


def changed(found: Documents, name: str, value: object) -> Documents:
    """The documents with another value in one field; `order.lines.total` is that of the last line."""
    document, _, attribute = name.partition(".")
    old = getattr(found, document)
    if attribute.startswith("lines."):
        *others, line = old.lines
        value = (*others, msgspec.structs.replace(line, **{attribute.removeprefix("lines."): value}))
        attribute = "lines"
    return msgspec.structs.replace(found, **{document: msgspec.structs.replace(old, **{attribute: value})})


def value_of(found: Documents, name: str) -> Any:
    document, _, attribute = name.partition(".")
    old = getattr(found, document)
    return getattr(old.lines[-1], attribute[6:]) if attribute.startswith("lines.") else getattr(old, attribute)


def failed(found: Match) -> set[str]:
    return {each.rule for each in found.of(FAILED)}


# For each field: a value that breaks what the rules say of it, and the rules that name it. Written from the rules of
# the specification and of the notices, not from the code.
WRONG = {
    "order.number": ("A-2", {"list.order", "waybill.order", "payment.order"}),
    "order.platform_code": ("X", {"list.order", "payment.order"}),
    "order.seller_code": ("X", {"list.order"}),
    "order.goods_value": (CENT, {"amount.paid", "amount.goods"}),
    "order.freight": (CENT, {"amount.paid"}),
    "order.discount": (CENT, {"amount.paid"}),
    "order.tax": (CENT, {"amount.paid"}),
    "order.paid": (CENT, {"amount.paid", "amount.payment"}),
    "order.currency": ("USD", {"currency"}),
    "order.buyer_name": ("王芳", {"person.payer", "person.buyer"}),
    "order.buyer_id_type": ("2", {"person.identity_card", "person.buyer"}),
    "order.buyer_id_number": ("110101194912310021", {"person.payer", "person.buyer"}),
    "order.buyer_telephone": ("1", {"person.buyer"}),
    "order.payment_company_code": ("X", {"order.payment"}),
    "order.payment_number": ("X", {"order.payment"}),
    "order.consignee_name": ("王芳", {"person.consignee"}),
    "order.consignee_telephone": ("1", {"person.consignee"}),
    "order.consignee_address": ("X", {"person.consignee", "person.address"}),
    "order.receipt": (100, {"time.documents"}),
    "order.lines.number": (77, {"goods.lines"}),
    "order.lines.name": ("X", {"goods.name"}),
    "order.lines.unit": ("007", {"goods.quantity"}),
    "order.lines.quantity": (CENT, {"amount.order_lines", "goods.quantity"}),
    "order.lines.price": (CENT, {"amount.order_lines", "goods.price"}),
    "order.lines.total": (CENT, {"amount.order_lines", "amount.goods", "goods.price"}),
    "order.lines.currency": ("USD", {"currency", "goods.price"}),
    "payment.number": ("X", {"order.payment"}),
    "payment.company_code": ("X", {"order.payment"}),
    "payment.order_number": ("X", {"payment.order"}),
    "payment.platform_code": ("X", {"payment.order"}),
    "payment.payer_name": ("X", {"person.payer"}),
    "payment.payer_id_type": ("2", {"person.identity_card"}),
    "payment.payer_id_number": ("X", {"person.payer"}),
    "payment.amount": (CENT, {"amount.payment"}),
    "payment.currency": ("USD", {"currency"}),
    "payment.receipt": (4, {"time.documents"}),
    "waybill.number": ("X", {"list.waybill"}),
    "waybill.carrier_code": ("X", {"list.waybill"}),
    "waybill.order_number": ("X", {"waybill.order"}),
    "waybill.freight": (CENT, {"amount.freight"}),
    "waybill.insurance": (CENT, {"amount.freight"}),
    "waybill.currency": ("USD", {"currency"}),
    "waybill.weight": (CENT, {"weight.gross"}),
    "waybill.packages": (2, {"weight.packages"}),
    "waybill.consignee_name": ("X", {"person.consignee"}),
    "waybill.consignee_telephone": ("X", {"person.consignee"}),
    "waybill.consignee_address": ("X", {"person.consignee"}),
    "waybill.receipt": (-504011, {"time.documents"}),
    "list.order_number": ("X", {"list.order"}),
    "list.platform_code": ("X", {"list.order"}),
    "list.seller_code": ("X", {"list.order"}),
    "list.waybill_number": ("X", {"list.waybill"}),
    "list.carrier_code": ("X", {"list.waybill"}),
    "list.buyer_name": ("X", {"person.buyer"}),
    "list.buyer_id_type": ("2", {"person.identity_card", "person.buyer"}),
    "list.buyer_id_number": ("X", {"person.buyer"}),
    "list.buyer_telephone": ("X", {"person.buyer"}),
    "list.consignee_address": ("X", {"person.address"}),
    "list.account_book": ("", {"flow.bonded"}),
    "list.zone_company_code": ("", {"flow.bonded"}),
    "list.zone_company_name": (None, {"flow.bonded"}),
    "list.vehicle": ("VN-1", {"flow.bonded"}),
    "list.voyage": ("VN501", {"flow.bonded"}),
    "list.transport_document": ("738", {"flow.bonded"}),
    "list.freight": (CENT, {"amount.freight"}),
    "list.insurance": (CENT, {"amount.freight"}),
    "list.currency": ("USD", {"currency"}),
    "list.packages": (2, {"weight.packages"}),
    "list.gross_weight": (Decimal(-1), {"weight.gross", "weight.net"}),
    "list.net_weight": (Decimal(1), {"weight.net"}),
    "list.lines.number": (77, {"goods.lines"}),
    "list.lines.record": (None, {"flow.bonded"}),
    "list.lines.code": ("2402200000", {"goods.positive_list"}),
    "list.lines.name": ("X", {"goods.name"}),
    "list.lines.unit": ("007", {"goods.quantity"}),
    "list.lines.quantity": (CENT, {"amount.list_lines", "goods.quantity"}),
    "list.lines.price": (CENT, {"amount.list_lines", "goods.price"}),
    "list.lines.total": (CENT, {"amount.list_lines", "goods.price"}),
    "list.lines.currency": ("USD", {"currency", "goods.price"}),
}


def wrong(found: Documents, name: str) -> Documents:
    """The documents with one field wrong: an amount is changed by what WRONG has for it, another is replaced."""
    value = WRONG[name][0]
    return changed(found, name, value_of(found, name) + value if isinstance(value, Decimal) else value)


def test_every_field_of_the_documents_is_named_by_a_rule_and_broken_here() -> None:
    fields = {
        f"{document}.{name}"
        for document, of in (
            ("order", Order),
            ("order.lines", OrderLine),
            ("list", ImportList),
            ("list.lines", ListLine),
        )
        for name in of.__struct_fields__
        if name != "lines"
    }
    assert fields <= WRONG.keys() | {"list.mode"}, "the mode of a list says which rule applies: tested apart"
    assert {rule for _, rules in WRONG.values() for rule in rules} == {rule.id for rule in RULES} - {"flow.direct"}


@given(consistent())
def test_consistent_documents_pass_every_rule(found: Documents) -> None:
    result = matched(found)
    assert result.outcome == PASSED
    assert {each.outcome for each in result.rules} <= {PASSED, NOT_APPLICABLE}
    assert [each.rule for each in result.of(NOT_APPLICABLE)] == [
        "flow.direct" if found.list and found.list.mode == "1210" else "flow.bonded"
    ]


@pytest.mark.parametrize("name", WRONG)
def test_one_wrong_field_fails_exactly_the_rules_that_name_it(name: str) -> None:
    found = matched(wrong(documents(), name), listed={**SETTINGS.listed, "24022000": False})
    assert (found.outcome, failed(found)) == (FAILED, WRONG[name][1])


@given(consistent(), st.sampled_from(sorted(WRONG)))
def test_one_wrong_field_fails_its_rules_in_any_documents(found: Documents, name: str) -> None:
    rules = set(WRONG[name][1])
    if found.list and found.list.mode == "9610":
        if rules == {"flow.bonded"}:
            return
        # What breaks the rule of bonded goods alone is allowed here.
        rules.discard("flow.bonded")
    result = matched(wrong(found, name), listed={**SETTINGS.listed, "24022000": False})
    # A cent of price or quantity may leave the total of a line equal, where the other of the two is nearly nothing.
    total = {"amount.order_lines", "amount.list_lines"}
    tolerated = total if name.endswith(("lines.quantity", "lines.price")) else set()
    assert failed(result) - tolerated == rules - tolerated


@pytest.mark.parametrize("name", sorted(WRONG.keys() - {"list.vehicle", "list.voyage", "list.transport_document"}))
def test_a_missing_field_is_named_and_not_a_failure(name: str) -> None:
    found = matched(changed(documents(), name, None))
    _, rules = WRONG[name]
    if rules == {"flow.bonded"}:  # here the rule is that the field is stated
        assert failed(found) == rules
        return
    if name in ("order.payment_number", "order.payment_company_code"):  # optional in the order
        assert found.outcome == PASSED
        return
    assert found.outcome == NOT_CHECKABLE
    assert not failed(found)
    missing = {each.rule: each.missing for each in found.of(NOT_CHECKABLE)}
    assert rules <= missing.keys()
    document, _, attribute = name.partition(".lines.")
    named = f"{document}.lines[2].{attribute}" if attribute else name
    if attribute != "number":
        assert missing.keys() == rules
        assert all(named in names for names in missing.values())


@pytest.mark.parametrize("document", ["order", "payment", "waybill", "list"])
def test_a_missing_document_leaves_only_its_rules_open(document: str) -> None:
    found = matched(msgspec.structs.replace(documents(), **{document: None}))
    assert found.outcome == NOT_CHECKABLE
    assert not failed(found)
    for each in found.of(NOT_CHECKABLE):
        assert all(name.startswith(document) for name in each.missing), each
    for rule in RULES:
        if isinstance(rule.test, Equal) and not any(document in field for pair in rule.test.pairs for field in pair):
            assert next(each for each in found.rules if each.rule == rule.id).outcome == PASSED


def test_an_amount_off_by_a_cent_and_by_the_last_decimal_fails() -> None:
    for difference in ("0.01", "-0.01", "0.00001"):
        paid = documents().order.paid + Decimal(difference)  # type: ignore[union-attr,operator]  # both are there
        found = matched(changed(documents(), "payment.amount", paid))
        assert failed(found) == {"amount.payment"}
    same = Decimal(f"{documents().payment.amount}000")  # type: ignore[union-attr]  # it is there
    assert matched(changed(documents(), "payment.amount", same)).outcome == PASSED


def test_the_total_of_a_line_is_rounded_half_up_to_five_decimals() -> None:
    # 0.33333 * 0.5 = 0.166665, exact at six decimals; 0.12345 * 0.1 = 0.012345.
    for price, quantity, total in (
        ("0.33333", "0.5", "0.16667"),
        ("0.12345", "0.1", "0.01235"),
        ("3", "0.33333", "0.99999"),
    ):
        found = matched(documents(((Decimal(price), Decimal(quantity)),)))
        comparison = next(each for each in found.rules if each.rule == "amount.order_lines").comparisons[0]
        assert (comparison.right_value, comparison.outcome) == (total, PASSED)


def test_the_largest_numbers_are_exact() -> None:
    # (10^14 - 10^-5)^2 = 10^28 - 2 * 10^9 + 10^-10.
    largest = Decimal("99999999999999.99999")
    found = matched(documents(((largest, largest),)))
    assert found.outcome == PASSED
    comparison = next(each for each in found.rules if each.rule == "amount.order_lines").comparisons[0]
    assert comparison.right_value == "9999999999999999998000000000.00000"
    one_less = changed(
        documents(((largest, largest),)), "order.lines.total", Decimal("9999999999999999997999999999.99999")
    )
    assert "amount.order_lines" in failed(matched(one_less))


def test_goods_without_packing_weigh_the_same_net_and_gross() -> None:
    assert matched(changed(documents(), "list.net_weight", Decimal("1.5"))).outcome == PASSED


def test_a_gift_has_the_price_nil() -> None:
    assert matched(documents(((Decimal(0), Decimal(1)), (Decimal(5), Decimal(2))))).outcome == PASSED


def test_another_payer_passes_only_on_a_platform_that_authenticates_the_buyer() -> None:
    found = changed(documents(), "payment.payer_name", "王芳")
    assert failed(matched(found)) == {"person.payer"}
    lenient = matched(found, buyers_authenticated=True)
    assert lenient.outcome == PASSED
    payer = next(each for each in lenient.rules if each.rule == "person.payer")
    assert payer.outcome == NOT_APPLICABLE
    assert [each.outcome for each in payer.comparisons] == [FAILED, PASSED], "the difference is still told"


def test_lines_correspond_by_number_whatever_their_order() -> None:
    found = documents()
    assert found.list
    turned = changed(found, "list.lines", found.list.lines[::-1])
    assert matched(turned).outcome == PASSED
    fewer = changed(found, "list.lines", found.list.lines[:1])
    assert failed(matched(fewer)) == {"goods.lines"}
    assert next(each for each in matched(fewer).rules if each.rule == "goods.name").missing == ("list.lines[2].name",)
    twice = changed(found, "list.lines", (*found.list.lines, found.list.lines[0]))
    assert failed(matched(twice)) == {"goods.lines"}
    both = changed(twice, "order.lines", (*found.order.lines, found.order.lines[0]))  # type: ignore[union-attr]  # it is there
    assert "goods.lines" in failed(matched(both)), "a number that occurs twice in both is still wrong"


def test_direct_purchase_names_its_transport() -> None:
    for name in ("vehicle", "voyage", "transport_document"):
        assert failed(matched(documents(flow={**DIRECT, name: ""}))) == {"flow.direct"}
    # A bonded list that is declared as direct purchase names no transport.
    assert failed(matched(changed(documents(flow=BONDED), "list.mode", "9610"))) == {"flow.direct"}
    assert {"flow.direct", "flow.bonded"} <= {
        each.rule for each in matched(changed(documents(), "list.mode", None)).of(NOT_CHECKABLE)
    }


@pytest.mark.parametrize(
    ("code", "outcome"),
    [
        (1, FAILED),
        (2, PASSED),
        (3, PASSED),
        (4, FAILED),
        (100, FAILED),
        (120, PASSED),
        (399, PASSED),
        (-301010, FAILED),
    ],
)
def test_a_document_is_at_customs_from_status_2_on(code: int, outcome: str) -> None:
    for name in ("order", "payment", "waybill"):
        assert matched(changed(documents(), f"{name}.receipt", code)).outcome == outcome


def test_mode_1239_is_bonded_as_1210() -> None:
    assert matched(documents(flow={**BONDED, "mode": "1239"})).outcome == FAILED  # without the material numbers
    assert matched(changed(documents(), "list.mode", "1239")).outcome == PASSED


def test_goods_of_which_it_is_not_known_whether_they_are_listed_are_not_checkable() -> None:
    found = matched(documents(), listed={})
    assert [(each.rule, each.missing) for each in found.of(NOT_CHECKABLE)] == [
        ("goods.positive_list", ("listed[09012100]", "listed[08013200]"))
    ]


@given(consistent(), st.sampled_from(sorted(WRONG)))
def test_a_result_holds_no_personal_value_and_is_a_payload_of_the_ledger(found: Documents, name: str) -> None:
    result = matched(wrong(found, name))
    text = msgspec.json.encode(result).decode()
    for value in (*BUYER.values(), *CONSIGNEE.values(), "王芳", "110101194912310021"):
        if len(value) > 1:
            assert value not in text
    assert hashed(BUYER["buyer_id_number"]) in text
    check_value(msgspec.to_builtins(result))
    assert msgspec.json.decode(text, type=Match) == result


def test_the_fields_of_persons_are_masked() -> None:
    seen: list[str] = []

    def noted(value: str) -> str:
        seen.append(value)
        return "masked"

    match(documents(), mask=noted, settings=SETTINGS)
    expected = [value for name, value in (*BUYER.items(), *CONSIGNEE.items()) if name != "buyer_id_type"]
    assert set(seen) == set(expected)
    assert all("name" in name or "number" in name or "telephone" in name or "address" in name for name in PERSONAL)


def test_numbers_that_are_not_exact_are_refused() -> None:
    with pytest.raises(TypeError, match=r"paid is 1\.1\. Give a Decimal"):
        Order(paid=1.1)  # type: ignore[arg-type]  # the fault that is tested
    with pytest.raises(ValueError, match="at most 5 decimals"):
        Order(paid=Decimal("0.000001"))
    with pytest.raises(ValueError, match="finite"):
        Order(paid=Decimal("NaN"))
    for text in ("1e-30", f"{'9' * 40}.0000001", "0.0000100001"):
        with pytest.raises(ValueError, match="at most 5 decimals"):
            Order(paid=Decimal(text))
    for text in ("0.1000000", "0.00001000", "1e3", f"{'9' * 40}.0000000", "0e-9"):
        assert Order(paid=Decimal(text)).paid == Decimal(text)


def test_rules_have_ids_of_their_own_sources_and_trust() -> None:
    assert len({rule.id for rule in RULES}) == len(RULES)
    for rule in RULES:
        assert rule.source in SOURCES
        assert rule.trust in PACK_TRUST
        assert rule.trust != "official" or (rule.source == "ceb-202205" and rule.where), rule.id


def test_each_field_has_the_element_that_it_is_in() -> None:
    for document, of in (("order", Order), ("order.lines", OrderLine), ("list", ImportList), ("list.lines", ListLine)):
        assert set(ELEMENTS[document]) == set(of.__struct_fields__) - {"lines", "receipt"}


def test_the_reference_page_has_the_rules_and_the_fields() -> None:
    page = (Path(__file__).parents[2] / "docs" / "reference" / "three-document-match.md").read_text()
    for rule in RULES:
        where = f", {rule.where}" if rule.where else ""
        assert f"| `{rule.id}` | {rule.says} | `{rule.source}`{where} | {rule.trust} |" in page
    for fields in ELEMENTS.values():
        assert ", ".join(f"`{name}`" + (f" {of}" if of != name else "") for name, of in fields.items()) in page
