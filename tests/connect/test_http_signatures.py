"""Signatures of HTTP messages: the vectors of RFC 9421, another implementation both ways, and what is refused."""

from __future__ import annotations

import base64
import datetime as dt
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

pytest.importorskip("cryptography", reason="the server is not installed")

from cryptography.hazmat.primitives.asymmetric import ed25519

from entrepot.connect.http_signatures import (
    READ_WINDOW,
    HttpMessage,
    SignatureFault,
    check_digest,
    content_digest,
    covered,
    sign,
    signature_base,
    verify,
)
from entrepot.connect.signing_keys import ED25519, ES256, KeyUnsupported, SigningKey, new_key, read_jwk, read_pem
from entrepot.connect.structured_fields import FieldFault, InnerList, Item, Token, read_dictionary, write_member

#: RFC 9421, appendix B.1.3 and B.1.4.
P256 = {
    "kid": "test-key-ecc-p256",
    "kty": "EC",
    "crv": "P-256",
    "x": "qIVYZVLCrPZHGHjP17CTW0_-D9Lfw0EkjqF7xB4FivA",
    "y": "Mc4nN9LTDOBhfoUeg8Ye9WedFRhnZXZJA12Qp0zZ6F0",
}
ED = {
    "kid": "test-key-ed25519",
    "kty": "OKP",
    "crv": "Ed25519",
    "x": "JrQLj5P_89iXES9-vFgrIy29clF9CC_oPPsw3c5D0bs",
}
ED_PRIVATE = "n4Ni-HpISpVObnQMW0wOhCKROaIKqKtW_2ZYb2p9KcU"
#: Appendix B.2: the messages that are signed.
REQUEST = HttpMessage(
    "POST",
    "https://example.com/foo?param=Value&Pet=dog",
    (
        ("Host", "example.com"),
        ("Date", "Tue, 20 Apr 2021 02:07:55 GMT"),
        ("Content-Type", "application/json"),
        (
            "Content-Digest",
            "sha-512=:WZDPaVn/7XgHaAy8pmojAkGWoRx2UFChF41A2svX+TaPm+AbwAgBWnrIiYllu7BNNyealdVLvRwEmTHWXvJwew==:",
        ),
        ("Content-Length", "18"),
    ),
    b'{"hello": "world"}',
)
RESPONSE = HttpMessage(
    status=200,
    headers=(
        ("Date", "Tue, 20 Apr 2021 02:07:56 GMT"),
        ("Content-Type", "application/json"),
        (
            "Content-Digest",
            "sha-512=:mEWXIS7MaLRuGgxOBdODa3xqM1XdEvxoYhvlCFJ41QJgJc4GTsPp29l5oGX69wWdXymyU0rjJuahq4l5aGgfLQ==:",
        ),
        ("Content-Length", "23"),
    ),
    body=b'{"message": "good dog"}',
)
CREATED = 1618884473
#: The signatures of appendix B.2.4 and B.2.6.
B24 = "wNmSUAhwb5LxtOtOpNa6W5xj067m5hFrj0XQ4fvpaCLx0NKocgPquLgyahnzDnDAUy5eCdlYUEkLIj+32oiasw=="
B26 = "wqcAqbmYJ2ji2glfAMaRy4gruYYnx2nEFN2HN6jrnDnQCK1u02Gb04v9EDgwUPiu4A0w6vuQv5lIp5WPpBKRCw=="
URL = "https://shop.example/ucp/v1/checkout-sessions"


def find(*keys: dict[str, str]) -> Any:
    return {each["kid"]: read_jwk(each) for each in keys}.get


