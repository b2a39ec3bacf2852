"""The profile of signatures between nodes: vectors of RFC 9421, two other implementations both ways, refusals."""

from __future__ import annotations

import datetime as dt
import json
import shutil
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("cryptography", reason="the server is not installed")

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from entrepot.connect.http_signatures import HttpMessage, SignatureFault, content_digest, verify
from entrepot.connect.nodes.profile import (
    OF_REQUEST,
    REQUEST,
    RESPONSE,
    TAG,
    sign_request,
    sign_response,
    verify_request,
    verify_response,
)
from entrepot.connect.signing_keys import ALGORITHMS, ED25519, ES256, SigningKey, new_key, read_jwk

URL = "https://cn.example/nodes/messages"
NONCE = "b3k2pp5k7z50gnwpyemd"
SCRIPT = Path(__file__).with_name("other_signatures.cjs")
#: RFC 9421, appendix B.1.4.
ED = {"kid": "test-key-ed25519", "kty": "OKP", "crv": "Ed25519", "x": "JrQLj5P_89iXES9-vFgrIy29clF9CC_oPPsw3c5D0bs"}
#: Appendix B.2: the signatures of requests that cover something, by the input; their values do not matter here.
INPUTS = {
    "b22": '("@authority" "content-digest" "@query-param";name="Pet");created=1618884473;keyid="test-key-rsa-pss"'
    ';tag="header-example"',
    "b23": '("date" "@method" "@path" "@query" "@authority" "content-type" "content-digest" "content-length")'
    ';created=1618884473;keyid="test-key-rsa-pss"',
    "b25": '("date" "@authority" "content-type");created=1618884473;keyid="test-shared-secret"',
    "b26": '("date" "@method" "@path" "@authority" "content-type" "content-length");created=1618884473'
    ';keyid="test-key-ed25519"',
}
#: Appendix B.2.1: nothing is covered.
B21 = (
    'sig-b21=();created=1618884473;keyid="test-key-rsa-pss";nonce="b3k2pp5k7z-50gnwp.yemd"',
    (
        "sig-b21=:d2pmTvmbncD3xQm8E9ZV2828BjQWGgiwAaw5bAkgibUopemLJcWDy/lkbbHAve4cRAtx31Iq786U7it++wgGxbtRxf"
        "8Udx7zFZsckzXaJMkA7ChG52eSkFxykJeNqsrWH5S+oxNFlD4dzVuwe8DhTSja8xxbR/Z2cOGdCbzR72rgFWhzx2Vj"
        "BqJzsPLMIQKhO4DGezXehhWwE56YCE+O6c0mKZsfxVrogUvA4HELjVKWmAvtl6UnCh8jYzuVG5WSb/QEVPnP5TmcAn"
        "LH1g+s++v6d4s8m0gCw1fV5/SITLq9mhho8K3+7EPYTU8IU1bLhdxO5Nyt8C8ssinQ98Xw9Q==:"
    ),
)


def request(body: bytes = '{"tên":"cà phê ☕"}'.encode()) -> HttpMessage:
    headers = (("Content-Type", "application/json"), ("Content-Digest", content_digest(body)))
    return HttpMessage("POST", URL, headers, body)


def signed(message: HttpMessage, *keys: SigningKey, now: int) -> HttpMessage:
    made = sign_request(message, keys, now=now, nonce=NONCE)
    return message._replace(headers=(*message.headers, *made.items()))


def finder(*keys: SigningKey) -> Any:
    return {each.id: each.public() for each in keys}.get


def refused(message: HttpMessage, keys: Any, now: float) -> SignatureFault:
    with pytest.raises(SignatureFault) as caught:
        verify_request(message, keys, now=now)
    return caught.value


def rfc_message(given: str, signature: str = "sig=:AAAA:") -> HttpMessage:
    headers = (
        ("Host", "example.com"),
        ("Date", "Tue, 20 Apr 2021 02:07:55 GMT"),
        ("Content-Type", "application/json"),
        ("Content-Length", "18"),
        ("Content-Digest", content_digest(b'{"hello": "world"}')),
        ("Signature-Input", given),
        ("Signature", signature),
    )
    return HttpMessage("POST", "https://example.com/foo?param=Value&Pet=dog", headers, b'{"hello": "world"}')


def test_the_vector_b21_is_refused_because_it_covers_nothing() -> None:
    fault = refused(rfc_message(*B21), {ED["kid"]: read_jwk(ED)}.get, 1618884473)
    assert (fault.code, "covers nothing" in str(fault)) == ("coverage_empty", True)


@pytest.mark.parametrize("name", INPUTS)
def test_the_other_vectors_leave_something_out_and_are_refused(name: str) -> None:
    """B.2.3 covers enough; it has no tag, nonce and end, and its key is one of RSA."""
    fault = refused(rfc_message(f"sig={INPUTS[name]}"), {ED["kid"]: read_jwk(ED)}.get, 1618884473)
    assert fault.code == ("signature_invalid" if name == "b23" else "coverage_incomplete")


