"""What the ports of the books promise, for every adapter."""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
from typing import Any

import pytest

from entrepot.trade.ids import is_id
from entrepot.trade.ledger.entries import Insufficient, Posting, Unbalanced
from entrepot.trade.objects import NotAllowed
from entrepot.trade.occupied import Occupied, Span, TimeTaken
from entrepot.trade.ports import AlreadyRecorded, Arrival, Books, NotFound, ReferenceTaken, Transaction
from trade.adapters import ADAPTERS, HASH_KEY
from trade.tally import START, Clock, Tally, counted, moves, opened, taken, timed

TODAY = START.date()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(params=ADAPTERS)
def books(request: pytest.FixtureRequest, clock: Clock) -> Books:
    return ADAPTERS[request.param](clock, request)


def test_the_state_is_folded_from_the_events(books: Books) -> None:
    number = books.run(opened())
    assert books.run(counted(number, 2)) == Tally(number, "open", "og_1", 2)
    assert books.run(counted(number, 3, note="ສາມ ✓")) == Tally(number, "open", "og_1", 5, ("ສາມ ✓",))
    assert books.read(number) == Tally(number, "open", "og_1", 5, ("ສາມ ✓",))
    assert books.run(lambda tx: tx.get(number)) == books.read(number)


def test_events_have_positions_without_gaps_in_the_order_of_their_commands(books: Books) -> None:
    first, second = books.run(opened()), books.run(opened(owner="og_2"))
    with pytest.raises(NotAllowed):
        books.run(lambda tx: tx.append("ta_missing", "tally.closed", {}))
    books.run(counted(first, 1))
    found = books.events()
    assert [position for position, _ in found] == [1, 2, 3]
    assert [(event.stream, event.kind) for _, event in found] == [
        (first, "tally.opened"),
        (second, "tally.opened"),
        (first, "tally.counted"),
    ]
    assert [position for position, _ in books.events(after=1, limit=1)] == [2]
    assert [position for position, _ in books.events(stream=first)] == [1, 3]
    assert [position for position, _ in books.events(kind="tally.counted")] == [3]
    assert [position for position, _ in books.events(before=3)] == [2, 1]
    assert [position for position, _ in books.events(before=4, limit=1)] == [3]
    assert [position for position, _ in books.events(owner="og_1", after=1)] == [3]
    assert [position for position, _ in books.events(owner="og_1", before=9, kind="tally.opened")] == [1]
    assert [position for position, _ in books.events(owner="og_2")] == [2]
    assert found[0][1].time == "2026-03-01T00:00:00.000Z"
    assert is_id(found[0][1].id, "ev_")


def test_an_object_is_found_by_the_numbers_that_others_give_it(books: Books) -> None:
    first, second = books.run(opened()), books.run(opened(stock=1))
    books.run(counted(first, note="number:7"))
    assert books.run(lambda tx: (tx.lookup("number:7"), tx.lookup("number:8"))) == (first, None)
    with pytest.raises(ReferenceTaken, match=f"number:7 belongs to {first}"):
        books.run(counted(second, note="number:7"))
    assert books.read(second).count == 0
    books.run(lambda tx: tx.append(first, "tally.closed", {}))
    assert books.run(lambda tx: tx.lookup("number:7")) is None
    books.run(counted(second, note="number:7"))
    assert books.run(lambda tx: tx.lookup("number:7")) == second


def test_a_time_of_a_unit_has_one_object(books: Books) -> None:
    first, second, third = books.run(opened()), books.run(opened(stock=1)), books.run(opened())
    books.run(timed(first, "room", 1, 100, 200))
    books.run(timed(second, "room", 1, 200, 300))  # they follow each other
    books.run(timed(third, "room", 2, 150, 250))  # another unit
    for since, until in ((199, 201), (0, 101), (120, 130), (0, 900)):
        with pytest.raises(TimeTaken, match=r"room/1 from"):
            books.run(timed(third, "room", 1, since, until))
    books.run(timed(third, "hall", 1, 100, 200))  # moved to another resource
    with pytest.raises(TimeTaken) as refused:
        books.run(timed(third, "room", 1, 120, 130))
    assert refused.value.by == first
    assert books.occupied(Span("room", 199, 201)) == {
        first: Occupied("room", 1, 100, 200),
        second: Occupied("room", 1, 200, 300),
    }
    assert books.occupied(Span("room", 300, 400)) == {}
    books.run(timed(first, "room", 1, 110, 190))  # its own time is not in its way
    books.run(lambda tx: tx.append(second, "tally.closed", {}))
    books.run(timed(third, "room", 1, 190, 300, 400))
    assert set(books.run(lambda tx: tx.occupied(Span("room", 0, 900)))) == {first, third}
    assert books.ended_times(399, 189) == []
    assert books.ended_times(400, 0) == [third]
    assert sorted(books.ended_times(400, 190)) == sorted([first, third])


