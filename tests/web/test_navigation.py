"""The navigation: what each role sees, and that every page is reached by links from the start page of a role."""

from __future__ import annotations

import re
from collections import Counter
from html import unescape
from pathlib import Path
from urllib.parse import parse_qs, urljoin, urlsplit

import pytest
from people_browser import Visitor, signed_in
from server_process import Server, forget_request_counts
from trade_market import Market

import sizes
from entrepot.language import catalogue
from entrepot.web.http.actors import Actor
from entrepot.web.pages.navigation import BUYER, SELLER, Section, desk_of, navigation_of, start_of

ENTRIES = re.compile(r'<nav class="(?:places|desk|tabs under)".*?</nav>', re.DOTALL)
LINK = re.compile(r'<a [^>]*?href="([^"]*)"')
#: The routes of the pages after the language, with their regular expressions.
PATTERNS = """
from entrepot.web.site import urls
print("\\n".join(f"/{each.pattern._route} {each.pattern.regex.pattern}" for each in urls._PAGES))
"""
MAIL, FORM, SCRIPT, DATA = "the link of an e-mail", "a form", "a script", "the market of the tests has none"
#: Pages that no link on a page of the market of the tests leads to, with the way by which they are reached.
NOT_LINKED = {
    "account/address/confirm/": MAIL,
    "invitation/": MAIL,
    "mail/off/": MAIL,
    "reset/new/": MAIL,
    "sign-up/confirm/": MAIL,
    "visitors/<str:number>/<str:secret>/": MAIL,
    "guests/<str:grant>/<str:secret>/": MAIL,
    "guests/<str:grant>/<str:secret>/file/<str:form>/": MAIL,
    "checkout/<str:number>/<str:token>/": "the link of a platform",
    "sign-in/code/": FORM,
    "sign-out/": FORM,
    "documents/day/": FORM,
    "market/deliver/": FORM,
    "market/checkout/": FORM,
    "quotes/": FORM,
    "packs/<slug:name>/<str:schedule>/remove": FORM,
    "batch/<str:job_id>/": FORM,
    "batch/<str:job_id>/delete": FORM,
    "visitors/<str:number>/<str:secret>/enter/": SCRIPT,
    "services/<str:number>/visit/call/enter/": SCRIPT,
    "services/<str:delivery>/workspace/<str:number>/token/": SCRIPT,
    "guests/<str:grant>/<str:secret>/token/": SCRIPT,
    "batch/<str:job_id>/progress.json": SCRIPT,
    "live/": SCRIPT,
    **dict.fromkeys(
        (
            "badges/<str:number>/",
            "batch/<str:job_id>/<str:part>.<str:kind>",
            "batch/<str:job_id>/row/<int:number>/",
            "courses/<str:number>/",
            "courses/<str:number>/choose/",
            "courses/tools/<str:number>/",
            "learn/<str:number>/",
            "learn/<str:number>/<int:page>/",
            "learn/<str:number>/quiz/",
            "market/offers/<str:number>/",
            "market/offers/<str:number>/times/",
            "market/pavilions/<str:slug>/",
            "operator/nodes/<str:number>/",
            "orders/<str:number>/credentials/<str:document>/",
            "organization/webhooks/<str:number>/",
            "pavilions/<str:slug>/",
            "quotes/<str:number>",
            "quotes/<str:number>.pdf",
            "services/<str:delivery>/workspace/",
            "services/<str:delivery>/workspace/all.zip",
            "services/<str:delivery>/workspace/<str:number>/",
            "services/<str:delivery>/workspace/<str:number>/file/<str:form>/",
            "services/<str:delivery>/workspace/<str:number>/versions/",
            "services/<str:number>/course/",
            "visitors/<str:number>/course/",
            "visitors/<str:number>/workspace/",
            "services/<str:number>/course/open/",
            "services/<str:number>/course/statements/",
            "services/<str:number>/visit/call/",
            "services/<str:number>/visit/note/<int:part>/",
            "services/<str:number>/visit/note/<int:part>/file/<str:form>/",
        ),
        DATA,
    ),
}
#: Pages whose content is the same for each role: only a visitor opens six of each, others one.
SAME_FOR_ALL = ("agreements/", "compare/", "docs/", "law/", "packs/")
#: Links to what the market of the tests names and does not make: its quotes, and its course.
NOT_MADE = re.compile(r"/en/(quotes/qt_\d+|services/dl_\w+/course/(open/)?)$")


def _actor(kind: str, *roles: str) -> Actor:
    return Actor("us_1", "og_1", frozenset(roles), kind)


OWNER = ("viewer", "clerk", "manager", "owner")


