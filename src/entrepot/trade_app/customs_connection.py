"""The connection of this node to China's customs, by its settings: `ENTREPOT_CUSTOMS_CN` names their file.

Messages leave through the channel `customs` of the outbox. What comes back is read from a folder by a worker, or is
sent to `/v1/customs/cn/messages`.
"""

from __future__ import annotations

import datetime as dt
import hmac
import os
from collections.abc import Mapping
from functools import lru_cache, partial
from pathlib import Path

from entrepot.configuration import ConfigurationError, read_text
from entrepot.connect.customs.cn.http_post import Http
from entrepot.connect.customs.cn.settings import Settings, SettingsError, load_keys, read_settings
from entrepot.connect.customs.cn.transport import Folder, Received, Transport
from entrepot.model.errors import TradeError
from entrepot.setting_names import CUSTOMS_CN
from entrepot.trade.match.compare import Match
from entrepot.trade.outbox import Channel
from entrepot.trade.ports import Books
from entrepot.trade_app import customs_channel, payment_data_channel
from entrepot.trade_app.books import open_books
from entrepot.trade_app.china import CannotDeclare
from entrepot.trade_app.customs_channel import Office


def read_connection(environment: Mapping[str, str]) -> Settings | None:
    """The settings of the connection, whose keys can be used; None without one. Raises ConfigurationError."""
    text = read_text(environment, CUSTOMS_CN)
    if text is None:
        return None
    try:
        found = read_settings(Path(text))
        load_keys(found)
        transport_of(found)
    except (SettingsError, ValueError, OSError) as error:
        raise ConfigurationError(
            "{name} names settings that cannot be used. {why}", name=CUSTOMS_CN, why=str(error)
        ) from None
    return found


def transport_of(settings: Settings) -> Transport:
    """How messages travel. Raises ValueError, OSError."""
    given = settings.transport
    if given.kind == "folder":
        return Folder(settings.folder / given.path, settle=given.settle)
    return Http(given.address, headers={"Authorization": given.authorization} if given.authorization else None)


def office(books: Books, settings: Settings) -> Office:
    """Where messages go and from where they come. Raises SettingsError, ValueError, OSError."""
    return Office(books, settings, load_keys(settings), transport_of(settings))


@lru_cache(maxsize=1)
def open_office() -> Office:
    """The office of this process. Raises StoreError, ConfigurationError, also where the node has no connection."""
    settings = read_connection(os.environ)
    if settings is None:
        raise ConfigurationError("{name} is not set: this node has no connection to China's customs.", name=CUSTOMS_CN)
    return office(open_books(), settings)


def channel() -> Channel:
    """How the messages of the channel `customs` are sent."""
    return customs_channel.channel(open_office())


def receive(body: bytes) -> None:
    """Record a message of customs. Raises MessageError, TradeError, StoreError."""
    customs_channel.receive(open_office(), body)


def retry_unmatched() -> int:
    """Try the answers again that named no known declaration. Returns how many found one."""
    return customs_channel.retry_unmatched(open_office().books)


def take_files() -> int:
    """Read what came into the folder. Returns how many files; none where messages come over HTTP."""
    given = open_office()
    return given.transport.receive(partial(_take, given)).done if isinstance(given.transport, Folder) else 0


def _take(given: Office, received: Received) -> None:
    customs_channel.receive(given, received.content)


def may_send(authorization: str, *, loopback: bool) -> bool:
    """Whether a request may bring messages of customs: it has the token, or is of a sandbox on this machine."""
    settings = open_office().settings
    token = settings.transport.token
    if not token:
        return settings.sandbox and loopback
    return hmac.compare_digest(authorization.encode(), f"Bearer {token}".encode())


def ask_payment_data(body: bytes) -> bytes:
    """Take a request of customs for payment data; the answer to it. Raises MessageError, StoreError."""
    return payment_data_channel.ask(open_office().books, body, dt.datetime.now(dt.UTC))


def may_ask_payment_data(token: str, *, loopback: bool) -> bool:
    """Whether a request may ask for payment data."""
    return payment_data_channel.may_ask(open_office().settings, token, loopback=loopback)


def match_order(number: str) -> Match:
    """The match of the documents of an order, rule by rule. Raises TradeError, NotFound, StoreError."""
    try:
        return customs_channel.match_order(open_office(), number)
    except CannotDeclare as error:
        raise TradeError(error.code, "{why}", error.param, why=str(error)) from None