def test_what_is_due_is_read_in_order_and_by_pages(books: Books) -> None:
    first, second, third = books.run(opened()), books.run(opened(stock=1)), books.run(opened())
    for number, note in ((first, "due:end:2026-03-03"), (second, "due:end:2026-03-02"), (third, "due:end:2026-03-02")):
        books.run(counted(number, note=note))
    books.run(counted(third, note="due:start:2026-03-01"))
    in_order = [*sorted([("2026-03-02", second), ("2026-03-02", third)]), ("2026-03-03", first)]
    assert list(books.due("end", "2026-03-03")) == in_order
    assert list(books.due("end", "2026-03-02")) == in_order[:2]
    assert list(books.due("end", "2026-03-04", since="2026-03-03")) == in_order[2:]
    assert list(books.due("end", "2026-03-04", after=in_order[0], limit=1)) == in_order[1:2]
    assert list(books.due("start", "2026-03-04")) == [("2026-03-01", third)]
    books.run(counted(first, note="due:end:2026-03-01"))  # another moment takes the place of the one before
    books.run(lambda tx: tx.append(second, "tally.closed", {}))
    assert list(books.due("end", "2026-03-04")) == [("2026-03-01", first), ("2026-03-02", third)]
    assert not books.was_received("post", "k")
    books.run(lambda tx: tx.received("post", "k"))
    assert books.was_received("post", "k")


def test_a_command_that_raises_occupies_no_time_and_times_are_exchanged_in_one(books: Books) -> None:
    first, second = books.run(opened()), books.run(opened(stock=1))

    def fail(tx: Transaction) -> None:
        timed(first, "room", 1, 0, 60)(tx)
        assert set(tx.occupied(Span("room", 0, 60))) == {first}
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        books.run(fail)
    assert books.occupied(Span("room", 0, 60)) == {}
    books.run(timed(first, "room", 1, 0, 60))
    books.run(timed(second, "room", 1, 60, 120))

    def exchange(tx: Transaction) -> None:
        timed(first, "room", 1, 300, 360)(tx)
        timed(second, "room", 1, 0, 60)(tx)
        timed(first, "room", 1, 60, 120)(tx)

    books.run(exchange)
    assert {number: each.since for number, each in books.occupied(Span("room", 0, 900)).items()} == {
        first: 60,
        second: 0,
    }


def test_a_refused_event_leaves_no_reference(books: Books) -> None:
    number = books.run(opened(stock=1))

    def command(tx: Transaction) -> str | None:
        postings = moves(f"stock/{number}", f"taken/{number}", number, 2, floor=0)
        with pytest.raises(Insufficient):
            tx.append(number, "tally.counted", {"by": 1, "note": "number:9"}, postings=postings)
        return tx.lookup("number:9")

    assert books.run(command) is None
    assert books.run(lambda tx: tx.lookup("number:9")) is None


def test_ids_of_one_transaction_differ_and_sort(books: Books, clock: Clock) -> None:
    earlier = books.run(lambda tx: [tx.new_id("ta_") for _ in range(100)])
    clock.time += dt.timedelta(milliseconds=1)
    later = books.run(lambda tx: tx.new_id("ta_"))
    assert [*earlier, later] == sorted({*earlier, later})
    assert all(is_id(each, "ta_") for each in earlier)


def test_a_command_that_raises_leaves_nothing(books: Books) -> None:
    number = books.run(opened(stock=5))

    def command(tx: Transaction) -> None:
        tx.append(number, "tally.counted", {"by": 1}, postings=moves(f"stock/{number}", "sold", number, 1), key="k")
        tx.send("email", "counted", {}, key="m1")
        assert tx.received("carrier", "r1")
        tx.put_personal("us_1", "delivery", {"name": "Sok Dara"}, retain_until=TODAY)
        assert tx.get(number).count == 1
        assert tx.balance("sold", number) == 1
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        books.run(command)
    assert books.read(number).count == 0
    assert len(books.events()) == 1
    assert (books.balance(f"stock/{number}", number), books.balance("sold", number)) == (5, 0)
    assert books.outbox.counts() == {}
    assert books.run(lambda tx: tx.received("carrier", "r1"))
    assert books.run(lambda tx: tx.personal_of("us_1")) == {}
    assert books.run(counted(number, key="k")).count == 1


