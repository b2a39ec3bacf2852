"""A visit between two browsers: pictures are decoded on both sides, and the session of the ledger matches."""

from __future__ import annotations

import datetime as dt
import re
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import pytest

pytest.importorskip("granian", reason="the server is not installed")

from chromium import PATIENCE, QUIET, assert_small, chromium, shot
from visit_market import Clinic, run_clinic

from turn_server import coturn, installed

pytestmark = pytest.mark.long
#: A camera with a moving picture, permission without a question, and candidates of the loopback.
FAKE = (
    "--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream", "--allow-loopback-in-peer-connection",
    "--autoplay-policy=no-user-gesture-required",
)  # fmt: skip


@pytest.fixture(scope="module")
def clinic(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Clinic]:
    chromium()
    folder = tmp_path_factory.mktemp("clinic")
    with ExitStack() as stack:
        more = {}
        if installed():
            settings = stack.enter_context(coturn(folder / "turn", loopback=True))
            more = {"ENTREPOT_TURN": " ".join(settings.addresses), "ENTREPOT_TURN_SECRET": settings.secret}
        yield stack.enter_context(run_clinic(folder / "node", **more))


@pytest.fixture(scope="module")
def playwright() -> Iterator[Any]:
    sync_api = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
    with sync_api.sync_playwright() as running:
        yield running


@pytest.fixture(scope="module")
def chrome(playwright: Any) -> Iterator[Any]:
    """Chromium with a camera and a microphone."""
    running = playwright.chromium.launch(executable_path=chromium(), args=[*QUIET, *FAKE], timeout=PATIENCE)
    yield running
    running.close()


KEEP_STATES = """() => {
  const box = document.querySelector('[data-at="status"]');
  window.passed = [];
  new MutationObserver(() => window.passed.push(box.dataset.key)).observe(box, { attributes: true });
}"""


class Caller:
    """One side of a visit, in a context of its own."""

    def __init__(
        self, chrome: Any, clinic: Clinic, who: str, number: str, language: str = "en", width: int = 1280
    ) -> None:
        self.context = chrome.new_context(viewport={"width": width, "height": 900})
        self.context.add_cookies(
            [{"name": "sessionid", "value": clinic.cookies(who)["sessionid"], "url": clinic.server.url}]
        )
        self.page = self.context.new_page()
        self.page.set_default_timeout(PATIENCE)
        self.errors: list[str] = []
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on(
            "console", lambda said: self.errors.append(said.text) if "Content Security Policy" in said.text else None
        )
        self.page.goto(clinic.server.url + clinic.path(number, language))

    def press(self, name: str) -> None:
        """Press a button of the page."""
        self.page.locator(f'[data-at="{name}"]').click()

    def wait_status(self, key: str) -> None:
        """Wait for a state of the page."""
        self.page.wait_for_selector(f'[data-at="status"][data-key="{key}"]')

    def keep_states(self) -> None:
        """Keep the states that the page has from now on: one may have passed before the test looks."""
        self.page.evaluate(KEEP_STATES)

    def wait_passed(self, key: str) -> None:
        """Wait until the page has, or had, a state."""
        self.page.wait_for_function("key => window.passed.includes(key)", arg=key)

    def wait_frames(self, more: int = 10) -> int:
        """Wait until so many more pictures of the other side were decoded."""
        before = int(self.page.locator("#visit").get_attribute("data-frames") or 0)
        self.page.wait_for_function(
            "least => Number(document.getElementById('visit').dataset.frames || 0) >= least", arg=before + more
        )
        return before + more


@contextmanager
def visit(
    chrome: Any, clinic: Clinic, *, relayed: str = "", mode: str = "video"
) -> Iterator[tuple[Caller, Caller, str]]:
    """The buyer and the provider of a visit, connected."""
    number = clinic.desk.ask("ready")
    buyer, provider = (Caller(chrome, clinic, who, number) for who in ("buyer", "seller"))
    try:
        for side, who in ((buyer, "buyer"), (provider, "provider")):
            if mode != "video":
                side.page.locator('[data-at="mode"]').select_option(mode)
            if who == relayed:
                side.page.locator('[data-at="relay"]').check()
            side.press("enter")
        buyer.wait_status("waiting")
        provider.wait_status("someone")
        provider.press("admit")
        for side in (buyer, provider):
            side.wait_status("connected")
        yield buyer, provider, number
        assert (buyer.errors, provider.errors) == ([], [])
    finally:
        for side in (buyer, provider):
            side.context.close()


