"""The examples of the operations of trade, as snippets of the reference, against a live server with a market."""

from __future__ import annotations

import ast
import contextlib
import datetime as dt
import io
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from itertools import count
from typing import Any

import pytest
from practice import INTAKE
from server_process import Server, run_server
from test_javascript_client import FILE, node
from test_reference_pages import snippets_of
from test_trade_api import COFFEE, CONTACT, DECLARED
from test_trade_pages import Visitor
from trade_market import PAYMENTS, Market, Party, open_market

from entrepot.web.trade_examples import HASH, IDS, QUOTE, TIME, TRADE_EXAMPLES

#: Who does it, where it is not the buyer.
SELLERS = {"createOffer", "listOffers", "getOffer", "updateOffer", "receiveReturn", "declareOrder", "createShipment",
           "reportShipment", "nameCrossing", "refuseReturn", "createDocument", "withdrawDocument",
           "finishDelivery", "refundOrder", "listPayouts", "getPayout", "listStatements",
           "getStatement", "createAsset", "listAssets", "getAsset", "updateAsset", "recordUse"}  # fmt: skip
#: Operations that are refused for the objects of the market: customs was asked about its return, nothing was sent, and
#: its order has a parcel, which the carrier of the node carries. Its node has no economy, no peer, and no statistics.
REFUSED = {
    "getMatch": 422,
    "withdrawReturn": 422,
    "refuseReturn": 409,
    "resendWebhook": 404,
    "createShipment": 422,
    "reportShipment": 422,
    "objectToDelivery": 409,
    "objectToService": 422,
    "acceptService": 422,
    "reportNoShow": 422,
    "recordUse": 422,
    "getStatisticsTable": 422,
    "getStatisticsMirror": 404,
    "getRanking": 422,
}
#: Which delivery of the market an operation has, where it is not the first, which is neither delivered nor has a start.
DELIVERIES = {"createDeliveryToken": 1, "finishDelivery": 2, "acceptDelivery": 2, "cancelDelivery": 3}
#: Operations that answer a file; the programs print it, or the size of one that is no text.
FILES = {"getDocumentPdf", "getDocumentXml", "getDocumentJwt"}


HOURS = count()


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with run_server(tmp_path_factory.mktemp("reference"), workers=1, background=0, **PAYMENTS) as running:
        yield running


@pytest.fixture(scope="module")
def market(own: Server) -> Market:
    return open_market(own)


def of_services(market: Market, operation: str) -> dict[str, str]:
    """The delivery that an operation is about, as it must be before; and the paid order, part of which is paid back."""
    number = market.deliveries[DELIVERIES.get(operation, 0)]
    if operation == "acceptDelivery":
        market.seller.post(f"/v1/deliveries/{number}/finish")
    if operation == "consentToDelivery":
        buyer = Visitor(market.buyer.server, market.sessions["buyer"])
        buyer.post(f"/en/services/{number}/visit/", {**INTAKE, "action": "prepare"})
        buyer.client.close()
    return {"dl_": number} | ({"or_": market.paid} if operation == "refundOrder" else {})


