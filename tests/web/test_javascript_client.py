"""The JavaScript client: in Node.js against a running server and one that fails, and in a browser."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path

import client_types
import pytest
from chromium import browser
from client_kinds import Answer, faulty
from server_process import Server
from test_client import CUT, FAILED, GATEWAY, IN_USE, LATER, kept

from entrepot.language.catalogue import LANGUAGES
from entrepot.web.reference import client_files

FILE = client_files.FOLDER / "entrepot.js"
HERE = Path(__file__).parent
PROGRAM = """
import * as module from FILE;
const entrepot = new module.Client(URL, OPTIONS);
try {
  console.log(JSON.stringify({ answer: await (async () => { BODY })() }));
} catch (error) {
  const { name, message, code, status, retryAfter, requestId } = error;
  console.log(JSON.stringify({ error: { name, message, code, status, retryAfter, requestId } }));
}
"""
STORE = 'return (await entrepot.createQuote({ currency: "CNY" }, GIVEN)).id;'


def node() -> str:
    """The path of Node.js. Skips the test if it is not installed."""
    found = shutil.which("node")
    if found is None:
        pytest.skip("Node.js is not installed (Debian: apt install nodejs)")
    return found


def run(url: str, body: str, **options: object) -> dict[str, object]:
    """What a program with the client prints: its answer or its error."""
    program = PROGRAM.replace("FILE", json.dumps(FILE.as_uri())).replace("URL", json.dumps(url))
    program = program.replace("OPTIONS", json.dumps(options)).replace("BODY", body)
    command = [node(), "--input-type=module", "-e", program]
    done = subprocess.run(command, capture_output=True, text=True, timeout=900, check=True)
    found: dict[str, object] = json.loads(done.stdout)
    return found


def test_every_operation_in_node(server: Server) -> None:
    key = server.key()["Authorization"].removeprefix("Bearer ")
    command = [node(), str(HERE / "javascript_client.mjs"), FILE.as_uri(), server.url, key]
    done = subprocess.run(command, capture_output=True, text=True, timeout=900, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "# pass 8" in done.stdout or "pass 8" in done.stdout, done.stdout


def test_the_client_has_a_method_for_every_operation(server: Server) -> None:
    paths = server.get("/v1/openapi.json").json()["paths"]
    operations = {each["operationId"] for path in paths.values() for each in path.values()}
    text = FILE.read_text()
    assert not [each for each in operations if f"  async {each}(" not in text]
    types = client_types.FILE.read_text()
    assert not [each for each in operations if not re.search(rf"  {each}[(<]", types)]


def test_the_types_are_those_of_the_api(server: Server) -> None:
    (languages,) = re.findall(r"^export type Language = (.*);$", client_types.FILE.read_text("utf-8"), re.MULTILINE)
    assert languages == " | ".join(f'"{each}"' for each in LANGUAGES)
    schemas = server.get("/v1/openapi.json").json()["components"]["schemas"]
    written = client_types.FILE.read_text("utf-8").partition(client_types.MARK)
    again = "A type of the API has changed: run `python tests/web/client_types.py`."
    assert written[1] + written[2] == client_types.generated(schemas), again


@pytest.mark.long
def test_failed_requests_are_sent_again_with_the_same_key() -> None:
    with faulty(None, FAILED, GATEWAY, CUT, (200, {}, kept())) as (url, seen):
        assert run(url, STORE.replace("GIVEN", "{}"), key="ek_1") == {"answer": "qt_1"}
    assert len(seen) == 5
    assert len({each["idempotency-key"] for each in seen}) == 1
    assert {each["authorization"] for each in seen} == {"Bearer ek_1"}


@pytest.mark.parametrize(("answer", "name"), [(LATER, "TooMany"), (IN_USE, "KeyInUse"), (GATEWAY, "ServerError")])
def test_after_the_last_attempt_the_error_is_thrown(answer: Answer, name: str) -> None:
    with faulty(answer) as (url, seen):
        found = run(url, STORE.replace("GIVEN", '{ idempotencyKey: "mine" }'), tries=1)["error"]
    assert isinstance(found, dict)
    assert (found["name"], len(seen)) == (name, 1)
    assert answer is not None
    assert found["status"] == answer[0]
    assert found["retryAfter"] == (1 if "retry-after" in answer[1] else None)


def test_a_key_in_use_is_sent_again() -> None:
    with faulty(IN_USE, (200, {}, kept())) as (url, seen):
        assert run(url, STORE.replace("GIVEN", '{ idempotencyKey: "mine" }')) == {"answer": "qt_1"}
    assert [each["idempotency-key"] for each in seen] == ["mine", "mine"]


def test_a_refusal_is_not_sent_again() -> None:
    refusal = b'{"error":{"type":"invalid_request_error","code":"invalid","message":"Wrong.","param":"currency"}}'
    with faulty((422, {"x-request-id": "req_7"}, refusal)) as (url, seen):
        found = run(url, STORE.replace("GIVEN", "{}"))["error"]
    assert isinstance(found, dict)
    assert (found["name"], found["message"], found["requestId"], len(seen)) == ("InvalidRequest", "Wrong.", "req_7", 1)


def test_a_table_that_ends_with_an_error_or_too_early_is_an_error() -> None:
    ask = "return await entrepot.quoteTable([{ a: 1 }, { a: 2 }]);"
    late = (
        b'{"a":1,"landed":"1"}\n{"error":{"type":"invalid_request_error","code":"invalid_table","message":"Row 2."}}\n'
    )
    for body, name, code in ((late, "InvalidRequest", "invalid_table"), (b'{"a":1}\n', "Unreachable", "cut_short"),
                             (b'{"a":1}\n{"a', "Unreachable", "not_understood")):  # fmt: skip
        with faulty((200, {}, body)) as (url, seen):
            found = run(url, ask)["error"]
        assert isinstance(found, dict)
        assert (found["name"], found["code"], len(seen)) == (name, code, 1)


def test_no_answer_in_time_is_unreachable() -> None:
    found = run("http://127.0.0.1:9", "return await entrepot.getApi();", tries=1)["error"]
    assert isinstance(found, dict)
    assert (found["name"], found["code"], found["status"]) == ("Unreachable", "no_answer", None)


def test_the_example_of_the_documentation_prints_what_it_says(server: Server) -> None:
    text = (HERE.parents[1] / "docs" / "how-to" / "call-the-api-from-javascript.md").read_text("utf-8")
    (program,) = re.findall(r"^```js\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    shown = program.rpartition("// ")[2].strip()
    program = program.replace("./entrepot.js", FILE.as_uri()).replace("http://127.0.0.1:8000", server.url)
    done = subprocess.run(
        [node(), "--input-type=module", "-e", program], capture_output=True, text=True, timeout=900, check=True
    )
    assert done.stdout.strip() == shown == "Cross-border e-commerce retail import 109.10"


def test_the_server_has_the_client_and_its_types(server: Server) -> None:
    for path, kind in (("/entrepot.js", "text/javascript"), ("/entrepot.d.ts", "text/plain")):
        response = server.get(path)
        assert response.headers["Content-Type"] == f"{kind}; charset=utf-8"
        assert response.content == (client_files.FOLDER / path[1:]).read_bytes()
        again = server.get(path, headers={"If-None-Match": response.headers["ETag"]})
        assert (again.status_code, again.content) == (304, b"")


def test_a_page_of_the_server_can_use_it(server: Server) -> None:
    with browser() as chrome:
        page = chrome.new_page()  # type: ignore[attr-defined]  # Playwright's browser
        page.goto(f"{server.url}/en/")
        sale = {"ship_from": {"country": "VN"}, "ship_to": {"country": "CN"}, "date": "2026-03-01", "currency": "CNY",
                "lines": [{"hs_code": "0901.21", "amount": "100.00"}]}  # fmt: skip
        found = page.evaluate(
            """async (sale) => {
                const { Client } = await import("/entrepot.js");
                const quote = await new Client(location.origin).createQuote(sale);
                return quote.options.find((each) => each.id === quote.best).amount_landed;
            }""",
            sale,
        )
    assert found == "109.10"
