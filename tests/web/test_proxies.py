"""Clients behind proxies: forwarded headers count from known proxies only, and guessing passwords is limited."""

from __future__ import annotations

import itertools
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from functools import partial
from ipaddress import ip_address, ip_network
from pathlib import Path

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from server_process import Server, counted, run_server, within_one_minute
from test_quotes import SALE
from test_security import administrator, send

from entrepot.web.http.proxies import client_address
from files_on_disk import read_files
from sizes import size

OURS = [ip_network(text) for text in ("10.0.0.0/8", "127.0.0.1", "fd00::/8")]


@pytest.mark.parametrize(
    ("remote", "forwarded", "client"),
    [
        # Nobody's header counts unless a named proxy connects.
        ("198.51.100.4", "", "198.51.100.4"),
        ("198.51.100.4", "6.6.6.6", "198.51.100.4"),
        ("198.51.100.4", "10.0.0.1", "198.51.100.4"),
        # One proxy: what it wrote last.
        ("127.0.0.1", "203.0.113.7", "203.0.113.7"),
        ("127.0.0.1", "6.6.6.6, 203.0.113.7", "203.0.113.7"),
        ("127.0.0.1", "6.6.6.6,203.0.113.7", "203.0.113.7"),
        # A chain of them.
        ("127.0.0.1", "6.6.6.6, 203.0.113.7, 10.1.2.3", "203.0.113.7"),
        ("10.9.9.9", "203.0.113.7, 10.1.2.3, 127.0.0.1", "203.0.113.7"),
        # Within the own network: the furthest known.
        ("127.0.0.1", "10.1.2.3", "10.1.2.3"),
        ("127.0.0.1", "", "127.0.0.1"),
        # Ports, as some proxies write them.
        ("127.0.0.1", "203.0.113.7:51234", "203.0.113.7"),
        ("127.0.0.1", "[2001:db8:1:2::7]:51234", "2001:db8:1:2::/64"),
        # IPv6: one network is one client; IPv4 within IPv6 is IPv4.
        ("2001:db8:1:2:3:4:5:6", "", "2001:db8:1:2::/64"),
        ("fd00::1", "2001:DB8:0001:2::9", "2001:db8:1:2::/64"),
        ("::ffff:127.0.0.1", "::ffff:203.0.113.7", "203.0.113.7"),
        ("fe80::1%eth0", "", "fe80::/64"),
        # What is no address makes no name: the proxy before it counts.
        ("127.0.0.1", "unknown", "127.0.0.1"),
        ("127.0.0.1", "203.0.113.7, unknown", "127.0.0.1"),
        ("127.0.0.1", "203.0.113.7, unknown, 10.1.2.3", "10.1.2.3"),
        ("127.0.0.1", "203.0.113.7:port", "127.0.0.1"),
        ("127.0.0.1", "203.0.113.007", "127.0.0.1"),
        ("127.0.0.1", ", ,", "127.0.0.1"),
        ("127.0.0.1", "x" * 100_000, "127.0.0.1"),
        ("", "203.0.113.7", "unknown"),
        ("/run/socket", "203.0.113.7", "unknown"),
    ],
)
def test_the_client_is_the_rightmost_address_that_is_not_a_proxy(remote: str, forwarded: str, client: str) -> None:
    assert client_address(remote, forwarded, OURS) == client


def test_without_known_proxies_the_header_is_ignored() -> None:
    assert client_address("127.0.0.1", "203.0.113.7", []) == "127.0.0.1"


@given(st.text(max_size=200), st.ip_addresses(), st.sampled_from(["127.0.0.1", "10.1.2.3", "fd00::1"]))
def test_values_before_the_address_do_not_change_the_client(written: str, client: object, proxy: str) -> None:
    named = client_address(proxy, f"{written}, {client}", OURS)
    alone = client_address(proxy, str(client), OURS)
    assert named == alone or any(ip_address(str(client)) in network for network in OURS)


@given(st.text(max_size=100))
def test_every_name_is_an_address_or_a_network(header: str) -> None:
    assert ip_network(client_address("127.0.0.1", header, OURS)).prefixlen in (32, 64)


