"""Sign-up, sign-in, lock-out, new passwords, two-factor authentication, export and erasure, as a browser does them."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote_from_bytes

import pyotp
import pytest
from people_browser import PASSWORD, Visitor, link_in, mails, notices, signed_in, text_of, visitor
from server_process import Server, run_server

from files_on_disk import read_files

People = Mapping[str, Visitor]


@pytest.fixture
def browser(server: Server) -> Visitor:
    return visitor(server)


@pytest.fixture(scope="module")
def people(server: Server) -> People:
    """All people of these tests, created in one process, each signed in to a browser."""
    names = ("sok", "bopha", "dara", "mai", "thida", "pim", "minh", "moves")
    shop = ("Eraser Shop", "seller")
    more = {"erasedperson": (*shop, "owner"), "stays": (*shop, "clerk")}
    return signed_in(server, dict.fromkeys(names, ("", "", "")) | more)


def test_an_account_is_created_only_with_the_link_in_the_e_mail(server: Server, browser: Visitor) -> None:
    sent = browser.post("/vi/sign-up/", {"email": "Lan@People.example"})
    assert sent.status_code == 200
    assert server.ask(
        "from django.contrib.auth.models import User; print(User.objects.filter(email__startswith='lan'))"
    )
    (mail,) = mails(server, "lan@people.example")
    assert mail["Content-Language"] == "vi"
    assert mail["List-Unsubscribe"] is None
    link = link_in(mail)
    assert link.startswith("/vi/sign-up/confirm/?token=")
    short = browser.post(link, {"name": "Lan", "password": "short"})
    assert short.status_code == 422 or "aria-invalid" in short.text
    done = browser.post(link, {"name": "Lan", "password": PASSWORD})
    assert done.url.path == "/vi/account/organizations/"
    again = visitor(server).post(link, {"name": "Mallory", "password": "another password"})
    assert again.url.path == "/vi/sign-up/confirm/"
    assert 'type="password"' not in again.text
    # The address has an account now: the page says the same, and the e-mail says it.
    before = re.sub(r'value="[^"]*"', "", sent.text)
    other = visitor(server).post("/vi/sign-up/", {"email": "lan@people.example"})
    assert re.sub(r'value="[^"]*"', "", other.text) == before
    assert link_in(mails(server, "lan@people.example", at_least=2)[1]) == "/vi/sign-in/"


@pytest.mark.parametrize(
    "address", ["", "lan", "lan@", "a@b@c.example", "lan@x.example\r\nBcc: y@z.example", "ă@x.example"]
)
def test_what_is_not_an_address_gets_no_e_mail(browser: Visitor, address: str) -> None:
    assert browser.post("/en/sign-up/", {"email": address}).status_code == 422


@pytest.mark.parametrize("path", ["/en/sign-up/confirm/", "/en/reset/new/", "/en/invitation/", "/en/mail/off/"])
@pytest.mark.parametrize("token", ["", "x", "InghQHguZXhhbXBsZSI:1vAAAA:" + "A" * 43])
def test_a_link_that_was_not_sent_opens_nothing(browser: Visitor, path: str, token: str) -> None:
    assert browser.get(f"{path}?token={token}").status_code == 410


def test_sign_in_says_the_same_of_a_wrong_password_and_of_no_account(
    server: Server, browser: Visitor, people: People
) -> None:
    texts = []
    for name in ("sok@people.example", "nobody@people.example"):
        answer = browser.post("/en/sign-in/", {"username": name, "password": "wrong"})
        assert answer.status_code == 200
        texts.append(re.sub(r'value="[^"]*"', "", answer.text))
    assert texts[0] == texts[1]
    answer = browser.post("/en/sign-in/", {"username": "SOK@people.example", "password": PASSWORD})
    assert answer.url.path == "/en/account/"
    assert browser.post("/en/account/", {}, to="/en/sign-out/").url.path == "/en/sign-in/"
    assert browser.get("/en/account/").url.path == "/en/sign-in/"


def test_a_sign_in_that_names_no_page_leads_to_the_first_page_of_the_role(server: Server) -> None:
    signed_in(
        server,
        {
            "starts-to-sell": ("A starting seller", "seller", "owner"),
            "starts-to-buy": ("A starting buyer", "buyer", "clerk"),
            "starts-to-operate": ("op", "operator", "owner"),
            "starts-to-measure": ("op", "operator", "statistics"),
            "starts-alone": ("", "", ""),
        },
    )
    starts = {
        "starts-to-sell": "/th/todo/",
        "starts-to-buy": "/th/orders/",
        "starts-to-operate": "/th/account/two-factor/",
        "starts-alone": "/th/account/",
    }
    for name, start in starts.items():
        form = {"username": f"{name}@people.example", "password": PASSWORD}
        person = visitor(server)
        assert person.post("/th/sign-in/", form).url.path == start, name
        assert person.get("/th/sign-in/").url.path == start, "who is signed in already is led there too"
        named = visitor(server).post("/th/sign-in/?next=/th/account/password/", form)
        assert named.url.path == "/th/account/password/", "a page that is named comes first"
    for name, start in {"starts-to-operate": "/en/operator/", "starts-to-measure": "/en/operator/statistics/"}.items():
        person = visitor(server)
        person.post("/en/sign-in/", {"username": f"{name}@people.example", "password": PASSWORD})
        shown = person.get("/en/account/two-factor/").text
        (secret,) = re.findall(r'<code class="secret">([^<]+)</code>', shown)
        code = pyotp.TOTP(secret.replace(" ", "")).now()
        done = person.post("/en/account/two-factor/", {"code": code})
        assert f'href="{start}"' in done.text, "the first code leads on to it"
        assert person.get("/en/sign-in/").url.path == start


HASHES = """
from django.contrib.auth.hashers import PBKDF2PasswordHasher
from django.test import Client
hashed, encode = [], PBKDF2PasswordHasher.encode
PBKDF2PasswordHasher.encode = lambda *given: hashed.append(1) or encode(*given)
for name in ("bopha@people.example", "nobody3@people.example"):
    Client().post("/en/sign-in/", {"username": name, "password": "wrong"}, SERVER_NAME="localhost")
    hashed.append(0)
