"""The course tools of sellers: registered, changed, and their keys, which are fetched from checked addresses only."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django.conf import settings

from entrepot.connect.lti import tokens
from entrepot.connect.lti import tool as registration
from entrepot.connect.lti.faults import LtiFault
from entrepot.connect.webhooks import post as http
from entrepot.connect.webhooks.addresses import UnsafeAddress, read_url
from entrepot.store import courses as rows
from entrepot.trade.courses.tools import Tool

#: How long a key set is kept; and how soon it may be read again, for a key that is not in it.
KEPT, AGAIN = dt.timedelta(hours=12), dt.timedelta(minutes=1)
#: Seconds for reading a key set: the request of a tool waits for it.
TIMEOUT = 5.0


def register(organization: str, given: Mapping[str, str], now: dt.datetime) -> Tool:
    """Register a tool of a seller. Raises LtiFault and rows.TooMany."""
    return rows.create_tool(organization, _read(given), now)


def change(organization: str, number: str, given: Mapping[str, str]) -> bool:
    """Change a registration. False if the organization has no such tool. Raises LtiFault."""
    return rows.change_tool(number, organization, **_read(given))


def set_status(organization: str, number: str, *, enabled: bool) -> bool:
    """Enable or disable a tool: a disabled one opens nothing, and its access tokens end at once."""
    return rows.change_tool(number, organization, status="enabled" if enabled else "disabled")


def verify(token: str, tool: Tool, audiences: tuple[str, ...], now: dt.datetime) -> dict[str, Any]:
    """The claims of a token of a tool. Raises LtiFault.

    A key that is not known is looked for again: tools replace theirs.
    """
    try:
        return tokens.verify(token, keys_of(tool, now), issuer=tool.client_id, audiences=audiences, now=now)
    except LtiFault as fault:
        fetched = rows.key_set_of(tool.id)[1]
        if fault.code != "wrong_key" or not tool.jwks_url or fetched is None or now - fetched < AGAIN:
            raise
    return tokens.verify(token, keys_of(tool, now, fresh=True), issuer=tool.client_id, audiences=audiences, now=now)


def keys_of(tool: Tool, now: dt.datetime, *, fresh: bool = False) -> list[dict[str, Any]]:
    """The public keys of a tool. Raises LtiFault."""
    if tool.keys:
        return tokens.read_keys(tool.keys)
    text, fetched = rows.key_set_of(tool.id)
    if fresh or not text or fetched is None or now - fetched > KEPT:
        text = fetch(tool.jwks_url)
        rows.keep_key_set(tool.id, text, now)
    return tokens.read_keys(text)


def fetch(url: str) -> str:
    """The key set at an address: of the public internet only. Raises LtiFault."""
    loopback: bool = settings.WEBHOOKS_LOOPBACK
    try:
        target = read_url(url, allow_loopback=loopback)
        answer = http.get(target, most=tokens.MAX_KEY_SET + 1, allow_loopback=loopback, timeout=TIMEOUT)
    except (UnsafeAddress, http.NoAnswer) as error:
        raise LtiFault("keys_not_read", f"The key set of the tool cannot be read. {error}", 502) from None
    if answer.status != 200:
        raise LtiFault("keys_not_read", f"The key set of the tool cannot be read: it answered {answer.status}.", 502)
    return answer.body.decode("utf-8", "replace")


def _read(given: Mapping[str, str]) -> dict[str, object]:
    return registration.read_tool(given, allow_loopback=settings.WEBHOOKS_LOOPBACK)
