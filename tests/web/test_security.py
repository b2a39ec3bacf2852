"""The security of the server: Django's checks, headers, forms, keys, and what the log never contains."""

from __future__ import annotations

import json
import re
import stat
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import example_requests
import httpx
import pyotp
import pytest
from server_process import Server, environment, run_server
from test_quotes import SALE

from entrepot.web.examples import EXAMPLES
from files_on_disk import read_files
from sandbox_process import until

SECRET_TAX_ID = "TAXID-4711-0815"
SECRET_WORDS = "a lamp in the form of a heron"


def test_djangos_checks_for_production_find_nothing(tmp_path: Path) -> None:
    env = environment(tmp_path, ENTREPOT_HTTPS="1", ENTREPOT_KEYS="required", ENTREPOT_HOSTS="server.example")
    env["ENTREPOT_PROXIES"] = "127.0.0.1"
    command = [sys.executable, "-m", "django", "check", "--deploy", "--fail-level", "INFO"]
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "no issues" in done.stdout + done.stderr


def test_migrations_match_the_models(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "django", "makemigrations", "--check", "--dry-run"]
    done = subprocess.run(command, env=environment(tmp_path), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    "path", ["/en/", "/km/law/", "/v1/health", "/v1/nothing", "/nothing", "/admin/login/", "/static/web/pages.css"]
)
def test_every_response_has_the_security_headers(server: Server, path: str) -> None:
    head = server.get(path).headers
    policy = dict(part.strip().partition(" ")[::2] for part in head["content-security-policy"].split(";"))
    assert policy["default-src"] == policy["base-uri"] == policy["frame-ancestors"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == policy["form-action"] == "'self'"
    assert not re.search(r"unsafe|https?:|\*", head["content-security-policy"])
    assert head["x-content-type-options"] == "nosniff"
    assert path.startswith("/static/") or head["x-frame-options"] == "DENY"
    assert head["referrer-policy"] == "same-origin"
    assert head["cross-origin-opener-policy"] == "same-origin"
    assert head["x-request-id"].startswith("req_")
    assert "set-cookie" not in head or "httponly" in head["set-cookie"].lower() or "csrftoken" in head["set-cookie"]


@pytest.mark.long
def test_behind_https_cookies_and_redirects_use_https(tmp_path: Path) -> None:
    hosts, proxies = "server.example 127.0.0.1", "127.0.0.1"
    with run_server(tmp_path / "server", ENTREPOT_HTTPS="1", ENTREPOT_HOSTS=hosts, ENTREPOT_PROXIES=proxies) as server:
        plain = server.get("/admin/login/", follow_redirects=False)
        assert plain.status_code == 301
        assert plain.headers["location"].startswith("https://")
        page = server.get("/admin/login/", headers={"X-Forwarded-Proto": "https", "Host": "server.example"})
        assert page.status_code == 200
        assert "secure" in page.headers["set-cookie"].lower()
        assert "max-age=31536000" in page.headers["strict-transport-security"]
        other = server.get("/admin/login/", headers={"X-Forwarded-Proto": "https", "Host": "evil.example"})
        assert other.status_code == 400
        plain = server.get("/v1/health", follow_redirects=False)
        assert (plain.status_code, plain.headers["location"][:8]) == (301, "https://")
        answer = server.get("/v1/health", headers={"X-Forwarded-Proto": "https", "Host": "server.example"})
        assert answer.status_code == 200
        assert answer.headers["strict-transport-security"] == page.headers["strict-transport-security"]
        for _ in range(3):
            head = {"X-Forwarded-Proto": "https", "Host": "evil.example"}
            assert server.get("/v1/health", headers=head).status_code == 400


def test_the_api_refuses_an_unknown_host_each_time(server: Server) -> None:
    known = server.get("/v1/health").headers
    for _ in range(5):  # the processes of the server remember hosts
        refused = server.get("/v1/health", headers={"Host": "evil.example"})
        assert refused.status_code == 400
        assert refused.json()["error"]["code"] == "not_answered"
        for name in ("x-frame-options", "x-content-type-options", "referrer-policy", "cross-origin-opener-policy"):
            assert refused.headers[name] == known[name]
        assert server.get("/v1/health").status_code == 200


def test_queries_that_are_equal_give_equal_answers(server: Server) -> None:
    # The parameters of a query are read once for all requests that have it; a caller cannot change them for others.
    paths = ["/v1/goods?q=coffee&limit=1", "/v1/goods?q=coffee&limit=2", "/v1/goods?q=coffee&limit=1&amount=1"]
    first, again = ([server.get(path) for path in paths] for _ in range(2))
    assert [len(each.json().get("data", ())) for each in first] == [1, 2, 0]
    assert [each.status_code for each in first] == [200, 200, 422]
    assert [each.content for each in first] == [each.content for each in again]


def test_a_form_from_another_site_is_refused(server: Server) -> None:
    for path in ("/admin/login/", "/en/", "/en/batch/", "/en/packs/"):
        # A connection each: the server closes one whose form it refuses before it has read it.
        answer = httpx.post(server.url + path, data={"username": "a", "password": "b"}, timeout=60)
        assert answer.status_code in (403, 404, 405), (path, answer.status_code)


def administrator(server: Server, password: str) -> httpx.Client:
    """A browser in which an administrator is signed in."""
    command = [sys.executable, "-m", "entrepot", "admin", "keeper"]
    env = environment(server.data, **server.settings)
    subprocess.run(command, env=env, input=password + "\n", text=True, capture_output=True, check=True)
    browser = httpx.Client(base_url=server.url, follow_redirects=True, timeout=60)
    page = send(browser, "/admin/login/", {"username": "keeper", "password": password, "next": "/admin/"})
    enter_code(browser, page)
    assert "store" in browser.get("/admin/").text
    return browser


#: The secrets of the second factors that tests set up, by the server and the name.
_SECRETS: dict[str, str] = {}


def enter_code(browser: httpx.Client, page: httpx.Response) -> httpx.Response:
    """Set the second factor of the administrator up, or enter its next code: a code is accepted once."""
    server = str(browser.base_url)
    if found := re.search(r'<code class="secret">([A-Z2-7 ]+)</code>', page.text):
        _SECRETS[server] = found[1].replace(" ", "")
    totp = pyotp.TOTP(_SECRETS[server])
    steps = (int(time.time()) // 30 + shift for shift in (-1, 0, 1))
    for step in steps:
        path = page.url.raw_path.decode()
        done = send(browser, path, {"code": totp.generate_otp(step), "next": "/admin/"})
        if done.url.path != page.url.path or 'class="codes"' in done.text:
            return done
        page = done
    raise AssertionError("no code is left: wait for the next")


def send(browser: httpx.Client, path: str, form: dict[str, Any]) -> httpx.Response:
    """Fills in the form of a page."""
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', browser.get(path).text)
    assert token
    return browser.post(path, data={**form, "csrfmiddlewaretoken": token[1]})


@pytest.mark.long
def test_an_administrator_creates_a_key_sees_it_once_and_revokes_it(server: Server) -> None:
    with closing(administrator(server, "tall trees 1985")) as browser:
        made = send(browser, "/admin/store/key/add/", {"name": "A shop", "scopes": ["law"], "per_minute": "100"})
        (key,) = re.findall(r"ek_[0-9a-f]{12}_[\w-]{43}", made.text)
        assert "no-store" in made.headers["cache-control"]
        number, head = key[:15], {"Authorization": f"Bearer {key}"}
        for path in ("/admin/store/key/", f"/admin/store/key/{number}/change/", "/admin/"):
            shown = browser.get(path).text
            assert key[16:] not in shown
        refused = server.post("/v1/quotes", json=SALE, headers=head)
        assert (refused.status_code, refused.json()["error"]["code"]) == (403, "scope_missing")
        assert server.get("/v1/economies", headers=head).status_code == 200
        done = send(browser, "/admin/store/key/", {"action": "revoke", "_selected_action": [number]})
        assert "1 revoked" in done.text
        acts = browser.get("/en/operator/acts/").text
        assert "Added on the administration site: key" in acts
        assert "Changed on the administration site: key" in acts
        assert browser.post(f"/admin/store/key/{number}/delete/").status_code == 403
        until = time.monotonic() + 60  # a process knows a key for five seconds
        while (after := server.get("/v1/economies", headers=head)).status_code == 200 and time.monotonic() < until:
            time.sleep(0.1)
        assert (after.status_code, after.headers["www-authenticate"]) == (401, "Bearer")
        for rows in ("quote", "law", "job", "organization", "person", "member"):
            assert browser.get(f"/admin/store/{rows}/").status_code == 200
            assert browser.get(f"/admin/store/{rows}/add/").status_code == 403
        users = browser.get("/admin/auth/user/")
        (number,) = re.findall(r"/admin/auth/user/(\d+)/change/[^>]*>keeper<", users.text)
        assert browser.get(f"/admin/auth/user/{number}/change/").status_code == 200
        assert browser.get(f"/admin/auth/user/{number}/delete/").status_code == 403
        (person,) = re.findall(
            r"/admin/store/person/(us_\w+)/change/", browser.get("/admin/store/person/?q=keeper").text
        )
        assert "totp_secret" not in browser.get(f"/admin/store/person/{person}/change/").text
    assert key[16:] not in server.log()
    files = dict(read_files(server.data))
    assert files
    assert not [path for path, content in files.items() if key[16:].encode() in content], "a secret is kept at rest"


def test_an_administrator_creates_a_key_of_the_sandbox(server: Server) -> None:
    with closing(administrator(server, "tall trees 1986")) as browser:
        form = {"name": "An example", "scopes": ["quotes"], "per_minute": "60", "sandbox": "on"}
        made = send(browser, "/admin/store/key/add/", form)
    (key,) = re.findall(r"ek_test_[0-9a-f]{12}_[\w-]{43}", made.text)
    refused = server.post("/v1/quotes", json=SALE, headers={"Authorization": f"Bearer {key}"})
    assert refused.json()["error"]["code"] == "sandbox_only"


@pytest.mark.long
def test_guessing_passwords_is_limited(tmp_path: Path) -> None:
    with (
        run_server(tmp_path / "server") as server,
        httpx.Client(base_url=server.url, follow_redirects=True, timeout=60) as browser,
    ):
        form = {"username": "keeper", "password": "wrong"}
        pages = [send(browser, "/admin/login/", form).text]
        # A slow machine needs more than one minute for ten attempts, and the count starts again with each minute.
        while len(pages) < 60 and "Too many" not in pages[-1]:
            pages.append(send(browser, "/admin/login/", form).text)
        assert "Too many" in pages[-1]
        assert len(pages) > 10


@pytest.mark.parametrize("head", ["", "Bearer", "Bearer x", "Basic YTpi", "Bearer ek_000000000000_" + "A" * 43])
def test_required_keys_are_enforced(locked: Server, head: str) -> None:
    given = {"Authorization": head} if head else {}
    for answer in (
        locked.post("/v1/quotes", json=SALE, headers=given),
        locked.post("/v1/quotes/batch", content=b"{}\n", headers={**given, "Content-Type": "application/jsonl"}),
        locked.get("/v1/quotes/qt_x", headers=given),
        locked.get("/v1/economies", headers=given),
        locked.get("/v1/goods?q=coffee", headers=given),
        locked.get("/v1/law/CN/0901", headers=given),
    ):
        assert (answer.status_code, answer.json()["error"]["type"]) == (401, "authentication_error")
        assert answer.headers["www-authenticate"] == "Bearer"


@pytest.mark.long
def test_the_document_says_which_operations_need_a_key_and_its_scope(locked: Server) -> None:
    keys = {scope: locked.key(scope) for scope in ("quotes", "batch", "law")}
    paths = locked.get("/v1/openapi.json").json()["paths"]
    for path, methods in paths.items():
        for method, operation in methods.items():
            (example, *_others) = EXAMPLES[operation["operationId"]]
            answers = {
                scope: example_requests.send(locked, operation["operationId"], example, key, "qt_none").status_code
                for scope, key in {**keys, "": {}}.items()
            }
            if not operation["security"]:
                # Everybody gets the same answer; an empty ledger has no proof.
                assert len(set(answers.values())) == 1, (path, answers)
                assert not {401, 403} & set(answers.values()), (path, answers)
                continue
            (wanted,) = operation["security"][0]["key"]
            assert answers.pop("") == 401
            allowed = {scope for scope, status in answers.items() if status != 403}
            # A key with the scope "trade" belongs to an organization: none of these has it.
            assert allowed == ({wanted} - {"trade"}), (method, path, answers)


def test_the_reference_works_where_keys_are_required(locked: Server) -> None:
    assert "This server requires an API key." in locked.get("/en/docs/").text
    page = locked.get("/en/docs/createQuote/").text
    assert "Authorization: Bearer $KEY" in page
    assert "109.10" in page  # the recorded answer needs no key
    assert "$KEY" not in locked.get("/en/docs/getHealth/").text


def test_a_required_key_is_accepted(locked: Server) -> None:
    key = locked.key_by_command("quotes")
    assert locked.post("/v1/quotes", json=SALE, headers=key).status_code == 200
    other = {"Authorization": key["Authorization"][:-1] + ("A" if key["Authorization"][-1] != "A" else "B")}
    assert locked.post("/v1/quotes", json=SALE, headers=other).status_code == 401


@pytest.fixture(scope="module")
def locked(tmp_path_factory: pytest.TempPathFactory) -> Any:
    with run_server(tmp_path_factory.mktemp("locked"), ENTREPOT_KEYS="required") as running:
        yield running


@pytest.mark.long
def test_the_log_has_no_key_no_tax_id_and_no_body(tmp_path: Path) -> None:
    sale = {
        **SALE,
        "buyer": {"kind": "business", "tax_ids": [SECRET_TAX_ID]},
        "lines": [{**SALE["lines"][0], "description": SECRET_WORDS}],
    }
    with run_server(tmp_path / "server") as server:
        head = {
            **server.key(),
            "Idempotency-Key": "IDEM-SECRET-17",
            "User-Agent": "AGENT-SECRET",
            "Referer": "http://x/REF-SECRET",
        }
        number = server.post("/v1/quotes", json=sale, headers=head).json()["id"]
        server.post("/v1/quotes", json={**sale, "amuont": SECRET_WORDS}, headers=head)
        server.post(
            "/v1/quotes",
            content=b'{"a": "' + SECRET_WORDS.encode(),
            headers={**head, "Content-Type": "application/json"},
        )
        server.get(f"/v1/quotes/{number}", headers=head)
        server.get("/v1/goods", params={"q": SECRET_WORDS}, headers=head)
        server.get("/en/", params={"tax_ids": SECRET_TAX_ID, "what": SECRET_WORDS}, headers=head)
        server.get(f"/en/{SECRET_TAX_ID}", headers=head)
        server.get("/", headers={"Host": "HOST-SECRET.example"})
        text = until(lambda: found if len(answered(found := server.log())) >= 8 else None)
    key = head["Authorization"].removeprefix("Bearer ")
    for secret in (
        key,
        key[16:],
        SECRET_TAX_ID,
        SECRET_WORDS,
        "heron",
        "IDEM-SECRET",
        "AGENT-SECRET",
        "REF-SECRET",
        "HOST-SECRET",
        number,
    ):
        assert secret not in text, secret
    told = answered(text)
    assert all('"request":"req_' in line and '"route":' in line for line in told)
    assert "127.0.0.1" not in "".join(told), "nobody's address is in the log"


def answered(log: str) -> list[str]:
    """The lines of a log about answered requests."""
    return [line for line in log.splitlines() if '"says":"answered"' in line]


@pytest.mark.long
def test_an_error_is_logged_with_its_request_id_and_without_the_url(tmp_path: Path) -> None:
    with run_server(tmp_path / "server") as server:
        server.ask("from django.db import connection; connection.cursor().execute('DROP TABLE store_quote')")
        for path in ("/v1/quotes/qt_SECRET", "/en/quotes/qt_SECRET"):
            head = {"X-Request-Id": f"mine:{path[1:3]}"}
            answer = server.get(path, headers=head)
            assert (answer.status_code, answer.headers["x-request-id"]) == (500, head["X-Request-Id"])
            assert "store_quote" not in answer.text
        lines = [json.loads(line) for line in server.log().splitlines() if line.startswith("{")]
    for number in ("mine:v1", "mine:en"):
        faults = [line for line in lines if "fault" in line and line["request"] == number]
        assert len(faults) == 1, "told once, with its traceback"
        assert "no such table" in faults[0]["fault"]
    assert "SECRET" not in json.dumps(lines)


def test_stored_files_are_readable_by_their_owner_only(server: Server) -> None:
    for name in ("secret", "desk.sqlite3"):
        mode = stat.S_IMODE((server.data / name).stat().st_mode)
        assert mode & 0o077 == 0, f"{name} may be read by others: {mode:o}"