def test_the_signature_of_b26_holds_and_is_made_again() -> None:
    """Ed25519 is deterministic: our signature is the one of the RFC, bit by bit."""
    names = ("date", "@method", "@path", "@authority", "content-type", "content-length")
    private = ed25519.Ed25519PrivateKey.from_private_bytes(base64.urlsafe_b64decode(ED_PRIVATE + "="))
    made = sign(REQUEST, SigningKey("test-key-ed25519", ED25519, private), names, label="sig-b26", created=CREATED)
    assert made == {
        "Signature-Input": 'sig-b26=("date" "@method" "@path" "@authority" "content-type" "content-length")'
        ';created=1618884473;keyid="test-key-ed25519"',
        "Signature": f"sig-b26=:{B26}:",
    }
    signed = verify(with_headers(REQUEST, made), find(ED), required=names, now=CREATED)
    assert (signed.label, signed.key, signed.components) == ("sig-b26", "test-key-ed25519", names)


def test_the_signature_of_b24_holds() -> None:
    """ECDSA on P-256, of a response."""
    names = ("@status", "content-type", "content-digest", "content-length")
    head = {
        "Signature-Input": 'sig-b24=("@status" "content-type" "content-digest" "content-length")'
        ';created=1618884473;keyid="test-key-ecc-p256"',
        "Signature": f"sig-b24=:{B24}:",
    }
    assert verify(with_headers(RESPONSE, head), find(P256), required=names, now=CREATED).label == "sig-b24"
    other = with_headers(RESPONSE._replace(status=201), head)
    refused(other, "signature_invalid", keys=(P256,), required=("@status",), now=CREATED)


def test_the_base_of_the_minimal_signature_is_that_of_the_rfc() -> None:
    """Section 2.5, the example of the signature base, with the label and the nonce of B.2.1."""
    inner = read_dictionary('sig-b21=();created=1618884473;keyid="test-key-rsa-pss";nonce="b3k2pp5k7z-50gnwp.yemd"')[
        "sig-b21"
    ]
    assert isinstance(inner, InnerList)
    assert signature_base(REQUEST, inner) == (
        b'"@signature-params": ();created=1618884473;keyid="test-key-rsa-pss";nonce="b3k2pp5k7z-50gnwp.yemd"'
    )


def with_headers(message: HttpMessage, more: dict[str, str]) -> HttpMessage:
    return message._replace(headers=(*message.headers, *more.items()))


def request(key: SigningKey, body: bytes = b'{"a":1}', **more: Any) -> HttpMessage:
    """A signed request as a platform sends it."""
    headers = (
        ("Content-Type", "application/json"),
        ("Idempotency-Key", "550e8400-e29b-41d4-a716-446655440000"),
        ("UCP-Agent", 'profile="https://platform.example/ucp"'),
        ("Content-Digest", content_digest(body)),
    )
    message = HttpMessage("POST", URL, headers, body)
    components = covered(message, ("ucp-agent", "idempotency-key"))
    return with_headers(message, sign(message, key, components, **more))


def refused(message: HttpMessage, code: str, *, keys: Any, required: Any = None, **more: Any) -> SignatureFault:
    finder = keys if callable(keys) else find(*keys)
    names = covered(message, ("ucp-agent", "idempotency-key")) if required is None else required
    with pytest.raises(SignatureFault) as caught:
        verify(message, finder, required=names, **{"now": CREATED, **more})
    assert caught.value.code == code, caught.value
    return caught.value


@pytest.mark.parametrize("algorithm", [ES256, ED25519])
def test_what_is_changed_is_noticed(algorithm: str) -> None:
    key = new_key(algorithm)
    public = {key.id: key.public()}
    message = request(key, created=CREATED)
    assert verify(message, public.get, required=covered(message, ("idempotency-key",)), now=CREATED).key == key.id
    changed = [
        message._replace(method="PUT"),
        message._replace(url=URL + "/x"),
        message._replace(url=URL.replace("shop", "other")),
        message._replace(headers=[(name, value.replace("550e8400", "550f8400")) for name, value in message.headers]),
        message._replace(headers=[(name, value.replace("platform", "platf0rm")) for name, value in message.headers]),
        message._replace(
            headers=[(name, value.replace("application/json", "text/plain")) for name, value in message.headers]
        ),
    ]
    for each in changed:
        refused(each, "signature_invalid", keys=public.get)
    refused(message._replace(body=b'{"a":2}'), "digest_mismatch", keys=public.get)
    refused(message._replace(url=URL + "?a=1"), "signature_invalid", keys=public.get)  # @query is not covered
    refused(request(new_key(algorithm), created=CREATED), "key_not_found", keys=public.get)
    refused(message._replace(headers=message.headers[:-2]), "signature_missing", keys=public.get)
    stranger = {key.id: new_key(algorithm).public()._replace(id=key.id)}
    refused(message, "signature_invalid", keys=stranger.get)


