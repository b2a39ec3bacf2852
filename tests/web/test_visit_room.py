"""The room of a visit: who comes in, what is passed on, and when a session begins and ends."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("django", reason="the server is not installed")

from visit_people import DELIVERY, Notes, Person, SameThread, person

from entrepot.web.live.sockets import closing as c
from entrepot.web.live.sockets.closing import Closing, Refused
from entrepot.web.live.visits import ends
from entrepot.web.live.visits.lingering import Kept
from entrepot.web.live.visits.record import Session
from entrepot.web.live.visits.room import VisitRoom
from entrepot.web.live.visits.rooms import Visits


class Clock:
    """The time, in seconds, as the test sets it."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        """Now."""
        return self.now


class House:
    """A room with its clock, its ledger, and what it keeps."""

    def __init__(self, kept: Kept | None = None, grace: float = 60) -> None:
        self.clock = Clock()
        self.notes = Notes(self.clock)
        self.kept: list[Kept] = []
        self.room = VisitRoom(
            DELIVERY,
            self.notes,
            SameThread(),
            ice=lambda holder: [{"urls": ["turn:t.example"], "username": holder, "credential": "x"}],
            keep=lambda _delivery, kept: self.kept.append(kept),
            kept=kept,
            grace=grace,
            clock=self.clock,
        )

    async def enter(self, role: str, tab: str = "tab", load: str = "load", grant: str = "") -> Person:
        """Come in and take the place."""
        made = person(role, grant)
        await self.room.join(made)
        await self.send(made, type="hello", client=f"{tab}-{role}", load=f"{load}-{role}")
        return made

    async def send(self, peer: Person, **message: Any) -> None:
        """Send a message."""
        await self.room.receive(peer, json.dumps(message))

    async def both(self) -> tuple[Person, Person]:
        """Both sides, connected with each other."""
        buyer, provider = await self.enter("buyer"), await self.enter("provider")
        await self.send(provider, type="admit")
        for each in (buyer, provider):
            await self.send(each, type="media", by="video")
        return buyer, provider

    async def lose(self, peer: Person, closing: Closing = c.GONE) -> None:
        """A connection has gone."""
        await self.room.leave(peer, closing)


def in_room(scene: Callable[[House], Awaitable[None]], **house: Any) -> House:
    """Play a scene, and close the room."""

    async def play() -> House:
        made = House(**house)
        await asyncio.wait_for(scene(made), 60)
        await made.room.close()
        return made

    return asyncio.run(play())


def test_the_buyer_waits_until_the_provider_lets_it_in() -> None:
    async def scene(house: House) -> None:
        buyer = await house.enter("buyer")
        assert buyer.last("state") == {"type": "state", "admitted": False, "other": "", "seconds": None}
        assert buyer.last("welcome")["ice"][0]["username"] == "gr_buyer"
        provider = await house.enter("provider")
        assert provider.last("state")["other"] == "load-buyer"
        offer = {"type": "description", "to": "load-buyer", "kind": "offer", "sdp": "v=0"}
        await house.send(provider, **offer)
        await house.send(buyer, type="media", by="video")
        await house.send(provider, type="media", by="video")
        assert all(each["type"] != "description" for each in buyer.got)
        await house.send(provider, type="admit")
        assert buyer.last("state")["admitted"]
        assert house.notes.began == []
        await house.send(provider, **offer)
        assert buyer.last("description") == offer

    in_room(scene)


def test_the_buyer_cannot_let_itself_in() -> None:
    async def scene(house: House) -> None:
        buyer = await house.enter("buyer")
        with pytest.raises(Refused) as refused:
            await house.send(buyer, type="admit")
        assert refused.value.closing == c.FORBIDDEN

    in_room(scene)


def test_a_session_is_as_long_as_both_were_connected() -> None:
    async def scene(house: House) -> None:
        buyer, provider = await house.both()
        assert house.notes.began == ["vs_1"]
        house.clock.now += 95.4
        await house.send(provider, type="leave")
        assert house.notes.ended == [("vs_1", 95, "left_by_provider")]
        assert buyer.last("ended") == {"type": "ended", "reason": "left_by_provider", "seconds": 95}
        assert provider.closed == ends.LEAVING
        assert buyer.last("state") == {"type": "state", "admitted": False, "other": "", "seconds": None}

    assert in_room(scene).kept == []


def test_a_lost_connection_that_comes_back_goes_on_with_the_same_session() -> None:
    async def scene(house: House) -> None:
        buyer, provider = await house.both()
        house.clock.now += 30
        await house.lose(buyer)
        assert provider.last("state")["other"] == ""
        house.clock.now += 20
        again = await house.enter("buyer")
        assert again.last("state") == {"type": "state", "admitted": True, "other": "load-provider", "seconds": 50}
        await house.send(again, type="media", by="audio")
        house.clock.now += 10
        await house.send(again, type="leave")
        assert house.notes.began == ["vs_1"]
        assert house.notes.ended == [("vs_1", 60, "left_by_buyer")]

    in_room(scene)


def test_a_connection_that_does_not_come_back_ended_when_it_was_lost() -> None:
    async def scene(house: House) -> None:
        buyer, provider = await house.both()
        house.clock.now += 30
        await house.lose(buyer)
        house.clock.now += 60
        while not house.notes.ended:
            await asyncio.sleep(0.01)
        assert house.notes.ended == [("vs_1", 30, "connection_lost")]
        assert provider.last("ended")["reason"] == "connection_lost"
        assert not provider.last("state")["admitted"]

    in_room(scene, grace=0.05)


def test_media_that_are_lost_while_both_are_there_count_as_lost() -> None:
    async def scene(house: House) -> None:
        buyer, provider = await house.both()
        house.clock.now += 10
        await house.send(buyer, type="media", by="none")
        house.clock.now += 5
        await house.send(provider, type="leave")
        assert house.notes.ended == [("vs_1", 10, "left_by_provider")]

    in_room(scene)


def test_a_third_person_is_refused() -> None:
    async def scene(house: House) -> None:
        await house.both()
        for role in ("buyer", "provider"):
            with pytest.raises(Refused) as refused:
                await house.room.join(person(role, "gr_other"))
            assert refused.value.closing == c.FULL
        for role in ("reader", "editor", "guest"):
            with pytest.raises(Refused) as refused:
                await house.room.join(person(role))
            assert refused.value.closing == c.FORBIDDEN

    in_room(scene)


def test_two_who_come_at_once_are_one_and_a_refusal() -> None:
    async def scene(house: House) -> None:
        first, second = person("provider", "gr_a"), person("provider", "gr_b")
        await house.room.join(first)
        await house.room.join(second)
        await house.send(first, type="hello", client="first-tab", load="first-load")
        with pytest.raises(Refused) as refused:
            await house.send(second, type="hello", client="second-tab", load="second-load")
        assert refused.value.closing == c.FULL

    in_room(scene)


def test_the_same_tab_takes_its_place_again_and_another_window_does_not() -> None:
    async def scene(house: House) -> None:
        first = await house.enter("buyer")
        with pytest.raises(Refused) as refused:
            await house.enter("buyer", tab="other")
        assert refused.value.closing == ends.ELSEWHERE
        again = await house.enter("buyer", load="again")
        assert first.closed == ends.REPLACED
        await house.lose(first, ends.REPLACED)
        provider = await house.enter("provider")
        assert provider.last("state")["other"] == "again-buyer"
        assert again.closed is None

    in_room(scene)


def test_who_has_no_place_can_do_nothing() -> None:
    async def scene(house: House) -> None:
        await house.both()
        stranger = person("buyer")
        await house.room.join(stranger)
        for message in (
            {"type": "media", "by": "video"},
            {"type": "leave"},
            {"type": "text", "number": 1, "text": "x"},
        ):
            with pytest.raises(Refused) as refused:
                await house.send(stranger, **message)
            assert refused.value.closing == c.BAD_MESSAGE

    assert in_room(scene).notes.ended == []


def test_an_access_that_ends_in_the_middle_ends_the_session() -> None:
    async def scene(house: House) -> None:
        buyer, provider = await house.both()
        house.clock.now += 12
        await house.lose(buyer, c.ENDED)
        assert house.notes.ended == [("vs_1", 12, "access_ended")]
        assert provider.last("ended")["reason"] == "access_ended"
        assert not provider.last("state")["admitted"]

    in_room(scene)


def test_a_visit_that_is_not_open_any_more_does_not_begin() -> None:
    async def scene(house: House) -> None:
        house.notes.closed = True
        buyer, provider = await house.both()
        assert (buyer.closed, provider.closed) == (c.ENDED, c.ENDED)

    assert in_room(scene).notes.began == []


def test_text_is_passed_on_with_a_receipt_and_not_to_nobody() -> None:
    async def scene(house: House) -> None:
        buyer, provider = await house.both()
        await house.send(buyer, type="text", number=1, text="Đau đầu, ឈឺក្បាល")
        assert provider.last("text")["text"] == "Đau đầu, ឈឺក្បាល"
        assert buyer.last("receipt") == {"type": "receipt", "number": 1, "sent": True}
        await house.lose(provider)
        await house.send(buyer, type="text", number=2, text="?")
        assert buyer.last("receipt") == {"type": "receipt", "number": 2, "sent": False}

    in_room(scene)


def test_what_is_for_an_earlier_load_is_not_passed_on() -> None:
    async def scene(house: House) -> None:
        buyer, provider = await house.both()
        for to in ("load-buyer", "gone-buyer"):
            await house.send(
                provider, type="candidate", to=to, candidate=f"candidate:{to}", sdpMid="0", sdpMLineIndex=0
            )
        found = [each["candidate"] for each in buyer.got if each["type"] == "candidate"]
        assert found == ["candidate:load-buyer"]

    in_room(scene)


@pytest.mark.parametrize(
    "message",
    [
        "",
        "[]",
        '{"type":"shout"}',
        '{"type":"media","by":"telepathy"}',
        '{"type":"hello","client":"x","load":"load-load"}',
        '{"type":"hello","client":"tab-tab-tab","load":"load-load","role":"provider"}',
        json.dumps({"type": "text", "number": 1, "text": "x" * 2001}),
        json.dumps({"type": "description", "to": "load-buyer", "kind": "offer", "sdp": "x" * 49_153}),
        json.dumps({"type": "description", "to": "load-buyer", "kind": "pranswer", "sdp": "x"}),
        json.dumps({"type": "candidate", "to": "load-buyer", "candidate": "x", "sdpMLineIndex": 1 << 40}),
    ],
)
def test_a_message_that_is_not_valid_closes_its_connection_only(message: str) -> None:
    async def scene(house: House) -> None:
        buyer, provider = await house.both()
        with pytest.raises(Refused) as refused:
            await house.room.receive(buyer, message)
        assert refused.value.closing == c.BAD_MESSAGE
        await house.lose(buyer, c.BAD_MESSAGE)
        assert provider.closed is None

    assert len(in_room(scene).kept) == 1


def test_a_session_of_a_process_that_was_killed_goes_on_or_ends_when_the_process_did() -> None:
    kept = Kept(Session("vs_7", 900.0), lost=990.0, until=1060.0, reason=ends.INTERRUPTED)

    async def back(house: House) -> None:
        house.notes.open = kept.session
        buyer, provider = await house.enter("buyer"), await house.enter("provider")
        assert buyer.last("state") == {"type": "state", "admitted": True, "other": "load-provider", "seconds": 100}
        for each in (buyer, provider):
            await house.send(each, type="media", by="video")
        house.clock.now += 50
        await house.send(buyer, type="leave")
        assert house.notes.ended == [("vs_7", 150, "left_by_buyer")]

    async def alone(house: House) -> None:
        await house.enter("buyer")
        house.clock.now = 1061.0
        house.room._timer.cancel()  # type: ignore[union-attr]  # it sleeps for sixty seconds of the real clock
        house.room._timer = None
        house.room._start_timer()
        while not house.notes.ended:
            await asyncio.sleep(0.01)
        assert house.notes.ended == [("vs_7", 90, "interrupted")]

    in_room(back, kept=kept)
    in_room(alone, kept=kept)


def test_a_room_that_all_have_left_keeps_its_session_for_the_next(tmp_path: Path) -> None:
    clock, alive = Clock(), tmp_path / "alive"
    notes = Notes(clock)

    async def play() -> None:
        visits = Visits(notes, ice=lambda _holder: [], alive=alive, grace=0.05, clock=clock)
        of = visits.room_type()
        assert of.begin is not None
        await of.begin(SameThread())
        house = House()
        house.clock, house.notes = clock, notes
        house.room = await of.open(DELIVERY, SameThread())  # type: ignore[assignment]  # it is a VisitRoom
        buyer, provider = await house.both()
        clock.now += 40
        for each in (buyer, provider):
            await house.lose(each)
        await house.room.close()
        second = await of.open(DELIVERY, SameThread())
        await second.close()
        assert notes.ended == []
        clock.now += 60
        while not notes.ended:
            await asyncio.sleep(0.01)
        assert notes.ended == [("vs_1", 40, "connection_lost")]
        while not alive.exists():
            await asyncio.sleep(0.01)

    asyncio.run(asyncio.wait_for(play(), 60))


def test_a_process_that_starts_ends_what_nobody_comes_back_to(tmp_path: Path) -> None:
    import os

    clock, alive = Clock(), tmp_path / "alive"
    notes = Notes(clock)
    notes.open = Session("vs_9", 900.0)
    alive.touch()
    os.utime(alive, (950, 950))

    async def play() -> None:
        of = Visits(notes, ice=lambda _holder: [], alive=alive, grace=0, clock=clock).room_type()
        assert of.begin is not None
        await of.begin(SameThread())
        while not notes.ended:
            await asyncio.sleep(0.01)
        assert notes.ended == [("vs_9", 50, "interrupted")]

    asyncio.run(asyncio.wait_for(play(), 60))
