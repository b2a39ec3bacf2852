"""The pages of other nodes: two operators compare a key and open capabilities; what is shown, and to whom."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from chromium import assert_no_barriers, browser, shot
from server_process import Server, run_server

#: Two operators with their sessions, a seller's session, and a node that was met; prints them.
PROGRAM = """
import datetime as dt, json
import django
django.setup()
from importlib import import_module
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from entrepot.store.people import members, organizations, persons
from entrepot.web.http import actors
from entrepot.trade.nodes import kept_lists, meeting
from entrepot.trade.nodes.description import DescribedKey, Description
from entrepot.trade.nodes.types import known_versions
from entrepot.trade_app.books import open_books
made = {}
seller = organizations.create_organization("The seller", "CN", "seller")
for name in ("operator", "officer", "seller"):
    person = persons.create_person(f"{name}@node.example", name.title(), "tall trees 1985", "en")
    members.add_member(seller.id if name == "seller" else organizations.operator().id, person.id, "owner")
    session = import_module(settings.SESSION_ENGINE).SessionStore()
    session[SESSION_KEY] = str(person.user_id)
    session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
    session[HASH_SESSION_KEY] = person.user.get_session_auth_hash()
    session[actors.SECOND_FACTOR] = person.user_id
    session.create()
    made[name] = session.session_key
described = Description(object="node_description", version=1, economy="VN", name="Viet Nam's node", operator="Chamber",
    did="did:web:vn.example", address="https://vn.example",
    keys=(DescribedKey(thumbprint="poqkLGiymh_W0uP6PZFw-dvez3QJT5SolqXBCW38r0U", jwk={},
                       since="2026-01-01T00:00:00.000Z"),),
    capabilities=(), messages=known_versions(), ledger_key="", issued="", expires="")