@pytest.mark.parametrize(
    ("actor", "start", "sections"),
    [
        (_actor("seller", *OWNER), "todo/", ["To do", "Orders", "Offers", "Services", "Documents", "Organization"]),
        (_actor("buyer", "viewer"), "orders/", ["Orders", "Services", "Documents", "Organization"]),
        (
            _actor("operator", *OWNER),
            "operator/",
            ["Operation", "Sellers", "Nodes", "Measures", "Oversight", "Organization"],
        ),
        (_actor("operator", "liaison"), "operator/", ["Operation", "Oversight"]),
        (
            _actor("operator", "viewer", "auditor"),
            "operator/",
            ["Operation", "Sellers", "Nodes", "Measures", "Oversight", "Organization"],
        ),
        (_actor("operator", "statistics"), "operator/statistics/", ["Measures"]),
    ],
)
def test_a_role_has_few_sections(actor: Actor, start: str, sections: list[str]) -> None:
    assert [each.label for each in desk_of(actor, "Highland", ())] == sections
    assert start_of(actor) == start


def test_only_a_seller_has_statements_and_payouts() -> None:
    def addresses(sections: tuple[Section, ...]) -> set[str]:
        return {page.path for section in sections for page in section.pages}

    assert {"statements/", "payouts/"} <= addresses(SELLER)
    assert not {"statements/", "payouts/"} & addresses(BUYER)


def test_the_page_with_the_longest_address_is_current() -> None:
    seller = _actor("seller", *OWNER)
    shown = {
        path: [each.path for each in navigation_of(path, seller, "H", ("vn",), person=True).pages if each.current]
        for path in ("orders/or_1/pack/", "organization/webhooks/we_1/", "courses/tools/", "account/password/", "todo/")
    }
    assert shown == {
        "orders/or_1/pack/": ["orders/"],
        "organization/webhooks/we_1/": ["organization/webhooks/"],
        "courses/tools/": ["courses/tools/"],
        "account/password/": ["account/"],
        "todo/": [],  # a section of one page has no second line
    }
    assert not any(each.current for each in navigation_of("nowhere", seller, "H", (), person=True).desk)


def test_the_name_of_an_organization_is_not_translated() -> None:
    found = navigation_of("", _actor("buyer", "viewer"), "Orders", (), person=True)
    assert found.desk[-1].label == "Orders"


@pytest.fixture(scope="module")
def roles(trade_server: Server, market: Market) -> dict[str, Visitor]:
    """A browser for each role, with the path of its start page."""
    duties = {name: ("op", "operator", name) for name in ("liaison", "auditor", "statistics")}
    found = signed_in(trade_server, duties) | {"visitor": Visitor(trade_server.url)}
    for name, session in market.sessions.items():
        found[name] = Visitor(trade_server.url)
        found[name].cookies.set("sessionid", session)
    return found


STARTS = {
    "visitor": "",
    "seller": "todo/",
    "buyer": "orders/",
    "operator": "operator/",
    "liaison": "operator/",
    "auditor": "operator/",
    "statistics": "operator/statistics/",
}


@pytest.mark.parametrize("role", STARTS)
def test_a_role_may_open_every_entry_in_every_language(
    trade_server: Server, roles: dict[str, Visitor], role: str
) -> None:
    """The entries are the same on each page, those of the section besides, and each is a page."""
    browser, opened = roles[role], set[str]()
    for language in catalogue.LANGUAGES if sizes.ALL else ("en",):
        forget_request_counts(trade_server)
        start = browser.get(f"/{language}/{STARTS[role]}")
        waiting = _entries(start.text)
        assert 'aria-current="page"' in start.text
        while waiting - opened:
            path = (waiting - opened).pop()
            opened.add(path)
            page = browser.get(path)
            assert page.status_code == 200, path
            assert page.text.count("<h1") == 1, path
            assert _entries(start.text, "places", "desk") == _entries(page.text, "places", "desk"), path
            assert 'aria-current="page"' in "".join(ENTRIES.findall(page.text)), path
            waiting |= _entries(page.text)


@pytest.mark.long
def test_every_page_is_reached_by_links_and_no_link_is_refused(trade_server: Server, roles: dict[str, Visitor]) -> None:
    lines = (each[1:].split(" ", 1) for each in trade_server.ask(PATTERNS).splitlines())
    routes = {route: re.compile(pattern) for route, pattern in lines}
    met = set[str]().union(*(_walk(trade_server, roles[role], role, routes) for role in STARTS))
    assert set(routes) - met == set(NOT_LINKED)


