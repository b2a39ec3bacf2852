"""The demonstration of two nodes: those of Viet Nam and of China, complete, on this machine only.

They meet, compare the thumbprints of their keys, and open what the agreements between the two economies allow. A
consumer in China buys coffee that is listed in the pavilion of Viet Nam's node; a consultation is held across the
border, after one was refused by a rule on data; documents are verified; a message is sent twice, one is changed, and
both are refused; one node stops and returns; the month is settled; each checks the ledger of the other.
Everything is stored in a folder of its own; the counterparts are sandboxes, so nothing is paid, released or carried.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from entrepot.language.translate import N_
from entrepot.measure.lines import LedgerLine
from entrepot.model.errors import TradeError
from entrepot.trade_app.demo import Say, Timeout
from entrepot.trade_app.nodes.demo_nodes import DemoNode, Fault, nodes
from entrepot.trade_app.statistics.comparing import compare, mirror_json

#: Seconds that the demonstration waits for one thing to happen, between two looks, and for an answer.
PATIENCE, STEP, TIMEOUT = 180.0, 0.1, 60.0
PAVILION = "vn-viet-nam"


class Refusal(NamedTuple):
    """Something that was refused: what, the code, and the reason in words."""

    what: str
    code: str
    why: str


class Traded(NamedTuple):
    """An order of both nodes: what was bought, how it ended on each side, and its documents with their checks."""

    what: str
    order: str
    common: str
    status: str
    exporter: str
    total: int
    documents: Mapping[str, str]


class Report(NamedTuple):
    """What happened. `events`, `verified`: of the ledgers; `checked`: each node kept and checked that of the other.

    `mirror`: the exports of Viet Nam's node against the imports of China's, with the reasons of the gap.
    """

    nodes: tuple[Mapping[str, Any], ...]
    orders: tuple[Traded, ...]
    refused: tuple[Refusal, ...]
    settled: Mapping[str, Any]
    events: int
    verified: bool
    checked: bool
    mirror: Mapping[str, Any]
    folder: Path

    @property
    def balances(self) -> bool:
        """Whether both nodes computed the same for the month."""
        return bool(self.settled.get("agreed"))


class Stage:
    """The two nodes while the demonstration runs. `at_vn`, `at_cn`: the id of the other node in the books of each."""

    def __init__(self, viet_nam: DemoNode, china: DemoNode, say: Say) -> None:
        self.vn, self.cn, self.say = viet_nam, china, say
        self.at_vn = self.at_cn = ""
        self.offers: dict[str, str] = {}
        self.opened: Mapping[str, Any] = {}
        self.refused: list[Refusal] = []


def run(folder: Path, say: Say) -> Report:
    """Run the demonstration with its data in `folder`.

    Raises demo_processes.NotStarted, demo.Timeout, demo_nodes.Fault, TradeError.
    """
    say("", N_("Two nodes start, each with its counterparts; their data is in {folder}"), folder=str(folder))
    # The consultation is held at the node of Viet Nam: the other one needs no socket process.
    with nodes(folder, ("VN", "CN"), {"CN": {"ENTREPOT_SOCKETS": "off"}}) as (viet_nam, china):
        stage = Stage(viet_nam, china, say)
        say("", N_("They are running: {one} and {other}"), one=f"{viet_nam.url}/", other=f"{china.url}/")
        introduce(stage)
        list_offers(stage)
        orders = [buy_coffee(stage)]
        attack(stage)
        orders.append(stop_and_return(stage))
        orders += hold_consultation(stage)
        settled = settle(stage)
        return _report(stage, orders, settled, folder)


def introduce(stage: Stage) -> None:
    """The nodes read each other's description; officers compare the keys; capabilities are opened."""
    vn, cn = stage.vn, stage.cn
    stage.at_vn, stage.at_cn = vn.desk("meet", address=cn.url), cn.desk("meet", address=vn.url)
    vn.desk("compare", peer=stage.at_vn, heard=cn.desk("thumbprints"))
    cn.desk("compare", peer=stage.at_cn, heard=vn.desk("thumbprints"))
    for node, peer in ((vn, stage.at_vn), (cn, stage.at_cn)):
        _activate(node, peer)
    stage.say("", N_("descriptions read, thumbprints compared by two officers on each side, challenges answered"))
    stage.opened = vn.desk("open_capabilities", peer=stage.at_vn)
    cn.desk("open_capabilities", peer=stage.at_cn)
    agreements = ", ".join(vn.desk("agreements", peer=stage.at_vn))
    stage.say(
        "",
        N_("opened by two persons on each side: {names}; agreements in force: {agreements}"),
        names=", ".join(stage.opened["open"]),
        agreements=agreements,
    )


def _activate(node: DemoNode, peer: str) -> None:
    wait(lambda: node.desk("challenge", peer=peer) == "active", "the challenge is answered")


