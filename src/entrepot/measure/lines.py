"""What one line of a sale says to a statistician. What the ledger does not know is None or "", never a guess."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

#: How an order came: by a method made for placing orders over a network, or otherwise.
DIGITAL, OTHER = ORDER_CHANNELS = ("digital", "other")
#: How it was delivered: over a network, as goods, or where one of the two was present.
NETWORK, PHYSICAL, PRESENCE = DELIVERY_CHANNELS = ("network", "physical", "presence")
#: Whether the price is that at the exporter's frontier, or with the freight and insurance to the importer's.
FOB, CIF = VALUATIONS = ("FOB", "CIF")
#: Sectors as in the list CL_SECTOR of SDMX: corporations, government, households with the institutions that serve them.
CORPORATIONS, GOVERNMENT, HOUSEHOLDS = SECTORS = ("S11", "S13", "S1M")
#: The digital platform of a sale that has none, because the platform itself is the seller.
NO_PLATFORM = "none"


class Party(msgspec.Struct, frozen=True, omit_defaults=True):
    """What is known of a party: the economy in which it is resident and its sector; "" for what is not known."""

    economy: str = ""
    sector: str = ""


class Fee(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a platform takes of one payer, in minor units of the line's currency. `payer`: seller or buyer."""

    payer: str
    amount: int


class Taken(msgspec.Struct, frozen=True, omit_defaults=True):
    """What was taken back of a line: a return or a refund, in minor units of the line's currency. `on`: its day."""

    on: str
    amount: int
    quantity: int = 0
    freight: int = 0
    fee: int = 0
    about: str = ""


class LedgerLine(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A line of a paid order.

    `id`: `or_…:1`; `match`: by which another node has the same line, `xo_…:1`, where two nodes have the order;
    `order_evidence`, `delivery_evidence`: codes and ids of the ledger that show the channels; `platform`: its id,
    `NO_PLATFORM`, or "" where it is not known; `seller`, `buyer`, `operator`: the three residents; `seller_id`,
    `buyer_id`: by which traders are counted, never published; `hs`: six digits, or `ebops`: of services (EBOPS 2010);
    `price`: of all pieces, `freight`, `insurance`: charged apart, None where it is not known, all in minor units of
    `currency`; `valuation`: what the price contains; `ordered`, `shipped`, `released`, `delivered`: days (ISO).
    """

    id: str
    match: str = ""
    order_channel: str = ""
    order_evidence: str = ""
    delivery_channel: str = ""
    delivery_evidence: str = ""
    platform: str = ""
    seller: Party = Party()
    buyer: Party = Party()
    operator: Party = Party()
    seller_id: str = ""
    buyer_id: str = ""
    service: bool = False
    hs: str = ""
    ebops: str = ""
    currency: str = ""
    price: int | None = None
    quantity: int = 0
    freight: int | None = None
    insurance: int | None = None
    valuation: str = ""
    fees: tuple[Fee, ...] = ()
    ordered: str = ""
    shipped: str = ""
    released: str = ""
    delivered: str = ""
    taken: tuple[Taken, ...] = ()

    @property
    def product(self) -> str:
        """The code of what was sold, by its own classification."""
        return self.ebops if self.service else self.hs

    @property
    def fee(self) -> int:
        """What the platform keeps of the line, less what it gave back."""
        return sum(each.amount for each in self.fees) - sum(each.fee for each in self.taken)

    @property
    def net(self) -> int | None:
        """What the seller has of the price: without the platform's fee of the seller, before anything came back."""
        if self.price is None:
            return None
        return self.price - sum(each.amount for each in self.fees if each.payer == "seller")


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """What a statistician knows beside the ledger: the parties by their ids, the platform, and its economy.

    `platform_party`: the organization of the platform's operator: what it sells itself is sold without a platform.
    """

    parties: Mapping[str, Party]
    economy: str
    platform: str = "node"
    platform_party: str = ""

    def party(self, number: str) -> Party:
        """What is known of a party; of one that is not listed, nothing."""
        return self.parties.get(number, Party())