def sessions(clinic: Clinic, number: str, ends: int = 1) -> list[Any]:
    """The begins and ends of the sessions of a visit, once there are so many ends."""
    until = time.monotonic() + 120
    while True:
        found: list[Any] = clinic.desk.ask("sessions", number)
        if [kind for kind, _time, _payload in found].count("ended") >= ends:
            return found
        assert time.monotonic() < until, found
        time.sleep(0.1)


def test_two_browsers_see_and_write_to_each_other_and_the_session_matches(chrome: Any, clinic: Clinic) -> None:
    begin = dt.datetime.now(dt.UTC)
    with visit(chrome, clinic) as (buyer, provider, number):
        for side in (buyer, provider):
            side.wait_frames()
            assert side.page.locator('[data-at="other"]').evaluate("each => each.videoWidth") > 0
            assert side.page.locator("#visit").get_attribute("data-relayed") == "false"
        buyer.page.locator("#visit-text").fill("Xin chào bác sĩ")
        buyer.page.keyboard.press("Enter")
        provider.page.get_by_text("Xin chào bác sĩ").wait_for()
        provider.press("mute")
        provider.press("hide")
        buyer.page.get_by_text("The other side shows no picture. The other side has its microphone off.").wait_for()
        shot(buyer.page, "visit call buyer")
        provider.press("leave")
        buyer.wait_status("waiting_alone")
        told = buyer.page.locator('[data-at="ended"]').inner_text()
        assert re.match(r"The provider left the visit\. It lasted \d+:\d\d", told), told
        end = dt.datetime.now(dt.UTC)
        (begun, begun_at, first), (ended, _time, last) = sessions(clinic, number)
        assert (begun, ended, last["reason"], last["session"]) == (
            "begun",
            "ended",
            "left_by_provider",
            first["session"],
        )
        assert begin <= dt.datetime.fromisoformat(begun_at) <= end
        seconds = (dt.datetime.fromisoformat(last["time"]) - dt.datetime.fromisoformat(begun_at)).total_seconds()
        assert abs(seconds - last["seconds"]) < 0.002
        assert 0 <= last["seconds"] <= (end - begin).total_seconds() + 1
        assert clinic.desk.ask("encounter", number) == ["finished", begun_at, last["time"], last["seconds"]]
        buyer.press("leave")
        buyer.wait_status("You have left the visit.")


def test_one_side_may_send_everything_through_the_relay(chrome: Any, clinic: Clinic) -> None:
    if not installed():
        pytest.skip("turnserver is not installed: on Debian, apt-get install coturn")
    with visit(chrome, clinic, relayed="buyer") as (buyer, provider, _number):
        for side in (buyer, provider):
            side.wait_frames()
            assert side.page.locator("#visit").get_attribute("data-relayed") == "true"
        provider.press("leave")


#: What the browser measures of a line that needs two seconds to and fro.
SLOW = """() => {
  const measured = RTCPeerConnection.prototype.getStats;
  RTCPeerConnection.prototype.getStats = async function () {
    const slow = (each) => (each.type === "candidate-pair" ? { ...each, currentRoundTripTime: 2 } : each);
    return new Map([...(await measured.call(this)).entries()].map(([id, each]) => [id, slow(each)]));
  };
}"""


def test_on_a_poor_line_the_page_offers_sound_only_and_the_pictures_end(chrome: Any, clinic: Clinic) -> None:
    with visit(chrome, clinic) as (buyer, provider, _number):
        for side in (buyer, provider):
            side.wait_frames()
        buyer.page.evaluate(SLOW)
        buyer.page.locator('[data-at="quality"]').get_by_text("Poor connection").wait_for()
        buyer.press("advice-audio")
        assert buyer.page.locator('[data-at="audio-only"]').get_attribute("aria-pressed") == "true"
        assert buyer.page.locator('[data-at="advice"]').is_hidden()
        # The other side sends no pictures any more, and both still write to each other.
        buyer.page.wait_for_function(
            """async () => {
              const frames = () => Number(document.getElementById("visit").dataset.frames || 0), before = frames();
              await new Promise((done) => setTimeout(done, 5000));
              return frames() === before;
            }"""
        )
        buyer.page.locator("#visit-text").fill("Only sound")
        buyer.page.keyboard.press("Enter")
        provider.page.get_by_text("Only sound").wait_for()
        provider.press("leave")