def test_what_is_not_allowed_is_refused_by_the_fold(books: Books) -> None:
    number = books.run(opened())
    books.run(lambda tx: tx.append(number, "tally.closed", {}))
    with pytest.raises(NotAllowed) as refused:
        books.run(counted(number))
    assert refused.value.code == "not_open"
    assert len(books.events()) == 2


def test_a_key_is_recorded_once(books: Books) -> None:
    number = books.run(opened())
    books.run(counted(number, 1, key="click-1"))
    with pytest.raises(AlreadyRecorded) as refused:
        books.run(counted(number, 7, key="click-1"))
    assert refused.value.event == books.events()[1][1]
    assert refused.value.event.payload == {"by": 1}

    def twice(tx: Transaction) -> None:
        counted(number, key="click-2")(tx)
        counted(number, key="click-2")(tx)

    with pytest.raises(AlreadyRecorded):
        books.run(twice)
    assert books.read(number).count == 1


def test_a_floor_is_not_passed(books: Books) -> None:
    number = books.run(opened(stock=3))
    books.run(taken(number, 2))
    with pytest.raises(Insufficient) as refused:
        books.run(taken(number, 2))
    assert (refused.value.balance, refused.value.available) == (1, 1)
    books.run(taken(number, 1))
    assert books.balance(f"stock/{number}", number) == 0
    assert books.balances(f"stock/{number[:20]}") == {(f"stock/{number}", number): 0}
    assert books.balances_in([f"stock/{number}", "stock/other"]) == {(f"stock/{number}", number): 0}
    assert books.balances_in([f"stock/{number[:20]}"]) == books.balances_in([]) == {}


def test_postings_sum_to_zero_in_each_unit(books: Books) -> None:
    number = books.run(opened())
    wrong = (Posting("a", "CNY", 100), Posting("b", "USD", -100))
    with pytest.raises(Unbalanced):
        books.run(lambda tx: tx.append(number, "tally.counted", {"by": 1}, postings=wrong))
    assert books.balances("") == {}


@pytest.mark.parametrize(
    "payload",
    [{"by": 1.5}, {"by": 2**53}, {"by": 1, "no name": 1}, {"by": 1, "at": START}, {"by": 1, "note": "\0"}, {"by": {1}}],
    ids=["float", "large", "name", "time", "nul", "set"],
)
def test_a_payload_has_an_exact_canonical_form(books: Books, payload: dict[str, Any]) -> None:
    number = books.run(opened())
    with pytest.raises(ValueError, match=r"payload|character"):
        books.run(lambda tx: tx.append(number, "tally.counted", payload))
    assert books.read(number).count == 0


def test_what_the_caller_changes_after_the_append_is_not_recorded(books: Books) -> None:
    number = books.run(opened())
    payload, body = {"by": 1}, {"list": [1]}

    def command(tx: Transaction) -> None:
        tx.append(number, "tally.counted", payload)
        tx.send("email", "counted", body, key="m")
        payload["by"] = 9
        body["list"].append(2)

    books.run(command)
    assert books.events()[-1][1].payload == {"by": 1}
    (message,) = books.outbox.listed()
    assert message.body == {"list": [1]}


def test_a_message_is_received_once(books: Books) -> None:
    assert books.run(lambda tx: (tx.received("customs", "m1"), tx.received("customs", "m1"))) == (True, False)
    assert not books.run(lambda tx: tx.received("customs", "m1"))
    assert books.run(lambda tx: tx.received("carrier", "m1"))
    # What is read together, before the command asks for it.
    known = [Arrival(sender, key) for sender in ("customs", "carrier", "bank") for key in ("m1", "m2")]
    found = books.run(lambda tx: [tx.received(*each) for each in known], lookups=known)
    assert found == [False, True, False, True, True, True]
    assert not any(books.run(lambda tx: [tx.received(*each) for each in known], lookups=known))


