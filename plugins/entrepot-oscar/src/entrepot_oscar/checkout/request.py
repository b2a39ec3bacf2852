"""The landed price of a request: asked once, however often a page needs it."""

from __future__ import annotations

from typing import Any

from entrepot_oscar.landed import Landed, landed_price

_NAME = "_entrepot_landed"


def landed_of_request(request: Any, submission: Any, basket: Any, shipping_charge: Any) -> Landed | None:
    """The landed price for a submission of the checkout; None where the address is not known yet.

    `submission`: what the checkout is about to submit, with the address.
    """
    address = (submission or {}).get("shipping_address")
    if request is None or address is None or shipping_charge is None or not shipping_charge.is_tax_known:
        return None
    known = request.__dict__.setdefault(_NAME, {})
    key = (basket.pk, address.country_id, address.state, shipping_charge.incl_tax)
    if key not in known:
        fresh = getattr(request, "_entrepot_fresh", False)
        known[key] = landed_price(basket, address, shipping_charge.incl_tax, fresh=fresh)
    return known[key]  # type: ignore[no-any-return]  # of a plain dictionary


def ask_again(request: Any) -> None:
    """Ask the node for the landed prices of this request, whatever was answered before."""
    request._entrepot_fresh = True  # noqa: SLF001  # ours
    request.__dict__.pop(_NAME, None)
