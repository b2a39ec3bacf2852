"""Declarations: the documents, the list, and the receipts of customs in every order."""

from __future__ import annotations

import itertools
import os
from functools import partial
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from entrepot.model.errors import TradeError
from entrepot.trade.customs import (
    Unmatched,
    ask_cancellation,
    ask_return,
    close_unmatched,
    open_declaration,
    receive_bill,
    receive_receipt,
    receive_refusal,
    retry_unmatched,
    send_again,
    send_message,
)
from entrepot.trade.declarations import (
    MEANINGS,
    MOVES,
    Bill,
    Declaration,
    Message,
    Receipt,
    after_receipt,
    cancellation_number,
    guid_of,
    message_key,
    own_number,
)
from entrepot.trade.kinds import KINDS
from entrepot.trade.memory import MemoryBooks
from entrepot.trade.objects import NotAllowed
from entrepot.trade.ports import AlreadyRecorded
from trade.tally import Clock

NUMBERS = {"order": "or_1", "payment": "P1", "waybill": "W1"}
LIST_NUMBER = "291020261000000001"


@pytest.fixture
def books() -> MemoryBooks:
    return MemoryBooks(KINDS, now=Clock(), random=os.urandom)


def opened(books: MemoryBooks, **more: Any) -> Declaration:
    given = {"order": "or_1", "owners": ["og_1", "us_1"], "mode": "9610", "numbers": NUMBERS} | more
    return books.run(lambda tx: open_declaration(tx, **given))


def received(books: MemoryBooks, document: str, code: str, time: str, **numbers: str) -> Any:
    named = {"order": {"order": "or_1"}, "payment": {"payment": "P1"}, "waybill": {"waybill": "W1"}}
    receipt = Receipt(document=document, code=code, time=time, numbers=named.get(document, {}) | numbers)
    return books.run(lambda tx: receive_receipt(tx, receipt))


def stored(books: MemoryBooks, **more: Any) -> Declaration:
    number = opened(books, **more).id
    for document in ("order", "payment", "waybill"):
        received(books, document, "120", "20260301090000000")
    found = books.read(number)
    assert isinstance(found, Declaration)
    return found


def listed(books: MemoryBooks, *codes: str) -> Declaration:
    """A declaration whose list got receipts, one an hour."""
    found = stored(books)
    for hour, code in enumerate(codes, 10):
        changed = received(
            books, "list", code, f"202603{hour:02d}120000000", own=own_number(found.id), list=LIST_NUMBER
        )
        assert isinstance(changed, Declaration)
        found = changed
    return found


def sent(books: MemoryBooks) -> list[str]:
    return [each.topic for each in reversed(books.outbox.listed(channel="customs"))]


def test_the_list_is_sent_once_all_three_documents_are_stored(books: MemoryBooks) -> None:
    opened(books)
    assert sent(books) == ["order", "payment", "waybill"]
    for document in ("waybill", "order"):
        found = received(books, document, "120", "20260301090000000")
        assert found.status == "documents_sent"
    assert sent(books) == ["order", "payment", "waybill"]
    found = received(books, "payment", "120", "20260301090500000")
    assert found.status == "documents_stored"
    assert sent(books) == ["order", "payment", "waybill", "list"]
    # The same again, and a later one: nothing is sent twice.
    received(books, "payment", "120", "20260301090500000")
    received(books, "order", "120", "20260301100000000")
    assert sent(books) == ["order", "payment", "waybill", "list"]


def test_an_order_is_declared_once(books: MemoryBooks) -> None:
    opened(books)
    with pytest.raises(AlreadyRecorded):
        opened(books)
    with pytest.raises(NotAllowed, match="without the number of the waybill"):
        opened(books, order="or_2", numbers={"order": "or_2", "payment": "P2", "waybill": ""})


