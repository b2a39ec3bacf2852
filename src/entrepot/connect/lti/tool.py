"""The registration of a course tool of a seller at this node (the platform): what it may be, and its keys."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from entrepot.connect.lti import tokens
from entrepot.connect.lti.faults import LtiFault
from entrepot.connect.webhooks.addresses import UnsafeAddress, read_url
from entrepot.trade.courses.tools import Tool

MAX_NAME, MAX_URL, MAX_ADDRESSES = 100, 500, 5


def read_tool(given: Mapping[str, str], *, allow_loopback: bool) -> dict[str, object]:
    """The fields of a registration from a form. Raises LtiFault, whose code is the name of the field."""
    name = given.get("name", "").strip()
    if not name or len(name) > MAX_NAME or not name.isprintable():
        raise LtiFault("name", f"A tool has a name of at most {MAX_NAME} characters.")
    launch = tuple(given.get("launch_urls", "").split())
    if not 1 <= len(launch) <= MAX_ADDRESSES:
        raise LtiFault("launch_urls", f"Give between 1 and {MAX_ADDRESSES} launch URLs (redirect URIs), one a line.")
    found = {"login_url": given.get("login_url", "").strip(), "linking_url": given.get("linking_url", "").strip()}
    jwks, keys = given.get("jwks_url", "").strip(), given.get("keys", "").strip()
    if bool(jwks) == bool(keys):
        raise LtiFault("jwks_url", "Give either the address of the tool's key set (JWKS) or its public key.")
    checks: list[tuple[str, str]] = [("login_url", found["login_url"]), *(("launch_urls", each) for each in launch)]
    checks += [(field, url) for field, url in (("linking_url", found["linking_url"]), ("jwks_url", jwks)) if url]
    for field, url in checks:
        check_url(url, field, allow_loopback=allow_loopback)
    if keys:
        tokens.read_keys(keys)
    return {"name": name, "launch_urls": launch, "jwks_url": jwks, "keys": keys, **found}


def check_url(url: str, field: str, *, allow_loopback: bool) -> None:
    """Raises LtiFault for an address that a tool cannot have. A browser goes there, or this node for the key set."""
    try:
        read_url(url, allow_loopback=allow_loopback)
    except UnsafeAddress as error:
        raise LtiFault(field, str(error)) from None


def keys_of(tool: Tool, fetch: Callable[[str], str]) -> list[dict[str, object]]:
    """The public keys of a tool. `fetch`: the content of its key set. Raises LtiFault."""
    return tokens.read_keys(tool.keys or fetch(tool.jwks_url))
