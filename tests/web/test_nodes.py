"""What a real server answers to other nodes: its signed description, its schemas, and signed refusals."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Iterator

import httpx
import pytest
from server_process import Server, run_server

from entrepot.connect.http_signatures import HttpMessage, content_digest
from entrepot.connect.nodes.descriptions import Fetched, open_description
from entrepot.connect.nodes.profile import sign_request, verify_response
from entrepot.connect.signing_keys import ED25519, new_key, read_jwk
from entrepot.trade.nodes.types import TYPES

NODE = "https://vn.example"


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("nodes")
    with run_server(folder, ENTREPOT_NODE="VN", ENTREPOT_NODE_NAME="Viet Nam's node", ENTREPOT_URL=NODE) as running:
        yield running


@pytest.fixture(scope="module")
def described(node: Server) -> Fetched:
    return open_description(node.get("/.well-known/entrepot").content, NODE, dt.datetime.now(dt.UTC))


def post(node: Server, body: bytes, *, signed: bool = True) -> tuple[HttpMessage, httpx.Response]:
    """Send a message of a node that nobody has met."""
    headers = (("Content-Type", "application/json"), ("Content-Digest", content_digest(body)))
    message = HttpMessage("POST", f"{NODE}/nodes/messages", headers, body)
    if signed:
        now = int(dt.datetime.now(dt.UTC).timestamp())
        made = sign_request(message, [new_key(ED25519)], now=now, nonce=os.urandom(12).hex())
        message = message._replace(headers=(*headers, *made.items()))
    return message, node.post("/nodes/messages", content=body, headers=dict(message.headers))


def test_the_description_is_signed_and_names_what_the_node_knows(described: Fetched) -> None:
    found = described.description
    assert (found.economy, found.name, found.did) == ("VN", "Viet Nam's node", "did:web:vn.example")
    assert found.messages == {name: tuple(sorted(each.versions)) for name, each in TYPES.items()}
    assert described.signers == tuple(each.thumbprint for each in found.keys)


def test_the_schemas_are_published(node: Server) -> None:
    listed = node.get("/nodes/schemas").json()
    assert {each["type"] for each in listed["data"]} == set(TYPES)
    for url in (listed["envelope"], listed["data"][0]["schema"]):
        assert node.get(url.removeprefix(NODE)).json()["$id"] == url
    assert node.get("/nodes/schemas/none.1.json").status_code == 404


@pytest.mark.parametrize(
    ("body", "status", "code"), [(b"{}", 401, "peer_unknown"), (bytes(300 << 10), 413, "too_large")]
)
def test_a_refusal_is_signed_and_bound_to_its_request(
    node: Server, described: Fetched, body: bytes, status: int, code: str
) -> None:
    request, answer = post(node, body)
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)
    key = described.description.keys[0]
    response = HttpMessage("", "", tuple(answer.headers.items()), answer.content, status, request)
    keys = {key.thumbprint: read_jwk({**key.jwk, "kid": key.thumbprint})}
    now = dt.datetime.now(dt.UTC).timestamp()
    assert verify_response(response, keys.get, now=now).thumbprint in keys
    other = response._replace(request=request._replace(method="PUT"))
    with pytest.raises(ValueError, match="signature"):
        verify_response(other, keys.get, now=now)


def test_what_is_not_signed_is_refused_and_nothing_but_post_is_allowed(node: Server) -> None:
    _request, answer = post(node, b"{}", signed=False)
    assert (answer.status_code, answer.json()["error"]["code"]) == (401, "signature_missing")
    assert node.get("/nodes/messages").status_code == 405
    page = node.get("/")
    for name in ("X-Frame-Options", "X-Content-Type-Options", "Referrer-Policy", "Content-Security-Policy"):
        assert answer.headers[name] == page.headers[name]
    assert node.post("/nodes/messages/").status_code == 404
    assert node.post("/nodes/messages", headers={"Host": "other.example"}).status_code == 400
