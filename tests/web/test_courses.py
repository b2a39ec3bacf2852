"""Built-in courses: bought, launched through the platform, read, graded, and their badge."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from chromium import assert_small, browser, shot
from course_market import open_courses
from server_process import Server, run_server
from test_trade_pages import Visitor
from trade_market import PAYMENTS

pytest.importorskip("joserfc", reason="joserfc is not installed")


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with run_server(
        tmp_path_factory.mktemp("courses"), workers=1, background=0, ENTREPOT_WEBHOOKS_LOOPBACK="true", **PAYMENTS
    ) as running:
        yield running


@pytest.fixture(scope="module")
def made(own: Server) -> dict[str, Any]:
    return open_courses(own, quantities=[1, 2, 1], other_node=True)


@pytest.fixture
def visitors(own: Server, made: dict[str, Any]) -> Iterator[dict[str, Visitor]]:
    found = {name: Visitor(own, session) for name, session in {**made["sessions"], "nobody": ""}.items()}
    yield found
    for each in found.values():
        each.client.close()


def form_of(text: str) -> tuple[str, dict[str, str]]:
    """The address and the fields of the form that leads on."""
    address = re.findall(r'<form method="post" action="([^"]+)" class="onward">', text)[0]
    return address, dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', text))


def launch(learner: Visitor, delivery: str) -> Any:
    """Open the course as a browser does."""
    page = learner.get(f"/en/services/{delivery}/course/open/")
    assert page.status_code == 200, page.text
    address, fields = form_of(page.text)
    return learner.client.post(address, data=fields)


def test_a_built_in_course_goes_from_the_order_to_a_verified_badge(
    visitors: dict[str, Visitor], made: dict[str, Any]
) -> None:
    learner, delivery = visitors["lan"], made["deliveries"][0]
    shown = learner.get(f"/en/services/{delivery}/course/").text
    assert "Open the course" in shown
    contents = launch(learner, delivery)
    assert contents.status_code == 200, contents.text
    assert "Hạt" in contents.text
    course = made["course"]
    assert "Rang đều." in learner.get(f"/en/learn/{course}/1/").text
    quiz = f"/en/learn/{course}/quiz/"
    failed = learner.post(quiz, {"q0": "1", "q1": "1"})
    assert "Not passed" in failed.text
    assert "1 / 3" in failed.text
    passed = learner.post(quiz, {"q0": "0", "q1": "1", "q2": "2"})
    assert "2 / 3" in passed.text
    page = learner.get(f"/en/services/{delivery}/course/").text
    assert "66.66" in page
    enrolment = re.findall(r'name="enrolment" value="(en_\w+)"', page)[0]
    page = learner.post(
        f"/en/services/{delivery}/course/", {"action": "badge", "enrolment": enrolment, "email": "on"}
    ).text
    badge = re.findall(r'href="/badges/(bd_\w+)"', page)[0]
    public = visitors["nobody"]
    shown = public.get(f"/en/badges/{badge}/").text
    assert "The credential is valid." in shown
    found = public.get(f"/badges/{badge}")
    assert found.headers["content-type"] == "application/vc"
    assert json.loads(found.text)["credentialSubject"]["result"][0]["value"] == "66.66"
    text = {"text": found.text}
    assert "The credential is valid." in public.post("/en/verify/", text).text
    assert "signature does not match" in public.post("/en/verify/", {"text": found.text.replace("66.66", "99.99")}).text
    compared = public.post(f"/en/badges/{badge}/", {"email": "Lan@courses.example"})
    assert "The badge was issued to this e-mail address" in compared.text
    assert "was not issued" in public.post(f"/en/badges/{badge}/", {"email": "mai@courses.example"}).text
    kept = learner.get(f"/en/services/{delivery}/course/statements/").json()
    verbs = [each["verb"]["id"].rpartition("/")[2] for each in kept]
    assert verbs == ["initialized", "experienced", "failed", "passed"]
    revoke(visitors, delivery, badge, found.text)


CLOSE = """
import django
django.setup()
from entrepot.trade.nodes import meeting
from entrepot.trade_app.books import open_books
open_books().run(lambda tx: meeting.close(tx, "{peer}", {{"delivery": ["out"]}}, by="us_1"))
"""


def test_a_buyer_of_another_node_learns_by_a_link_until_the_exchange_is_closed(
    own: Server, made: dict[str, Any]
) -> None:
    visitor, number, course = Visitor(own, ""), made["visited"], made["course"]
    assert visitor.get(f"/en/visitors/{number}/course/").status_code == 404, "without the link"
    assert visitor.get(f"/en/visitors/{number}/wrong/").status_code == 404
    page = visitor.get(f"/en/visitors/{number}/secret/")
    assert str(page.url).endswith(f"/en/visitors/{number}/course/"), "the secret leaves the address"
    assert "Learner 1" in page.text
    assert page.headers["referrer-policy"] == "no-referrer"

    def open_seat(seat: str) -> Any:
        posted = visitor.post(f"/en/visitors/{number}/course/", {"action": "open", "seat": seat})
        if posted.status_code != 200:
            return posted
        address, fields = form_of(posted.text)
        return visitor.client.post(address, data=fields)

    for wrong in ("0", "3", "x"):
        assert open_seat(wrong).status_code == 404
    contents = open_seat("2")
    assert contents.status_code == 200, contents.text
    assert "Hạt" in contents.text
    assert f"/visitors/{number}/course" in contents.text
    where = f"/en/visitors/{number}/course/"
    early = visitor.post(where, {"action": "badge", "seat": "2"})
    assert early.status_code == 422, "it is not completed"
    assert visitor.post(where, {"action": "badge", "seat": "1"}).status_code == 404, "nobody has opened this seat"
    passed = visitor.post(f"/en/learn/{course}/quiz/", {"q0": "0", "q1": "1", "q2": "2"})
    assert "2 / 3" in passed.text
    assert "66.66" in visitor.get(f"/en/visitors/{number}/course/").text
    assert "Get the badge" in visitor.get(where).text
    again = [visitor.post(where, {"action": "badge", "seat": "2"}) for _ in range(2)]
    (badge,) = {each for page in again for each in re.findall(r"/en/badges/(bd_\w+)/", page.text)}
    credential = Visitor(own, "").get(f"/badges/{badge}").json()
    assert "identifier" not in credential["credentialSubject"], "no address, not even hashed"
    assert credential["credentialSubject"]["id"].startswith("urn:entrepot:learner:")
    # Another browser has neither the link nor the session.
    other = Visitor(own, "")
    assert other.get(f"/en/visitors/{number}/course/").status_code == 404
    assert "The course is not open" in other.get(f"/en/learn/{course}/").text
    own.ask(CLOSE.format(peer=made["peer"]))
    for path in (f"/en/visitors/{number}/secret/", f"/en/visitors/{number}/course/"):
        closed = visitor.get(path)
        assert closed.status_code == 403
        assert "has closed the exchange of services" in closed.text
    assert "The course is not open" in visitor.get(f"/en/learn/{course}/1/").text


CHOOSE = """
import django
django.setup()
from types import SimpleNamespace
from django.test import RequestFactory
from entrepot.web.http import visiting
from entrepot.web.pages.courses import launch
request = RequestFactory().get("/")
request.session = {"seat_of_visitor": ["dl_1", 1]}
launch.require_role = lambda *_given: SimpleNamespace(person="us_1", organization="og_1")
launch.platform_of = lambda _request: None
launch.courses.find = lambda *_given: None
launch.course_launches.choose_content = lambda *_given: "https://tool.example/"
print(launch.choose(request, "en", "co_1").url, visiting.person_of(request))
"""


def test_a_seller_who_came_by_a_link_before_chooses_content_as_a_seller(own: Server) -> None:
    assert own.ask(CHOOSE).split() == ["https://tool.example/", "None"]


def revoke(visitors: dict[str, Visitor], delivery: str, badge: str, text: str) -> None:
    """Revoke a badge as its seller: then it is valid nowhere, and its place in the status list is set."""
    from entrepot.connect.badges import status

    public, page = visitors["nobody"], f"/en/services/{delivery}/course/"
    visitors["seller"].post(page, {"action": "revoke", "badge": badge, "reason": "wrong_result"})
    assert "was revoked by its issuer" in public.get(f"/en/badges/{badge}/").text
    assert "was revoked by its issuer" in public.post("/en/verify/", {"text": text}).text
    place = int(json.loads(text)["credentialStatus"]["statusListIndex"])
    listed = public.get("/badges/status/1").json()["credentialSubject"]["encodedList"]
    assert status.is_set(listed, place)
    assert not status.is_set(listed, (place + 1) % status.BITS)


def test_a_message_of_the_platform_opens_a_built_in_course_once(
    visitors: dict[str, Visitor], made: dict[str, Any]
) -> None:
    learner, delivery = visitors["mai"], made["deliveries"][2]
    assert "The course is not open" in learner.get(f"/en/learn/{made['course']}/").text
    page = learner.get(f"/en/services/{delivery}/course/open/")
    address, fields = form_of(page.text)
    changed = learner.client.post(address, data={**fields, "id_token": fields["id_token"][:-6] + "AAAAAA"})
    assert "wrong_key" in changed.text
    assert "unknown_state" in learner.client.post(address, data=fields).text, "the state was used"
    address, fields = form_of(learner.get(f"/en/services/{delivery}/course/open/").text)
    assert "unknown_state" in visitors["other"].client.post(address, data=fields).text
    assert learner.client.post(address, data=fields).status_code == 200
    assert "unknown_state" in learner.client.post(address, data=fields).text
    assert "seats_taken" not in visitors["lan"].get(f"/en/services/{delivery}/course/").text
    assert visitors["lan"].get(f"/en/services/{delivery}/course/open/").status_code == 403
    assert visitors["other"].get(f"/en/services/{delivery}/course/").status_code == 404
    assert visitors["nobody"].get("/badges/bd_0").status_code == 404


def test_a_seller_writes_a_course_without_scripts(visitors: dict[str, Visitor]) -> None:
    seller = visitors["seller"]
    fields = {"title": "ខ្មែរ", "summary": "", "language": "km", "pass_percent": "50", "source": "pages"}
    page = seller.post("/en/courses/", fields)
    path = page.url.path
    written = {**fields, "page_title": ["One", ""], "page_text": ["Text", ""], "question": "?", "options": "* a\nb"}
    added = seller.post(path, {**written, "action": "add-page"})
    assert (added.text.count('name="page_title"'), added.url.query) == (2, b"add=page")
    assert "needs a text and two options" in seller.post(path, {**written, "options": "a\nb", "action": "publish"}).text
    published = seller.post(path, {**written, "action": "publish"})
    assert "open for learners" in published.text
    assert "ខ្មែរ" in published.text
    assert "Publish to show them" in seller.post(path, {**written, "page_text": ["Other", ""], "action": "save"}).text
    assert visitors["lan"].get(path).status_code == 404


def test_an_offer_names_a_course_of_its_seller(own: Server, made: dict[str, Any]) -> None:
    key = own.ask(
        "from entrepot.store import keys\n"
        f"print(keys.create_key('k', ['trade', 'quotes'], 1_000_000, organization={made['seller']!r})[1])"
    ).strip()
    offer = {
        "titles": {"en": "Course"}, "service": "online_education", "ship_from": "VN", "price": "1.00",
        "currency": "CNY", "delivery": {"kind": "course", "resource": "cs_0", "days": 9},
    }  # fmt: skip
    headers = {"Authorization": f"Bearer {key}"}
    refused = own.post("/v1/offers", json=offer, headers=headers)
    assert refused.json()["error"]["code"] == "course_unknown"
    offer["delivery"] = {"kind": "course", "resource": made["course"], "days": 9}
    assert own.post("/v1/offers", json=offer, headers=headers).status_code == 200


ROTATION = """
import datetime as dt
from entrepot.trade_app.services import course_keys as k
day, now = dt.timedelta(days=1), dt.datetime.now(dt.UTC)
seen = []
for days in (0, 80, 89, 90.5, 91, 98):
    signs = k.signing_key("rotation", now + days * day).kid
    seen.append((signs, [each["kid"] for each in k.published("rotation", now + days * day)]))