def test_the_vector_b4_holds_through_what_a_proxy_may_change_and_through_nothing_else() -> None:
    """Appendix B.4: the signature covers `accept` with both values, in this order."""
    inner = '("@method" "@path" "@authority" "accept");created=1618884473;keyid="test-key-ed25519"'
    value = "transform=:ZT1kooQsEHpZ0I1IjCqtQppOmIqlJPeo7DHR3SoMn0s5JZ1eRGS0A+vyYP9t/LXlh5QMFFQ6cpLt2m0pmj3NDA==:"
    made = (("Signature-Input", f"transform={inner}"), ("Signature", value))
    accept = (("Accept", "application/json"), ("Accept", "*/*"))
    names = ("@method", "@path", "@authority", "accept")
    keys = {ED["kid"]: read_jwk(ED)}.get
    url = "https://example.org/demo?name1=Value1&Name2=value2"

    def holds(url: str, headers: tuple[tuple[str, str], ...], method: str = "GET") -> bool:
        try:
            verify(HttpMessage(method, url, (*headers, *made)), keys, required=names, now=1618884473)
        except SignatureFault:
            return False
        return True

    assert holds(url, accept)
    assert holds(f"{url}&param=added", (("Accept-Language", "en-US"), *accept))
    assert holds("https://example.org/demo", (("Accept", "application/json, */*"), ("Referer", "https://a.example")))
    assert not holds(url, accept, method="POST")
    assert not holds(url, tuple(reversed(accept)))


@pytest.mark.parametrize("algorithm", [ED25519, ES256])
def test_a_signed_request_holds_and_each_change_is_refused(algorithm: str) -> None:
    key, now = new_key(algorithm), 1_800_000_000
    message = signed(request(), key, now=now)
    found = verify_request(message, finder(key), now=now)
    assert (found.thumbprint, found.nonce, found.skew) == (key.id, NONCE, 0)
    for changed in (
        message._replace(method="PUT"),
        message._replace(url=URL.replace("cn.", "vn.")),
        message._replace(url=f"{URL}/x"),
        message._replace(url=f"{URL}?a=1"),
        message._replace(body=b"{}"),
        message._replace(headers=(("Content-Type", "text/plain"), *message.headers[1:])),
    ):
        assert refused(changed, finder(key), now).code in ("signature_invalid", "digest_mismatch")
    assert refused(message, finder(new_key(algorithm)), now).code == "key_not_found"


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        (";nonce=", ";other=", "no nonce"),
        (f';nonce="{NONCE}"', ';nonce="short"', "no nonce"),
        (f';tag="{TAG}"', ';tag="other"', "tag"),
        (";created=", ";made=", "created and expires"),
        (";expires=", ";ends=", "created and expires"),
        (';keyid="', ';key="', "keyid"),
        ('"@query" ', "", "does not cover"),
        ('"@query"', '"@query";req', "does not cover"),
        ('"content-digest"', '"content-digest";key="sha-256"', "does not cover"),
    ],
)
def test_a_signature_that_lacks_a_part_of_the_profile_is_refused(old: str, new: str, says: str) -> None:
    key, now = new_key(ED25519), 1_800_000_000
    message = signed(request(), key, now=now)
    headers = tuple(
        (name, value.replace(old, new)) if "Input" in name else (name, value) for name, value in message.headers
    )
    assert headers != message.headers
    assert says in str(refused(message._replace(headers=headers), finder(key), now))


def test_while_a_key_is_replaced_one_of_both_is_enough() -> None:
    old, new, now = new_key(ED25519), new_key(ED25519), 1_800_000_000
    message = signed(request(), old, new, now=now)
    assert verify_request(message, finder(old), now=now).thumbprint == old.id
    assert verify_request(message, finder(new), now=now).thumbprint == new.id


def response_to(message: HttpMessage, key: SigningKey, now: int) -> HttpMessage:
    headers = (("Content-Type", "application/json"), ("Content-Digest", content_digest(b'{"id":"nm_1"}')))
    response = HttpMessage("", "", headers, b'{"id":"nm_1"}', 200, message)
    return response._replace(headers=(*headers, *sign_response(response, [key], now=now).items()))


def test_a_response_fits_its_request_alone() -> None:
    key, now = new_key(ED25519), 1_800_000_000
    first = signed(request(), key, now=now)
    response = response_to(first, key, now)
    assert verify_response(response, finder(key), now=now).thumbprint == key.id
    same_body_again = request()
    again = sign_request(same_body_again, [key], now=now, nonce=NONCE[::-1])
    second = same_body_again._replace(headers=(*same_body_again.headers, *again.items()))
    for changed in (response._replace(request=second), response._replace(status=201), response._replace(body=b"{}")):
        with pytest.raises(SignatureFault):
            verify_response(changed, finder(key), now=now)