def real(market: Market, operation: str, text: str) -> str:
    """A snippet with the ids of objects of the market; an operation that changes an order has a new one."""
    ids = dict(market.ids)
    if operation.endswith(("Order", "Quote")) and operation not in ("getOrder", "declareOrder", "refundOrder"):
        body = json.loads(json.dumps(TRADE_EXAMPLES["placeOrders"][2]).replace(IDS["of_"], ids["of_"]))
        (order,) = market.buyer.post("/v1/orders", body).json()["orders"]
        ids["or_"] = order["id"]
        text = text.replace(QUOTE, order["quote"]["id"]).replace(HASH, order["quote"]["hash"])
    if operation == "getGeneralDeclaration":
        offer = market.seller.post("/v1/offers", {**COFFEE, **DECLARED}).json()["id"]
        contact = {name: CONTACT[name] for name in ("name", "telephone", "address")}
        items = [{"offer": offer, "quantity": 1}]
        body = {"items": items, "ship_to": {"country": "CN"}, "kind": "business", "contact": contact}
        ids["or_"] = market.buyer.post("/v1/orders", body).json()["orders"][0]["id"]
    if operation == "nameCrossing":
        body = {"order": market.paid, "carrier": "VNPOST", "waybill": "EE123456785VN"}
        ids |= {"or_": market.paid, "sh_": market.seller.post("/v1/shipments", body).json()["id"]}
    if operation == "refuseReturn":
        # Customs was asked about it: only once the goods are back the seller may refuse it, and not twice.
        market.seller.post(f"/v1/returns/{ids['re_']}/receive", {})
        market.seller.post(f"/v1/returns/{ids['re_']}/refuse", TRADE_EXAMPLES["refuseReturn"][2])
    ids |= of_services(market, operation)
    if "we_" not in ids or operation == "deleteWebhookEndpoint":
        made = market.buyer.post("/v1/webhook_endpoints", {"url": "https://shop.example/"}).json()
        ids["we_"] = market.ids["we_"] = made["id"]
    if operation in ("createDocument", "withdrawDocument"):
        # One document of a kind is valid at a time.
        for each in market.seller.get("/v1/documents?status=issued").json()["data"]:
            if each["kind"] == "packing_list":
                market.seller.post(f"/v1/documents/{each['id']}/withdraw", {})
    if operation == "withdrawDocument":
        body = {"order": ids["or_"], "kind": "packing_list"}
        ids["do_"] = market.seller.post("/v1/documents", body).json()["id"]
    for prefix, number in ids.items():
        text = text.replace(IDS[prefix], number)
    # Each program holds a time of its own.
    when = dt.datetime.now(dt.UTC) + dt.timedelta(days=5, hours=2 * next(HOURS))
    return text.replace(TIME, f"{when:%Y-%m-%dT%H:00}")


def run_curl(text: str) -> Any:
    done = subprocess.run(["sh", "-c", f"{text} --silent"], capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def run_python(text: str) -> Any:
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(text.replace("response.raise_for_status()\n", "").replace("json()", "text"), {})
    return json.loads(printed.getvalue())


def run_javascript(text: str) -> Any:
    program = text.replace('"./entrepot.js"', json.dumps(FILE.as_uri()))
    program = re.sub(r"console\.log\((.*)\);$", r"console.log(JSON.stringify(\1));", program, flags=re.DOTALL)
    command = [node(), "--input-type=module", "-e", program]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=dict(os.environ))
    return json.loads(done.stdout) if done.returncode == 0 else {"error": {"message": done.stderr}}


def runs_as_file(text: str, language: str) -> bool:
    """Whether a program prints something that is not an error."""
    if language == "curl":
        done = subprocess.run(["sh", "-c", f"{text} --silent --fail"], capture_output=True, check=False)
    elif language == "Python":
        done = subprocess.run([sys.executable, "-c", text], capture_output=True, check=False)
    else:
        program = text.replace('"./entrepot.js"', json.dumps(FILE.as_uri()))
        done = subprocess.run([node(), "--input-type=module", "-e", program], capture_output=True, check=False)
    return done.returncode == 0 and bool(done.stdout.strip())


RUNS = {"curl": run_curl, "Python": run_python, "JavaScript": run_javascript}


@pytest.mark.long
@pytest.mark.parametrize("operation", TRADE_EXAMPLES)
def test_the_snippets_of_every_operation_run(
    own: Server, market: Market, operation: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    party: Party = market.seller if operation in SELLERS else market.buyer
    party = (
        market.operator if "Unmatched" in operation or "Programme" in operation or "Statistics" in operation else party
    )
    monkeypatch.setenv("KEY", party.key["Authorization"].removeprefix("Bearer "))
    page = own.get(f"/en/docs/{operation}/?example=trade")
    assert page.status_code == 200
    snippets = snippets_of(page.text)
    assert list(snippets) == list(RUNS)
    for language, program in snippets.items():
        ast.parse(program) if language == "Python" else None
        if operation in FILES:
            assert runs_as_file(real(market, operation, program), language), language
            continue
        answer = RUNS[language](real(market, operation, program))
        if operation in REFUSED:
            assert "error" in answer
        else:
            assert answer.get("object"), answer
