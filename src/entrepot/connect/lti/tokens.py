"""JSON web tokens of LTI: signed with RS256 by the platform, and verified with the keys of a tool.

joserfc is imported when it is needed: a node without course tools does not load it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any, NamedTuple

import msgspec
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from entrepot.connect.lti.faults import LtiFault
from entrepot.model import json as untrusted

#: RS256 is required of every tool; ES256 is accepted too. Never an algorithm with a shared secret, and never none.
SIGNS, ACCEPTED = "RS256", ("RS256", "ES256")
RSA_BITS = 2048
#: Characters of a token, keys of a tool, and bytes of its key set that are read.
MAX_TOKEN, MAX_KEYS, MAX_KEY_SET = 32_000, 30, 64_000
#: How far the clock of a tool may be off, and how long a message of a tool may be valid.
LEEWAY, LONGEST = dt.timedelta(seconds=60), dt.timedelta(hours=1)
_LAST_TIME = 2**40
INSTALL = "Course tools need joserfc: run pip install 'entrepot[services]'."


class PlatformKey(NamedTuple):
    """A key that signs. `pem`: its private key."""

    kid: str
    pem: str

    def sign(self, claims: Mapping[str, Any]) -> str:
        """A token with these claims."""
        jwk, jwt = _joserfc()
        key = jwk.RSAKey.import_key(self.pem)
        found: str = jwt.encode({"alg": SIGNS, "kid": self.kid}, dict(claims), key, algorithms=[SIGNS])
        return found

    def public(self) -> dict[str, str]:
        """The public key, as the key set has it."""
        jwk, _jwt = _joserfc()
        key = jwk.RSAKey.import_key(self.pem)
        return {**key.as_dict(private=False), "kid": self.kid, "use": "sig", "alg": SIGNS}


def new_key() -> PlatformKey:
    """A new key. Its id is the hash of its public key."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=RSA_BITS)
    public = key.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return PlatformKey(sha256(public).hexdigest()[:32], pem.decode())


def read_keys(text: str) -> list[dict[str, Any]]:
    """The public keys of a tool: a key in PEM, a JSON web key, or a set of them, as JSON web keys. Raises LtiFault.

    A private key is refused: who sends one should make a new one.
    """
    jwk, _jwt = _joserfc()
    given = _json_keys(text) if text.lstrip().startswith("{") else [text.strip()]
    found = []
    for each in given[:MAX_KEYS]:
        named = {name: each[name] for name in ("kid",) if name in each} if isinstance(each, dict) else {}
        if isinstance(each, dict) and not _may_be_strong(each):
            continue
        try:
            key = jwk.import_key(each) if isinstance(each, dict) else jwk.import_key(each, _kind_of_pem(each))
        except (ValueError, TypeError, KeyError, jwk_errors()):
            continue
        if key.is_private:
            raise LtiFault("key_private", "This is a private key. Make a new key pair, and give the public key.")
        if not _is_strong(key):
            continue
        found.append({**key.as_dict(private=False), **named})
    if not found:
        raise LtiFault(
            "key_invalid",
            f"No key is usable. Give a public RSA key of {RSA_BITS} bits or more, or an EC key on P-256: in PEM, as a "
            "JSON web key, or as a set of keys.",
        )
    return found


def verify(
    token: str, keys: Sequence[Mapping[str, Any]], *, issuer: str, audiences: Sequence[str], now: dt.datetime
) -> dict[str, Any]:
    """The claims of a token of a tool.

    Raises LtiFault: invalid_token, wrong_key, wrong_issuer, wrong_audience or expired. Nothing is believed before the
    signature was checked. `keys`: of the tool that the token names.
    """
    _jwk, jwt = _joserfc()
    from joserfc import errors, jws  # noqa: PLC0415  # see the docstring of the module

    if not token or len(token) > MAX_TOKEN:
        raise LtiFault("invalid_token", "A signed token (JWT) is missing, or it is too long.")
    # Tools write headers that joserfc does not know; an unknown one changes nothing, and `crit` is refused.
    registry = jws.JWSRegistry(algorithms=list(ACCEPTED), strict_check_header=False)
    try:
        found = jwt.decode(token, lambda entry: _key_for(entry.headers(), keys), registry=registry)
    except errors.BadSignatureError:
        raise LtiFault("wrong_key", "The signature of the token does not match the key of this tool.", 401) from None
    except (errors.JoseError, ValueError, TypeError, RecursionError) as error:
        says = getattr(error, "description", "") or type(error).__name__
        raise LtiFault("invalid_token", f"The token cannot be verified: {says}.") from None
    claims: dict[str, Any] = found.claims
    _check_claims(claims, issuer, audiences, now)
    return claims