@pytest.mark.parametrize(
    ("codes", "status"),
    [
        (("2",), "declared"),
        (("2", "3", "120"), "declared"),
        (("120", "300"), "held"),
        (("120", "500"), "held"),
        (("120", "399"), "assessed"),
        (("120", "399", "800"), "released"),
        (("120", "399", "800", "899"), "closed"),
        (("120", "100"), "refused"),
        (("-621018",), "refused"),
        (("120", "500", "501"), "detained"),
        (("120", "500", "700"), "returned_abroad"),
        (("120", "800", "300"), "released"),
        (("120", "700", "800"), "returned_abroad"),
        (("120", "899"), "declared"),  # closed follows only a release
        (("600",), "documents_stored"),  # not a code of the specification
    ],
)
def test_each_code_has_its_word(books: MemoryBooks, codes: tuple[str, ...], status: str) -> None:
    assert listed(books, *codes).status == status


def test_receipts_out_of_order_are_ordered_by_the_time_of_customs(books: MemoryBooks) -> None:
    times = {
        "120": "20260301100000000",
        "300": "20260301110000000",
        "399": "20260301120000000",
        "800": "20260301130000000",
    }
    for order in itertools.permutations(times):
        message = Message()
        for code in order:
            message = after_receipt(message, code, times[code])
        assert (message.state, message.code) == ("released", "800"), order


def test_a_release_has_the_time_of_customs_and_names_the_list(books: MemoryBooks) -> None:
    found = listed(books, "120", "800")
    assert found.released == "20260311120000000"
    assert found.numbers["list"] == LIST_NUMBER
    assert books.run(lambda tx: tx.lookup(f"customs/list:{LIST_NUMBER}")) == found.id


def test_the_receipt_that_closes_a_list_may_come_before_that_of_its_release(books: MemoryBooks) -> None:
    found = stored(books)
    names = {"own": own_number(found.id), "list": LIST_NUMBER}
    received(books, "list", "120", "20260301100000000", **names)
    assert received(books, "list", "899", "20260303100000000", **names).status == "declared"
    closed = received(books, "list", "800", "20260302100000000", **names)
    assert (closed.status, closed.released) == ("closed", "20260302100000000")


def test_an_answer_to_what_was_not_sent_is_kept_once_and_does_not_stop_the_others(books: MemoryBooks) -> None:
    found = stored(books)
    kept = [
        received(books, "cancellation", "399", "20260301100000000", own=own_number(found.id)),
        received(books, "waybill_status", "-505012", "20260301120000000", waybill="W1"),
    ]
    for each in kept:
        assert isinstance(each, Unmatched)
        assert books.run(partial(retry_unmatched, number=each.id)) == each
    assert len(books.list_objects("ur_")) == len(kept)


def test_a_message_that_customs_could_not_read_has_failed_and_can_be_sent_again(books: MemoryBooks) -> None:
    found = opened(books)
    guid = guid_of(message_key(found.id, "payment", "1"))
    assert guid_of(next(each for each in books.outbox.listed() if each.topic == "payment").key) == guid
    said = {"message": guid, "code": "1001", "time": "20260301090000000"}
    failed = books.run(lambda tx: receive_refusal(tx, said))
    assert isinstance(failed, Declaration)
    message = failed.messages["payment"]
    assert (failed.status, message.state, message.info) == ("refused", "failed", "1001")
    again = books.run(lambda tx: send_again(tx, failed))
    assert {name: each.tries for name, each in again.messages.items()} == {"order": 1, "payment": 2, "waybill": 1}
    # The refusal of the first attempt, once more and late, does not concern the second one.
    assert isinstance(books.run(lambda tx: receive_refusal(tx, said)), Unmatched)
    assert books.read(found.id) == again


def test_a_refused_message_is_sent_again_and_an_older_receipt_does_not_refuse_it_again(books: MemoryBooks) -> None:
    found = opened(books)
    received(books, "order", "120", "20260301090000000")
    with pytest.raises(NotAllowed, match="not sent again") as caught:
        books.run(lambda tx: send_message(tx, tx.get(found.id), "order"))
    assert caught.value.code == "message_under_way"
    assert received(books, "payment", "100", "20260301100000000").status == "refused"
    again = books.run(lambda tx: send_message(tx, tx.get(found.id), "payment"))
    assert (again.messages["payment"].tries, again.messages["payment"].taken) == (2, True)
    late = received(books, "payment", "100", "20260301095900000")
    assert late.messages["payment"].state == "to_send"
    assert received(books, "payment", "120", "20260301110000000").messages["payment"].state == "stored"