def _walk(server: Server, browser: Visitor, role: str, routes: dict[str, re.Pattern[str]]) -> set[str]:
    """The routes of the pages that links lead to: six pages of each, with each set of names in their queries."""
    waiting, seen, opened = [f"/en/{STARTS[role]}"], set(), Counter[tuple[str, str]]()
    while waiting:
        path = waiting.pop(0).partition("#")[0]
        if path in seen or not path.startswith("/en/") or NOT_MADE.match(path):
            continue
        seen.add(path)
        url = urlsplit(path)
        rest = url.path.removeprefix("/en/")
        route = next((each for each, pattern in routes.items() if pattern.match(rest)), None)
        kind = (route or "", " ".join(sorted(parse_qs(url.query))))
        if route is None or opened[kind] >= (1 if role != "visitor" and route.startswith(SAME_FOR_ALL) else 6):
            continue
        opened[kind] += 1
        forget_request_counts(server)
        page = browser.get(path)
        assert page.status_code == 200, (role, path, page.status_code)
        if "text/html" in page.headers["content-type"]:
            waiting += [urljoin(path, unescape(each)) for each in LINK.findall(page.text) if "://" not in each]
    return {route for route, _names in opened}


def _entries(text: str, *kinds: str) -> set[str]:
    """The addresses of the entries, or of those of some kinds."""
    found = [each for each in ENTRIES.findall(text) if not kinds or re.match(f'<nav class="({"|".join(kinds)})"', each)]
    return {address for each in found for address in LINK.findall(each)}


def test_the_page_about_the_node_has_an_example_of_each_thing(roles: dict[str, Visitor]) -> None:
    page = roles["visitor"].get("/en/about/")
    examples = re.findall(r'<li class="card">.*?</li>\n', page.text, re.DOTALL)
    assert len(examples) == 8
    assert all('<span class="chip">example</span>' in each or ">of this node</span>" in each for each in examples)
    quote = next(each for each in examples if "A quote" in each)
    total = re.findall(r"<dd>([^<]+)</dd>", quote)[-1]
    opened = roles["visitor"].get(unescape(LINK.search(quote)[1]))  # type: ignore[index]
    assert f'"total">{total}<' in opened.text, "the quote that the link opens has the same total"
    folders = {each.name for each in (Path(__file__).parents[2] / "packs").iterdir() if each.is_dir()}
    assert f"<dd>{len(folders - {'world', 'zz'})}</dd>" in page.text  # neither what is common nor the invented place
    seller = roles["seller"].get("/en/about/").text
    assert "Open this order" in seller
    assert "Open this order" not in page.text


@pytest.fixture(scope="module")
def empty(trade_server: Server) -> dict[str, Visitor]:
    """People whose organizations have nothing yet, and one who may only look."""
    return signed_in(
        trade_server,
        {
            "new_seller": ("New Seller", "seller", "owner"),
            "new_buyer": ("New Buyer", "buyer", "owner"),
            "looks": ("New Seller", "seller", "viewer"),
            "statistician": ("op", "operator", "statistics"),
        },
    )


@pytest.mark.parametrize(
    ("person", "path", "says", "leads"),
    [
        ("new_seller", "orders/", "Show your offers in the market", "offers/"),
        ("new_buyer", "orders/", "Choose goods or a service in the market", "market/"),
        ("new_seller", "offers/", "Add one below, or upload a file", ""),
        ("new_seller", "documents/", "A document is issued from the page of a paid order", "orders/"),
        ("new_seller", "assets/", "Add what can be booked by time", ""),
        ("new_seller", "courses/", "Create a course below", ""),
        ("new_seller", "market/", "A seller uploads offers", "offers/"),
        ("new_buyer", "market/", "A seller uploads offers", ""),
        ("new_buyer", "market/basket/", "", "market/"),
    ],
)
def test_an_empty_page_says_what_to_do_next(
    empty: dict[str, Visitor], person: str, path: str, says: str, leads: str
) -> None:
    text = empty[person].get(f"/en/{path}").text
    main = text[text.index("<main") : text.index("</main>")]
    assert says in main
    assert f'href="/en/{leads}"' in main or not leads


def test_an_error_page_leads_back_to_the_start_page_of_the_role(empty: dict[str, Visitor]) -> None:
    nowhere = empty["new_seller"].get("/en/orders/or_1/")
    assert nowhere.status_code == 404
    assert 'class="button" href="/en/todo/"' in nowhere.text
    refused = empty["looks"].get("/en/organization/keys/")
    assert refused.status_code == 403
    assert "Ask an owner" in refused.text
    assert 'href="/en/account/organizations/"' in refused.text
    hidden = empty["statistician"].get("/en/outbox/")
    assert hidden.status_code == 404
    assert 'class="button" href="/en/operator/statistics/"' in hidden.text
    visitor = Visitor(empty["looks"].url).get("/en/nowhere")
    assert visitor.status_code == 404
    assert 'class="button" href="/en/"' in visitor.text
