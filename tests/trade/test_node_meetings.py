"""The first meeting of two nodes, what two persons open, and the keys of the node itself."""

from __future__ import annotations

import datetime as dt
import os
from types import SimpleNamespace
from typing import Any

import pytest

from entrepot.model.errors import TradeError
from entrepot.trade.ledger.events import timestamp
from entrepot.trade.memory import MemoryBooks
from entrepot.trade.nodes import meeting, own_keys
from entrepot.trade.nodes.description import DescribedKey, Description, Endorsement
from entrepot.trade.nodes.peers import CAPABILITIES, Peer
from entrepot.trade.nodes.thumbprints import groups, lines, read
from entrepot.trade.objects import NotAllowed
from trade.node_messages import ALL_KINDS
from trade.tally import Clock

#: The thumbprint of the key of RFC 8037, appendix A.3, and another one.
FIRST, SECOND = "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k", "poqkLGiymh_W0uP6PZFw-dvez3QJT5SolqXBCW38r0U"


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def books(clock: Clock) -> MemoryBooks:
    return MemoryBooks(ALL_KINDS, now=clock, random=os.urandom, hash_key=bytes(32))


def described(thumbprint: str = FIRST, **changed: Any) -> Description:
    given: dict[str, Any] = {
        "object": "node_description",
        "version": 1,
        "economy": "CN",
        "name": "China's node",
        "operator": "An operator",
        "did": "did:web:cn.example",
        "address": "https://cn.example",
        "keys": (DescribedKey(thumbprint=thumbprint, jwk={}, since="2026-01-01T00:00:00.000Z"),),
        "capabilities": CAPABILITIES,
        "messages": {"node.challenge": (1,)},
        "ledger_key": "",
        "issued": "",
        "expires": "",
    }
    return Description(**{**given, **changed})


def met(books: MemoryBooks) -> str:
    return books.run(lambda tx: meeting.meet(tx, described(), ["memorandum"], by="us_1")).id


def decide(books: MemoryBooks, number: str, act: str, by: str, **what: Any) -> Peer:
    return books.run(lambda tx: meeting.decide(tx, number, act, what, by=by))


def refused(code: str, call: Any) -> TradeError:
    with pytest.raises(TradeError) as caught:
        call()
    assert caught.value.code == code, caught.value.message
    return caught.value


def test_no_node_is_met_without_an_agreement(books: MemoryBooks) -> None:
    refused("legal_basis_missing", lambda: books.run(lambda tx: meeting.meet(tx, described(), [" "], by="us_1")))


def test_two_officers_compare_and_each_step_needs_the_one_before(books: MemoryBooks) -> None:
    number = met(books)
    refused("peer_state", lambda: decide(books, number, meeting.OPEN, "us_1", capabilities={"quote": ["in"]}))
    assert not books.read(number).proposals
    error = refused("thumbprints_differ", lambda: decide(books, number, meeting.COMPARE, "us_1", thumbprints=[SECOND]))
    assert "second channel" in error.message
    assert decide(books, number, meeting.COMPARE, "us_1", thumbprints=[FIRST]).status == "met"
    assert decide(books, number, meeting.COMPARE, "us_1", thumbprints=[FIRST]).status == "met"  # the same person
    assert decide(books, number, meeting.COMPARE, "us_2", thumbprints=[FIRST]).status == "compared"
    refused("peer_state", lambda: decide(books, number, meeting.OPEN, "us_1", capabilities={"quote": ["in"]}))
    assert books.run(lambda tx: meeting.activate(tx, number, challenge="n")).status == "active"
    assert not books.read(number).capabilities


def test_a_capability_is_opened_by_two_persons_exactly_as_proposed_and_closed_by_one(books: MemoryBooks) -> None:
    number = met(books)
    for person in ("us_1", "us_2"):
        decide(books, number, meeting.COMPARE, person, thumbprints=[FIRST])
    books.run(lambda tx: meeting.activate(tx, number, challenge="n"))
    decide(books, number, meeting.OPEN, "us_1", capabilities={"quote": ["in"]})
    more = decide(books, number, meeting.OPEN, "us_2", capabilities={"quote": ["in", "out"]})
    assert not more.allows("quote", "in")  # another proposal, which replaces the first
    peer = decide(books, number, meeting.OPEN, "us_1", capabilities={"quote": ["in", "out"]})
    assert (peer.allows("quote", "in"), peer.allows("quote", "out"), peer.allows("order", "in")) == (True, True, False)
    peer = books.run(lambda tx: meeting.close(tx, number, {"quote": ["in"]}, by="us_1"))
    assert (peer.allows("quote", "in"), peer.allows("quote", "out")) == (False, True)
    refused("capability_unknown", lambda: decide(books, number, meeting.OPEN, "us_1", capabilities={"all": ["in"]}))
    refused("direction_unknown", lambda: decide(books, number, meeting.OPEN, "us_1", capabilities={"quote": ["up"]}))


