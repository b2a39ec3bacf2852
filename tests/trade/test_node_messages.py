"""Messages between two nodes in memory: once, in any order, in time, for whom a capability is open."""

from __future__ import annotations

import datetime as dt

import msgspec
import pytest

from entrepot.model.errors import TradeError
from entrepot.trade.nodes import messages
from entrepot.trade.nodes.delivering import PeerRefused, ask
from entrepot.trade.nodes.meeting import close, revoke, suspend
from entrepot.trade.nodes.memory import ANSWER_LOST, ARRIVES, LOST, TWICE, Pair, Side
from entrepot.trade.nodes.messages import MessageRefused
from entrepot.trade.nodes.receiving import Signature, accept
from entrepot.trade.nodes.records import MessageRecord
from entrepot.trade.nodes.sending import send
from trade.node_messages import NOTE, NOTES, SECRET, SUM, Note, NoteOne, Sum, Total, pair
from trade.tally import Clock


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def nodes(clock: Clock) -> Pair:
    return pair(clock)


def tell(side: Side, text: str, key: str = "or_1:note", ttl: dt.timedelta = dt.timedelta(days=7)) -> MessageRecord:
    return side.books.run(lambda tx: send(tx, side.node, side.peer, NOTE, Note(text=text), key=key, ttl=ttl))


def notes(side: Side) -> list[str]:
    return sorted(note for each in side.books.list_objects("ta_") for note in each.notes)


def test_a_message_takes_effect_and_its_answer_is_recorded(nodes: Pair) -> None:
    sent = tell(nodes.left, "hello")
    assert nodes.settle() == 1
    assert notes(nodes.right) == ["hello"]
    delivered = nodes.left.books.read(sent.id)
    received = nodes.right.books.list_objects("nm_")[0]
    assert delivered.status == "delivered"
    assert received.answer == delivered.answer
    assert (received.remote, received.digest) == (sent.id, sent.digest)


@pytest.mark.parametrize("fates", [[ANSWER_LOST, ARRIVES], [LOST, LOST, TWICE], [TWICE, ARRIVES]])
def test_what_is_lost_or_arrives_twice_takes_effect_once(nodes: Pair, clock: Clock, fates: list[str]) -> None:
    left = iter(fates)
    nodes.left.transport.fate = lambda _content: next(left, ARRIVES)
    tell(nodes.left, "hello")
    for _ in fates:
        nodes.settle()
        clock.time += dt.timedelta(minutes=1)
    assert notes(nodes.right) == ["hello"]
    assert nodes.left.books.list_objects("nm_")[0].status == "delivered"


def test_the_same_key_sends_a_message_once(nodes: Pair) -> None:
    assert tell(nodes.left, "hello").id == tell(nodes.left, "hello").id
    nodes.settle()
    assert notes(nodes.right) == ["hello"]


def test_another_message_under_a_known_id_is_refused(nodes: Pair) -> None:
    tell(nodes.left, "hello")
    nodes.settle()
    first = messages.decode(nodes.left.transport.earlier[0])
    other = messages.encode(msgspec.structs.replace(first, body={"text": "other"}))
    with pytest.raises(PeerRefused) as refused:
        nodes.left.transport.arrive(other)
    assert refused.value.code == "key_reused"
    assert nodes.left.transport.arrive(nodes.left.transport.earlier[0])  # the same again is answered again
    assert notes(nodes.right) == ["hello"]


def test_a_message_that_nobody_took_in_time_is_given_up(nodes: Pair, clock: Clock) -> None:
    nodes.left.transport.fate = lambda _content: LOST
    sent = tell(nodes.left, "hello", ttl=dt.timedelta(hours=1))
    nodes.settle()
    clock.time += dt.timedelta(hours=2)
    nodes.settle()
    record = nodes.left.books.read(sent.id)
    assert (record.status, record.code) == ("failed", "expired")
    # Besides, there is the step that looks for what was not told before the capability was opened.
    counts = nodes.left.books.outbox.counts()
    assert {state: count for (channel, state), count in counts.items() if channel == "node"} == {"dead": 1}


def test_a_refused_message_is_given_up_with_the_reason_of_the_peer(nodes: Pair) -> None:
    sent = tell(nodes.left, "refuse")
    nodes.settle()
    record = nodes.left.books.read(sent.id)
    assert (record.code, record.why) == ("note_refused", "This note is not wanted.")
    assert not nodes.right.books.list_objects("nm_")


def test_closed_capabilities_neither_send_nor_receive(nodes: Pair) -> None:
    nodes.right.books.run(lambda tx: close(tx, nodes.right.peer, {"order": ["in", "out"]}, by="us_1"))
    sent = tell(nodes.left, "hello")
    nodes.settle()
    assert nodes.left.books.read(sent.id).code == "capability_closed"
    with pytest.raises(TradeError) as refused:
        tell(nodes.right, "hello")
    assert refused.value.code == "capability_closed"


