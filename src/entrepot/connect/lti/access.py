"""Access tokens for the services: given for a signed assertion of the tool (OAuth 2.0 client credentials, RFC 7523).

A token names the tool and its scopes, is signed with a secret of the node, and lives for an hour; a tool that is
disabled loses all of them at once, because each request looks the tool up.
"""

from __future__ import annotations

import datetime as dt
import hmac
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import msgspec

from entrepot.connect.documents import jose
from entrepot.connect.lti import names, tokens
from entrepot.connect.lti.faults import LtiFault
from entrepot.trade.courses.tools import Tool

LIFETIME = dt.timedelta(hours=1)
ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
MAX_ID = 255


class Access(msgspec.Struct, frozen=True, kw_only=True):
    """What an access token allows. `expires`: seconds since 1970."""

    tool: str
    scopes: tuple[str, ...]
    expires: int


class Assertion(NamedTuple):
    """A checked assertion. `id`: used once; `expires`: until when it must be remembered."""

    id: str
    expires: dt.datetime


def read_grant(given: Mapping[str, str]) -> str:
    """The assertion of a request for a token. Raises LtiFault."""
    if given.get("grant_type") != "client_credentials":
        raise LtiFault("unsupported_grant_type", "grant_type must be client_credentials.")
    if given.get("client_assertion_type") != ASSERTION_TYPE:
        raise LtiFault("invalid_request", f"client_assertion_type must be {ASSERTION_TYPE}.")
    return given.get("client_assertion", "")


def check_assertion(claims: Mapping[str, Any], tool: Tool) -> Assertion:
    """Check the verified claims of an assertion. Raises LtiFault."""
    if claims.get("sub") != tool.client_id:
        raise LtiFault("invalid_client", "The subject (sub) of the assertion must be the client id.", 401)
    number = claims.get("jti")
    if not isinstance(number, str) or not 0 < len(number) <= MAX_ID:
        raise LtiFault("invalid_client", "The assertion needs an id (jti), another one each time.", 401)
    return Assertion(number, dt.datetime.fromtimestamp(claims["exp"], dt.UTC) + tokens.LEEWAY)


def scopes_of(asked: str) -> tuple[str, ...]:
    """The scopes that are given, of those asked for. Raises LtiFault if there is none."""
    found = tuple(sorted({each for each in asked.split() if each in names.SCOPES}))
    if not found:
        raise LtiFault("invalid_scope", f"No scope of this platform is asked for. It has: {' '.join(names.SCOPES)}.")
    return found


def make_token(secret: bytes, tool: str, scopes: Sequence[str], now: dt.datetime) -> str:
    """A new access token."""
    access = Access(tool=tool, scopes=tuple(scopes), expires=int((now + LIFETIME).timestamp()))
    body = jose.encode(msgspec.json.encode(access))
    return f"{body}.{jose.encode(_seal(secret, body))}"


def read_token(secret: bytes, header: str, scopes: Sequence[str], now: dt.datetime) -> Access:
    """What the token in an Authorization header allows. `scopes`: one of them is needed. Raises LtiFault."""
    kind, _space, token = header.partition(" ")
    body, _dot, seal = token.strip().partition(".")
    if kind.lower() != "bearer" or not body:
        raise LtiFault("invalid_token", "Send Authorization: Bearer with an access token of this platform.", 401)
    try:
        right = hmac.compare_digest(_seal(secret, body), jose.decode(seal))
        access = msgspec.json.decode(jose.decode(body), type=Access) if right else None
    except (ValueError, msgspec.DecodeError):
        access = None
    if access is None:
        raise LtiFault("invalid_token", "The access token is not one of this platform.", 401)
    if now.timestamp() >= access.expires:
        raise LtiFault("invalid_token", "The access token has expired. Ask for a new one.", 401)
    if not set(scopes) & set(access.scopes):
        raise LtiFault("insufficient_scope", f"The access token does not have the scope {scopes[0]}.", 403)
    return access


def _seal(secret: bytes, body: str) -> bytes:
    return hmac.digest(secret, body.encode(), "sha256")
