"""Visits through the real socket process: two aiortc peers, refused tokens, a third person, a flood, a kill."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from typing import Any

import pytest

pytest.importorskip("granian", reason="the server is not installed")
pytest.importorskip("websockets", reason="the WebSocket client of the tests is not installed")

from visit_market import Clinic, run_clinic
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from entrepot.trade_app.services.demo_visit import LEAST, hold_visit

WAIT = 120


@pytest.fixture(scope="module")
def clinic(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Clinic]:
    with run_clinic(tmp_path_factory.mktemp("clinic")) as running:
        yield running


@pytest.fixture(scope="module")
def number(clinic: Clinic) -> str:
    """A visit whose conditions are met."""
    return str(clinic.desk.ask("ready"))


class Side:
    """A connection of one side."""

    def __init__(self, socket: ClientConnection, tab: str) -> None:
        self.socket, self.tab = socket, tab

    def send(self, **message: Any) -> None:
        """Send a message."""
        self.socket.send(json.dumps(message))

    def wait(self, kind: str, **values: Any) -> dict[str, Any]:
        """Wait for a message with these values."""
        until = time.monotonic() + WAIT
        while time.monotonic() < until:
            message = json.loads(self.socket.recv(WAIT))
            if message["type"] == kind and all(message[name] == value for name, value in values.items()):
                return dict(message)
        raise AssertionError(f"no message {kind} with {values}")

    def closing(self) -> int:
        """The code with which the connection is closed."""
        with pytest.raises(ConnectionClosed) as closed:
            self.read_to_the_end()
        assert closed.value.rcvd is not None
        return closed.value.rcvd.code

    def read_to_the_end(self) -> None:
        """Read until the connection is closed: raises ConnectionClosed."""
        while True:
            self.socket.recv(WAIT)


@contextmanager
def joined(clinic: Clinic, token: str, tab: str = "tab") -> Iterator[Side]:
    """A connection with its place in the room."""
    with connect(clinic.socket, open_timeout=WAIT) as socket:
        side = Side(socket, tab)
        side.send(token=token)
        role = side.wait("joined")["role"]
        side.send(type="hello", client=f"{tab}-{role}-client", load=f"{tab}-{role}-load")
        side.wait("welcome")
        yield side


def entered(clinic: Clinic, number: str, who: str) -> str:
    """A token of the buyer or the seller."""
    return str(clinic.desk.ask("enter", number, who))


def refusal(clinic: Clinic, token: str) -> int:
    """The code with which a token is refused."""
    with connect(clinic.socket, open_timeout=WAIT) as socket:
        side = Side(socket, "")
        side.send(token=token)
        return side.closing()


@contextmanager
def together(clinic: Clinic, number: str) -> Iterator[tuple[Side, Side]]:
    """Both sides, connected with each other as far as the room knows."""
    with (
        joined(clinic, entered(clinic, number, "buyer")) as buyer,
        joined(clinic, entered(clinic, number, "seller")) as provider,
    ):
        provider.send(type="admit")
        buyer.wait("state", admitted=True)
        for each in (buyer, provider):
            each.send(type="media", by="video")
        while buyer.wait("state")["seconds"] is None:
            pass
        yield buyer, provider


def test_two_peers_hold_a_visit_and_the_ledger_has_its_session(clinic: Clinic) -> None:
    pytest.importorskip("aiortc", reason="aiortc is not installed: pip install 'entrepot[services]'")
    own = clinic.desk.ask("ready")
    tokens = {"buyer": entered(clinic, own, "buyer"), "provider": entered(clinic, own, "seller")}
    held = hold_visit(clinic.socket, tokens, seconds=0.2)
    assert min(*held.pictures.values(), *held.sounds.values()) >= LEAST
    assert held.text == "The demonstration of a visit."
    begun, ended = clinic.desk.ask("sessions", own)
    assert (begun[0], ended[0]) == ("begun", "ended")
    assert set(begun[2]) == {"session"}
    assert set(ended[2]) == {"session", "seconds", "reason", "time"}
    assert (ended[2]["session"], ended[2]["reason"]) == (begun[2]["session"], "left_by_provider")
    assert clinic.desk.ask("encounter", own) == ["finished", begun[1], ended[2]["time"], ended[2]["seconds"]]


def test_tokens_that_open_nothing(clinic: Clinic, number: str) -> None:
    used = entered(clinic, number, "buyer")
    with joined(clinic, used):
        pass
    assert refusal(clinic, used) == 4401
    assert refusal(clinic, clinic.desk.ask("token_for", number, "course")) == 4401
    assert refusal(clinic, clinic.desk.ask("expired", number)) == 4401
    token = entered(clinic, number, "buyer")
    assert refusal(clinic, token[:-1] + ("0" if token[-1] != "0" else "1")) == 4401
    assert clinic.desk.ask("enter", clinic.desk.ask("sell"), "buyer") == "delivery_not_open"
    revoked = clinic.desk.ask("ready")
    token = entered(clinic, revoked, "buyer")
    clinic.desk.ask("revoke", revoked, "buyer")
    assert refusal(clinic, token) == 4410
    withdrawn = clinic.desk.ask("ready")
    token = entered(clinic, withdrawn, "seller")
    clinic.desk.ask("withdraw", withdrawn)
    assert refusal(clinic, token) == 4410
    assert clinic.desk.ask("enter", withdrawn, "seller") == "delivery_not_open"


def test_a_token_of_one_visit_does_not_open_another(clinic: Clinic, number: str) -> None:
    other = clinic.desk.ask("ready")
    with joined(clinic, entered(clinic, number, "seller")) as provider:
        with joined(clinic, entered(clinic, other, "buyer")) as stranger:
            assert stranger.wait("state")["other"] == ""
        assert provider.wait("state")["other"] == ""


def test_a_third_person_and_another_window_are_refused(clinic: Clinic, number: str) -> None:
    with together(clinic, number) as (buyer, provider):
        for role in ("buyer", "provider"):
            assert refusal(clinic, clinic.desk.ask("stranger", number, role)) == 4409
        assert refusal(clinic, clinic.desk.ask("stranger", number, "reader")) == 4403
        with connect(clinic.socket, open_timeout=WAIT) as socket:
            second = Side(socket, "second")
            second.send(token=entered(clinic, number, "buyer"))
            second.wait("joined")
            second.send(type="hello", client="second-client", load="second-load")
            assert second.closing() == 4411
        buyer.send(type="text", number=1, text="still here")
        assert provider.wait("text")["text"] == "still here"
        provider.send(type="leave")
        assert buyer.wait("ended")["reason"] == "left_by_provider"


@pytest.mark.long
def test_a_flood_closes_only_the_flooder(clinic: Clinic, number: str) -> None:
    with together(clinic, number) as (buyer, provider):
        with suppress(ConnectionClosed):
            for count in range(5_000):
                buyer.send(type="text", number=count, text="x" * 200)
        assert buyer.closing() == 4429
        provider.wait("state", other="", admitted=True)
        with joined(clinic, entered(clinic, number, "buyer")) as again:
            again.send(type="media", by="text")
            provider.wait("state", other="tab-buyer-load")
            again.send(type="leave")
            assert provider.wait("ended")["reason"] == "left_by_buyer"


@pytest.mark.long
def test_after_a_kill_both_come_back_to_the_same_session(clinic: Clinic) -> None:
    own = clinic.desk.ask("ready")
    with ExitStack() as stack:
        buyer, provider = stack.enter_context(together(clinic, own))
        clinic.kill_sockets()
        for each in (buyer, provider):
            with pytest.raises(ConnectionClosed):
                each.read_to_the_end()
    clinic.wait_for_sockets()
    with (
        joined(clinic, entered(clinic, own, "buyer")) as buyer,
        joined(clinic, entered(clinic, own, "seller")) as provider,
    ):
        state = provider.wait("state", other="tab-buyer-load")
        assert state["admitted"]
        assert state["seconds"] is not None
        for each in (buyer, provider):
            each.send(type="media", by="video")
        buyer.send(type="leave")
        assert provider.wait("ended")["reason"] == "left_by_buyer"
    assert [kind for kind, _time, _payload in clinic.desk.ask("sessions", own)] == ["begun", "ended"]


def test_what_was_written_and_where_from_is_nowhere(clinic: Clinic) -> None:
    own = clinic.desk.ask("ready")
    with together(clinic, own) as (buyer, provider):
        buyer.send(type="text", number=1, text="secret-symptom")
        provider.wait("text")
        sdp = "v=0 secret-address 192.0.2.77"
        provider.send(type="description", to="tab-buyer-load", kind="offer", sdp=sdp)
        assert buyer.wait("description")["sdp"] == sdp
        provider.send(type="leave")
        buyer.wait("ended")
    written = clinic.server.log() + json.dumps(clinic.desk.ask("everything"))
    for secret in ("secret-symptom", "secret-address", "192.0.2.77"):
        assert secret not in written


def test_the_page_asks_who_it_is_and_shows_no_visit_of_others(clinic: Clinic, number: str) -> None:
    path = clinic.path(number)
    page = clinic.server.get(path, cookies=clinic.cookies("buyer"))
    assert page.status_code == 200
    assert page.headers["permissions-policy"].startswith("camera=(self), microphone=(self)")
    assert f"ws://127.0.0.1:{clinic.port}" in page.headers["content-security-policy"]
    assert "camera=()" in clinic.server.get("/en/").headers["permissions-policy"]
    assert clinic.server.get(path, cookies=clinic.cookies("other")).status_code == 404
    assert clinic.server.get(path).status_code == 302
    assert clinic.server.post(f"{path}enter/", cookies=clinic.cookies("buyer")).status_code == 403
    assert clinic.server.get(f"{path}enter/", cookies=clinic.cookies("buyer")).status_code == 405


def test_a_visit_that_is_not_about_health_leads_from_its_delivery_to_the_call(clinic: Clinic) -> None:
    own = clinic.desk.ask("advice")
    cookies = clinic.cookies("buyer")
    assert f'href="{clinic.path(own)}"' in clinic.server.get(f"/en/services/{own}/", cookies=cookies).text
    page = clinic.server.get(clinic.path(own), cookies=cookies)
    assert page.status_code == 200
    assert "emergency" not in page.text