print(hashed)
"""


@pytest.mark.long
def test_a_password_is_hashed_once_whether_there_is_an_account_or_not(server: Server, people: People) -> None:
    # Hashing takes most of the time of an answer: the time does not show whether there is an account.
    assert server.ask(HASHES) == "[1, 0, 1, 0]"


@pytest.mark.parametrize(
    "target", ["https://evil.example/", "//evil.example/", "/\\evil.example", "javascript:alert(1)"]
)
def test_after_sign_in_nobody_is_led_to_another_server(
    server: Server, browser: Visitor, target: str, people: People
) -> None:
    answer = browser.post("/en/sign-in/", {"username": "dara@people.example", "password": PASSWORD, "next": target})
    assert str(answer.url) == f"{server.url}/en/account/"


def test_wrong_passwords_lock_for_a_while_and_a_new_password_unlocks(
    server: Server, browser: Visitor, people: People
) -> None:
    form = {"username": "mai@people.example", "password": "wrong"}
    # The limit of attempts a minute is another one: here its counts are reset, and those of the lock stay.
    server.ask(LOCK % "mai@people.example")
    locked = browser.post("/en/sign-in/", form)
    assert (locked.status_code, locked.headers["retry-after"]) == (429, "900")
    right = browser.post("/en/sign-in/", {**form, "password": PASSWORD})
    assert right.status_code == 429
    assert "wrong passwords" in notices(server, "mai@people.example")[0]["Subject"]
    unknown = visitor(server)
    server.ask(LOCK % "nobody-at-all@people.example")
    assert unknown.post("/en/sign-in/", {**form, "username": "nobody-at-all@people.example"}).status_code == 429
    browser.post("/en/reset/", {"email": "mai@people.example"})
    link = link_in(mails(server, "mai@people.example", at_least=2)[1])
    assert browser.post(link, {"password": "another password 7"}).status_code == 200
    assert browser.get(link).status_code == 410, "the link works once"
    answer = browser.post("/en/sign-in/", {**form, "password": "another password 7"})
    assert answer.url.path == "/en/account/"


LOCK = """
from entrepot.store.people import locks
from entrepot.web.people import attempts
hashed = attempts.hash_name(%r)
both, of_name, of_address = attempts._keys(hashed, "127.0.0.1", "sign in")
for _ in range(attempts.WRONG_OF_BOTH):
    locks.count_attempt({both: attempts.WRONG_OF_BOTH, of_name: attempts.WRONG_OF_NAME, of_address: 10_000})
"""


#: Wrong codes of an account, as many as are allowed.
CODES = """
from django.contrib.auth.models import User
from entrepot.store.people import locks
from entrepot.web.people import attempts
hashed = attempts.hash_name(str(User.objects.get(username=%r).pk))
both, of_name, of_address = attempts._keys(hashed, "127.0.0.1", "code")
for _ in range(attempts.WRONG_OF_BOTH - 3):
    locks.count_attempt({both: attempts.WRONG_OF_BOTH, of_name: attempts.WRONG_OF_NAME, of_address: 10_000})