def test_a_part_of_a_component_does_not_cover_it() -> None:
    key = new_key()
    message = HttpMessage("GET", "https://a.example/x", (("UCP-Agent", 'profile="https://b.example/", v="1"'),))
    required = covered(message, ("ucp-agent",))
    for part in (Item("ucp-agent", {"key": "v"}), Item("ucp-agent", {"req": False})):
        head = sign(message, key, (*required[:-1], part), created=100)
        signed = with_headers(message, head)
        with pytest.raises(SignatureFault, match="does not cover ucp-agent"):
            verify(signed, lambda _number: key.public(), required=required, now=100)
    whole = with_headers(message, sign(message, key, required, created=100))
    assert verify(whole, lambda _number: key.public(), required=required, now=100).components == required


def test_times_are_checked_with_a_minute_for_clocks_that_differ() -> None:
    key = new_key()
    keys = {key.id: key.public()}.get
    message = request(key, created=CREATED, expires=CREATED + 300)
    names = covered(message)
    for now in (CREATED - 60, CREATED + 360):
        assert verify(message, keys, required=names, now=now).parameters["expires"] == CREATED + 300
    assert "expired 361 s ago" in str(refused(message, "signature_invalid", keys=keys, now=CREATED + 661))
    assert "set the clock" in str(refused(message, "signature_invalid", keys=keys, now=CREATED - 61))
    assert "older than 10 s" in str(refused(message, "signature_invalid", keys=keys, now=CREATED + 100, max_age=10))
    timeless = request(key)
    assert verify(timeless, keys, required=names, now=0).key == key.id
    refused(timeless, "signature_invalid", keys=keys, max_age=300)


def test_a_signature_without_an_end_holds_for_the_window_that_the_verifier_asks_for() -> None:
    key = new_key()
    keys = {key.id: key.public()}.get
    read = HttpMessage("GET", URL)
    endless, ended = (
        with_headers(read, sign(read, key, covered(read), created=CREATED, expires=expires))
        for expires in (None, CREATED + 3600)
    )
    for message, now in ((endless, CREATED + 360), (ended, CREATED + 3660)):
        assert verify(message, keys, required=covered(read), now=now, window=READ_WINDOW).key == key.id
    names = covered(read)
    late = refused(endless, "signature_invalid", keys=keys, required=names, now=CREATED + 361, window=READ_WINDOW)
    assert "older than 300 s" in str(late)
    unknown = with_headers(read, sign(read, key, names))
    says = str(refused(unknown, "signature_invalid", keys=keys, required=names, window=READ_WINDOW))
    assert "add the parameter created" in says
    refused(ended, "signature_invalid", keys=keys, required=names, now=CREATED + 361, window=READ_WINDOW, max_age=300)


def test_one_of_several_signatures_is_enough_and_a_tag_chooses() -> None:
    known, unknown = new_key(), new_key()
    message = request(unknown, created=CREATED, label="other")
    second = sign(message, known, covered(message), label="sig1", created=CREATED, tag="federation")
    both = with_headers(message, second)
    keys = {known.id: known.public()}.get
    assert verify(both, keys, required=covered(message), now=CREATED).label == "sig1"
    assert verify(both, keys, required=covered(message), now=CREATED, tag="federation").label == "sig1"
    refused(both, "signature_missing", keys=keys, tag="nobody's")