def list_offers(stage: Stage) -> None:
    """Viet Nam's seller presents its offers; China's node keeps them and prices them by its law."""
    there = stage.vn.desk("present")
    kept = stage.cn.desk("read_offers", peer=stage.at_cn)
    shown = {each["there"]: each for each in stage.cn.desk("market_of", pavilion=PAVILION)}
    stage.offers = {name: shown[number]["offer"] for name, number in there.items()}
    asked = stage.vn.desk("price", peer=stage.at_vn, offer=there["coffee"])
    stage.say(
        "",
        N_("{count} offers of Viet Nam's pavilion are in China's market; the coffee costs {landed} {currency} there"),
        count=str(kept["offers"]),
        landed=asked["landed"],
        currency=asked["currency"],
    )


def buy_coffee(stage: Stage) -> Traded:
    """A consumer in China buys the coffee, and its documents are verified."""
    number = stage.cn.desk("order", offer=stage.offers["coffee"], key="demo-coffee")
    stage.say("coffee", N_("ordered and paid at China's node: {order}"), order=number)
    found = agreed(stage, number)
    stage.say("coffee", N_("both nodes signed one text: {common}"), common=found["common"])
    there = stage.vn.desk("order_of", common=found["common"])
    wait(lambda: stage.vn.desk("state", order=there)["ready"], "the payment and the address are at Viet Nam's node")
    stage.vn.desk("issue_documents", order=there)
    checked = wait(lambda: _documents(stage, number), "the documents are verified at China's node")
    stage.say("coffee", N_("{count} documents verified with the key of their issuer"), count=str(len(checked)))
    return delivered(stage, "coffee", number)


def stop_and_return(stage: Stage) -> Traded:
    """Viet Nam's node stops; a consumer orders meanwhile; the node returns, and the order goes on."""
    stage.vn.server.stop()
    number = stage.cn.desk("order", offer=stage.offers["coffee"], key="demo-meanwhile")
    stage.say("", N_("Viet Nam's node has stopped; ordered meanwhile: {order}"), order=number)
    stage.vn.server.start()
    stage.vn.server.wait()
    agreed(stage, number)
    stage.say("", N_("it has returned, and the order was agreed"))
    return delivered(stage, "coffee", number)


def agreed(stage: Stage, number: str) -> Mapping[str, Any]:
    """Wait until both nodes have signed the text of an order. Raises TradeError where it was rejected."""

    def look() -> Mapping[str, Any] | None:
        found: Mapping[str, Any] = stage.cn.desk("state", order=number)
        if found["agreed"] == "rejected":
            raise TradeError("order_rejected", "The order was rejected: {reason}.", reason=found["reason"])
        return found if found["agreed"] == "accepted" else None

    found: Mapping[str, Any] = wait(look, f"{number} is agreed")
    return found


def delivered(stage: Stage, what: str, number: str) -> Traded:
    """Wait until an order is released, delivered and closed on both sides."""

    def look() -> Traded | None:
        found = stage.cn.desk("state", order=number)
        there = stage.vn.desk("order_of", common=found["common"])
        other = stage.vn.desk("state", order=there) if there else {"status": ""}
        made = traded(what, found, other)
        return made if made.status == "closed" and made.exporter in ("closed", "delivered") else None

    made: Traded = wait(look, f"{number} is closed on both sides")
    stage.say(what, N_("released by the sandbox of China's customs, and delivered"))
    return made


def traded(what: str, found: Mapping[str, Any], other: Mapping[str, Any]) -> Traded:
    """An order as both nodes have it."""
    return Traded(
        what,
        found["order"],
        found["common"],
        found["status"],
        other["status"],
        found["total"],
        found["documents"],
    )


def _documents(stage: Stage, number: str) -> Mapping[str, str] | None:
    """The documents of an order, once all of them were checked."""
    found: Mapping[str, str] = stage.cn.desk("state", order=number)["documents"]
    return found if found and all(found.values()) else None


def attack(stage: Stage) -> None:
    """Somebody on the way sends a signed message again, and another one with another body: both are refused."""
    for what, change in (("message_replayed", False), ("message_altered", True)):
        made = stage.cn.desk("signed_request", peer=stage.at_cn)
        body = made["body"].encode()
        if change:
            body = body.replace(b"offer.list", b"offer.query")
        else:
            post(made["url"], made["headers"], body)
        status, answer = post(made["url"], made["headers"], body)
        error = answer.get("error", {})
        if status < 400:  # an error of HTTP
            raise Fault(f"{what} was accepted: {answer}")
        stage.refused.append(Refusal(what, error.get("code", ""), error.get("message", "")))
    stage.say("", N_("a message that was sent twice and one that was changed on the way are refused"))


def post(url: str, headers: Mapping[str, str], body: bytes) -> tuple[int, Any]:
    """Send bytes to a node. Returns the status and the answer."""
    request = urllib.request.Request(url, body, dict(headers))  # noqa: S310  # http to this machine
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT) as answer:  # noqa: S310  # as above
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        with contextlib.closing(error):
            return error.code, json.load(error)


def wait(look: Callable[[], Any], what: str) -> Any:
    """What a function returns, once it is true. Raises Timeout."""
    end = time.monotonic() + PATIENCE
    while not (found := look()):
        if time.monotonic() > end:
            raise Timeout(f"It did not happen within {PATIENCE:g} s that {what}.")
        time.sleep(STEP)
    return found


