"""A badge that the node of Viet Nam issued, verified at the node of China: by published keys and the status list."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import pytest

pytest.importorskip("django", reason="the server is not installed")

from entrepot.connect.badges import credential, status
from entrepot.connect.badges.credential import Award, Signer
from entrepot.connect.documents import jose
from entrepot.trade.nodes import meeting
from entrepot.trade.outbox import Later
from entrepot.trade.papers.keys import DocumentKey
from entrepot.trade_app.nodes import badges, orders
from trade.two_nodes import TwoNodes

TIME = "2026-03-01T00:00:00Z"
NOW = dt.datetime(2026, 3, 2, tzinfo=dt.UTC)
PLACE = 77
AWARD = Award(
    number="bd_1", subject="urn:entrepot:learner:1", course="cs_1", title="Roasting", description="Roasting",
    criteria="80 %", seller="og_1", seller_name="Seller", percent="90", issued=TIME, salt="", list_number=1,
)  # fmt: skip


class Issuer:
    """What the node of Viet Nam publishes: keys, and the list of revoked badges. `asked`: the addresses that were."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, url: str) -> None:
        self.nodes = TwoNodes()
        self.peer = self.nodes.cn.books.read(self.nodes.cn.peer)
        self.signer = Signer(url or self.peer.address, "Entrepot", jose.SigningKey(bytes(32)))
        self.revoked: list[int] = []
        self.answers = True
        self.list_signer = self.signer
        self.asked: list[str] = []
        monkeypatch.setattr(badges, "open_books", lambda: self.nodes.cn.books)
        monkeypatch.setattr(orders, "published_keys", self._keys)
        monkeypatch.setattr(badges, "_fetch", self._fetch)

    def _keys(self, _peer: Any) -> Any:
        if not self.answers:
            raise Later("It does not answer.")
        key = self.signer.key
        return {
            self.signer.method: DocumentKey(
                id="dk_1", status="active", thumbprint=key.thumbprint, x=key.x, created=TIME
            )
        }

    def _fetch(self, address: str) -> bytes:
        self.asked.append(address)
        return json.dumps(status.status_list(self.list_signer, 1, self.revoked, TIME)).encode()

    def badge(self, **changes: Any) -> bytes:
        """A signed badge."""
        unsigned = {**credential.unsigned(AWARD._replace(place=PLACE), self.signer), **changes}
        return json.dumps(credential.sign(unsigned, self.signer, TIME)).encode()

    def code(self, content: bytes) -> str:
        """The code of the verdict at the node of China; "" where it knows no such issuer."""
        found = badges.verify_of_peers(content, self.signer.did, NOW)
        return found.code if found is not None else ""


@pytest.fixture
def issuer(monkeypatch: pytest.MonkeyPatch) -> Issuer:
    return Issuer(monkeypatch, "")


def test_a_badge_of_another_node_is_valid_until_that_node_revokes_it(issuer: Issuer) -> None:
    content = issuer.badge()
    assert issuer.signer.did == issuer.peer.did
    assert issuer.code(content) == "valid"
    assert issuer.asked == [f"{issuer.peer.address}/badges/status/1"]
    issuer.revoked = [PLACE + 1]
    assert issuer.code(content) == "valid"
    issuer.revoked = [PLACE]
    assert issuer.code(content) == "revoked"


def test_a_badge_that_was_changed_or_whose_list_is_none_proves_nothing(issuer: Issuer) -> None:
    changed = issuer.badge().replace(b"Roasting", b"Medicine")
    assert issuer.code(changed) == "signature"
    for wrong in ({}, {"statusListCredential": "https://elsewhere.example/x", "statusListIndex": "1"}, "soon"):
        assert issuer.code(issuer.badge(credentialStatus=wrong)) == "incomplete"
    assert issuer.asked == [], "no address that stands in a badge is asked"
    issuer.list_signer = issuer.signer._replace(key=jose.SigningKey(bytes([1]) * 32))
    assert issuer.code(issuer.badge()) == "incomplete", "signed by another key"


def test_a_node_that_does_not_answer_or_was_revoked_is_no_issuer(issuer: Issuer) -> None:
    content = issuer.badge()
    issuer.answers = False
    assert issuer.code(content) == ""
    issuer.answers = True
    issuer.nodes.cn.books.run(lambda tx: meeting.revoke(tx, issuer.nodes.cn.peer, "It ended", by="us_1"))
    assert issuer.code(content) == ""


def test_an_issuer_that_is_not_known_is_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    stranger = Issuer(monkeypatch, "https://stranger.example")
    assert stranger.code(stranger.badge()) == ""
    assert stranger.asked == []
