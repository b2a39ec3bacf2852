"""LTI messages: keys and tokens of tools, requests of authentication, what was chosen, line items and access tokens."""

from __future__ import annotations

import datetime as dt
import json
from decimal import Decimal
from typing import Any

import pytest

from entrepot.connect.lti import access, deep_linking, grades, launches, names, tokens
from entrepot.connect.lti.faults import LtiFault
from entrepot.connect.lti.tool import read_tool
from entrepot.trade.courses.tools import Tool

pytest.importorskip("joserfc", reason="joserfc is not installed")

NOW = dt.datetime(2026, 11, 26, 10, tzinfo=dt.UTC)
TOOL = Tool(
    id="lt_1", organization="og_1", name="T", client_id="c1", deployment="1", login_url="https://t.example/login",
    launch_urls=("https://t.example/launch",),
)  # fmt: skip
ASKED = {
    "scope": "openid", "response_type": "id_token", "response_mode": "form_post", "prompt": "none", "client_id": "c1",
    "redirect_uri": "https://t.example/launch", "state": "s", "nonce": "n", "login_hint": "h",
}  # fmt: skip


@pytest.fixture(scope="module")
def key() -> tokens.PlatformKey:
    return tokens.new_key()


def claims(**changed: Any) -> dict[str, Any]:
    issued = int(NOW.timestamp())
    return {"iss": "c1", "aud": ["https://n.example"], "iat": issued, "exp": issued + 60, **changed}


def code(key: tokens.PlatformKey, token: str, keys: Any = None) -> str:
    """Why a token is refused; "" if it is not."""
    given = [key.public()] if keys is None else keys
    try:
        tokens.verify(token, given, issuer="c1", audiences=("https://n.example",), now=NOW)
    except LtiFault as fault:
        return fault.code
    return ""


def test_tokens_are_verified_before_anything_of_them_is_believed(key: tokens.PlatformKey) -> None:
    import jwt

    issued = int(NOW.timestamp())
    assert code(key, key.sign(claims())) == ""
    assert code(key, key.sign(claims(aud="https://n.example"))) == ""
    assert code(key, key.sign(claims()), [{**key.public(), "kid": "other"}]) == "wrong_key"
    assert code(key, key.sign(claims())[:-6] + "AAAAAA") == "wrong_key"
    assert code(key, key.sign(claims(iss="other"))) == "wrong_issuer"
    assert code(key, key.sign(claims(aud="other"))) == "wrong_audience"
    assert code(key, key.sign(claims(exp=issued - 120, iat=issued - 200))) == "expired"
    assert code(key, key.sign(claims(iat=issued + 120, exp=issued + 180))) == "expired"
    assert code(key, key.sign(claims(exp=issued + 90_000))) == "invalid_token"
    assert code(key, key.sign(claims(exp="soon"))) == "invalid_token"
    assert code(key, jwt.encode(claims(), "", algorithm="none")) == "invalid_token"
    assert code(key, "x.y.z") == "invalid_token"
    assert code(key, "") == "invalid_token"


def test_a_key_is_read_in_each_form_and_a_private_or_weak_one_is_refused(key: tokens.PlatformKey) -> None:
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import ec, rsa

    public = key.public()
    assert tokens.read_keys(json.dumps(public))[0]["n"] == public["n"]
    assert tokens.read_keys(json.dumps({"keys": [{"kty": "oct", "k": "AA"}, public]}))[0]["kid"] == key.kid
    form = serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    private = serialization.load_pem_private_key(key.pem.encode(), None)
    pem = private.public_key().public_bytes(*form).decode()
    assert code(key, key.sign(claims()), tokens.read_keys(pem)) == "", "a single key needs no name"
    curve = ec.generate_private_key(ec.SECP256R1()).public_key().public_bytes(*form).decode()
    assert tokens.read_keys(curve)[0]["kty"] == "EC"
    weak = rsa.generate_private_key(public_exponent=65537, key_size=1024).public_key().public_bytes(*form).decode()
    for text, why in ((key.pem, "key_private"), (weak, "key_invalid"), ("{", "key_invalid"), ("x", "key_invalid")):
        with pytest.raises(LtiFault) as fault:
            tokens.read_keys(text)
        assert fault.value.code == why


