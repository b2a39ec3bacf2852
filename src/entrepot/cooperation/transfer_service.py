"""The service `transfer` of a node: what is asked before a message with personal data about an order is sent.

node.services["transfer"](tx, Transfer(peer=…, subject="og_…", category="health", ground="contract_with_person", …))
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from typing import Final, Protocol

from entrepot.cooperation.transfers import leave
from entrepot.law.records import TransferRule
from entrepot.trade.nodes.peers import Peer
from entrepot.trade.ports import Transaction
from entrepot.trade.transfers.leaving import Disclosure, Leaving

#: The words of orders, as the rules say them.
_CATEGORIES: Final[Mapping[str, str]] = {"health": "sensitive"}
_GROUNDS: Final[Mapping[str, str]] = {"contract_with_person": "contract"}
#: By the first field: for what the data leave.
_PURPOSES: Final[Mapping[str, str]] = {"participation": "participation", "document": "document", "link": "link"}


class Asked(Protocol):
    """What is about to leave. `subject`: whose data: an organization or person (`og_`, `us_`), or another id."""

    @property
    def peer(self) -> Peer:
        """To which node."""

    @property
    def subject(self) -> str:
        """Whose data."""

    @property
    def category(self) -> str:
        """What they are."""

    @property
    def ground(self) -> str:
        """Why they leave."""

    @property
    def about(self) -> str:
        """The order of the two nodes."""

    @property
    def fields(self) -> tuple[str, ...]:
        """The names of what leaves."""


def transfer_service(
    rules_of: Callable[[str, dt.date], Sequence[TransferRule]], economy: str, exporter: str = "ordinary"
) -> Callable[[Transaction, Asked], Leaving]:
    """The service of the node of an economy. `rules_of`: the rules of the law of an economy on a day.

    >>> service = transfer_service(lambda economy, on: (), "CN")
    """

    def ask(tx: Transaction, asked: Asked) -> Leaving:
        owner = asked.subject if asked.subject.startswith(("og_", "us_")) else ""
        disclosure = Disclosure(
            owner=owner,
            person=asked.subject,
            about=asked.about,
            origin=economy,
            destination=asked.peer.economy,
            recipient=asked.peer.id,
            category=_CATEGORIES.get(asked.category, asked.category),
            ground=_GROUNDS.get(asked.ground, asked.ground),
            purpose=_PURPOSES.get(asked.fields[0], "delivery") if asked.fields else "participation",
            fields=asked.fields,
        )
        return leave(tx, rules_of(economy, tx.time.date()), disclosure, exporter=exporter)

    return ask
