"""The carrier: one contract for the carrier in memory and the sandbox over HTTP; then the sandbox by itself."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest

pytest.importorskip("django", reason="the server is not installed")

from entrepot.connect.carrier.sandbox import SandboxCarrier
from entrepot.sandbox.carrier.shipments import ENDS, MOVES, SAYS, price
from entrepot.trade.carrier import (
    STATES,
    Booked,
    Carrier,
    CarrierRefused,
    CarrierUnavailable,
    Consignee,
    NotificationRefused,
    Parcel,
)
from entrepot.trade.carrier_memory import MemoryCarrier
from sandbox_process import NotStarted, Receiver, Sandbox, run, until

CONSIGNEE = Consignee("张伟", "13800138000", "上海市浦东新区世纪大道1号")
PARCEL = Parcel(order_number="or_1", consignee=CONSIGNEE, grams=1250, goods="coffee", freight=900, insured_fee=100)
HELD = msgspec.structs.replace(PARCEL, hold_for_customs=True)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("carrier")


@pytest.fixture(scope="module")
def sandbox(folder: Path, inbox: Receiver) -> Iterator[Sandbox]:
    with run("carrier", folder, "--delay", "0", "--retry", "0.05", "--send-to", inbox.url) as running:
        yield running


class Both:
    """A carrier with the means of a test: let parcels move, and read its notifications."""

    def __init__(self, carrier: Carrier, inbox: Receiver | None) -> None:
        self.carrier, self._inbox = carrier, inbox

    def reaches(self, waybill: str, state: str) -> Booked:
        """The parcel once it is in a state."""
        if isinstance(self.carrier, MemoryCarrier):
            self.carrier.advance()
            found = self.carrier.track(waybill)
            assert found.state == state
            return found
        return until(lambda: (each := self.carrier.track(waybill)).state == state and each)  # type: ignore[no-any-return]

    def notified(self, waybill: str, count: int) -> list[tuple[dict[str, str], bytes]]:
        """So many notifications of a parcel."""
        name = waybill.encode()

        def found() -> list[tuple[dict[str, str], bytes]]:
            sent = self.carrier.sent if isinstance(self.carrier, MemoryCarrier) else self._inbox.received  # type: ignore[union-attr]  # one of the two
            return [each for each in sent if name in each[1]]

        return until(lambda: each if len(each := found()) >= count else None)  # type: ignore[no-any-return]


@pytest.fixture(params=["memory", "sandbox"])
def both(request: pytest.FixtureRequest) -> Both:
    if request.param == "memory":
        return Both(MemoryCarrier(), None)
    running: Sandbox = request.getfixturevalue("sandbox")
    running.switch(manual=False, failed_attempts=0, send_back=False, lose=False)
    token, secret = running.start["control_token"], running.start["webhook_secret"]
    return Both(SandboxCarrier(running.url, token, secret), request.getfixturevalue("inbox"))


def key(request: pytest.FixtureRequest) -> str:
    return str(request.node.name)


def test_a_parcel_is_booked_once_per_key(both: Both, request: pytest.FixtureRequest) -> None:
    first = both.carrier.book(HELD, key=key(request))
    assert (first.state, first.grams, first.freight, first.insured_fee, first.currency) == (
        "created",
        1250,
        900,
        100,
        "CNY",
    )
    assert first.carrier_code
    assert [each.state for each in first.events] == ["created"]
    assert both.carrier.book(HELD, key=key(request)).waybill == first.waybill
    with pytest.raises(CarrierRefused) as refused:
        both.carrier.book(msgspec.structs.replace(HELD, grams=1), key=key(request))
    assert refused.value.code == "key_reused"


def test_a_parcel_is_picked_up_and_delivered(both: Both, request: pytest.FixtureRequest) -> None:
    waybill = both.carrier.book(PARCEL, key=key(request)).waybill
    delivered = both.reaches(waybill, "delivered")
    states = [each.state for each in delivered.events]
    assert states[:3] == ["created", "shipped", "in_transit"]
    assert states[-1] == "delivered"
    assert [each.number for each in delivered.events] == list(range(1, len(states) + 1))
    read = [both.carrier.read_notification(*each) for each in both.notified(waybill, len(states))]
    assert [each.event.state for each in read] == states
    assert len({each.id for each in read}) == len(states)
    assert {(each.waybill, each.order_number) for each in read} == {(waybill, "or_1")}


def test_a_parcel_waits_for_the_release_of_customs(both: Both, request: pytest.FixtureRequest) -> None:
    waybill = both.carrier.book(HELD, key=key(request)).waybill
    both.carrier.pick_up(waybill)
    both.reaches(waybill, "in_transit")
    both.carrier.clear(waybill)
    both.reaches(waybill, "delivered")


def test_a_parcel_that_was_released_before_does_not_wait(both: Both, request: pytest.FixtureRequest) -> None:
    waybill = both.carrier.book(HELD, key=key(request)).waybill
    both.carrier.clear(waybill)
    both.reaches(waybill, "delivered")


def test_a_booking_is_cancelled_only_before_the_pick_up(both: Both, request: pytest.FixtureRequest) -> None:
    waybill = both.carrier.book(HELD, key=key(request)).waybill
    assert both.carrier.cancel(waybill).state == "cancelled"
    for refused in (both.carrier.cancel, both.carrier.pick_up, both.carrier.send_back):
        with pytest.raises(CarrierRefused) as error:
            refused(waybill)
        assert error.value.code == "not_allowed"


def test_a_parcel_that_waits_goes_back(both: Both, request: pytest.FixtureRequest) -> None:
    waybill = both.carrier.book(HELD, key=key(request)).waybill
    both.carrier.pick_up(waybill)
    both.reaches(waybill, "in_transit")
    assert both.carrier.send_back(waybill).state == "undeliverable"
    both.reaches(waybill, "returned")


def test_an_unknown_waybill_is_refused(both: Both) -> None:
    for asked in (both.carrier.track, both.carrier.pick_up):
        with pytest.raises(CarrierRefused) as error:
            asked("SBX0/../x")
        assert error.value.code == "not_found"


def test_a_parcel_without_weight_is_refused(both: Both, request: pytest.FixtureRequest) -> None:
    with pytest.raises(CarrierRefused) as error:
        both.carrier.book(msgspec.structs.replace(PARCEL, grams=0), key=key(request))
    assert error.value.code == "invalid"


def test_a_changed_notification_is_refused(both: Both, request: pytest.FixtureRequest) -> None:
    waybill = both.carrier.book(HELD, key=key(request)).waybill
    ((headers, body),) = both.notified(waybill, 1)
    assert both.carrier.read_notification(headers, body).event.state == "created"
    for changed_headers, changed_body in ((headers, body.replace(b"or_1", b"or_2")), ({}, body), (headers, b"")):
        with pytest.raises(NotificationRefused):
            both.carrier.read_notification(changed_headers, changed_body)


def test_every_state_of_the_sandbox_has_words_and_a_way_out() -> None:
    reached = {"booked", *MOVES.values()}
    assert set(SAYS) == reached
    assert {state for state, _ in MOVES} == reached - ENDS
    assert len(STATES) == 9


def test_the_price_list() -> None:
    # 12.00 for the first kilogram, 5.00 for each further one begun: 3.2 kg are 12 + 3 * 5.
    assert [price(grams) for grams in (1, 1000, 1001, 3200)] == [1200, 1200, 1700, 2700]


def booked(sandbox: Sandbox, name: str) -> str:
    body = {"order_number": name, "consignee": {"name": "李娜", "telephone": "1", "address": "x"}, "weight_grams": 500}
    answer = sandbox.post("/shipments", body | {"goods": "cashew"}, **{"Idempotency-Key": name})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["waybill"])


def states(sandbox: Sandbox, waybill: str) -> list[str]:
    return [each["status"] for each in sandbox.get(f"/shipments/{waybill}").json()["events"]]


@pytest.mark.parametrize(
    ("switches", "last", "expected"),
    [
        ({"failed_attempts": 1}, "delivered", ["out_for_delivery", "failed_attempt", "out_for_delivery", "delivered"]),
        ({"failed_attempts": 9}, "returned", ["failed_attempt", "returning", "returned"]),
        ({"send_back": True}, "returned", ["in_transit", "returning", "returned"]),
        ({"lose": True}, "lost", ["picked_up", "in_transit", "lost"]),
    ],
)
def test_a_parcel_does_not_arrive_when_switched_so(
    sandbox: Sandbox, switches: dict[str, Any], last: str, expected: list[str]
) -> None:
    sandbox.switch(failed_attempts=0, send_back=False, lose=False, manual=False)
    sandbox.switch(**switches)
    waybill = booked(sandbox, f"switched {switches}")
    until(lambda: states(sandbox, waybill)[-1] == last)
    assert states(sandbox, waybill)[-len(expected) :] == expected
    sandbox.switch(failed_attempts=0, send_back=False, lose=False)


def test_nothing_moves_by_itself_when_manual_and_goes_on_afterwards(sandbox: Sandbox) -> None:
    sandbox.switch(manual=True)
    waybill = booked(sandbox, "manual")
    sandbox.post(f"/shipments/{waybill}/pick-up")
    assert sandbox.post(f"/control/shipments/{waybill}", {"move": "depart"}).json()["status"] == "in_transit"
    refused = sandbox.post(f"/control/shipments/{waybill}", {"move": "fly"})
    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "not_allowed")
    sandbox.switch(manual=False)
    until(lambda: states(sandbox, waybill)[-1] == "delivered")


def test_a_notification_is_sent_again_until_it_is_acknowledged(sandbox: Sandbox, inbox: Receiver) -> None:
    inbox.answers[:] = [500, 503]
    waybill = booked(sandbox, "repeated")
    until(lambda: any(waybill.encode() in body for _, body in inbox.received))
    assert inbox.answers == []


def test_a_carrier_that_is_absent_or_wrong_is_unavailable(sandbox: Sandbox) -> None:
    carrier = SandboxCarrier(sandbox.url, sandbox.start["control_token"], sandbox.start["webhook_secret"])
    for switch in ("absent", "wrong"):
        sandbox.switch(**{switch: True})
        with pytest.raises(CarrierUnavailable):
            carrier.book(PARCEL, key=switch)
        sandbox.switch(**{switch: False})
    assert carrier.book(PARCEL, key="absent").state == "created"
    sandbox.switch(slow=0.2)
    with pytest.raises(CarrierUnavailable):
        SandboxCarrier(sandbox.url, "x", sandbox.start["webhook_secret"], timeout=0.05).track("SBX1")
    sandbox.switch(slow=0)


def test_the_interface_needs_the_token_and_refuses_what_it_does_not_know(sandbox: Sandbox) -> None:
    assert httpx.get(f"{sandbox.url}/shipments", timeout=120).status_code == 401
    assert (
        httpx.get(f"{sandbox.url}/health", timeout=120).headers["Entrepot-Sandbox"] == "sandbox: no parcel is carried"
    )
    strange = httpx.get(f"{sandbox.url}/health", headers={"Host": "evil.example"}, timeout=120)
    assert strange.status_code == 400
    unknown = httpx.patch(f"{sandbox.url}/control/switches", json={"fast": 1}, headers=sandbox.authorized, timeout=120)
    assert (unknown.status_code, unknown.json()["error"]["code"]) == (422, "invalid")
    assert "fast is not a switch" in unknown.json()["error"]["message"]
    for body in ('{"order_number": 1}', "{", '{"a": [' * 5000):
        answer = httpx.post(
            f"{sandbox.url}/shipments",
            content=body,
            headers=sandbox.authorized | {"Content-Type": "application/json", "Idempotency-Key": "x"},
            timeout=120,
        )
        assert answer.status_code in (400, 422), answer.text
    form = httpx.post(
        f"{sandbox.url}/shipments", data={"a": "1"}, headers=sandbox.authorized | {"Idempotency-Key": "x"}, timeout=120
    )
    assert form.status_code == 415


def test_shipments_are_listed_in_pages(sandbox: Sandbox) -> None:
    made = [booked(sandbox, f"listed {number}") for number in range(3)]
    first = sandbox.get("/shipments?limit=2").json()
    assert [each["waybill"] for each in first["data"]] == [made[2], made[1]]
    assert first["has_more"]
    second = sandbox.get(f"/shipments?limit=2&starting_after={made[1]}").json()
    assert second["data"][0]["waybill"] == made[0]
    for wrong in ("0", "101", "0001000", "000001999999", "1" * 5000, "-1", "\u0661", ""):
        assert sandbox.get(f"/shipments?limit={wrong}").status_code == 422, wrong[:20]


@pytest.mark.long
def test_after_a_kill_the_carrier_goes_on_and_forgets_the_consignee_at_the_end(tmp_path: Path) -> None:
    with run("carrier", tmp_path, "--delay", "0") as running:
        running.switch(manual=True)
        waybill = booked(running, "kept")
        running.post(f"/shipments/{waybill}/pick-up")
        running.kill()
    with run("carrier", tmp_path, "--delay", "0") as again:
        assert states(again, waybill) == ["booked", "picked_up"]
        assert booked(again, "kept") == waybill
        assert booked(again, "new") != waybill
        again.switch(manual=False)
        until(lambda: states(again, waybill)[-1] == "delivered")
        for number in (waybill, booked(again, "new")):
            again.post(f"/shipments/{number}/cancel")
        assert again.stop() == 0
    assert "李娜".encode() not in b"".join(each.read_bytes() for each in tmp_path.iterdir() if each.is_file())


def test_two_carriers_cannot_use_one_folder(sandbox: Sandbox, folder: Path) -> None:
    with pytest.raises(NotStarted, match="2"):
        Sandbox("carrier", folder)