def test_objects_are_listed_newest_first_by_owner_and_status(books: Books, clock: Clock) -> None:
    numbers = []
    for owner in ("og_1", "og_2", "og_1"):
        clock.time += dt.timedelta(milliseconds=1)
        numbers.append(books.run(opened(owner=owner)))
    books.run(lambda tx: tx.append(numbers[0], "tally.closed", {}))
    assert [each.id for each in books.list_objects("ta_")] == numbers[::-1]
    assert [each.id for each in books.list_objects("ta_", owner="og_1")] == [numbers[2], numbers[0]]
    assert [each.id for each in books.list_objects("ta_", owner="og_1", status="closed")] == [numbers[0]]
    assert [each.id for each in books.list_objects("ta_", before=numbers[2], limit=1)] == [numbers[1]]
    assert books.list_objects("or_") == books.list_objects("ta_", owner="og_3") == []


def test_what_does_not_exist_is_not_found(books: Books) -> None:
    assert books.run(lambda tx: tx.find("ta_1")) is None
    for call in (
        lambda: books.read("ta_1"),
        lambda: books.run(lambda tx: tx.get("ta_1")),
        lambda: books.run(lambda tx: tx.get("x")),
        lambda: books.run(lambda tx: tx.get_personal("pd_1")),
    ):
        with pytest.raises(NotFound):
            call()


def test_a_message_is_in_the_outbox_once_it_is_committed(books: Books) -> None:
    def command(tx: Transaction) -> None:
        for number in range(2):
            tx.send("customs.cn", "declare", {"n": number}, key=f"or_1:{number}")
        tx.send("email", "paid", {}, key="or_1:mail")

    books.run(command)
    outbox = books.outbox
    assert outbox.counts() == {("customs.cn", "waiting"): 2, ("email", "waiting"): 1}
    (first,) = outbox.claim("customs.cn", START, lease="a", seconds=30, limit=9, in_order=True)
    assert (first.topic, first.body, first.key, first.attempts) == ("declare", {"n": 0}, "or_1:0", 1)
    assert outbox.done(first, START)
    # A command that is run again, after a conflict or by a caller that saw no answer, sends nothing twice.
    books.run(command)
    assert outbox.counts() == {("customs.cn", "sent"): 1, ("customs.cn", "waiting"): 1, ("email", "waiting"): 1}


def test_personal_data_is_read_exported_and_erased_after_its_date(books: Books, clock: Clock) -> None:
    def command(tx: Transaction) -> tuple[str, str]:
        return (
            tx.put_personal("us_1", "delivery", {"name": "Sok Dara", "street": "ផ្លូវ ១១០"}, retain_until=TODAY),
            tx.put_personal("us_1", "invoice", {"id": "999"}, retain_until=TODAY + dt.timedelta(days=30)),
        )

    delivery, invoice = books.run(command)
    other = books.run(lambda tx: tx.put_personal("us_2", "delivery", {"name": "B"}, retain_until=TODAY))
    assert is_id(delivery, "pd_")
    assert books.run(lambda tx: tx.get_personal(delivery)) == {"name": "Sok Dara", "street": "ផ្លូវ ១១០"}
    exported = books.run(lambda tx: tx.personal_of("us_1"))
    assert {each.purpose: each.values for each in exported.values()} == {
        "delivery": {"name": "Sok Dara", "street": "ផ្លូវ ១១០"},
        "invoice": {"id": "999"},
    }
    kept = books.run(lambda tx: tx.erase_personal("us_1"))
    assert {number: each.retain_until for number, each in kept.items()} == {invoice: TODAY + dt.timedelta(days=30)}
    with pytest.raises(NotFound):
        books.run(lambda tx: tx.get_personal(delivery))
    assert list(books.run(lambda tx: tx.personal_of("us_1"))) == [invoice]
    assert books.erase_expired(TODAY + dt.timedelta(days=29)) == 0
    assert books.run(lambda tx: tx.get_personal(invoice)) == {"id": "999"}
    assert books.erase_expired(TODAY + dt.timedelta(days=30)) == 1
    assert books.run(lambda tx: tx.personal_of("us_1")) == {}
    assert books.run(lambda tx: tx.get_personal(other)) == {"name": "B"}


def test_a_keyed_hash_is_an_hmac(books: Books) -> None:
    expected = hmac.new(HASH_KEY, b"110101199003070134", hashlib.sha256).hexdigest()
    assert books.run(lambda tx: tx.keyed_hash("110101199003070134")) == expected