def test_a_visit_is_held_with_sound_only(chrome: Any, clinic: Clinic) -> None:
    with visit(chrome, clinic, mode="audio") as (buyer, provider, number):
        for side in (buyer, provider):
            side.page.wait_for_function(
                """() => {
                  const heard = document.querySelector('[data-at="other"]').srcObject;
                  return heard?.getAudioTracks().some((each) => each.readyState === "live" && !each.muted);
                }"""
            )
            assert side.page.locator('[data-at="other"]').evaluate("each => each.videoWidth") == 0
        provider.press("leave")
        assert sessions(clinic, number)[1][2]["reason"] == "left_by_provider"


def test_a_killed_socket_process_is_come_back_to(chrome: Any, clinic: Clinic) -> None:
    with visit(chrome, clinic) as (buyer, provider, number):
        for side in (buyer, provider):
            side.keep_states()
        clinic.kill_sockets()
        for side in (buyer, provider):
            side.wait_passed("reconnecting")
        for side in (buyer, provider):
            side.wait_status("connected")
            side.wait_frames(5)
        buyer.press("leave")
        found = sessions(clinic, number)
        assert [kind for kind, _time, _payload in found] == ["begun", "ended"]
        assert found[1][2]["reason"] == "left_by_buyer"


def test_a_page_that_is_loaded_again_comes_back_to_the_same_session(chrome: Any, clinic: Clinic) -> None:
    with visit(chrome, clinic) as (buyer, provider, number):
        buyer.page.reload()
        provider.wait_status("other_lost")
        buyer.press("enter")
        for side in (buyer, provider):
            side.wait_status("connected")
        buyer.wait_frames(5)
        buyer.press("leave")
        assert [kind for kind, _time, _payload in sessions(clinic, number)] == ["begun", "ended"]


def test_a_consent_that_is_withdrawn_closes_the_visit_within_two_seconds(chrome: Any, clinic: Clinic) -> None:
    with visit(chrome, clinic, mode="text") as (buyer, provider, number):
        clinic.desk.ask("withdraw", number)
        begin = time.monotonic()
        for side in (buyer, provider):
            side.page.wait_for_selector("text=This visit is not open")
        print("closed after", time.monotonic() - begin)
        assert sessions(clinic, number)[1][2]["reason"] == "access_ended"
        buyer.page.reload()
        buyer.page.locator('[data-at="mode"]').select_option("text")
        buyer.press("enter")
        buyer.page.wait_for_selector("text=nothing can be opened")


def test_the_page_passes_axe_and_fits_a_telephone(chrome: Any, clinic: Clinic) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe is not installed")
    number = clinic.desk.ask("ready")
    for language, width in (("en", 360), ("en", 1440), ("zh", 360), ("vi", 360), ("th", 360), ("km", 360)):
        for who in ("buyer", "seller") if language == "en" else ("buyer",):
            side = Caller(chrome, clinic, who, number, language, width)
            side.press("check")
            side.wait_status("ready")
            assert_small(side.page, f"{language} {who}")
            assert side.page.evaluate("document.documentElement.scrollWidth") <= width, (language, who)
            # The parts of the call are shown as they are in one.
            side.page.evaluate("for (const each of document.querySelectorAll('#visit [hidden]')) each.hidden = false")
            assert side.page.evaluate("document.documentElement.scrollWidth") <= width, (language, who)
            if language in ("en", "km") and (who == "buyer" or width == 360):
                assert axe.Axe().run(side.page).violations_count == 0, (language, who)
            shot(side.page, f"visit call {language} {width} {who}")
            assert side.errors == []
            side.context.close()


def test_a_refused_camera_is_said_plainly_and_the_keyboard_is_enough(playwright: Any, clinic: Clinic) -> None:
    number = clinic.desk.ask("ready")
    plain = playwright.chromium.launch(executable_path=chromium(), args=list(QUIET), timeout=PATIENCE)
    try:
        side = Caller(plain, clinic, "buyer", number)
        side.page.locator('[data-at="check"]').focus()
        side.page.keyboard.press("Enter")
        side.page.wait_for_selector('[data-at="status"].bad')
        assert side.page.locator('[data-at="status"]').get_attribute("data-key") in ("denied", "absent")
        side.page.locator('[data-at="mode"]').focus()
        side.page.keyboard.press("End")
        side.wait_status("ready")
        for _ in range(30):
            side.page.keyboard.press("Shift+Tab")
            if side.page.evaluate("document.activeElement.dataset.at") == "enter":
                break
        side.page.keyboard.press("Enter")
        side.wait_status("waiting_alone")
    finally:
        plain.close()