def test_the_agreements_of_an_exchange_are_changed_by_two_persons_who_approve_the_same_ones(books: MemoryBooks) -> None:
    number = met(books)
    refused("peer_state", lambda: decide(books, number, meeting.AGREE, "us_1", legal_basis=["treaty-2027"]))
    for person in ("us_1", "us_2"):
        decide(books, number, meeting.COMPARE, person, thumbprints=[FIRST])
    books.run(lambda tx: meeting.activate(tx, number, challenge="n"))
    before = books.read(number).legal_basis
    decide(books, number, meeting.OPEN, "us_1", capabilities={"quote": ["in"]})
    for wrong in ([], [" "], ["x" * 201], ["a\nb"], [str(each) for each in range(21)]):
        with pytest.raises(TradeError):
            decide(books, number, meeting.AGREE, "us_1", legal_basis=wrong)
    refused("legal_basis_same", lambda: decide(books, number, meeting.AGREE, "us_1", legal_basis=list(before)))
    decide(books, number, meeting.AGREE, "us_1", legal_basis=["treaty-2027"])
    assert decide(books, number, meeting.AGREE, "us_1", legal_basis=["treaty-2027"]).legal_basis == before
    assert decide(books, number, meeting.AGREE, "us_2", legal_basis=["another"]).legal_basis == before
    peer = decide(books, number, meeting.AGREE, "us_3", legal_basis=["another"])
    assert (peer.legal_basis, meeting.AGREE in peer.proposals) == (("another",), False)
    # What was proposed on the ground of other agreements is not what the second person would approve now.
    assert not decide(books, number, meeting.OPEN, "us_2", capabilities={"quote": ["in"]}).allows("quote", "in")
    assert decide(books, number, meeting.OPEN, "us_1", capabilities={"quote": ["in"]}).allows("quote", "in")


def test_what_no_agreement_opens_any_more_closes_by_itself_with_its_reason(books: MemoryBooks) -> None:
    number = met(books)
    for person in ("us_1", "us_2"):
        decide(books, number, meeting.COMPARE, person, thumbprints=[FIRST])
    books.run(lambda tx: meeting.activate(tx, number, challenge="n"))
    opened = {"documents": ["in"], "quote": ["in", "out"]}
    for person in ("us_1", "us_2"):
        decide(books, number, meeting.OPEN, person, capabilities=opened)
    before = books.read(number)
    assert books.run(lambda tx: meeting.close_ended(tx, number, {"quote", "documents", "order"})) == before
    peer = books.run(lambda tx: meeting.close_ended(tx, number, {"quote"}))
    assert (peer.allows("documents", "in"), peer.allows("quote", "in"), peer.allows("quote", "out")) == (
        False,
        True,
        True,
    )
    _, event = books.events(stream=number)[-1]
    assert (event.kind, dict(event.payload)) == (
        "peer.closed",
        {"capabilities": {"documents": ["in"]}, "by": "", "reason": "agreement_ended"},
    )
    assert books.run(lambda tx: meeting.close_ended(tx, number, {"quote"})) == peer  # once