"""


@pytest.mark.long
def test_one_address_cannot_keep_the_owner_of_an_account_out(server: Server) -> None:
    # The attempts of the next minute, after the wrong passwords of the minutes before have locked this address.
    server.ask(LOCK % "owner-kept-out@people.example")
    told = server.ask(ATTACK % "owner-kept-out@people.example")
    assert told == "10 times Locked, then the owner is asked for the password"


ATTACK = """
from django.test import RequestFactory
from entrepot.web.people import attempts
def attempt(address):
    try:
        attempts.count(RequestFactory().post("/", REMOTE_ADDR=address), %r)
    except Exception as error:
        return type(error).__name__
    return "the owner is asked for the password"
refused = {attempt("127.0.0.1") for _ in range(10)}
print(f"10 times {', '.join(refused)}, then {attempt('127.0.0.2')}")
"""


def test_a_new_password_for_no_account_is_answered_alike(server: Server, browser: Visitor, people: People) -> None:
    texts = [
        browser.post("/en/reset/", {"email": f"{name}@people.example"}).text.replace(name, "…")
        for name in ("thida", "nobody2")
    ]
    assert texts[0] == texts[1]
    assert "No account" in text_of(mails(server, "nobody2@people.example")[0])


def test_a_second_factor_is_set_up_asked_for_and_each_code_is_used_once(
    server: Server, browser: Visitor, people: People
) -> None:
    page = people["pim"].get("/en/account/two-factor/")
    secret = re.search(r'<code class="secret">([A-Z2-7 ]+)</code>', page.text)
    assert secret
    assert re.search(r'<svg [^>]*class="qr">', page.text)
    totp = pyotp.TOTP(secret[1].replace(" ", ""))
    near = [totp.generate_otp(int(time.time()) // 30 + shift) for shift in range(-9, 10)]
    wrong_code = next(code for code in map("{:06}".format, range(20)) if code not in near)
    wrong = people["pim"].post("/en/account/two-factor/", {"code": wrong_code})
    assert wrong.status_code == 422
    elsewhere = visitor(server)
    elsewhere.post("/en/sign-in/", {"username": "pim@people.example", "password": PASSWORD})
    assert elsewhere.get("/en/account/").url.path == "/en/account/"
    step = int(time.time()) // 30
    first = totp.generate_otp(step)
    done = people["pim"].post("/en/account/two-factor/", {"code": first})
    codes = re.findall(r"<li><code>([a-z2-9-]{14})</code>", done.text)
    assert len(set(codes)) == 10
    assert elsewhere.get("/en/account/").url.path == "/en/sign-in/", "a session without a code has ended"
    assert people["pim"].get("/en/account/").url.path == "/en/account/"
    assert secret[1].replace(" ", "").encode() not in (server.data / "desk.sqlite3").read_bytes()
    assert codes[0].encode() not in (server.data / "desk.sqlite3").read_bytes()

    form = {"username": "pim@people.example", "password": PASSWORD}
    asked = browser.post("/en/sign-in/", form)
    assert asked.url.path == "/en/sign-in/code/"
    assert browser.get("/en/account/").url.path == "/en/sign-in/", "the password alone signs nobody in"
    for code in (first, "123", "aaaa-bbbb-cccc"):
        assert browser.post("/en/sign-in/code/", {"code": code}).url.path == "/en/sign-in/code/"
    server.ask(CODES % "pim@people.example")
    locked = browser.post("/en/sign-in/code/", {"code": codes[0]})
    assert locked.status_code == 429, "a right code is refused, too"
    # Whoever enters codes knows the password: its owner is told, once.
    assert browser.post("/en/sign-in/code/", {"code": codes[0]}).status_code == 429
    told = [each for each in notices(server, "pim@people.example") if "wrong codes" in each["Subject"]]
    assert len(told) == 1
    assert "/en/reset/" in text_of(told[0])
    server.ask("from entrepot.store.people_models import WrongPasswords\nWrongPasswords.objects.all().delete()")
    assert browser.post("/en/sign-in/code/", {"code": codes[0].upper()}).url.path == "/en/account/"
    second = visitor(server)
    second.post("/en/sign-in/", form)
    assert second.post("/en/sign-in/code/", {"code": codes[0]}).url.path == "/en/sign-in/code/"
    later = max(step + 1, int(time.time()) // 30)  # the next one, or that of now where all this took long
    assert second.post("/en/sign-in/code/", {"code": totp.generate_otp(later)}).url.path == "/en/account/"
    second.post("/en/account/two-factor/", {"password": PASSWORD})
    assert second.get("/en/account/").url.path == "/en/account/"
    assert browser.get("/en/account/").url.path == "/en/sign-in/", "the code of the old secret is not enough"


@pytest.mark.long
def test_a_changed_password_ends_other_sessions(server: Server, people: People) -> None:
    other = visitor(server)
    other.post("/en/sign-in/", {"username": "minh@people.example", "password": PASSWORD})
    wrong = people["minh"].post("/en/account/password/", {"old": "no", "new": "another password 8"})
    assert wrong.status_code == 422
    people["minh"].post("/en/account/password/", {"old": PASSWORD, "new": "another password 8"})
    assert people["minh"].get("/en/account/").url.path == "/en/account/"
    assert other.get("/en/account/").url.path == "/en/sign-in/"
    assert notices(server, "minh@people.example")[-1]["Subject"] == "Your password was changed"


def test_a_person_exports_and_erases_everything(server: Server, people: People) -> None:
    browser = people["erasedperson"]
    export = browser.get("/en/account/export/")
    assert "attachment" in export.headers["content-disposition"]
    found = json.loads(export.text)
    assert (found["email"], found["name"]) == ("erasedperson@people.example", "Erasedperson")
    assert [(each["name"], each["role"]) for each in found["organizations"]] == [("Eraser Shop", "owner")]
    assert PASSWORD not in export.text
    wrong = browser.post("/en/account/erase/", {"password": "no"})
    assert wrong.status_code == 422
    only = browser.post("/en/account/erase/", {"password": PASSWORD})
    assert "Eraser Shop" in only.text
    assert only.status_code == 422
    browser.post("/en/organization/members/", {"action": "role", "person": people["stays"].person, "role": "owner"})
    done = browser.post("/en/account/erase/", {"password": PASSWORD})
    assert done.status_code == 200
    assert browser.get("/en/account/").url.path == "/en/sign-in/"
    row = server.ask(
        f"row = m.Person.objects.get(id={people['erasedperson'].person!r}); print(row.user, bool(row.erased))"
    )
    assert row == "None True"
    for file, content in read_files(server.data, "desk.sqlite3*"):
        assert b"erasedperson" not in content.lower(), file.name


def test_an_address_is_changed_only_by_its_person_with_the_link(server: Server, people: People) -> None:
    browser, path = people["moves"], "/en/account/address/"
    assert browser.post(path, {"email": "moved@people.example", "password": "no"}).status_code == 422
    assert browser.post(path, {"email": "moved", "password": PASSWORD}).status_code == 422
    taken = browser.post(path, {"email": "sok@people.example", "password": PASSWORD})
    assert mails(server, "sok@people.example")[-1]["Subject"] == "You already have an account"
    sent = browser.post(path, {"email": "Moved@people.example", "password": PASSWORD})
    shown = [re.sub('csrfmiddlewaretoken" value="[^"]+"', "", each.text) for each in (sent, taken)]  # it signs out
    assert shown[0].replace("moved@", "sok@") == shown[1]
    link = link_in(mails(server, "moved@people.example")[0])
    assert people["sok"].get(link).status_code == 410, "it is not the link of this person"
    assert "moves@people.example" in browser.get("/en/account/").text
    assert browser.post(link, {}).status_code == 200
    assert "moved@people.example" in browser.get("/en/account/").text
    assert browser.get(link).status_code == 410, "it works once"
    assert "another" in mails(server, "moves@people.example")[-1]["Subject"]
    again = visitor(server)
    form = {"username": "moved@people.example", "password": PASSWORD}
    assert again.post("/en/sign-in/", {**form, "username": "moves@people.example"}).url.path == "/en/sign-in/"
    assert again.post("/en/sign-in/", form).url.path == "/en/account/"


@pytest.mark.long
def test_the_background_worker_sends_what_is_in_the_outbox(tmp_path: Path) -> None:
    with run_server(tmp_path / "server", background=1) as server:
        browser = signed_in(server, {"rith": ("", "", "")})["rith"]
        browser.post("/en/account/password/", {"old": PASSWORD, "new": "another password 9"})
        assert mails(server, "rith@people.example")[0]["Subject"] == "Your password was changed"


@pytest.mark.parametrize("name", ["a\0b", "\0", "\ud800", "x" * 5000, "'; DROP TABLE auth_user; --", "*"])
def test_hostile_names_sign_nobody_in(browser: Visitor, name: str) -> None:
    sent = name.encode("utf-8", "surrogatepass")
    page = browser.get("/en/sign-in/").text
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
    assert token
    body = b"username=" + quote_from_bytes(sent).encode() + f"&password=x&csrfmiddlewaretoken={token[1]}".encode()
    head = {"Content-Type": "application/x-www-form-urlencoded"}
    assert browser.send("POST", "/en/sign-in/", content=body, headers=head).status_code == 200


@pytest.mark.parametrize(
    "path", ["sign-up/", "sign-in/", "reset/", "account/", "account/erase/", "organization/members/", "sign-out/"]
)
def test_a_form_of_another_site_is_refused(server: Server, people: People, path: str) -> None:
    answer = people["stays"].send("POST", f"/en/{path}", data={"action": "x", "email": "x@people.example"})
    assert answer.status_code == 403
    assert people["stays"].get("/en/account/").url.path == "/en/account/"