@pytest.mark.parametrize(
    "changed",
    [
        {"scope": "email"},
        {"response_type": "code"},
        {"response_mode": "query"},
        {"prompt": "login"},
        {"nonce": ""},
        {"state": "x" * 3000},
        {"client_id": "c2"},
        {"redirect_uri": "https://other.example/launch"},
    ],
    ids=repr,
)
def test_a_question_that_is_not_the_tools_is_refused(changed: dict[str, str]) -> None:
    launches.check_request(launches.read_request(ASKED), TOOL)
    with pytest.raises(LtiFault):
        launches.check_request(launches.read_request({**ASKED, **changed}), TOOL)


def test_an_answer_to_choosing_content_is_read() -> None:
    item = {"type": "ltiResourceLink", "title": "Unit", "url": "https://t.example/u", "custom": {"a": 1}}
    answer = {
        names.MESSAGE_TYPE: names.LINKING_RESPONSE, names.VERSION_CLAIM: "1.3.0", names.DEPLOYMENT: "1",
        names.LINKING_DATA: "d", names.LINKING_ITEMS: [{**item, "lineItem": {"scoreMaximum": 20}}],
    }  # fmt: skip
    chosen = deep_linking.read_answer(answer, TOOL, "d", allow_loopback=False)
    assert chosen is not None
    assert (chosen.url, chosen.custom, chosen.maximum) == ("https://t.example/u", {"a": "1"}, Decimal(20))
    assert deep_linking.read_answer({**answer, names.LINKING_ITEMS: []}, TOOL, "d", allow_loopback=False) is None
    wrong: list[dict[str, Any]] = [
        {names.MESSAGE_TYPE: names.RESOURCE_REQUEST},
        {names.DEPLOYMENT: "2"},
        {names.LINKING_DATA: "other"},
        {names.LINKING_ERROR: "no"},
        {names.LINKING_ITEMS: [{"type": "file"}]},
        {names.LINKING_ITEMS: [{**item, "url": "http://10.0.0.1/"}]},
        {names.LINKING_ITEMS: [{**item, "lineItem": {"scoreMaximum": 0}}]},
        {names.LINKING_ITEMS: "x"},
    ]
    for changed in wrong:
        with pytest.raises(LtiFault):
            deep_linking.read_answer({**answer, **changed}, TOOL, "d", allow_loopback=False)


def test_an_access_token_is_for_its_scopes_and_an_hour() -> None:
    secret = b"s" * 32
    header = f"Bearer {access.make_token(secret, 'lt_1', (names.SCOPE_SCORES,), NOW)}"
    assert access.read_token(secret, header, (names.SCOPE_SCORES,), NOW).tool == "lt_1"
    # Not the last character, of which a decoder may pass over some bits.
    changed = header[:-9] + ("A" if header[-9] != "A" else "B") + header[-8:]
    refused = [
        (b"t" * 32, header, names.SCOPE_SCORES, NOW, "invalid_token"),
        (secret, changed, names.SCOPE_SCORES, NOW, "invalid_token"),
        (secret, "Basic x", names.SCOPE_SCORES, NOW, "invalid_token"),
        (secret, header, names.SCOPE_ITEMS, NOW, "insufficient_scope"),
        (secret, header, names.SCOPE_SCORES, NOW + access.LIFETIME, "invalid_token"),
    ]
    for key, given, scope, now, why in refused:
        with pytest.raises(LtiFault) as fault:
            access.read_token(key, given, (scope,), now)
        assert fault.value.code == why


@pytest.mark.parametrize("value", [True, "1", 10**12, float("inf")])
def test_a_grade_is_a_number_within_bounds(value: Any) -> None:
    with pytest.raises(LtiFault):
        grades.number(value, "scoreGiven")


FORM = {
    "name": "T", "login_url": "https://t.example/login", "launch_urls": "https://t.example/a https://t.example/b",
    "jwks_url": "https://t.example/jwks",
}  # fmt: skip


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""),
        ("login_url", "http://t.example/login"),
        ("login_url", "https://127.0.0.1/login"),
        ("launch_urls", ""),
        ("launch_urls", "https://t.example/a javascript:alert(1)"),
        ("linking_url", "https://u:p@t.example/"),
        ("jwks_url", ""),
        ("jwks_url", "https://169.254.169.254/latest"),
        ("keys", "x"),
    ],
)
def test_a_registration_that_is_not_safe_is_refused(field: str, value: str) -> None:
    assert read_tool(FORM, allow_loopback=False)["launch_urls"] == ("https://t.example/a", "https://t.example/b")
    with pytest.raises(LtiFault):
        read_tool({**FORM, field: value}, allow_loopback=False)