names = list(dict.fromkeys(kid for _signs, kids in seen for kid in reversed(kids)))
print([(names.index(signs), sorted(map(names.index, kids))) for signs, kids in seen])
k.replace("rotation", now + 98 * day)
print(len(k.published("rotation", now + 98 * day)))
"""


def test_the_next_key_is_published_before_it_signs_and_the_last_one_after(own: Server, made: dict[str, Any]) -> None:
    lines = own.ask(ROTATION).splitlines()
    expected = [(0, [0]), (0, [0]), (0, [0, 1]), (1, [0, 1]), (1, [0, 1]), (1, [1])]
    assert lines == [str(expected), "1"]


@pytest.mark.long
def test_the_pages_of_courses_are_accessible_and_fit_a_telephone(own: Server, made: dict[str, Any]) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe is not installed")
    delivery, course = made["deliveries"][1], made["course"]
    pages = {
        "mai": [f"services/{delivery}/course/", f"learn/{course}/", f"learn/{course}/1/", f"learn/{course}/quiz/"],
        "seller": ["courses/", f"courses/{course}/", "courses/tools/", f"services/{delivery}/course/"],
    }
    with browser() as running:
        for who, paths in pages.items():
            context = running.new_context(viewport={"width": 360, "height": 740})  # type: ignore[attr-defined]
            context.add_cookies([{"name": "sessionid", "value": made["sessions"][who], "url": own.url}])
            page = context.new_page()
            if who == "mai":
                page.goto(f"{own.url}/th/services/{delivery}/course/")
                page.locator("a.button").first.click()
                page.wait_for_url("**/learn/**")
            for path in paths:
                page.goto(f"{own.url}/th/{path}")
                assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, path
                assert_small(page, path)
                found = axe.Axe().run(page).response["violations"]
                assert not [each["id"] for each in found], path
                shot(page, f"courses-{path}-360")
            context.close()