books = open_books()
made["peer"] = books.run(lambda tx: meeting.meet(tx, described, ["Memorandum"], by="us_1")).id
bad = [kept_lists.RefusedOffer("of_there", "offer_of_another_economy", "terms.ship_from")]
books.run(lambda tx: kept_lists.list_read(tx, made["peer"], 3, bad))
print(json.dumps(made))
"""
#: The thumbprint above as groups of five digits: each is two bytes of its base64url.
ACTIVATE = """
from entrepot.trade.nodes import meeting
from entrepot.trade_app.books import open_books
open_books().run(lambda tx: meeting.activate(tx, "{peer}", challenge="c"))
"""


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("nodes")
    with run_server(folder, ENTREPOT_NODE="CN", ENTREPOT_URL="https://cn.example") as running:
        yield running


@pytest.fixture(scope="module")
def made(own: Server) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(own.ask(PROGRAM))
    return found


def client(own: Server, session: str) -> httpx.Client:
    return httpx.Client(base_url=own.url, cookies={"sessionid": session}, timeout=60)


def post(own: Server, session: str, path: str, **fields: str) -> httpx.Response:
    with client(own, session) as browser_:
        token = re.findall(r'name="csrfmiddlewaretoken" value="([^"]+)"', browser_.get(path).text)[0]
        return browser_.post(path, data={"csrfmiddlewaretoken": token, **fields}, headers={"Referer": own.url})


def groups() -> str:
    from entrepot.trade.nodes.thumbprints import groups as of

    return " ".join(of("poqkLGiymh_W0uP6PZFw-dvez3QJT5SolqXBCW38r0U"))


def test_two_operators_compare_open_and_one_closes_suspends_and_revokes(own: Server, made: dict[str, Any]) -> None:
    path, first, second = f"/en/operator/nodes/{made['peer']}/", made["operator"], made["officer"]

    def text(session: str = first) -> str:
        with client(own, session) as browser_:
            return html.unescape(browser_.get(path).text)

    shown = text()
    assert "new: the thumbprints are to be compared" in shown
    assert groups()[:23] not in shown, "who compares types what was heard, and does not copy it from the page"
    assert "offer_of_another_economy" in shown
    wrong = post(own, first, path, action="compare", thumbprints=groups()[::-1])
    assert wrong.status_code == 422
    assert post(own, first, path, action="compare", thumbprints=groups()).status_code == 302
    assert "Enter the groups below, as you heard them yourself." in text(second)
    assert post(own, first, path, action="approve", act="peer.compare").status_code == 404
    post(own, second, path, action="compare", thumbprints=groups())
    assert "compared: the challenge is to be answered" in text()
    own.ask("import django; django.setup()\n" + ACTIVATE.format(peer=made["peer"]))
    post(own, first, path, action="open", **{"offer.read:out": "yes", "order:in": "yes"})
    assert "Another person approves it." in text(first)
    (digest,) = re.findall(r'name="digest" value="([^"]+)"', text(second))
    assert post(own, first, path, action="approve", act="peer.open", digest=digest).status_code == 302
    assert 'value="offer.read:out"' not in text(), "the first person cannot approve"
    post(own, first, path, action="open", **{"offer.read:out": "yes", "order:in": "yes", "order:out": "yes"})
    stale = post(own, second, path, action="approve", act="peer.open", digest=digest)
    assert stale.status_code == 422, "another proposal than the one that the second person saw"
    (digest,) = re.findall(r'name="digest" value="([^"]+)"', text(second))
    post(own, second, path, action="approve", act="peer.open", digest=digest)
    assert 'value="offer.read:out"' in text()
    post(own, first, path, action="close", what="offer.read:out")
    assert 'value="offer.read:out"' not in text()
    assert post(own, first, path, action="close", what="x:y").status_code == 422
    _agree_on_a_fee(own, path, first, second)
    post(own, first, path, action="suspend", why="A check")
    assert "A check" in text()
    post(own, second, path, action="revoke", why="The agreement ended")
    assert "The agreement ended" in text()
    assert post(own, first, "/en/operator/nodes/", address="http://127.0.0.1:9", basis="M").status_code == 422


def _agree_on_a_fee(own: Server, path: str, first: str, second: str) -> None:
    """Two persons bound what the other node may keep; a price is asked for, of an offer that is here."""
    with client(own, first) as browser_:
        assert "<strong>0 %</strong>" in browser_.get(path).text
    for wrong in ("", "many", "101", "-1"):
        assert post(own, first, path, action="fee", most=wrong).status_code == 422
    post(own, first, path, action="fee", most="2.5")
    post(own, second, path, action="fee", most="2.5")
    assert post(own, first, path, action="agree", agreements=" \r\n").status_code == 422
    for person, again in ((first, ""), (second, "memorandum-2027, annex-1")):
        post(own, person, path, action="agree", agreements="memorandum-2027\r\nannex-1\r\n")
        with client(own, first) as browser_:
            assert f"<dd>{again}" in browser_.get(path).text
    with client(own, first) as browser_:
        assert "<strong>2.5 %</strong>" in browser_.get(path).text
    for offer in ("", "of_1", "or_1"):
        asked = post(own, first, path, action="quote", offer=offer, quantity="1", buyer="consumer")
        assert asked.status_code == 422
        assert "There is no offer" in html.unescape(asked.text)


def test_nobody_else_sees_the_nodes(own: Server, made: dict[str, Any]) -> None:
    for path in ("/en/operator/nodes/", f"/en/operator/nodes/{made['peer']}/"):
        with client(own, made["seller"]) as browser_:
            assert browser_.get(path).status_code == 404
        assert httpx.get(own.url + path, timeout=60).status_code == 302
    with client(own, made["operator"]) as browser_:
        assert browser_.get("/en/operator/nodes/pn_0/").status_code == 404
        assert browser_.get("/en/operator/nodes/or_0/").status_code == 404


@pytest.mark.long
def test_the_pages_fit_a_telephone_in_thai(own: Server, made: dict[str, Any]) -> None:
    with browser() as chromium:
        for width in (360, 1440):
            context = chromium.new_context(viewport={"width": width, "height": 800})  # type: ignore[attr-defined]
            context.add_cookies([{"name": "sessionid", "value": made["operator"], "url": own.url}])
            page = context.new_page()
            for path in ("operator/nodes/", f"operator/nodes/{made['peer']}/"):
                answer = page.goto(f"{own.url}/th/{path}")
                assert len(answer.body()) < 150_000
                assert page.evaluate("document.documentElement.scrollWidth") <= width
                assert_no_barriers(page, path, again=width != 360)
                shot(page, f"nodes-{path.split('_')[0]}-{width}")
            context.close()