@pytest.fixture(scope="module")
def behind(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder, proxies = tmp_path_factory.mktemp("behind"), "127.0.0.1, 10.0.0.0/8"
    with run_server(folder, workers=2, ENTREPOT_HTTPS="true", ENTREPOT_PROXIES=proxies) as running:
        yield running


def through(*addresses: str, scheme: str = "https") -> dict[str, str]:
    return {"X-Forwarded-For": ", ".join(addresses), "X-Forwarded-Proto": scheme}


def left(server: Server, head: dict[str, str]) -> int:
    return int(server.post("/v1/quotes?store=false", json=SALE, headers=head).headers["ratelimit-remaining"])


def lefts(server: Server, clients: list[tuple[str, ...]]) -> list[int]:
    return [left(server, through(*each)) for each in clients]


def test_limits_count_the_client_behind_the_proxies(behind: Server) -> None:
    addresses = (
        ("203.0.113.1",),
        ("6.6.6.6", "203.0.113.1", "10.0.0.9"),
        ("203.0.113.2",),
        ("2001:db8::1",),
        ("2001:db8::2",),
    )
    # On a busy machine the file of counts may be locked for too long: then a request is allowed and not counted, and
    # the log says so. Each attempt has other clients.
    first, others = 0, list[int]()
    for attempt in range(20):
        clients = [
            tuple(each.replace(".113.", f".{attempt}.").replace("db8", f"db8:{attempt}") for each in one)
            for one in addresses
        ]
        logged = behind.log().count("requests are not counted")
        first, *others = within_one_minute(partial(lefts, behind, clients))
        if behind.log().count("requests are not counted") == logged:
            break
    assert others == [first - 1, first, first, first - 1]


@pytest.mark.parametrize(("scheme", "status"), [("https", 200), ("http", 301), ("https, http", 301), ("x, https", 200)])
def test_the_last_scheme_of_the_proxy_is_used(behind: Server, scheme: str, status: int) -> None:
    assert behind.get("/v1/health", headers=through("203.0.113.3", scheme=scheme)).status_code == status


def test_forwarded_headers_of_unknown_addresses_are_ignored(tmp_path: Path, server: Server) -> None:
    with run_server(tmp_path / "https", ENTREPOT_HTTPS="1", ENTREPOT_PROXIES="10.0.0.0/8") as other:
        assert other.get("/en/law/", headers=through("203.0.113.1"), follow_redirects=False).status_code == 301
    one, other_one = through("203.0.113.1"), through("203.0.113.2")
    first, second = counted(server, lambda: (left(server, one), left(server, other_one)))
    assert second == first - 1


def attempt(server: Server, address: str, name: str, password: str = "wrong") -> httpx.Response:
    head = through(address) | {"Referer": "https://127.0.0.1/admin/login/"}
    with httpx.Client(base_url=server.url, headers=head, timeout=60) as browser:
        page = browser.get("/admin/login/")
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.text)
        assert token
        form = {"username": name, "password": password, "csrfmiddlewaretoken": token[1], "next": "/admin/"}
        # The cookies of HTTPS are not sent by themselves where a test speaks HTTP.
        cookies = "; ".join(f"{each.name}={each.value}" for each in page.cookies.jar)
        return browser.post("/admin/login/", data=form, headers={"Cookie": cookies})


@pytest.mark.long
def test_failed_attempts_are_limited_by_address_and_by_user_name(behind: Server) -> None:
    administrator_of(behind, "keeper", "tall trees 1985")

    tries = itertools.count(10)

    def fail() -> tuple[list[int], httpx.Response]:
        """From an address, and with names, that were not tried yet."""
        last = next(tries)
        address = f"203.0.113.{last}"
        codes = [attempt(behind, address, f"nobody {last} {number}").status_code for number in range(11)]
        return codes, attempt(behind, address, "keeper", "tall trees 1985")

    # Counts start anew with each minute: what took more than the rest of one is tried again.
    codes, refused = counted(behind, fail)
    # An address that has failed ten times waits, whatever names it tries, and also with the right password.
    assert codes == [200] * 10 + [429]
    assert refused.status_code == 429
    assert 1 <= int(refused.headers["retry-after"]) <= 60
    # Another address is not concerned; and what was right is not counted.
    times = size(2, 12)
    codes = [attempt(behind, "203.0.113.9", "keeper", "tall trees 1985").status_code for _ in range(times)]
    assert codes == [302] * times


@pytest.mark.long
def test_a_user_name_is_limited_from_all_addresses_alike_whether_it_exists_or_not(behind: Server) -> None:
    tries = itertools.count()

    def attempts(name: str) -> tuple[list[tuple[int, list[str]]], int]:
        """The answers to eleven wrong passwords for a name that was not tried yet, and to the right one after them."""
        last = next(tries)
        named = f"{name}{last}"
        if name == "warden":
            administrator_of(behind, named, "tall trees 1985")
        given = [attempt(behind, f"198.51.{last}.{number}", named) for number in range(11)]
        right = attempt(behind, "198.51.99.9", named.upper(), "tall trees 1985")
        return [(answer.status_code, errors(answer)) for answer in given], right.status_code

    warden, phantom = (counted(behind, partial(attempts, name)) for name in ("warden", "phantom"))
    assert warden == phantom
    assert ([code for code, _ in warden[0]], warden[1]) == ([200] * 10 + [429], 429)


@pytest.mark.long
def test_an_attempt_that_cannot_be_counted_is_refused(tmp_path: Path) -> None:
    with run_server(tmp_path / "server") as server, closing(administrator(server, "tall trees 1985")) as browser:
        browser.cookies.clear()
        form = {"username": "nobody", "password": "wrong"}
        assert send(browser, "/admin/login/", form).status_code == 200
        with closing(sqlite3.connect(server.data / "calls.sqlite3", isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            refused = send(browser, "/admin/login/", form)
            # A request of the API is allowed, though it cannot be counted.
            assert server.get("/v1/economies").status_code == 200
            other.execute("ROLLBACK")
        assert refused.status_code == 503
        assert int(refused.headers["Retry-After"]) >= 1
        assert send(browser, "/admin/login/", form).status_code == 200


def errors(answer: httpx.Response) -> list[str]:
    return re.findall(r'<p class="errornote">\s*(.*?)\s*</p>', answer.text, re.DOTALL)


def administrator_of(server: Server, name: str, password: str) -> None:
    server.ask(
        f"from django.contrib.auth.models import User; User.objects.create_superuser({name!r}, password={password!r})"
    )


@pytest.mark.long
def test_the_file_of_counts_contains_no_user_name(tmp_path: Path) -> None:
    with run_server(tmp_path / "server") as server, closing(administrator(server, "tall trees 1985")) as browser:
        browser.cookies.clear()
        send(browser, "/admin/login/", {"username": "SECRETNAME", "password": "wrong"})
        content = b"".join(each for _file, each in read_files(server.data, "calls.sqlite3*"))
        assert b"sign in as " in content
        assert b"secretname" not in content.lower()
