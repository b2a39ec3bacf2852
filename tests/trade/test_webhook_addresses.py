"""Where webhooks are sent, and where not: the URL, the addresses of its name, and the limits of one request."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from ipaddress import ip_address
from typing import Any

import pytest

from entrepot.connect.webhooks.addresses import UnsafeAddress, is_public, read_url, resolve
from entrepot.connect.webhooks.post import MAX_BYTES, NoAnswer, post
from free_ports import free_port

#: The special-purpose addresses of IANA's registries (RFC 6890 and its successors), and ways to write IPv4 in IPv6.
NOT_PUBLIC = (
    "0.0.0.0", "0.1.2.3", "10.0.0.1", "100.64.0.1", "127.0.0.1", "127.255.255.254", "169.254.169.254", "172.16.0.1",
    "172.31.255.255", "192.0.0.8", "192.0.2.1", "192.168.1.1", "198.18.0.1", "198.51.100.7", "203.0.113.9", "224.0.0.1",
    "239.255.255.255", "240.0.0.1", "255.255.255.255", "::", "::1", "::ffff:10.0.0.1", "::ffff:127.0.0.1",
    "::ffff:169.254.169.254", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::1", "100::1", "2001::1",
    "2001:db8::1", "2002:7f00:1::", "fc00::1", "fd12:3456::1", "fe80::1", "fec0::1", "ff02::1",
)  # fmt: skip
PUBLIC = (
    "1.1.1.1",
    "93.184.215.14",
    "172.32.0.1",
    "192.169.0.1",
    "2606:4700::1111",
    "2400:cb00::1",
    "64:ff9b::101:101",
)


@pytest.mark.parametrize("address", NOT_PUBLIC)
def test_an_address_of_a_private_or_special_network_is_refused(address: str) -> None:
    assert not is_public(ip_address(address))
    host = f"[{address}]" if ":" in address else address
    with pytest.raises(UnsafeAddress, match="not one of the public internet"):
        resolve(read_url(f"https://{host}/hook", allow_loopback=False), allow_loopback=False)


@pytest.mark.parametrize("address", PUBLIC)
def test_a_public_address_is_allowed(address: str) -> None:
    assert is_public(ip_address(address))


@pytest.mark.parametrize("host", ["127.1", "2130706433", "0x7f.0.0.1", "0177.0.0.1", "localhost"])
def test_other_spellings_of_the_loopback_are_seen_after_resolution(host: str) -> None:
    with pytest.raises(UnsafeAddress):
        resolve(read_url(f"https://{host}/", allow_loopback=False), allow_loopback=False)


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("http://shop.example/", "begins with https"),
        ("ftp://shop.example/", "begins with https"),
        ("file:///etc/passwd", "begins with https"),
        ("shop.example/hook", "begins with https"),
        ("https://user:secret@shop.example/", "user name or a password"),
        ("https://shop.example/#part", "fragment"),
        ("https:///hook", "no host"),
        ("https://shop.example:0/", "no valid port"),
        ("https://shop.example:99999/", "not a URL"),
        ("https://shop.example/a b", "percent-encoded"),
        ("https://shop.example/\r\nX-Header:1", "percent-encoded"),
        ("https://商店.example/", "percent-encoded"),
        ("https://[::1/", "not a URL"),
        ("https://shop.example/" + "a" * 500, "at most 500 characters"),
    ],
)
def test_a_url_that_is_not_safe_is_refused(url: str, why: str) -> None:
    with pytest.raises(UnsafeAddress, match=why):
        read_url(url, allow_loopback=False)


def of(*addresses: str) -> Callable[..., list[Any]]:
    """A resolver that gives these addresses."""
    return lambda _host, port, **_more: [
        (socket.AF_INET6 if ":" in each else socket.AF_INET, socket.SOCK_STREAM, 6, "", (each, port))
        for each in addresses
    ]


def test_one_private_address_among_public_ones_refuses_the_name() -> None:
    target = read_url("https://shop.example/", allow_loopback=False)
    assert resolve(target, allow_loopback=False, resolver=of("1.1.1.1"))[1] == ("1.1.1.1", 443)
    with pytest.raises(UnsafeAddress, match="not one of the public internet") as refused:
        resolve(target, allow_loopback=False, resolver=of("1.1.1.1", "10.0.0.1"))
    assert "10.0" not in str(refused.value), "an organization reads it: it must not learn the operator's network"


@pytest.mark.parametrize("host", ["10.0.0.1", "[::ffff:127.0.0.1]", "[fe80::1%25eth0]"])
def test_an_endpoint_with_a_private_address_in_its_url_is_not_created(host: str) -> None:
    with pytest.raises(UnsafeAddress, match="not one of the public internet"):
        read_url(f"https://{host}/", allow_loopback=False)


def test_the_loopback_is_allowed_by_a_setting_and_nothing_else_is() -> None:
    target = read_url("http://127.0.0.1:9/", allow_loopback=True)
    assert resolve(target, allow_loopback=True)[1] == ("127.0.0.1", 9)
    for address in ("10.0.0.1", "169.254.169.254"):
        with pytest.raises(UnsafeAddress):
            resolve(read_url(f"http://{address}/", allow_loopback=True), allow_loopback=True)
    # Plain HTTP to a public address stays refused.
    with pytest.raises(UnsafeAddress, match="https"):
        resolve(read_url("http://1.1.1.1/", allow_loopback=True), allow_loopback=True)


@contextmanager
def receiver(answer: Callable[[socket.socket], None]) -> Iterator[str]:
    """A receiver on the loopback that reads the headers of one request and answers."""
    with closing(socket.create_server(("127.0.0.1", 0))) as listening:

        def run() -> None:
            with listening.accept()[0] as client:
                client.recv(65536)
                answer(client)

        thread = threading.Thread(target=run, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}/hook?a=1"
        thread.join(120)


def send(url: str, **more: Any) -> Any:
    return post(read_url(url, allow_loopback=True), b"{}", {"webhook-id": "ev_1"}, allow_loopback=True, **more)


def test_an_answer_is_read_with_the_time_that_it_asks_for() -> None:
    with receiver(lambda c: c.sendall(b"HTTP/1.1 429 Wait\r\nRetry-After: 7\r\nContent-Length: 4\r\n\r\nwait")) as url:
        answer = send(url)
    assert (answer.status, answer.body, answer.retry_after) == (429, b"wait", 7.0)


def test_a_redirect_is_not_followed() -> None:
    with receiver(
        lambda c: c.sendall(b"HTTP/1.1 302 F\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n")
    ) as url:
        assert send(url).status == 302


def test_a_name_is_resolved_once_and_connected_to_what_was_checked() -> None:
    asked: list[str] = []

    def rebinding(host: str, port: int, **_more: Any) -> list[Any]:
        asked.append(host)
        return of("127.0.0.1" if len(asked) == 1 else "10.0.0.1")(host, port)

    with receiver(lambda c: c.sendall(b"HTTP/1.1 204 No\r\n\r\n")) as url:
        assert send(url.replace("127.0.0.1", "shop.example"), resolver=rebinding).status == 204
    assert asked == ["shop.example"]


def test_only_the_beginning_of_an_endless_body_is_read() -> None:
    def flood(client: socket.socket) -> None:
        client.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        try:
            for _ in range(10_000):
                client.sendall(b"x" * 4096)
        except OSError:
            return
        raise AssertionError("all of it was read")

    with receiver(flood) as url:
        assert len(send(url).body) == MAX_BYTES


def test_a_receiver_that_sends_a_byte_at_a_time_is_left() -> None:
    def drip(client: socket.socket) -> None:
        try:
            while True:
                client.sendall(b"H")
                time.sleep(0.02)
        except OSError:
            return

    with receiver(drip) as url, pytest.raises(NoAnswer, match=r"did not answer within 0\.3 s"):
        send(url, timeout=0.3)


@pytest.mark.parametrize(
    ("answer", "why"),
    [(lambda c: c.sendall(b"SMTP ready\r\n\r\n"), "failed"), (lambda _c: None, "failed")],
    ids=["another protocol", "nothing"],
)
def test_garbage_is_no_answer(answer: Callable[[socket.socket], None], why: str) -> None:
    with receiver(answer) as url, pytest.raises(NoAnswer, match=why):
        send(url)


def test_a_closed_port_an_unknown_name_and_a_certificate_of_nobody_are_no_answer() -> None:
    port = free_port()
    with pytest.raises(NoAnswer, match="refused"):
        send(f"http://127.0.0.1:{port}/")

    def unknown(*_given: Any, **_more: Any) -> list[Any]:
        raise socket.gaierror(socket.EAI_NONAME, "unknown")

    with pytest.raises(NoAnswer, match=r"shop\.example cannot be resolved"):
        send("https://shop.example/", resolver=unknown)
    with receiver(lambda c: c.sendall(b"no TLS here")) as url, pytest.raises(NoAnswer, match="TLS"):
        send(url.replace("http:", "https:"))