def hold_consultation(stage: Stage) -> list[Traded]:
    """A consultation that a rule on data refuses; and one that is held, after two persons recorded a mechanism."""
    number = stage.cn.desk("order", offer=stage.offers["consultation"], key="demo-refused")

    def look() -> Mapping[str, Any] | None:
        found: Mapping[str, Any] = stage.cn.desk("state", order=number)
        return found if found["agreed"] == "rejected" else None

    refused = wait(look, "the rule on data refuses the consultation")
    stage.refused.append(Refusal("consultation_without_mechanism", refused["reason"], refused["why_not"]))
    stage.say("consultation", N_("refused by a rule on data: {why}"), why=refused["why_not"])
    until = (dt.datetime.now(dt.UTC).date() + dt.timedelta(days=180)).isoformat()
    stage.cn.desk("let_data_leave", destination="VN", until=until)
    stage.say("consultation", N_("two persons at China's node record the contract under which its data may leave"))
    return [_held(stage, stage.cn.desk("order", offer=stage.offers["consultation"], key="demo-consultation"))]


def _held(stage: Stage, number: str) -> Traded:
    """Hold the consultation of an order, between two peers with pictures and sound."""
    from entrepot.trade_app.services.demo_visit import hold_visit  # noqa: PLC0415  # a part of the extra

    found = agreed(stage, number)
    there = stage.vn.desk("order_of", common=found["common"])
    delivery = wait(lambda: stage.vn.desk("prepare_visit", order=there), "the consultation is paid at Viet Nam's node")
    link = wait(lambda: stage.cn.desk("link", order=number), "the link to the consultation has come")
    tokens = stage.vn.desk("enter_visit", delivery=delivery, secret=link["link"].rstrip("/").rpartition("/")[2])
    held = hold_visit(f"ws://127.0.0.1:{stage.vn.port + 1}/sockets/visit", tokens)
    over = stage.vn.desk("finish_visit", delivery=delivery)
    stage.say(
        "consultation",
        N_("held: both sides decoded pictures ({count} and {other}) and sound"),
        count=str(held.pictures["buyer"]),
        other=str(held.pictures["provider"]),
    )

    def look() -> Traded | None:
        here = stage.cn.desk("state", order=number)
        made = traded("consultation", here, stage.vn.desk("state", order=there))
        return made if over["status"] in here["deliveries"].values() else None

    return wait(look, "China's node knows that the consultation was held")  # type: ignore[no-any-return]  # it is one


def settle(stage: Stage) -> Mapping[str, Any]:
    """Both nodes compute what the month leaves between them, and compare."""
    period = f"{dt.datetime.now(dt.UTC):%Y-%m}"

    def look() -> Mapping[str, Any] | None:
        one = stage.cn.desk("settle", peer=stage.at_cn, period=period)
        other = stage.vn.desk("settle", peer=stage.at_vn, period=period)
        same = one["status"] == other["status"] == "agreed" and one["owed"] == -other["owed"]
        return {"period": period, "agreed": same, "owed": one["owed"], "lines": one["count"]} if same else None

    found: Mapping[str, Any] = wait(look, "both nodes agree on the month")
    stage.say(
        "",
        N_("the month is settled: {count} lines, and both nodes computed the same"),
        count=str(found["lines"]),
    )
    return found


def _report(stage: Stage, orders: list[Traded], settled: Mapping[str, Any], folder: Path) -> Report:
    both = ((stage.vn, stage.at_vn), (stage.cn, stage.at_cn))
    ledgers = [node.desk("verify_ledger") for node, _peer in both]
    watched = [node.desk("watch", peer=peer) for node, peer in both]
    stage.say("", N_("both ledgers are verified, and each node has checked that of the other"))
    shown = [
        {
            "economy": node.economy,
            "name": node.name,
            "events": ledger["events"],
            "capabilities": stage.opened["open"],
            "checkpoint_of_other": seen["events"],
        }
        for (node, _peer), ledger, seen in zip(both, ledgers, watched, strict=True)
    ]
    return Report(
        tuple(shown),
        tuple(orders),
        tuple(stage.refused),
        settled,
        sum(each["events"] for each in ledgers),
        all(each["verified"] for each in ledgers),
        all(each["continues"] and each["events"] for each in watched),
        _mirror(stage),
        folder,
    )


def _mirror(stage: Stage) -> Mapping[str, Any]:
    """The exports of the year as one node reports them, and the imports as the other does.

    By the lines of both; and `asked`: as Viet Nam's node makes it, which asks the other one over a message.
    """
    ours, theirs = (msgspec.convert(node.desk("statistics_lines"), list[LedgerLine]) for node in (stage.vn, stage.cn))
    year = f"{dt.datetime.now(dt.UTC):%Y}"
    found, decimals = compare(ours, theirs, (stage.vn.economy, stage.cn.economy), year, "CNY")
    asked = stage.vn.desk("orders_mirror", peer=stage.at_vn, period=year, currency="CNY")
    return {**mirror_json(found, decimals), "asked": asked}
