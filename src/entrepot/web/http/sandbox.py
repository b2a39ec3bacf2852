"""Keys of the sandbox: they use only the law of the invented economy, and every answer to them says so.

Their text begins with `ek_test_`. No real law can be read with such a key, and no figure given for it is one of a real
place: it may be written into an example, a test or a page that others read.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http.response import HttpResponseBase

from entrepot.web.http.api_keys import Caller, in_sandbox
from entrepot.web.http.errors import Refused

#: The invented economy, whose law is for tests and lessons.
ECONOMY = "ZZ"
HEADER = "Entrepot-Sandbox"


def check_economy(caller: Caller, economy: str, param: str) -> None:
    """Raises Refused (403) if a key of the sandbox asks for the law of another economy."""
    if caller.sandbox and economy.strip().upper() != ECONOMY:
        message = (
            f"This is a key of the sandbox: it works only for the invented economy {ECONOMY}. "
            f'Use "{ECONOMY}", or a key that does not begin with ek_test_.'
        )
        raise Refused(403, "authentication_error", "sandbox_only", message, param)


def check_sale(caller: Caller, sale: Mapping[str, Any]) -> None:
    """Raises Refused (403) if a key of the sandbox asks for a sale to another economy."""
    if caller.sandbox:
        place = sale.get("ship_to")
        country = place.get("country") if isinstance(place, Mapping) else None
        if isinstance(country, str):  # anything else is not a valid sale, which the error says
            check_economy(caller, country, "ship_to.country")


def mark(response: HttpResponseBase) -> HttpResponseBase:
    """Add the header of the sandbox, if the request had one of its keys."""
    if in_sandbox.get():
        response[HEADER] = "true"
    return response


def mark_quote(caller: Caller, quote: bytes) -> bytes:
    """The JSON of a quote, with `sandbox` as its first field if the caller has a key of the sandbox."""
    return b'{"sandbox":true,' + quote[1:] if caller.sandbox else quote
