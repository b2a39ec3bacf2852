"""The sandbox of a payment company: its page, its switches, its restart, and a node that pays by it."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

pytest.importorskip("django", reason="the server is not installed")

from chromium import assert_no_barriers, browser, shot

from entrepot.connect.payments.sandbox import SandboxPayments
from entrepot.trade.payments import commands, notices
from entrepot.trade.payments.deliver import Delivery
from entrepot.trade.payments.payouts import start_payout
from entrepot.trade.payments.provider import Authorization, ProviderDown, ProviderRefused
from entrepot.trade.payments.state import Payment
from sandbox_process import NotStarted, Receiver, Sandbox, receiver, run, until
from trade.payment_steps import LEE, PAID, TOTAL, Node

ASKED = {"payment": "py_1", "order": "or_1", "amount": 11410, "currency": "CNY", "payer": LEE}
QUIET = {
    "decline": False, "fail_captures": False, "fail_refunds": False, "off_by": 0, "other_payer": False, "convert": "",
    "fee": 0, "valid_days": 7, "fail_payouts": False, "slow": 0, "wrong": False, "absent": False, "repeat": 1,
    "late": 0, "reorder": False, "garbage": False, "day": "2026-03-02",
}  # fmt: skip
#: Bytes of a page with its style sheet.
MAX_PAGE = 150_000
COUNT = iter(range(10**6))


@pytest.fixture(scope="module")
def inbox() -> Iterator[Receiver]:
    with receiver() as running:
        yield running


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("payments")


@pytest.fixture(scope="module")
def running(folder: Path, inbox: Receiver) -> Iterator[Sandbox]:
    with run("payments", folder, "--delay", "0", "--retry", "0.05", "--send-to", inbox.url) as started:
        yield started


@pytest.fixture
def sandbox(running: Sandbox) -> Sandbox:
    running.switch(**QUIET)
    return running


def provider_of(sandbox: Sandbox, timeout: float = 120) -> SandboxPayments:
    return SandboxPayments(
        sandbox.url, sandbox.start["control_token"], sandbox.start["webhook_secret"], timeout=timeout
    )


def begin(sandbox: Sandbox, **changes: Any) -> dict[str, Any]:
    answer = sandbox.post("/payments", {**ASKED, **changes}, **{"Idempotency-Key": f"k{next(COUNT)}"})
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


class NodeOf:
    """A node whose payments go to the sandbox, and what its provider notified of."""

    def __init__(self, sandbox: Sandbox, inbox: Receiver) -> None:
        self.node, self.inbox, self.provider = Node(), inbox, provider_of(sandbox)
        by_name = {"sandbox": self.provider}
        self.node.delivery = Delivery(self.node.books, by_name, self.node.policy, by_name)

    def start(self, method: str = "approved", **means: Any) -> Payment:
        """Begin to pay an order, and ask the provider."""
        number = next(COUNT)
        due = self.node.due(f"or_{number}", buyer=LEE)
        payment = self.node.start(due, key=f"k{number}", provider="sandbox", method=method, payer=LEE, **means)
        self.node.send()
        return self.node.read(payment.id)

    def notified(self, payment: str, outcomes: int = 1) -> list[notices.Received]:
        """Take every notification about a payment or a payout that arrived, once so many are there."""
        name = payment.encode()

        def about() -> list[tuple[dict[str, str], bytes]]:
            return [each for each in self.inbox.received if name in each[1]]

        until(lambda: len(about()) >= outcomes)
        return [self.take(headers, body) for headers, body in about()]

    def take(self, headers: dict[str, str], body: bytes) -> notices.Received:
        """Take a notification."""
        given = {name.lower(): value for name, value in headers.items()}
        return notices.receive_notification(self.node.books, self.provider, body, given)


@pytest.fixture
def paying(sandbox: Sandbox, inbox: Receiver) -> NodeOf:
    return NodeOf(sandbox, inbox)


def test_an_order_is_paid_refunded_and_its_seller_paid_out(paying: NodeOf) -> None:
    node, payment = paying.node, paying.start()
    assert (payment.status, payment.payer_hash == payment.buyer_hash) == ("authorized", True)
    assert payment.transaction.startswith("SBXPAY")
    node.books.run(lambda tx: commands.capture(tx, payment.id, key="c"))
    node.send()
    order = payment.order
    owed = {name.replace("provider/memory", "provider/sandbox"): amount for name, amount in PAID.items()}
    assert node.balances() == owed
    node.books.run(lambda tx: commands.refund(tx, payment.id, 1141, key="r"))
    node.send()
    assert node.read(payment.id).status == "partially_refunded"
    assert {each.outcome for each in paying.notified(payment.id, 3)} == {"recorded"}
    assert f"buyer/{order}" not in node.balances()
    account = {"account": "6222 0000 0000 0001"}
    payout = node.books.run(lambda tx: start_payout(tx, "og_a", "CNY", provider="sandbox", account=account, key="p"))
    node.send()
    assert node.books.read(payout.id).status == "paid"
    # A tenth of the order was refunded: of 95.00 the seller keeps 85.50.
    assert (payout.amount, "seller/og_a" in node.balances()) == (8550, False)
    assert sum(node.balances().values()) == 0


def test_a_buyer_declines_and_then_approves_on_the_page(sandbox: Sandbox, paying: NodeOf) -> None:
    payment = paying.start(method="", capture="automatic")
    action = paying.node.books.run(lambda tx: tx.get_personal(payment.action))
    with httpx.Client(follow_redirects=True, timeout=120) as browser:

        def answer(word: str, **changes: str) -> httpx.Response:
            page = browser.get(action["url"])
            token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.text)
            assert token is not None
            form = {"csrfmiddlewaretoken": token[1], "answer": word, **LEE, **changes}
            return browser.post(action["url"], data=form, headers={"Referer": action["url"]})

        first = browser.get(action["url"])
        assert "Sandbox: this is not a company" in first.text
        assert "Pay 114.10 CNY" in first.text
        assert first.headers["Entrepot-Sandbox"] == "sandbox: no money is moved"
        # The node has said who pays; who has only the address of the page does not read it.
        assert not [each for name, each in LEE.items() if name != "identity_type" and each in first.text]
        assert answer("steal").status_code == 422
        assert answer("approve", name="").status_code == 422
        assert "<dd>declined</dd>" in answer("decline").text
        assert "<dd>captured</dd>" in answer("approve").text
        assert "nothing to do" in browser.get(action["url"]).text
        assert browser.get(action["url"][:-1] + "x").status_code == 404
        assert browser.post(action["url"], data={"answer": "approve"}).status_code == 403  # another site's form
    paying.notified(payment.id, 2)
    assert paying.node.read(payment.id).status == "captured"
    kinds = [event.kind for _, event in paying.node.books.events(stream=payment.id)]
    assert "payment.declined" in kinds or paying.node.read(payment.id).declined == 0


@pytest.mark.long
def test_a_buyer_pays_in_the_browser_in_five_languages_on_a_narrow_screen(sandbox: Sandbox) -> None:
    made = begin(sandbox, return_url="https://shop.example/orders/1")
    with browser() as chrome:
        page = chrome.new_page(viewport={"width": 360, "height": 740})  # type: ignore[attr-defined]  # Playwright's
        weights: list[int] = []
        page.on("response", lambda answer: weights.append(len(answer.body())) if answer.status == 200 else None)

        def look(name: str) -> None:
            page.wait_for_load_state("load")  # with the style sheet
            shot(page, f"payments-{name}")
            assert page.evaluate("document.documentElement.scrollWidth") <= 360, name
            assert_no_barriers(page, name, again=language != "en")
            assert sum(weights) < MAX_PAGE
            weights.clear()

        for language, heading in (("zh", "支付"), ("vi", "Thanh toán"), ("th", "ชำระ"), ("km", "បង់"), ("en", "Pay")):
            page.goto(f"{made['action']['url']}?lang={language}")
            assert page.locator("h1").inner_text().startswith(heading)
            assert page.locator("html").get_attribute("lang") == language
            look(language)
        page.get_by_label("Name").fill("")
        page.get_by_role("button", name="Approve the payment").click()
        assert "Write the name" in page.get_by_role("alert").inner_text()
        look("fault")
        page.get_by_label("Identity number").fill(LEE["identity_number"])
        page.get_by_label("Name").fill(LEE["name"])
        page.keyboard.press("Tab")
        page.keyboard.press("Tab")
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")  # the first button
        page.get_by_text("authorized").wait_for()
        look("authorized")
        assert (
            page.get_by_role("link", name="Back to the shop").get_attribute("href") == "https://shop.example/orders/1"
        )
    assert sandbox.get(f"/payments/{made['id']}").json()["payer"]["name"] == LEE["name"]


def test_another_payer_or_a_wrong_amount_is_held_and_given_back(sandbox: Sandbox, paying: NodeOf) -> None:
    for switch, hold in (
        ({"other_payer": True}, "payer_not_buyer"),
        ({"other_payer": False, "off_by": 1}, "amount_differs"),
    ):
        sandbox.switch(**switch)
        payment = paying.start(capture="automatic")
        assert payment.hold == hold
        paying.node.send()
        assert paying.node.read(payment.id).refunded == payment.captured
    assert paying.node.balances() == {}


def test_a_converted_payment_has_both_amounts_and_the_rate(sandbox: Sandbox, paying: NodeOf) -> None:
    sandbox.switch(convert="USD", fee=10)
    payment = paying.start(capture="automatic")
    assert payment.presented is not None
    # 114.10 / 7.1761 = 15.8999…
    assert (payment.presented.currency, payment.presented.amount, payment.presented.rate) == ("USD", 1590, "7.1761")
    assert payment.fees == 114
    assert paying.node.balances()["platform/provider_fees"] == -114
    assert paying.node.balances()["provider/sandbox"] == 114 - TOTAL


def test_refusals_of_captures_and_failed_refunds_and_payouts(sandbox: Sandbox, paying: NodeOf) -> None:
    node, payment = paying.node, paying.start()
    sandbox.switch(fail_captures=True)
    node.books.run(lambda tx: commands.capture(tx, payment.id, key="c"))
    node.send()
    assert node.read(payment.id).error == "capture_failed"
    sandbox.switch(fail_captures=False, fail_refunds=True, fail_payouts=True)
    node.books.run(lambda tx: commands.capture(tx, payment.id, key="c2"))
    node.send()
    node.books.run(lambda tx: commands.refund(tx, payment.id, 1000, key="r"))
    node.send()
    (number,) = node.read(payment.id).refunds
    assert node.read(payment.id).refunds[number].status == "failed"
    assert node.balances()[f"buyer/{payment.order}"] == 1000
    account = {"account": "1"}
    payout = node.books.run(
        lambda tx: start_payout(tx, "og_a", "CNY", 100, provider="sandbox", account=account, key="p")
    )
    owed = node.balances()["seller/og_a"]
    node.send()
    assert (node.books.read(payout.id).status, node.balances()["seller/og_a"]) == ("failed", owed + 100)
    sandbox.switch(fail_refunds=False)
    node.books.run(lambda tx: commands.retry_refund(tx, payment.id, number, key="again"))
    node.send()
    assert node.read(payment.id).refunds[number].status == "succeeded"


def test_a_dispute_and_an_expiry_are_notified(sandbox: Sandbox, paying: NodeOf) -> None:
    payment = paying.start(capture="automatic")
    sandbox.post(f"/control/payments/{payment.reference}", {"move": "dispute"}).raise_for_status()
    paying.notified(payment.id, 2)
    assert paying.node.read(payment.id).status == "disputed"
    sandbox.post(f"/control/payments/{payment.reference}", {"move": "dispute_won"}).raise_for_status()
    paying.notified(payment.id, 3)
    assert paying.node.read(payment.id).status == "captured"
    other = paying.start()
    sandbox.switch(day="2026-03-10")  # its calendar goes on: the authorisation lasts seven days
    until(
        lambda: (
            {each.outcome for each in paying.notified(other.id, 2)} and paying.node.read(other.id).status == "expired"
        )
    )
    assert sandbox.post(f"/control/payments/{other.reference}", {"move": "steal"}).status_code == 422


def test_notifications_are_repeated_damaged_and_out_of_order_and_count_once(sandbox: Sandbox, paying: NodeOf) -> None:
    sandbox.switch(repeat=3, garbage=True)
    payment = paying.start(capture="automatic")
    about = until(
        lambda: (
            (each := [e for e in paying.inbox.received if payment.reference.encode() in e[1]])
            and len(each) >= 4
            and each
        )
    )
    outcomes = [paying.take(headers, body).outcome for headers, body in reversed(about)]
    assert outcomes == ["recorded", "repeated", "repeated", "kept"]  # the damaged copy came first, and is signed
    (notice,) = paying.node.books.list_objects("no_")
    assert notice.reason == "unreadable"
    assert paying.node.read(payment.id).captured == TOTAL


def test_a_sandbox_that_is_absent_or_wrong_or_slow_is_asked_again(sandbox: Sandbox, paying: NodeOf) -> None:
    for switch in ({"absent": True}, {"absent": False, "wrong": True}):
        sandbox.switch(**switch)
        with pytest.raises(ProviderDown):
            paying.provider.authorize(Authorization(payment="py_1", order="or_1", amount=1, currency="CNY"), key="k")
    sandbox.switch(wrong=False, slow=1)
    with pytest.raises(ProviderDown, match=r"not within 0\.2 s"):
        provider_of(sandbox, timeout=0.2).read("SP1")
    sandbox.switch(slow=0)
    with pytest.raises(ProviderRefused) as error:
        paying.provider.read("SP1")
    assert error.value.code == "not_found"


def test_the_voucher_has_what_customs_asks_a_payment_company_for(sandbox: Sandbox, paying: NodeOf) -> None:
    payment = paying.start(capture="automatic")
    voucher = paying.provider.voucher(payment.reference)
    assert {name: voucher[name] for name in ("payTransactionId", "orderNo", "amountPaid", "currency")} == {
        "payTransactionId": payment.transaction, "orderNo": payment.order, "amountPaid": TOTAL, "currency": "CNY",
    }  # fmt: skip
    assert (voucher["payerName"], voucher["payerIdType"]) == (LEE["name"], "1")
    assert (voucher["payerIdNumber"], voucher["telephone"]) == (LEE["identity_number"], LEE["telephone"])
    assert re.fullmatch(r"20\d{12}", voucher["payTime"])
    exchange = paying.node.books.run(lambda tx: tx.get_personal(payment.exchange))
    assert (exchange["request"], exchange["response"]) == (voucher["initalRequest"], voucher["initalResponse"])
    with pytest.raises(ProviderRefused, match="not paid"):
        paying.provider.voucher(begin(sandbox)["id"])


def test_the_api_refuses_what_it_cannot_read(sandbox: Sandbox) -> None:
    key = {"Idempotency-Key": f"k{next(COUNT)}"}
    for body, status, code in (
        ({}, 422, "invalid"),
        ({**ASKED, "amount": 0}, 422, "invalid"),
        ({**ASKED, "amount": 1.5}, 422, "invalid"),
        ({**ASKED, "currency": "yuan"}, 422, "invalid"),
        ({**ASKED, "card": "4242"}, 422, "invalid"),
        ([], 422, "invalid"),
    ):
        answer = sandbox.post("/payments", body or {"x": 1}, **key)
        assert (answer.status_code, answer.json()["error"]["code"]) == (status, code), body
    assert sandbox.post("/payments", ASKED).json()["error"]["code"] == "no_key"
    assert httpx.post(sandbox.url + "/payments", json=ASKED, timeout=120).status_code == 401
    assert sandbox.post("/payments", ASKED, **key).status_code == 201
    assert sandbox.post("/payments", {**ASKED, "amount": 1}, **key).json()["error"]["code"] == "key_reused"
    made = begin(sandbox)
    assert (
        sandbox.post(
            f"/payments/{made['id']}/capture", {"amount": 1, "currency": "CNY"}, **{"Idempotency-Key": "x1"}
        ).status_code
        == 409
    )
    assert sandbox.get("/payments/SP1").status_code == 404
    assert [each["id"] for each in sandbox.get("/payments?limit=1").json()["data"]] == [made["id"]]


@pytest.mark.long
def test_a_restart_keeps_payments_keys_and_secrets(tmp_path: Path) -> None:
    key = {"Idempotency-Key": "k"}
    with run("payments", tmp_path, "--delay", "0") as first:
        made = first.post("/payments", {**ASKED, "method": "approved"}, **key).json()
        first.switch(fee=5)
        first.kill()
        token, secret = first.start["control_token"], first.start["webhook_secret"]
    with run("payments", tmp_path, "--delay", "0") as second:
        assert (second.start["control_token"], second.start["webhook_secret"]) == (token, secret)
        assert second.post("/payments", {**ASKED, "method": "approved"}, **key).json() == made
        assert second.get(f"/payments/{made['id']}").json()["status"] == "authorized"
        assert second.get("/control/switches").json()["fee"] == 5
        with pytest.raises(NotStarted):
            Sandbox("payments", tmp_path, "--port", "0")
        assert second.stop() == 0


def test_a_refund_and_a_payout_take_the_delay(tmp_path: Path) -> None:
    with run("payments", tmp_path, "--delay", "0.1") as sandbox:
        made = sandbox.post(
            "/payments", {**ASKED, "method": "approved", "capture": "automatic"}, **{"Idempotency-Key": "k"}
        ).json()
        path = f"/payments/{made['id']}/refunds"
        back = sandbox.post(
            path, {"amount": 10, "currency": "CNY", "refund": "rf_1"}, **{"Idempotency-Key": "r"}
        ).json()
        assert [each["status"] for each in back["refunds"]] == ["pending"]
        order = {"payout": "po_1", "recipient": "og_1", "amount": 10, "currency": "CNY", "account": "1"}
        payout = sandbox.post("/payouts", order, **{"Idempotency-Key": "p"}).json()
        assert payout["status"] == "in_transit"
        until(lambda: sandbox.get(f"/payments/{made['id']}").json()["refunds"][0]["status"] == "succeeded")
        until(lambda: sandbox.get(f"/payouts/{payout['id']}").json()["status"] == "paid")
        with contextlib.suppress(OSError):
            sandbox.stop()
