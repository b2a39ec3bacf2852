"""Schemathesis sends what the OpenAPI document allows: each response is declared, and none is a server error."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from server_process import Server

from sizes import MIDDLE, size

pytest.importorskip("schemathesis", reason="schemathesis is not installed")

HERE = Path(__file__).parent
#: With middle sizes, operations of trade get examples and drawn requests, and not every limit of each field: the key is
#: of no organization, so that all but these three refuse it before they read the request.
NOT_EVERY_LIMIT = """
[[operations]]
include-tag = "trade"
exclude-path = ["/v1/ledger/checkpoint", "/v1/ledger/proofs/consistency", "/v1/webhook_endpoints"]

[operations.phases.coverage]
enabled = false
"""
OPERATIONS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")


@pytest.mark.long
def test_the_document_says_what_the_api_does(server: Server, tmp_path: Path) -> None:
    program = Path(sys.executable).with_name("schemathesis")
    settings = tmp_path / "schemathesis.toml"
    settings.write_text((HERE / settings.name).read_text() + (NOT_EVERY_LIMIT if MIDDLE else ""))
    options = ["--config-file", str(settings), "--no-color"]
    command = [str(program), *options, "run", f"{server.url}/v1/openapi.json"]
    command += ["--max-examples", str(size(4, 12))]
    head = "Authorization: " + server.key()["Authorization"]
    env = {**os.environ, "SCHEMATHESIS_HOOKS": "serializers", "PYTHONPATH": str(HERE)}
    done = subprocess.run(
        [*command, "--header", head], env=env, cwd=tmp_path, capture_output=True, text=True, timeout=1800, check=False
    )
    assert done.returncode == 0, done.stdout[-10_000:] + done.stderr[-2_000:]
    tested = re.search(r"Tested: (\d+)", done.stdout)
    assert tested, done.stdout
    document = server.get("/v1/openapi.json").json()
    assert int(tested[1]) == sum(name in OPERATIONS for path in document["paths"].values() for name in path)
    cases = re.search(r"(\d+) generated, (\d+) passed", done.stdout)
    assert cases, done.stdout
    assert cases[1] == cases[2]
    assert int(cases[1]) > size(60, 200)
    assert '"fault"' not in server.log()


def test_every_reference_of_the_document_resolves(server: Server) -> None:
    document = server.get("/v1/openapi.json").json()
    schemas = document["components"]["schemas"]
    wanted = re.findall(r'"#/components/schemas/([^"]+)"', server.get("/v1/openapi.json").text)
    assert wanted
    assert set(wanted) <= set(schemas)


def test_the_document_declares_both_responses_of_health(server: Server) -> None:
    """Monitoring reads the same fields whether the server is healthy (200) or not (503)."""
    document = server.get("/v1/openapi.json").json()
    declared = document["paths"]["/v1/health"]["get"]["responses"]
    schema = {"$ref": "#/components/schemas/Health"}
    assert {status: each["content"]["application/json"]["schema"] for status, each in declared.items()} == {
        "200": schema,
        "503": schema,
    }
    properties = document["components"]["schemas"]["Health"]["properties"]
    found = server.get("/v1/health").json()
    assert list(found) == list(properties)
    for name, value in found.items():
        assert value in properties[name].get("enum", [value]), name


def test_the_reference_names_every_operation(server: Server) -> None:
    text = (HERE.parents[1] / "docs" / "reference" / "web-server.md").read_text()
    paths = server.get("/v1/openapi.json").json()["paths"]
    operations = [f"{name.upper()} {path}" for path, of in paths.items() for name in of if name in OPERATIONS]
    assert not [each for each in operations if f"`{each}" not in text]
