"""What one node has asked another about an order, and what that node answered, as an order keeps it."""

from __future__ import annotations

import msgspec


class ServiceCancellation(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """That a buyer asked to cancel a service which another node delivers. `line`: of the order.

    `status`: asked, refused (with a `reason`, a code) or cancelled; `percent`: of its price, what at least is to be
    paid back as long as it is asked, then what that node gives back.
    """

    line: int
    status: str
    percent: int
    reason: str = ""


class ServiceObjection(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """That a buyer objected to a service which another node delivers. `line`: of the order; `reason`: a code.

    `status`: asked, refused (`why`: a code) or told, once that node has recorded it.
    """

    line: int
    status: str
    reason: str
    why: str = ""


class ServiceAcceptance(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """That a buyer accepted a service which another node delivers, before the term ends. `line`: of the order.

    `status`: asked, refused (`why`: a code) or accepted, once that node has recorded it.
    """

    line: int
    status: str
    why: str = ""


class Goodwill(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """That a seller gives a part of the price back to a buyer of another node, without a return.

    `amount`: in minor units of the currency of the order; `reason`: a code. `status`: asked, refused (`why`: a code) or
    paid, once the node of the buyer has paid `paid` of it back: less where less is left of the price.
    `request`: the keyed hash of the request that gave it.
    """

    amount: int
    reason: str
    status: str
    paid: int = 0
    why: str = ""
    request: str = ""
