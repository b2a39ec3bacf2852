"""Data transfers of this node: the rules of its economy, the mechanisms that two persons recorded, and the service."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING

from entrepot import app
from entrepot.configuration import ConfigurationError
from entrepot.cooperation.transfer_service import Asked, transfer_service
from entrepot.law.records import TransferRule
from entrepot.model.data_words import EXPORTERS
from entrepot.model.errors import LawError
from entrepot.trade.ports import Transaction
from entrepot.trade.transfers import routes
from entrepot.trade.transfers.leaving import Leaving
from entrepot.trade.transfers.routes import Route
from entrepot.trade_app.books import open_books

if TYPE_CHECKING:
    from entrepot.law.library import Library

_EXPORTER = "ENTREPOT_DATA_EXPORTER"


def rules_of(economy: str, on: dt.date, library: Library | None = None) -> Sequence[TransferRule]:
    """The rules of an economy on data that leave; none where no pack has its law.

    >>> rules_of("PH", dt.date(2026, 3, 1)), rules_of("XX", dt.date(2026, 3, 1))
    ((), ())
    """
    try:
        return (library or app.library()).law(economy, on).transfers
    except LawError:
        return ()


def exporter(environment: Mapping[str, str]) -> str:
    """What this node is for the law on data: ordinary, large or critical. Raises ConfigurationError.

    >>> exporter({}), exporter({"ENTREPOT_DATA_EXPORTER": "critical"})
    ('ordinary', 'critical')
    """
    given = environment.get(_EXPORTER, "").strip() or EXPORTERS[0]
    if given not in EXPORTERS:
        raise ConfigurationError(
            "{name} is {given!r}. Use one of {known}.", name=_EXPORTER, given=given, known=", ".join(EXPORTERS)
        )
    return given


def service(economy: str) -> Callable[[Transaction, Asked], Leaving]:
    """The service `transfer` of the node of an economy, for `trade.nodes.node.Node`."""
    return transfer_service(rules_of, economy, exporter(os.environ))


def list_routes() -> Sequence[Route]:
    """The routes on which data leave, with their mechanisms."""
    return open_books().list_objects("tr_", limit=1000)


def record(origin: str, destination: str, name: str, *, number: str, until: dt.date, by: str) -> Route:
    """A person records a mechanism. Raises TradeError, StoreError."""
    command = partial(
        routes.record_mechanism,
        origin=origin,
        destination=destination,
        name=name,
        number=number,
        until=until,
        by=by,
    )
    return open_books().run(command)


def approve(origin: str, destination: str, name: str, *, by: str) -> Route:
    """Another person approves it. Raises TradeError, StoreError."""
    command = partial(routes.approve_mechanism, origin=origin, destination=destination, name=name, by=by)
    return open_books().run(command)


def withdraw(origin: str, destination: str, name: str, *, by: str) -> Route:
    """A mechanism has ended. Raises TradeError, StoreError."""
    command = partial(routes.withdraw_mechanism, origin=origin, destination=destination, name=name, by=by)
    return open_books().run(command)