def test_what_the_profile_adds_to_a_signature_costs_little() -> None:
    """Some 1.7 times the time of the bare signature; a ratio holds on a slow or busy machine too."""
    key, now = new_key(ED25519), 1_800_000_000
    message, find = signed(request(b'{"a":"' + b"x" * 1000 + b'"}'), key, now=now), finder(key)
    private = Ed25519PrivateKey.generate()
    public, text = private.public_key(), b"x" * 500
    signature = private.sign(text)
    turns = [
        (
            _seconds(lambda: verify_request(message, find, now=now), 50),
            _seconds(lambda: public.verify(signature, text), 50),
        )
        for _ in range(20)
    ]
    ours, bare = (min(times) for times in zip(*turns, strict=True))
    assert ours < 4 * bare, f"{ours * 1000:.3f} ms, {bare * 1000:.3f} ms for the bare signature"


def _seconds(call: Any, times: int) -> float:
    begin = time.process_time()
    for _ in range(times):
        call()
    return (time.process_time() - begin) / times


# Another implementation of PyPI


class Resolver:
    """The keys, as `http_message_signatures` asks for them."""

    def __init__(self, key: SigningKey) -> None:
        self.key = key

    def resolve_private_key(self, _key_id: str) -> Any:
        """The key that signs."""
        return self.key.key

    def resolve_public_key(self, _key_id: str) -> Any:
        """The key that verifies."""
        return self.key.key.public_key()


@pytest.mark.parametrize("algorithm", [ED25519, ES256])
def test_the_implementation_of_pypi_accepts_ours_and_we_accept_its(algorithm: str) -> None:
    other = pytest.importorskip("http_message_signatures", reason="http-message-signatures is not installed")
    httpx = pytest.importorskip("httpx")
    key = new_key(algorithm)
    kind = other.algorithms.ED25519 if algorithm == ED25519 else other.algorithms.ECDSA_P256_SHA256
    now = dt.datetime.now(dt.UTC)
    ours = signed(request(), key, now=int(now.timestamp()))
    theirs = httpx.Request("POST", URL, headers=list(ours.headers), content=ours.body)
    verifier = other.HTTPMessageVerifier(signature_algorithm=kind, key_resolver=Resolver(key))
    (result,) = verifier.verify(theirs, max_age=dt.timedelta(minutes=5), expect_tag=TAG, body=ours.body)
    assert {f'"{name}"' for name in REQUEST} <= set(result.covered_components)
    bare = httpx.Request("POST", URL, headers=list(request().headers), content=ours.body)
    other.HTTPMessageSigner(signature_algorithm=kind, key_resolver=Resolver(key)).sign(
        bare, key_id=key.id, created=now, expires=now + dt.timedelta(seconds=300), nonce=NONCE, tag=TAG, label="sig1",
        body=ours.body, use_existing_digest=True, covered_component_ids=REQUEST,
    )  # fmt: skip
    made = HttpMessage("POST", URL, list(bare.headers.items()), ours.body)
    assert verify_request(made, finder(key), now=now.timestamp()).nonce == NONCE


# Another implementation of npm


@pytest.fixture(scope="module")
def node() -> str:
    """Node.js with the package: in NODE_PATH, or in a `node_modules` above the tests."""
    program = shutil.which("node")
    if program is None:
        pytest.skip("Node.js is not installed")
    probe = [program, "-e", 'require.resolve("http-message-signatures")']
    if subprocess.run(probe, cwd=SCRIPT.parent, capture_output=True, check=False).returncode:
        pytest.skip("the npm package http-message-signatures 1.0.6 is not installed: set NODE_PATH to its folder")
    return program


def ask_node(program: str, **given: Any) -> dict[str, Any]:
    done = subprocess.run([program, SCRIPT], input=json.dumps(given), capture_output=True, text=True, check=True)
    found: dict[str, Any] = json.loads(done.stdout)
    assert "error" not in found, found
    return found


def as_json(message: HttpMessage) -> dict[str, Any]:
    head = {"status": message.status} if message.status is not None else {"method": message.method, "url": message.url}
    return {**head, "headers": {name.lower(): value for name, value in message.headers}}


@pytest.mark.parametrize("algorithm", [ED25519, ES256])
def test_the_implementation_of_npm_accepts_ours_and_we_accept_its(node: str, algorithm: str) -> None:
    key, now = new_key(algorithm), int(time.time())
    public = key.key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    named = {"algorithm": ALGORITHMS[algorithm], "keyid": key.id}
    ours = signed(request(), key, now=now)
    answer = response_to(ours, key, now)
    verifying = {"action": "verify", "pem": public.decode(), **named}
    assert ask_node(node, **verifying, message=as_json(ours))["verified"] is True
    assert ask_node(node, **verifying, message=as_json(answer), request=as_json(ours))["verified"] is True
    signing = {"action": "sign", "pem": key.pem(), "created": now, "nonce": NONCE, "tag": TAG, **named}
    made = ask_node(node, **signing, message=as_json(request()), fields=list(REQUEST))
    theirs = request()._replace(headers=tuple(made["headers"].items()))
    assert verify_request(theirs, finder(key), now=now).nonce == NONCE
    fields = [*RESPONSE, *(f'"{name}";req' for name in OF_REQUEST)]
    bare = answer._replace(headers=answer.headers[:2])
    made = ask_node(node, **signing, message=as_json(bare), request=as_json(ours), fields=fields)
    assert verify_response(bare._replace(headers=tuple(made["headers"].items())), finder(key), now=now).skew == 0
