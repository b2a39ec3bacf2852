"""Time-limited credentials of a TURN server (draft-uberti-behave-turn-rest-00): coturn's `use-auth-secret`.

The node and the server share a secret. A user name is the second at which it ends and a name; its password is the
HMAC-SHA1 of the user name. The node sends nothing to the server, and the server stores no users.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from typing import TypedDict

from entrepot.turn_settings import TurnSettings

#: Seconds that a credential is accepted for new connections. One that is open goes on: its server checks it once.
SECONDS = 600
#: Characters of the name: coturn writes it into its log, so that no id of the ledger is in it.
_NAME = 16


class IceServer(TypedDict):
    """An entry of `iceServers` of RTCPeerConnection."""

    urls: list[str]
    username: str
    credential: str


def ice_servers(settings: TurnSettings | None, holder: str, now: float) -> list[IceServer]:
    """What a browser passes to RTCPeerConnection; empty without a TURN server.

    `holder`: for whom; the same holder has the same name, so that the server can limit what one holder opens.

    >>> ice_servers(None, "gr_1", 0)
    []
    """
    if settings is None:
        return []
    name = hmac.new(settings.secret.encode(), f"name {holder}".encode(), hashlib.sha256).hexdigest()[:_NAME]
    user = f"{int(now) + SECONDS}:{name}"
    return [{"urls": list(settings.addresses), "username": user, "credential": password(settings.secret, user)}]


def password(secret: str, user: str) -> str:
    """The password of a user name.

    >>> password("north", "1433895918:ninefingers")  # also: openssl dgst -sha1 -hmac north -binary | base64
    'jy8hTxmOO7UtEKXqSkSlvakPVYA='
    """
    return base64.b64encode(hmac.new(secret.encode(), user.encode(), hashlib.sha1).digest()).decode()
