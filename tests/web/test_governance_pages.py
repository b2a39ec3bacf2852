"""The pages of governance: the rules on data that leave, what left about a person, screening."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator

import httpx
import pytest
from chromium import assert_no_barriers, browser, shot
from server_process import Server, run_server
from trade_market import Market, open_market

#: Lets data of the buyer leave for Viet Nam, and not for Cambodia; prints nothing.
LET = """
import datetime as dt
from entrepot.cooperation.transfers import leave
from entrepot.trade.transfers.leaving import Disclosure, note_sent
from entrepot.trade_app.books import open_books
from entrepot.trade_app.nodes.transfers import rules_of
def let(tx, category, about):
    asked = Disclosure(owner="{owner}", person="{owner}", about=about, origin="CN", destination="VN", recipient="pn_1",
        category=category, ground="contract", purpose="delivery", fields=("name", "address"))
    return leave(tx, rules_of("CN", dt.date(2026, 3, 1)), asked)
books = open_books()
books.run(lambda tx: let(tx, "ordinary", "xo_1"))
books.run(lambda tx: note_sent(tx, recipient="pn_1", about="xo_1", message="order.contact"))
books.run(lambda tx: let(tx, "sensitive", "xo_2"))
"""


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with run_server(tmp_path_factory.mktemp("governance")) as running:
        yield running


@pytest.fixture(scope="module")
def market(own: Server) -> Market:
    found = open_market(own)
    own.ask(LET.format(owner=found.buyer.id))
    return found


def read(server: Server, path: str, session: str = "") -> httpx.Response:
    cookies = {"sessionid": session} if session else {}
    return httpx.get(server.url + path, cookies=cookies, timeout=60)


def test_the_rules_of_an_economy_are_shown_and_asked(own: Server) -> None:
    page = read(own, "/en/law/CN/transfers?on=2026-03-01&to=VN&category=sensitive&ground=consent&people=10000")
    text = html.unescape(page.text)
    assert page.status_code == 200
    assert "only under one of these, and none is recorded here: a security assessment" in text
    assert "under 10,000 persons in a year" in text
    assert "cn/transfers.csv:" in text
    for on, expected in (("2024-03-21", "a security assessment"), ("2024-03-22", "without a further step")):
        answer = read(
            own, f"/en/law/CN/transfers?on={on}&to=VN&people={99_999 if on[-1] == '2' else 100_000}&ground=consent"
        )
        assert expected in html.unescape(answer.text)
    assert "nothing is free" in read(own, "/en/law/PH/transfers").text


@pytest.mark.parametrize("words", ["to=XX", "to=VN&category=x&ground=%00&people=abc", "to=", "people=9999999999999"])
def test_a_question_that_makes_no_sense_is_answered_with_the_page(own: Server, words: str) -> None:
    assert read(own, f"/en/law/VN/transfers?{words}").status_code == 200


def test_a_person_sees_what_left_and_nobody_else_does(own: Server, market: Market) -> None:
    path = "/en/account/transfers/"
    seen = html.unescape(read(own, path, market.sessions["buyer"]).text)
    assert "xo_1" in seen
    assert "name, postal address" in seen
    assert "order.contact" in seen
    assert "not allowed" in seen
    assert "xo_1" not in read(own, path, market.sessions["seller"]).text
    assert read(own, path).status_code == 302


SCREEN = """
from entrepot.trade_app import screening
from entrepot.trade_app.books import open_books
screening.add_list("own", "id,name\\n77,ZHANG Wei\\n".encode(), licence="", by="cli:test")
books = open_books()
order = books.read("{order}")
print(screening.screen_order(books, order, screening.lists_in_use()).id)
"""


DUTY = """
from importlib import import_module
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from entrepot.store.people import members, organizations, persons
from entrepot.web.http import actors
person = persons.create_person("{duty}@duty.example", "{duty}", "tall trees 1985", "en")
members.add_member(organizations.operator().id, person.id, "{duty}")
session = import_module(settings.SESSION_ENGINE).SessionStore()
session[SESSION_KEY] = str(person.user_id)
session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
session[HASH_SESSION_KEY] = person.user.get_session_auth_hash()
session[actors.SECOND_FACTOR] = person.user_id
session.save()
print(session.session_key)
"""


def test_a_hit_is_compared_and_cleared_by_an_operator(own: Server, market: Market) -> None:
    pytest.importorskip("rapidfuzz", reason="screening is not installed")
    number = own.ask(SCREEN.format(order=market.ids["or_"])).strip()
    path = "/en/operator/screening/"
    for name in ("seller", "buyer"):
        assert read(own, path, market.sessions[name]).status_code == 404
    viewer = own.ask(DUTY.replace("@duty", "@first").format(duty="viewer")).strip()
    seen = html.unescape(read(own, f"{path}?show={number}", viewer).text)
    assert (market.ids["or_"] in seen, "张伟" in seen, "Compare" in seen) == (True, False, False)
    with httpx.Client(base_url=own.url, cookies={"sessionid": market.sessions["operator"]}, timeout=60) as client:
        page = html.unescape(client.get(f"{path}?show={number}").text)
        assert "ZHANG Wei" in page
        assert "the same name" in page
        assert "张伟" in page
        (token,) = set(re.findall(r'name="csrfmiddlewaretoken" value="(\w+)"', page))
        form = {"csrfmiddlewaretoken": token, "number": number, "action": "clear", "why": "other_birth", "note": " "}
        headers = {"Referer": own.url + path}
        assert client.post(path, data=form, headers=headers).status_code == 422
        done = client.post(path, data={**form, "note": "Another year of birth."}, headers=headers)
        assert done.status_code == 302
        assert "Nothing waits for a decision." in client.get(path).text
        assert client.post(path, data={**form, "number": "sc_0"}, headers=headers).status_code == 404


ALLOWED = {
    "auditor": {
        "operator/",
        "operator/screening/",
        "outbox/",
        "operator/acts/",
        "operator/programmes/",
        "operator/statistics/",
    },
    "liaison": {"operator/", "operator/screening/"},
    "statistics": {"operator/programmes/", "operator/statistics/"},
    "viewer": {"operator/", "operator/screening/", "outbox/", "operator/programmes/", "operator/statistics/"},
}


@pytest.mark.parametrize("duty", ALLOWED)
def test_a_duty_opens_what_it_needs_and_no_more(own: Server, market: Market, duty: str) -> None:
    session = own.ask(DUTY.format(duty=duty)).strip()
    opened = {path for path in ALLOWED["auditor"] if read(own, f"/en/{path}", session).status_code == 200}
    assert opened == ALLOWED[duty]
    with httpx.Client(base_url=own.url, cookies={"sessionid": session}, timeout=60) as client:
        page = client.get("/en/account/")
        (token, *_same) = re.findall(r'name="csrfmiddlewaretoken" value="(\w+)"', page.text)
        form = {"csrfmiddlewaretoken": token, "number": "sc_0", "action": "clear", "why": "other_birth", "note": "x"}
        answer = client.post("/en/operator/screening/", data=form, headers={"Referer": str(page.url)})
        # 404 both for who may not, and for a screening that does not exist: the other answers tell them apart.
        assert answer.status_code == 404
        retry = {"csrfmiddlewaretoken": token, "action": "retry", "message": "1"}
        assert client.post("/en/outbox/", data=retry, headers={"Referer": str(page.url)}).status_code == 404


def test_duties_are_of_the_operator_only_and_acts_are_recorded(own: Server, market: Market) -> None:
    program = "from entrepot.store.people import members\nprint(members.roles_of({of!r}))"
    assert "liaison" not in own.ask(program.format(of=market.seller.id))
    path = "/en/organization/keys/"
    with httpx.Client(base_url=own.url, cookies={"sessionid": market.sessions["operator"]}, timeout=60) as client:
        (token, *_same) = re.findall(r'name="csrfmiddlewaretoken" value="(\w+)"', client.get(path).text)
        form = {"csrfmiddlewaretoken": token, "name": "statistics", "scopes": "quotes"}
        assert client.post(path, data=form, headers={"Referer": own.url + path}).status_code == 200
        assert "Created an API key" in client.get("/en/operator/acts/").text
    assert read(own, "/en/operator/acts/", market.sessions["seller"]).status_code == 404


@pytest.mark.long
def test_the_pages_fit_a_telephone_in_thai(own: Server, market: Market) -> None:
    number = own.ask(SCREEN.format(order=market.ids["or_"])).strip()
    pages = {
        "buyer": ("law/CN/transfers?to=VN&people=5", "account/transfers/"),
        "operator": (f"operator/screening/?show={number}", "operator/acts/"),
    }
    with browser() as chromium:
        for width in (360, 1440):
            for name, paths in pages.items():
                context = chromium.new_context(viewport={"width": width, "height": 800})  # type: ignore[attr-defined]
                context.add_cookies([{"name": "sessionid", "value": market.sessions[name], "url": own.url}])
                page = context.new_page()
                for path in paths:
                    page.goto(f"{own.url}/th/{path}")
                    assert page.evaluate("document.documentElement.scrollWidth") <= width, path
                    assert_no_barriers(page, path, again=width != 360)
                    shot(page, f"governance-{path.split('?')[0]}-{width}")
                context.close()
