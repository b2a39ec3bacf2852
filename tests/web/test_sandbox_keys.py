"""Keys of the sandbox: only the law of the invented economy, and every answer says so."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from server_process import Server, environment

REAL = {
    "ship_from": {"country": "VN"},
    "ship_to": {"country": "CN"},
    "date": "2026-03-01",
    "currency": "CNY",
    "lines": [{"hs_code": "0901.21", "amount": "100.00"}],
}
INVENTED = {**REAL, "ship_to": {"country": "ZZ"}, "currency": "ZZD"}
ROW = {"ship_from_country": "VN", "currency": "ZZD", "hs_code": "0901.21", "amount": "100", "date": "2026-03-01"}


@pytest.fixture(scope="module")
def sandbox(server: Server) -> dict[str, str]:
    return server.key(sandbox=True)


def refused(response: Any, param: str) -> None:
    assert response.status_code == 403, response.text
    error = response.json()["error"]
    assert (error["type"], error["code"], error["param"]) == ("authentication_error", "sandbox_only", param)
    assert '"ZZ"' in error["message"]
    assert response.headers["Entrepot-Sandbox"] == "true"


def test_a_quote_for_the_invented_economy_says_that_it_is_of_the_sandbox(
    server: Server, sandbox: dict[str, str]
) -> None:
    stored = server.post("/v1/quotes", json=INVENTED, headers=sandbox)
    assert stored.status_code == 200, stored.text
    assert stored.headers["Entrepot-Sandbox"] == "true"
    assert next(iter(stored.json().items())) == ("sandbox", True)
    assert stored.json()["id"].startswith("qt_test_")
    passing = server.post("/v1/quotes?store=false&fields=best", json=INVENTED, headers=sandbox).json()
    assert passing["sandbox"] is True
    address = f"/v1/quotes/{stored.json()['id']}"
    assert server.get(address, headers=sandbox).content == stored.content
    assert server.get(f"{address}/check", headers=sandbox).json()["same"] is True
    listed = server.get("/v1/quotes", headers=sandbox).json()["data"]
    assert [each["sandbox"] for each in listed] == [True] * len(listed)
    # The quote is the one that other keys get.
    real = server.post("/v1/quotes?store=false", json=INVENTED)
    assert "Entrepot-Sandbox" not in real.headers
    assert "sandbox" not in real.json()
    assert real.json()["options"] == stored.json()["options"]


@pytest.mark.parametrize("country", ["CN", "cn", "China", "", "ZZ,CN", "ＣＮ"])
def test_a_sale_to_another_economy_is_refused(server: Server, sandbox: dict[str, str], country: str) -> None:
    for query in ("", "?store=false"):
        response = server.post(f"/v1/quotes{query}", json={**REAL, "ship_to": {"country": country}}, headers=sandbox)
        refused(response, "ship_to.country")


def test_a_sale_without_a_destination_is_an_error_of_the_sale(server: Server, sandbox: dict[str, str]) -> None:
    for place in (None, {}, "CN", {"country": ["CN"]}):
        response = server.post("/v1/quotes", json={**REAL, "ship_to": place}, headers=sandbox)
        assert response.status_code == 422, response.text


def test_a_quote_of_another_key_does_not_exist(server: Server, sandbox: dict[str, str]) -> None:
    number = server.post("/v1/quotes", json=REAL).json()["id"]
    other = server.post("/v1/quotes", json=INVENTED, headers=server.key(sandbox=True)).json()["id"]
    for each in (number, other):
        for path in (f"/v1/quotes/{each}", f"/v1/quotes/{each}/check"):
            assert server.get(path, headers=sandbox).status_code == 404


@pytest.mark.parametrize(
    "path", ["/v1/law/{}/0901", "/v1/ways?economy={}", "/v1/goods?q=coffee&economy={}",
             "/v1/law/{}/diff?from=2025-12-31&to=2026-01-01"],
)  # fmt: skip
def test_only_the_invented_law_is_read(server: Server, sandbox: dict[str, str], path: str) -> None:
    for code in ("ZZ", "zz"):
        found = server.get(path.format(code), headers=sandbox)
        assert (found.status_code, found.headers["Entrepot-Sandbox"]) == (200, "true"), found.text
    refused(server.get(path.format("CN"), headers=sandbox), "economy")


def test_a_table_goes_to_the_invented_economy_in_every_row(server: Server, sandbox: dict[str, str]) -> None:
    kind = {**sandbox, "Content-Type": "application/jsonl"}
    rows = "".join(json.dumps({**ROW, "ship_to_country": code}) + "\n" for code in ("CN", "ZZ"))
    refused(server.post("/v1/quotes/batch", content=rows, headers=kind), "set.ship_to_country")
    refused(server.post("/v1/quotes/batch?set.ship_to_country=CN", content=rows, headers=kind), "set.ship_to_country")
    answered = server.post("/v1/quotes/batch?set.ship_to_country=ZZ", content=json.dumps(ROW) + "\n", headers=kind)
    assert json.loads(answered.text)["out_currency"] == "ZZD", answered.text
    # A column of another economy has no effect beside the constant, or makes an error: it never applies.
    mixed = server.post("/v1/quotes/batch?set.ship_to_country=ZZ", content=rows, headers=kind)
    assert mixed.status_code in (200, 422), mixed.text
    if mixed.status_code == 200:
        assert {json.loads(row)["out_currency"] for row in mixed.text.splitlines()} == {"ZZD"}


def test_the_command_creates_lists_and_revokes_such_a_key(tmp_path: Path) -> None:
    def keys(*words: str) -> dict[str, Any]:
        command = [sys.executable, "-m", "entrepot", "keys", *words, "--json"]
        done = subprocess.run(command, env=environment(tmp_path), capture_output=True, text=True, check=True)
        found: dict[str, Any] = json.loads(done.stdout)
        return found

    made = keys("create", "An example", "--scope", "quotes", "--sandbox")
    assert made["key"].startswith(made["id"] + "_")
    assert made["id"].startswith("ek_test_")
    assert made["sandbox"] is True
    assert keys("revoke", made["key"])["revoked"] is True
    assert [(each["sandbox"], bool(each["revoked"])) for each in keys("list")["data"]] == [(True, True)]
