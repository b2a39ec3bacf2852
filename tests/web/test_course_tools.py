"""Course tools of sellers: launches and grades with another implementation of LTI, in a process of its own."""

from __future__ import annotations

import datetime as dt
import json
import os
import re
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from chromium import browser, shot
from course_market import open_courses
from server_process import Server, run_server
from test_courses import form_of
from test_trade_pages import Visitor
from trade_market import PAYMENTS

from free_ports import free_port

pytest.importorskip("joserfc", reason="joserfc is not installed")
pytest.importorskip("pylti1p3", reason="pylti1p3 is not installed")
pytest.importorskip("flask", reason="Flask is not installed")

SCORE = "https://purl.imsglobal.org/spec/lti-ags/scope/score"
ITEMS = "https://purl.imsglobal.org/spec/lti-ags/scope/lineitem"
XAPI = "urn:entrepot:scope:xapi-statements"


class Place(NamedTuple):
    """The node, the tool beside it, and what was made in the market."""

    node: Server
    tool: str
    made: dict[str, Any]
    private: str
    client_id: str

    def token(self, scope: str = SCORE, **changed: Any) -> httpx.Response:
        """Ask for an access token. `changed`: claims of the assertion, or `key` that signs it."""
        form = {
            "grant_type": "client_credentials",
            "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
            "client_assertion": self.assertion(**changed),
            "scope": scope,
        }
        return self.node.post("/lti/token", data=form)

    def assertion(self, *, key: str = "", alg: str = "RS256", **changed: Any) -> str:
        """An assertion of the tool."""
        import jwt

        now = int(time.time())
        claims = {"iss": self.client_id, "sub": self.client_id, "aud": f"{self.node.url}/lti/token", "iat": now}
        claims |= {"exp": now + 60, "jti": uuid.uuid4().hex, **changed}
        return str(jwt.encode(claims, key or self.private, algorithm=alg))

    def bearer(self, scope: str = SCORE) -> dict[str, str]:
        """The header with an access token."""
        return {"Authorization": f"Bearer {self.token(scope).json()['access_token']}"}

    def seen(self) -> dict[str, Any]:
        """What the tool has seen."""
        found: dict[str, Any] = httpx.get(f"{self.tool}/seen", timeout=60).json()
        return found


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    folder = tmp_path_factory.mktemp("tools")
    port, config = free_port(), folder / "tool.json"
    config.write_text(json.dumps({"issuer": "x", "client_id": "x", "deployment": "1"}))
    tool = f"http://127.0.0.1:{port}"
    program = Path(__file__).with_name("course_tool.py")
    env = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
    process = subprocess.Popen(
        [sys.executable, str(program), str(port), str(config)],
        env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        with run_server(
            folder / "node", workers=1, background=0, ENTREPOT_WEBHOOKS_LOOPBACK="true", **PAYMENTS
        ) as node:
            form = {
                "name": "Flask tool", "login_url": f"{tool}/login", "launch_urls": f"{tool}/launch",
                "linking_url": f"{tool}/launch", "jwks_url": f"{tool}/jwks", "keys": "",
            }  # fmt: skip
            made = open_courses(node, tool=form, quantities=[1, 1, 1])
            seller = Visitor(node, made["sessions"]["seller"])
            page = seller.get(f"/en/courses/tools/{made['tool']}/").text
            seller.client.close()
            shown = re.findall(r"<dt>([^<]+)</dt><dd class=\"break\"><code>([^<]+)</code>", page)
            values = dict(shown)
            config.write_text(
                json.dumps(
                    {
                        "issuer": values["Issuer"],
                        "client_id": values["Client id"],
                        "deployment": values["Deployment id"],
                    }
                )
            )
            wait_for(f"{tool}/seen")
            yield Place(node, tool, made, httpx.get(f"{tool}/private", timeout=60).text, values["Client id"])
    finally:
        process.terminate()
        process.wait(120)


def wait_for(address: str) -> None:
    end = time.monotonic() + 120
    while True:
        try:
            httpx.get(address, timeout=60)
        except httpx.TransportError:
            if time.monotonic() > end:
                raise
            time.sleep(0.05)
        else:
            return


@pytest.fixture
def lan(place: Place) -> Iterator[Visitor]:
    found = Visitor(place.node, place.made["sessions"]["lan"])
    yield found
    found.client.close()


def begin(learner: Visitor, delivery: str) -> str:
    """The address of the tool's question, which the tool would send the browser to."""
    opened = learner.client.get(f"/en/services/{delivery}/course/open/", follow_redirects=False)
    assert opened.status_code == 303, opened.text
    login = httpx.get(opened.headers["location"], follow_redirects=False, timeout=60)
    return str(login.headers["location"])


def launch(place: Place, learner: Visitor, delivery: str) -> httpx.Response:
    """Launch a course in the tool, as a browser does."""
    with httpx.Client(timeout=60) as jar:
        opened = learner.client.get(f"/en/services/{delivery}/course/open/", follow_redirects=False)
        login = jar.get(opened.headers["location"], follow_redirects=False)
        page = learner.get(str(login.headers["location"]).removeprefix(place.node.url))
        address, fields = form_of(page.text)
        return jar.post(address, data=fields)


def test_a_course_is_launched_and_graded_and_delivered(place: Place, lan: Visitor) -> None:
    delivery = place.made["deliveries"][0]
    page = launch(place, lan, delivery)
    assert "<h1>Unit 1</h1>" in page.text, page.text
    data = place.seen()["launches"][-1]
    assert data["iss"] == place.node.url
    assert data["https://purl.imsglobal.org/spec/lti/claim/roles"] == [
        "http://purl.imsglobal.org/vocab/lis/v2/membership#Learner"
    ]
    text = json.dumps(data).lower()
    assert not [word for word in ("lan@", '"name": "lan', "given_name", place.made["people"]["lan"]) if word in text]
    number = re.findall(r'action="/grade/(\w+)"', page.text)[0]
    graded = httpx.post(f"{place.tool}/grade/{number}", data={"score": "90"}, timeout=60)
    assert "Graded" in graded.text, graded.text
    seen = place.seen()
    assert seen["results"][0]["resultScore"] == 90
    assert seen["results"][0]["userId"] == data["sub"]
    assert [each["user_id"] for each in seen["members"]] == [data["sub"]]
    assert set(seen["members"][0]) == {"user_id", "roles", "status"}
    assert seen["items"][0]["scoreMaximum"] == 100
    course = lan.get(f"/en/services/{delivery}/course/").text
    assert "90" in course
    assert "Get the badge" in course


def test_assertions_that_are_not_right_give_no_token(place: Place) -> None:
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import rsa

    other = rsa.generate_private_key(public_exponent=65537, key_size=2048).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    now = int(time.time())
    assert place.token().status_code == 200
    refused = {
        "wrong_key": place.token(key=other.decode()),
        "wrong_audience": place.token(aud="https://other.example/token"),
        "expired": place.token(iat=now - 4000, exp=now - 3000),
        "invalid_token": place.token(exp=now + 90_000),
        "invalid_client": place.token(iss="somebody", sub="somebody"),
        "invalid_scope": place.token(scope="openid"),
    }
    assert {code: answer.json()["error"] for code, answer in refused.items()} == {code: code for code in refused}
    assert all(answer.json()["error_description"].endswith(".") for answer in refused.values())
    assert place.token(jti="once").status_code == 200
    assert place.token(jti="once").json()["error"] == "invalid_client"
    assert place.token(key="a shared secret of thirty-two bytes", alg="HS256").json()["error"] == "invalid_token"
    assert place.node.get("/lti/token").status_code == 405


def score(sub: str, **changed: Any) -> dict[str, Any]:
    return {
        "userId": sub, "scoreGiven": 50, "scoreMaximum": 100, "activityProgress": "InProgress",
        "gradingProgress": "FullyGraded", "timestamp": dt.datetime.now(dt.UTC).isoformat(), **changed,
    }  # fmt: skip


def test_scores_that_are_not_right_are_refused(place: Place, lan: Visitor) -> None:
    launch(place, lan, place.made["deliveries"][1])
    data = place.seen()["launches"][-1]
    address = data["https://purl.imsglobal.org/spec/lti-ags/claim/endpoint"]["lineitem"].removeprefix(place.node.url)
    bearer, sub = place.bearer(), data["sub"]

    def send(body: Any, headers: dict[str, str] = bearer, path: str = address) -> tuple[int, str]:
        answer = place.node.post(f"{path}/scores", json=body, headers=headers)
        return answer.status_code, answer.json()["error"] if answer.content else ""

    assert send(score(sub)) == (204, "")
    assert send(score(sub, scoreGiven=101)) == (422, "score_above_maximum")
    assert send(score(sub, scoreGiven=-1)) == (400, "invalid_request")
    assert send(score(sub, timestamp="2020-01-01T00:00:00Z")) == (409, "score_older")
    assert send(score(sub, timestamp="2999-01-01T00:00:00Z")) == (400, "invalid_request")
    assert send(score(sub, activityProgress="Done")) == (400, "invalid_request")
    assert send(score("somebody")) == (404, "unknown_user")
    assert send(score(sub), place.bearer(ITEMS)) == (403, "insufficient_scope")
    assert send(score(sub), {"Authorization": "Bearer x.y"}) == (401, "invalid_token")
    assert send(score(sub), path="/lti/courses/cs_0/line-items/li_0") == (404, "not_found")
    assert place.node.post(f"{address}/scores", content=b"{", headers=bearer).json()["error"] == "invalid_request"


def test_a_tool_has_line_items_of_its_own(place: Place) -> None:
    bearer, node = place.bearer(ITEMS), place.node
    items = f"/lti/courses/{place.made['course']}/line-items"
    made = node.post(items, json={"label": "Part 1", "scoreMaximum": 20, "tag": "part"}, headers=bearer)
    assert made.status_code == 201
    own = made.json()["id"].removeprefix(node.url)
    listed = node.get(f"{items}?limit=1", headers=bearer)
    assert len(listed.json()) == 1
    following = re.findall(r'<([^>]+)>; rel="next"', listed.headers["link"])[0].removeprefix(node.url)
    assert [each["label"] for each in node.get(following, headers=bearer).json()] == ["Part 1"]
    assert node.get(f"{items}?tag=part", headers=bearer).json()[0]["id"] == made.json()["id"]
    changed = httpx.put(node.url + own, json={"label": "Part A", "scoreMaximum": 10}, headers=bearer, timeout=60)
    assert changed.json()["scoreMaximum"] == 10
    assert httpx.delete(node.url + own, headers=bearer, timeout=60).status_code == 204
    main = node.get(items, headers=bearer).json()[0]["id"]
    assert httpx.delete(main, headers=bearer, timeout=60).json()["error"] == "forbidden"
    assert node.post(items, json={"label": "", "scoreMaximum": 20}, headers=bearer).status_code == 400
    assert node.post(items, json={"label": "x", "scoreMaximum": True}, headers=bearer).status_code == 400


def test_a_launch_is_answered_once_and_for_its_learner_only(place: Place, lan: Visitor) -> None:
    asked = begin(lan, place.made["deliveries"][2]).removeprefix(place.node.url)
    mai = Visitor(place.node, place.made["sessions"]["mai"])
    assert "login_required" in mai.get(asked).text
    query = {name: values[0] for name, values in parse_qs(urlsplit(asked).query).items()}
    elsewhere = lan.client.get("/lti/authorize", params={**query, "redirect_uri": "https://other.example/launch"})
    assert (elsewhere.status_code, "is not registered" in elsewhere.text) == (400, True)
    assert "response_type must be" in lan.client.get("/lti/authorize", params={**query, "response_type": "code"}).text
    assert "unauthorized_client" in lan.client.get("/lti/authorize", params={**query, "client_id": "x"}).text
    assert lan.get(asked).status_code == 200
    assert "launch_used" in lan.get(asked).text
    again = begin(lan, place.made["deliveries"][2]).removeprefix(place.node.url)
    fresh = {name: values[0] for name, values in parse_qs(urlsplit(again).query).items()}
    assert "nonce_used" in lan.client.get("/lti/authorize", params={**fresh, "nonce": query["nonce"]}).text
    other = Visitor(place.node, place.made["sessions"]["other"])
    assert other.get(f"/en/services/{place.made['deliveries'][2]}/course/").status_code == 404
    assert other.get(f"/en/services/{place.made['deliveries'][2]}/course/open/").status_code == 404


def test_statements_are_kept_for_the_learner_of_the_launch(place: Place, lan: Visitor) -> None:
    launch(place, lan, place.made["deliveries"][1])
    sub = place.seen()["launches"][-1]["sub"]
    headers = {**place.bearer(XAPI), "X-Experience-API-Version": "2.0.0"}
    said = {
        "actor": {"account": {"homePage": place.node.url, "name": sub}},
        "verb": {"id": "http://adlnet.gov/expapi/verbs/answered"},
        "object": {"id": "https://tool.example/q/1"},
    }
    made = place.node.post("/xapi/statements", json=[said, said], headers=headers).json()
    assert len(set(made)) == 2
    read = place.node.get(f"/xapi/statements?statementId={made[0]}", headers=headers).json()
    assert read["object"]["id"] == "https://tool.example/q/1"
    listed = place.node.get("/xapi/statements?limit=1", headers=headers).json()
    assert [each["id"] for each in listed["statements"]] == [made[1]]
    assert [each["id"] for each in place.node.get(listed["more"], headers=headers).json()["statements"]] == [made[0]]
    named = {**said, "actor": {"mbox": "mailto:lan@courses.example"}}
    assert place.node.post("/xapi/statements", json=named, headers=headers).json()["error"] == "invalid_statement"
    same = {**said, "id": made[0], "object": {"id": "https://tool.example/q/2"}}
    assert place.node.post("/xapi/statements", json=same, headers=headers).status_code == 409
    stranger = {**said, "actor": {"account": {"homePage": place.node.url, "name": "x"}}}
    assert place.node.post("/xapi/statements", json=stranger, headers=headers).json()["error"] == "unknown_user"
    assert place.node.get("/xapi/statements", headers=place.bearer(XAPI)).status_code == 400
    assert place.node.get("/xapi/about").json()["version"][0] == "2.0.0"


@pytest.mark.long
def test_in_a_browser_a_seller_chooses_content_and_a_learner_is_graded(place: Place) -> None:
    node, made = place.node, place.made
    with browser() as running:
        seller = running.new_context(viewport={"width": 1440, "height": 900})  # type: ignore[attr-defined]
        seller.add_cookies([{"name": "sessionid", "value": made["sessions"]["seller"], "url": node.url}])
        page = seller.new_page()
        page.goto(f"{node.url}/en/courses/{made['course']}/")
        page.get_by_role("link", name="Choose content in the tool").click()
        page.get_by_text("Unit 7").wait_for()
        assert page.url == f"{node.url}/en/courses/{made['course']}/"
        page.get_by_role("button", name="Save and publish").click()
        page.wait_for_load_state()
        learner = running.new_context(viewport={"width": 360, "height": 740})  # type: ignore[attr-defined]
        learner.add_cookies([{"name": "sessionid", "value": made["sessions"]["lan"], "url": node.url}])
        page = learner.new_page()
        page.goto(f"{node.url}/th/services/{made['deliveries'][2]}/course/")
        page.locator("a.button").first.click()
        page.get_by_role("heading", name="Unit 7").wait_for()
        page.get_by_role("textbox").fill("95")
        page.get_by_role("button", name="Grade").click()
        page.get_by_role("heading", name="Graded").wait_for()
        page.get_by_role("link", name="Back").click()
        page.wait_for_url("**/services/*/course/**")
        assert "95" in page.inner_text("main")
        shot(page, "course-delivered-360")


def test_a_disabled_tool_loses_its_tokens_at_once(place: Place, lan: Visitor) -> None:
    bearer = place.bearer(ITEMS)
    items = f"/lti/courses/{place.made['course']}/line-items"
    assert place.node.get(items, headers=bearer).status_code == 200
    seller = Visitor(place.node, place.made["sessions"]["seller"])
    path = f"/en/courses/tools/{place.made['tool']}/"
    seller.post(path, {"action": "disable"})
    assert place.node.get(items, headers=bearer).json()["error"] == "invalid_token"
    assert place.token().json()["error"] == "invalid_client"
    assert "unauthorized_client" in lan.get(f"/en/services/{place.made['deliveries'][1]}/course/open/").text
    seller.post(path, {"action": "enable"})
    assert place.node.get(items, headers=bearer).status_code == 200
    form = {
        "name": "x",
        "login_url": "http://10.0.0.1/login",
        "launch_urls": "https://t.example/l",
        "jwks_url": "https://t.example/k",
    }
    assert "Login URL" in seller.post("/en/courses/tools/", form).text
    private = {**form, "login_url": "https://t.example/login", "jwks_url": "", "public_key": place.private}
    assert "private key" in seller.post("/en/courses/tools/", private).text
