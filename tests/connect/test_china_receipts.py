"""What the answers of China's customs mean, and the code lists of its messages."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from msgspec.structs import replace

from china_messages import GUID, list_receipt
from entrepot.connect.customs.cn import Message, MessageError, read, write
from entrepot.connect.customs.cn.answers import (
    InvtCancelReturn,
    InvtRefundReturn,
    OrderReturn,
    PaymentReturn,
    TaxHeadRd,
    TaxHeadStatus,
    TaxListRd,
)
from entrepot.connect.customs.cn.codes import countries, listed, rows, sources, unit_code, units
from entrepot.connect.customs.cn.messages import LAYOUTS, TaxBill, TaxBillStatus
from entrepot.connect.customs.cn.receipts import bills, error_codes, meaning, meanings, receipts
from entrepot.trade import declarations
from entrepot.trade.declarations import Bill, Receipt


def message_of(document: Any) -> Message[Any]:
    return Message(guid=GUID, documents=(document,))


def test_a_receipt_of_a_list_names_the_list_by_each_of_its_numbers() -> None:
    (receipt,) = receipts(read(write(list_receipt("800"))))
    assert receipt == Receipt(
        document="list",
        code="800",
        time="20261101100000123",
        info="放行",
        numbers={"own": "7C4D8E5F60718293A4B5", "pre": "B20261101000000001", "list": "01002026I000000001"},
    )


COMMON = {"guid": GUID, "returnStatus": "120", "returnTime": "20261101100000123", "returnInfo": "入库"}


@pytest.mark.parametrize(
    ("document", "word", "numbers"),
    [
        (OrderReturn(ebpCode="1", ebcCode="2", orderNo="OR1", **COMMON), "order", {"order": "OR1"}),
        (PaymentReturn(payCode="1", payTransactionId="PY1", **COMMON), "payment", {"payment": "PY1"}),
        (InvtCancelReturn(copNo="C1", preNo="B" * 18, **COMMON), "cancellation", {"own": "C1", "pre": "B" * 18}),
        (InvtRefundReturn(copNo="R1", invtNo="I" * 18, **COMMON), "return", {"own": "R1", "list": "I" * 18}),
    ],
)
def test_each_receipt_says_which_document_it_answers(document: Any, word: str, numbers: dict[str, str]) -> None:
    (receipt,) = receipts(message_of(document))
    assert (receipt.document, receipt.numbers, receipt.code) == (word, numbers, "120")


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"returnStatus": "released"}, "form_integer"),
        ({"returnStatus": "８００"}, "form_integer"),
        ({"returnTime": "20261301100000123"}, "form_milliseconds"),
        ({"returnTime": "2026-11-01T10:00:"}, "form_milliseconds"),
    ],
)
def test_a_receipt_whose_code_or_time_cannot_be_read_is_an_error(changes: dict[str, str], code: str) -> None:
    receipt = list_receipt()
    broken = replace(receipt, documents=(replace(receipt.documents[0], **changes),))
    with pytest.raises(MessageError) as error:
        receipts(broken)
    assert error.value.code == code


def test_every_code_of_the_specification_has_a_meaning_and_600_has_none() -> None:
    official = {"1", "2", "3", "4", "100", "120", "300", "399", "500", "501", "502", "503", "599", "700", "800", "899"}
    assert set(meanings()) == official | {"negative"}
    assert meaning("600") is None
    assert meaning("") is None
    over_the_limit = meaning("-621018")
    assert over_the_limit is not None
    assert over_the_limit.state == "failed"
    unlisted = meaning("-999999")
    assert unlisted is not None
    assert unlisted.en == "processing failed"
    for each in meanings().values():
        assert each.trust == "official"
        assert {f"CEB{number}Message" for number in each.messages} <= set(LAYOUTS)


def test_the_codes_mean_here_what_they_mean_in_trade() -> None:
    # A draft changes nothing in trade: it is the state before a message is declared.
    here = {code: each.state for code, each in meanings().items() if code not in ("1", "negative")}
    assert here == declarations.MEANINGS
    negative = meaning("-301010")
    assert negative is not None
    assert negative.state == declarations.meaning("-301010")


def test_error_codes_have_a_text_and_a_level() -> None:
    assert {each.level for each in error_codes().values()} == {"exchange", "message"}
    assert all(code.startswith("-") == (each.level == "message") for code, each in error_codes().items())
    assert error_codes()["-10102"].en == error_codes()["-10101"].en
    assert all(each.en for each in error_codes().values())


# ---- tax bills ----

HEAD = TaxHeadRd(
    guid=GUID,
    returnTime="20261101100000123",
    invtNo="01002026I000000001",
    taxNo="T1",
    customsTax=Decimal(0),
    valueAddedTax=Decimal("9.10"),
    consumptionTax=Decimal("0.00000"),
    status="1",
)
LINE = TaxListRd(
    gnum=1,
    gcode="0901210000",
    taxPrice=Decimal(100),
    customsTax=Decimal(0),
    valueAddedTax=Decimal("9.10"),
    consumptionTax=Decimal(0),
)


def test_a_tax_bill_is_read_in_whole_fen() -> None:
    (bill,) = bills(read(write(message_of(TaxBill(HEAD, (LINE,))))))
    assert bill == Bill(
        list_number="01002026I000000001",
        number="T1",
        duty=0,
        vat=910,
        excise=0,
        status="made",
        time="20261101100000123",
    )
    with pytest.raises(MessageError) as error:
        bills(message_of(TaxBill(replace(HEAD, valueAddedTax=Decimal("9.105")), (LINE,))))
    assert error.value.code == "not_whole_fen"


def test_the_status_of_a_tax_bill_has_no_amounts() -> None:
    status = TaxHeadStatus(
        guid=GUID, returnTime="20261202100000000", invtNo="01002026I000000001", taxNo="T1", status="2", entDutyNo="P9"
    )
    (bill,) = bills(read(write(message_of(TaxBillStatus(status)))))
    assert (bill.status, bill.paper, bill.vat) == ("collected", "P9", None)
    with pytest.raises(MessageError) as error:
        bills(message_of(TaxBillStatus(replace(status, status="4"))))
    assert error.value.code == "bill_status"


def test_a_message_without_receipts_or_bills_has_none() -> None:
    assert receipts(message_of(TaxBill(HEAD, (LINE,)))) == ()
    assert bills(list_receipt()) == ()


# ---- code lists ----


def test_codes_that_others_have_wrong() -> None:
    # From the facts of the specification: a table that is often copied has 122 for a box and 303 for France.
    assert (units()["122"].zh, units()["140"].zh) == ("罐", "盒")
    assert (countries()["303"].iso, countries()["305"].iso) == ("GB", "FR")
    # 142 is China, the yuan and a bottle: which one depends on the element.
    assert (countries()["142"].iso, listed("currency")["142"].en, units()["142"].zh) == (
        "CN",
        "Chinese yuan (CNY)",
        "瓶",
    )
    assert unit_code("KGM") == "035"
    assert unit_code("") is None


def test_the_origins_of_the_reference_goods_have_the_three_digits_of_customs() -> None:
    assert {code: countries()[code].iso for code in ("141", "107", "136")} == {"141": "VN", "107": "KH", "136": "TH"}


def test_each_country_has_one_code_and_each_row_a_source_and_a_trust() -> None:
    known = [each.iso for each in countries().values() if each.iso]
    assert len(known) == len(set(known))
    for name in ("countries.csv", "units.csv", "lists.csv", "statuses.csv", "errors.csv"):
        for row in rows(name):
            assert row["cite"] in sources(), (name, row)
            assert row["trust"] in ("official", "published", "unchecked"), (name, row)
    # The mapping to the recommendation of UN/ECE is our own.
    assert all(each.rec20_trust == ("unchecked" if each.rec20 else "") for each in units().values())