def test_a_suspended_peer_gets_its_messages_later_and_a_revoked_one_never(nodes: Pair, clock: Clock) -> None:
    nodes.right.books.run(lambda tx: suspend(tx, nodes.right.peer, "An audit.", by="us_1"))
    sent = tell(nodes.left, "hello")
    nodes.settle()
    assert nodes.left.books.read(sent.id).status == "sent"
    nodes.right.books.run(lambda tx: revoke(tx, nodes.right.peer, "Ended.", by="us_1"))
    clock.time += dt.timedelta(minutes=1)
    nodes.settle()
    assert nodes.left.books.read(sent.id).code == "peer_revoked"
    assert not notes(nodes.right)


def test_two_nodes_use_the_newest_version_that_both_know(clock: Clock) -> None:
    nodes = pair(clock)
    older = {name: list(each.versions) for name, each in NOTES.items()} | {NOTE.name: [1]}
    nodes.left.books.run(lambda tx: tx.append(nodes.left.peer, "peer.described", {"messages": older}))
    assert tell(nodes.left, "hello").version == 1
    assert tell(nodes.right, "hello").version == 2
    nodes.settle()
    assert notes(nodes.right) == notes(nodes.left) == ["hello"]


def test_personal_data_is_in_no_event_and_is_erased_after_delivery(nodes: Pair) -> None:
    left = nodes.left
    record = left.books.run(
        lambda tx: send(tx, left.node, left.peer, SECRET, NoteOne(text="Zhang Wei"), key="or_1:who")
    )
    assert "Zhang" not in str(left.books.events())
    assert "Zhang" not in str(left.books.outbox.listed())
    nodes.settle()
    assert b"Zhang Wei" in left.transport.earlier[0]
    assert not left.books.run(lambda tx: tx.personal_of(record.id))
    digest = messages.digest(messages.decode(left.transport.earlier[0]))
    assert digest not in str(left.books.events()) + str(nodes.right.books.events())


def test_a_question_is_answered_and_records_nothing(nodes: Pair) -> None:
    assert ask(nodes.left.post, nodes.left.peer, SUM, Sum(numbers=(1, 2, 3))) == Total(total=6)
    assert not nodes.right.books.list_objects("nm_")
    nodes.right.books.run(lambda tx: close(tx, nodes.right.peer, {"quote": ["in"]}, by="us_1"))
    with pytest.raises(PeerRefused) as refused:
        ask(nodes.left.post, nodes.left.peer, SUM, Sum(numbers=(1,)))
    assert refused.value.code == "capability_closed"


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"sender": "did:web:la.example"}, "wrong_sender"),
        ({"recipient": "did:web:la.example"}, "wrong_recipient"),
        ({"type": "test.none"}, "type_unknown"),
        ({"version": 9}, "version_unknown"),
        ({"test": True}, "test_mode"),
        ({"body": {"text": 5}}, "body_invalid"),
        ({"body": {"text": "a", "more": 1}}, "body_invalid"),
        ({"body": {"text": 1.5}}, "malformed"),
        ({"expires": "2026-02-01T00:00:00.000Z"}, "expired"),
        ({"expires": "2027-03-01T00:00:00.000Z"}, "lifetime"),
        ({"sent": "2026-03-01T00:05:00.000Z"}, "not_yet"),
        ({"sent": "yesterday"}, "malformed"),
        ({"expires": "9999-12-31T23:59:59.999-14:00"}, "malformed"),
        ({"id": "nm_" + "a" * 1000}, "malformed"),
        ({"about": "or_019ca6b1dc0070018000000000000000"}, "malformed"),
        ({"body": {"text": "a" * (300 << 10)}}, "too_large"),
    ],
)
def test_a_message_that_is_not_as_agreed_is_refused(nodes: Pair, changed: dict[str, object], code: str) -> None:
    tell(nodes.left, "hello")
    nodes.left.transport.fate = lambda _content: LOST
    nodes.settle()
    good = msgspec.json.decode(nodes.left.transport.earlier[0])
    right = nodes.right
    with pytest.raises(MessageRefused) as refused:
        accept(right.books, right.node, NOTES, right.peer, msgspec.json.encode({**good, **changed}))
    assert refused.value.code == code
    assert not notes(right)


def test_a_nonce_is_accepted_once(nodes: Pair) -> None:
    tell(nodes.left, "hello")
    nodes.left.transport.fate = lambda _content: LOST
    nodes.settle()
    content, right = nodes.left.transport.earlier[0], nodes.right
    key = right.books.read(right.peer).keys[0].thumbprint
    accept(right.books, right.node, NOTES, right.peer, content, signature=Signature(key, "a"))
    with pytest.raises(MessageRefused) as refused:
        accept(right.books, right.node, NOTES, right.peer, content, signature=Signature(key, "a"))
    assert refused.value.code == "replayed"
    assert accept(right.books, right.node, NOTES, right.peer, content, signature=Signature(key, "b"))


def test_a_key_that_the_peer_does_not_have_in_the_transaction_is_refused(nodes: Pair) -> None:
    tell(nodes.left, "hello")
    nodes.left.transport.fate = lambda _content: LOST
    nodes.settle()
    content, right = nodes.left.transport.earlier[0], nodes.right
    with pytest.raises(MessageRefused) as refused:
        accept(right.books, right.node, NOTES, right.peer, content, signature=Signature("another key", "a"))
    assert refused.value.code == "peer_unknown"
    assert not notes(right)
    assert not right.books.was_received(f"nonce/{right.peer}", "a")