def jwk_errors() -> type[Exception]:
    """The exceptions of joserfc."""
    from joserfc.errors import JoseError  # noqa: PLC0415  # see the docstring of the module

    return JoseError


def unverified_issuer(token: str) -> str:
    """Who says that it made a token: to find its keys, and for nothing else. Raises LtiFault."""
    from entrepot.connect.documents import jose  # noqa: PLC0415  # the same reader of tokens

    try:
        if len(token) > MAX_TOKEN:
            raise jose.MalformedToken("it is too long")
        issuer = jose.read(token).claims.get("iss")
    except jose.MalformedToken as error:
        raise LtiFault("invalid_token", f"A signed token (JWT) is expected: {error}.") from None
    if not isinstance(issuer, str) or not issuer:
        raise LtiFault("invalid_token", "The token has no issuer (iss): it is the client id of the tool.")
    return issuer


def _check_claims(claims: Mapping[str, Any], issuer: str, audiences: Sequence[str], now: dt.datetime) -> None:
    if claims.get("iss") != issuer:
        raise LtiFault("wrong_issuer", f"The issuer (iss) of the token must be the client id {issuer}.")
    audience = claims.get("aud")
    named = audience if isinstance(audience, list) else [audience]
    if not any(each in audiences for each in named):
        raise LtiFault("wrong_audience", f"The audience (aud) of the token must be {audiences[0]}.")
    expires, issued = claims.get("exp"), claims.get("iat")
    seconds = now.timestamp()
    if not isinstance(expires, int | float) or not isinstance(issued, int | float) or expires > _LAST_TIME:
        raise LtiFault("invalid_token", "The token has no time of issue (iat) or no expiry (exp).")
    if seconds > expires + LEEWAY.total_seconds():
        raise LtiFault("expired", "The token has expired. Make a new one for each request, and check the clock.", 401)
    if issued > seconds + LEEWAY.total_seconds():
        raise LtiFault("expired", "The token was issued in the future. Check the clock of the tool.", 401)
    if expires - issued > LONGEST.total_seconds():
        raise LtiFault("invalid_token", "The token is valid for more than an hour. Make it shorter.")


def _key_for(header: Mapping[str, Any], keys: Sequence[Mapping[str, Any]]) -> Any:
    """The key that a token names; where the tool gave one key without a name, that one."""
    jwk, _jwt = _joserfc()
    kid = header.get("kid")
    fitting = [each for each in keys if each.get("kid") == kid]
    if not fitting and len(keys) == 1 and (kid is None or "kid" not in keys[0]):
        fitting = [keys[0]]
    if not fitting:
        raise LtiFault("wrong_key", f"The key {str(kid)[:60]!r} is none of the keys of this tool.", 401)
    return jwk.import_key({name: value for name, value in fitting[0].items() if name not in ("use", "alg", "key_ops")})


def _is_strong(key: Any) -> bool:
    if key.key_type == "RSA":
        size: int = key.public_key.key_size
        return size >= RSA_BITS
    return bool(key.key_type == "EC" and key.as_dict(private=False).get("crv") == "P-256")


def _may_be_strong(jwk: Mapping[str, Any]) -> bool:
    """Whether a JSON web key is of a kind that is accepted. joserfc warns of weak keys, and reads them."""
    if jwk.get("kty") == "RSA":
        return len(str(jwk.get("n", ""))) * 6 >= RSA_BITS
    return jwk.get("kty") == "EC" and jwk.get("crv") == "P-256"


def _kind_of_pem(text: str) -> str:
    """`RSA` or `EC`. Raises ValueError."""
    if "PRIVATE KEY" in text:
        raise LtiFault("key_private", "This is a private key. Make a new key pair, and give the public key.")
    key = serialization.load_pem_public_key(text.encode())
    if isinstance(key, rsa.RSAPublicKey):
        if key.key_size < RSA_BITS:
            raise ValueError("weak")
        return "RSA"
    return "EC"


def _json_keys(text: str) -> list[Any]:
    if len(text) > MAX_KEY_SET:
        raise LtiFault("key_invalid", f"A set of keys has at most {MAX_KEY_SET} bytes.")
    try:
        found = untrusted.decode(text)
    except msgspec.DecodeError:
        raise LtiFault("key_invalid", "The key is not JSON and not PEM.") from None
    keys = found.get("keys", [found])
    return [each for each in keys if isinstance(each, dict)] if isinstance(keys, list) else []


def _joserfc() -> tuple[Any, Any]:
    try:
        from joserfc import jwk, jwt  # noqa: PLC0415  # see the docstring of the module
    except ImportError:
        raise LtiFault("not_installed", INSTALL, 501) from None
    return jwk, jwt
