"""The request of `/v1/classify`."""

from __future__ import annotations

import msgspec


class GoodsDescribed(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Goods to classify: one `description`, or several `descriptions`.

    `to`: the economy whose tariff lines are given under each code. `attributes`: more that is known of the goods of one
    description, such as `{"material": "cotton"}`. `limit`: of codes, at most 20. `correct`: keep this code for the
    description, for the organization of the key, whose requests get it first from then on; an empty text forgets it.
    """

    description: str | None = None
    descriptions: tuple[str, ...] | None = None
    to: str | None = None
    attributes: dict[str, str] = {}
    limit: int = 5
    correct: str | None = None
