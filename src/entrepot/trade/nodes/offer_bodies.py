"""The bodies of the messages about offers: what one node asks another about its market, and what it answers.

All are asked and answered at once. An amount is a decimal in major units, as in `/v1`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

#: Offers of one answer, ids of one query, and characters of a text that is only an id, at most.
MAX_LISTED, MAX_QUERIED = 100, 100


class ListAsked(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """`offer.list`: the offers that the market of a node shows. `after`: the `next` of the answer before."""

    after: str = ""


class QueryAsked(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """`offer.query`: some offers as they are now."""

    offers: tuple[str, ...]


class ListedPavilion(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """A pavilion. `slug`: its name in addresses; `titles`, `texts`: by language; `presenter`: who presents it."""

    slug: str
    titles: Mapping[str, str]
    texts: Mapping[str, str] = {}
    presenter: str = ""


class ListedOffer(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """An offer. `offer`, `version`: there; `terms`: the fields of an offer, as a seller sends them to `/v1/offers`.

    `pavilion`: the slug of the one in which it is shown; `descriptions`: by language.
    """

    offer: str
    version: int
    seller: str
    seller_name: str
    pavilion: str
    terms: Mapping[str, Any]
    descriptions: Mapping[str, str] = {}


class OffersListed(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """The answer to `offer.list` and `offer.query`. `next`: where the list goes on; "" at its end.

    An offer that was queried and is not in the answer cannot be ordered now.
    """

    offers: tuple[ListedOffer, ...]
    pavilions: tuple[ListedPavilion, ...] = ()
    next: str = ""


class PriceAsked(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """`quote.request`: what pieces of an offer cost a buyer in the economy of the node that is asked.

    `terms`: the fields of the offer, as a seller sends them to `/v1/offers`; `buyer`: `consumer` or `business`.
    """

    terms: Mapping[str, Any]
    quantity: int = 1
    buyer: str = "consumer"


class CitedLaw(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """A row of law behind a price. `row`: its place in the packs of the node that answers; `until`: "" without an end.

    `trust`: how reliable it is; `sources`: the titles of what it was read in.
    """

    row: str
    trust: str
    since: str
    until: str = ""
    sources: tuple[str, ...] = ()


class PriceIssued(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """`quote.issued`: the answer to `quote.request`, calculated by the law of the node that answers.

    `status`: `open`, `conditional` (the buyer has to confirm `conditions`) or `refused` (`reasons`); `landed`: what the
    buyer pays in the end, and `charges`: duties, taxes and fees in it; null where they are not known or a range from
    `low` to `high`; `at_least`: a charge is not known and not in it; `procedure`: the id of the import procedure;
    `law_date`, `law_hash`: the law that it was calculated with; `trust`: of its rows, the least; `rows`: those that
    decided the price of this procedure; `expires`: the end of the day of the law (RFC 3339): then it is asked again.
    """

    status: str
    currency: str
    landed: str | None = None
    charges: str | None = None
    low: str | None = None
    high: str | None = None
    at_least: bool = False
    procedure: str = ""
    conditions: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()
    law_date: str = ""
    law_hash: str = ""
    trust: str = ""
    rows: tuple[CitedLaw, ...] = ()
    expires: str = ""