def test_an_answer_for_an_unknown_list_is_kept_and_matched_later(books: MemoryBooks) -> None:
    bill = Bill(
        list_number=LIST_NUMBER, number="T1", duty=0, vat=910, excise=0, status="made", time="20260311130000000"
    )
    kept = books.run(lambda tx: receive_bill(tx, bill))
    assert isinstance(kept, Unmatched)
    assert books.run(lambda tx: retry_unmatched(tx, kept.id)).status == "open"
    declared = listed(books, "120", "800")
    found = books.run(lambda tx: retry_unmatched(tx, kept.id))
    assert isinstance(found, Declaration)
    assert found.id == declared.id
    assert found.bills["T1"].total == 910
    assert books.read(kept.id).status == "matched"
    assert books.run(lambda tx: retry_unmatched(tx, kept.id)).status == "matched"
    with pytest.raises(NotAllowed):
        books.run(lambda tx: close_unmatched(tx, kept.id, "trial", by="og_1"))


def test_an_operator_closes_an_answer_that_names_nothing(books: MemoryBooks) -> None:
    stray = Receipt(document="list", code="120", time="20260301080000000", numbers={"own": "of nobody"})
    kept = books.run(lambda tx: receive_receipt(tx, stray))
    with pytest.raises(TradeError):
        books.run(lambda tx: close_unmatched(tx, kept.id, "because", by="og_1"))
    closed = books.run(lambda tx: close_unmatched(tx, kept.id, "other_system", by="og_1"))
    for _ in range(2):
        closed = books.run(lambda tx: close_unmatched(tx, kept.id, "other_system", by="og_1"))
        assert (closed.status, closed.reason) == ("closed", "other_system")
    assert len(books.events(stream=kept.id)) == 2
    assert books.run(lambda tx: retry_unmatched(tx, kept.id)) == closed


def test_the_receipt_of_a_report_of_the_carrier_changes_nothing_and_its_failure_is_kept(books: MemoryBooks) -> None:
    before = stored(books)
    assert received(books, "waybill_status", "120", "20260301120000000", waybill="W1") == before
    assert books.read(before.id) == before
    failed = received(books, "waybill_status", "-505012", "20260301120000000", waybill="W1")
    assert isinstance(failed, Unmatched)
    assert isinstance(received(books, "waybill_status", "120", "20260301120000000", waybill="W2"), Unmatched)
    assert isinstance(received(books, "entry", "100", "20260301120000000", own="X"), Unmatched)


def test_the_receipt_of_a_report_that_we_sent_is_the_state_of_its_message(books: MemoryBooks) -> None:
    before = stored(books)
    books.run(lambda tx: send_message(tx, before, "waybill_status"))
    changed = received(books, "waybill_status", "120", "20260301120000000", waybill="W1")
    assert changed.messages["waybill_status"].state == "stored"
    assert changed.status == before.status


def test_a_tax_bill_is_collected_and_an_older_copy_changes_nothing(books: MemoryBooks) -> None:
    listed(books, "120", "800")
    made = Bill(
        list_number=LIST_NUMBER, number="T1", duty=0, vat=910, excise=0, status="made", time="20260311130000000"
    )
    books.run(lambda tx: receive_bill(tx, made))
    collected = Bill(
        list_number=LIST_NUMBER,
        number="T1",
        duty=0,
        vat=910,
        excise=0,
        status="collected",
        time="20260412130000000",
        paper="D1",
    )
    books.run(lambda tx: receive_bill(tx, collected))
    found = books.run(lambda tx: receive_bill(tx, made))
    assert isinstance(found, Declaration)
    assert (found.bills["T1"].status, found.bills["T1"].paper) == ("collected", "D1")
    # What was collected is not owed any more, once.
    assert (books.balance("customs/CN", "CNY"), books.balance("collected/CN", "CNY")) == (-910, 910)