def test_an_answer_is_bound_to_its_request() -> None:
    key = new_key(ED25519)
    asked = request(key, created=CREATED)
    answer = HttpMessage(
        status=200,
        headers=(("Content-Type", "application/json"), ("Content-Digest", content_digest(b"{}"))),
        body=b"{}",
        request=asked,
    )
    bound: list[str | Item] = [*covered(answer), Item("signature", {"key": "sig1", "req": True})]
    made = with_headers(answer, sign(answer, key, bound, created=CREATED))
    keys = {key.id: key.public()}.get
    assert verify(made, keys, required=covered(answer), now=CREATED).key == key.id
    another = request(new_key(), created=CREATED)
    refused(made._replace(request=another), "signature_invalid", keys=keys, required=())
    refused(made._replace(request=None), "signature_invalid", keys=keys, required=())


@pytest.mark.parametrize(
    ("head", "code"),
    [
        ({"Signature-Input": "sig1=(", "Signature": "sig1=:YQ==:"}, "signature_invalid"),
        ({"Signature-Input": 'sig1=("@method");keyid=5', "Signature": "sig1=:YQ==:"}, "key_not_found"),
        ({"Signature-Input": 'sig1=("@method");created="x"', "Signature": "sig1=:YQ==:"}, "signature_invalid"),
        ({"Signature-Input": 'sig1=("@method")', "Signature": "sig1=5"}, "signature_invalid"),
        ({"Signature-Input": "sig1=5", "Signature": "sig1=:YQ==:"}, "signature_invalid"),
        ({"Signature-Input": 'sig1=("@method" "@method");keyid="k"', "Signature": "sig1=:YQ==:"}, "signature_invalid"),
        ({"Signature-Input": 'sig1=("@nothing");keyid="k"', "Signature": "sig1=:YQ==:"}, "signature_invalid"),
        ({"Signature-Input": 'sig1=("absent");keyid="k"', "Signature": "sig1=:YQ==:"}, "signature_invalid"),
        ({"Signature-Input": 'sig1=("date";bs);keyid="k"', "Signature": "sig1=:YQ==:"}, "signature_invalid"),
        ({"Signature-Input": 'sig1=();keyid="k";alg="rsa-v1_5-sha256"', "Signature": "sig1=:YQ==:"},
         "algorithm_unsupported"),
        ({"Signature-Input": "a" * 20_000, "Signature": "sig1=:YQ==:"}, "signature_invalid"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_refused_by_name(head: dict[str, str], code: str) -> None:
    key = new_key()._replace(id="k").public()
    refused(with_headers(HttpMessage("GET", URL), head), code, keys={"k": key}.get, required=())


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"kid": ""}, "no id"),
        ({"crv": "P-521"}, "neither"),
        ({"use": "enc"}, "not for signatures"),
        ({"key_ops": ["sign"]}, "not for signatures"),
        ({"alg": "ES384"}, "algorithm"),
        ({"x": "AAAA"}, "damaged"),
        ({"x": ED["x"]}, "damaged"),
        ({"y": "not base64!"}, "damaged"),
    ],
)
def test_a_key_that_cannot_verify_says_why(change: dict[str, Any], says: str) -> None:
    with pytest.raises(KeyUnsupported, match=says):
        read_jwk({**P256, **change})


