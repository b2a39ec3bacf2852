"""A hostile node, or somebody between two: each attempt is refused, with a reason on which an operator can act."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event
from typing import Any

import msgspec
import pytest

pytest.importorskip("cryptography", reason="the server is not installed")

from connect.signed_nodes import Signing, connected, described_key, later
from entrepot.connect.http_signatures import HttpMessage, content_digest
from entrepot.connect.nodes.descriptions import (
    DescriptionInvalid,
    check_endorsement,
    endorse,
    open_description,
    seal,
)
from entrepot.connect.nodes.profile import sign_request
from entrepot.connect.nodes.transport import HttpTransport
from entrepot.connect.signing_keys import ED25519, ES256, new_key
from entrepot.model.errors import TradeError
from entrepot.trade.ledger.events import timestamp
from entrepot.trade.nodes import checkpoints, meeting
from entrepot.trade.nodes.checkpoints import CheckpointShown
from entrepot.trade.nodes.delivering import PeerRefused, Unreachable, ask
from entrepot.trade.nodes.peers import Peer
from entrepot.trade.nodes.receiving import check_economy
from entrepot.trade.nodes.sending import send
from loopback_server import serving
from trade.node_messages import NOTE, SUM, Note, Sum, Total
from trade.tally import Clock


@pytest.fixture
def clock() -> Clock:
    return Clock()


def tell(side: Signing, peer: str, text: str = "hello", key: str = "or_1:note") -> HttpMessage:
    """Send a message; returns the request that was sent last."""
    side.books.run(lambda tx: send(tx, side.node, peer, NOTE, Note(text=text), key=key))
    side.deliver()
    return side.transport.seen[-1][0]


def error_of(response: HttpMessage) -> dict[str, Any]:
    found: dict[str, Any] = msgspec.json.decode(response.body)["error"]
    return found


@pytest.mark.parametrize("algorithm", [ED25519, ES256])
def test_two_nodes_exchange_signed_messages(clock: Clock, algorithm: str) -> None:
    left, of_right, right, of_left = connected(clock, algorithm)
    tell(left, of_right)
    tell(right, of_left)
    assert [each.status for each in left.books.list_objects("nm_")] == ["received", "delivered"]
    assert ask(left.post, of_right, SUM, Sum(numbers=(1, 2))) == Total(total=3)


def test_a_recorded_request_is_refused(clock: Clock) -> None:
    left, of_right, right, _of_left = connected(clock)
    request = tell(left, of_right)
    later(clock, 20)
    response = right.receiver.respond(request)
    assert (response.status, error_of(response)["code"]) == (409, "replayed")
    assert len(right.books.list_objects("ta_")) == 1


def test_an_altered_request_is_refused(clock: Clock) -> None:
    left, of_right, right, _of_left = connected(clock)
    request = tell(left, of_right)
    body = request.body.replace(b"hello", b"hallo")
    altered = request._replace(body=body)
    assert error_of(right.receiver.respond(altered))["code"] == "digest_mismatch"
    digest = ("Content-Digest", content_digest(body))
    headers = tuple(digest if name == "Content-Digest" else (name, value) for name, value in request.headers)
    assert error_of(right.receiver.respond(altered._replace(headers=headers)))["code"] == "signature_invalid"


def test_an_answer_to_another_request_does_not_count(clock: Clock) -> None:
    """The response of the peer is signed and genuine, but it answers an earlier request."""
    left, of_right, right, _of_left = connected(clock)
    ask(left.post, of_right, SUM, Sum(numbers=(1, 2)))
    earlier = left.transport.seen[-1][1]
    left.transport.to = lambda request: earlier._replace(request=request)
    with pytest.raises(Unreachable, match="without its signature"):
        ask(left.post, of_right, SUM, Sum(numbers=(5, 5)))
    left.transport.to = right.receiver.respond


def test_a_key_that_nobody_pinned_is_refused(clock: Clock) -> None:
    left, of_right, _right, _of_left = connected(clock)
    left.keys = [new_key(ED25519)]
    with pytest.raises(PeerRefused) as refused:
        ask(left.post, of_right, SUM, Sum(numbers=(1,)))
    assert refused.value.code == "peer_unknown"
    assert left.keys[0].id in str(refused.value)
    assert "nodes meet" in str(refused.value)


@pytest.mark.parametrize(
    ("seconds", "says"), [(400, "clock of its sender is 400 s ahead"), (-700, "700 s behind")], ids=["ahead", "behind"]
)
def test_the_refusal_of_another_clock_tells_the_measured_skew(clock: Clock, seconds: int, says: str) -> None:
    left, of_right, right, _of_left = connected(clock)
    other = Clock()
    other.time = clock.time + dt.timedelta(seconds=seconds)
    peer: Peer = left.books.read(of_right)
    left.transport._clock = other
    request = left.transport.request(peer, b"{}")
    response = right.receiver.respond(request)
    error = error_of(response)
    assert (response.status, error["code"], error["skew_seconds"]) == (401, "clock_skew", seconds)
    assert says in error["message"]
    assert error["later"] is True
    assert error["time"] == timestamp(clock.time)


def test_a_request_that_is_held_up_for_six_minutes_is_refused(clock: Clock) -> None:
    left, of_right, right, _of_left = connected(clock)
    peer: Peer = left.books.read(of_right)
    request = left.transport.request(peer, b"{}")
    later(clock, 361)
    assert error_of(right.receiver.respond(request))["code"] == "clock_skew"


def test_another_economys_goods_are_refused(clock: Clock) -> None:
    left, of_right, _right, _of_left = connected(clock)
    with pytest.raises(TradeError) as refused:
        check_economy(left.books.read(of_right), "TH")
    assert refused.value.message.startswith("The node of CN cannot speak for TH")


def test_a_message_in_the_name_of_another_node_is_refused(clock: Clock) -> None:
    left, of_right, right, _of_left = connected(clock)
    request = tell(left, of_right)
    body = request.body.replace(b"did:web:vn.example", b"did:web:th.example")
    peer: Peer = left.books.read(of_right)
    response = right.receiver.respond(left.transport.request(peer, body))
    assert error_of(response)["code"] == "wrong_sender"


def test_an_oversized_message_is_refused_with_the_limit(clock: Clock) -> None:
    left, of_right, right, _of_left = connected(clock)
    peer: Peer = left.books.read(of_right)
    response = right.receiver.respond(left.transport.request(peer, b'{"a":"' + b"a" * (300 << 10) + b'"}'))
    assert response.status == 413
    assert "At most 262144" in error_of(response)["message"]


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"null", b"{", b'{"id": 1}', b"\xff\xfe", b'{"a":' * 200 + b"1" + b"}" * 200]
)
def test_what_is_no_message_is_refused(clock: Clock, body: bytes) -> None:
    left, of_right, right, _of_left = connected(clock)
    peer: Peer = left.books.read(of_right)
    response = right.receiver.respond(left.transport.request(peer, body))
    assert (response.status, error_of(response)["code"]) == (400, "malformed")


def test_a_request_for_another_host_is_refused(clock: Clock) -> None:
    left, of_right, right, _of_left = connected(clock)
    request = tell(left, of_right)
    moved = request._replace(url=request.url.replace("cn.example", "th.example"))
    assert error_of(right.receiver.respond(moved))["code"] == "signature_invalid"


def test_a_revoked_peer_is_refused_at_once_and_reads_why(clock: Clock) -> None:
    left, of_right, right, of_left = connected(clock)
    right.books.run(lambda tx: meeting.revoke(tx, of_left, "Ended.", by="us_1"))
    with pytest.raises(PeerRefused) as refused:
        ask(left.post, of_right, SUM, Sum(numbers=(1,)))
    assert (refused.value.code, "2026-03-01" in str(refused.value)) == ("peer_revoked", True)


def test_a_revoked_key_is_never_pinned_again(clock: Clock) -> None:
    left, of_right, right, of_left = connected(clock)
    right.books.run(lambda tx: meeting.revoke(tx, of_left, "Ended.", by="us_1"))
    with pytest.raises(TradeError) as refused:
        right.meets(left)
    assert refused.value.code == "key_known"
    left.keys = [new_key(ED25519)]
    assert right.meets(left) != of_left
    assert right.books.read(of_left).status == "revoked"
    assert left.books.read(of_right).status == "active"


def test_a_response_without_the_signature_of_the_peer_is_no_refusal(clock: Clock) -> None:
    """A proxy that answers 410, or a server that took over the address, does not make a node give a message up."""
    left, of_right, _right, _of_left = connected(clock)
    gone = b'{"error":{"code":"peer_revoked","message":"Gone."}}'
    left.transport.to = lambda request: HttpMessage("", "", (), gone, 410, request)
    left.books.run(lambda tx: send(tx, left.node, of_right, NOTE, Note(text="hello"), key="or_9:note"))
    left.deliver()
    assert left.books.outbox.counts()["node", "waiting"] == 1
    reason = left.books.outbox.listed()[0].reason
    assert "answered 410 without its signature" in reason
    assert "peer_revoked" in reason


def test_a_new_key_that_the_pinned_one_signed_is_accepted_by_two_persons(clock: Clock) -> None:
    left, of_right, right, of_left = connected(clock)
    old, new = right.keys[0], new_key(ED25519)
    until = timestamp(clock.time + dt.timedelta(days=14))
    key = endorse(right.node.did, described_key(new), old, until)
    peer: Peer = left.books.read(of_right)
    check_endorsement(peer, key, timestamp(clock.time))
    left.books.run(lambda tx: meeting.announce_key(tx, of_right, key))
    right.keys = [old, new]
    tell(right, of_left)  # both sign, and the one that is pinned counts
    left.decide(of_right, meeting.ADD_KEY, {"thumbprint": new.id})
    right.keys = [new]
    tell(right, of_left, key="or_2:note")
    assert all(each.status == "delivered" for each in right.books.list_objects("nm_"))
    clock.pass_days(15)
    right.keys = [old]
    with pytest.raises(PeerRefused) as refused:
        ask(right.post, of_left, SUM, Sum(numbers=(1,)))
    assert refused.value.code == "key_ended"
    forever = endorse(right.node.did, described_key(new), old, "9999-01-01T00:00:00.000Z")
    with pytest.raises(DescriptionInvalid, match="At most 31 days"):
        check_endorsement(peer, forever, timestamp(clock.time - dt.timedelta(days=15)))


def test_what_another_process_changed_of_a_peer_counts_at_once(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    """A process verifies with the peer as it saw it last: a key that ended since, or was added, is not overlooked."""
    left, of_right, right, of_left = connected(clock)
    before: Peer = left.books.read(of_right)
    monkeypatch.setattr(left.books, "recent", lambda number: {of_right: before}[number])
    old, new = right.keys[0], new_key(ED25519)
    key = endorse(right.node.did, described_key(new), old, timestamp(clock.time + dt.timedelta(days=14)))
    left.books.run(lambda tx: meeting.announce_key(tx, of_right, key))
    left.decide(of_right, meeting.ADD_KEY, {"thumbprint": new.id})
    right.keys = [new]
    assert ask(right.post, of_left, SUM, Sum(numbers=(1, 2))) == Total(total=3)
    clock.pass_days(15)
    right.keys = [old]
    with pytest.raises(PeerRefused) as refused:
        ask(right.post, of_left, SUM, Sum(numbers=(1,)))
    assert refused.value.code == "key_ended"
    left.books.run(lambda tx: meeting.revoke(tx, of_right, "Ended.", by="us_1"))
    right.keys = [new]
    with pytest.raises(PeerRefused) as refused:
        ask(right.post, of_left, SUM, Sum(numbers=(1,)))
    assert refused.value.code == "peer_revoked"


def test_a_new_key_that_another_key_signed_is_refused(clock: Clock) -> None:
    left, of_right, right, _of_left = connected(clock)
    new, stranger = new_key(ED25519), new_key(ED25519)
    peer: Peer = left.books.read(of_right)
    forged = endorse(right.node.did, described_key(new), stranger, "2027-01-01T00:00:00.000Z")
    with pytest.raises(DescriptionInvalid, match="operators meet again"):
        check_endorsement(peer, forged, timestamp(clock.time))
    assert forged.endorsement is not None
    named = msgspec.structs.replace(forged.endorsement, by=right.keys[0].id)
    with pytest.raises(DescriptionInvalid, match="does not hold"):
        check_endorsement(peer, msgspec.structs.replace(forged, endorsement=named), timestamp(clock.time))


def test_descriptions_that_are_changed_stale_or_of_another_node_are_refused(clock: Clock) -> None:
    side = Signing("VN", clock)
    good = seal(side.described(), side.keys)
    address = side.node.address
    assert open_description(good, address, clock()).description.economy == "VN"
    without_key = seal(side.described(), [])
    late = clock() + dt.timedelta(days=8)
    for content, where, now, says in (
        (good.replace(b'"economy":"VN"', b'"economy":"CN"'), address, clock(), "not signed with its key"),
        (good, "https://other.example", clock(), "not of https://other.example"),
        (good, address, late, "expired"),
        (good, address, clock() - dt.timedelta(hours=1), "set the clocks"),
        (without_key, address, clock(), "not signed with its key"),
        (good.replace(side.keys[0].id.encode(), new_key(ED25519).id.encode()), address, clock(), "another thumbprint"),
        (b"{}", address, clock(), "not the description"),
    ):
        with pytest.raises(DescriptionInvalid, match=says):
            open_description(content, where, now)


class Ledger:
    """A ledger of another node that can be rewritten: leaves, and the checkpoints that it signs."""

    def __init__(self, side: Signing) -> None:
        self.side, self.leaves = side, list[bytes]()

    def show(self, since: int) -> CheckpointShown:
        """The newest checkpoint, with the proof from a size."""
        from entrepot.trade.ledger.checkpoints import Checkpoint
        from entrepot.trade.ledger.merkle import consistency_proof, leaf_hash, tree_hash

        hashes = [leaf_hash(each) for each in self.leaves]

        class Source:
            def hashes(self, level: int, start: int, end: int) -> list[bytes]:
                size = 1 << level
                return [tree_hash(hashes[at * size : (at + 1) * size]) for at in range(start, end)]

        proof = consistency_proof(Source(), since, len(hashes)) if 0 < since < len(hashes) else []
        text = Checkpoint(self.side.signer.name, len(hashes), tree_hash(hashes)).text()
        return CheckpointShown(note=self.side.signer.sign(text), proof=tuple(each.hex() for each in proof))


def watched(clock: Clock) -> tuple[Signing, str, Signing, str, Ledger]:
    services: dict[str, Any] = {}
    left, of_right, right, of_left = connected(clock, services=services)
    ledger = Ledger(right)
    services |= {"checkpoint": ledger.show, "ledger_key": lambda: right.signer.verifier().text()}
    ledger.leaves = [b"one", b"two", b"three"]
    assert watch(left, of_right).fork is None
    return left, of_right, right, of_left, ledger


def watch(side: Signing, peer: str) -> checkpoints.Kept:
    asked: Peer = side.books.read(peer)
    size = checkpoints.size_of(asked)
    shown = ask(side.post, peer, checkpoints.READ, checkpoints.CheckpointAsked(size=size))
    return side.books.run(lambda tx: checkpoints.keep(tx, side.node, peer, shown, asked))


def test_a_ledger_that_only_grows_is_kept(clock: Clock) -> None:
    left, of_right, _right, _of_left, ledger = watched(clock)
    for each in (b"four", b"five", b"six", b"seven"):
        ledger.leaves.append(each)
        assert watch(left, of_right).fork is None
    assert checkpoints.size_of(left.books.read(of_right)) == 7
    assert watch(left, of_right).peer.status == "active"


@pytest.mark.parametrize(
    ("leaves", "code"),
    [
        ([b"one", b"TWO", b"three"], "same_size"),
        ([b"one", b"TWO", b"three", b"four"], "not_continued"),
        ([b"one", b"two"], "shorter"),
    ],
)
def test_a_rewritten_ledger_is_recorded_and_its_node_is_told(clock: Clock, leaves: list[bytes], code: str) -> None:
    left, of_right, right, of_left, ledger = watched(clock)
    ledger.leaves = leaves
    kept = watch(left, of_right)
    assert kept.fork is not None
    assert (kept.fork.code, kept.peer.status) == (code, "suspended")
    assert "events" in kept.peer.why
    left.deliver()
    told: Peer = right.books.read(of_left)
    assert told.reported is not None
    assert (told.reported.first, told.reported.second) == (kept.fork.first, kept.fork.second)
    with pytest.raises(PeerRefused) as refused:
        ask(right.post, of_left, SUM, Sum(numbers=(1,)))
    assert refused.value.code == "peer_suspended"
    left.decide(of_right, meeting.RESUME, {})
    ledger.leaves.append(b"more")
    assert watch(left, of_right).fork is None  # two persons go on with the ledger as it is now


def test_two_processes_that_ask_at_once_find_no_fork(clock: Clock) -> None:
    left, of_right, _right, _of_left, ledger = watched(clock)
    asked: Peer = left.books.read(of_right)
    ledger.leaves.append(b"four")
    older = ledger.show(3)
    ledger.leaves.append(b"five")
    assert watch(left, of_right).fork is None
    kept = left.books.run(lambda tx: checkpoints.keep(tx, left.node, of_right, older, asked))
    assert (kept.fork, checkpoints.size_of(kept.peer)) == (None, 5)


def test_a_fork_that_this_node_did_not_sign_is_not_believed(clock: Clock) -> None:
    left, of_right, right, of_left, _ledger = watched(clock)
    report = checkpoints.ForkReport(code="same_size", first="x\n1\nAAAA\n", second="x\n1\nAAAA\n")
    left.books.run(lambda tx: send(tx, left.node, of_right, checkpoints.FORK, report, key=f"{of_right}:fork"))
    left.deliver()
    assert right.books.read(of_left).reported is None
    assert left.books.list_objects("nm_", status="failed")[0].code == "checkpoint_invalid"


def test_a_signature_that_lasts_longer_than_five_minutes_is_refused(clock: Clock) -> None:
    left, of_right, right, _of_left = connected(clock)
    peer: Peer = left.books.read(of_right)
    request = left.transport.request(peer, b"{}")
    unsigned = request._replace(headers=request.headers[:3])
    now = int(clock().timestamp())
    made = sign_request(unsigned, left.keys, now=now, nonce="n" * 20)
    longer = made["Signature-Input"].replace(f"expires={now + 300}", f"expires={now + 301}")
    response = right.receiver.respond(
        unsigned._replace(headers=(*unsigned.headers, ("Signature-Input", longer), ("Signature", made["Signature"])))
    )
    assert "At most 300 s" in error_of(response)["message"]


def slow(handler: BaseHTTPRequestHandler) -> None:
    handler.send_response(200)
    handler.send_header("Content-Length", "1000")
    handler.end_headers()
    for _ in range(100):
        handler.wfile.write(b" ")
        handler.wfile.flush()
        if handler.server.gone.wait(0.05):  # type: ignore[attr-defined]  # set by the test
            return


def oversized(handler: BaseHTTPRequestHandler) -> None:
    handler.send_response(200)
    handler.end_headers()
    with suppress(OSError):  # the node has hung up
        handler.wfile.write(b"a" * (1 << 20))


def redirecting(handler: BaseHTTPRequestHandler) -> None:
    handler.send_response(307)
    handler.send_header("Location", "http://127.0.0.1:1/nodes/messages")
    handler.end_headers()


@pytest.mark.parametrize(
    ("answers", "timeout", "says"),
    [
        (slow, 0.4, r"did not answer within 0\.4 s|without its signature"),
        (oversized, 60, "more than 256 kB"),
        (redirecting, 60, "answered 307"),
    ],
)
def test_a_peer_that_is_slow_or_answers_too_much_holds_nothing_up(
    clock: Clock,
    monkeypatch: pytest.MonkeyPatch,
    answers: Callable[[BaseHTTPRequestHandler], None],
    timeout: float,
    says: str,
) -> None:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            answers(self)

        def log_message(self, *_given: object) -> None:
            """Nothing."""

    left, of_right, _right, _of_left = connected(clock)
    transport = HttpTransport(lambda: left.keys, clock, lambda: "n" * 20, allow_loopback=True, timeout=timeout)
    gone = Event()
    monkeypatch.setattr(ThreadingHTTPServer, "gone", gone, raising=False)
    with serving(Handler, monkeypatch) as url:
        peer = msgspec.structs.replace(left.books.read(of_right), address=url)
        with pytest.raises(Unreachable, match=says):
            transport.post(peer, b"{}")
        gone.set()


def test_no_request_is_sent_to_a_private_address(clock: Clock) -> None:
    left, of_right, _right, _of_left = connected(clock)
    transport = HttpTransport(lambda: left.keys, clock, lambda: "n" * 20, allow_loopback=False)
    for url in ("https://10.0.0.1", "https://127.0.0.1", "http://cn.example"):
        peer = msgspec.structs.replace(left.books.read(of_right), address=url)
        with pytest.raises(Unreachable):
            transport.post(peer, b"{}")


def test_a_text_is_signed_with_the_key_that_every_peer_has_pinned(clock: Clock) -> None:
    order_services = pytest.importorskip("entrepot.trade_app.nodes.order_services")
    left, of_right, right, _of_left = connected(clock)
    right.keys.append(new_key(ED25519))  # the peer has not approved it yet
    signed = order_services.sign(lambda: right.keys, b"text", timestamp(clock.time))
    peer: Peer = left.books.read(of_right)
    assert order_services.verify_signature(peer, signed, b"text")
    assert not order_services.verify_signature(peer, signed, b"another")
    assert not order_services.verify_signature(peer, msgspec.structs.replace(signed, value="é"), b"text")


def test_a_node_publishes_no_keys_in_the_name_of_another_one(clock: Clock) -> None:
    orders = pytest.importorskip("entrepot.trade_app.nodes.orders")
    left, of_right, *_others = connected(clock)
    found = {f"did:web:{host}.example#1": host for host in ("cn", "famous")}
    assert list(orders._own_keys(left.books.read(of_right), found)) == ["did:web:cn.example#1"]