def test_a_collection_that_comes_before_its_bill_is_posted_with_the_bill(books: MemoryBooks) -> None:
    listed(books, "120", "800")
    told = {
        "list_number": LIST_NUMBER,
        "number": "T1",
        "status": "collected",
        "time": "20260412130000000",
        "paper": "D1",
    }
    books.run(lambda tx: receive_bill(tx, Bill(duty=None, vat=None, excise=None, **told)))
    assert books.balance("collected/CN", "CNY") == 0
    made = Bill(
        list_number=LIST_NUMBER, number="T1", duty=0, vat=910, excise=0, status="made", time="20260311130000000"
    )
    found = books.run(lambda tx: receive_bill(tx, made))
    assert isinstance(found, Declaration)
    assert found.bills["T1"].status == "collected"
    assert books.balance("collected/CN", "CNY") == 910


def test_a_list_that_is_not_released_is_cancelled(books: MemoryBooks) -> None:
    found = listed(books, "120", "300")
    asked = books.run(lambda tx: ask_cancellation(tx, tx.get(found.id), "the buyer"))
    assert asked.status == "cancel_asked"
    assert sent(books)[-1] == "cancellation"
    own = cancellation_number(found.id)
    assert received(books, "cancellation", "120", "20260320000000000", own=own).status == "cancel_asked"
    assert received(books, "cancellation", "399", "20260320010000000", own=own).status == "cancelled"
    again = opened(books, attempt=2)  # a new list for the same order
    assert books.run(lambda tx: tx.lookup("customs/order:or_1")) == again.id


@pytest.mark.parametrize("codes", [(), ("120", "800"), ("100",)])
def test_only_a_stored_list_is_cancelled(books: MemoryBooks, codes: tuple[str, ...]) -> None:
    found = listed(books, *codes)
    with pytest.raises(NotAllowed, match="customs cancels a list"):
        books.run(lambda tx: ask_cancellation(tx, tx.get(found.id), "the buyer"))


def test_a_return_follows_a_release_and_is_approved_once(books: MemoryBooks) -> None:
    found = listed(books, "120", "399")
    number = "re_0192f0c1a2b37c4d8e5f60718293a4b5"
    with pytest.raises(NotAllowed, match="not released"):
        books.run(lambda tx: ask_return(tx, tx.get(found.id), number))
    received(books, "list", "800", "20260320000000000", own=own_number(found.id))
    books.run(lambda tx: ask_return(tx, tx.get(found.id), number))
    with pytest.raises(NotAllowed, match="asked already"):
        books.run(lambda tx: ask_return(tx, tx.get(found.id), number))
    answered = received(books, "return", "399", "20260321000000000", own=own_number(number))
    assert answered.returns == {number: "approved"}
    assert received(books, "return", "100", "20260322000000000", own=own_number(number)).returns == {number: "approved"}
    assert isinstance(received(books, "return", "399", "20260321000000000", own="X"), Unmatched)


CODES = st.sampled_from([*MEANINGS, "-621001", "600"])


@given(st.lists(st.tuples(CODES, st.integers(0, 9)), max_size=12))
def test_no_sequence_of_receipts_leaves_the_table_or_a_final_state(receipts: list[tuple[str, int]]) -> None:
    message = Message()
    for code, hour in receipts:
        after = after_receipt(message, code, f"2026030{hour}000000000")
        # The receipt that closes a list may have come before that of its release.
        closing = after.state == "closed" and "released" in MOVES[message.state]
        assert after.state == message.state or after.state in MOVES[message.state] or closing
        assert after.returned >= message.returned
        if message.state in ("closed", "returned_abroad"):
            assert after.state == message.state
        if message.state == "released":
            assert after.state in ("released", "closed")
        message = after


def test_what_was_refused_before_it_was_accepted_is_sent_as_new(books: MemoryBooks) -> None:
    found = opened(books)
    received(books, "order", "-301008", "20260301100000000")
    again = books.run(lambda tx: send_message(tx, tx.get(found.id), "order"))
    assert (again.messages["order"].tries, again.messages["order"].taken) == (2, False)