def test_keys_are_read_back_and_have_the_thumbprint_of_the_rfc() -> None:
    """RFC 8037, appendix A.3; the key of RFC 9421 has the thumbprint that draft Web Bot Auth names."""
    key = {**ED, "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}
    assert read_jwk(key).thumbprint() == "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"
    assert read_jwk(ED).thumbprint() == "poqkLGiymh_W0uP6PZFw-dvez3QJT5SolqXBCW38r0U"
    for algorithm in (ES256, ED25519):
        made = new_key(algorithm)
        again = read_pem(made.pem())
        assert (again.id, again.public().jwk()) == (made.id, made.public().jwk())
        assert read_jwk(made.public().jwk()).thumbprint() == made.id
    with pytest.raises(KeyUnsupported):
        read_pem("no key")


def test_a_digest_by_either_hash_is_checked() -> None:
    check_digest(REQUEST)
    body = HttpMessage(headers=(("Content-Digest", content_digest(b"x")),), body=b"x")
    check_digest(body)
    for value in ("md5=:YQ==:", "sha-256=5", "sha-256=:YQ==:", "("):
        with pytest.raises(SignatureFault, match="Content-Digest"):
            check_digest(body._replace(headers=(("Content-Digest", value),)))
    with pytest.raises(SignatureFault):
        check_digest(body._replace(headers=()))


# Another implementation, in both directions


class Resolver:
    """Keys for the other implementation."""

    def __init__(self, key: SigningKey) -> None:
        self.key = key

    def resolve_private_key(self, _key_id: str) -> Any:
        """The key that signs."""
        return self.key.key

    def resolve_public_key(self, _key_id: str) -> Any:
        """The key that verifies."""
        return self.key.key.public_key()


@pytest.mark.parametrize("algorithm", [ES256, ED25519])
def test_another_implementation_accepts_ours_and_ours_accepts_it(algorithm: str) -> None:
    other = pytest.importorskip("http_message_signatures", reason="http-message-signatures is not installed")
    httpx = pytest.importorskip("httpx")
    key = new_key(algorithm)
    kind = other.algorithms.ED25519 if algorithm == ED25519 else other.algorithms.ECDSA_P256_SHA256
    now = dt.datetime.now(dt.UTC)
    body = '{"tên":"cà phê ☕"}'.encode()
    ours = request(key, body, created=int(now.timestamp()))
    theirs = httpx.Request("POST", URL, headers=list(ours.headers), content=body)
    verifier = other.HTTPMessageVerifier(signature_algorithm=kind, key_resolver=Resolver(key))
    (result,) = verifier.verify(theirs, max_age=dt.timedelta(minutes=5))
    assert '"@authority"' in result.covered_components
    ours_again = httpx.Request("POST", URL, headers=[each for each in ours.headers if "ignature" not in each[0]])
    signer = other.HTTPMessageSigner(signature_algorithm=kind, key_resolver=Resolver(key))
    signer.sign(
        ours_again, key_id=key.id, created=now, label="sig1", body=body, use_existing_digest=True,
        covered_component_ids=("@method", "@authority", "@path", "ucp-agent", "content-digest", "content-type"),
    )  # fmt: skip
    message = HttpMessage("POST", URL, list(ours_again.headers.items()), body)
    signed = verify(message, {key.id: key.public()}.get, required=covered(message, ("ucp-agent",)), now=now.timestamp())
    assert signed.key == key.id
    refused(message._replace(method="PUT"), "signature_invalid", keys={key.id: key.public()}.get, now=now.timestamp())


# Structured fields


@pytest.mark.parametrize(
    "text", ["A=1", "a=", "a=(", 'a=("b"c)', "a=1,", "a=1 b=2", "a=1.5", "a=:=:", 'a="é"', "a=?2", "a=1;B", "a=@1"]
)
def test_a_field_that_is_not_one_is_refused(text: str) -> None:
    with pytest.raises(FieldFault):
        read_dictionary(text)


_TEXTS = st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), max_size=20)
_BARE = st.one_of(
    st.integers(-(10**15) + 1, 10**15 - 1), _TEXTS, st.binary(max_size=20), st.booleans(),
    st.sampled_from([Token("a"), Token("*b/c:d")]),
)  # fmt: skip
_PARAMETERS = st.dictionaries(st.sampled_from(["a", "key", "x-1", "*"]), _BARE, max_size=3)
_ITEMS = st.builds(Item, _BARE, _PARAMETERS)


@given(st.one_of(_ITEMS, st.builds(InnerList, st.lists(_ITEMS, max_size=3).map(tuple), _PARAMETERS)))
def test_what_is_written_is_read_back(member: Item | InnerList) -> None:
    text = f"m={write_member(member)}"
    assert read_dictionary(text) == {"m": member}
    other = pytest.importorskip("http_sf", reason="http-message-signatures is not installed")
    assert "m" in other.parse(text.encode(), tltype="dictionary")
