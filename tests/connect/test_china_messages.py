"""China's customs messages: what is written is valid by the authority's schema and is read as the same values."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree
from msgspec.structs import replace

from china_messages import (
    GUID,
    IDENTITY,
    SCHEMA,
    drawn_messages,
    import_list,
    list_line,
    list_receipt,
    needs_schema,
    official_schema,
    with_placeholder,
)
from connect import element_tables
from entrepot.connect.customs.cn import Message, MessageError, check, faults, read, write, xml_tree
from entrepot.connect.customs.cn.codes import elements
from entrepot.connect.customs.cn.dxp import read_answer, read_envelope, unwrapped
from entrepot.connect.customs.cn.fields import Number, Text, Whole, Xml
from entrepot.connect.customs.cn.forms import FORMS
from entrepot.connect.customs.cn.messages import FIELDS, LAYOUT_OF, LAYOUTS, NAMESPACE, TaxBill
from entrepot.connect.customs.cn.payment_data import read_request, read_result
from entrepot.connect.customs.cn.values import least_of
from entrepot.language import translate
from entrepot.language.translate import speaking
from sizes import size

XS = "{http://www.w3.org/2001/XMLSchema}"


def signed_where_needed(content: bytes, kind: str) -> bytes:
    return with_placeholder(content) if LAYOUTS[kind].signature == "mandatory" else content


@given(message=drawn_messages())
def test_a_message_that_is_written_is_read_as_the_same_values(message: Message[Any]) -> None:
    assert check(message) == ()
    assert read(write(message)) == message


@needs_schema
@given(message=drawn_messages())
def test_a_message_that_is_written_is_valid_by_the_schema(message: Message[Any]) -> None:
    content = signed_where_needed(write(message), message.kind)
    official_schema().assertValid(etree.fromstring(content))
    assert read(content) == message


# ---- the table of elements against the schema ----


def elements_of(root: etree._Element, name: str) -> Iterator[tuple[str, Any, bool]]:
    """The elements of a record in the schema: name, length or digits, mandatory."""
    (declared,) = (each for each in root if each.tag == f"{XS}element" and each.get("name") == name)
    for element in declared.iter(f"{XS}element"):
        if element is declared:
            continue
        restriction = element.find(f"{XS}simpleType/{XS}restriction")
        facets = {
            each.tag.removeprefix(XS): int(each.get("value", ""))
            for each in element.findall(f"{XS}simpleType/{XS}restriction/*")
        }
        if restriction is not None and restriction.get("base") == "xs:string" and "length" not in facets:
            facets.setdefault("minLength", 0)
        kind = element.get("type") or (restriction.get("base") if restriction is not None else "")
        yield element.get("name", ""), (kind, facets, element.get("fixed", "")), element.get("minOccurs") != "0"


def in_the_words_of_the_schema(kind: Any, *, mandatory: bool) -> tuple[Any, ...]:
    if isinstance(kind, Text):
        least = least_of(kind, mandatory=mandatory)
        facets = {"length": least} if least and least == kind.most else {"maxLength": kind.most, "minLength": least}
        return "xs:string", {name: value for name, value in facets.items() if value is not None}, kind.fixed
    if isinstance(kind, Number):
        return "xs:decimal", {"fractionDigits": kind.places, "totalDigits": kind.digits}, ""
    if isinstance(kind, Whole):
        return "xs:int", {"totalDigits": 9} if kind.most == 999_999_999 else {}, ""
    return "ceb:XMLElement", {}, ""


@needs_schema
def test_every_element_has_the_spelling_order_and_type_of_the_schema() -> None:
    root = etree.parse(str(SCHEMA)).getroot()
    for record, fields in FIELDS.items():
        expected = list(elements_of(root, record.__name__))
        written = [
            (field.name, in_the_words_of_the_schema(field.kind, mandatory=field.mandatory), field.mandatory)
            for field in fields
            if not (isinstance(field.kind, Text) and field.kind.read_only)
        ]
        assert written == expected, record.__name__
    messages = {each.get("name") for each in root if str(each.get("name")).startswith("CEB")}
    assert set(LAYOUTS) == messages


def test_the_traps_of_the_specification() -> None:
    names = {record.__name__: [field.name for field in fields] for record, fields in FIELDS.items()}
    # Spellings that look like mistakes and are the real names.
    assert "acturalPaid" in names["OrderHead"]
    assert names["InvtRefundReturn"] == names["InvtCancelReturn"]
    # The schema has elements that the description leaves out, and another order of the line's units.
    assert names["OrderHead"].index("buyerTelephone") == names["OrderHead"].index("buyerName") + 1
    assert names["LogisticsHead"].index("orderNo") == names["LogisticsHead"].index("billNo") + 1
    line = names["InventoryList"]
    assert line[line.index("qty") : line.index("qty") + 6] == ["qty", "unit", "qty1", "unit1", "qty2", "unit2"]
    # The article number of a list has 20 characters, that of an order 30.
    items = {
        record.__name__: field.kind for record, fields in FIELDS.items() for field in fields if field.name == "itemNo"
    }
    assert {name: kind.most for name, kind in items.items() if isinstance(kind, Text)} == {
        "OrderList": 30,
        "InventoryList": 20,
    }


def test_receipts_are_read_by_their_namespace_whatever_the_prefix_is() -> None:
    content = write(list_receipt())
    default = content.replace(b"xmlns:ceb=", b"xmlns=").replace(b"ceb:", b"")
    other = content.replace(b"ceb:", b"x:").replace(b"xmlns:ceb=", b"xmlns:x=")
    assert read(default) == read(other) == read(content) == list_receipt()
    with pytest.raises(MessageError) as error:
        read(content.replace(NAMESPACE.encode(), b"http://www.chinaport.gov.cn/dxp"))
    assert error.value.code == "wrong_namespace"


def test_a_list_receipt_may_lack_its_port_number_when_read_and_not_when_written() -> None:
    content = write(list_receipt())
    without = content.replace(b"<ceb:preNo>B20261101000000001</ceb:preNo>", b"")
    assert read(without) == list_receipt(preNo=None)
    assert [fault.code for fault in check(list_receipt(preNo=None))] == ["missing"]


def test_the_elements_of_a_tax_bill_that_only_the_description_has_are_read() -> None:
    head = (
        f"<guid>{GUID}</guid><returnTime>20261101100000123</returnTime><invtNo>01002026I000000001</invtNo><taxNo>T1</taxNo>"
        "<customsTax>0</customsTax><valueAddedTax>9.10</valueAddedTax><consumptionTax>0</consumptionTax><status>1</status>"
    )
    line = (
        "<gnum>1</gnum><gcode>0901210000</gcode><taxPrice>100</taxPrice><customsTax>0</customsTax>"
        "<valueAddedTax>9.10</valueAddedTax><consumptionTax>0</consumptionTax>"
    )
    content = (
        f'<CEB816Message xmlns="{NAMESPACE}" guid="{GUID}" version="1.0"><Tax><TaxHeadRd>{head}<orderNo>1</orderNo>'
        f"<logisticNo>2</logisticNo></TaxHeadRd><TaxListRd>{line}</TaxListRd></Tax></CEB816Message>"
    )
    (bill,) = read(content.encode()).documents
    assert isinstance(bill, TaxBill)
    assert (bill.head.orderNo, bill.head.logisticNo, bill.head.valueAddedTax) == ("1", "2", Decimal("9.10"))
    assert {fault.code for fault in check(read(content.encode()))} == {"read_only"}


# ---- bad values ----


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"orderNo": "x" * 61}, "too_long"),
        ({"orderNo": ""}, "empty"),
        ({"orderNo": "   "}, "blank"),
        ({"orderNo": None}, "missing"),
        ({"orderNo": 5}, "not_a_text"),
        ({"orderNo": "a\x00b"}, "character"),
        ({"orderNo": "a\ud800b"}, "character"),
        ({"customsCode": "010"}, "wrong_length"),
        ({"customsCode": "01a0"}, "form_digits"),
        ({"wrapType": ""}, "empty"),
        ({"declTime": "20260230"}, "form_day"),
        ({"appTime": "20260301246000"}, "form_seconds"),
        ({"guid": GUID.lower()}, "form_guid"),
        ({"currency": "502"}, "fixed"),
        ({"country": "VNM"}, "code"),
        ({"tradeMode": "0110"}, "code"),
        ({"buyerIdType": "2"}, "code"),
        ({"ieFlag": "E"}, "code"),
        ({"freight": Decimal("0.000001")}, "too_many_digits"),
        ({"freight": Decimal("1e20")}, "too_many_digits"),
        ({"freight": Decimal(-1)}, "negative"),
        ({"freight": Decimal("NaN")}, "not_a_decimal"),
        ({"freight": 1.5}, "not_a_decimal"),
        ({"packNo": 0}, "not_a_whole_number"),
        ({"packNo": True}, "not_a_whole_number"),
        ({"packNo": 2}, "one_parcel"),
        ({"netWeight": Decimal("1.3")}, "at_most"),
        ({"billNo": None}, "required_with"),
        ({"tradeMode": "1210"}, "not_allowed_with"),
        ({"tradeMode": "1210"}, "only_with"),
        ({"tradeMode": "1210", "billNo": None, "trafNo": None, "voyageNo": None}, "required_with"),
    ],
)
def test_a_bad_value_is_named_with_its_message_and_element(changes: dict[str, Any], code: str) -> None:
    message = import_list(**changes)
    with pytest.raises(MessageError) as error:
        write(message)
    assert code in {fault.code for fault in error.value.faults}
    fault = next(fault for fault in error.value.faults if fault.code == code)
    assert fault.message == "CEB621Message"
    assert str(fault).startswith(f"CEB621Message, {fault.element}")


def test_an_error_says_what_is_wrong_the_value_and_what_is_allowed() -> None:
    with pytest.raises(MessageError) as error:
        write(import_list(declTime="20260230"))
    assert error.value.message == (
        'CEB621Message, Inventory[0]/InventoryHead/declTime: "20260230" is not a day. Write YYYYMMDD.'
    )


def test_personal_data_is_in_no_error() -> None:
    with pytest.raises(MessageError) as error:
        write(import_list(buyerIdNumber=IDENTITY[:-1] + "1", buyerName="张" * 61))
    assert {fault.code for fault in error.value.faults} == {"form_identity", "too_long"}
    told = repr(error.value.faults) + str(error.value)
    assert IDENTITY[:-1] not in told
    assert "张" not in told
    content = write(import_list()).replace("<ceb:buyerName>张三".encode(), b"<ceb:buyerName>" + "张".encode() * 61)
    with pytest.raises(MessageError) as error:
        read(content)
    assert error.value.code == "too_long"
    assert "张" not in str(error.value)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"totalPrice": Decimal("100.00001")}, "sum"),
        ({"qty": Decimal(3), "price": Decimal("33.33333")}, "sum"),
        ({"gnum": 2}, "line_numbers"),
        ({"qty2": Decimal(1)}, "both_or_none"),
        ({"gcode": "09012100"}, "wrong_length"),
        ({"unit": "999"}, "code"),
        ({"tradeCountry": ""}, "empty"),
        ({"itemNo": "x" * 21}, "too_long"),
    ],
)
def test_a_bad_line_is_named(changes: dict[str, Any], code: str) -> None:
    (fault,) = check(import_list(list_line(**changes)))
    assert fault.code == code
    assert "InventoryList[0]" in fault.element


def test_a_message_has_one_to_a_hundred_documents_of_one_class() -> None:
    message = import_list()
    assert check(replace(message, documents=message.documents * 100)) == ()
    assert [fault.code for fault in check(replace(message, documents=message.documents * 101))] == ["too_many"]
    assert [fault.code for fault in check(replace(message, documents=()))] == ["no_documents"]
    mixed: tuple[Any, ...] = (*message.documents, list_receipt().documents[0])
    assert [fault.code for fault in check(replace(message, documents=mixed))] == ["mixed_documents"]
    assert [fault.code for fault in check(replace(message, transfer=None))] == ["no_transfer"]
    lines = tuple(list_line(number) for number in range(1, 101))
    assert [fault.code for fault in check(import_list(*lines))] == ["too_many"]


# ---- bad bytes ----


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ((b"</ceb:InventoryHead>", b""), "not_xml"),
        ((b"<ceb:CEB621", b"<!DOCTYPE x SYSTEM 'file:///etc/passwd'><ceb:CEB621"), "doctype"),
        ((b"<ceb:orderNo>", b"<ceb:orderNo><ceb:x/>"), "element_in_text"),
        ((b"<ceb:orderNo>", b"text<ceb:orderNo>"), "text_between"),
        ((b"<ceb:orderNo>", b"<ceb:orderNumber/><ceb:orderNo>"), "element_unknown"),
        ((b"</ceb:InventoryHead>", b"<ceb:orderNumber/></ceb:InventoryHead>"), "element_unknown"),
        ((b"</ceb:InventoryHead>", b"<ceb:orderNo>1</ceb:orderNo></ceb:InventoryHead>"), "element_order"),
        ((b"<ceb:orderNo>OR20261101000001</ceb:orderNo>", b""), "element_missing"),
        ((b"<ceb:orderNo>", b"<ceb:orderNo lang='x'>"), "attribute_unknown"),
        ((b' guid="', b' edition="1" guid="'), "attribute_unknown"),
        ((b' version="1.0">', b">"), "attribute_missing"),
        ((b"CEB621Message", b"CEB622Message"), "element_unknown"),
        ((b"CEB621Message", b"CEB629Message"), "unknown_message"),
        ((b"<ceb:gnum>1", b"<ceb:gnum>1.0"), "not_a_number"),
        ((b"<ceb:gnum>1", b"<ceb:gnum>2147483648"), "not_a_number"),
        ((b"<ceb:freight>12.00", b"<ceb:freight>1e1"), "not_a_number"),
        ((b"<ceb:freight>12.00", b"<ceb:freight>0.000001"), "too_many_digits"),
        ((b"<ceb:currency>142", b"<ceb:currency>156"), "fixed"),
        ((b"\xe5\xbc\xa0", b"\xe5\xbc"), "not_utf8"),
    ],
)
def test_a_message_with_one_fault_is_refused_with_its_code(change: tuple[bytes, bytes], code: str) -> None:
    content = write(import_list())
    changed = content.replace(*change)
    assert changed != content
    with pytest.raises(MessageError) as error:
        read(changed)
    assert error.value.code == code


def test_reading_is_bounded_in_bytes_and_depth() -> None:
    content = write(import_list())
    with pytest.raises(MessageError) as error:
        read(content, most_bytes=len(content) - 1)
    assert error.value.code == "too_large"
    deep = b"<a>" * 100_000 + b"</a>" * 100_000
    with pytest.raises(MessageError) as error:
        read(content.replace(b"<ceb:orderNo>", b"<ceb:orderNo>" + deep))
    assert error.value.code == "too_deep"


def test_a_message_in_another_encoding_is_refused() -> None:
    text = write(import_list()).decode().replace('encoding="UTF-8"', 'encoding="GB18030"')
    with pytest.raises(MessageError) as error:
        read(text.encode("gb18030"))
    assert error.value.code == "not_utf8"
    # A declaration of another encoding would make another parser read other characters.
    with pytest.raises(MessageError) as error:
        read(text.encode())
    assert error.value.code == "not_utf8"
    assert read(text.replace("GB18030", "utf-8").encode("utf-8-sig")) == import_list()


@needs_schema
@settings(max_examples=size(300, 5000))
@given(data=st.data())
def test_what_the_reader_takes_is_what_the_schema_takes_one_wrong_character_at_a_time(data: st.DataObject) -> None:
    message: Message[Any] = data.draw(st.sampled_from([import_list(list_line(1), list_line(2)), list_receipt()]))
    content = signed_where_needed(write(message), message.kind).decode()
    # The XML declaration is left as it is: parsers differ in what they take there. So is the signature.
    end = content.find("<ds:Signature") % len(content)
    place = data.draw(st.integers(content.index("\n"), end))
    sign = data.draw(st.sampled_from(["", "0", "1", "-", ".", " ", "x", "<", ">", "&", "/", '"', ":", "张"]))
    changed = (content[:place] + sign + content[place + 1 :]).encode()
    try:
        valid = official_schema().validate(etree.fromstring(changed))
    except etree.XMLSyntaxError:
        valid = False
    try:
        read(changed)
        taken = True
    except MessageError:
        taken = False
    assert taken == valid, changed.decode()


def test_all_kinds_are_reachable_by_their_document() -> None:
    assert len(LAYOUT_OF) == len(LAYOUTS) == 19
    assert not any(
        isinstance(field.kind, Xml) and field.name != "Message" for fields in FIELDS.values() for field in fields
    )


def test_every_code_of_a_fault_is_used_and_has_a_sentence() -> None:
    constants: set[str] = set()
    package = Path(faults.__file__).parent
    for file in (*package.glob("*.py"), *(package.parents[2] / "trade_app").glob("customs_*.py")):
        if file.name != "faults.py":
            tree = ast.parse(file.read_text("utf-8"))
            constants |= {str(node.value) for node in ast.walk(tree) if isinstance(node, ast.Constant)}
    forms = {f"form_{name}" for name in FORMS}
    assert set(faults.SENTENCES) <= constants | forms
    assert forms <= set(faults.SENTENCES)


def test_a_fault_is_told_in_the_languages_of_the_product() -> None:
    fault = check(import_list(declTime="20260230"))[0]
    place = "CEB621Message, Inventory[0]/InventoryHead/declTime: "
    with speaking("zh"):
        assert fault.said(translate._) == f'{place}"20260230" 不是日期。请写成 YYYYMMDD。'


def test_every_element_has_a_label_and_the_page_of_elements_is_up_to_date() -> None:
    names = {field.name for fields in FIELDS.values() for field in fields}
    assert names == set(elements())
    assert element_tables.PAGE.read_text("utf-8") == element_tables.page(), "run python tests/connect/element_tables.py"


def code_of(reader: Callable[[bytes], object], content: bytes) -> str:
    """The code of the error of a reader; empty where it reads the bytes."""
    try:
        reader(content)
    except MessageError as error:
        return error.code
    return ""


@given(content=st.binary(max_size=200) | st.builds(lambda part: write(list_receipt())[:part], st.integers(0, 700)))
def test_any_bytes_are_a_message_or_an_error_with_a_code(content: bytes) -> None:
    for reader in (read, unwrapped, read_envelope, read_answer, read_request, read_result):
        code = code_of(reader, content)
        assert code == "" or code in faults.SENTENCES


def test_numbers_of_any_length_are_read_or_refused() -> None:
    content = write(import_list())
    zeros = content.replace(b"<ceb:gnum>1", b"<ceb:gnum>" + b"0" * 10_000 + b"1")
    assert read(zeros) == import_list()
    for wrong in (b"1" * 10_000, b"-2147483649", b"+-1", b"", b"1_0", "１".encode()):
        with pytest.raises(MessageError) as error:
            read(content.replace(b"<ceb:gnum>1", b"<ceb:gnum>" + wrong))
        assert error.value.code == "not_a_number"
    with pytest.raises(MessageError) as error:
        read(content.replace(b"<ceb:freight>12.00", b"<ceb:freight>12." + b"0" * 20_000))
    assert error.value.code == "not_a_number"
    long = content.replace(b"<ceb:freight>12.00", b"<ceb:freight>12." + b"0" * 10_000)
    assert check(read(long)) == ()
    assert b"<ceb:freight>12.00000<" in write(read(long))


def test_a_small_message_of_many_elements_is_refused_early(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xml_tree, "MOST_ELEMENTS", 1000)
    content = write(import_list()).replace(b"<ceb:orderNo>", b"<ceb:x/>" * 1000 + b"<ceb:orderNo>")
    with pytest.raises(MessageError) as error:
        read(content)
    assert error.value.code == "too_many_elements"


def test_a_hundred_lists_of_ninety_nine_lines_are_within_the_bounds() -> None:
    message = import_list(*(list_line(number) for number in range(1, 100)))
    content = write(replace(message, documents=message.documents * 100))
    assert len(content) < xml_tree.MOST_BYTES
    assert content.count(b"</") < xml_tree.MOST_ELEMENTS


def test_attributes_that_name_a_schema_are_taken_and_no_others() -> None:
    content = write(import_list())
    hint = b' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:%s="a b" guid='
    assert read(content.replace(b" guid=", hint % b"schemaLocation", 1)) == import_list()
    with pytest.raises(MessageError) as error:
        read(content.replace(b" guid=", hint % b"nil", 1))
    assert error.value.code == "attribute_unknown"
