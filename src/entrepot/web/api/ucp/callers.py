"""Which platform asks: by its signature, by an API key, or in the sandbox by what it says of itself."""

from __future__ import annotations

import time

from django.http import HttpRequest

from entrepot.connect.http_signatures import READ_WINDOW, HttpMessage, SignatureFault, covered, verify
from entrepot.connect.signing_keys import PublicKey
from entrepot.connect.ucp.faults import SIGNATURE_STATUS, UcpFault
from entrepot.connect.ucp.platforms import Platform, negotiate, read_agent
from entrepot.trade_app.ucp import node
from entrepot.trade_app.ucp.checkouts import Caller
from entrepot.ucp_settings import SANDBOX
from entrepot.web.http import api_keys, rate_limit
from entrepot.web.http.actors import SCOPE
from entrepot.web.http.proxies import address_of

#: Requests a minute of one address, before it is known who asks.
PER_MINUTE = 600
#: Faults of a profile that a sandbox does not mind: programs that try a node have none, or one of another release.
_READ_IN_SANDBOX = ("invalid_profile_url", "profile_unreachable", "profile_malformed", "version_unsupported")
#: Headers that a signature must cover where they are sent.
_SIGNED = ("ucp-agent", "signature-agent", "idempotency-key")


def caller_of(request: HttpRequest, body: bytes) -> Caller:
    """Who asks, with the capabilities that both sides have. Raises UcpFault, and Refused above the rate limit."""
    profile = read_agent(request.META.get("HTTP_UCP_AGENT"))
    if key := request.META.get("HTTP_X_API_KEY"):
        request.META["HTTP_AUTHORIZATION"] = f"Bearer {key}"
    keyed = bool(request.META.get("HTTP_AUTHORIZATION"))
    known = api_keys.authenticate(request, SCOPE) if keyed else None
    rate_limit.count_request(known or api_keys.Caller(None, f"ucp {address_of(request)}", frozenset(), PER_MINUTE))
    if known is not None:
        if known.organization is None:
            raise UcpFault(403, "forbidden", "This API key belongs to no organization.")
        return _caller(known.organization, node.profiles().get(profile))
    if request.META.get("HTTP_SIGNATURE_INPUT"):
        return _caller(f"profile:{profile}", _verified(request, body, profile))
    if node.settings().access == SANDBOX:
        return _of_sandbox(profile)
    raise UcpFault(
        401,
        "signature_missing",
        "Sign the request (RFC 9421) with a key of your profile, or send the API key of an organization.",
        {"WWW-Authenticate": 'Bearer realm="ucp"'},
    )


def _caller(party: str, platform: Platform) -> Caller:
    return Caller(party, platform.profile, negotiate(node.own_capabilities(), platform), platform.webhook)


def _of_sandbox(profile: str) -> Caller:
    """Anybody. A profile that cannot be read, or is of another version, counts as one that has every capability."""
    party = f"sandbox:{profile}"
    try:
        return _caller(party, node.profiles().get(profile))
    except UcpFault as fault:
        if fault.code not in _READ_IN_SANDBOX:
            raise
    return Caller(party, profile, {name: version for name, (version, _of) in node.own_capabilities().items()}, "")


def _verified(request: HttpRequest, body: bytes, profile: str) -> Platform:
    """The platform whose key has signed the request. Raises UcpFault."""
    message = HttpMessage(
        request.method or "",
        # The address of this node, whatever Host says: a request that was signed for another one does not hold here.
        f"{node.settings().url}{request.get_full_path()}",
        tuple(request.headers.items()),
        body,
    )
    platforms: list[Platform] = []

    def find(number: str) -> PublicKey | None:
        found = node.profiles().get(profile, key=number)
        platforms.append(found)
        if number in found.unsupported:
            raise SignatureFault("algorithm_unsupported", found.unsupported[number])
        return found.keys.get(number)

    # A change is made once for its Idempotency-Key; a read is answered each time, also to somebody who recorded it.
    window = READ_WINDOW if message.method == "GET" else None
    try:
        verify(message, find, required=covered(message, _SIGNED), now=time.time(), window=window)
    except SignatureFault as fault:
        raise UcpFault(SIGNATURE_STATUS[fault.code], fault.code, str(fault)) from None
    return platforms[-1]