def test_the_upkeep_closes_what_rests_on_an_agreement_that_is_not_in_force(
    books: MemoryBooks, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Statistics need an agreement, of which VN and CN have some in 2026 and had none in 2010; offers need none."""
    from entrepot.trade_app.nodes import identity, officers, upkeep

    number = met(books)
    for person in ("us_1", "us_2"):
        decide(books, number, meeting.COMPARE, person, thumbprints=[FIRST])
    books.run(lambda tx: meeting.activate(tx, number, challenge="n"))
    for person in ("us_1", "us_2"):
        decide(books, number, meeting.OPEN, person, capabilities={"statistics": ["out"], "offer.read": ["out"]})
    monkeypatch.setattr(officers, "open_books", lambda: books)
    monkeypatch.setattr(identity, "node", lambda: SimpleNamespace(economy="VN"))
    for day, closed in ((dt.datetime(2026, 3, 1, tzinfo=dt.UTC), 0), (dt.datetime(2010, 1, 1, tzinfo=dt.UTC), 1)):
        monkeypatch.setattr(identity, "now", lambda day=day: day)
        assert upkeep.close_ended() == closed
    peer = books.read(number)
    assert (peer.allows("statistics", "out"), peer.allows("offer.read", "out")) == (False, True)


def test_a_proposal_that_nobody_approved_in_a_week_is_proposed_anew(books: MemoryBooks, clock: Clock) -> None:
    number = met(books)
    decide(books, number, meeting.COMPARE, "us_1", thumbprints=[FIRST])
    clock.pass_days(8)
    assert decide(books, number, meeting.COMPARE, "us_2", thumbprints=[FIRST]).status == "met"
    assert decide(books, number, meeting.COMPARE, "us_1", thumbprints=[FIRST]).status == "compared"


def test_a_proposal_from_before_a_fork_resumes_nothing(books: MemoryBooks) -> None:
    number = met(books)
    for person in ("us_1", "us_2"):
        decide(books, number, meeting.COMPARE, person, thumbprints=[FIRST])
    books.run(lambda tx: meeting.activate(tx, number, challenge="n"))
    books.run(lambda tx: meeting.suspend(tx, number, "An audit", by="us_1"))
    decide(books, number, meeting.RESUME, "us_1")
    fork = {"code": "shorter", "first": "a", "second": "b", "found": "2026-03-01T00:00:00.000Z"}
    books.run(lambda tx: tx.append(number, "peer.forked", {"fork": fork, "why": "It was rewritten."}))
    assert decide(books, number, meeting.RESUME, "us_2").status == "suspended"
    assert decide(books, number, meeting.RESUME, "us_1").status == "active"


def test_a_node_is_met_once_and_again_only_with_other_keys(books: MemoryBooks) -> None:
    number = met(books)
    refused("node_known", lambda: books.run(lambda tx: meeting.meet(tx, described(SECOND), ["m"], by="us_1")))
    books.run(lambda tx: meeting.revoke(tx, number, "Its key was stolen.", by="us_1"))
    refused("key_known", lambda: met(books))
    again = books.run(lambda tx: meeting.meet(tx, described(SECOND), ["m"], by="us_1"))
    assert again.id != number
    refused("peer_state", lambda: books.run(lambda tx: meeting.suspend(tx, number, "", by="us_1")))


def test_a_node_that_moves_or_changes_the_key_of_its_ledger_is_met_again(books: MemoryBooks) -> None:
    number = met(books)
    same = books.run(lambda tx: meeting.describe_again(tx, number, described(messages={"node.challenge": (1, 2)})))
    assert same.messages["node.challenge"] == (1, 2)
    for changed in ({"address": "https://other.example"}, {"economy": "TH"}, {"ledger_key": "other"}):
        new = described(**changed)
        refused("identity_changed", lambda new=new: books.run(lambda tx: meeting.describe_again(tx, number, new)))


def test_a_thumbprint_has_sixteen_groups_that_are_read_back() -> None:
    assert len(groups(FIRST)) == 16
    for text in (" ".join(groups(FIRST)), "\n".join(lines(FIRST)), "-".join(groups(FIRST)), FIRST):
        assert read(text) == FIRST
    for text in ("", "9" * 80, "x" * 43, " ".join(groups(FIRST)[:15]), FIRST[:-1]):
        refused("thumbprint_invalid", lambda text=text: read(text))


def test_the_key_of_the_node_is_replaced_by_two_persons_with_an_overlap(books: MemoryBooks, clock: Clock) -> None:
    old = books.run(lambda tx: own_keys.publish_first(tx, FIRST, {}))
    new = books.run(lambda tx: own_keys.propose(tx, old.id, SECOND, {}, by="us_1"))
    until = timestamp(clock.time + dt.timedelta(days=14))
    made = Endorsement(by=FIRST, previous_until=until, signature="s")

    def approve(by: str) -> own_keys.OwnKey:
        return books.run(lambda tx: own_keys.approve(tx, new.id, made, since=timestamp(tx.time), by=by))

    refused("second_person", lambda: approve("us_1"))
    clock.pass_days(8)
    refused("proposal_expired", lambda: approve("us_2"))
    books.run(lambda tx: own_keys.propose_again(tx, new.id, by="us_1"))
    assert approve("us_2").status == "active"
    assert books.read(old.id).until == until
    assert books.run(lambda tx: own_keys.end(tx, old.id)).status == "ended"
    assert books.run(lambda tx: own_keys.lose(tx, new.id, by="us_1")).status == "lost"
    with pytest.raises(NotAllowed):
        books.run(lambda tx: own_keys.end(tx, new.id))
